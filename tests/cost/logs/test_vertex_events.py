"""The plain log that Docker 18.09 and 19.03 wrote with DOCKER_BUILDKIT=1: an event of a vertex a line."""

from __future__ import annotations

import pytest

from layerscope.cost.build_log import LoggedStep
from layerscope.cost.logs.open import read_log

LONG = "RUN " + "make all install " * 6 + "check"


def vertex(number: int, name: str, *events: str) -> str:
    shown = name if len(name) <= 72 else f"{name[:72]}..."
    lines = [
        shown,
        "      digest: sha256:aaaa",
        f'        name: "{name}"',
        "     started: 2019-06-01 10:00:00.1 +0000 UTC",
    ]
    return "\n".join(f"#{number} {line}" for line in [*lines, *events]) + "\n\n"


def done(duration: str) -> tuple[str, str]:
    return "   completed: 2019-06-01 10:00:09.1 +0000 UTC", f"    duration: {duration}"


LOG = (
    vertex(1, "[internal] load .dockerignore", *done("20ms"), "transferring context: 2B done")
    + vertex(4, "[1/6] FROM docker.io/library/python", *done("200µs"))
    + vertex(7, "[2/6] RUN true", *done("0s"), "      cached: true")
    + vertex(5, "[3/6] COPY app /app", *done("150ms"))
    + vertex(6, "[4/6] RUN make -C /app", "1.250     duration: 9s", *done("1m7.5s"))
    + vertex(8, f"[5/6] {LONG}", *done("3s"))
    + vertex(9, "[6/6] RUN false", *done("2s"), '       error: "exit code: 1"')
)


def test_each_vertex_has_its_seconds() -> None:
    (log,) = read_log(LOG.encode())
    assert list(log.steps) == [
        LoggedStep("[1/6] FROM docker.io/library/python", False, 0.0002),
        LoggedStep("[2/6] RUN true", True),
        LoggedStep("[3/6] COPY app /app", False, 0.15),
        LoggedStep("[4/6] RUN make -C /app", False, 67.5),
        LoggedStep(f"[5/6] {LONG}", False, 3.0),
        LoggedStep("[6/6] RUN false", False, None, "exit code: 1"),
    ]


def test_what_was_canceled_is_no_failure() -> None:
    text = LOG.replace("exit code: 1", "failed to solve: context canceled")
    assert read_log(text.encode())[0].steps[-1].error == "canceled"


@pytest.mark.parametrize("line", ["#6     duration: soon", "#6       cached: false", '#6       error: ""'])
def test_events_that_tell_nothing(line: str) -> None:
    text = LOG.replace("#6     duration: 1m7.5s", line)
    assert read_log(text.encode())[0].steps[3] == LoggedStep("[4/6] RUN make -C /app", False)


def test_output_of_a_step_that_looks_like_an_event_changes_no_log_of_today() -> None:
    text = "#1 [1/1] RUN a\n#1 0.100     duration: 7s\n#1 DONE 1.0s\n"
    assert read_log(text.encode())[0].steps == (LoggedStep("[1/1] RUN a", False, 1.0),)
