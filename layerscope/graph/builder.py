"""The builders that are modelled: what a builder is, what has its cache, and where each is found by its name.

A builder is a package of its own with a line in `BUILDERS`. Whoever wants to know what it does asks it, never its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from layerscope.errors import InputError

if TYPE_CHECKING:
    from layerscope.graph.caches.policy import CachePolicy
    from layerscope.graph.caches.record import CacheRecord
    from layerscope.graph.options import BuildOptions
    from layerscope.graph.steps import BuildInput, BuiltSteps, Step
    from layerscope.packed import Kind


class Solver(Protocol):
    """One builder with its cache: every build is judged against all before it and adds to them."""

    @property
    def cache(self) -> object:
        """All that was built: what another solver of this builder can go on with."""
        ...

    def build(self, given: BuildInput, *, lenient: bool = False) -> BuiltSteps:
        """Steps of one build. lenient: a missing source ends the build quietly where it would have failed."""
        ...

    def used(self) -> list[CacheRecord]:
        """What the last build took from the cache or put there, parents first."""
        ...

    def keep_exported(self, policy: CachePolicy) -> None:
        """Nothing is left but what the last build has exported. Asked of a builder that exports a cache."""
        ...


class Builder(Protocol):
    """What a builder is."""

    @property
    def name(self) -> str:
        """As `--builder` takes it."""
        ...

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions whose rules are modelled, oldest first; none where it has one set of rules."""
        ...

    @property
    def networks(self) -> tuple[str, ...]:
        """What `--network` may say; none where any network of the engine may be named."""
        ...

    @property
    def reads_own_ignore_file(self) -> bool:
        """Whether `<Dockerfile>.dockerignore` goes before `.dockerignore`."""
        ...

    @property
    def packs_context(self) -> bool:
        """Whether its client makes an archive of a context; else the builder asks for what it needs of it."""
        ...

    @property
    def runs_stages_side_by_side(self) -> bool:
        """Whether steps that need nothing of each other run at one time."""
        ...

    @property
    def keeps_context(self) -> bool:
        """Whether it has a copy of the context it was sent last, so that only what changed is sent."""
        ...

    @property
    def exports_cache(self) -> bool:
        """Whether its cache can be written to a registry and read from there (`--cache-to`, `--cache-from`)."""
        ...

    @property
    def can_resume(self) -> bool:
        """Whether what a solver has in its cache may be kept in a file and gone on with in another run."""
        ...

    def cache_kinds(self) -> tuple[Kind, ...]:
        """The kinds of values that a cache is made of which is kept."""
        ...

    def image_identity(self, diff_ids: Sequence[str], image_id: str) -> str:
        """What makes two base images one to its cache. image_id: the digest of the image's config."""
        ...

    def may_show_as_run(self, steps: Iterable[Step]) -> frozenset[str]:
        """Names of the steps of one build that it may print as run although they came from the cache."""
        ...

    def solver(self, *, named: bool = False, cache: object = None) -> Solver:
        """The builder with an empty cache, or with that of a solver before.

        named: whether the files of all contexts have digests at no cost, as those of git have.
        """
        ...


def _buildkit() -> Builder:
    from layerscope.graph.buildkit.builder import BuildKit

    return BuildKit()


def _classic() -> Builder:
    from layerscope.graph.classic.builder import Classic

    return Classic()


BUILDERS: dict[str, Callable[[], Builder]] = {"buildkit": _buildkit, "classic": _classic}


def builder_named(name: str) -> Builder:
    """Raises InputError for a name that no builder has."""
    load = BUILDERS.get(name)
    if load is None:
        raise InputError(f"no builder has this name; there are {' and '.join(BUILDERS)}", name)
    return load()


def new_solver(options: BuildOptions) -> Solver:
    """The builder of a build, with an empty cache. Raises InputError."""
    return builder_named(options.builder).solver()


def builder_version(options: BuildOptions) -> str:
    """The version of a build's builder: the newest that is modelled, where none was asked for."""
    versions = builder_named(options.builder).versions
    return options.builder_version or (versions[-1] if versions else "")
