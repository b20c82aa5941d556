"""Recorded cases of `.git`: what engines did with each work tree, against what is said of the commits alone."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from repositories import git

from tests.differential.case import lay_out
from tests.differential.comparison import compare
from tests.differential.histories import Committed, predicted, since
from tests.differential.prediction import Store
from tests.differential.recorded import Recording, load_actual, load_case

RECORDINGS = [
    pytest.param(folder, one, id="-".join((folder.name, *one.key)))
    for folder in sorted((Path(__file__).parent / "cases").glob("git-*"))
    for one in load_actual(folder)
]


@pytest.mark.parametrize(("folder", "recording"), RECORDINGS)
def test_what_is_said_of_commits_is_what_engines_did(folder: Path, recording: Recording, tmp_path: Path) -> None:
    case, actual = load_case(folder), recording.actual
    how = recording.builder, cast(Store, recording.store), recording.release
    lay_out(case.builds[-1].files, tmp_path / "work")
    ids = git(tmp_path / "work", "rev-list", "--first-parent", "--reverse", "HEAD").decode().split()
    made = Committed(tmp_path / "work", case, tuple(ids))
    replayed = compare(predicted(made, *how, tmp_path), actual)
    assert (replayed.lines, replayed.open_steps) == ([], [])
    assert replayed.steps == sum(len(build.steps) for build in actual)
    last = compare(since(made, *how, tmp_path)[1:], actual[-1:])
    assert (last.lines, last.open_steps) == ([], [])


def test_every_kind_of_recording_is_there() -> None:
    recordings = [one for one in (param.values[1] for param in RECORDINGS) if isinstance(one, Recording)]
    kinds = {(one.builder, one.store) for one in recordings}
    assert kinds == {("buildkit", "containerd"), ("buildkit", "overlay2"), ("classic", "overlay2")}
