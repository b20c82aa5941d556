"""Properties over builds and bytes nobody thought of."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerscope.cost.build_log import LoggedStep
from layerscope.cost.estimate import estimate
from layerscope.cost.logs.open import read_log
from layerscope.cost.timings import Timings
from layerscope.errors import InputError

FAST = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)

words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["C", "Z"]), min_size=1, max_size=9
)
texts = st.lists(words, min_size=1, max_size=4).map(" ".join)
tenths = st.integers(0, 99_999).map(lambda n: n / 10)
outcomes = st.one_of(tenths, st.just("cached"), st.just("failed"))
builds = st.lists(st.tuples(st.sampled_from(["RUN", "COPY", "ADD"]), texts, outcomes), min_size=1, max_size=6)
outputs = st.lists(st.one_of(texts, st.just("Step 1/1 : FROM x"), st.just("#3 DONE 1.0s")), max_size=3)

WRAPS: dict[str, Callable[[int, str], str]] = {
    "none": lambda _, line: line,
    "stamp": lambda n, line: f"2026-01-02T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.5Z {line}",
    "jenkins": lambda n, line: f"[2026-01-02T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.500Z] {line}",
    "colour": lambda _, line: f"\x1b[1;34m{line}\x1b[0m\x1b[K",
    "prefix": lambda _, line: f"build-1  | {line}",
    "cr": lambda _, line: f"{line}\r",
}
wraps = st.sampled_from(sorted(WRAPS))


def wrapped(lines: list[str], wrap: str) -> bytes:
    return "\n".join(WRAPS[wrap](n, line) for n, line in enumerate(lines)).encode()


def expected(build: list[tuple[str, str, object]]) -> list[LoggedStep]:
    steps = []
    fails = any(outcome == "failed" for *_, outcome in build)
    began = False  # what follows in the stage has to run, where the build comes to it
    for index, (keyword, text, outcome) in enumerate(build, 2):
        name = f"[b {index}/{len(build) + 1}] {keyword} {text}"
        seconds = outcome if isinstance(outcome, float) else None
        cached, error = outcome == "cached", "x" if outcome == "failed" else None
        skipped = cached and began and fails
        steps.append(LoggedStep(name, cached and not skipped, seconds, error, skipped=skipped))
        began = began or not cached
    return steps


@FAST
@given(builds, outputs, wraps)
def test_plain_rendered_in_any_wrapping_is_read_back(
    build: list[tuple[str, str, object]], output: list[str], wrap: str
) -> None:
    lines = ["#1 [internal] load .dockerignore", "#1 DONE 0.0s", "", "#99 [internal] load build context", ""]
    for number, step in enumerate(expected(build), 2):
        result = "CACHED" if step.cached or step.skipped else "ERROR: x" if step.error else f"DONE {step.seconds:.1f}s"
        lines += [f"#{number} {step.name}", *(f"#{number} 0.5 {text}" for text in output)]
        lines += [f"#{number} ...", "", "#99 [internal] load build context"] if output else []
        lines += ["", f"#{number} {step.name}"] if output else []
        lines += [f"#{number} {result}", ""]
    (log,) = read_log(wrapped(lines, wrap))
    assert list(log.steps) == expected(build)


@FAST
@given(builds, outputs, wraps.filter(lambda wrap: wrap not in {"stamp", "jenkins"}))
def test_classic_rendered_in_any_wrapping_is_read_back(
    build: list[tuple[str, str, object]], output: list[str], wrap: str
) -> None:
    names = [f"Step {i}/{len(build)} : {keyword} {text}" for i, (keyword, text, _) in enumerate(build, 1)]
    lines = ["Sending build context to Docker daemon  2kB"]
    for name, (_, _, outcome) in zip(names, build, strict=True):
        lines.append(name)
        if outcome == "cached":
            lines += [" ---> Using cache", " ---> 54d239c00f11"]
        else:
            lines += [" ---> Running in 54d239c00f11", *output, " ---> 54d239c00f12"]
    lines.append("Successfully built 54d239c00f12")
    (log,) = read_log(wrapped(lines, wrap))
    assert [(s.name, s.cached) for s in log.steps] == [
        (name, outcome == "cached") for name, (_, _, outcome) in zip(names, build, strict=True)
    ]


def _messages(build: list[tuple[str, str, object]]) -> list[str]:
    stamp = "2026-01-02T{:02}:{:02}:{:02}.{:09}Z".format
    lines, clock = [], 0
    for step in expected(build):
        length = round((step.seconds or 0) * 1e9)
        times = [
            stamp(t // 3600_000_000_000, t // 60_000_000_000 % 60, t // 10**9 % 60, t % 10**9)
            for t in (clock, clock + length)
        ]
        vertex = {"digest": step.name, "name": step.name}
        done = vertex | {
            "started": times[0],
            "completed": times[1],
            "cached": step.cached or step.skipped,
            "error": step.error or "",
        }
        lines += [json.dumps({"vertexes": [v]}) for v in (vertex, vertex | {"started": times[0]}, done)]
        clock += length + 1
    return lines


@FAST
@given(builds.filter(lambda b: sum(o for *_, o in b if isinstance(o, float)) < 80_000), wraps)
def test_rawjson_rendered_in_any_wrapping_is_read_back(build: list[tuple[str, str, object]], wrap: str) -> None:
    (log,) = read_log(wrapped(_messages(build), wrap))
    assert list(log.steps) == expected(build)


SEEDS = st.sampled_from(
    [
        b"#1 [1/2] RUN a\n#1 DONE 1.0s\n",
        b"Step 1/2 : FROM a\n ---> Running in 54d239c00f11\n",
        b'{"vertexes":[{"digest":"a","name":"[1/1] RUN a","started":"2026-01-02T03:04:05Z"}]}\n',
        b'[{"CreatedAt":"2026-01-02T03:04:05Z","CreatedBy":"RUN /bin/sh -c a"}]',
        b"2026-01-02T03:04:05Z 00O+",
        b"\x1b_bk;t=17\x07",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
        b"\xff\xfe",
        b"a | ",
        b"\0" * 257 + b"ustar\x0000",
    ]
)


@FAST
@given(st.lists(st.one_of(st.binary(max_size=40), SEEDS), max_size=6).map(b"".join))
def test_junk_raises_nothing_but_input_error(data: bytes) -> None:
    try:
        logs = read_log(data, "junk")
    except InputError:
        return
    assert logs
    Timings.of_builds({str(i): log for i, log in enumerate(logs)}).rows()


@FAST
@given(st.integers(0, 2000), st.integers(0, 255))
def test_damaged_json_raises_nothing_but_input_error(place: int, byte: int) -> None:
    text = bytearray("\n".join(_messages([("RUN", "a", 1.0), ("COPY", "b", "cached")])).encode())
    text[place % len(text)] = byte
    try:
        read_log(bytes(text), "junk")
    except InputError:
        return


@FAST
@given(st.text(max_size=60), st.one_of(st.none(), st.integers(0, 10**12)))
def test_estimates_are_never_negative(text: str, size: int | None) -> None:
    for instruction in ("RUN", "COPY", "ADD", "WORKDIR", "FROM"):
        seconds = estimate(instruction, text, size).seconds
        assert seconds is None or seconds > 0
