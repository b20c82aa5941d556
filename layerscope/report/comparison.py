"""`compare` as a page and as the machine interface's document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.analysis.answers.simulation import Simulation, Summary
from layerscope.analysis.compare import ComparedRow, ComparedSide, Comparison, Scenario, StepChange
from layerscope.analysis.compared_history import ComparedHistory, HistorySum
from layerscope.report.assumptions import assumption_notes
from layerscope.report.image_contents import file_changes_document, file_changes_table
from layerscope.report.json_document import (
    Document,
    assumption_rows,
    context_document,
    document,
    price_document,
    transfer_document,
)
from layerscope.report.page import Cell, Page, Style, Table
from layerscope.report.units import ESTIMATED, UNKNOWN, counted, human_bytes, human_seconds, marked_seconds, shortened

if TYPE_CHECKING:
    from layerscope.analysis.price import Price

_STYLES: dict[str, Style] = {"same": "dim", "moved": "open", "edited": "open", "added": "good", "removed": "bad"}


def comparison_document(comparison: Comparison) -> Document:
    transfer = comparison.transfer
    return document(
        "compare",
        assumptions=assumption_rows(comparison.assumptions),
        before=_side_document(comparison.before),
        after=_side_document(comparison.after),
        steps=[_change_document(change) for change in comparison.steps],
        scenarios=[_scenario_document(scenario, comparison.price) for scenario in comparison.scenarios],
        history=None if comparison.history is None else _history_document(comparison.history),
        transfer=None
        if transfer is None
        else {
            "bytes": transfer.bytes,
            "layers_reused": transfer.layers_reused,
            "layers_sent": transfer.layers_sent,
        },
        cost={
            "price": None if comparison.price is None else price_document(comparison.price),
            "before": _cost_document(comparison.before, comparison.price),
            "after": _cost_document(comparison.after, comparison.price),
        },
        **_of_images(comparison),
    )


def _cost_document(side: ComparedSide, price: Price | None) -> Document:
    """Of a build from nothing, beside its seconds."""
    return {
        "source": side.cold_source,
        "price": None if price is None else price.of(side.cold_seconds),
        "context": None if side.context is None else context_document(side.context),
    }


def _of_images(comparison: Comparison) -> Document:
    """What only two images have: their files, and what a push of the second to where the first is skips and sends."""
    documents: Document = {}
    if comparison.files is not None:
        documents["files"] = file_changes_document(comparison.files)
    if (push := comparison.push) is not None:
        documents["push"] = {
            "bytes": push.bytes,
            "layers": push.layers_sent,
            "skipped_bytes": push.bytes_reused,
            "skipped_layers": push.layers_reused,
            "skipped_because": push.because,
        }
    return documents


def _history_document(history: ComparedHistory) -> Document:
    def side(total: HistorySum) -> Document:
        return {
            "rebuild_seconds": total.seconds,
            "known_seconds": total.known_seconds,
            "cost_source": total.cost_source,
            "rebuilt": total.rebuilt,
        }

    return {
        "commits": history.commits,
        "unbuildable": history.unbuildable,
        "before": side(history.before),
        "after": side(history.after),
    }


def _history_table(history: ComparedHistory) -> Table:
    before, after = history.before, history.after

    def seconds(total: HistorySum) -> str:
        mark = "~" if total.cost_source == "estimated" else ""
        if total.seconds is not None:
            return mark + human_seconds(total.seconds)
        return f"≥ {mark}{human_seconds(total.known_seconds)}" if total.known_seconds else UNKNOWN

    rows: tuple[tuple[str | Cell, ...], ...] = (
        ("steps re-run", str(before.rebuilt), Cell(str(after.rebuilt), _better(before.rebuilt, after.rebuilt))),
        ("seconds", seconds(before), Cell(seconds(after), _better(before.seconds, after.seconds))),
    )
    lost = f"; {history.unbuildable} cannot be built on both sides" if history.unbuildable else ""
    return Table(("", "before", "after"), "lrr", rows, f"Over the last {counted(history.commits, 'commit')}{lost}")


def _better(before: float | None, after: float | None) -> Style:
    if before is None or after is None or before == after:
        return ""
    return "good" if after < before else "bad"


def _side_document(side: ComparedSide) -> Document:
    return {"reference": side.reference, "size": side.size, "layers": side.layers, "cold_seconds": side.cold_seconds}


def _change_document(change: StepChange) -> Document:
    def row(side: ComparedRow | None) -> Document | None:
        return None if side is None else {"name": side.name, "line": side.line}

    return {
        "change": change.change,
        "before": row(change.before),
        "after": row(change.after),
        "size_delta": change.size_delta,
        "cost_delta": change.cost_delta,
    }


def _scenario_document(scenario: Scenario, price: Price | None) -> Document:
    def side(simulation: Simulation) -> Document:
        summary, layers = simulation.summary, simulation.layers
        return {
            "rebuilt": summary.rebuilt,
            "rebuild_seconds": summary.rebuild_seconds,
            "output_dependent": summary.output_dependent,
            "known_seconds": summary.known_seconds,
            "path_seconds": summary.path_seconds,
            "rebuild_seconds_max": summary.rebuild_seconds_max,
            "cost_source": summary.cost_source,
            "transfer": None if layers is None else transfer_document(layers),
            **({} if price is None else {"price": price.of(summary.rebuild_seconds)}),
        }

    return {"change": list(scenario.change), "before": side(scenario.before), "after": side(scenario.after)}


def comparison_page(comparison: Comparison) -> Page:
    tables = [_sides(comparison)]
    if comparison.scenarios:
        tables.append(_scenarios(comparison))
    if comparison.history is not None:
        tables.append(_history_table(comparison.history))
    tables.append(_steps(comparison))
    if comparison.files is not None:
        tables.append(file_changes_table(comparison.files))
    return Page(_headline(comparison), tuple(tables), tuple(_notes(comparison)))


def _headline(comparison: Comparison) -> str:
    history = comparison.history
    if history is not None and history.commits:
        return (
            f"The last {counted(history.commits, 'commit')} would have re-run {_history_words(history.before)} before "
            f"and {_history_words(history.after)} after."
        )
    telling = comparison.most_telling
    if telling is not None and telling.saved:
        before, after = telling.before.summary, telling.after.summary
        return (
            f"A change of {', '.join(telling.change)} re-runs {_steps_and_seconds(before)} before "
            f"and {_steps_and_seconds(after)} after."
        )
    delta = _delta(comparison.before.size, comparison.after.size)
    if delta:
        more = "larger" if delta > 0 else "smaller"
        size = human_bytes(abs(int(delta)))
        return f"{comparison.after.reference} is {size} {more} than {comparison.before.reference}."
    changed = sum(change.change != "same" for change in comparison.steps)
    return f"{counted(changed, 'step')} differ between {comparison.before.reference} and {comparison.after.reference}."


def _history_words(total: HistorySum) -> str:
    steps = counted(total.rebuilt, "step")
    about = "about " if total.cost_source == "estimated" else ""
    return steps if total.seconds is None else f"{steps} ({about}{human_seconds(total.seconds)})"


def _steps_and_seconds(summary: Summary) -> str:
    steps = counted(summary.rebuilt, "step")
    if summary.rebuild_seconds is None:
        return steps
    return f"{steps} ({marked_seconds(summary.rebuild_seconds, summary.cost_source)})"


def _delta(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _sides(comparison: Comparison) -> Table:
    before, after = comparison.before, comparison.after
    rows: list[tuple[str | Cell, ...]] = [
        ("image", human_bytes(before.size), human_bytes(after.size), _bytes_delta(before.size, after.size)),
    ]
    if before.base_size is not None or after.base_size is not None:
        rows.append(
            (
                "  of it from the base",
                human_bytes(before.base_size),
                human_bytes(after.base_size),
                _bytes_delta(before.base_size, after.base_size),
            )
        )
    rows += [
        ("layers", _number(before.layers), _number(after.layers), ""),
        (
            "build from nothing",
            marked_seconds(before.cold_seconds, before.cold_source),
            marked_seconds(after.cold_seconds, after.cold_source),
            _seconds_delta(before.cold_seconds, after.cold_seconds),
        ),
    ]
    if (price := comparison.price) is not None:
        prices = [price.of(side.cold_seconds) for side in (before, after)]
        told = [UNKNOWN if amount is None else price.text(amount) for amount in prices]
        rows.append((f"  at {price.text(price.per_minute)} a minute", *told, ""))
    if before.context is not None and after.context is not None:
        sent = before.context.bytes, after.context.bytes
        rows.append(("context to send", human_bytes(sent[0]), human_bytes(sent[1]), _bytes_delta(*sent)))
    if comparison.transfer is not None:
        transfer = comparison.transfer
        text = f"{human_bytes(transfer.bytes)} in {counted(transfer.layers_sent, 'layer')}"
        rows.append(("to fetch for a host with the first", "", text, ""))
    if comparison.push is not None:
        push = comparison.push
        skipped = f"{human_bytes(push.bytes_reused)} in {counted(push.layers_reused, 'layer')}"
        rows.append((f"a push skips: {push.because or 'already exists, or mounted'}", "", skipped, ""))
    return Table(("", shortened(before.reference, 30), shortened(after.reference, 30), "change"), "lrrr", tuple(rows))


def _scenarios(comparison: Comparison) -> Table:
    sent = any(scenario.before.layers or scenario.after.layers for scenario in comparison.scenarios)
    rows: tuple[tuple[str | Cell, ...], ...] = tuple(
        (
            shortened(", ".join(scenario.change), 40),
            *_scenario_side(scenario.before, sent),
            *_scenario_side(scenario.after, sent),
            _seconds_delta(scenario.before.summary.rebuild_seconds, scenario.after.summary.rebuild_seconds),
        )
        for scenario in comparison.scenarios
    )
    title = "What a change re-runs" + (" (files chosen here; --change names others)" if comparison.chosen else "")
    side = ("seconds", *(("to pull",) if sent else ()))
    headers = ("changed", "steps before", *side, "steps after", *side, "change")
    return Table(headers, "l" + "r" * (len(headers) - 1), rows, title)


def _scenario_side(simulation: Simulation, sent: bool) -> tuple[str, ...]:
    summary, layers = simulation.summary, simulation.layers
    return (
        _rebuilt(summary.rebuilt, summary.output_dependent),
        marked_seconds(summary.rebuild_seconds, summary.cost_source),
        *((human_bytes(layers.least.bytes if layers is not None else None),) if sent else ()),
    )


def _rebuilt(rebuilt: int, maybe: int) -> str:
    return f"{rebuilt}" + (f" to {rebuilt + maybe}" if maybe else "")


def _steps(comparison: Comparison) -> Table:
    rows = tuple(_step_row(change) for change in comparison.steps)
    return Table(("change", "before", "after", "size", "seconds", "step"), "lrrrrl", rows, "Step by step")


def _step_row(change: StepChange) -> tuple[str | Cell, ...]:
    shown = change.after or change.before
    assert shown is not None
    seconds = UNKNOWN
    if change.cost_delta is not None:
        seconds = (
            "" if change.change in {"same", "moved"} and not change.cost_delta else _signed_seconds(change.cost_delta)
        )
    size = UNKNOWN
    if change.size_delta is not None:
        size = _signed_bytes(change.size_delta) if change.size_delta else ""
    return (
        Cell(change.change, _STYLES[change.change]),
        _line(change.before),
        _line(change.after),
        size,
        seconds,
        Cell(shortened(shown.text, 60), "dim" if change.change == "same" else ""),
    )


def _line(row: ComparedRow | None) -> str:
    return "" if row is None or row.line is None else str(row.line)


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _bytes_delta(before: int | None, after: int | None) -> str:
    return "" if before is None or after is None else _signed_bytes(after - before)


def _seconds_delta(before: float | None, after: float | None) -> Cell:
    delta = _delta(before, after)
    if delta is None:
        return Cell("")
    return Cell(_signed_seconds(delta), "good" if delta < 0 else "bad" if delta > 0 else "")


def _signed_bytes(delta: int) -> str:
    return ("+" if delta > 0 else "") + human_bytes(delta)


def _signed_seconds(delta: float) -> str:
    return ("+" if delta > 0 else "") + human_seconds(round(delta, 3))


def _notes(comparison: Comparison) -> list[str]:
    notes = assumption_notes(comparison.assumptions)
    if "estimated" in {comparison.before.cold_source, comparison.after.cold_source}:
        notes.append(ESTIMATED)
    return notes
