"""How a registry may be asked: which hosts without trusted TLS, how patiently, and for how much."""

from __future__ import annotations

from collections.abc import Callable

from layerscope.errors import InputError
from layerscope.values import Value

Progress = Callable[[str, int, int], None]  # a layer's digest, the bytes that have come, those there are


class Limits(Value):
    """How long to wait, and how often to ask again."""

    connect_seconds: float = 10
    read_seconds: float = 30
    document_seconds: float = 120
    retries: int = 3
    backoff_seconds: float = 0.5


class RegistryAccess(Value):
    """insecure: hosts that may speak plain HTTP or have any certificate. layers: fetch layers when they are opened."""

    insecure: frozenset[str] = frozenset()
    layers: bool = False
    limits: Limits = Limits()
    progress: Progress | None = None


class RefusedError(InputError):
    """The registry answers, and does not give what was asked for."""
