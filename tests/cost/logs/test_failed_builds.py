"""What a build that failed says of the steps that it never came to: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.cost.build_log import CANCELED, LoggedStep
from layerscope.cost.logs.open import read_log

RECORDED = Path(__file__).parents[1] / "recorded"


def outcomes(text: str | bytes) -> dict[str, str]:
    (log,) = read_log(text.encode() if isinstance(text, str) else text)
    return {step.name: outcome(step) for step in log.steps}


def outcome(step: LoggedStep) -> str:
    if step.error is not None:
        return "canceled" if step.canceled else "failed"
    return "skipped" if step.skipped else "cached" if step.cached else "ran"


def plain(*rows: str) -> str:
    """A log in which rows end in this order."""
    lines = ["#1 [internal] load build definition from Dockerfile", "#1 DONE 0.0s"]
    for number, row in enumerate(rows, 2):
        name, _, ended = row.partition(" = ")
        lines += [f"#{number} {name}", f"#{number} {ended}"]
    return "\n".join(lines)


@pytest.mark.parametrize("form", ["missing.plain.log", "missing.rawjson"])
def test_a_file_that_is_missing_while_a_step_before_it_runs(form: str) -> None:
    told = outcomes((RECORDED / form).read_bytes())
    assert told["[build 2/5] RUN sleep 4; echo 2112"] == "canceled"
    assert told["[build 3/5] RUN echo two"] == "skipped"
    assert told["[build 4/5] COPY missing.txt /x"] == "failed"
    assert told["[tools 2/2] RUN echo tools"] == "cached"


FAILED = "ERROR: not found"
CASES = {
    "what stands on a step that failed": (
        ["[1/3] FROM a = DONE 0.0s", "[3/3] COPY a /a = CACHED", f"[2/3] RUN x = {FAILED}"],
        ["ran", "skipped", "failed"],
    ),
    "what stands on that": (
        ["[1/4] FROM a = CANCELED", "[2/4] RUN x = CACHED", "[3/4] RUN y = CACHED", f"[4/4] COPY a /a = {FAILED}"],
        ["canceled", "skipped", "skipped", "failed"],
    ),
    "what follows a step that ran, and so has to run": (
        ["[1/5] FROM a = CACHED", "[2/5] RUN x = DONE 0.1s", "[3/5] RUN y = CACHED", "[4/5] RUN z = CACHED",
         f"[5/5] COPY a /a = {FAILED}"],
        ["cached", "ran", "skipped", "skipped", "failed"],
    ),
    "what copies from a stage that ran, which gave the same": (
        ["[b 1/2] FROM a = CACHED", "[b 2/2] RUN x = DONE 0.1s", "[app 1/3] FROM a = CACHED",
         "[app 2/3] COPY --from=b /x /x = CACHED", f"[app 3/3] RUN x = {FAILED}"],
        ["cached", "ran", "cached", "cached", "failed"],
    ),
    "what copies from it": (
        ["[b 1/2] FROM a = DONE 0.0s", "[app 2/3] COPY --from=b /x /x = CACHED", "[b 2/2] RUN x = CANCELED",
         f"[app 3/3] COPY a /a = {FAILED}"],
        ["ran", "skipped", "canceled", "failed"],
    ),
    "what copies from a stage by its number": (
        ["[stage-0 1/2] FROM a = DONE 0.0s", "[app 2/3] COPY --from=0 /x /x = CACHED", "[stage-0 2/2] RUN x = CANCELED",
         f"[app 3/3] COPY a /a = {FAILED}"],
        ["ran", "skipped", "canceled", "failed"],
    ),
    "a stage that stands on another": (
        ["[b 1/2] FROM a = DONE 0.0s", "[app 1/2] RUN y = CACHED", "[b 2/2] RUN x = CANCELED",
         f"[app 2/2] COPY a /a = {FAILED}"],
        ["ran", "skipped", "canceled", "failed"],
    ),
    "a stage of its own": (
        ["[b 1/3] FROM a = DONE 0.0s", "[b 2/3] RUN y = CACHED", "[app 1/2] FROM a = CACHED",
         f"[app 2/2] RUN x = {FAILED}"],
        ["ran", "cached", "cached", "failed"],
    ),
    "what is printed after the failure": (
        ["[app 1/2] FROM a = CACHED", f"[app 2/2] RUN x = {FAILED}", "[b 1/3] FROM a = DONE 0.0s",
         "[b 2/3] RUN y = CACHED"],
        ["cached", "failed", "ran", "skipped"],
    ),
    "another platform's": (
        ["[linux/amd64 1/3] FROM a = DONE 0.0s", "[linux/arm64 1/3] FROM a = DONE 0.0s",
         "[linux/amd64 2/3] RUN x = CACHED", "[linux/arm64 3/3] RUN z = CACHED", f"[linux/arm64 2/3] RUN x = {FAILED}"],
        ["ran", "ran", "cached", "skipped", "failed"],
    ),
    "a build that did not fail": (
        ["[1/3] FROM a = DONE 0.0s", "[2/3] RUN x = CACHED", "[3/3] RUN y = DONE 1.0s"],
        ["ran", "cached", "ran"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_cached_rows_of_a_build_that_failed(case: str) -> None:
    rows, expected = CASES[case]
    assert list(outcomes(plain(*rows)).values()) == expected


def test_what_was_canceled_did_not_fail() -> None:
    text = plain("[1/2] FROM a = DONE 0.0s", "[2/2] RUN x = ERROR: process died: context canceled")
    (log,) = read_log(text.encode())
    assert log.steps[1].error == CANCELED


FETCHED = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#2 [2/3] RUN npm ci
#2 CACHED
#2 sha256:27bbc6afb145 10MB / 104MB 0.2s
#2 extracting sha256:27bbc6afb145 2.9s done
#2 DONE 5.2s
"""


@pytest.mark.parametrize("text", [FETCHED, FETCHED.replace("#2 CACHED\n", "")])
def test_a_step_whose_own_layers_are_fetched_did_not_run(text: str) -> None:
    (log,) = read_log(text.encode())
    assert (log.steps[0].cached, log.steps[0].seconds) == (True, None)


@pytest.mark.parametrize(
    "text",
    [
        FETCHED.replace("#2 DONE", "#2 1.234 added 200 packages\n#2 DONE"),
        FETCHED.replace("#2 sha256:27bbc6afb145 10MB / 104MB 0.2s\n#2 extracting sha256:27bbc6afb145 2.9s done\n", ""),
    ],
)
def test_a_step_that_is_shown_cached_and_then_runs_did_run(text: str) -> None:
    (log,) = read_log(text.encode())
    assert (log.steps[0].cached, log.steps[0].seconds) == (False, 5.2)


@pytest.mark.parametrize("form", ["fetched.plain.log", "fetched.rawjson"])
def test_a_build_that_fetches_an_imported_cache(form: str) -> None:
    told = outcomes((RECORDED / form).read_bytes())
    assert [each for name, each in told.items() if "FROM" not in name].count("cached") == 3
    assert told["[5/5] RUN sleep 0.1"] == "ran"
