"""A base image as the builders see it, from an image that was read."""

from __future__ import annotations

from layerscope.errors import InputError
from layerscope.graph.options import BaseImage
from layerscope.image.model import Image


def base_image(image: Image, builder: str = "buildkit") -> BaseImage:
    """identity: the chain of layer diff IDs for BuildKit, the image ID (config digest) for the classic builder.

    Raises InputError where the source has no config (a saved history).
    """
    config = image.config
    if config is None:
        raise InputError("has no image config, so it cannot stand for a base image", image.reference)
    identity = ",".join(config.diff_ids) if builder == "buildkit" else image.config_digest
    return BaseImage(
        identity or image.digest or image.reference,
        known=True,
        env=tuple((name, value) for name, _, value in (entry.partition("=") for entry in config.env)),
        user=config.user,
        workdir=config.workdir,
        shell=config.shell,
        onbuild=config.onbuild,
        empty=not config.diff_ids,
    )
