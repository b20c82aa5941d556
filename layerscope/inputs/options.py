"""Build options from what the user said of them, with the words of `docker build`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from layerscope.docker.digests import is_digest
from layerscope.docker.image_name import image_of_context
from layerscope.errors import InputError
from layerscope.graph.builder import BUILDERS, builder_named
from layerscope.graph.names import normalized
from layerscope.graph.options import BaseImage, BuildOptions, NamedContext
from layerscope.graph.versions import release
from layerscope.inputs.place import StrPath, text_of
from layerscope.values import Value, field, replace

if TYPE_CHECKING:
    from layerscope.image.model import Image

GivenBase: TypeAlias = "str | os.PathLike[str] | Image | BaseImage"
"""What a base image is: a digest, a reference, an image that was read, or what is known of one."""

_PLAIN = BuildOptions()


class AfterOptions(Value):
    """What the options of an after side have of their own; the rest is as before, and so is what is None.

    file: its Dockerfile, as `-f`. build_args, bases and build_contexts are added to those before, by name; add_hosts
    and ulimits stand in place of them.
    """

    file: StrPath | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, GivenBase] = field(default_factory=dict)
    build_contexts: Mapping[str, StrPath] = field(default_factory=dict)
    platform: str | None = None
    network: str | None = None
    add_hosts: tuple[str, ...] | None = None
    shm_size: str | int | None = None
    ulimits: tuple[str, ...] | None = None
    cgroup_parent: str | None = None

    def on(self, before: BuildOptions) -> BuildOptions:
        """The after side's options. Raises InputError for what is none, or cannot be read."""
        platform = before.platform if self.platform is None else _platform(self.platform)
        given = known_bases(self.bases, before.builder, platform)
        return replace(
            before,
            build_args={**before.build_args, **self.build_args},
            bases={**_bases_on(before, platform, given), **given},
            named_contexts={**before.named_contexts, **_named_contexts(self.build_contexts)},
            platform=platform,
            **_of_runs(before.builder, self.network, self.add_hosts, self.shm_size, self.ulimits, self.cgroup_parent),
        )


def build_options(
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Mapping[str, StrPath] | None = None,
    platform: str = _PLAIN.platform,
    builder: str = _PLAIN.builder,
    builder_version: str = _PLAIN.builder_version,
    image_store: str = "containerd",
    bases: Mapping[str, GivenBase] | None = None,
    no_cache: bool = False,
    no_cache_filter: Iterable[str] = (),
    pull: bool = False,
    network: str | None = None,
    add_hosts: Iterable[str] = (),
    shm_size: str | int | None = None,
    ulimits: Iterable[str] = (),
    cgroup_parent: str | None = None,
) -> BuildOptions:
    """The options of a build, with the words of `docker build` and of the command line.

    build_contexts: a directory, or `docker-image://REF`, by the name of a context. builder: by name.
    builder_version: as `0.32` or `v0.32.2`; "" is the newest that the builder models.
    image_store: `containerd` or `overlay2`, which decides `COPY --link` and pulls. bases: what a base image is, by its
    name. no_cache_filter: names of stages. network and what follows it: of RUN, as `docker build` takes each. Raises
    InputError for a value that is none.
    """
    if no_cache and no_cache_filter:
        raise InputError("--no-cache and --no-cache-filter cannot be used together")
    return BuildOptions(
        builder=_choice("--builder", builder, tuple(BUILDERS)),
        builder_version=_version(builder_version, builder),
        target=target,
        build_args=dict(build_args or {}),
        named_contexts=_named_contexts(build_contexts or {}),
        bases=known_bases(bases or {}, builder, platform),
        platform=_platform(platform),
        merge=merges(image_store),
        pull=pull,
        no_cache=no_cache,
        no_cache_filter=frozenset(name.strip().lower() for text in no_cache_filter for name in text.split(",")),
        **_of_runs(builder, network, tuple(add_hosts) or None, shm_size, tuple(ulimits) or None, cgroup_parent),
    )


def _of_runs(
    builder: str,
    network: str | None,
    add_hosts: Iterable[str] | None,
    shm_size: str | int | None,
    ulimits: Iterable[str] | None,
    cgroup_parent: str | None,
) -> dict[str, Any]:
    """What is said of RUNs, by the fields of `BuildOptions`; None says nothing. Raises InputError."""
    if all(each is None for each in (network, add_hosts, shm_size, ulimits, cgroup_parent)):
        return {}
    from layerscope.inputs.run_flags import read_hosts, read_network, read_shm_size, read_ulimits

    said = {
        "network": None if network is None else read_network(network, builder),
        "add_hosts": None if add_hosts is None else read_hosts(add_hosts),
        "shm_size": None if shm_size is None else read_shm_size(shm_size),
        "ulimits": None if ulimits is None else read_ulimits(ulimits),
        "cgroup_parent": cgroup_parent,
    }
    return {name: value for name, value in said.items() if value is not None}


def merges(image_store: str) -> bool:
    """Whether an image store takes layers on any others. Raises InputError for one that is not known."""
    return _choice("--image-store", image_store, ("containerd", "overlay2")) == "containerd"


def known_bases(given: Mapping[str, GivenBase], builder: str, platform: str) -> dict[str, BaseImage]:
    """What is known of base images, by their full names. Raises InputError."""
    return {normalized(name): _base(value, builder, platform) for name, value in given.items()}


def _bases_on(before: BuildOptions, platform: str, given: Mapping[str, BaseImage]) -> Mapping[str, BaseImage]:
    """What is known of the base images before, for another platform than they were read for.

    One that was named by a reference is read once more: it may have an image of its own for each. given: those that
    are told anew. Raises InputError where there is none for the platform.
    """
    known = before.bases
    if platform == before.platform:
        return known
    again = {name: base for name, base in known.items() if base.reference and name not in given}
    read = {name: _base_on(base, before.builder, platform) for name, base in again.items()}
    return {**known, **{n: replace(base, on_platforms=((before.platform, known[n]),)) for n, base in read.items()}}


def _base_on(base: BaseImage, builder: str, platform: str) -> BaseImage:
    """A base image on another platform; one that is there for a single platform is built on whatever is asked for."""
    from layerscope.image.open import read_image

    try:
        return _named_base(base.reference, builder, platform)
    except InputError:
        if any(each.kind == "platform" for each in read_image(base.reference).assumptions):
            raise  # it has several, and none for this one
        return base


def _named_contexts(given: Mapping[str, StrPath]) -> dict[str, NamedContext]:
    return {name: _named_context(name, each) for name, each in given.items()}


def _named_context(name: str, given: StrPath) -> NamedContext:
    """A named context: a directory, or an image by `docker-image://REF`. Raises InputError."""
    normalized(name)  # as an image's: `Base` is refused
    path = text_of(given, "a named context")
    if (image := image_of_context(path)) is not None:
        return NamedContext(image=image)
    from layerscope.inputs.named import open_named_context

    return open_named_context(path)


def _base(given: GivenBase, builder: str, platform: str) -> BaseImage:
    if isinstance(given, BaseImage):
        return given
    from layerscope.image.model import Image

    if not isinstance(given, Image):
        return _named_base(text_of(given, "a base image"), builder, platform)
    from layerscope.analysis.base_image import base_image

    return base_image(given, builder)


def _named_base(reference: str, builder: str, platform: str) -> BaseImage:
    if reference.startswith("sha256:"):
        if not is_digest(reference):
            raise InputError("--base: a digest is sha256: and 64 hexadecimal digits", reference)
        return BaseImage(reference)
    from layerscope.analysis.base_image import base_image
    from layerscope.image.open import read_image

    return replace(base_image(read_image(reference, platform=platform), builder), reference=reference)


def _version(version: str, builder: str) -> str:
    """The release that is meant; of one that is not modelled the answer says whose rules it goes by."""
    if not version:
        return version
    found = release(version)
    if found is None:
        raise InputError(f"--builder-version takes a version, such as {builder_named(builder).versions[-1]}", version)
    return found


def _platform(text: str) -> str:
    if "," in text:
        raise InputError("--platform takes one platform at a time", text)
    parts = text.lower().split("/")
    if not 2 <= len(parts) <= 3 or not all(parts):
        raise InputError("--platform needs OS/ARCH[/VARIANT]", text)
    return "/".join(parts)


def _choice(option: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InputError(f"{option} takes {' or '.join(choices)}", value)
    return value
