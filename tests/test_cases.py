"""Recorded cases: what real engines did with a context and then another, against the prediction; no engine needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layerscope.graph.caches.policy import parse_policy
from tests.differential.case import Build, Case, Rule, file
from tests.differential.comparison import compare
from tests.differential.kept import predicted
from tests.differential.prediction import Store, predict_all
from tests.differential.real_builds import Actual
from tests.differential.record import rules_of
from tests.differential.recorded import UNBOUNDED, load_actual, load_case, load_rule, save_case

CASES = Path(__file__).parent / "cases"
RECORDINGS = [
    pytest.param(folder, builder, store, cache, actual, id="-".join((folder.name, builder, store, cache)))
    for folder in sorted(CASES.iterdir())
    for builder, store, cache, actual in load_actual(folder)
]
FOLDERS = [pytest.param(folder, id=folder.name) for folder in sorted(CASES.iterdir())]
NEW = Case("new", (Build({"Dockerfile": file("FROM busybox\n")}),))


@pytest.mark.parametrize(("folder", "builder", "store", "cache", "actual"), RECORDINGS)
def test_the_engine_did_what_is_predicted(
    folder: Path, builder: str, store: Store, cache: str, actual: list[Actual]
) -> None:
    case = load_case(folder)
    said = predict_all(case, builder, store) if cache == UNBOUNDED else predicted(case, parse_policy(cache), store)
    found = compare(said, actual)
    assert found.lines == []
    undecided = [row for row in found.open_steps if not row.endswith(tuple(case.open_steps))]
    assert undecided == [], "the inputs decide these steps"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_case_says_the_rule_it_shows(folder: Path) -> None:
    assert list(json.loads((folder / "case.json").read_text()))[:2] == ["rule", "source"]
    load_rule(folder)  # no rule, one that is no sentence and a source of another form are refused


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("", ()),
        (".", ()),
        ("no sentence", ()),
        ("A sentence.", ("convert.go",)),
        ("A sentence.", ("moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go",)),
        ("A sentence.", ("moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go: dispatchCopy",)),
        ("A sentence.", ("someone/else frontend/dockerfile/dockerfile2llb/convert.go dispatchCopy",)),
    ],
)
def test_what_is_no_rule_is_refused(text: str, sources: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"a rule is|a source is"):
        Rule(text, sources)


@pytest.mark.parametrize("sources", [(), ("moby/moby a.go f",), ("moby/moby a.go f", "moby/moby b.go T.f")])
def test_a_rule_is_read_as_it_was_written(tmp_path: Path, sources: tuple[str, ...]) -> None:
    rule = Rule("A sentence.", sources)
    save_case(NEW, tmp_path / NEW.name, rule)
    assert load_rule(tmp_path / NEW.name) == rule
    assert load_case(tmp_path / NEW.name) == NEW


def test_a_case_that_is_recorded_again_keeps_its_rule(tmp_path: Path) -> None:
    save_case(NEW, tmp_path / NEW.name, Rule("A sentence."))
    assert rules_of([NEW], tmp_path, None) == {NEW.name: Rule("A sentence.")}


def test_a_case_that_is_recorded_again_may_be_given_another_rule(tmp_path: Path) -> None:
    save_case(NEW, tmp_path / NEW.name, Rule("A sentence."))
    assert rules_of([NEW], tmp_path, Rule("Another sentence.")) == {NEW.name: Rule("Another sentence.")}


def test_a_new_case_needs_a_rule(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a new case needs --rule.*: new"):
        rules_of([NEW], tmp_path, None)


def test_a_rule_is_given_for_one_case(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name that case"):
        rules_of([NEW, NEW], tmp_path, Rule("A sentence."))
