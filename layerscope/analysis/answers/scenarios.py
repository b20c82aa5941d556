"""One change made on both sides of a comparison, and what each side would re-run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from layerscope.analysis.answers.deltas import seconds_delta, tone_of
from layerscope.answer import Cell, Column, Part, Rows, Sentence, Tone
from layerscope.figures import Figure, count, size
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.analysis.answers.simulation import Simulation
    from layerscope.analysis.price import Price


_LEAD = "One file changes; the build before is complete and its cache is warm."


class Scenario(Value):
    """change: the paths that change."""

    change: tuple[str, ...]
    before: Simulation
    after: Simulation

    @property
    def saved_steps(self) -> int:
        """The steps that the after side saves."""
        return self.before.summary.rebuilt - self.after.summary.rebuilt

    @property
    def saved_seconds(self) -> float | None:
        """The seconds that it saves, None where those of a side are unknown."""
        before, after = self.before.summary.rebuild_seconds, self.after.summary.rebuild_seconds
        return None if before is None or after is None else before - after

    @property
    def headline(self) -> Sentence:
        """The answer in a sentence."""
        changed = ", ".join(self.change)
        before, after = _words(self.before), _words(self.after)
        return Sentence((f"A change of {changed} re-runs ", *before, " before and ", *after, " after."))


def scenario_rows(scenarios: Sequence[Scenario], price: Price | None, *, chosen: bool) -> Rows:
    """What each change re-runs. chosen: the changes were chosen here, not by the user."""
    pulled = any(scenario.before.layers or scenario.after.layers for scenario in scenarios)

    def side(name: str) -> tuple[Column, ...]:
        def of(scenario: Scenario) -> Simulation:
            found: Simulation = getattr(scenario, name)
            return found

        to_pull = Column("", lambda one: _pulled(of(one)), "to pull", right=True)
        return (
            Column(
                name,
                lambda one: steps_of(of(one)),
                f"steps {name}",
                right=True,
                plain=lambda one: _members(of(one), price),
            ),
            Column("", lambda one: of(one).summary.seconds, "seconds", right=True),
            *((to_pull,) if pulled else ()),
        )

    columns = (
        Column("change", header="changed", is_name=True, most=40),
        *side("before"),
        *side("after"),
        Column("", _delta, "change", right=True, tone=_tone),
    )
    hint = " (files chosen here; --change names others)" if chosen else ""
    return Rows(columns, scenarios, name="scenarios", title=f"What a change re-runs{hint}", lead=_LEAD)


def _words(side: Simulation) -> tuple[Part, ...]:
    steps, known = steps_of(side, "step"), side.summary.seconds
    return (steps,) if known.is_unknown or not side.summary.rebuilt else (steps, " (", known, ")")


def steps_of(side: Simulation, noun: str = "") -> Figure:
    """The steps that re-run, and how many they may be."""
    rebuilt, maybe = side.summary.rebuilt, side.summary.output_dependent
    return count(rebuilt, noun, rebuilt + maybe)


def _pulled(side: Simulation) -> Figure:
    return side.layers.least.figure if side.layers is not None else size(None)


def _delta(scenario: Scenario) -> Cell:
    return seconds_delta(scenario.before.summary.rebuild_seconds, scenario.after.summary.rebuild_seconds)


def _tone(scenario: Scenario) -> Tone:
    return tone_of(_delta(scenario))


def _members(side: Simulation, price: Price | None) -> Mapping[str, Any]:
    summary, layers = side.summary, side.layers
    return {
        "rebuilt": summary.rebuilt,
        "rebuild_seconds": summary.rebuild_seconds,
        "output_dependent": summary.output_dependent,
        "known_seconds": summary.known_seconds,
        "path_seconds": summary.path_seconds,
        "rebuild_seconds_max": summary.rebuild_seconds_max,
        "cost_source": summary.cost_source.value,
        "transfer": None if layers is None else layers.members,
        **({} if price is None else {"price": price.of(summary.rebuild_seconds)}),
    }
