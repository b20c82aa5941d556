"""What a rebuild would do: outcome, cause and cost of every step of the after build."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from layerscope.analysis.causes import Causes, reason
from layerscope.analysis.side import Side
from layerscope.cost.model import UNKNOWN_COST, Cost
from layerscope.graph.builders import new_builder
from layerscope.graph.options import Assumption
from layerscope.graph.recovered import NOT_SHOWN
from layerscope.graph.steps import CACHED, OUTPUT_DEPENDENT, REBUILT, Step
from layerscope.values import Value


class StepOutcome(Value):
    """One printed step of the after build. cost: seconds if it runs, on cached rows too; size in bytes."""

    name: str
    stage: str
    line: int
    also_lines: tuple[int, ...]
    instruction: str
    text: str
    outcome: str
    reason: str
    because: tuple[str, ...]
    cost: Cost
    size: int | None = None
    whole_text: str = ""  # the text with the bodies of heredocs

    @property
    def counted(self) -> bool:
        """FROM rows (and an ARG before FROM) are shown but not counted: their display says nothing of the cache."""
        return self.instruction != "FROM" and bool(self.stage)


class Summary(Value):
    """Counts and seconds. None where a step that counts has no known cost."""

    cached: int
    rebuilt: int
    output_dependent: int
    rebuild_seconds: float | None
    known_seconds: float
    path_seconds: float | None
    rebuild_seconds_max: float | None


class Simulation(Value):
    """The answer of `simulate`; steps in build order (stages as in the file, then index)."""

    builder: str
    builder_version: str
    steps: tuple[StepOutcome, ...]
    summary: Summary
    assumptions: tuple[Assumption, ...]
    dockerfile: str
    unread: tuple[str, ...] = ()  # changed paths that no step reads, or that are ignored
    steps_from: str = "dockerfile"


Costs = Callable[[str], Cost]  # a step's printed name, or its text where numbers moved → what it costs


def no_costs(_name: str) -> Cost:
    """The costs of a user who gave no timings."""
    return UNKNOWN_COST


def simulate(
    before: Side,
    after: Side,
    costs: Costs = no_costs,
    sizes: Mapping[int, int] | None = None,
    changed: tuple[str, ...] = (),
    *,
    cold: bool = False,
) -> Simulation:
    """Build `before` on an empty cache, then `after` on that, both only in thought.

    sizes: bytes per Dockerfile line of the after side. changed: paths the user named, to say which had no effect.
    cold: nothing was built before. Raises InputError where the after build would fail.
    """
    builder = new_builder(after.options.builder)
    if not cold:
        builder.build(before.build_input, lenient=True)
    built = builder.build(after.build_input)
    causes = Causes(before, after)
    outcomes: dict[Step, StepOutcome] = {}
    for step in built.steps:
        outcomes[step] = _outcome(step, causes, costs, sizes or {})
    return Simulation(
        after.options.builder,
        after.options.builder_version,
        tuple(outcomes.values()),
        _summary(outcomes),
        tuple(dict.fromkeys((*built.assumptions, *before.assumptions, *after.assumptions))),
        after.dockerfile.path,
        _unread(changed, outcomes),
        "history" if after.dockerfile.source == "history" else "dockerfile",
    )


def _unread(changed: tuple[str, ...], outcomes: Mapping[Step, StepOutcome]) -> tuple[str, ...]:
    """The changed paths that no step reads; what a step names as its cause needs no look at the files."""
    named = {token for outcome in outcomes.values() for token in outcome.because}
    rest = [path for path in changed if path not in named]
    if not rest or f"step:{NOT_SHOWN}" in named:
        return ()  # whether what the history does not show reads them, nobody can tell
    read = {path for step in outcomes for path, _ in step.read_files()}
    return tuple(path for path in rest if path not in read)


def _outcome(step: Step, causes: Causes, costs: Costs, sizes: Mapping[int, int]) -> StepOutcome:
    label = step.label
    instruction = label.instruction
    cached = step.outcome == CACHED
    also_lines = tuple(sorted({other.instruction.line for other in step.others} - {instruction.line}))
    cost = UNKNOWN_COST
    if label.keyword != "FROM" and not step.link:
        cost = costs(label.name)
    return StepOutcome(
        label.name,
        label.stage,
        instruction.line,
        also_lines,
        label.keyword,
        instruction.text,
        step.outcome,
        reason(step, () if cached else causes.own(step)),
        () if cached else causes.because(step),
        cost,
        # The layer of a step that stands for several is in the image under the line that is in the last stage.
        None if step.link else next((sizes[line] for line in (instruction.line, *also_lines) if line in sizes), None),
        instruction.whole_text,
    )


def _summary(outcomes: Mapping[Step, StepOutcome]) -> Summary:
    counted = {step: outcome for step, outcome in outcomes.items() if outcome.counted}
    rows = list(counted.values())
    rebuilt = [row for row in rows if row.outcome == REBUILT]
    open_rows = [row for row in rows if row.outcome == OUTPUT_DEPENDENT]
    return Summary(
        sum(row.outcome == CACHED for row in rows),
        len(rebuilt),
        len(open_rows),
        _total(rebuilt),
        round(sum(row.cost.seconds or 0.0 for row in rebuilt), 3),
        _longest_path(counted),
        _total([*rebuilt, *open_rows]),
    )


def _total(rows: list[StepOutcome]) -> float | None:
    total = 0.0
    for row in rows:
        if row.cost.seconds is None and not row.name.partition("] ")[2].startswith("LINK "):
            return None
        total += row.cost.seconds or 0.0
    return round(total, 3)


def _longest_path(outcomes: Mapping[Step, StepOutcome]) -> float | None:
    """Seconds until all is done when stages run side by side."""
    if _total([row for row in outcomes.values() if row.outcome == REBUILT]) is None:
        return None
    done: dict[Step, float] = {}
    longest = 0.0
    for step in _inputs_first(outcomes):
        row = outcomes.get(step)
        own = (row.cost.seconds or 0.0) if row is not None and row.outcome == REBUILT else 0.0
        inputs = [*step.sources, *([step.parent] if step.parent is not None else [])]
        done[step] = own + max((done[i] for i in inputs), default=0.0)
        longest = max(longest, done[step])
    return round(longest, 3)


def _inputs_first(outcomes: Mapping[Step, StepOutcome]) -> list[Step]:
    ordered: list[Step] = []
    seen: set[Step] = set()
    stack: list[tuple[Step, bool]] = [(step, False) for step in outcomes]
    while stack:
        step, ready = stack.pop()
        if ready:
            ordered.append(step)
        elif step not in seen:
            seen.add(step)
            stack.append((step, True))
            inputs = [*step.sources, *([step.parent] if step.parent is not None else [])]
            stack.extend((i, False) for i in inputs if i not in seen)
    return ordered
