"""Where a side's files lie is decided once, of what the user said, and is a value from then on."""

from __future__ import annotations

import io
import os
import sys
import tarfile
from pathlib import Path

import pytest
from fixtures_path import SMALL
from repositories import commit, git

from layerscope.analysis.edited_side import ChangedPath
from layerscope.context.place import (
    ArchivePlace,
    DirectoryPlace,
    InputPlace,
    PatchedPlace,
    RevisionPlace,
    SnapshotPlace,
)
from layerscope.errors import InputError
from layerscope.inputs.changed import with_diff, with_revision
from layerscope.inputs.contexts import open_context
from layerscope.inputs.place import context_or_image, place_of
from layerscope.inputs.snapshot import save_snapshot

DOCKERFILE = "FROM busybox\nCOPY a /\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return commit(tmp_path / "app", {"Dockerfile": DOCKERFILE, "a": "1\n"})


def archive_of(app: Path) -> Path:
    packed = app.with_suffix(".tar")
    with tarfile.open(packed, "w") as archive:
        for name in ("Dockerfile", "a"):
            archive.add(app / name, name)
    return packed


def test_each_kind_of_place(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, saved = archive_of(app), app.with_suffix(".snapshot")
    save_snapshot(open_context(app), str(saved))
    assert place_of(app) == DirectoryPlace(str(app))
    assert place_of(packed) == ArchivePlace(str(packed))
    assert place_of(str(saved)) == SnapshotPlace(str(saved))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed.read_bytes())))
    given = place_of("-")
    assert isinstance(given, InputPlace)
    assert given.read() == given.read() == packed.read_bytes()
    assert place_of(given) is given
    for place in (app, packed, saved, given):
        assert open_context(place).place == place_of(place)
        assert context_or_image(place) == place_of(place)


def test_what_is_no_context(app: Path, tmp_path: Path) -> None:
    for image in (SMALL / "small.docker.tar", "busybox", "oci:nothing", tmp_path / "nothing", "a\0b"):
        assert context_or_image(image) is None
    with pytest.raises(InputError, match="nothing: no such file or directory"):
        place_of(tmp_path / "nothing")
    with pytest.raises(InputError, match="embedded null"):
        place_of("a\0b")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is not a directory"):
        open_context(tmp_path / "pipe")


def test_states_of_a_directory(app: Path) -> None:
    (app / "a").write_text("2\n")
    patch = app.with_suffix(".diff")
    patch.write_bytes(git(app, "diff"))
    git(app, "checkout", "-q", ".")
    side = open_context(app)
    before = with_revision(side, "HEAD")
    after, paths = with_diff(side, str(patch))
    assert before.place == RevisionPlace(DirectoryPlace(str(app)), "HEAD")
    assert before.reference == f"{app}@HEAD"
    assert after.place == PatchedPlace(DirectoryPlace(str(app)), str(patch))
    assert (after.reference, paths) == (str(app), (ChangedPath("a", (("", "a"),)),))
    for state in (before, after):
        with pytest.raises(InputError, match="another state already"):
            with_revision(state, "HEAD")
        with pytest.raises(InputError, match="not to a state made of it"):
            with_diff(state, str(patch))


def test_what_has_no_other_state(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, saved = archive_of(app), app.with_suffix(".snapshot")
    save_snapshot(open_context(app), str(saved))
    patch = app.with_suffix(".diff")
    patch.write_text("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n")
    for place in (packed, saved):
        with pytest.raises(InputError, match="an archive has no git history"):
            with_revision(open_context(place), "HEAD")
    assert with_diff(open_context(packed), str(patch))[1] == (ChangedPath("a", (("", "a"),)),)
    with pytest.raises(InputError, match="only their digests"):
        with_diff(open_context(saved), str(patch))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed.read_bytes())))
    with pytest.raises(InputError, match="a context that can be read again"):
        with_diff(open_context("-"), str(patch))


def test_the_dockerfile_is_remembered_as_it_was_named(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = app.with_name("other.df")
    other.write_text("FROM busybox\nRUN x\n")
    assert open_context(app).file is None
    assert open_context(app, file=other).file == str(other)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"FROM scratch\n")))
    read = open_context(app, file="-")
    assert (read.file, read.dockerfile.path) == (None, "standard input")
    assert with_revision(read, "HEAD").dockerfile is read.dockerfile
