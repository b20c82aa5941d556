"""The header walk against Python's tarfile, and against tars that are damaged."""

from __future__ import annotations

import contextlib
import gzip
import io
import posixpath
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_entries import layer_entries
from made_images import layer, tar

from layerscope.errors import InputError
from layerscope.image.layers.layer_tar import FileSpan, layer_windows
from layerscope.image.layers.listing import Listing, list_layer
from layerscope.image.layers.stack import directory_node, parents_of
from layerscope.image.layers.tar_entries import TarEntry

KINDS = {b"0": "file", b"1": "hardlink", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory", b"6": "fifo"}
NAME = st.lists(
    st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=60), min_size=1, max_size=5
).map("/".join)


def walk(data: bytes) -> list[TarEntry]:
    return list(layer_entries(io.BytesIO(data), "layer"))


def clean(name: str) -> str:
    path = posixpath.normpath(name).lstrip("/")
    return "" if path == "." else path


@st.composite
def members(draw: st.DrawFn) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(draw(NAME))
    member.type = draw(st.sampled_from(sorted(KINDS)))
    member.mode = draw(st.integers(0, 0o7777))
    member.uid, member.gid = draw(st.integers(0, 2**40)), draw(st.integers(0, 2**21))
    if member.type in (b"1", b"2"):
        member.linkname = draw(NAME)
    return member, bytes(draw(st.integers(0, 1500))) if member.type == b"0" else b""


@settings(max_examples=60, deadline=None)
@given(st.lists(members(), max_size=6), st.sampled_from((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)))
def test_entries_are_what_tarfile_wrote(wrote: list[tuple[tarfile.TarInfo, bytes]], form: int) -> None:
    expected = [
        (clean(m.name), KINDS[m.type], m.mode, m.uid, m.gid, len(data), m.linkname if m.type in b"12" else "")
        for m, data in wrote
    ]
    data = tar(wrote, form)
    for stored in (data, gzip.compress(data, 1, mtime=0), zstandard.compress(data)):
        assert [entry[:7] for entry in walk(stored)] == expected


@settings(max_examples=150, deadline=None)
@given(
    st.lists(members(), min_size=1, max_size=8),
    st.sampled_from((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)),
    st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(0, 255)), max_size=2),
    st.booleans(),
)
def test_a_listing_is_what_its_entries_say(
    wrote: list[tuple[tarfile.TarInfo, bytes]], form: int, damage: list[tuple[int, int]], seal: bool
) -> None:
    """Both walks of a tar agree, damaged or not, also where a damaged header has a checksum that is right again."""
    for member, _ in wrote:
        if form == tarfile.USTAR_FORMAT:
            member.name, member.linkname, member.uid = member.name[:20], member.linkname[:20], member.uid & 0o777777
    try:
        data = bytearray(tar([*wrote, *wrote[:1], (tarfile.TarInfo("./last/.wh.x"), b"")], form))
    except ValueError:  # cut within a character
        return
    for at, byte in damage:
        data[at % len(data)] = byte
        header = at % len(data) & -512
        if seal:
            data[header : header + 512] = sealed(data[header : header + 512])
    expected, listed = outcome(lambda: walk(bytes(data))), outcome(lambda: nodes_of(bytes(data)))
    if isinstance(expected, str):
        assert listed == expected
        return
    nodes = {e.path: directory_node(e.size) if e.kind == "directory" else e.size for e in expected}
    nodes.pop("", None)
    assert listed[:3] == (nodes, sum(e.size for e in expected), parents_of(nodes))
    assert listed.deletes == any(".wh." in path for path in nodes)


def outcome(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except InputError as error:
        return str(error)


def nodes_of(data: bytes) -> Listing:
    with layer_windows(io.BytesIO(data), "layer") as windows:
        return list_layer(windows, "layer")


def test_a_file_and_a_stream_give_the_same_entries(tmp_path) -> None:
    data = layer("a/", "a/big:70000", "a/small:3", "b->a", "c:600000", "d:1")
    (tmp_path / "plain").write_bytes(data)
    part = FileSpan.of_path(tmp_path / "plain", "plain")
    assert list(layer_entries(part, "plain")) == walk(data)
    with layer_windows(FileSpan.of_path(tmp_path / "plain", "plain"), "plain") as windows:
        assert list_layer(windows, "plain") == nodes_of(data)


def test_bodies_begin_where_the_offset_says() -> None:
    data = tar([(tarfile.TarInfo("x" * 300), b"one"), (tarfile.TarInfo("y"), b"two")])
    assert [data[entry.offset : entry.offset + 3] for entry in walk(data)] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("./a//b/./c", "a/b/c"),
        ("/etc/passwd", "etc/passwd"),
        ("../up", "../up"),
        ("./", ""),
        ("a/../b", "b"),
        (".x", ".x"),
    ],
)
def test_names_are_cleaned(name: str, path: str) -> None:
    assert [entry.path for entry in walk(tar([(tarfile.TarInfo(name), b"")]))] == [path]


def test_a_name_that_is_no_utf8_keeps_its_bytes() -> None:
    data = tar([(tarfile.TarInfo("caf\udce9"), b"")], tarfile.GNU_FORMAT)
    assert walk(data)[0].path.encode("utf-8", "surrogateescape") == b"caf\xe9"


def test_global_pax_headers_are_passed_over() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", pax_headers={"comment": "c", "path": "global"}) as archive:
        archive.addfile(tarfile.TarInfo("a"))
    assert [entry.path for entry in walk(out.getvalue())] == ["a"]


def test_a_sparse_file_counts_its_whole_size() -> None:
    member = tarfile.TarInfo("GNUSparseFile.0/s")
    member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.realsize": "1048576", "GNU.sparse.name": "s"}
    entries = walk(tar([(member, bytes(1024)), (tarfile.TarInfo("after"), b"x")]))
    assert [(entry.path, entry.size) for entry in entries] == [("s", 1048576), ("after", 1)]


def test_an_old_gnu_sparse_file_has_its_map_before_the_body() -> None:
    header = bytearray(tarfile.TarInfo("s").tobuf(tarfile.GNU_FORMAT))
    header[156:157], header[124:136], header[483:495], header[482] = b"S", b"%011o\0" % 512, b"%011o\0" % 9999, 1
    map_block = bytes(504) + b"\0" + bytes(7)
    data = sealed(header) + map_block + bytes(512) + layer("after:1")
    assert [(entry.path, entry.size) for entry in walk(data)] == [("s", 9999), ("after", 1)]


def test_a_hard_link_has_no_body_whatever_its_size_says() -> None:
    header = bytearray(tarfile.TarInfo("h").tobuf(tarfile.USTAR_FORMAT))
    header[156:157], header[124:136] = b"1", b"%011o\0" % 700
    assert [(entry.path, entry.size) for entry in walk(sealed(header) + layer("after:1"))] == [("h", 700), ("after", 1)]


def test_a_directory_of_old_tars_has_only_its_slash() -> None:
    header = bytearray(tarfile.TarInfo("old/").tobuf(tarfile.USTAR_FORMAT))
    header[156] = 0
    assert walk(sealed(header))[0].kind == "directory"


def test_frames_and_members_follow_one_another() -> None:
    data = layer("a:1000", "b:10")
    half = len(data) // 2
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00meta"
    for compressed in (
        gzip.compress(data[:half], mtime=0) + gzip.compress(data[half:], mtime=0),
        skippable + zstandard.compress(data[:half]) + skippable + zstandard.compress(data[half:]),
    ):
        assert [entry.path for entry in walk(compressed)] == ["a", "b"]


def sealed(header: bytearray) -> bytes:
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


WHOLE = layer("a:600", "b:5000")
LONG = tar([(tarfile.TarInfo("n" * 3000), b"")])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (WHOLE[:700], "truncated"),
        (WHOLE[:300], "truncated"),
        (WHOLE[:2000], "truncated"),
        (LONG[:1024], "truncated"),
        (gzip.compress(WHOLE, mtime=0)[:-30], "truncated"),
        (zstandard.compress(WHOLE)[:-5], "truncated"),
        (zstandard.compress(WHOLE)[:12], "truncated"),
        (zstandard.compress(WHOLE) + b"\x50\x2a\x4d\x18\x09\x00", "truncated"),
        (zstandard.compress(WHOLE[:10240])[:9] + b"\xff" * 40, "damaged|truncated"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 40, "damaged"),
        (b"not a tar at all".ljust(512), "checksum"),
        (WHOLE[:10] + b"!" + WHOLE[11:], "checksum"),
        (bytes(512) + WHOLE, "zeros"),
        (sealed(bytearray(WHOLE[:124] + b"nonsense    " + WHOLE[136:512])), "number"),
        (sealed(bytearray(WHOLE[:124] + b"\xff" * 12 + WHOLE[136:512])), "negative"),
        (sealed(bytearray(WHOLE[:124] + b"\x80" + b"\x7f" * 11 + WHOLE[136:512])), "truncated"),
        (sealed(bytearray(LONG[:124] + b"77777777777\0" + LONG[136:512])), "extended header of"),
        (LONG.replace(b"path=", b"path:", 1), "not well formed"),
    ],
)
def test_damage_is_one_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        walk(data)
    assert raised.value.file == "layer"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(LONG + WHOLE) - 1), st.integers(0, 255), st.booleans())
def test_damage_anywhere_is_read_or_refused(at: int, byte: int, cut: bool) -> None:
    data = bytearray(LONG[:4096] + WHOLE)
    at %= len(data)
    data[at] = byte
    with contextlib.suppress(InputError):
        walk(bytes(data[:at] if cut else data))
