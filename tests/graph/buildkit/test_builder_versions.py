"""Versions of BuildKit: each has its rules, their changes stand in the list, and other versions have the nearest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from run import layerscope

from layerscope.graph.buildkit.versions import FRONTENDS, rules_of
from layerscope.graph.versions import BUILDKIT_RELEASES, nearest, release, version_assumption

ROOT = Path(__file__).parents[3]
LIST = (ROOT / "docs" / "builder-versions.md").read_text()
RULES = (ROOT / "layerscope" / "graph" / "buildkit" / "versions.py").read_text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.32", "0.32"), ("0.32.2", "0.32"), ("v0.25.2", "0.25"), ("v0.25.2+dfsg4", "0.25"), ("v0.32.0-rc1", "0.32"),
        (" 0.29 ", "0.29"), ("1", "1"), ("1.0", "1.0"), ("", None), ("new", None), ("0.x", None), ("v", None),
        ("0.32 0.31", None), ("0..1", None), ("-0.32", None), ("\u0660.32", None),
    ],
)  # fmt: skip
def test_a_version_is_of_a_release(text: str, found: str | None) -> None:
    assert release(text) == found


@pytest.mark.parametrize(
    ("version", "found"), [("0.9", "0.25"), ("0.25", "0.25"), ("0.32", "0.32"), ("0.100", "0.32"), ("1", "0.32")]
)
def test_the_nearest_release_counts(version: str, found: str) -> None:
    assert nearest(version, BUILDKIT_RELEASES) == found
    assert rules_of(version) == rules_of(found)


def test_what_is_not_modelled_is_said() -> None:
    assert all(version_assumption(version, BUILDKIT_RELEASES) is None for version in ("", *BUILDKIT_RELEASES))
    older = version_assumption("0.12", BUILDKIT_RELEASES)
    newer = version_assumption("0.33", BUILDKIT_RELEASES)
    assert older is not None
    assert newer is not None
    assert older.text == "this version is older than any that is modelled, and taken to do as 0.25 does"
    assert newer.text == "this version is newer than any that is modelled, and taken to do as 0.32 does"


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize(("asked", "printed"), [("0.33", "0.33"), ("v0.12.5", "0.12")])
def test_another_version_is_taken_with_an_assumption(
    builder: str, asked: str, printed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    (tmp_path / "a").write_text("1")
    words = ("--change", "a", "--builder", builder, "--builder-version", asked, "--format", "json")
    done = layerscope(capsys, "simulate", tmp_path, *words)
    assert (done.status, done.err) == (0, "")
    assert done.document["builder_version"] == printed
    assert [(a["kind"], a["subject"]) for a in done.document["assumptions"]] == [("builder-version", printed)]


def test_what_is_no_version_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    done = layerscope(capsys, "simulate", tmp_path, "--change", "a", "--builder-version", "newest")
    assert (done.status, done.out) == (2, "")
    assert done.err == "layerscope: newest: --builder-version takes a version, such as 0.32\n"


def test_every_change_of_a_rule_stands_in_the_list() -> None:
    commits = set(re.findall(r"\b[0-9a-f]{9}\b", RULES))
    assert len(commits) >= 7
    assert {commit for commit in commits if commit not in LIST} == set()


def test_every_release_stands_in_the_list_with_its_frontend() -> None:
    for version in BUILDKIT_RELEASES:
        frontend = rules_of(version).frontend.version
        assert re.search(rf"\| {re.escape(version)} \| (docker/dockerfile )?{re.escape(frontend)} \|", LIST)
    assert list(FRONTENDS) == [rules_of(version).frontend.version for version in BUILDKIT_RELEASES]
