"""How a prediction and what an engine printed are held against each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import write
from run import layerscope

from layerscope import change, open_context, verify
from layerscope.analysis.answers.verification import Verification
from layerscope.analysis.side import Side
from layerscope.analysis.verification import predict, verification
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions

DOCKERFILE = """FROM busybox AS build
COPY a /a
RUN cat a > out
FROM busybox
COPY b /b
COPY --from=build /out /out
"""
COPY_A, RUN, COPY_B, COPY_OUT = (
    "[build 2/3] COPY a /a", "[build 3/3] RUN cat a > out", "[stage-1 2/3] COPY b /b",
    "[stage-1 3/3] COPY --from=build /out /out",
)  # fmt: skip


def held(side: Side, ran: dict[str, bool], *changed: str, uncertain: bool = False) -> Verification:
    after = change(side, *changed)
    steps, _ = predict(side, after)
    return verification(steps, ran, uncertain, (), after)


@pytest.fixture
def side(tmp_path: Path) -> Side:
    write(tmp_path, {"Dockerfile": DOCKERFILE, "a": "1", "b": "2"})
    return open_context(str(tmp_path))


@pytest.mark.parametrize(
    ("ran", "wrong"),
    [
        ({COPY_A: False, RUN: False, COPY_B: True, COPY_OUT: False}, []),
        ({COPY_A: False, RUN: False, COPY_B: True, COPY_OUT: True}, []),  # open: agrees with either
        ({COPY_A: True, RUN: False, COPY_B: False, COPY_OUT: True}, [COPY_A, COPY_B]),
        ({COPY_A: False, RUN: False, COPY_B: True}, [COPY_OUT]),
        ({COPY_A: False, RUN: False, COPY_B: True, COPY_OUT: True, "[build 4/3] RUN x": True}, ["[build 4/3] RUN x"]),
    ],
)
def test_what_differs_is_wrong(side: Side, ran: dict[str, bool], wrong: list[str]) -> None:
    found = held(side, ran, "a")
    assert [step.name for step in found.steps if not step.agrees] == wrong
    assert (found.wrong, found.open) == (len(wrong), int(COPY_OUT in ran))


def test_of_equal_steps_one_runs(tmp_path: Path) -> None:
    stage = "FROM busybox AS {0}\nRUN echo one\nCOPY a /a\nRUN cat a\n"
    write(tmp_path, {"Dockerfile": stage.format("x") + "FROM busybox\nCOPY --from=x / /x\nADD a /a", "a": "1"})
    side = open_context(str(tmp_path))
    steps, _ = predict(side, change(side, "a"))
    as_predicted = {step.label.name: step.outcome == "cached" for step in steps}
    assert held(side, as_predicted, "a").wrong == 0
    assert held(side, {name: not cached for name, cached in as_predicted.items()}, "a").wrong > 0


def test_a_linked_copy_may_be_in_an_old_cache(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM busybox\nCOPY --link a /a\nRUN cat a\n", "a": "1"})
    side = open_context(str(tmp_path))
    copy, link, run = "[2/3] COPY --link a /a", "[2/3] LINK COPY --link a /a", "[3/3] RUN cat a"
    ran = {copy: True, link: False, run: False}
    assert [step.name for step in held(side, ran, "a").steps if not step.agrees] == [copy]
    excused = held(side, ran, "a", uncertain=True)
    assert (excused.wrong, excused.open) == (0, 1)
    assert [(a.kind, a.subject) for a in excused.assumptions] == [("builder-cache", copy)]
    assert held(side, {**ran, run: True}, "a", uncertain=True).wrong == 1  # what stands on an image has no excuse


def test_a_workdir_on_nothing_is_shown_as_run(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nWORKDIR /w\nCOPY a .\n", "a": "1"})
    ran = {"[1/2] WORKDIR /w": False, "[2/2] COPY a .": False}
    side = open_context(str(tmp_path))
    assert held(side, ran, "a").wrong == 0
    assert held(side, {**ran, "[1/2] WORKDIR /w": True}, "a").wrong == 0


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_no_engine(
    builder: str, side: Side, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    done = layerscope(capsys, "verify", side.reference, "--change", "a", "--builder", builder, "--format", "json")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "layerscope: verify needs a running engine (start Docker, or set DOCKER_HOST): "
        "no engine answers at unix:///nowhere/docker.sock\n"
    )
    options = BuildOptions(builder=builder)
    opened = open_context(side.reference, options=options)
    with pytest.raises(InputError, match="verify needs a running engine"):
        verify(opened, change(opened, "a"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--change", "nothing"], "nothing: --change matches nothing in the context"),
        (["--change", "a", "--since", "HEAD"], "state the change one way only"),
        (["--remove", "a"], "Dockerfile:2: COPY source"),
        (["--change", "a", "--target", "none"], 'target stage "none" could not be found'),
    ],
)
def test_what_cannot_be_predicted_is_not_built(
    words: list[str], said: str, side: Side, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    done = layerscope(capsys, "verify", side.reference, *words)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
