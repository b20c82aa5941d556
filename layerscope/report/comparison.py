"""`compare` as a page and as the machine interface's document."""

from __future__ import annotations

from layerscope.analysis.compare import ComparedRow, ComparedSide, Comparison, Scenario, StepChange
from layerscope.analysis.simulate import Summary
from layerscope.report.assumptions import assumption_notes
from layerscope.report.image_contents import file_changes_document, file_changes_table
from layerscope.report.json_document import Document, assumption_rows, document
from layerscope.report.page import Cell, Page, Style, Table
from layerscope.report.units import UNKNOWN, counted, human_bytes, human_seconds, shortened

_STYLES: dict[str, Style] = {"same": "dim", "moved": "open", "edited": "open", "added": "good", "removed": "bad"}


def comparison_document(comparison: Comparison) -> Document:
    transfer = comparison.transfer
    return document(
        "compare",
        assumptions=assumption_rows(comparison.assumptions),
        before=_side_document(comparison.before),
        after=_side_document(comparison.after),
        steps=[_change_document(change) for change in comparison.steps],
        scenarios=[_scenario_document(scenario) for scenario in comparison.scenarios],
        history=None,
        transfer=None
        if transfer is None
        else {
            "bytes": transfer.bytes,
            "layers_reused": transfer.layers_reused,
            "layers_sent": transfer.layers_sent,
        },
        **_of_images(comparison),
    )


def _of_images(comparison: Comparison) -> Document:
    """What only two images have: their files, and what a push of the second to where the first is skips and sends."""
    documents: Document = {}
    if comparison.files is not None:
        documents["files"] = file_changes_document(comparison.files)
    if (push := comparison.push) is not None:
        documents["push"] = {
            "bytes": push.bytes,
            "layers": push.layers,
            "skipped_bytes": push.skipped_bytes,
            "skipped_layers": push.skipped_layers,
            "skipped_because": push.because,
        }
    return documents


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


def _scenario_document(scenario: Scenario) -> Document:
    return {
        "change": list(scenario.change),
        "before": {
            "rebuilt": scenario.before.summary.rebuilt,
            "rebuild_seconds": scenario.before.summary.rebuild_seconds,
        },
        "after": {"rebuilt": scenario.after.summary.rebuilt, "rebuild_seconds": scenario.after.summary.rebuild_seconds},
    }


def comparison_page(comparison: Comparison) -> Page:
    tables = [_sides(comparison)]
    if comparison.scenarios:
        tables.append(_scenarios(comparison))
    tables.append(_steps(comparison))
    if comparison.files is not None:
        tables.append(file_changes_table(comparison.files))
    return Page(_headline(comparison), tuple(tables), tuple(_notes(comparison)))


def _headline(comparison: Comparison) -> str:
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


def _steps_and_seconds(summary: Summary) -> str:
    steps = counted(summary.rebuilt, "step")
    return steps if summary.rebuild_seconds is None else f"{steps} ({human_seconds(summary.rebuild_seconds)})"


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
            human_seconds(before.cold_seconds),
            human_seconds(after.cold_seconds),
            _seconds_delta(before.cold_seconds, after.cold_seconds),
        ),
    ]
    if comparison.transfer is not None:
        transfer = comparison.transfer
        text = f"{human_bytes(transfer.bytes)} in {counted(transfer.layers_sent, 'layer')}"
        rows.append(("to fetch for a host with the first", "", text, ""))
    if comparison.push is not None:
        push = comparison.push
        skipped = f"{human_bytes(push.skipped_bytes)} in {counted(push.skipped_layers, 'layer')}"
        rows.append((f"a push skips: {push.because or 'already exists, or mounted'}", "", skipped, ""))
    return Table(("", shortened(before.reference, 30), shortened(after.reference, 30), "change"), "lrrr", tuple(rows))


def _scenarios(comparison: Comparison) -> Table:
    rows = tuple(
        (
            shortened(", ".join(scenario.change), 40),
            _rebuilt(scenario.before.summary.rebuilt, scenario.before.summary.output_dependent),
            human_seconds(scenario.before.summary.rebuild_seconds),
            _rebuilt(scenario.after.summary.rebuilt, scenario.after.summary.output_dependent),
            human_seconds(scenario.after.summary.rebuild_seconds),
            _seconds_delta(scenario.before.summary.rebuild_seconds, scenario.after.summary.rebuild_seconds),
        )
        for scenario in comparison.scenarios
    )
    title = "What a change re-runs" + (" (files chosen here; --change names others)" if comparison.chosen else "")
    return Table(("changed", "steps before", "seconds", "steps after", "seconds", "change"), "lrrrrr", rows, title)


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
    return assumption_notes(comparison.assumptions)
