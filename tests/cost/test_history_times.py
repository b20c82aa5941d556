"""Durations from created times: what counts, and what a history cannot tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layerscope.cost.logs.open import read_log
from layerscope.errors import InputError

RECORDED = Path(__file__).parent / "recorded"
BASE = ("2025-11-01T00:00:00Z", "/bin/sh -c #(nop) ADD file:aa in / ")
OLD_BASE = ("2025-11-01T00:00:10Z", '/bin/sh -c #(nop)  CMD ["bash"]')

HISTORIES: dict[str, tuple[list[tuple[str, str]], list[tuple[str, float | None]]]] = {
    "the base's entries and the first own step are not timed": (
        [
            BASE,
            OLD_BASE,
            ("2026-01-02T03:00:00Z", "WORKDIR /app"),
            ("2026-01-02T03:00:30.5Z", "RUN /bin/sh -c apt-get update # buildkit"),
            ("2026-01-02T03:00:31Z", "COPY src /app # buildkit"),
            ("2026-01-02T03:00:31Z", 'CMD ["x"]'),
        ],
        [("WORKDIR /app", None), ("RUN apt-get update", 30.5), ("COPY src /app", 0.5)],
    ),
    "cached entries keep the time of an older build": (
        [
            BASE,
            ("2026-01-02T03:00:00Z", "RUN /bin/sh -c apt-get update # buildkit"),
            ("2026-01-02T05:00:00Z", "COPY . . # buildkit"),
            ("2026-01-02T05:00:40Z", "RUN |2 A=1 B=x y /bin/sh -c make # buildkit"),
        ],
        [("COPY . .", None), ("RUN make", 40.0)],
    ),
    "BuildKit stamps metadata as the layer beside it": (
        [
            BASE,
            ("2026-01-02T05:00:00Z", "LABEL a=b"),
            ("2026-01-02T05:00:00Z", "RUN /bin/sh -c a # buildkit"),
            ("2026-01-02T05:00:09Z", "ENV A=1"),
            ("2026-01-02T05:00:09Z", "RUN /bin/sh -c b # buildkit"),
        ],
        [("RUN a", None), ("RUN b", 9.0)],
    ),
    "the classic builder stamps metadata itself": (
        [
            BASE,
            ("2026-01-02T05:00:00Z", "/bin/sh -c #(nop)  LABEL a=b"),
            ("2026-01-02T05:00:07Z", "/bin/sh -c make"),
            ("2026-01-02T05:00:08Z", "/bin/sh -c #(nop) COPY file:aa in /b "),
        ],
        [("RUN make", 7.0), ("COPY file:aa in /b", 1.0)],
    ),
    "a negative gap is none": (
        [
            BASE,
            ("2026-01-02T05:00:00Z", "RUN /bin/sh -c a # buildkit"),
            ("2026-01-02T04:59:00Z", "RUN /bin/bash -o pipefail -c b # buildkit"),
            ("2026-01-02T05:00:00Z", "|1 V=1 /bin/sh -c c"),
        ],
        [("RUN b", None), ("RUN c", 60.0)],
    ),
    "one time for all tells nothing (SOURCE_DATE_EPOCH)": (
        [
            ("2026-01-02T05:00:00Z", "RUN /bin/sh -c a # buildkit"),
            ("2026-01-02T05:00:00Z", "RUN /bin/sh -c b # buildkit"),
        ],
        [("RUN a", None), ("RUN b", None)],
    ),
    "unknown times are passed over": (
        [
            ("N/A", "RUN /bin/sh -c a # buildkit"),
            ("0001-01-01T00:00:00Z", "RUN /bin/sh -c b # buildkit"),
            ("2026-01-02 05:00:00 +0900 KST", "RUN /bin/sh -c c # buildkit"),
            ("2026-01-01T20:00:02Z", "RUN /bin/sh -c d # buildkit"),
        ],
        [("RUN c", None), ("RUN d", 2.0)],
    ),
}


def as_cli(rows: list[tuple[str, str]]) -> str:
    lines = [json.dumps({"CreatedAt": at, "CreatedBy": by, "Size": "0B"}) for at, by in rows]
    return "\n".join(lines[::-1]) + "\n"


def as_podman(rows: list[tuple[str, str]]) -> str:
    return json.dumps([{"id": "x", "CreatedBy": by, "created": at, "size": 0} for at, by in rows[::-1]])


def as_config(rows: list[tuple[str, str]]) -> str:
    return json.dumps({"rootfs": {}, "history": [{"created": at, "created_by": by} for at, by in rows]})


@pytest.mark.parametrize("form", [as_cli, as_podman, as_config])
@pytest.mark.parametrize("case", HISTORIES)
def test_histories(case: str, form: object) -> None:
    assert callable(form)
    rows, expected = HISTORIES[case]
    (log,) = read_log(form(rows).encode())
    assert log.builder == "history"
    assert [(step.name, step.seconds) for step in log.steps] == expected
    assert not any(step.cached for step in log.steps)


@pytest.mark.parametrize("name", ["history.json", "history.api.json"])
def test_recorded_histories_hold_whole_seconds(name: str) -> None:
    (log,) = read_log(RECORDED / name)
    assert [(step.name, step.seconds) for step in log.steps] == [
        ("COPY big.bin /big", None),
        ("COPY <<EOF /cfg", None),
        ("COPY /w /w", None),  # out of another stage: the gap is the time it waited, too
        ("COPY /x /x", None),
        ("RUN cat /cfg", None),
    ]


def test_a_config_is_finer() -> None:
    (log,) = read_log(RECORDED / "config.json")
    assert {step.name: step.seconds for step in log.steps}["RUN cat /cfg"] == 0.121418


def test_a_base_imported_a_moment_ago_starts_no_step() -> None:
    rows = [
        {"created": "2026-01-02T05:00:00Z", "comment": "Imported from -"},
        {
            "created": "2026-01-02T05:00:50Z",
            "created_by": "RUN /bin/sh -c a # buildkit",
            "comment": "buildkit.dockerfile.v0",
        },
        {
            "created": "2026-01-02T05:00:51Z",
            "created_by": "RUN /bin/sh -c b # buildkit",
            "comment": "buildkit.dockerfile.v0",
        },
    ]
    (log,) = read_log(json.dumps({"history": rows}).encode())
    assert [step.seconds for step in log.steps] == [None, 1.0]


def test_a_shortened_history_says_how_to_mend_it() -> None:
    text = as_cli([("2026-01-02T05:00:00Z", "RUN /bin/sh -c apt-get update && apt-get ins…")])
    with pytest.raises(InputError, match="--no-trunc"):
        read_log(text.encode(), "h.json")
