"""Damaged Dockerfiles: a right answer or one clear line, never a traceback.

Every Dockerfile of the fixtures and cases is damaged by a fixed series of edits; LAYERSCOPE_DAMAGED=5000 makes more.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures_path import FIXTURES

from layerscope.analysis.simulate import simulate
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions
from layerscope.inputs.contexts import open_context

CASES = Path(__file__).parent.parent / "cases"
CORPUS = sorted(path for folder in (CASES, FIXTURES) for path in folder.rglob("*Dockerfile*") if path.is_file())
CONTEXTS = sorted(path.parent for path in CASES.rglob("Dockerfile"))
DAMAGED = int(os.environ.get("LAYERSCOPE_DAMAGED", "400"))
SHARDS = 8

# What decides something in a Dockerfile, so that damage hits where it may hurt.
PIECES = [
    *(b"\\\n", b"\\", b"`", b"$", b"${", b"}", b"${A:-", b"${A#*", b"${A/x/", b"'", b'"', b"\t", b"#", b"\x00"),
    *(b"<<EOF\n", b"<<-'E F'\n", b"EOF\n", b"\n", b"\r\n", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xe2\x80\xa8"),
    *(b"# escape=`\n", b"# syntax=x\n", b"FROM ", b"FROM scratch AS a\n", b"RUN ", b"COPY ", b"ADD ", b"ENV "),
    *(b"ARG A=1\n", b"ONBUILD ", b"SHELL [", b"WORKDIR ", b"--from=", b"--from=0 ", b"--mount=type="),
    *(b"--mount=type=bind,from=a ", b"--chmod=", b"--exclude=[", b"--link ", b"--parents ", b"[", b"]", b"[a-"),
    *(b"*", b"?", b"**/", b"../", b"/", b"!", b":", b"@sha256:", b"=", b",", b'["a",', b"{}", b"9" * 20),
]  # fmt: skip


def damaged(data: bytes, rng: random.Random) -> bytes:
    """One to four edits: bytes that flip, go, come, or come twice."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        to = min(len(data), at + rng.choice([1, 1, 2, 8, 40]))
        kind = rng.randrange(5)
        if kind == 0:
            data = data[:at] + rng.randbytes(1) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + data[to:]
        elif kind == 2:
            data = data[:at] + data[at:to] * 2 + data[to:]
        else:
            data = data[:at] + rng.choice(PIECES) + data[at if kind == 3 else to :]
    return data


def refused_clearly(answer: Callable[[], object]) -> None:
    """Any exception but InputError is a fault of ours; its message is one line that names the place."""
    try:
        answer()
    except InputError as error:
        assert error.message
        assert "\n" not in str(error)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_parser_refuses_clearly(shard: int) -> None:
    for number in range(shard, DAMAGED, SHARDS):
        rng = random.Random(number)
        data = damaged(rng.choice(CORPUS).read_bytes(), rng)
        refused_clearly(lambda data=data: parse_dockerfile(data, "Dockerfile"))  # type: ignore[misc]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_simulate_refuses_clearly(shard: int, tmp_path: Path) -> None:
    for number in range(shard, DAMAGED, SHARDS):
        rng = random.Random(-1 - number)
        context = tmp_path / str(number)
        source = rng.choice(CONTEXTS)
        shutil.copytree(source, context, symlinks=True)
        data = damaged((source / "Dockerfile").read_bytes(), rng)
        (context / "Dockerfile").write_bytes(data)
        (context / "after.Dockerfile").write_bytes(damaged(data, rng))
        builder = rng.choice(["buildkit", "classic"])

        def answer(context: Path = context, builder: str = builder) -> None:
            options = BuildOptions(builder=builder)
            before = open_context(str(context), options=options)
            simulate(before, before)
            simulate(before, open_context(str(context), file=str(context / "after.Dockerfile"), options=options))

        refused_clearly(answer)
