"""What a build is told beside its Dockerfile and context."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import ClassVar

from layerscope.context.patterns import PatternList
from layerscope.context.tree import EMPTY, Directory
from layerscope.context.visible import visible
from layerscope.errors import InputError
from layerscope.values import Value, field, replace

DEFAULT_BUILDER = "buildkit"  # what `docker build` has been since Docker 23
DEFAULT_NETWORK = "default"  # the word of `--network` for none in particular


class BaseImage(Value):
    """What is known of a base image.

    identity: equal texts are one image; what they are made of is the builder's to say (`Builder.image_identity`).
    known: whether the config below was read from an image; if not, the builder's defaults stand in and the report says
    so. diff_ids: of its layers, bottom first, where an image was read; they tell which steps of a history are its.
    reference: what named it, where it can be read for other platforms. on_platforms: what it is on some of these.
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
    reference: str = ""
    on_platforms: tuple[tuple[str, BaseImage], ...] = ()

    # One image by its identity, and none by these.
    not_compared: ClassVar = frozenset({"diff_ids", "reference", "on_platforms"})

    def on(self, platform: str) -> BaseImage:
        """What it is on a platform."""
        return dict(self.on_platforms).get(platform, self)


class NamedContext(Value):
    """`--build-context NAME=…`: a directory's tree, or an image in place of the one the Dockerfile names.

    tree: as the builder is sent it. unknown: an identity of files that only a build would know, in place of a tree.
    path: the directory, as it was said; files: all that lies in it; ignore: the rules that leave `tree` of them.
    refused: why its ignore file is none, which ends those builds alone that read the context.
    """

    tree: Directory | None = None
    unknown: Hashable = None
    image: str | None = None
    path: str = ""
    files: Directory | None = None
    ignore: PatternList = field(default_factory=PatternList)
    refused: InputError | None = None

    not_compared: ClassVar = frozenset({"files", "ignore", "refused"})  # what is sent says it

    def with_files(self, files: Directory, ignore: PatternList, refused: InputError | None = None) -> NamedContext:
        """The same context with other files, and the rules it then has."""
        return replace(self, files=files, ignore=ignore, tree=visible(files, ignore), refused=refused)


class AddedHost(Value):
    """`--add-host NAME=ADDRESS`; the builder puts names in lower case."""

    name: str
    address: str


class Ulimit(Value):
    """`--ulimit NAME=SOFT[:HARD]`; -1 is no limit."""

    name: str
    soft: int
    hard: int


class BuildOptions(Value):
    """The options of one build; `build_args` in the order given, a later one of a name wins.

    builder: its name. builder_version: whose rules count; "" is the newest that the builder models. network,
    add_hosts, shm_size (bytes, 0: the builder's own), ulimits (one of a name, by name) and cgroup_parent: of its RUNs.
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
    network: str = DEFAULT_NETWORK
    add_hosts: tuple[AddedHost, ...] = ()
    shm_size: int = 0
    ulimits: tuple[Ulimit, ...] = ()
    cgroup_parent: str = ""

    @cached_property
    def without_files(self) -> BuildOptions:
        """The same for builds that differ in the files of named contexts alone."""
        contexts = {
            name: given if given.tree is None else replace(given, tree=EMPTY)
            for name, given in self.named_contexts.items()
        }
        return replace(self, named_contexts=contexts)
