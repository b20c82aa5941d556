"""A small repository to replay, and what a replay of one says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from repositories import git
from run import Done, layerscope

DOCKERFILE = "FROM busybox\nCOPY lock /a/\nRUN install\nCOPY . /a/\nRUN build\n"
INSTALL, BUILD = "[3/5] RUN install", "[5/5] RUN build"
LOCK, ALL = "[2/5] COPY lock /a/", "[4/5] COPY . /a/"
TIMES = (
    "#1 [2/5] COPY lock /a/\n#1 DONE 0.1s\n#2 [3/5] RUN install\n#2 DONE 40.0s\n"
    "#3 [4/5] COPY . /a/\n#3 DONE 0.2s\n#4 [5/5] RUN build\n#4 DONE 5.0s\n"
)

State = dict[str, str | None]  # what a commit writes; None removes


def commit(place: Path, state: State, *, day: int = 1, message: str = "") -> str:
    """A commit on the given day of January; its id."""
    place.mkdir(exist_ok=True)
    if not (place / ".git").exists():
        git(place, "init", "-q", "-b", "main")
    for path, text in state.items():
        target = place / path
        if text is None:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    git(place, "add", "-A")
    date = f"2026-01-{day:02d}T12:00:00Z"
    git(place, "commit", "-q", "--allow-empty", "-m", message or f"day {day}", GIT_COMMITTER_DATE=date)
    return git(place, "rev-parse", "HEAD").decode().strip()


def six_commits(place: Path) -> Path:
    """All new, source, lock, back to the first lock, nothing, an ignored file."""
    commit(place, {"Dockerfile": DOCKERFILE, ".dockerignore": ".git\ndocs\n", "lock": "1", "src/a": "1"}, day=1)
    commit(place, {"src/a": "2"}, day=2)
    commit(place, {"lock": "2"}, day=3)
    commit(place, {"lock": "1", "src/a": "1"}, day=4)
    commit(place, {}, day=5)
    commit(place, {"docs/x": "1"}, day=20)
    return place


def replayed(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    done = layerscope(capsys, "replay", *words, "--format", "json")
    assert done.status == 0, done.err
    return done.document


def ran(document: dict[str, Any]) -> list[list[str]]:
    return [
        [s["name"] for s in c["steps"] if s["outcome"] == "rebuilt" and "FROM" not in s["name"]]
        for c in document["commits"]
    ]


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    done: Done = layerscope(capsys, "replay", *words)
    assert (done.status, done.out) == (2, ""), done
    assert done.err.count("\n") == 1
    return done.err
