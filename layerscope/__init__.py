"""Layerscope: which Docker build steps a change re-runs, why, and what every layer costs, without building.

>>> import layerscope
>>> before = layerscope.open_context("app/")
>>> answer = layerscope.simulate(before, layerscope.change(before, "app.rb"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layerscope.version import __version__

if TYPE_CHECKING:
    from layerscope.api import (
        at_revision,
        build_graph,
        change,
        compare,
        image_cost,
        open_context,
        read_image,
        read_timings,
        replay,
        simulate,
        verify,
    )
    from layerscope.errors import InputError

__all__ = [
    "InputError",
    "__version__",
    "at_revision",
    "build_graph",
    "change",
    "compare",
    "image_cost",
    "open_context",
    "read_image",
    "read_rates",
    "read_timings",
    "replay",
    "simulate",
    "verify",
]


def __getattr__(name: str) -> Any:
    # The command line imports this package at every start: the library itself waits until a word of it is used.
    if name == "InputError":
        from layerscope.errors import InputError

        return InputError
    if name in __all__:
        from layerscope import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
