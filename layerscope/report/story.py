"""The demo as one screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from layerscope.analysis.cause import FileCause
from layerscope.analysis.simulate import StepOutcome
from layerscope.analysis.story import Story, Told
from layerscope.report.outcomes import OUTCOMES
from layerscope.report.page import Cell, Page, Table
from layerscope.report.units import counted, human_bytes, human_seconds, shortened

Figure = Any  # int or float, None where unknown


def story_page(story: Story) -> Page:
    return Page(
        _headline(story),
        (
            _steps(story.before, story, "The beginner's Dockerfile: what each step costs, and what a change re-runs"),
            _steps(story.after, story, "Refactored: the manifest before the source, merged RUNs, a fitting base"),
            _savings(story),
        ),
    )


def _headline(story: Story) -> str:
    return (
        f"Changing {story.changed} re-runs {_rerun(story.before)} as a beginner writes the Dockerfile, "
        f"{_rerun(story.after)} after the refactoring."
    )


def _rerun(told: Told) -> str:
    summary = told.rebuild.summary
    total = summary.cached + summary.rebuilt + summary.output_dependent
    return f"{summary.rebuilt} of {counted(total, 'step')} ({human_seconds(summary.rebuild_seconds)})"


def _steps(told: Told, story: Story, title: str) -> Table:
    image_base = told.image.base_size
    rows = [_step(step, image_base) for step in told.rebuild.steps]
    headers = ("line", "size", "seconds", f"{story.changed} changes", "step")
    return Table(headers, "rrrll", tuple(rows), title)


def _step(step: StepOutcome, base_size: int | None) -> tuple[str | Cell, ...]:
    look = OUTCOMES[step.outcome]
    is_base = step.instruction == "FROM"
    changed = any(isinstance(cause, FileCause) for cause in step.own)
    because = f" ({', '.join(step.because)})" if changed else ""
    return (
        str(step.line),
        human_bytes(base_size if is_base else step.size),
        "" if is_base else human_seconds(step.cost.seconds),
        Cell(look.word + because, look.style),
        shortened(step.text, 44),
    )


def _savings(story: Story) -> Table:
    told = (story.before, story.same_base, story.after)

    rows = (
        _row("image", [t.image.size for t in told], human_bytes),
        _row("  own bytes, above the base", [t.image.own_size for t in told], human_bytes),
        _row("  compressed, to push and pull", [t.image.compressed_size for t in told], human_bytes),
        _row("build from nothing", [t.cold_seconds for t in told], human_seconds),
        _row(f"rebuild when {story.changed} changes", [t.rebuild.summary.rebuild_seconds for t in told], human_seconds),
    )
    return Table(("", "before", "same base", "fitting base"), "lrrr", rows, "What the refactoring saves")


def _row(label: str, figures: list[Figure], shown: Callable[[Figure], str]) -> tuple[str | Cell, ...]:
    """A figure per version, the later ones with their change against the first."""
    cells: list[str | Cell] = [label, shown(figures[0])]
    for figure in figures[1:]:
        change = ""
        if figure is not None and figures[0]:
            change = f" ({(figure - figures[0]) / figures[0]:+.0%})"
        cells.append(Cell(shown(figure) + change, "good" if change.startswith(" (-") else ""))
    return tuple(cells)
