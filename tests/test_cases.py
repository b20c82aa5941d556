"""Recorded cases: what real engines did with a context and then another, against the prediction; no engine needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential.comparison import compare
from tests.differential.prediction import Store, predict_all
from tests.differential.real_builds import Actual
from tests.differential.recorded import load_actual, load_case

CASES = Path(__file__).parent / "cases"
RECORDINGS = [
    pytest.param(folder, builder, store, actual, id=f"{folder.name}-{builder}-{store}")
    for folder in sorted(CASES.iterdir())
    for builder, store, actual in load_actual(folder)
]


@pytest.mark.parametrize(("folder", "builder", "store", "actual"), RECORDINGS)
def test_the_engine_did_what_is_predicted(folder: Path, builder: str, store: Store, actual: list[Actual]) -> None:
    case = load_case(folder)
    found = compare(predict_all(case, builder, store), actual)
    assert found.lines == []
    undecided = [row for row in found.open_steps if not row.endswith(tuple(case.open_steps))]
    assert undecided == [], "the inputs decide these steps"
