"""Which line of which Dockerfile wrote each entry of a history, and how that is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layerscope.analysis.answers.image import LinesFrom
from layerscope.docker.created_by import CreatedBy
from layerscope.errors import InputError
from layerscope.values import Value, replace

if TYPE_CHECKING:
    from layerscope.docker.provenance import Provenance
    from layerscope.dockerfile.stages import Dockerfile
    from layerscope.graph.layer_lines import LineTies

_NO_SIZES = "no size is joined to a step"
_OTHER_LAYERS = f"the history has layers that no instruction of the Dockerfile made: {_NO_SIZES}"
_TOO_LONG = "the Dockerfile and the history are too long to be held against each other"
_SHOWN = 3  # lines that are named
_OTHER_FILE = "the provenance attached is of another version of this Dockerfile: lines are tied by the history"


class ImageLines(Value):
    """ties, source: None where nothing tells lines. notes: what to say of it."""

    ties: LineTies | None
    dockerfile: Dockerfile | None
    source: LinesFrom | None
    notes: tuple[str, ...] = ()


def lines_of_image(
    created: Sequence[CreatedBy],
    layers: Sequence[int | None],
    dockerfile: Dockerfile | None,
    target: str | None,
    provenance: Provenance | None,
) -> ImageLines:
    """Tie entries to lines by provenance where it tells them, else by the history.

    layers: per entry the number of its layer, None where it has none. dockerfile: the one the user gave.
    """
    notes: list[str] = []
    if provenance is not None and provenance.problem:
        notes.append(f"the provenance attached {provenance.problem}: it is not used")
    elif provenance is not None:
        if dockerfile is None or _is_built_from(dockerfile, provenance):
            return _by_provenance(created, layers, dockerfile, target, provenance)
        notes.append(_OTHER_FILE)
    if dockerfile is None:
        return ImageLines(None, None, None, tuple(notes))
    from layerscope.graph.layer_lines import tie_lines  # most images are asked about without a Dockerfile

    ties = tie_lines(created, dockerfile, target)
    if ties.refused:
        notes.append(_refusal(ties, target))
        return ImageLines(None, None, None, tuple(notes))
    if ties.absent:
        notes.append(_absence(ties))
    elif not ties.exact:
        notes.append(_OTHER_LAYERS)
    return ImageLines(ties, dockerfile, LinesFrom.HISTORY, tuple(notes))


def _refusal(ties: LineTies, target: str | None) -> str:
    if not ties.absent:
        return f"{_TOO_LONG}; no line is given and the base is not told apart"
    stage = "its last stage" if target is None else f"stage {target}"
    return (
        f"the Dockerfile is not the one this image was built from, or {stage} is not: {_absent(ties)}. "
        "The instructions are the history's own, no line is given and the base is not told apart"
    )


def _absence(ties: LineTies) -> str:
    kept = "entries that say something else keep the history's own words and have no line"
    return f"{_absent(ties)}: {kept}" + ("" if ties.exact else f", and {_NO_SIZES}")


def _absent(ties: LineTies) -> str:
    """Which instructions the history does not have: `2 of 9 instructions are not in the history (line 4 RUN, …)`."""
    shown = ", ".join(f"line {one.line} {one.keyword}" for one in ties.absent[:_SHOWN])
    more = f" and {len(ties.absent) - _SHOWN} more" if len(ties.absent) > _SHOWN else ""
    are = "is" if len(ties.absent) == 1 else "are"
    return (
        f"{len(ties.absent)} of {ties.wanted} instructions of the Dockerfile {are} not in the history ({shown}{more})"
    )


def _is_built_from(dockerfile: Dockerfile, provenance: Provenance) -> bool:
    return provenance.dockerfile is None or dockerfile.text.split() == provenance.dockerfile.split()


def _by_provenance(
    created: Sequence[CreatedBy],
    layers: Sequence[int | None],
    dockerfile: Dockerfile | None,
    target: str | None,
    provenance: Provenance,
) -> ImageLines:
    from layerscope.graph.layer_lines import LineTies, tie_lines

    known = {n: provenance.lines[layer] for n, layer in enumerate(layers) if layer is not None}
    dockerfile = dockerfile or _attached(provenance)
    if dockerfile is not None:
        ties = tie_lines(created, dockerfile, target or provenance.target, known)
        return ImageLines(replace(ties, exact=True), dockerfile, LinesFrom.PROVENANCE)
    lines = tuple(known[n][0] if known.get(n) else None for n in range(len(created)))
    base_entries = max((n + 1 for n, its_lines in known.items() if not its_lines), default=0)
    return ImageLines(LineTies(lines, base_entries, True), None, LinesFrom.PROVENANCE)


def _attached(provenance: Provenance) -> Dockerfile | None:
    """The Dockerfile that came with the provenance; None if it is none, or of another syntax."""
    if provenance.dockerfile is None:
        return None
    from layerscope.dockerfile.stages import parse_dockerfile

    try:
        return parse_dockerfile(provenance.dockerfile, provenance.filename)
    except InputError:
        return None
