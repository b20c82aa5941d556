"""`-`: what a pipe brings is read as a file of the same content is."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_path import GUIDE
from made_images import Files, layer, put_image, tar_of, with_index
from run import layerscope

HISTORY = b'{"CreatedBy":"RUN make","CreatedAt":"2026-01-02T03:04:05Z","Size":"7B"}\n'


def piped(data: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "layerscope", *words]
    return subprocess.run(command, input=data, capture_output=True, check=False, env=os.environ)


@pytest.mark.parametrize("name", ["build.log", "images.txt", "push.log"])
def test_saved_outputs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = piped((GUIDE / name).read_bytes(), "read", "-", "--format", "json")
    assert done.returncode == 0, done.stderr
    said = layerscope(capsys, "read", GUIDE / name, "--format", "json").out
    assert done.stdout.decode() == said.replace(str(GUIDE / name), "-")


def test_timings_of_a_log_in_a_pipe(tmp_path: Path) -> None:
    done = piped(b"#1 [1/1] RUN a\n#1 DONE 1.5s\n", "timings", "import", "-", "-o", str(tmp_path / "t.json"))
    assert done.returncode == 0, done.stderr
    assert "1.5" in (tmp_path / "t.json").read_text()


def test_a_history_is_an_image() -> None:
    done = piped(HISTORY, "image", "-")
    assert (done.returncode, b"RUN make" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_is_an_image_with_its_files(
    packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files: Files = {}
    with_index(files, put_image(files, [layer("etc/", "etc/a:5"), layer("etc/a:7")]))
    data = tar_of({"oci-layout": b"{}", **files})
    (tmp_path / "app.tar").write_bytes(data)
    done = piped(gzip.compress(data) if packed else data, "image", "-", "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    expected = layerscope(capsys, "image", tmp_path / "app.tar", "--format", "json").document
    assert document["size"] == expected["size"] == 12
    assert document["wasted_files"] == expected["wasted_files"] != []


@pytest.mark.parametrize("words", [("read", "-"), ("image", "-")])
@pytest.mark.parametrize("data", [b"", b"hello\n", b"\x1f\x8b\x08\x00", b"\0" * 1024])
def test_nothing_and_junk_are_the_users_to_mend(words: tuple[str, ...], data: bytes) -> None:
    done = piped(data, *words)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
