"""`context --format make`: what GNU make reads of it is the very files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ODD = (
    "my file.txt", "it's.txt", 'q"uote.txt', "[x].txt", "$V.txt", "back\\slash", "two\\\\", "-dash", "a*b.txt", " lead",
    "trail ", "t\tab", "new\nline", "#hash", "!bang", "a,b", "~", "~root", "a%b", "a:b", "a=b", "a;b", "q?m", "\u00fcn",
    "(p)", "x\\ y", "x\\#y", "in/two words", "raw\udcff",
)  # fmt: skip


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_finds_every_file(tmp_path: Path) -> None:
    context = tmp_path / "context"
    (context / "in").mkdir(parents=True)
    for name in ODD:
        (context / name).write_text("x")
    (context / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    words = [sys.executable, "-m", "layerscope", "context", "--format", "make"]
    rule = subprocess.run(words, cwd=context, capture_output=True, check=True).stdout
    told = tmp_path / "rule.mk"
    told.write_bytes(rule + b"\t@: $(info <$^>)\n")
    done = subprocess.run(["make", "-f", told, "image"], cwd=context, capture_output=True, check=True)
    read = done.stdout.partition(b"<")[2].rpartition(b">")[0]
    for name in ODD:
        assert os.fsencode(name) in read
    assert len(read.replace(b" ", b"")) == len(os.fsencode("Dockerfile" + "".join(ODD).replace(" ", "")))
