"""Names of base images, normalised as Docker's are."""

from __future__ import annotations

from functools import lru_cache

from layerscope.answer import Assumption
from layerscope.docker.image_name import DEFAULT_TAG, parse_name
from layerscope.graph.options import BuildOptions

NOT_SHOWN = "what the history does not show"  # stands for the sources of a COPY that a history leaves out


@lru_cache(maxsize=1024)
def normalized(name: str) -> str:
    """`ubuntu` → `docker.io/library/ubuntu:latest`; a digest stays, a tag is added only where both are missing.

    Raises InputError for what is no name of an image.
    """
    parsed = parse_name(name)
    tag = parsed.tag or (None if parsed.digest else DEFAULT_TAG)
    return parsed.repository + (f":{tag}" if tag else "") + (f"@{parsed.digest}" if parsed.digest else "")


def without_digest(name: str) -> str:
    """The name as step names show it: `[1/2] FROM docker.io/library/ubuntu:latest`."""
    return name.partition("@")[0]


def unmoved(name: str, *, pull: bool) -> Assumption | None:
    """What is taken for granted of a tag; a digest cannot move, and nothing stands for it."""
    if "@" in name:
        return None
    asked = "--pull asks the registry for it, and " if pull else ""
    text = f"{asked}the tag is taken as unmoved; --after-base {name}=DIGEST moves it"
    return Assumption("remote", normalized(name), text)


def unmoved_source(source: str) -> Assumption:
    """What is taken for granted of a source that is fetched."""
    return Assumption("remote", source, "what it gives is taken as unchanged")


def other_on_platform(name: str, platform: str) -> Assumption:
    """What is taken for granted of an image that was not read, on another platform than before."""
    text = f"is taken to be another image on {platform}; --after-base {without_digest(name)}=REF says which"
    return Assumption("platform", name, text)


def own_platform(options: BuildOptions) -> Assumption:
    """What is taken for granted of the builder where a cross build asks for its own platform."""
    text = f"is taken as the builder's own platform; --build-arg BUILDPLATFORM={options.platform} says otherwise"
    return Assumption("platform", options.build_platform, text)


def unknown_base(name: str) -> Assumption:
    """What is taken for granted of a base image that was not given."""
    return Assumption(
        "base-config",
        without_digest(normalized(name)),
        "its ENV, USER, WORKDIR, SHELL and ONBUILD are not known and taken as the defaults; "
        f"--base {without_digest(name)}=REF reads them",
    )
