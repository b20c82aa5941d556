"""Fifos, sockets and devices: one kind wherever they were listed, and one text wherever they are kept."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from layerscope.context.archive import read_archive
from layerscope.context.directory import read_directory
from layerscope.context.edits import edited
from layerscope.context.special import SpecialKind, SpecialType, parse_special_type
from layerscope.context.tree import Special, differences


@pytest.mark.parametrize("text", ["p:0:0", "c:1:3", "b:8:0", "s:0:0", "p:0:0 changed"])
def test_a_type_is_read_as_it_is_shown(text: str) -> None:
    assert str(parse_special_type(text)) == text


def test_older_snapshots_of_archives_are_read() -> None:
    assert parse_special_type("b'6':0:0") == SpecialType(SpecialKind.FIFO)
    assert parse_special_type("b'3':1:3") == SpecialType(SpecialKind.CHARACTER, 1, 3)


@pytest.mark.parametrize("text", ["", "fifo", "p:0", "p:a:0"])
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|invalid literal"):
        parse_special_type(text)


def test_a_fifo_is_the_same_in_a_directory_and_in_an_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o644)
    (tmp_path / "pipe").chmod(0o644)
    entry = tarfile.TarInfo("pipe")
    entry.type, entry.mode = tarfile.FIFOTYPE, 0o644
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(entry)
    listed = read_directory(str(tmp_path))
    assert differences(listed, read_archive(lambda: io.BytesIO(made.getvalue()), "archive").tree) == []
    pipe = edited(listed, change=["pipe"])[0].children["pipe"]
    assert isinstance(pipe, Special)
    assert str(pipe.kind) == "p:0:0 changed"
