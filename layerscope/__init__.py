"""Layerscope: which Docker build steps a change re-runs, why, and what every layer costs, without building.

>>> import layerscope
>>> answer = layerscope.simulate(layerscope.open_sides("app/", change="app.rb"))

What type checkers see of this package stands in `__init__.pyi`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from layerscope.version import __version__ as __version__

_ROOMS = frozenset({"context", "graph", "image"})  # words that are folders of the program, too


class _Door(ModuleType):
    """The package as a user sees it: the words of `layerscope.api`, and nothing of the folders behind them."""

    def __getattr__(self, name: str) -> Any:
        # The command line imports this package at every start: the library itself waits until a word of it is used.
        api = _api()
        if name == "__all__":
            return [*api.__all__, "__version__"]
        if name not in api.__all__:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        word = getattr(api, name)
        room = sys.modules.get(f"{self.__name__}.{name}")
        if room is not None:
            # `import layerscope.image.open as m` looks up name after name: the word has its folder's attributes, too.
            word.__dict__ = vars(room)
        return word

    def __setattr__(self, name: str, value: Any) -> None:
        # The import system would bind a folder over the word of the same name.
        if name not in _ROOMS or value is not sys.modules.get(f"{self.__name__}.{name}"):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return [*_api().__all__, *(name for name in vars(self) if name.startswith("__"))]


def _api() -> Any:
    from importlib import import_module

    return import_module("layerscope.api")


sys.modules[__name__].__class__ = _Door
