"""Logs of several platforms, bake targets and compose services: whose each row is."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.cost.build_log import BuildLog
from layerscope.cost.logs.open import read_log
from layerscope.cost.logs.several import kept_apart, of_one_target, on_one_platform

RECORDED = Path(__file__).parents[1] / "recorded"
BOTH = ("linux/amd64", "linux/arm64")
Whose = tuple[tuple[str, ...], tuple[str, ...]]


def whose(log: BuildLog) -> dict[str, Whose]:
    return {step.name.partition("@")[0].partition(" && ")[0]: (step.platforms, step.targets) for step in log.steps}


def plain(*rows: str, first: str = "[internal] load build definition from Dockerfile") -> BuildLog:
    lines = [f"#1 {first}", "#1 DONE 0.0s"]
    for number, row in enumerate(rows, 2):
        name, _, outcome = row.partition(" = ")
        lines += [f"#{number} {name}", f"#{number} {outcome or 'DONE 1.0s'}"]
    (log,) = read_log("\n".join(lines).encode())
    return log


@pytest.mark.parametrize("form", ["platforms.plain.log", "platforms.rawjson"])
def test_a_build_for_two_platforms(form: str) -> None:
    (log,) = read_log(RECORDED / form)
    told = whose(log)
    run = "] RUN --network=none sleep 0.$(test"
    # One stage runs on the builder's platform for both; what cross-compiles runs for each.
    assert told["[linux/amd64 tools 2/2] RUN --network=none sleep 0.4"] == (BOTH, ())
    assert {platforms for name, (platforms, _) in told.items() if f"[linux/amd64 build 2/2{run}" in name} == {
        ("linux/amd64",)
    }
    assert {platforms for name, (platforms, _) in told.items() if f"[linux/amd64->arm64 build 2/2{run}" in name} == {
        ("linux/arm64",)
    }


@pytest.mark.parametrize("form", ["targets.plain.log", "targets.rawjson"])
def test_two_bake_targets_that_share_a_stage(form: str) -> None:
    (log,) = read_log(RECORDED / form)
    told = whose(log)
    assert told["[api base 2/2] RUN sleep 0.3"] == ((), ("api", "web"))
    assert {targets for name, (_, targets) in told.items() if "COPY a /a" in name} == {("api", "web")}


def test_a_row_of_ones_own_is_not_shared() -> None:
    log = plain(
        "[linux/amd64 b 1/2] FROM a", "[linux/arm64 b 1/2] FROM a", "[linux/amd64 b 2/2] RUN x = CACHED",
        "[linux/arm64 b 2/2] RUN x",
    )  # fmt: skip
    assert [step.platforms for step in log.steps] == [("linux/amd64",), ("linux/arm64",)] * 2


def test_a_row_for_another_platform_than_its_stages_is_of_that_alone() -> None:
    log = plain("[linux/amd64 b 1/2] FROM a", "[linux/amd64->arm64 b 2/2] RUN x")
    assert log.steps[1].platforms == ("linux/arm64",)


def test_services_whose_stages_have_no_name() -> None:
    rows = ("[web 2/3] COPY . .", "[web 3/3] RUN npm ci", "[api 2/4] COPY . .", "[api 3/4] RUN npm ci = CACHED")
    log = plain(*rows, first="[web internal] load build definition from Dockerfile")
    assert [step.targets for step in log.steps] == [("web",), ("web",), ("api",), ("api",)]


def test_a_log_of_one_build_names_nobody() -> None:
    for name in ("stages.cold.plain.log", "classic.cold.log", "url.cold.rawjson"):
        (log,) = read_log(RECORDED / name)
        assert {(step.platforms, step.targets) for step in log.steps} == {((), ())}


def test_builds_of_two_dockerfiles_are_kept_apart_and_those_of_one_are_not() -> None:
    web, api = ("[1/2] FROM a", "[2/2] RUN make"), ("[1/3] FROM a", "[2/3] COPY . .", "[3/3] RUN make")
    one, other, again, cut = plain(*web), plain(*api), plain(*web), plain(*api[:2])
    assert kept_apart([one, again]) == (one, again)
    assert kept_apart([other, cut]) == (other, cut)
    apart = kept_apart([one, other, again, cut])
    assert [{step.targets for step in build.steps} for build in apart] == [{("1",)}, {("2",)}, {("1",)}, {("2",)}]


def test_what_a_record_does_not_say_its_command_does() -> None:
    build = on_one_platform(of_one_target(plain("[build 2/2] RUN make"), "web"), "linux/arm64/v8")
    (step,) = build.steps
    assert (step.name, step.platforms, step.targets) == ("[web build 2/2] RUN make", ("linux/arm64",), ("web",))
