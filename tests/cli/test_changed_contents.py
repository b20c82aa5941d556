"""Two images whose files differ though their sizes do not; hard links; layers that are told apart by sizes alone."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from made_images import Files, put_image, tar, with_index, write
from run import layerscope

Written = Mapping[str, bytes | tarfile.TarInfo]
BASE: Written = {"bin/sh": b"#!" * 500}


def layer(files: Written) -> bytes:
    """A layer's tar of files by path, or of whole members."""
    members = []
    for path, what in files.items():
        member = what if isinstance(what, tarfile.TarInfo) else tarfile.TarInfo(path)
        members.append((member, what if isinstance(what, bytes) else b""))
    return tar(members)


def member(path: str, kind: bytes = tarfile.REGTYPE, link: str = "", **more: int) -> tarfile.TarInfo:
    found = tarfile.TarInfo(path)
    found.type, found.linkname = kind, link
    for name, value in more.items():
        setattr(found, name, value)
    return found


def image(place: Path, *layers: Written, packed: bool = False) -> Path:
    files: Files = {}
    stored = [layer(one) for one in layers]
    described = put_image(files, stored)
    if packed:  # the manifest names other blobs, the diff IDs stay
        manifest = json.loads(files["blobs/" + described["digest"].replace(":", "/")])
        for one, data in zip(manifest["layers"], stored, strict=True):
            files["blobs/" + one["digest"].replace(":", "/")] = gzip.compress(data, mtime=0)
    return write(place, with_index(files, described))


def compared(capsys: pytest.CaptureFixture[str], *sides: Path) -> dict[str, Any]:
    document: dict[str, Any] = layerscope(capsys, "compare", *sides, "--format", "json").document
    return document


def counts(document: dict[str, Any]) -> dict[str, int]:
    return {name: found["count"] for name, found in document["files"].items() if name != "largest" and found["count"]}


@pytest.mark.parametrize("packed", [False, True])
def test_a_changed_file_of_equal_size_is_a_changed_file(
    packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sides = [
        image(tmp_path / name, BASE, {"srv/app.rb": text, "srv/other": b"same"}, packed=packed)
        for name, text in (("a", b"puts 1\n"), ("b", b"puts 3\n"))
    ]
    document = compared(capsys, *sides)
    assert [one["change"] for one in document["steps"]] == ["same", "refilled"]
    assert document["files"]["largest"] == [
        {"change": "changed", "path": "/srv/app.rb", "before": 7, "after": 7, "part": "content"}
    ]
    assert counts(document) == {"changed": 1, "rewritten": 1}
    shown = layerscope(capsys, "compare", *sides).out
    assert f"1 step differs between {sides[0]} and {sides[1]}: 1 file changed." in shown


@pytest.mark.parametrize(
    ("before", "after", "expected", "part"),
    [
        ({"a": b"1"}, {"a": b"1"}, {}, None),
        ({"a": b"1", "b": b"2"}, {"b": b"2", "a": b"1"}, {"rewritten": 2}, None),
        ({"a": b"1"}, {"a": b"2"}, {"changed": 1}, "content"),
        ({"a": member("a", mode=0o644)}, {"a": member("a", mode=0o755)}, {"attributes": 1}, "mode"),
        ({"a": member("a", uid=1)}, {"a": member("a", uid=2)}, {"attributes": 1}, "owner"),
        ({"a": member("a", mtime=1)}, {"a": member("a", mtime=2)}, {"rewritten": 1}, None),
        ({"a": member("a")}, {"a": member("a", tarfile.SYMTYPE, "b")}, {"changed": 1}, "type"),
        ({"a": member("a", tarfile.SYMTYPE, "b")}, {"a": member("a", tarfile.SYMTYPE, "c")}, {"changed": 1}, "link"),
        ({"d": member("d", tarfile.DIRTYPE, mode=0o755)}, {"d": member("d", tarfile.DIRTYPE, mode=0o700)},
         {"attributes": 1}, "mode"),
        # Which of two names a tar calls the file, and which the link, is its writer's choice.
        ({"a": b"12", "b": member("b", tarfile.LNKTYPE, "a")}, {"b": b"12", "a": member("a", tarfile.LNKTYPE, "b")},
         {"rewritten": 2}, None),
        ({"a": b"12", "b": member("b", tarfile.LNKTYPE, "a")}, {"a": b"13", "b": member("b", tarfile.LNKTYPE, "a")},
         {"changed": 2}, "content"),
        ({"a": b"12", "b": b"12"}, {"a": b"12", "b": member("b", tarfile.LNKTYPE, "a")}, {"rewritten": 2}, None),
    ],
)  # fmt: skip
def test_what_of_a_file_is_another(
    before: Written, after: Written, expected: dict[str, int], part: str | None, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    document = compared(capsys, image(tmp_path / "a", BASE, before), image(tmp_path / "b", BASE, after))
    assert counts(document) == expected
    assert {one["part"] for one in document["files"]["largest"]} == ({part} if part else set())
    assert document["steps"][1]["change"] == ("refilled" if expected else "same")


def test_a_file_is_the_same_out_of_another_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The copy in the shared layer is read, since the other side has it elsewhere."""
    one, other = {"a": b"1", "b": b"2"}, {"a": b"3"}
    document = compared(capsys, image(tmp_path / "a", one, {"c": b""}), image(tmp_path / "b", one, other))
    assert counts(document) == {"changed": 1, "removed": 1}
    turned = compared(capsys, image(tmp_path / "c", one, other), image(tmp_path / "d", other, one))
    assert counts(turned) == {"changed": 1}
    assert [step["change"] for step in turned["steps"]] == ["refilled", "refilled"]


def test_a_hard_link_is_no_copy_and_keeps_its_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    linked = {"a": b"x" * 900, "b": member("b", tarfile.LNKTYPE, "a"), "c": b"x" * 900}
    asked = ("--contents", "--duplicates", "--format", "json")
    whole = layerscope(capsys, "image", image(tmp_path / "a", linked), *asked).document
    assert (whole["size"], [one["paths"] for one in whole["duplicates"]]) == (1800, [["/a", "/c"]])
    assert [(one["path"], one["size"]) for one in whole["largest_files"]] == [("/a", 900), ("/c", 900)]
    one_left = layerscope(capsys, "image", image(tmp_path / "b", linked, {".wh.a": b""}), *asked).document
    assert [one["paths"] for one in one_left["duplicates"]] == [["/b", "/c"]]
    assert [(one["path"], one["size"]) for one in one_left["largest_files"]] == [("/b", 900), ("/c", 900)]
    assert [row["hidden_size"] for row in one_left["instructions"]] == [0, 0]  # b still has the bytes of a
    gone = layerscope(capsys, "image", image(tmp_path / "c", linked, {".wh.a": b"", ".wh.b": b""}), *asked).document
    assert [row["hidden_size"] for row in gone["instructions"]] == [900, 0]


def history(place: Path, *sizes: str) -> str:
    rows = [{"CreatedBy": f"RUN step {n}", "Size": size, "Comment": "", "ID": "a"} for n, size in enumerate(sizes)]
    place.write_text("".join(json.dumps(row) + "\n" for row in reversed(rows)))
    return f"history:{place}"


def test_sizes_tell_layers_apart_where_nothing_else_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sides = history(tmp_path / "a", "9B", "20B", "0B"), history(tmp_path / "b", "9B", "21B", "0B")
    document = layerscope(capsys, "compare", *sides, "--format", "json").document
    assert [one["change"] for one in document["steps"]] == ["same", "refilled", "same"]
    assert "nothing tells layers apart but their sizes" in str(document["assumptions"])
    against = compared(capsys, image(tmp_path / "c", BASE), Path(sides[0].replace("history:", "")))
    assert "refilled" not in {one["change"] for one in against["steps"]}
