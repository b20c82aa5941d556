"""Gates a user sets for CI: which of them an answer breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.analysis.answers.notes import RERUN_WITHOUT_SECONDS
from layerscope.errors import InputError
from layerscope.graph.outcomes import Outcome

if TYPE_CHECKING:
    from layerscope.analysis.answers.comparison import Comparison
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.answers.simulation import Simulation


def broken_gates(
    answer: Simulation,
    *,
    rebuild: str | None = None,
    output_dependent: bool = False,
    max_seconds: float | None = None,
    max_transfer: int | None = None,
) -> list[str]:
    """Sentences for the gates that failed.

    rebuild: `*` for any step, else a text: part of a step's name. max_seconds, max_transfer (bytes that a
    host with the last image pulls): an unknown total cannot pass.
    Raises InputError for a text that no step has: such a gate would sleep for ever.
    """
    broken: list[str] = []
    rebuilt = [step for step in answer.steps if step.outcome == Outcome.REBUILT and step.counted]
    if rebuild is not None:
        if rebuild != "*" and not any(rebuild in step.name for step in answer.steps):
            raise InputError(f"--fail-on-rebuild={rebuild}: no step has that in its name", answer.dockerfile)
        hit = [step for step in rebuilt if rebuild == "*" or rebuild in step.name]
        if hit:
            broken.append(f"--fail-on-rebuild: {hit[0].name} re-runs")
    if output_dependent and answer.summary.output_dependent:
        broken.append(f"--fail-on-output-dependent: {answer.summary.output_dependent} steps are open")
    if max_seconds is not None:
        seconds = answer.summary.rebuild_seconds
        if seconds is None:
            broken.append(f"--max-seconds: {RERUN_WITHOUT_SECONDS}")
        elif seconds > max_seconds:
            broken.append(f"--max-seconds: {seconds:g} s is more than {max_seconds:g} s")
    if max_transfer is not None:
        sent = None if answer.layers is None else answer.layers.least.bytes
        if sent is None:
            broken.append("--max-transfer: the bytes to pull are not known; --image REF tells them")
        elif sent > max_transfer:
            broken.append(f"--max-transfer: {sent} bytes, allowed {max_transfer}")
    return broken


def broken_image_gates(
    cost: ImageCost,
    *,
    max_size: int | None = None,
    max_waste: int | None = None,
    min_efficiency: float | None = None,
) -> list[str]:
    """Sentences for the gates an image fails; bytes, and efficiency from 0 to 1. An unknown figure fails."""
    broken: list[str] = []
    for option, limit, figure in (("--max-size", max_size, cost.size), ("--max-waste", max_waste, cost.wasted_bytes)):
        if limit is not None and (figure is None or figure > limit):
            broken.append(f"{option}: {'unknown' if figure is None else f'{figure} bytes'}, allowed {limit}")
    if min_efficiency is not None and (cost.efficiency is None or cost.efficiency < min_efficiency):
        shown = "unknown" if cost.efficiency is None else f"{cost.efficiency:.4f}"
        broken.append(f"--min-efficiency: {shown}, asked for {min_efficiency:g}")
    return broken


def slower_scenarios(answer: Comparison) -> list[str]:
    """Sentences for scenarios that take longer after than before; where seconds are unknown, steps count."""
    slower: list[str] = []
    for scenario in answer.scenarios:
        before, after = scenario.before.summary, scenario.after.summary
        changed = ", ".join(scenario.change)
        if before.rebuild_seconds is not None and after.rebuild_seconds is not None:
            if after.rebuild_seconds > before.rebuild_seconds:
                slower.append(
                    f"--fail-on-slower: {changed}: {after.rebuild_seconds:g} s, was {before.rebuild_seconds:g} s"
                )
        elif after.rebuilt > before.rebuilt:
            slower.append(f"--fail-on-slower: {changed}: {after.rebuilt} steps, were {before.rebuilt}")
    return slower
