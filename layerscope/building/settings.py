"""What the two builds are given that no cache key knows: the network of RUN, secrets, agents."""

from __future__ import annotations

from layerscope.values import Value


class Settings(Value):
    """network, secrets, ssh: as `docker build` takes them. verbose: whether the builder's progress is told, too."""

    network: str | None = None
    secrets: tuple[str, ...] = ()
    ssh: tuple[str, ...] = ()
    verbose: bool = False
