"""Which of the builds that buildx notes are a command's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layerscope.recording.command import read_command
from layerscope.recording.history import BuildxHistory, RefWatch, metadata_refs


class Notes:
    """A client's folder of noted builds, as buildx writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.history = BuildxHistory(read_command(["docker", "build", "."]), {"BUILDX_CONFIG": str(folder)})

    def note(self, id: str, context: str, target: str = "default", node: str = "default") -> None:
        place = self.folder / "refs" / "default" / node
        place.mkdir(parents=True, exist_ok=True)
        (place / id).write_text(json.dumps({"Target": target, "LocalPath": context, "DockerfilePath": ""}))


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "buildx")


def watched(notes: Notes, tmp_path: Path, contexts: dict[str, str], *, several: bool = False) -> RefWatch:
    return RefWatch(notes.history, contexts, tmp_path / "turn", several=several)


def test_a_new_build_of_the_same_context_is_it(notes: Notes, tmp_path: Path) -> None:
    notes.note("old", str(tmp_path))
    (tmp_path / "link").symlink_to(tmp_path)
    with watched(notes, tmp_path, {"default": str(tmp_path / "link")}) as watch:
        notes.note("other", "/elsewhere")
        notes.note("mine", str(tmp_path))
        (notes.folder / "refs" / "default" / "default" / "torn").write_text('{"Tar')
    assert {target: ref.id for target, ref in watch.refs({}).items()} == {"default": "mine"}


def test_two_at_once_are_told_apart_by_what_the_command_told_or_not_at_all(notes: Notes, tmp_path: Path) -> None:
    with watched(notes, tmp_path, {"default": str(tmp_path)}) as watch:
        notes.note("one", str(tmp_path))
        notes.note("two", str(tmp_path))
    assert watch.refs({}) == {}
    assert watch.refs({"default": "two"})["default"].id == "two"
    assert watch.refs({"default": "of an earlier build"}) == {}


def test_a_build_on_several_nodes_is_one(notes: Notes, tmp_path: Path) -> None:
    with watched(notes, tmp_path, {"default": str(tmp_path)}) as watch:
        notes.note("one", str(tmp_path), node="a")
        notes.note("two", str(tmp_path), node="b")
    assert watch.refs({})["default"].id in {"one", "two"}


def test_targets_are_told_by_name(notes: Notes, tmp_path: Path) -> None:
    contexts = {"web": str(tmp_path), "db": str(tmp_path)}
    with watched(notes, tmp_path, contexts, several=True) as watch:
        for target in ("web", "db", "more"):
            notes.note(target, str(tmp_path), target)
    assert {target: ref.id for target, ref in watch.refs({}).items()} == {"web": "web", "db": "db"}


def test_what_comes_after_the_turn_is_anothers(notes: Notes, tmp_path: Path) -> None:
    contexts = {"default": str(tmp_path)}
    with watched(notes, tmp_path, contexts) as first:
        first.started()
        notes.note("one", str(tmp_path))
        with watched(notes, tmp_path, contexts) as second:  # waits for its turn
            notes.note("two", str(tmp_path))
    assert first.refs({})["default"].id == "one"
    assert second.refs({})["default"].id == "two"


@pytest.mark.parametrize(
    ("document", "ids"),
    [
        ({"buildx.build.ref": "b/n/one"}, {"default": "one"}),
        ({"web": {"buildx.build.ref": "b/n/one"}, "db": {"buildx.build.ref": "b/n/two"}}, {"web": "one", "db": "two"}),
        ({"default": {"buildx.build.ref": "b/n/one"}}, {"default": "one"}),
        ([], {}),
        ({"web": "x"}, {}),
    ],
)
def test_ids_of_a_metadata_file(tmp_path: Path, document: object, ids: dict[str, str]) -> None:
    (tmp_path / "metadata").write_text(json.dumps(document))
    assert metadata_refs(tmp_path / "metadata") == ids
    assert metadata_refs(tmp_path / "missing") == {}
