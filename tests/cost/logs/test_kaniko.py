"""Logs of kaniko in its three forms, and as clusters and CI systems hand them on."""

from __future__ import annotations

import json
import re

import pytest

from layerscope.cost.build_log import LoggedStep, LogWriter
from layerscope.cost.logs.open import read_log

LOG = """\
INFO[0000] Retrieving image manifest golang:1.23
INFO[0001] Built cross stage deps: map[0:[/out/app]]
INFO[0001] Executing 0 build triggers
INFO[0001] Building stage 'golang:1.23' [idx: '0', base-idx: '-1']
INFO[0001] Checking for cached layer registry.example/cache:1111...
INFO[0001] Using caching version of cmd: RUN apt-get install -y make
INFO[0001] Checking for cached layer registry.example/cache:2222...
INFO[0002] No cached layer found for cmd RUN make all
INFO[0002] Unpacking rootfs as cmd COPY src /src requires it.
INFO[0005] RUN apt-get install -y make
INFO[0005] Found cached layer, extracting to filesystem
INFO[0009] COPY src /src
INFO[0009] Taking snapshot of files...
INFO[0009] RUN make all
INFO[0009] Cmd: /bin/sh
INFO[0009] Args: [-c make all]
Step 1/2 : FROM what make prints
 => [1/2] RUN what it draws   9.9s
INFO[0041] Taking snapshot of full filesystem...
INFO[0044] Saving file out/app for later use
INFO[0044] Deleting filesystem...
INFO[0046] COPY --from=build /out/app /app
INFO[0047] Pushing image to registry.example/app:1
INFO[0049] Pushed registry.example/app@sha256:3333
"""
STEPS = [
    LoggedStep("RUN apt-get install -y make", True),
    LoggedStep("COPY src /src", False),
    LoggedStep("RUN make all", False, 35.0),
    LoggedStep("COPY --from=build /out/app /app", False, 1.0),
]
_LINE = re.compile(r"INFO\[(\d{4})\] (.*)")


def each_line(form: str) -> str:
    """The log with its own lines in another form: {s} is the second, {said} the message, {quoted} that in quotes."""

    def told(match: re.Match[str]) -> str:
        second = int(match[1])
        return form.format(
            s=f"{second // 60:02}:{second % 60:02}", said=match[2], quoted=json.dumps(match[2]), n=match[1]
        )

    return _LINE.sub(told, LOG)


FORMS = {
    "as it is": LOG,
    "coloured, padded": each_line("\x1b[36mINFO\x1b[0m[{n}] {said:<44} "),
    "with the time": each_line("INFO[2026-01-02T03:{s}Z] {said}"),
    "as text": each_line('time="2026-01-02T03:{s}Z" level=info msg={quoted}'),
    "as JSON": each_line('{{"level":"info","msg":{quoted},"time":"2026-01-02T03:{s}Z"}}'),
    "Cloud Build": each_line('Step #0 - "image": INFO[{n}] {said}'),
    "a viewer of pods": each_line("builder-x1 kaniko INFO[{n}] {said}"),
    "Tekton": each_line("[build-and-push] INFO[{n}] {said}"),
    "quoted": "".join(f"> {line}\n" for line in LOG.splitlines()),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_instruction_is_a_step(form: str) -> None:
    (log,) = read_log(FORMS[form].encode())
    assert log.builder is LogWriter.KANIKO
    assert list(log.steps) == STEPS


def test_what_is_cut_off_at_its_start_is_known_by_its_words() -> None:
    (log,) = read_log(LOG[LOG.index("INFO[0005] RUN") :].encode())
    assert list(log.steps) == [LoggedStep(step.name, step.cached, step.seconds) for step in STEPS]


def test_an_instruction_that_is_only_spoken_of_is_a_step_of_unknown_seconds() -> None:
    text = LOG.replace("INFO[0009] COPY src /src\n", "")
    (log,) = read_log(text.encode())
    assert sorted(step.name for step in log.steps) == sorted(step.name for step in STEPS)
    assert {step.name: step.seconds for step in log.steps}["COPY src /src"] is None


def test_the_step_that_failed_is_the_one_under_way() -> None:
    failed = LOG[: LOG.index("INFO[0041]")] + "error building image: error building stage: exit status 2\n"
    (log,) = read_log(failed.encode())
    assert [step.error is not None for step in log.steps] == [False, False, True]
    assert log.steps[-1].seconds is None


def test_a_stamp_of_the_ci_system_is_finer_than_the_counter() -> None:
    text = "".join(f"2026-01-02T03:{i // 60:02}:{i % 60:02}.500Z {line}\n" for i, line in enumerate(LOG.splitlines()))
    (log,) = read_log(text.encode())
    assert {step.name: step.seconds for step in log.steps}["RUN make all"] == 6.0


def test_runs_one_after_the_other() -> None:
    assert [list(log.steps) for log in read_log((LOG + LOG).encode())] == [STEPS, STEPS]
