"""`explain --logs`: why a build ran what its log says, with what was recorded of the inputs and without."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from run import Done, layerscope

from layerscope.recording.store import Recordings, write_inputs, write_log

DOCKERFILE = """\
FROM busybox AS build
ARG V=1
COPY src /src
RUN make $V
COPY notes /notes
FROM busybox
COPY --from=build /out /out
RUN last
"""
COPY, MAKE, NOTES = "[build 2/4] COPY src /src", "[build 3/4] RUN make 1", "[build 4/4] COPY notes /notes"
FROM_BUILD, LAST = "[stage-1 2/3] COPY --from=build /out /out", "[stage-1 3/3] RUN last"
STEPS = [COPY, MAKE, NOTES, FROM_BUILD, LAST]


def log(**outcomes: str) -> str:
    """A plain log; outcomes by the first letters of a step's instruction, `DONE 1.0s` unless told."""
    lines = ["#1 [internal] load build definition from Dockerfile", "#1 DONE 0.0s", ""]
    names = [outcomes.get(f"name{number}", name) for number, name in enumerate(STEPS)]
    for number, name in enumerate(names):
        outcome = outcomes.get(f"step{number}", "DONE 1.0s")
        if outcome != "absent":
            lines += [f"#{number + 2} {name}", f"#{number + 2} {outcome}", ""]
    return "\n".join(lines)


ALL_CACHED = {f"step{number}": "CACHED" for number in range(5)}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAYERSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for side in ("before", "after"):
        for name, text in {"Dockerfile": DOCKERFILE, "src/a": "a", "notes": "n"}.items():
            (tmp_path / side / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / side / name).write_text(text)
    return tmp_path


def explained(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    done = layerscope(capsys, "explain", "--format", "json", *words)
    assert (done.status, done.err) == (0, "")
    return {step["name"]: step for step in done.document["steps"]}


def logs(app: Path, before: str, after: str) -> list[str]:
    (app / "old.log").write_text(before)
    (app / "new.log").write_text(after)
    return ["--logs", "old.log", "new.log"]


def because(step: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(link["name"], link["because"]) for link in step["chain"]]


def test_a_step_that_ran_is_led_back_to_the_file_at_fault(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "after/src/a").write_text("other")
    told = explained(capsys, *logs(app, log(), log(step4="CACHED")), "--snapshots", "before", "after")
    assert list(told) == [COPY, MAKE, NOTES, FROM_BUILD]
    assert because(told[COPY]) == [(COPY, ["src/a"])]
    assert because(told[MAKE]) == [(MAKE, []), (COPY, ["src/a"])]
    assert told[MAKE]["difference"] == {"part": "parent", "before": "as built", "after": f"{COPY} runs again"}
    assert told[COPY]["difference"]["part"] == "src/a"
    # The prediction leaves it open; the log does not.
    assert told[FROM_BUILD]["outcome"] == "rebuilt"
    assert "did not come out as before" in told[FROM_BUILD]["text"]
    assert "This build ran it in 1 s; the build before had it too, and ran it." in told[COPY]["text"]


def test_a_step_with_an_equal_key_that_ran_is_cold(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = explained(capsys, *logs(app, log(**ALL_CACHED), log()), "--snapshots", "before", "after")
    assert because(told[COPY]) == [(COPY, ["cold"])]
    assert because(told[NOTES]) == [(NOTES, []), (MAKE, []), (COPY, ["cold"])]
    assert because(told[LAST])[-1] == (COPY, ["cold"])
    assert told[COPY]["difference"] == {"part": "cold", "before": None, "after": "no longer in the cache"}
    assert "the builder no longer had it" in told[COPY]["text"]


def test_a_step_that_the_build_before_never_finished_is_cold(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = log(step1="ERROR: exit code: 1", step2="absent", step3="absent", step4="absent")
    told = explained(capsys, *logs(app, failed, log(step0="CACHED")), "--snapshots", "before", "after")
    assert because(told[MAKE]) == [(MAKE, ["cold"])]
    assert told[MAKE]["difference"]["after"] == "not built before"
    assert "the build before did not get that far" in told[MAKE]["text"]


def test_what_the_log_says_counts_where_the_prediction_differs(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "after/src/a").write_text("other")
    words = [*logs(app, log(), log(**ALL_CACHED)), "--snapshots", "before", "after"]
    document = layerscope(capsys, "explain", "--format", "json", *words).document
    assert document["steps"] == []
    said = {row["subject"]: row["text"] for row in document["assumptions"] if row["kind"] == "log"}
    assert set(said) == {COPY, MAKE, NOTES}
    assert "an older build had it" in said[COPY]


def test_arguments_show_in_names_and_are_joined_all_the_same(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layerscope(capsys, "context", "before", "--snapshot", "one")
    layerscope(capsys, "context", "after", "--snapshot", "two", "--build-arg", "V=2")
    make = "[build 3/4] RUN make 2"
    told = explained(
        capsys, *logs(app, log(), log(name1=make, step0="CACHED")), "--snapshots", "one", "two", "--step", "make"
    )
    assert because(told[make]) == [(make, ["ARG V"])]
    assert f"the build before had `{MAKE}` in its place" in told[make]["text"]


def test_a_platform_and_a_digest_in_names_do_not_part_them(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "after/src/a").write_text("other")
    name = COPY.replace("[build", "[linux/amd64 build")
    told = explained(capsys, *logs(app, log(), log(name0=name)), "--snapshots", "before", "after", "--step", "1")
    assert because(told[name]) == [(COPY, ["src/a"])]


def test_recordings_bring_their_inputs(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recordings = Recordings(str(app / "timings.json"))
    (app / "after/src/a").write_text("other")
    for side in ("before", "after"):
        layerscope(capsys, "context", side, "--snapshot", f"{side}.snapshot")
        with recordings.pending() as made:
            write_log(made, "default", log().encode())
            write_inputs(made, "default", (app / f"{side}.snapshot").read_bytes())
            folder = recordings.keep(made)
    (app / "timings.json").write_text('{"schema_version": 1, "command": "timings", "steps": []}')
    told = explained(capsys, "--logs", "timings.json~1", "timings.json")
    assert because(told[COPY]) == [(COPY, ["src/a"])]
    # The log within a recording is the recording.
    again = explained(capsys, "--logs", folder.with_name("000001"), folder / "default.log.gz")
    assert again == told
    (folder / "default.snapshot").write_bytes((folder / "default.snapshot").read_bytes()[:-9])
    done = layerscope(capsys, "explain", "--logs", "timings.json~1", "timings.json")
    assert (done.status, done.out) == (2, "")
    assert "cut off" in done.err


def test_several_targets_are_named_as_bake_prints_them(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recordings = Recordings(str(app / "timings.json"))
    (app / "after/src/a").write_text("other")
    combined = log() + "\n".join(f"#{n} [web {name[1:]}\n#{n} DONE 1.0s" for n, name in enumerate(STEPS, 40))
    for side in ("before", "after"):
        layerscope(capsys, "context", side, "--snapshot", f"{side}.snapshot")
        with recordings.pending() as made:
            write_log(made, "", combined.replace("[build", "[db build").replace("[stage", "[db stage").encode())
            for target in ("web", "db"):
                write_inputs(made, target, (app / f"{side}.snapshot").read_bytes())
            recordings.keep(made)
    told = explained(capsys, "--logs", "timings.json~1", "timings.json~0")
    assert {name.partition(" ")[0] for name in told} == {"[web", "[db"}
    name = COPY.replace("[build", "[web build")
    assert because(told[name]) == [(name, ["src/a"])]


def test_the_context_and_its_change_may_be_stated(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = explained(capsys, *logs(app, log(), log()), "before", "--change", "src/a", "--step", "COPY src")
    assert because(told[COPY]) == [(COPY, ["src/a"])]


@pytest.mark.parametrize(
    ("before", "after", "step", "chain", "part", "said"),
    [
        (
            {},
            {"name1": "[build 3/4] RUN make x"},
            "make",
            [("[build 3/4] RUN make x", []), (COPY, [])],
            "parent",
            "follows",
        ),
        (
            {},
            {"step0": "CACHED", "name1": "[build 3/4] RUN make x"},
            "make",
            [("[build 3/4] RUN make x", ["Dockerfile"])],
            "instruction",
            "its text changed",
        ),
        (
            {"name0": "[build 2/4] COPY other /src"},
            {"step0": "CACHED"},
            "make",
            [(MAKE, ["Dockerfile"])],
            "parent",
            "stands on another instruction",
        ),
        ({}, {"step0": "CACHED"}, "make", [(MAKE, [])], None, "its instruction is as before"),
        ({"step1": "ERROR: no"}, {"step0": "CACHED"}, "make", [(MAKE, ["cold"])], "cold", "did not finish it"),
        (
            {},
            {"step0": "CACHED"},
            "from=build",
            [(FROM_BUILD, []), (NOTES, []), (MAKE, [])],
            "files of a stage",
            "copies from",
        ),
        ({}, {"step0": "CACHED"}, "COPY src", [], None, "took it from the cache"),
    ],
)
def test_what_the_logs_alone_tell(
    app: Path,
    capsys: pytest.CaptureFixture[str],
    before: dict[str, str],
    after: dict[str, str],
    step: str,
    chain: list[tuple[str, list[str]]],
    part: str | None,
    said: str,
) -> None:
    words = [*logs(app, log(**before), log(**after)), "--step", step]
    document = layerscope(capsys, "explain", "--format", "json", *words).document
    (told,) = document["steps"]
    assert because(told) == chain
    assert (told["difference"] or {"part": None})["part"] == part
    assert said in told["text"]
    assert [row["kind"] for row in document["assumptions"]] == ["inputs"]
    assert "layerscope timings record" in document["assumptions"][0]["text"]


def test_a_base_image_that_moved_shows_in_the_logs_of_one_that_was_pulled(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def pulled(digit: str, outcome: str) -> str:
        row = f"[build 1/4] FROM docker.io/library/busybox:latest@sha256:{digit * 64}"
        return log(step0=outcome) + f"#30 {row}\n#30 DONE 0.1s\n"

    told = explained(capsys, *logs(app, pulled("a", "DONE 1.0s"), pulled("b", "DONE 1.0s")), "--step", "COPY src")
    assert because(told[COPY]) == [(COPY, ["FROM docker.io/library/busybox:latest"])]
    assert told[COPY]["difference"] == {
        "part": "base image",
        "before": "sha256:" + "a" * 64,
        "after": "sha256:" + "b" * 64,
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--logs", "junk", "new.log"], "junk:1: tells of no build"),
        (["--logs", "old.log", "missing"], "missing: cannot be read"),
        (["--logs", "old.log~1", "new.log"], "old.log: has no 2 recorded builds"),
        (["--logs", "before", "new.log"], "before: is no recorded build"),
        (["--logs", "old.log", "classic"], "neither has the other's cache"),
        (["--logs", "old.log", "new.log", "--snapshots", "junk", "after"], "junk: is no readable tar archive"),
        (["--logs", "old.log", "other", "--snapshots", "before", "after"], "another build's"),
        (["--logs", "old.log", "new.log", "--step", "none such"], "no step of the log"),
        (["--logs", "old.log", "new.log", "--step", "9"], "the log has 5 steps"),
        (["--logs", "old.log", "new.log", "before", "--change", "notes", "--snapshots", "a", "b"], "one way only"),
        (["--snapshots", "before", "after"], "--snapshots goes with --logs"),
        (["--logs", "old.log"], "--logs"),
        (["--logs", "old.log", "kaniko"], "kaniko: is a log of kaniko: it tells no stages"),
        (["--logs", "old.log", "snapshot"], "name it with --snapshots"),
    ],
)
def test_what_cannot_be_explained_is_one_line(
    app: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    logs(app, log(), log())
    (app / "junk").write_text("no log\n")
    (app / "classic").write_text("Step 1/1 : FROM busybox\n ---> 0123456789ab\nSuccessfully built 0123456789ab\n")
    (app / "kaniko").write_text("INFO[0001] Executing 0 build triggers\nINFO[0002] RUN make\n")
    (app / "other").write_text("#1 [elsewhere 2/2] RUN x\n#1 DONE 1.0s\n")
    layerscope(capsys, "context", "before", "--snapshot", "snapshot")
    done: Done = layerscope(capsys, "explain", *words)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err


def test_files_of_a_named_context_are_looked_up_there(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "before/Dockerfile").write_text("FROM busybox\nCOPY --from=extra a /a\n")
    for side, text in (("one", "x"), ("two", "yy")):
        (app / side).mkdir()
        (app / side / "a").write_text(text)
        words = ("before", "--build-context", f"extra={app / side}", "--snapshot", f"{side}.snapshot")
        assert layerscope(capsys, "context", *words).status == 0
    document = layerscope(capsys, "explain", "one.snapshot", "--after", "two.snapshot", "--format", "json").document
    (step,) = document["steps"]
    assert because(step)[0][1] == ["extra:a"]
    assert step["difference"] == {
        "part": "extra:a",
        "before": "file, mode 0644, 1 bytes",
        "after": "file, mode 0644, 2 bytes",
    }
    assert "extra:a has other content" in step["text"]


def test_a_flag_that_reaches_runs_is_named_where_both_builds_tell_it(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for side, network in (("before", "none"), ("after", "host")):
        words = (side, "--network", network, "--snapshot", f"{side}.snapshot")
        assert layerscope(capsys, "context", *words).status == 0
    words = [*logs(app, log(), log(step0="CACHED", step3="CACHED")), "--snapshots", "before.snapshot"]
    told = explained(capsys, *words, "after.snapshot")
    assert because(told[MAKE]) == [(MAKE, ["option:--network"])]
    assert told[MAKE]["difference"] == {"part": "network", "before": "none", "after": "host"}
    assert because(told[LAST])[-1][1] == ["option:--network"]


def test_a_recording_of_before_the_flags_were_told_gives_no_false_cause(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recordings = Recordings("timings.json")
    for number, network in enumerate(("none", "host", "none")):
        saved = app / f"{number}.snapshot"
        assert layerscope(capsys, "context", "before", "--network", network, "--snapshot", saved).status == 0
        data = saved.read_bytes()
        if number == 0:
            document = json.loads(gzip.decompress(data))
            del document["of_runs"]
            data = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
        with recordings.pending() as folder:
            write_log(folder, "default", log(step0="CACHED").encode())
            write_inputs(folder, "default", data)
            recordings.keep(folder)
    words = ["explain", "--format", "json", "--logs"]
    old = layerscope(capsys, *words, "timings.json~2", "timings.json~1").document
    assert {tuple(link["because"]) for step in old["steps"] for link in step["chain"]} <= {(), ("cold",)}
    assert [each["text"] for each in old["assumptions"] if "does not tell --network" in each["text"]] != []
    new = layerscope(capsys, *words, "timings.json~1", "timings.json~0").document
    causes = {step["name"]: step["chain"][-1]["because"] for step in new["steps"]}
    assert causes[MAKE] == ["option:--network"]
