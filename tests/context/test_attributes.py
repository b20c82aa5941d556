"""Extended attributes of files: which count, for whom, and that nothing remembered hides them."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.context import attributes
from layerscope.context.archive import read_archive
from layerscope.context.attributes import seen_by_classic, without_attributes
from layerscope.context.digest_memory import DigestMemory
from layerscope.context.directory import read_directory
from layerscope.context.tree import Directory, File, differences

SETTLING = 20_000_000
Given = Callable[..., Path]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """Makes a context of one file that has some attributes."""
    if not hasattr(os, "listxattr"):
        pytest.skip("this system tells no extended attributes")

    def make(name: str, content: str = "x", **values: str) -> Path:
        (tmp_path / name).mkdir(exist_ok=True)
        path = tmp_path / name / "f"
        path.write_text(content)
        try:
            for key, value in values.items():
                os.setxattr(path, key.replace("__", "."), value.encode())
        except OSError as error:
            pytest.skip(f"no such attribute here: {error}")
        return path.parent

    return make


def digest(context: Path) -> str:
    node = read_directory(str(context), remember=False).children["f"]
    assert isinstance(node, File)
    return node.digest


def test_a_file_with_an_attribute_is_another_than_one_without(given: Given) -> None:
    plain, one, other = given("a"), given("b", user__layer="1"), given("c", user__layer="2")
    assert differences(read_directory(str(plain)), read_directory(str(one))) == ["f"]
    assert differences(read_directory(str(one)), read_directory(str(other))) == ["f"]
    assert differences(read_directory(str(one)), read_directory(str(given("d", user__layer="1")))) == []
    assert digest(plain) == without_attributes(digest(one)) == without_attributes(digest(other))
    assert len({digest(plain), digest(one), digest(other)}) == 3


def test_a_large_file_has_attributes_too(given: Given) -> None:
    large = "x" * (1 << 20)
    assert differences(
        read_directory(str(given("a", large))), read_directory(str(given("b", large, user__layer="1")))
    ) == ["f"]


def test_the_same_values_under_other_names_are_others(given: Given) -> None:
    assert digest(given("a", user__a="1", user__b="2")) != digest(given("b", user__a="2", user__b="1"))
    assert digest(given("c", user__a="1")) != digest(given("d", user__a1=""))


@pytest.mark.parametrize("name", ["security__selinux", "security__other"])
def test_those_of_the_system_do_not_count(given: Given, name: str) -> None:
    assert digest(given("a")) == digest(given("b", **{name: "1"}))


def test_the_classic_builder_does_not_see_those_of_users(given: Given) -> None:
    assert seen_by_classic(digest(given("a", user__layer="1"))) == digest(given("b"))


def test_an_attribute_that_came_later_is_seen_behind_a_remembered_digest(given: Given, tmp_path: Path) -> None:
    before, after = given("a"), given("b")
    time.sleep(0.03)

    def changed() -> list[str]:
        remembered = DigestMemory(str(tmp_path / "memory"), settling=SETTLING)
        found = differences(*(read_directory(str(side), remember=remembered) for side in (before, after)))
        remembered.save()
        return found

    assert changed() == []
    status = (after / "f").stat()
    os.setxattr(after / "f", "user.layer", b"1")
    assert (after / "f").stat().st_mtime_ns == status.st_mtime_ns
    assert changed() == ["f"]
    time.sleep(0.03)
    assert changed() == ["f"]
    os.removexattr(after / "f", "user.layer")
    assert changed() == []


def archive(**headers: str) -> Directory:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("f")
        entry.size, entry.pax_headers = 1, {key.replace("__", "."): value for key, value in headers.items()}
        tar.addfile(entry, io.BytesIO(b"x"))
    return read_archive(lambda: io.BytesIO(packed.getvalue()), "archive").tree


def test_an_archive_tells_attributes_in_its_headers() -> None:
    plain, one = archive(), archive(SCHILY__xattr__user__layer="1")
    assert differences(plain, one) == ["f"]
    assert differences(one, archive(SCHILY__xattr__user__layer="1")) == []
    assert differences(plain, archive(SCHILY__xattr__security__selinux="1", comment="x")) == []
    binary = archive(SCHILY__xattr__security__capability="\x01\x00\udcff")
    assert differences(plain, binary) == ["f"]


def test_the_classic_builder_sees_those_of_an_archive() -> None:
    node = archive(SCHILY__xattr__user__layer="1").children["f"]
    assert isinstance(node, File)
    assert seen_by_classic(node.digest) == node.digest != without_attributes(node.digest)


def test_what_is_not_listed_is_none(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attributes, "_listed", lambda _: ())  # as where the system has no such call
    assert digest(given("a", user__layer="1")) == digest(given("b"))
