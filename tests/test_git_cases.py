"""Recorded cases of `.git`: what engines did with each work tree, against what is said of the commits alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import git

from tests.differential.case import lay_out
from tests.differential.comparison import compare
from tests.differential.histories import Committed, predicted, since
from tests.differential.prediction import Store
from tests.differential.real_builds import Actual
from tests.differential.recorded import load_actual, load_case

RECORDINGS = [
    pytest.param(folder, builder, store, actual, id=f"{folder.name}-{builder}-{store}")
    for folder in sorted((Path(__file__).parent / "cases").glob("git-*"))
    for builder, store, actual in load_actual(folder)
]


@pytest.mark.parametrize(("folder", "builder", "store", "actual"), RECORDINGS)
def test_what_is_said_of_commits_is_what_engines_did(
    folder: Path, builder: str, store: Store, actual: list[Actual], tmp_path: Path
) -> None:
    case = load_case(folder)
    lay_out(case.builds[-1].files, tmp_path / "work")
    ids = git(tmp_path / "work", "rev-list", "--first-parent", "--reverse", "HEAD").decode().split()
    made = Committed(tmp_path / "work", case, tuple(ids))
    replayed = compare(predicted(made, builder, store, tmp_path), actual)
    assert (replayed.lines, replayed.open_steps) == ([], [])
    assert replayed.steps == sum(len(build.steps) for build in actual)
    last = compare(since(made, builder, store, tmp_path)[1:], actual[-1:])
    assert (last.lines, last.open_steps) == ([], [])


def test_every_kind_of_recording_is_there() -> None:
    kinds = {(builder, store) for _, builder, store, _ in (param.values for param in RECORDINGS)}
    assert kinds == {("buildkit", "containerd"), ("buildkit", "overlay2"), ("classic", "overlay2")}
