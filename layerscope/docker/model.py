"""The nouns that Docker and the OCI image-spec write down: platform, history entry, config.

What a text cannot tell is `None`, never 0.
"""

from __future__ import annotations

from layerscope.values import Value


class Platform(Value):
    os: str
    architecture: str
    variant: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class HistoryEntry(Value):
    """One entry of an image's history, oldest first in `Image.history`.

    `size` is in bytes and only known where the history itself tells it (`docker history`); a config's
    history has none. `created` is RFC 3339 in UTC, `None` where the source has no usable date.
    """

    created_by: str
    created: str | None = None
    comment: str = ""
    author: str = ""
    empty_layer: bool = False
    size: int | None = None
    size_rounded: bool = False  # the source printed three digits (`7.46MB`)
    truncated: bool = False  # the source cut `created_by` at 45 characters

    @property
    def by_buildkit(self) -> bool:
        """Whether BuildKit wrote it: as an instruction's, or for a layer that no instruction accounts for."""
        return self.comment.startswith("buildkit.")


class ImageConfig(Value):
    """The parts of an image config that builds and reports need. Environment entries are `NAME=value`."""

    platform: Platform
    env: tuple[str, ...] = ()
    user: str = ""
    workdir: str = ""
    shell: tuple[str, ...] = ()
    onbuild: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    labels: tuple[tuple[str, str], ...] = ()
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    healthcheck: str | None = None  # canonical JSON of the config's Healthcheck
    diff_ids: tuple[str, ...] = ()
    created: str | None = None

    @property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """The environment as names and values."""
        return tuple((name, value) for name, _, value in (entry.partition("=") for entry in self.env))
