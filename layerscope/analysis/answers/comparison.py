"""Before against after: two build contexts or two images; steps, scenarios, what a host must fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from layerscope.analysis.answers.compared_history import ComparedHistory
from layerscope.analysis.answers.deltas import bytes_delta, seconds_delta, tone_of
from layerscope.analysis.answers.file_changes import FileChanges
from layerscope.analysis.answers.notes import COMPRESSED_ESTIMATED, ESTIMATED
from layerscope.analysis.answers.scenarios import Scenario, scenario_rows
from layerscope.analysis.answers.step_changes import StepChange, shown_step_changes, step_change_rows
from layerscope.analysis.verdicts import Change
from layerscope.answer import Answer, Assumption, Cell, Column, Rows, Sentence, Statement, assumption_members
from layerscope.figures import Figure, Source, count, seconds, size
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.analysis.answers.transfer import SentContext, Transfer
    from layerscope.analysis.price import Price


_Line = tuple[str, Cell, Cell, Cell]  # what, before, after, the difference


class ComparedSide(Value):
    """One side. size in bytes and layers are of its image, cold_seconds of a build from nothing; None if unknown.

    cold_source: `estimated` if an estimate is in cold_seconds. context: what that build sends, where it was asked for.
    """

    reference: str
    size: int | None
    layers: int | None
    cold_seconds: float | None
    base_size: int | None = None
    cold_source: Source = Source.NONE
    context: SentContext | None = None

    @property
    def members(self) -> Mapping[str, Any]:
        """What a document has of it."""
        return {
            "reference": self.reference,
            "size": self.size,
            "layers": self.layers,
            "cold_seconds": self.cold_seconds,
        }

    def cost_members(self, price: Price | None) -> Mapping[str, Any]:
        """Of a build from nothing, beside its seconds."""
        return {
            "source": self.cold_source,
            "price": None if price is None else price.of(self.cold_seconds),
            "context": None if self.context is None else self.context.members,
        }

    @property
    def cold(self) -> Figure:
        """Seconds of a build from nothing."""
        return seconds(self.cold_seconds, self.cold_source)


class Comparison(Answer):
    """The answer of `compare`."""

    before: ComparedSide
    after: ComparedSide
    steps: tuple[StepChange, ...]
    scenarios: tuple[Scenario, ...] = ()
    transfer: Transfer | None = None
    assumptions: tuple[Assumption, ...] = ()
    chosen: bool = False  # the scenarios were chosen by Layerscope, not by the user
    files: FileChanges | None = None  # of two images whose layers were read
    price: Price | None = None
    push: Transfer | None = None  # of two images: to the registry that has the first
    history: ComparedHistory | None = None  # of two contexts, where it was asked for

    @property
    def most_telling(self) -> Scenario | None:
        """The scenario in which the two sides differ most, in seconds, or in steps where those of any are unknown."""
        return max(self.scenarios, key=self._saved, default=None)

    def _saved(self, scenario: Scenario) -> float:
        """How much the sides differ, in one unit for all scenarios."""
        known = all(each.saved_seconds is not None for each in self.scenarios)
        return abs(scenario.saved_seconds or 0.0) if known else float(abs(scenario.saved_steps))

    @property
    def differing(self) -> int:
        """How many rows are not the same on both sides."""
        return sum(change.change is not Change.SAME for change in self.steps)

    def statement(self) -> Statement:
        return Statement(
            "compare",
            self._headline(),
            self._members(),
            (
                self._side_rows(),
                *((self._scenario_rows,) if self.scenarios else ()),
                *(self.history.tables if self.history is not None else ()),
                shown_step_changes(self.steps),
                *((self.files.rows,) if self.files is not None else ()),
            ),
            notes=(
                *self.assumptions,
                *((ESTIMATED,) if self._is_estimated else ()),
                *((COMPRESSED_ESTIMATED,) if self._is_estimated_to_fetch else ()),
            ),
            findings=self.history.findings if self.history is not None else tuple,
            subject=f"`{self.before.reference}` → `{self.after.reference}`",
        )

    @property
    def _is_estimated(self) -> bool:
        return Source.ESTIMATED in {self.before.cold_source, self.after.cold_source}

    @property
    def _is_estimated_to_fetch(self) -> bool:
        figures = [transfer.figure for transfer in (self.transfer, self.push) if transfer is not None]
        return any(figure.source is Source.ESTIMATED and not figure.is_unknown for figure in figures)

    def _headline(self) -> Sentence:
        if self.history is not None:
            return self.history.headline
        telling = self.most_telling
        if telling is not None and self._saved(telling):
            return telling.headline
        before, after = self.before, self.after
        if before.size is not None and after.size is not None and (delta := after.size - before.size):
            more = "larger" if delta > 0 else "smaller"
            return Sentence((f"{after.reference} is ", size(abs(delta)), f" {more} than {before.reference}."))
        between = f"between {before.reference} and {after.reference}"
        files = self.files.words if self.files is not None else ()
        told = (": ", *files) if files else ()
        if not self.differing:
            return Sentence((f"No step differs {between}", *told, "."))
        differ = f" {'differs' if self.differing == 1 else 'differ'} {between}"
        return Sentence((count(self.differing, "step"), differ, *told, "."))

    @property
    def _scenario_rows(self) -> Rows:
        return scenario_rows(self.scenarios, self.price, chosen=self.chosen)

    def _members(self) -> Mapping[str, Any]:
        transfer, files, push = self.transfer, self.files, self.push
        return {
            "assumptions": assumption_members(self.assumptions),
            "before": self.before.members,
            "after": self.after.members,
            "steps": step_change_rows(self.steps),
            "scenarios": self._scenario_rows,
            "history": None if self.history is None else self.history.members,
            "transfer": None if transfer is None else _transfer_members(transfer),
            "cost": {
                "price": None if self.price is None else self.price.members,
                "before": self.before.cost_members(self.price),
                "after": self.after.cost_members(self.price),
            },
            **({} if files is None else {"files": files.members}),
            **({} if push is None else {"push": _push_members(push)}),
        }

    def _side_rows(self) -> Rows:
        columns = (
            Column("", itemgetter(0), ""),
            Column("", itemgetter(1), self.before.reference, right=True, most=30),
            Column("", itemgetter(2), self.after.reference, right=True, most=30),
            Column("", itemgetter(3), "change", right=True, tone=lambda row: tone_of(row[3])),
        )
        return Rows(columns, list(self._sides()), name="sides", heading="Both sides in all")

    def _sides(self) -> Iterator[_Line]:
        """What both sides are in all, and the second beside the first."""
        before, after, price = self.before, self.after, self.price
        yield _sizes("image", before.size, after.size)
        if before.base_size is not None or after.base_size is not None:
            yield _sizes("  of it from the base", before.base_size, after.base_size)
        yield "layers", before.layers, after.layers, ""
        delta = seconds_delta(before.cold_seconds, after.cold_seconds)
        yield "build from nothing", before.cold, after.cold, delta
        if price is not None:
            paid = [None if (of := price.of(side.cold_seconds)) is None else price.text(of) for side in (before, after)]
            yield f"  at {price.text(price.per_minute)} a minute", paid[0], paid[1], ""
        if before.context is not None and after.context is not None:
            yield _sizes("context to send", before.context.bytes, after.context.bytes)
        if (fetched := self.transfer) is not None:
            yield "to fetch for a host with the first", "", _in_layers(fetched.figure, fetched.layers_sent), ""
        if (push := self.push) is not None:
            what = f"a push skips: {push.because or 'already exists, or mounted'}"
            yield what, "", _in_layers(push.figure_reused, push.layers_reused), ""


def _sizes(what: str, before: int | None, after: int | None) -> _Line:
    return what, size(before), size(after), bytes_delta(before, after)


def _in_layers(of: Figure, layers: int) -> Sentence:
    return Sentence((of, " in ", count(layers, "layer")))


def _transfer_members(transfer: Transfer) -> Mapping[str, Any]:
    return {
        "bytes": transfer.bytes,
        "layers_reused": transfer.layers_reused,
        "layers_sent": transfer.layers_sent,
    }


def _push_members(push: Transfer) -> Mapping[str, Any]:
    return {
        "bytes": push.bytes,
        "layers": push.layers_sent,
        "skipped_bytes": push.bytes_reused,
        "skipped_layers": push.layers_reused,
        "skipped_because": push.because,
    }
