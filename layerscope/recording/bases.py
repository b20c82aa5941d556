"""What is known of the images a build started from: by its log, the engine's own images and the builder's record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping

from layerscope.analysis.base_image import configured_base
from layerscope.building.client_output import client_output
from layerscope.cost.build_log import BuildLog, LogWriter
from layerscope.docker.config import parse_inspected
from layerscope.docker.json_document import parse_objects
from layerscope.docker.step_names import base_digests, from_image, parse_step_name, resolved_images
from layerscope.errors import InputError
from layerscope.graph.builder import Builder, builder_named
from layerscope.graph.names import normalized, without_digest
from layerscope.graph.options import BaseImage
from layerscope.recording.command import BuildCommand


def bases_of(
    log: bytes,
    builds: Iterable[BuildLog],
    builder: str,
    command: BuildCommand,
    environment: Mapping[str, str],
    materials: Mapping[str, str],
) -> dict[str, BaseImage]:
    """The base images of one build by name. builds: what the log tells. builder: whose build it was, by name.

    An image that the log shows with a digest came from a registry; another that the engine has was taken from there,
    and then its config is known, too. materials: digests that the builder's record tells.
    """
    text = log.decode("utf-8", "replace")
    fetched = {_full(name): BaseImage(digest) for name, digest in base_digests(text).items()}
    named = [_full(name) for name in resolved_images(text) or _classic_bases(builds)]
    own = _local((name for name in dict.fromkeys(named) if name not in fetched), command, environment, builder)
    told = {name: BaseImage(digest) for name, digest in materials.items()}
    return {**told, **own, **fetched}


def _classic_bases(builds: Iterable[BuildLog]) -> list[str]:
    """What the classic builder began its stages from: it looks nothing up, and prints FROM as it is written."""
    steps = [step for build in builds if build.builder is LogWriter.CLASSIC for step in build.steps]
    images = [from_image(parse_step_name(step.name)) for step in steps if step.error is None]
    return [image for image in images if image is not None]


def _full(name: str) -> str:
    with contextlib.suppress(InputError):
        return normalized(without_digest(name))
    return name


def _local(
    names: Iterable[str], command: BuildCommand, environment: Mapping[str, str], builder: str
) -> dict[str, BaseImage]:
    of = builder_named(builder)
    inspected = {name: _inspected((*command.engine, "image", "inspect", name), environment, of) for name in names}
    return {name: image for name, image in inspected.items() if image is not None}


def _inspected(words: tuple[str, ...], environment: Mapping[str, str], builder: Builder) -> BaseImage | None:
    """What `docker image inspect` tells, as `--base NAME=REF` has it; None for what is not an image of the engine."""
    done = client_output(words, environment)
    if done is None:
        return None
    try:
        (image,) = parse_objects(done.stdout, words[-1])
        config, image_id = parse_inspected(image), image.text("Id")
    except (ValueError, InputError):
        return None
    return configured_base(config, builder.image_identity(config.diff_ids, image_id)) if image_id else None
