"""A base image as the builders see it, from an image that was read."""

from __future__ import annotations

from layerscope.docker.model import ImageConfig
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.graph.options import DEFAULT_BUILDER, BaseImage
from layerscope.image.model import Image


def base_image(image: Image, builder: str = DEFAULT_BUILDER) -> BaseImage:
    """builder: whose it is to be, by name.

    Raises InputError where the source has no config (a saved history), or for a name that no builder has.
    """
    config = image.config
    if config is None:
        raise InputError("has no image config, so it cannot stand for a base image", image.reference)
    identity = builder_named(builder).image_identity(config.diff_ids, image.config_digest or "")
    return configured_base(config, identity or image.digest or image.reference)


def configured_base(config: ImageConfig, identity: str) -> BaseImage:
    """identity: what makes it one image to the builder whose it is."""
    return BaseImage(
        identity,
        known=True,
        env=config.variables,
        user=config.user,
        workdir=config.workdir,
        shell=config.shell,
        onbuild=config.onbuild,
        empty=not config.diff_ids,
        diff_ids=config.diff_ids,
    )
