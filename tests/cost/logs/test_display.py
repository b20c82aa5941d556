"""What BuildKit draws on a terminal: recorded of Docker 28.5, and retold as people copy it out of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.cost.build_log import BuildLog, LogWriter
from layerscope.cost.logs.open import read_log
from layerscope.cost.timings import Timings

RECORDED = Path(__file__).parents[1] / "recorded"
LONG = "RUN sleep 1; echo a very long command that surely will not fit into the width o…"
COPIED = """\
$ docker build -t tool .
[+] Building 6.9s (9/9) FINISHED                                              docker:default
 => [internal] load build definition from Dockerfile                                    0.0s
 => => transferring dockerfile: 121B                                                    0.0s
 => [internal] load metadata for docker.io/library/debian:12                            0.4s
 => [1/4] FROM docker.io/library/debian:12@sha256:55555555555555555555555555555555555555  0.0s
 => [internal] load build context                                                       0.1s
 => => transferring context: 1.20kB                                                     0.0s
 => CACHED [2/4] RUN apt-get update                                                     0.0s
 => [3/4] COPY --chmod=644 tool.conf /etc/                                              0.1s
 => [4/4] RUN tool --check                                                              5.8s
 => exporting to image                                                                  0.5s
 => => exporting layers                                                                 0.4s
"""
TOLD = [
    ("[1/4] FROM docker.io/library/debian:12", False, 0.0),
    ("[2/4] RUN apt-get update", True, None),
    ("[3/4] COPY --chmod=644 tool.conf /etc/", False, 0.1),
    ("[4/4] RUN tool --check", False, 5.8),
]


def told(log: BuildLog) -> list[tuple[str, bool, float | None]]:
    assert log.builder is LogWriter.BUILDKIT
    return [(step.name, step.cached, step.seconds) for step in log.steps]


def test_a_recorded_display_is_one_build_however_often_it_was_drawn() -> None:
    (log,) = read_log(RECORDED / "display.cold.log")
    assert log.context_bytes == 31
    assert sorted(told(log)) == [
        ("[one 1/3] FROM docker.io/library/busybox:latest", True, None),
        ("[one 2/3] RUN sleep 2 && echo one > /a", False, 2.2),
        (f"[one 3/3] {LONG}", False, 1.2),
        ("[stage-1 2/5] WORKDIR /w", True, None),
        ("[stage-1 3/5] COPY f .", False, 0.0),
        ("[stage-1 4/5] RUN sleep 1", False, 1.2),
        ("[stage-1 5/5] COPY --from=one /a .", False, 0.0),
    ]


def test_a_step_is_one_though_it_is_cut_elsewhere_when_it_is_cached() -> None:
    (log,) = read_log(RECORDED / "display.warm.log")
    assert len(log.steps) == 7
    (cut,) = [step for step in log.steps if step.name.startswith("[one 3/3]")]
    assert cut.cached
    assert cut.name.endswith("…")


def test_a_recorded_failure_is_that_of_its_step() -> None:
    (log,) = read_log(RECORDED / "display.fail.log")
    assert [step.name for step in log.steps if step.error] == ["[stage-1 5/7] COPY --from=one /a ."]
    assert {step.name: step.seconds for step in log.steps}["[one 2/3] RUN sleep 30"] == 30.2


@pytest.mark.parametrize("name", ["display.cold.log", "display.fail.log"])
def test_a_capture_that_was_cut_off_never_tells_less_than_a_step_took(name: str) -> None:
    data = (RECORDED / name).read_bytes()
    whole = {step.name: step.seconds for step in read_log(data)[0].steps}
    asked = 0
    for end in range(data.index(b"=> ") + 400, len(data), 97):
        (log,) = read_log(data[:end])
        for step in log.steps:
            if step.seconds is not None and whole.get(step.name) is not None:
                asked += 1
                assert step.seconds == whole[step.name], f"{step.name} in the first {end} bytes"
    assert asked > 20


def quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


WRAPPINGS = {
    "as copied": COPIED,
    "quoted": quoted(COPIED),
    "quoted twice": quoted(quoted(COPIED)),
    "numbered": "".join(f"{number:6}\t{line}\n" for number, line in enumerate(COPIED.splitlines(), 1)),
    "indented": "".join(f"    {line}\n" for line in COPIED.splitlines()),
    "in a fence": f"It is slow:\n```console\n{COPIED}```\nWhy?\n",
    "CRLF": COPIED.replace("\n", "\r\n"),
    "blanks that do not break": COPIED.replace(" => ", "\xa0=> "),
    "of a branch": "".join(f"[web] {line}\n" for line in COPIED.splitlines()),
    "stamped": "".join(f"2026-01-02T03:04:05.1234567Z {line}\n" for line in COPIED.splitlines()),
    "without a builder": COPIED.replace("docker:default", ""),
    "broken by a narrow window": COPIED.replace("check          ", "check\n          "),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_it_is_read_as_people_paste_it(wrapping: str) -> None:
    (log,) = read_log(WRAPPINGS[wrapping].encode())
    assert told(log) == TOLD
    assert log.context_bytes == 1200


def test_the_export_and_the_whole_build_have_their_seconds() -> None:
    pushed = COPIED + " => => pushing layers            0.3s\n => => pushing manifest for x       0.1s\n"
    (log,) = read_log(pushed.encode())
    assert [(moved.kind, moved.seconds) for moved in log.transfers] == [("export", 0.5), ("push", 0.4)]
    assert log.seconds == 6.9
    (unfinished,) = read_log(pushed.replace(" FINISHED", "").replace("9/9", "8/9").encode())
    assert [moved.seconds for moved in unfinished.transfers] == [None]
    assert unfinished.seconds is None


def test_of_several_platforms_each_row_is_of_its_own() -> None:
    text = (
        "[+] Building 9.0s (5/5) FINISHED\n => [linux/amd64 1/2] FROM x      0.0s\n"
        " => [linux/amd64 2/2] RUN make     1.0s\n => [linux/arm64 2/2] RUN make     8.0s\n"
    )
    (log,) = read_log(text.encode())
    assert [(step.platforms, step.seconds) for step in log.steps[1:]] == [
        (("linux/amd64",), 1.0),
        (("linux/arm64",), 8.0),
    ]


def test_without_its_heading_the_export_says_that_all_steps_are_done() -> None:
    rows = COPIED[COPIED.index(" => [internal]") :]
    assert told(read_log(rows.encode())[0]) == TOLD


def test_what_may_still_be_running_has_no_seconds() -> None:
    text = COPIED[: COPIED.index(" => exporting")].replace("6.9s (9/9) FINISHED", "6.9s (8/9)         ")
    assert told(read_log(text.encode())[0]) == [*TOLD[:3], ("[4/4] RUN tool --check", False, None)]


def test_what_scrolled_off_is_a_step_without_seconds() -> None:
    first = "[+] Building 1.0s (2/5)\n => [1/3] FROM x     0.0s\n => [2/3] RUN a      0.9s\n"
    last = "[+] Building 3.0s (4/5)\n => [3/3] RUN b      1.1s\n"
    assert told(read_log((first + last).encode())[0]) == [
        ("[1/3] FROM x", False, None),
        ("[2/3] RUN a", False, None),
        ("[3/3] RUN b", False, None),
    ]


def test_builds_one_after_the_other() -> None:
    failed = (
        COPIED.replace("9/9) FINISHED", "8/9)         ").replace("=> [4/4]", "=> ERROR [4/4]").split(" => export")[0]
    )
    logs = read_log((COPIED + failed.replace("6.9s", "7.5s") + COPIED.replace("6.9s", "9.0s")).encode())
    assert [len(log.steps) for log in logs] == [4, 4, 4]
    assert [step.error for step in logs[1].steps] == [None, None, None, "failed"]
    # The same drawing twice is one build.
    assert len(read_log((COPIED + "\n" + COPIED[COPIED.index("[+]") :]).encode())) == 1


def test_a_canceled_step_is_not_a_failed_one() -> None:
    text = "[+] Building 2.0s (3/5)\n => CANCELED [a 2/2] RUN x     1.0s\n => ERROR [b 2/2] RUN y        1.0s\n"
    (log,) = read_log(text.encode())
    assert [(step.name, step.error) for step in log.steps] == [
        ("[a 2/2] RUN x", "canceled"),
        ("[b 2/2] RUN y", "failed"),
    ]


def test_a_build_that_never_came_to_a_step_tells_what_was_sent() -> None:
    text = " => [internal] load build context     44.5s\n => => transferring context: 10.2GB    44.4s\n"
    (log,) = read_log(text.encode())
    assert (log.steps, log.context_bytes) == ((), 10_200_000_000)


def test_a_plain_log_beside_it_is_another_build() -> None:
    plain = "#1 [1/2] FROM x\n#1 CACHED\n\n#2 [2/2] RUN z\n#2 DONE 3.0s\n"
    assert [told(log)[-1] for log in read_log((plain + COPIED).encode())] == [("[2/2] RUN z", False, 3.0), TOLD[-1]]


def test_a_cut_name_gives_its_seconds_to_the_one_step_that_begins_so() -> None:
    (log,) = read_log(RECORDED / "display.cold.log")
    timings = Timings.of_builds({"b": log})
    whole = "[one 3/3] RUN sleep 1; echo a very long command that surely will not fit into the width of any terminal"
    assert timings.cost(whole).seconds == 1.2
    assert timings.cost(whole.replace("sleep 1", "sleep 9")).seconds is None
    assert timings.cost(whole.replace("3/3", "2/3")).seconds is None
