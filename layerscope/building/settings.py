"""What the two builds are given that no cache key knows: secrets and agents."""

from __future__ import annotations

from layerscope.values import Value


class Settings(Value):
    """secrets, ssh: as `docker build` takes them. verbose: whether the builder's progress is told, too."""

    secrets: tuple[str, ...] = ()
    ssh: tuple[str, ...] = ()
    verbose: bool = False
