"""`--cache`: what a policy is read from and shown as."""

from __future__ import annotations

from functools import partial

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
    """What is left before another build; each build is a day and the letters of what it used.

    What stands on another is given after it; a capital letter is built on the small one before it.
    """
    there: set[str] = set()
    retention = Retention(parse_policy(policy), dict.fromkeys("abcdABCD", 10))
    for day, used in builds:
        retention.before_build(day * 86400)
        there.update(used)
        retention.after_build(map(partial(_record, there), used))
    retention.before_build(builds[-1][0] * 86400)
    return "".join(sorted(there))


def _record(there: set[str], letter: str) -> CacheRecord:
    forget = partial(there.discard, letter)
    return CacheRecord(letter, letter, forget, forget, built_on=(letter.lower(),) if letter.isupper() else ())


@pytest.mark.parametrize(
    ("policy", "builds", "expected"),
    [
        ("unbounded", [(0, "ab"), (9, "cd")], "abcd"),
        ("last", [(0, "ab"), (1, "bc")], "bc"),
        ("days=2", [(0, "ab"), (1, "bc"), (3, "d")], "bcd"),
        ("last", [(0, "aA"), (1, "A")], "Aa"),  # what another is built on stays as long as that one
        ("last", [(0, "aA"), (1, "A"), (2, "b")], "b"),
        ("days=2", [(0, "aA"), (1, "A"), (3, "b")], "Aab"),
        ("size=20", [(0, "aA"), (1, "b")], "ab"),  # what nothing is built on goes first
        ("size=20", [(0, "ab"), (1, "c")], "bc"),
        ("size=20", [(0, "ab"), (1, "a"), (2, "b"), (3, "b"), (4, "c")], "bc"),  # seldom used counts as long unused
    ],
)
def test_what_is_kept(policy: str, builds: list[tuple[float, str]], expected: str) -> None:
    assert _kept(policy, builds) == expected
