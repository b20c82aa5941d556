"""Logs of real builds (Docker Engine 28.5 with BuildKit 0.25, both image stores): each tells its steps."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fixtures_path import FIXTURES

from layerscope.cost.build_log import BuildLog
from layerscope.cost.logs.open import read_log
from layerscope.errors import InputError

RECORDED = Path(__file__).parents[1] / "recorded"
OK, CACHED, FAILED = "ok", "cached", "failed"

STAGES = {
    "[one 2/4] WORKDIR /w": OK,
    "[one 3/4] COPY a.txt b.txt ./": OK,
    '[one 4/4] RUN sleep 0.7; echo "[build 3/5] RUN fake"; echo "#9 DONE 3s"': OK,
    "[two 2/4] ADD a.txt b.txt /x/": OK,
    "[two 3/4] RUN sleep 1.2 &&     echo two   again": OK,
    "[two 4/4] RUN <<EOF (echo one...)": OK,
    "[stage-2 2/6] COPY --link big.bin /big": OK,
    "[stage-2 3/6] COPY <<EOF /cfg": OK,
    "[stage-2 4/6] COPY --from=one /w /w": OK,
    "[stage-2 5/6] COPY --from=two /x /x": OK,
    "[stage-2 6/6] RUN cat /cfg": OK,
}
URL = {
    "[one 2/4] ADD http://127.0.0.1:18765/a.txt /a": OK,
    "[one 3/4] COPY --link big.bin /big": OK,
    "[one 4/4] RUN sleep 0.3": OK,
    "[stage-1 2/3] COPY --from=one /a /a": OK,
}
LINK = {"[one 3/4] LINK COPY --link big.bin /big": OK}
FAIL = {
    "[stage-1 2/3] RUN echo hi && sleep 0.3 && false": FAILED,
    "[one 2/2] RUN sleep 2; echo slow": FAILED,
}
CANCELLED = {
    "[one 2/4] WORKDIR /w": CACHED,
    "[one 3/4] COPY a.txt b.txt ./": OK,
    '[one 4/4] RUN sleep 0.7; echo "[build 3/5] RUN fake"; echo "#9 DONE 3s"': OK,
    "[two 2/4] ADD a.txt b.txt /x/": OK,
    "[two 3/4] RUN sleep 1.2 &&     echo two   again": FAILED,
    "[stage-2 2/6] COPY --link big.bin /big": OK,
    "[stage-2 3/6] COPY <<EOF /cfg": OK,
    "[stage-2 4/6] COPY --from=one /w /w": OK,
}
BAKE = {
    "[db x 2/2] RUN sleep 0.4": FAILED,
    "[web one 2/4] ADD http://127.0.0.1:18765/a.txt /a": OK,
    "[web one 3/4] COPY --link big.bin /big": OK,
    "[web one 4/4] RUN sleep 0.3": FAILED,
}
BAKE_LINK = {"[web one 3/4] LINK COPY --link big.bin /big": OK}

BUILDS = {
    # The cold build finds WORKDIR and FROM done by an earlier one when it runs second.
    "stages.cold.rawjson": STAGES,
    "stages.cold.plain.log": STAGES | {"[one 2/4] WORKDIR /w": CACHED},
    "stages.warm.rawjson": dict.fromkeys(STAGES, CACHED),
    "stages.warm.plain.log": dict.fromkeys(STAGES, CACHED),
    "fail.rawjson": FAIL,
    "fail.plain.log": FAIL,
    "int.rawjson": CANCELLED,
    "int.plain.log": CANCELLED,
    # The plain log shows COPY --link and its LINK row as one.
    "url.cold.rawjson": URL | LINK,
    "url.cold.plain.log": URL,
    "url.warm.rawjson": dict.fromkeys(URL | LINK, CACHED),
    "url.warm.plain.log": dict.fromkeys(URL, CACHED),
    "url.record.rawjson": URL | LINK,
    "url.dockerbuild": URL | LINK,
    "bake.rawjson": BAKE | BAKE_LINK,
    "bake.plain.log": BAKE,
}


def outcomes(log: BuildLog) -> dict[str, str]:
    return {
        step.name: FAILED if step.error is not None else CACHED if step.cached else OK
        for step in log.steps
        if "] FROM " not in step.name
    }


def seconds(log: BuildLog) -> dict[str, float | None]:
    return {step.name: step.seconds for step in log.steps}


@pytest.mark.parametrize("name", BUILDS)
def test_a_recorded_build_tells_its_steps(name: str) -> None:
    (log,) = read_log(RECORDED / name)
    assert log.builder == "buildkit"
    assert outcomes(log) == BUILDS[name]
    for step in log.steps:
        if step.cached or step.error is not None or "LINK" in step.name:
            assert step.seconds is None
        else:
            assert step.seconds is not None


def test_rawjson_and_plain_tell_the_same_seconds() -> None:
    for build, step, least in [
        ("stages.cold", "[two 3/4] RUN sleep 1.2 &&     echo two   again", 1.2),
        ("url.cold", "[one 4/4] RUN sleep 0.3", 0.3),
    ]:
        (exact,) = read_log(RECORDED / f"{build}.rawjson")
        (rounded,) = read_log(RECORDED / f"{build}.plain.log")
        figure, coarse = seconds(exact)[step], seconds(rounded)[step]
        assert figure is not None
        assert coarse is not None
        assert least < figure < least + 0.2
        assert abs(figure - coarse) < 0.15


def test_an_exported_record_tells_what_its_rawjson_told() -> None:
    (record,) = read_log(RECORDED / "url.dockerbuild")
    (log,) = read_log(RECORDED / "url.record.rawjson")
    assert record.steps == log.steps
    assert record.context_bytes == log.context_bytes == 31


def test_steps_stand_in_the_order_they_began() -> None:
    (log,) = read_log(RECORDED / "stages.cold.rawjson")
    names = [step.name for step in log.steps]
    assert names[0] == "[two 1/4] FROM docker.io/library/busybox:latest"
    assert names[-1] == "[stage-2 6/6] RUN cat /cfg"


def test_an_interval_before_the_work_is_merged() -> None:
    # `FROM`: 14.079085761-14.07955174 (looked up) and 14.080856411-14.087059167 (loaded).
    (log,) = read_log(RECORDED / "stages.cold.rawjson")
    assert seconds(log)["[two 1/4] FROM docker.io/library/busybox:latest"] == 0.006669


def test_the_group_of_copy_link_is_timed_on_the_copy() -> None:
    # 127170601-138769453, 149061506-163361051 and 165617300-179432207 ns.
    (log,) = read_log(RECORDED / "url.cold.rawjson")
    assert seconds(log)["[one 3/4] COPY --link big.bin /big"] == 0.039713
    assert seconds(log)["[one 3/4] LINK COPY --link big.bin /big"] is None


def test_the_context_sent() -> None:
    assert read_log(RECORDED / "stages.cold.rawjson")[0].context_bytes == 3_000_839
    assert read_log(RECORDED / "stages.cold.plain.log")[0].context_bytes == 79
    assert read_log(RECORDED / "classic.cold.log")[0].context_bytes == 3_007_000
    assert read_log(RECORDED / "fail.rawjson")[0].context_bytes is None


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (["stages.cold.rawjson", "stages.warm.rawjson", "fail.rawjson", "int.rawjson", "int.rawjson"], 5),
        (["bake.rawjson", "bake.rawjson", "url.warm.rawjson"], 3),
        (["stages.cold.plain.log", "stages.warm.plain.log", "fail.plain.log", "int.plain.log"], 4),
        (["bake.plain.log", "bake.plain.log", "url.cold.plain.log", "url.warm.plain.log"], 4),
        (["classic.cold.log", "classic.warm.log", "classic.onb1.log", "classic.onb2.log"], 4),
        (["stages.cold.plain.log", "classic.warm.log", "url.cold.plain.log"], 3),
    ],
)
def test_builds_one_after_the_other(names: list[str], count: int) -> None:
    alone = [step for name in names for log in read_log(RECORDED / name) for step in log.steps]
    logs = read_log(b"".join((RECORDED / name).read_bytes() for name in names))
    assert len(logs) == count
    assert sorted(step.name for log in logs for step in log.steps) == sorted(step.name for step in alone)


def test_builds_in_one_plain_log_without_headings_and_blank_lines() -> None:
    text = b"".join((RECORDED / f"{n}.plain.log").read_bytes() for n in ("bake", "bake", "int", "fail"))
    bare = [line for line in text.splitlines() if line and not line.startswith(b"#0 ")]
    assert len(read_log(b"\n".join(bare))) == 4


def test_the_classic_builder() -> None:
    (cold,) = read_log(RECORDED / "classic.cold.log")
    (warm,) = read_log(RECORDED / "classic.warm.log")
    assert [step.name for step in cold.steps] == [step.name for step in warm.steps]
    assert len(cold.steps) == 11
    assert cold.steps[4].name == 'Step 5/11 : RUN sleep 0.7; echo "Step 4/5 : RUN fake"'
    assert not any(step.cached for step in cold.steps)
    # FROM rows and ARG before FROM print no outcome.
    assert [i for i, step in enumerate(warm.steps, 1) if not step.cached] == [1, 2, 8]
    assert all(step.seconds is None for step in (*cold.steps, *warm.steps))


def test_triggers_of_a_base_do_not_make_its_from_row_cached() -> None:
    (log,) = read_log(RECORDED / "classic.onb2.log")
    assert [(step.name, step.cached) for step in log.steps] == [
        ("Step 1/3 : FROM onb", False),
        ("Step 2/3 : RUN echo x", True),
        ("Step 3/3 : RUN false", False),
    ]
    assert log.steps[2].error == "The command '/bin/sh -c false' returned a non-zero code: 1"


def test_gzip_is_read_through(tmp_path: Path) -> None:
    path = tmp_path / "log"
    data = (RECORDED / "stages.cold.rawjson").read_bytes()
    path.write_bytes(gzip.compress(data[:5000], mtime=0) + gzip.compress(data[5000:], mtime=0))
    (packed,) = read_log(path)
    assert packed.steps == read_log(data)[0].steps
    assert packed.source == str(path)


@pytest.mark.parametrize("side", ["before", "after", "same-base"])
def test_every_recording_of_the_guides_app_tells_the_same_steps(side: str) -> None:
    folder = FIXTURES / "sinatra" / "recorded" / side
    first = {step.name for step in read_log(folder / "buildkit.first.rawjson")[0].steps}
    for path in sorted(folder.glob("buildkit.*")):
        (log,) = read_log(path)
        assert {step.name for step in log.steps} == first
        own = [step for step in log.steps if "] FROM " not in step.name]
        if "unchanged" in path.name:
            assert all(step.cached for step in own)
        elif "first" in path.name:
            assert not any(step.cached for step in own)
            assert all(step.seconds is not None for step in own)
    classic = {p.name: read_log(p)[0] for p in folder.glob("classic.*.log")}
    assert {len(log.steps) for log in classic.values()} == {len(classic["classic.first.log"].steps)}
    assert not any(step.cached for step in classic["classic.first.log"].steps)
    for path in folder.glob("history*.json"):
        (history,) = read_log(path)
        assert len(history.steps) == len(first) - 1
        assert history.steps[0].seconds is None


def test_the_guides_own_logs_in_the_wording_of_their_time() -> None:
    (build,) = read_log(FIXTURES / "guide" / "build.log")
    (again,) = read_log(FIXTURES / "guide" / "rebuild.log")
    assert build.context_bytes == again.context_bytes == 22_020
    assert [step.name for step in build.steps] == [step.name for step in again.steps]
    assert not any(step.cached for step in build.steps)
    assert all(step.cached for step in again.steps[1:])
    with pytest.raises(InputError, match="tells of no build"):
        read_log(FIXTURES / "guide" / "push.log")
