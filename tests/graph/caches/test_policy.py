"""`--cache`: what a policy is read from and shown as."""

from __future__ import annotations

import pytest

from layerscope.graph.caches.policy import parse_policy
from layerscope.graph.caches.retention import CacheRecord, Retention


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("unbounded", "unbounded"),
        ("last", "last"),
        ("none", "none"),
        ("days=7", "days=7"),
        ("size=1.5kB", "size=1500"),
        ("size=10gb", "size=10000000000"),
        ("size=2.3 G", "size=2300000000"),
        ("size=12", "size=12"),
        ("registry", "registry,mode=min"),
        ("gha,mode=max", "gha,mode=max"),
    ],
)
def test_a_policy_is_shown_as_it_is_given(text: str, shown: str) -> None:
    assert str(parse_policy(text)) == shown
    assert parse_policy(shown) == parse_policy(text)


@pytest.mark.parametrize(
    "text",
    ["", "days", "days=0", "size=", "size=a", "size=1XB", "size=1GiB", "last=1", "gha,mode=all", "last,mode=min"],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unknown cache policy|needs a number of days|needs bytes"):
        parse_policy(text)


def _kept(policy: str, builds: list[tuple[float, str]]) -> str:
    """What is left before another build; each build is a day and the letters of what it used, parents first."""
    there: set[str] = set()
    retention = Retention(parse_policy(policy), dict.fromkeys("abcd", 10))
    for day, used in builds:
        retention.before_build(day * 86400)
        there.update(used)
        retention.after_build(CacheRecord(letter, letter, lambda gone=letter: there.discard(gone)) for letter in used)
    retention.before_build(builds[-1][0] * 86400)
    return "".join(sorted(there))


@pytest.mark.parametrize(
    ("policy", "builds", "expected"),
    [
        ("unbounded", [(0, "ab"), (9, "cd")], "abcd"),
        ("last", [(0, "ab"), (1, "bc")], "bc"),
        ("days=2", [(0, "ab"), (1, "bc"), (3, "d")], "bcd"),
        ("size=20", [(0, "abc")], "ab"),  # a parent does not go before what was built on it
        ("size=20", [(0, "ab"), (1, "c")], "ac"),
    ],
)
def test_what_is_kept(policy: str, builds: list[tuple[float, str]], expected: str) -> None:
    assert _kept(policy, builds) == expected
