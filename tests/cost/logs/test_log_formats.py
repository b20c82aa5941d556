"""Wordings and wrappings of logs, as data: a text and the steps it tells."""

from __future__ import annotations

import json

import pytest

from layerscope.cost.build_log import BuildLog, LoggedStep, LogWriter
from layerscope.cost.logs.open import read_log
from layerscope.errors import InputError
from layerscope.values import replace

PLAIN = """\
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 32B done
#1 DONE 0.0s

#4 [1/3] FROM docker.io/library/ruby:3.3@sha256:aaaa
#4 sha256:1234 5MB / 9MB 0.2s
#4 DONE 0.0s

#5 [internal] load build context
#5 transferring context: 1.5kB 0.1s
#5 transferring context: 22.02MB 0.4s done
#5 DONE 0.5s

#4 [1/3] FROM docker.io/library/ruby:3.3@sha256:aaaa
#4 extracting sha256:1234 1.0s done
#4 DONE 3.1s

#6 [2/3] COPY . .
#6 CACHED

#7 [3/3] RUN make
#7 1.234 Step 1/2 : FROM x
#7 ...

#8 exporting to image
#8 exporting layers 0.1s done
#8 DONE 0.1s

#7 [3/3] RUN make
#7 12.29 #6 DONE 4.0s
#7 DONE 12.3s
"""
PLAIN_STEPS = [
    ("[1/3] FROM docker.io/library/ruby:3.3@sha256:aaaa", False, 3.1),
    ("[2/3] COPY . .", True, None),
    ("[3/3] RUN make", False, 12.3),
]
# The wording of Docker 1.13 to 17, as the guide shows it: the container is removed after the id.
OLD_CLASSIC = """\
Sending build context to Docker daemon 22.02 kB\r\r
Step 1/10 : FROM ubuntu:16.04
 ---> f49eec89601e
Step 2/10 : MAINTAINER someone@example.com
 ---> Running in 06f20ac1017d
 ---> fc41cd8ac52d
Removing intermediate container 06f20ac1017d
Step 3/10 : RUN apt-get -y update
 ---> Running in 5bb5a1a1b5c2
Get:1 something
 ---> 0a2bd6c2f4ee
Removing intermediate container 5bb5a1a1b5c2
Step 4/10 : RUN apt-get -y install ruby
 ---> Using cache
 ---> 54d239c00f11
"""
STAMPED_CLASSIC = """\
Sending build context to Docker daemon  2.048kB
Step 1/4 : FROM busybox
 ---> 54d239c00f11
Step 2/4 : RUN make
 ---> Running in 06f20ac1017d
Step 1/9 : FROM output
Removed intermediate container 06f20ac1017d
 ---> 54d239c00f12
Step 3/4 : COPY . .
 ---> Using cache
 ---> 54d239c00f13
Step 4/4 : RUN test
 ---> Running in 06f20ac1017e
 ---> 54d239c00f14
Successfully built 54d239c00f14
Successfully tagged app:latest
"""
BUILDAH = """\
[1/2] STEP 1/3: FROM docker.io/library/busybox AS one
[1/2] STEP 2/3: RUN make
hello
--> 9d07c932defe
[1/2] STEP 3/3: COPY . .
--> Using cache 3c5654d54581fd263cd2c5e33c5654d54581fd263cd2c5e33c5654d54581fd26
--> 3c5654d54581
[2/2] STEP 1/2: FROM docker.io/library/busybox
[2/2] STEP 2/2: RUN false
Error: building at STEP "RUN false": while running runtime: exit status 1
"""


def steps(text: str | bytes) -> list[tuple[str, bool, float | None]]:
    (log,) = read_log(text.encode() if isinstance(text, str) else text)
    return [(step.name, step.cached, step.seconds) for step in log.steps]


def stamped(text: str, form: str) -> str:
    """Each line under a stamp of its own, ten seconds apart."""
    lines = []
    for index, line in enumerate(text.splitlines()):
        minute, second = divmod(index * 10, 60)
        lines.append(form.format(m=minute, s=second, ms=1_700_000_000_000 + index * 10_000) + line)
    return "\n".join(lines) + "\n"


STAMPS = {
    "GitHub": "2026-01-02T03:{m:02}:{s:02}.1234567Z ",
    "GitLab": "2026-01-02T03:{m:02}:{s:02}.123456Z 00O ",
    "Jenkins": "[2026-01-02T03:{m:02}:{s:02}.123Z] ",
    "Jenkins, the hour": "03:{m:02}:{s:02}  ",
    "Buildkite": "\x1b_bk;t={ms}\x07",
    "gh run view": "build\tBuild the image\t2026-01-02T03:{m:02}:{s:02}.1234567Z ",
    "docker logs": "2026-01-02T03:{m:02}:{s:02}.123456789+09:00 ",
    "ts": "Jan  2 03:{m:02}:{s:02} ",
    "Azure": "2026-01-02T03:{m:02}:{s:02}.1234567Z ",
    "Jenkins, since the start": "00:{m:02}:{s:02}.123  ",
    "Jenkins, a branch": "03:{m:02}:{s:02}  [web] ",
    "compose": "build-1  | 2026-01-02T03:{m:02}:{s:02}.123Z ",
}
WRAPPINGS = {
    "bare": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "BOM": lambda text: "\ufeff" + text,
    "no blank lines": lambda text: "\n".join(filter(None, text.splitlines())),
    "colours": lambda text: "".join(f"\x1b[36m{line}\x1b[0m\n" for line in text.splitlines()),
    "progress of a terminal": lambda text: text.replace("\n", "\x1b[K\n\x1b]0;title\x07"),
    "prefix": lambda text: "".join(f"build-1  | {line}\n" for line in text.splitlines()),
    "a branch": lambda text: "".join(f"[web app] {line}\n" for line in text.splitlines()),
    "act": lambda text: "".join(f"[CI/build]   | {line}\n" for line in text.splitlines()),
    "a section of GitLab's": lambda text: "section_start:1:build\r\x1b[0K" + text + "section_end:2:build\r\x1b[0K\n",
    "CircleCI's messages": lambda text: json.dumps([{"type": "out", "message": text[:99]}, {"message": text[99:]}]),
    "quoted": lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
    "numbered": lambda text: "".join(f"{number:6}\t{line}\n" for number, line in enumerate(text.splitlines(), 1)),
    "indented": lambda text: "".join(f"\t{line}\n" for line in text.splitlines()),
    "Cloud Build": lambda text: "".join(f'Step #0 - "image": {line}\n' for line in text.splitlines()),
    "a remote": lambda text: "".join(f"remote: {line}\n" for line in text.splitlines()),
    "a session": lambda text: f"user@host:~$ docker build .\n{text}user@host:~$ docker images\n",
    "other output": lambda text: "$ docker build .\n#hash\n" + text + "\ndone #7\n# 7 DONE 1s\n",
    **{name: lambda text, form=form: stamped(text, form) for name, form in STAMPS.items()},
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_plain_is_read_through(wrapping: str) -> None:
    text = WRAPPINGS[wrapping](PLAIN)
    assert steps(text) == PLAIN_STEPS
    assert read_log(text.encode())[0].context_bytes == 22_020_000


def test_powershell_writes_utf_16() -> None:
    assert steps(PLAIN.encode("utf-16")) == PLAIN_STEPS


def test_two_builds_side_by_side_under_prefixes() -> None:
    lines = [f"{service}-1 | {line}" for line in PLAIN.splitlines() for service in ("web", "db")]
    logs = read_log("\n".join(lines).encode())
    assert [[(s.name, s.cached, s.seconds) for s in log.steps] for log in logs] == [PLAIN_STEPS, PLAIN_STEPS]


def test_gitlab_continues_lines() -> None:
    text = stamped(PLAIN, STAMPS["GitLab"]).replace(
        "Z 00O #7 DONE 12.3s", "Z 00O #7 DO\n2026-01-02T03:09:00.123456Z 00O+NE 12.3s"
    )
    assert steps(text) == PLAIN_STEPS


def test_plain_cut_off_at_its_start_tells_the_rest() -> None:
    cut = PLAIN[PLAIN.index("#4 DONE 0.0s") :]
    assert steps(cut) == [PLAIN_STEPS[0], *PLAIN_STEPS[1:]]
    assert steps(PLAIN[PLAIN.index("#7 1.234") :]) == [PLAIN_STEPS[2]]


def test_an_unfinished_step_of_a_plain_log_has_no_seconds() -> None:
    assert steps(PLAIN[: PLAIN.rindex("#7 DONE")])[2] == ("[3/3] RUN make", False, None)


def test_the_old_classic_wording() -> None:
    (log,) = read_log(OLD_CLASSIC.encode())
    assert log.context_bytes == 22_020
    assert [(step.name, step.cached, step.error) for step in log.steps] == [
        ("Step 1/10 : FROM ubuntu:16.04", False, None),
        ("Step 2/10 : MAINTAINER someone@example.com", False, None),
        ("Step 3/10 : RUN apt-get -y update", False, None),
        ("Step 4/10 : RUN apt-get -y install ruby", True, None),
    ]


def test_steps_without_a_total_are_older_still() -> None:
    assert steps("Step 1 : FROM busybox\n ---> 54d239c00f11\nStep 2 : RUN make\n ---> Running in 54d239c00f12\n") == [
        ("Step 1 : FROM busybox", False, None),
        ("Step 2 : RUN make", False, None),
    ]


ELIDED = (
    OLD_CLASSIC[: OLD_CLASSIC.index(" ---> 0a2bd6c2f4ee")]
    + """
... 생략 ...

Step 9/10 : EXPOSE 4567
 ---> Running in 9c514a1f0c8e
 ---> c5ce4376282e
Step 10/10 : CMD ruby app.rb
 ---> Running in 1f7a9ba8d63c
 ---> 54d239c00f11
Successfully built 54d239c00f11
"""
)


def test_a_classic_log_of_which_lines_are_left_out_tells_the_rest() -> None:
    (log,) = read_log(ELIDED.encode())
    assert [step.name.partition("/")[0] for step in log.steps] == ["Step 1", "Step 2", "Step 3", "Step 9", "Step 10"]
    assert log.left_out == 5


@pytest.mark.parametrize(
    ("lines", "numbers", "left_out"),
    [
        (["Step 1/3 : FROM a", "...", "Step 3/3 : CMD x"], [1, 3], 1),
        # The last row is in the middle of its output, and so are the lines that are left out.
        (["Step 1/3 : FROM a", "Step 2/3 : RUN x", " ---> Running in 54d239c00f11", "...", "Step 3/3 : CMD x"],
         [1, 2, 3], 0),
        # A build that a step runs prints steps of its own.
        (["Step 1/3 : FROM a", "Step 2/3 : RUN docker build .", " ---> Running in 54d239c00f11", "Step 1/3 : FROM b",
          "Step 3/3 : CMD y", " ---> 54d239c00f12", "Step 3/3 : CMD x"], [1, 2, 3], 0),
        (["Step 1/4 : FROM a", "Step 2/4 : RUN x", " ---> Running in 54d239c00f11", "Step 4/4 : CMD printed",
          " ---> 54d239c00f12", "Step 3/4 : CMD x", "Step 4/4 : CMD y"], [1, 2, 3, 4], 0),
        (["Step 1/3 : FROM a", "Step 2/3 : RUN x", " ---> Running in 54d239c00f11", "Step 9/9 : CMD printed"],
         [1, 2], 0),
    ],
)  # fmt: skip
def test_gaps_and_steps_that_are_output(lines: list[str], numbers: list[int], left_out: int) -> None:
    (log,) = read_log("\n".join(lines).encode())
    assert [int(step.name.split()[1].partition("/")[0]) for step in log.steps] == numbers
    assert log.steps[-1].name == lines[-1] or numbers[-1] < 3
    assert log.left_out == left_out


def test_a_gap_times_no_step() -> None:
    text = stamped(STAMPED_CLASSIC, STAMPS["GitHub"])
    cut = "\n".join(line for line in text.splitlines() if "Step 3/4" not in line)
    assert [seconds for name, _, seconds in steps(cut) if "Step 2/4" in name] == [None]


def test_the_oldest_wording_of_a_failure() -> None:
    text = "Step 0 : FROM a\nStep 1 : RUN exit 137\n ---> Running in 804b53a341ac\n"
    (log,) = read_log((text + "INFO[0000] The command [/bin/sh -c exit 137] returned a non-zero code: 137\n").encode())
    assert [step.error is not None for step in log.steps] == [False, True]


COUNTED_FROM_0 = """\
Building web...
Step 0 : FROM debian
 ---> 54d239c00f11
Step 1 : RUN apt-get update
 ---> Using cache
 ---> 54d239c00f12
Step 2 : COPY site.conf /etc/site.conf
 ---> 54d239c00f13
Successfully built 54d239c00f13
"""


def test_the_oldest_builders_count_from_0() -> None:
    told = [("Step 0 : FROM debian", False, None), ("Step 1 : RUN apt-get update", True, None),
            ("Step 2 : COPY site.conf /etc/site.conf", False, None)]  # fmt: skip
    assert steps(COUNTED_FROM_0) == told
    assert [len(log.steps) for log in read_log((COUNTED_FROM_0 * 2).encode())] == [3, 3]
    assert [len(log.steps) for log in read_log((COUNTED_FROM_0 + OLD_CLASSIC).encode())] == [3, 4]


@pytest.mark.parametrize("form", STAMPS)
def test_stamps_time_a_classic_log(form: str) -> None:
    assert steps(stamped(STAMPED_CLASSIC, STAMPS[form])) == [
        ("Step 1/4 : FROM busybox", False, 20.0),
        ("Step 2/4 : RUN make", False, 50.0),
        ("Step 3/4 : COPY . .", True, None),
        ("Step 4/4 : RUN test", False, 30.0),
    ]


def test_hours_run_on_past_midnight() -> None:
    text = "23:59:50 Step 1/2 : FROM x\n23:59:55 Step 2/2 : RUN y\n00:00:05 Successfully built 54d239c00f14\n"
    assert steps(text) == [("Step 1/2 : FROM x", False, 5.0), ("Step 2/2 : RUN y", False, 10.0)]


def test_a_clock_set_back_times_nothing() -> None:
    text = stamped(STAMPED_CLASSIC, "2026-01-02T03:{m:02}:{s:02}Z ")
    text = text.replace("2026-01-02T03:00:30Z Step 2", "2026-01-02T04:00:30Z Step 2")
    assert steps(text)[1] == ("Step 2/4 : RUN make", False, None)


def test_stamped_lines_of_an_unstamped_log_are_output() -> None:
    text = STAMPED_CLASSIC.replace("Step 1/9 : FROM output", "2026-01-02T03:00:00Z Step 3/4 : COPY forged\n" * 2)
    assert [name for name, _, _ in steps(text)][2] == "Step 3/4 : COPY . ."


def test_buildah_and_podman() -> None:
    (log,) = read_log(BUILDAH.encode())
    assert log.builder == "buildah"
    assert [(step.name, step.cached) for step in log.steps] == [
        ("[1/2] STEP 1/3: FROM docker.io/library/busybox AS one", False),
        ("[1/2] STEP 2/3: RUN make", False),
        ("[1/2] STEP 3/3: COPY . .", True),
        ("[2/2] STEP 1/2: FROM docker.io/library/busybox", False),
        ("[2/2] STEP 2/2: RUN false", False),
    ]
    assert log.steps[-1].error is not None
    assert len(read_log((BUILDAH + BUILDAH).encode())) == 2


def test_stages_side_by_side_are_not_timed_by_the_next_row() -> None:
    rows = ["[1/2] STEP 1/2: FROM a", "[2/2] STEP 1/2: FROM b", "[1/2] STEP 2/2: RUN c", "[2/2] STEP 2/2: RUN d"]
    text = stamped("\n".join([*rows, "COMMIT x"]), STAMPS["GitHub"])
    assert [seconds for _, _, seconds in steps(text)] == [None] * 4


# --- rawjson ---


def vertex(name: str, start: float | None = None, end: float | None = None, **more: object) -> str:
    stamp = "2026-01-02T03:04:{:012.9f}Z".format
    message: dict[str, object] = {"digest": more.pop("digest", f"sha256:{name}"), "name": name, **more}
    if start is not None:
        message["started"] = stamp(start)
    if end is not None:
        message["completed"] = stamp(end)
    return json.dumps({"vertexes": [message]}) + "\n"


RAWJSON = {
    "overlapping intervals are merged before they are summed": (
        vertex("[1/1] RUN a", 1, 3) + vertex("[1/1] RUN a", 2, 5) + vertex("[1/1] RUN a", 7, 8.5),
        [LoggedStep("[1/1] RUN a", False, 5.5)],
    ),
    "cached comes late": (
        vertex("[1/1] RUN a") + vertex("[1/1] RUN a", 1) + vertex("[1/1] RUN a", 1, 1, cached=True),
        [LoggedStep("[1/1] RUN a", True)],
    ),
    "an announcement after the end changes nothing": (
        vertex("[1/1] RUN a", 1, 2, cached=True) + vertex("[1/1] RUN a"),
        [LoggedStep("[1/1] RUN a", True)],
    ),
    "a repetition without its end reopens nothing": (
        vertex("[1/1] RUN a", 1, 2) + vertex("[1/1] RUN a", 1),
        [LoggedStep("[1/1] RUN a", False, 1.0)],
    ),
    "an unfinished step has no seconds": (vertex("[1/1] RUN a", 1), [LoggedStep("[1/1] RUN a", False)]),
    "a failed step has no seconds": (
        vertex("[1/1] RUN a", 1, 2, error="exit code: 1"),
        [LoggedStep("[1/1] RUN a", False, None, "exit code: 1")],
    ),
    "a clock set back tells no duration": (vertex("[1/1] RUN a", 5, 2), [LoggedStep("[1/1] RUN a", False)]),
    "a step never begun is none": (
        vertex("[1/2] RUN a", 1, 2) + vertex("[2/2] RUN b"),
        [LoggedStep("[1/2] RUN a", False, 1.0)],
    ),
    "an ADD of a URL is one step, cached as its copy is": (
        vertex("[2/2] ADD u /", 1, 2, digest="http") + vertex("[2/2] ADD u /", 3, 3, digest="copy", cached=True),
        [LoggedStep("[2/2] ADD u /", True)],
    ),
    "an ADD of a URL costs the check and the copy": (
        vertex("[2/2] ADD u /", 1, 2, digest="http") + vertex("[2/2] ADD u /", 3, 3.5, digest="copy"),
        [LoggedStep("[2/2] ADD u /", False, 1.5)],
    ),
    "internal vertices are left out": (
        "".join(
            vertex(name, 1, 2)
            for name in (
                "[internal] load build context",
                "[linux/arm64 internal] load metadata for docker.io/library/a:1",
                "[context x] load from client",
                "[auth] library/a:pull token for r",
                "FROM docker.io/library/busybox:latest",
                "importing cache manifest from r",
                "exporting to image",
                "[web] exporting to image",
                "[linux/amd64->arm64 b 10/12] RUN x",
            )
        ),
        [LoggedStep("[linux/amd64->arm64 b 10/12] RUN x", False, 1.0, platforms=("linux/arm64",))],
    ),
    "text lines in between are skipped": (
        "docker: hello\n" + vertex("[1/1] RUN a", 1, 2) + '{"other": 1}\nERROR: x\n{"vertexes": [\n',
        [LoggedStep("[1/1] RUN a", False, 1.0)],
    ),
    "stamped by a CI system": (
        "2026-01-02T03:04:05.1234567Z " + vertex("[1/1] RUN a", 1, 2),
        [LoggedStep("[1/1] RUN a", False, 1.0)],
    ),
}


@pytest.mark.parametrize("case", RAWJSON)
def test_rawjson(case: str) -> None:
    text, expected = RAWJSON[case]
    (log,) = read_log(text.encode(), "build.log")
    assert replace(log, transfers=(), seconds=None) == BuildLog(LogWriter.BUILDKIT, tuple(expected), None, "build.log")


def test_a_git_context_loaded_again_after_all_ended_is_another_build() -> None:
    build = vertex("[internal] load git source g", 1, 2) + vertex("[1/1] RUN a", 3, 4)
    again = vertex("[internal] load git source g", 11, 12) + vertex("[1/1] RUN a", 13, 15)
    assert [log.steps[0].seconds for log in read_log((build + again).encode())] == [1.0, 2.0]


# --- what is no log ---


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \n",
        b"hello\n",
        b"{}",
        b"[]",
        b"[1, 2]",
        b'{"command": "timings"}',
        b"#1 is the first issue\n#2 the second\n",
        b"\x1f\x8b\x08\x00",
        b"PK\x03\x04 no zip",
        b"\0" * 257 + b"ustar" + b"\0" * 250,
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"vertexes": 5}',
        b'{"vertexes": [{"digest": "a", "name": "b", "started": "yesterday"}]}',
        b'{"vertexes": [{"digest": 1}]}',
        b'[{"Id": "sha256:1", "Created": "2026-01-02T03:04:05Z"}]',
        b'[{"message": 5}]',
    ],
)
def test_what_is_no_log_is_the_users_to_mend(data: bytes) -> None:
    with pytest.raises(InputError) as raised:
        read_log(data, "some.file")
    assert raised.value.file == "some.file"
    assert "\n" not in str(raised.value)


def test_figures_beyond_all_bounds_are_no_figures() -> None:
    nines = "9" * 400
    text = f"#1 [internal] load build context\n#1 transferring context: {nines}kB\n#2 [1/1] RUN a\n#2 DONE {nines}s\n"
    (log,) = read_log(text.encode())
    assert (log.context_bytes, log.steps[0].seconds) == (None, None)


@pytest.mark.parametrize("line", ["#2 [" + " " * 2_000_000 + "x", "#2 1.0 " + "x " * 1_000_000, "\x1b]" * 500_000])
def test_enormous_lines_are_read_past(line: str) -> None:
    assert steps(f"#1 [1/1] RUN a\n{line}\n#1 DONE 1.0s\n") == [("[1/1] RUN a", False, 1.0)]


def test_a_fault_in_rawjson_names_its_line() -> None:
    text = vertex("[1/1] RUN a", 1, 2) + '{"vertexes": [{"digest": 1}]}\n'
    with pytest.raises(InputError) as raised:
        read_log(text.encode(), "f")
    assert raised.value.line == 2


def test_a_missing_file_is_the_users_to_mend() -> None:
    with pytest.raises(InputError, match=r"absent\.log: cannot be read: No such file"):
        read_log("absent.log")
