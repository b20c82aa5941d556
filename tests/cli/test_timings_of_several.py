"""Seconds out of logs of several platforms, targets, services and builds: each question has those of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from run import Done, layerscope

PLATFORMS = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#2 [linux/amd64 build 1/3] FROM docker.io/library/golang:1.22
#2 CACHED
#3 [linux/amd64 build 2/3] COPY . .
#3 DONE 0.5s
#4 [linux/amd64 build 3/3] RUN go build ./...
#4 DONE 10.0s
#5 [linux/amd64->arm64 build 3/3] RUN go build ./...
#5 DONE 100.0s
#6 [linux/arm64 stage-1 2/2] RUN strip
#6 DONE 7.0s
#7 [linux/amd64 stage-1 2/2] RUN strip
#7 CACHED
"""
DOCKERFILE = (
    "FROM golang:1.22 AS build\nCOPY . .\nRUN go build ./...\nFROM busybox\nRUN strip\nCOPY --from=build /o /o\n"
)
COPY, BUILD, STRIP = "[build 2/3] COPY . .", "[build 3/3] RUN go build ./...", "[stage-1 2/3] RUN strip"
TARGETS = """\
#1 [internal] load local bake definitions
#1 DONE 0.0s
#2 [web internal] load build definition from Dockerfile
#2 DONE 0.0s
#3 [web 2/3] COPY . .
#3 DONE 0.5s
#4 [web 3/3] RUN npm ci
#4 DONE 8.0s
#5 [api 2/3] COPY . .
#5 DONE 0.7s
#6 [api 3/3] RUN npm ci
#6 DONE 40.0s
#7 [api] exporting to image
#7 DONE 2.0s
"""
SERVICE = "FROM node:20\nCOPY . .\nRUN npm ci\n"
SERVICE_COPY, CI = "[2/3] COPY . .", "[3/3] RUN npm ci"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAYERSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for name, text in {"app": DOCKERFILE, "web": SERVICE}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(text)
        (tmp_path / name / "src").write_text("1")
    (tmp_path / "platforms.log").write_text(PLATFORMS)
    (tmp_path / "targets.log").write_text(TARGETS)
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> Done:
    done = layerscope(capsys, *words, "--format", "json")
    assert done.status == 0, done.err
    return done


def cold(capsys: pytest.CaptureFixture[str], context: str, *words: object) -> tuple[dict[str, float | None], list[Any]]:
    """Seconds by step of a build from nothing, and what is taken for granted of timings."""
    document = asked(capsys, "simulate", context, "--after", context, "--no-cache", *words).document
    told = [each for each in document["assumptions"] if each["kind"] == "timings"]
    return {step["name"]: step["cost_seconds"] for step in document["steps"]}, told


@pytest.mark.parametrize("imported", [False, True])
def test_each_platform_has_its_own(app: Path, capsys: pytest.CaptureFixture[str], imported: bool) -> None:
    log = app / "platforms.log"
    if imported:
        log = app / "timings.json"
        asked(capsys, "timings", "import", "platforms.log", "-o", log)
    amd64, told = cold(capsys, "app", "--timings", log)
    assert (amd64[COPY], amd64[BUILD], amd64[STRIP]) == (0.5, 10.0, None)
    assert [each["subject"] for each in told] == ["linux/amd64"]
    assert "only on linux/arm64" in told[0]["text"]
    for platform in ("linux/arm64", "linux/arm64/v8", "linux/aarch64"):
        arm64, told = cold(capsys, "app", "--timings", log, "--platform", platform)
        assert (arm64[COPY], arm64[BUILD], arm64[STRIP]) == (0.5, 100.0, 7.0)
        # The copy is printed once, for the platform that the stage runs on.
        assert ["under another name" in each["text"] for each in told] == [True]
    other, told = cold(capsys, "app", "--timings", log, "--platform", "linux/arm/v7")
    assert other[BUILD] is None
    assert "only on linux/amd64, linux/arm64" in told[0]["text"]


def test_a_timings_file_of_before_platforms_were_kept_tells_them_by_its_names(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = asked(capsys, "timings", "import", "platforms.log").document
    steps = [
        {k: v for k, v in step.items() if k in {"name", "instruction", "seconds", "spread", "count"}}
        for step in document["steps"]
    ]
    (app / "old.json").write_text(json.dumps({**document, "steps": steps}))
    assert cold(capsys, "app", "--timings", "old.json")[0][BUILD] == 10.0
    assert cold(capsys, "app", "--timings", "old.json", "--platform", "linux/arm64")[0][BUILD] == 100.0


def test_a_log_that_names_no_platform_is_taken_as_the_one_asked_for(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (app / "plain.log").write_text(PLATFORMS.partition("#5 ")[0].replace("linux/amd64 ", ""))
    assert cold(capsys, "app", "--timings", "plain.log")[1] == []
    seconds, told = cold(capsys, "app", "--timings", "plain.log", "--platform", "linux/arm64")
    assert seconds[COPY] == 0.5
    assert [(each["subject"], "do not name their platform" in each["text"]) for each in told] == [("linux/arm64", True)]


def test_a_target_is_chosen(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for target, copy, ci in (("web", 0.5, 8.0), ("api", 0.7, 40.0)):
        seconds, told = cold(capsys, "web", "--timings", "targets.log", "--timings-target", target)
        assert (seconds[SERVICE_COPY], seconds[CI], told) == (copy, ci, [])


def test_which_target_is_meant_is_not_guessed(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seconds, told = cold(capsys, "web", "--timings", "targets.log")
    assert (seconds[SERVICE_COPY], seconds[CI]) == (None, None)
    assert [each["subject"] for each in told] == ["api, web"]
    assert "--timings-target" in told[0]["text"]
    (app / "web/Dockerfile").write_text(SERVICE + "RUN only\n")
    (app / "targets.log").write_text(TARGETS + "#8 [api 4/4] RUN only\n#8 DONE 3.0s\n")
    seconds, told = cold(capsys, "web", "--timings", "targets.log")
    assert seconds["[4/4] RUN only"] == 3.0
    assert len(told) == 2


def test_an_estimate_of_what_is_not_told_says_why(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seconds, told = cold(capsys, "web", "--timings", "targets.log", "--estimate")
    assert seconds[CI] not in {None, 8.0, 24.0, 40.0}
    assert [each["subject"] for each in told] == ["api, web"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--timings", "targets.log", "--timings-target", "db"), "no timings of the target db: there is api, web"),
        (("--timings", "platforms.log", "--timings-target", "web"), "the logs name none"),
        (("--timings-target", "web"), "chooses among the timings of --timings"),
    ],
)
def test_targets_that_are_none(
    words: tuple[str, ...], said: str, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = layerscope(capsys, "simulate", "web", "--after", "web", *words)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err


def test_builds_one_after_the_other_are_chosen_by_number(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = "#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n#2 [2/3] COPY . .\n#2 DONE 0.1s\n"
    one += "#3 [3/3] RUN npm ci\n#3 DONE 8.0s\n"
    other = one.replace("[3/3]", "[3/4]").replace("8.0s", "40.0s") + "#4 [4/4] RUN npm test\n#4 DONE 1.0s\n"
    (app / "ci.log").write_text(one + other + one.replace("8.0s", "6.0s"))
    for number, ci in (("1", 7.0), ("2", 40.0)):
        assert cold(capsys, "web", "--timings", "ci.log", "--timings-target", number)[0][CI] == ci
    seconds, told = cold(capsys, "web", "--timings", "ci.log")
    assert seconds[CI] == 7.0  # by its printed name, of which the other build has none
    assert seconds[SERVICE_COPY] is None
    assert {each["subject"] for each in told} == {"1, 2"}


def test_compare_takes_a_target_for_each_side(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("compare", "web", "web", "--timings", "targets.log", "--timings-target", "web")
    document = asked(capsys, *words, "--after-timings-target", "api").document
    assert (document["before"]["cold_seconds"], document["after"]["cold_seconds"]) == (8.5, 40.7)
    document = asked(capsys, *words).document
    assert document["before"]["cold_seconds"] == document["after"]["cold_seconds"] == 8.5


def test_replay_asks_for_its_platform(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=app / "app", check=True)

    git("init", "-q")
    for number in range(2):
        (app / "app/src").write_text(str(number))
        git("add", "-A")
        git("commit", "-q", "-m", f"commit {number}")
    replay = ("replay", "app", "--commits", "2", "--timings", "platforms.log")
    for platform, known in (("linux/amd64", 10.5), ("linux/arm64", 100.5)):
        document = asked(capsys, *replay, "--platform", platform).document
        assert document["summary"]["known_seconds"] == known
        assert {each["kind"] for each in document["assumptions"]} >= {"timings"}


def test_importing_tells_whose_they_are_and_what_the_builds_did_besides(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = asked(capsys, "timings", "import", "targets.log").document
    assert {step["name"]: step["targets"] for step in document["steps"]}["[web 3/3] RUN npm ci"] == ["web"]
    (build,) = document["builds"]
    assert build["transfers"] == [
        {"name": "[api] exporting to image", "kind": "export", "seconds": 2.0, "within": None}
    ]
    table = layerscope(capsys, "timings", "import", "targets.log").out
    assert "exporting to image" in table


def test_reading_tells_outcomes_and_transfers(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = "#8 [web 2/4] RUN x\n#8 CANCELED\n#9 [web 3/4] RUN y\n#9 CACHED\n#10 [web 4/4] COPY a /\n#10 ERROR: no\n"
    (app / "failed.log").write_text(failed)
    (only,) = asked(capsys, "read", "failed.log").document["files"]
    assert [step["outcome"] for step in only["builds"][0]["steps"]] == ["canceled", "skipped", "failed"]
    (only,) = asked(capsys, "read", "targets.log").document["files"]
    assert only["builds"][0]["transfers"][0]["kind"] == "export"
    gap = "Step 1/9 : FROM a\n ---> 54d239c00f11\n...\nStep 8/9 : RUN b\nStep 9/9 : CMD c\n"
    (app / "gap.log").write_text(gap)
    assert asked(capsys, "read", "gap.log").document["files"][0]["builds"][0]["left_out"] == 6
    assert "6 steps not shown in the log" in layerscope(capsys, "read", "gap.log").out


def test_logs_of_two_targets_are_explained_one_by_one(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "before.log").write_text(TARGETS.replace("DONE 8.0s", "CACHED"))
    steps = asked(capsys, "explain", "--logs", "before.log", "targets.log").document["steps"]
    assert [step["name"] for step in steps] == [
        f"[{target} {text}" for target in ("api", "web") for text in ("2/3] COPY . .", "3/3] RUN npm ci")
    ]
    assert "had it from its cache" in steps[3]["text"]
    assert "had it too" in steps[1]["text"]


def test_logs_of_two_platforms_are_explained_one_by_one(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "before.log").write_text(PLATFORMS.replace("DONE 100.0s", "CACHED"))
    steps = asked(capsys, "explain", "--logs", "before.log", "platforms.log").document["steps"]
    told = {step["name"]: step["text"] for step in steps}
    assert "had it from its cache" in told["[linux/amd64->arm64 build 3/3] RUN go build ./..."]
    assert "had it too" in told["[linux/amd64 build 3/3] RUN go build ./..."]
    assert told["[linux/arm64 stage-1 2/2] RUN strip"].startswith("linux/arm64: ")
