"""What a rebuild would do: outcome, cause and cost of every step of the after build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from layerscope.analysis.answers.simulation import Simulation, StepOutcome
from layerscope.analysis.build_pair import build_pair
from layerscope.analysis.cause import FileCause, GitCause, StepCause
from layerscope.analysis.causes import Causes
from layerscope.analysis.edited_side import ChangedPath
from layerscope.analysis.reasons import reason
from layerscope.analysis.side import Side
from layerscope.analysis.step_costs import cost_of
from layerscope.analysis.summary import summarize
from layerscope.cost.model import Costs, assumed, no_costs, on_platform
from layerscope.graph.builder import builder_version
from layerscope.graph.names import NOT_SHOWN
from layerscope.graph.operations import LocalSource
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step

if TYPE_CHECKING:
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.answers.transfer import RebuiltLayers, SentContext
    from layerscope.context.tree import Directory


def simulate(
    before: Side,
    after: Side,
    costs: Costs = no_costs,
    image: ImageCost | None = None,
    changed: tuple[ChangedPath, ...] = (),
    *,
    cold: bool = False,
    count_context: bool = False,
) -> Simulation:
    """Build `before` on an empty cache, then `after` on that, both only in thought.

    image: what the last build left, for the size of each step and of what must be sent. changed: paths the user named,
    to say which had no effect. cold: nothing was built before. count_context: also look what is sent of the context,
    which costs a look at all of it. Raises InputError where the after build would fail.
    """
    pair = build_pair(None if cold else before, after)
    builder = pair.builder
    sizes = _sizes(image) if image is not None else {}
    costs = on_platform(costs, after.options.platform)
    outcomes: dict[Step, StepOutcome] = {}
    for step in pair.steps:
        outcomes[step] = _outcome(step, pair.causes, costs, sizes)
    layers = _layers(outcomes.values(), image) if image is not None else None
    estimated = (layers.assumption,) if layers is not None and layers.most.layers_sent else ()
    return Simulation(
        builder.name,
        builder_version(after.options),
        tuple(outcomes.values()),
        summarize(outcomes, one_at_a_time=not builder.runs_stages_side_by_side),
        tuple(dict.fromkeys((*pair.assumptions, *estimated, *assumed(row.cost for row in outcomes.values())))),
        after.dockerfile.place,
        _unread(changed, outcomes),
        after.dockerfile.source,
        layers,
        _sent(pair.sent_before, pair.built.sent, keeps_copy=builder.keeps_context) if count_context else None,
        ignore_file=after.ignore_file,
    )


def _sizes(image: ImageCost) -> dict[int, int]:
    from layerscope.analysis.image_cost import sizes_by_line

    return sizes_by_line(image)


def _layers(outcomes: Iterable[StepOutcome], image: ImageCost) -> RebuiltLayers | None:
    from layerscope.analysis.transfer import rebuilt_layers

    return rebuilt_layers(outcomes, image)


def _sent(before: Directory, after: Directory, *, keeps_copy: bool) -> SentContext:
    from layerscope.analysis.sent_context import sent_context

    return sent_context(before, after, keeps_copy=keeps_copy)


def _unread(changed: tuple[ChangedPath, ...], outcomes: Mapping[Step, StepOutcome]) -> tuple[str, ...]:
    """The changed paths that no step reads; what a step names as its cause needs no look at the files."""
    causes = {cause for outcome in outcomes.values() for cause in outcome.causes}
    named = {(cause.context, cause.path) for cause in causes if isinstance(cause, FileCause | GitCause)}
    rest = [each for each in changed if named.isdisjoint(each.places)]
    if not rest or StepCause(NOT_SHOWN) in causes:
        return ()  # whether what the history does not show reads them, nobody can tell
    read = {("", path) for step in outcomes for path, _ in step.read_files()}
    # A step that runs again for another reason does not name the files that it reads of a named context.
    contexts = {name for step in outcomes if step.outcome != Outcome.CACHED for name in _named_contexts(step)}
    return tuple(
        each.text
        for each in rest
        if read.isdisjoint(each.places) and not any(context in contexts for context, _ in each.places)
    )


def _named_contexts(step: Step) -> Iterator[str]:
    """The named contexts that a step reads, or stands on."""
    for source in (step.parent, *step.sources):
        if source is not None and isinstance(source.op, LocalSource) and source.op.name:
            yield source.op.name


def _outcome(step: Step, causes: Causes, costs: Costs, sizes: Mapping[int, int]) -> StepOutcome:
    label = step.label
    instruction = label.instruction
    cached = step.outcome == Outcome.CACHED
    own = () if cached else causes.own(step)
    also_lines = tuple(sorted({other.instruction.line for other in step.others} - {instruction.line}))
    # The layer of a step that stands for several is in the image under the line that is in the last stage.
    size = None if step.link else next((sizes[n] for n in (instruction.line, *also_lines) if n in sizes), None)
    return StepOutcome(
        label.name,
        label.stage,
        instruction.line,
        also_lines,
        label.keyword,
        instruction.text,
        step.outcome,
        reason(step, own),
        () if cached else causes.roots(step),
        cost_of(step, costs, size),
        size,
        instruction.whole_text,
        own,
        step.link,
        step.is_counted,
    )
