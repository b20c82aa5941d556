"""What a rebuild costs in all: sums, longest paths, bounds, and what is measured of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.analysis.answers.summary import Summary
from layerscope.analysis.simulate import simulate
from layerscope.api import change, open_context
from layerscope.cost.estimate import with_estimates
from layerscope.cost.model import UNKNOWN_COST, Bytes, Cost, unknown_bytes
from layerscope.cost.rates import Rates
from layerscope.figures import Source
from layerscope.graph.options import BuildOptions

_STAGES = """\
FROM debian AS a
COPY a /a
RUN work 10
FROM debian AS b
COPY b /b
RUN work 4
FROM debian
WORKDIR /w
COPY --from=a /out /a
COPY --from=b /out /b
RUN work 1
"""
_LINKED = """\
FROM debian AS a
RUN work 10
COPY a /a
RUN work 7
FROM debian
RUN work 3
COPY --link --from=a /out /a
COPY --link b /b
"""
_CHAINED = """\
FROM debian AS a
COPY a /a
RUN work 10
FROM a AS b
RUN work 4
FROM a
RUN work 3
RUN --mount=from=b,target=/b true
"""
_ONE = "FROM debian\nCOPY a b /\nRUN work 10\nRUN unknown\nRUN make\n"


def _seconds(name: str, _: Bytes = unknown_bytes, _platform: str = "", /) -> Cost:
    """`work N` takes N seconds, a COPY 1, another RUN nobody knows."""
    if " work " in name:
        return Cost(float(name.rpartition(" ")[2]), Source.MEASURED)
    return UNKNOWN_COST if "RUN unknown" in name or "RUN make" in name else Cost(1.0, Source.MEASURED)


def _summary(text: str, builder: str, folder: Path, *changed: str, rates: Rates | None = None) -> Summary:
    folder.joinpath("Dockerfile").write_text(text)
    for name in ("a", "b"):
        folder.joinpath(name).write_bytes(bytes(100))
    side = open_context(str(folder), options=BuildOptions(builder=builder))
    costs = _seconds if rates is None else with_estimates(_seconds, rates)
    return simulate(side, change(side, *changed), costs).summary


@pytest.mark.parametrize(
    ("text", "builder", "changed", "least", "path", "most", "path_most"),
    [
        # Both stages run beside each other; copies out of them are open, and what follows, too.
        (_STAGES, "buildkit", "ab", 16, 11, 19, 14),
        (_STAGES, "buildkit", "a", 11, 11, 14, 14),
        (_STAGES, "buildkit", "b", 5, 5, 7, 7),
        (_STAGES, "classic", "ab", 16, 16, 19, 19),
        # A linked copy waits for its own source alone, and its LINK row costs nothing.
        (_LINKED, "buildkit", "a", 8, 8, 9, 9),
        (_LINKED, "buildkit", "b", 1, 1, 1, 1),
        (_LINKED, "buildkit", "ab", 9, 8, 10, 9),
        # Stages that begin from one stage; a mount is waited for.
        (_CHAINED, "buildkit", "a", 19, 16, 19, 16),
    ],
)
def test_the_sum_and_the_longest_path_bound_the_build(
    text: str, builder: str, changed: str, least: float, path: float, most: float, path_most: float, tmp_path: Path
) -> None:
    summary = _summary(text, builder, tmp_path, *changed)
    assert (summary.rebuild_seconds, summary.path_seconds) == (least, path)
    assert (summary.rebuild_seconds_max, summary.path_seconds_max) == (most, path_most)
    assert summary.cost_source == "measured"
    assert summary.known_seconds == summary.measured_seconds == least


def test_what_is_unknown_stays_so_and_an_estimate_marks_its_total(tmp_path: Path) -> None:
    unknown = _summary(_ONE, "buildkit", tmp_path, "a")
    assert (unknown.rebuild_seconds, unknown.path_seconds, unknown.known_seconds) == (None, None, 11)
    assert unknown.cost_source == "measured"
    partly = _summary(_ONE, "buildkit", tmp_path, "a", rates=Rates(container_seconds=1, compile_seconds=5))
    assert (partly.rebuild_seconds, partly.known_seconds, partly.measured_seconds) == (None, 17, 11)
    whole = _summary(_ONE, "buildkit", tmp_path, "a", rates=Rates(compile_seconds=5, unknown_run_seconds=30))
    assert (whole.rebuild_seconds, whole.measured_seconds) == (11 + 30 + 5.3, 11)
    assert partly.cost_source == whole.cost_source == "estimated"
    assert _summary(_ONE, "buildkit", tmp_path, rates=Rates()).cost_source == "none"
