"""Every answer in every format: text for a terminal, Markdown, the machine interface's document, a page."""

from __future__ import annotations

from enum import Enum
from importlib import import_module
from typing import Any


class Format(str, Enum):
    """How to print an answer."""

    table = "table"
    json = "json"
    markdown = "markdown"


# By an answer's type: the module of its report, what the names of its functions begin with, and that of its page.
_REPORTS = {
    "Simulation": ("simulation", "simulation", "simulation"),
    "Explanations": ("explanation", "explanation", None),
    "ContextUse": ("context_use", "context", None),
    "Verification": ("verification", "verification", None),
    "Comparison": ("comparison", "comparison", "comparison"),
    "ReplayedCosts": ("replay", "replay", "replay"),
    "ImageCost": ("image", "image", "image"),
    "RegistryUse": ("registry_use", "registry", None),
    "Story": ("story", "story", "comparison"),
    "Timings": ("timings", "timings", None),
    "tuple": ("reading", "reading", None),
}


def render(answer: Any, output: Format, *, colour: bool = False) -> str:
    """An answer as text. colour: whether a terminal shows it."""
    module, words, _ = _REPORTS[type(answer).__name__]
    told = answer.rows() if words == "timings" else answer
    if output is Format.json:
        from layerscope.report.json_document import dumps

        place = "json_document" if words == "simulation" else module
        return dumps(_function(place, f"{words}_document")(told))
    from layerscope.report.page import render_markdown, render_text

    shown = _function(module, f"{words}_page")(told)
    return render_markdown(shown) if output is Format.markdown else render_text(shown, colour=colour)


def page(answer: Any) -> str:
    """An answer as one self-contained HTML file. Raises TypeError for one that has no page."""
    _, words, name = _REPORTS[type(answer).__name__]
    if name is None:
        raise TypeError(f"{type(answer).__name__} has no page")
    html: str = _function(f"html.{name}", f"{name}_html")(answer.comparison if words == "story" else answer)
    return html


def _function(module: str, name: str) -> Any:
    return getattr(import_module(f"layerscope.report.{module}"), name)
