"""Combining builds, and finding a step again when its number, stage or builder changed."""

from __future__ import annotations

import pytest

from layerscope.cost.build_log import BuildLog, LoggedStep, LogWriter, Timing
from layerscope.cost.model import Cost
from layerscope.cost.timings import Timings
from layerscope.figures import Source


def build(*steps: LoggedStep, builder: LogWriter = LogWriter.BUILDKIT) -> BuildLog:
    return BuildLog(builder, steps)


def ran(name: str, *seconds: float, builder: LogWriter = LogWriter.BUILDKIT) -> Timings:
    """One step that ran in as many builds as there are figures."""
    logs = {f"{builder}{name}{i}": build(LoggedStep(name, False, s), builder=builder) for i, s in enumerate(seconds)}
    return Timings.of_builds(logs)


def test_median_spread_and_count() -> None:
    (odd,) = ran("[2/2] RUN a", 5, 1, 2).rows()
    assert odd == Timing("[2/2] RUN a", "RUN a", 2, 4, 3)
    (even,) = ran("[2/2] RUN a", 5, 1, 2, 3).rows()
    assert even == Timing("[2/2] RUN a", "RUN a", 2.5, 4, 4)


def test_cached_failed_and_unfinished_steps_tell_nothing() -> None:
    log = build(
        LoggedStep("[1/4] FROM a", True),
        LoggedStep("[2/4] RUN a", True, 0.0),
        LoggedStep("[3/4] RUN b", False, 3.0, "exit code: 1"),
        LoggedStep("[4/4] RUN c", False),
    )
    assert not Timings.of_builds({"x": log})


def test_a_build_counts_once() -> None:
    timings = ran("[2/2] RUN a", 5, 1)
    assert timings.merged(timings, ran("[2/2] RUN a", 5)) == timings


FOUND = {
    "the same name": ("[b 2/3] RUN make", {"[b 2/3] RUN make": 1.0, "[b 3/3] RUN make": 9.0}, 1.0),
    "moved within its stage": ("[b 2/3] RUN make", {"[b 4/5] RUN make": 1.0, "[c 2/3] RUN make": 9.0}, 1.0),
    "in stages of other names": ("[b 2/3] RUN make", {"[a 2/3] RUN make": 1.0, "[c 2/3] RUN make": 9.0}, 5.0),
    "with a platform": ("[linux/arm64 b 2/3] RUN make", {"[b 3/3] RUN make": 1.0, "[2/3] RUN make": 2.0}, 1.0),
    "from the classic builder": ("[b 2/3] RUN make  all", {"Step 3/11 : run make all": 4.0}, 4.0),
    "to the classic builder": ("Step 3/11 : run make  all", {"[b 2/3] RUN make all": 4.0}, 4.0),
    "from buildah": ("[b 2/3] RUN make", {"[1/2] STEP 3/4: RUN make": 4.0}, 4.0),
    "FROM, whatever its digest": (
        "[1/3] FROM docker.io/library/a:1",
        {"[1/3] FROM docker.io/library/a:1@sha256:" + "a" * 64: 4.0},
        4.0,
    ),
    "another text": ("[b 2/3] RUN make all", {"[b 2/3] RUN make": 4.0}, None),
    "the copy is not its LINK row": ("[2/3] COPY --link a /", {"[2/3] LINK COPY --link a /": 4.0}, None),
    "flags do count among logs": ("[2/3] COPY --from=a /x /", {"[2/3] COPY --from=b /x /": 4.0}, None),
}


@pytest.mark.parametrize("case", FOUND)
def test_finding_a_step(case: str) -> None:
    name, known, expected = FOUND[case]
    timings = Timings().merged(*(ran(other, seconds) for other, seconds in known.items()))
    cost = timings.cost(name)
    assert (cost.seconds, cost.source) == (expected, Source.NONE if expected is None else Source.MEASURED)
    found = timings.find(name)
    assert found is None or (isinstance(found, Timing) and found.name == name)


def test_histories_are_asked_last_and_know_no_flags() -> None:
    weak = ran("RUN make", 9, builder=LogWriter.HISTORY).merged(ran("COPY /x /", 3, builder=LogWriter.HISTORY))
    for name, seconds in [
        ("[b 2/3] RUN --mount=type=cache,target=/c --network=none make", 9),
        ("Step 2/3 : RUN make", 9),
        ("[b 2/3] COPY --from=a --chown=1:1 /x /", 3),
    ]:
        found = weak.find(name)
        assert isinstance(found, Timing)
        assert (found.seconds, found.source, found.count) == (seconds, "history", 1)
    assert weak.merged(ran("[c 9/9] RUN make", 1)).cost("[b 2/3] RUN make") == Cost(1, Source.MEASURED)
    assert weak.find("[b 2/3] RUN --help") is None


def test_builds_at_once_share_a_run() -> None:
    def log(seconds: float) -> BuildLog:
        return BuildLog(LogWriter.BUILDKIT, (LoggedStep("[1/1] RUN a", False, seconds),))

    shared = Timings.of_builds({"a": log(1.234567), "b": log(1.234567), "c": log(2.5), "d": log(2.5)})
    (row,) = shared.rows()
    assert (row.count, row.seconds) == (3, 2.5)  # a plain log's tenths are alike by chance
