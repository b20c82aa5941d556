"""Why a step is not taken from the cache, in one sentence."""

from __future__ import annotations

from layerscope.analysis.cause import BaseCause, Cause, ColdCause, FileCause, GitCause, StepCause
from layerscope.analysis.file_parts import FilePart
from layerscope.answer import set_apart
from layerscope.context.paths import GIT_FOLDER
from layerscope.graph.names import NOT_SHOWN
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step


def reason(step: Step, own: tuple[Cause, ...]) -> str:
    """What made this step miss, or that it did not. own: the causes that strike this very step."""
    if step.outcome == Outcome.CACHED:
        if step.inherits:
            return f"has the same key as {_shown(step.inherits[0])} of this build, and takes its result"
        return "nothing it depends on has changed"
    if step.outcome == Outcome.OUTPUT_DEPENDENT:
        return _open_sentence(step)
    if own:
        return _own_sentence(own)
    if step.inherits:
        parent = step.inherits[0]
        kind = "follows" if parent is step.parent else "copies from"
        runs = "is new in this build" if parent.outcome == Outcome.CACHED else "runs again"
        return f"{kind} {_shown(parent)}, which {runs}"
    return "has not been built before"


def writer_of(step: Step) -> Step:
    """The step whose output is not known: the last one of a stage that runs again and is a RUN, else the last."""
    walker: Step | None = step
    while walker is not None and walker.outcome != Outcome.CACHED:
        if walker.label.keyword in {"RUN", "ADD"} and not walker.hidden:
            return walker
        walker = walker.parent
    return step


def _open_sentence(step: Step) -> str:
    sources = [source for source in step.inherits if source is not step.parent]
    if sources:
        if sources[0].is_unknown:
            return f"hangs on {NOT_SHOWN}"
        return f"hangs on the bytes that {_shown(writer_of(sources[0]))} will write"
    if step.inherits:
        parent = step.inherits[0]
        if parent.outcome != Outcome.OUTPUT_DEPENDENT:
            return f"follows {_shown(parent)}, and may turn out to be the same as another step of this build"
        return f"follows {_shown(parent)}, which only the build decides"
    return "hangs on bytes that are not known here"


def _own_sentence(own: tuple[Cause, ...]) -> str:
    files = [cause for cause in own if not isinstance(cause, GitCause)]
    if not files:
        return GitCause(GIT_FOLDER).text if len(own) > 1 else own[0].text
    first, others = files[0], len(own) - 1
    if isinstance(first, ColdCause | BaseCause) or (isinstance(first, FileCause) and not others):
        return first.text
    if isinstance(first, FileCause):
        return _of_files(first, own, others)
    more = f" and {others} more" if others else ""
    if isinstance(first, StepCause):
        return f"the bytes of {set_apart(first.name)}{more} changed"
    return f"{first.text}{more}"


def _of_files(first: FileCause, own: tuple[Cause, ...], others: int) -> str:
    """What happened to several files, where it is the same to all; else to the first."""
    parts = {_told_part(cause) for cause in own}
    several = _TO_SEVERAL.get(_told_part(first)) if len(parts) == 1 else None
    if several is None:
        return f"{first.text}, and {others} more {'differs' if others == 1 else 'differ'}"
    return several.format(f"{first.token} and {others} more")


def _told_part(cause: Cause) -> FilePart | None:
    """What of a file differs; what was not looked at, or is git's own, is told as content. Others have none."""
    if isinstance(cause, GitCause):
        return FilePart.CONTENT
    return (cause.part or FilePart.CONTENT) if isinstance(cause, FileCause) else None


_TO_SEVERAL: dict[FilePart | None, str] = {
    FilePart.CONTENT: "{} changed",
    FilePart.MODE: "the modes of {} changed",
    FilePart.OWNER: "the owners of {} changed",
    FilePart.TYPE: "{} are of another type",
    FilePart.LINK: "{} point elsewhere",
    FilePart.ADDED: "{} were added",
    FilePart.REMOVED: "{} were removed",
    FilePart.ATTRIBUTES: "the extended attributes of {} changed",
}


def _shown(step: Step) -> str:
    return set_apart(step.label.name) if not step.hidden else "a file system it reads"
