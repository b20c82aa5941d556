"""How the command line speaks to registries, and the line that shows how far a layer has come."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from layerscope import api

if TYPE_CHECKING:
    from layerscope.api import RegistryAccess

INSECURE = typer.Option(
    "--insecure-registry", help="A registry that may be without TLS or a trusted certificate.", metavar="HOST"
)
_BAR = 30
_STEPS = 200  # how often a layer redraws the line


def registry_access(insecure: list[str] | None, *, layers: bool = False) -> RegistryAccess:
    """layers: whether they may be fetched. Raises InputError for an insecure registry that is no host."""
    return api.registry_access(insecure or (), layers=layers, progress=_Bar().show)


class _Bar:
    """A line on standard error, redrawn on a terminal; elsewhere one line for each layer."""

    def __init__(self) -> None:
        self._drawn: tuple[str, int] | None = None

    def show(self, digest: str, done: int, total: int) -> None:
        from layerscope.report.units import human_bytes

        if sys.stderr is None:
            return
        terminal = sys.stderr.isatty()
        step = (_STEPS * done // total if total else _STEPS) if terminal else 0
        if self._drawn == (digest, step):
            return
        self._drawn = digest, step
        name = digest.partition(":")[2][:12]
        if not terminal:
            print(f"layerscope: fetching layer {name} ({human_bytes(total)})", file=sys.stderr)  # noqa: T201
            return
        filled = _BAR * step // _STEPS
        bar = "#" * filled + "." * (_BAR - filled)
        end = "\n" if done >= total else ""
        line = f"\rlayer {name} [{bar}] {human_bytes(done)} of {human_bytes(total)}  "
        print(line, end=end, flush=True, file=sys.stderr)  # noqa: T201
