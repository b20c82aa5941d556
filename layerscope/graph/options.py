"""What a build is told beside its Dockerfile and context."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import ClassVar

from layerscope.context.tree import Directory
from layerscope.values import Value, field

DEFAULT_BUILDER = "buildkit"  # what `docker build` has been since Docker 23


class BaseImage(Value):
    """What is known of a base image.

    identity: equal texts are one image; what they are made of is the builder's to say (`Builder.image_identity`).
    known: whether the config below was read from an image; if not, the builder's defaults stand in and the report says
    so. diff_ids: of its layers, bottom first, where an image was read; they tell which steps of a history are its.
    """

    identity: str
    known: bool = False
    env: tuple[tuple[str, str], ...] = ()
    user: str = ""
    workdir: str = ""
    shell: tuple[str, ...] = ()
    onbuild: tuple[str, ...] = ()
    empty: bool = False  # an image without layers: nothing to print, nothing to match
    diff_ids: tuple[str, ...] = ()

    not_compared: ClassVar = frozenset({"diff_ids"})  # one image by its identity, and none by these


class NamedContext(Value):
    """`--build-context NAME=…`: a directory's tree, or an image in place of the one the Dockerfile names.

    unknown: an identity of files that only a build would know, in place of a tree.
    """

    tree: Directory | None = None
    unknown: Hashable = None
    image: str | None = None


class BuildOptions(Value):
    """The options of one build; `build_args` in the order given, a later one of a name wins.

    builder: its name. builder_version: whose rules count; "" is the newest that the builder models.
    """

    builder: str = DEFAULT_BUILDER
    builder_version: str = ""
    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    named_contexts: Mapping[str, NamedContext] = field(default_factory=dict)
    bases: Mapping[str, BaseImage] = field(default_factory=dict)
    platform: str = "linux/amd64"
    build_platform: str = "linux/amd64"  # the builder's own; `--build-arg BUILDPLATFORM=…` overrides it
    merge: bool = True  # whether the store merges layers (`COPY --link`): containerd yes, overlay2 no
    pull: bool = False  # ask the registry what a tag is: nothing but an image that moved changes a step
    no_cache: bool = False
    no_cache_filter: frozenset[str] = frozenset()
