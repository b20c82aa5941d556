"""Word expansion: text and what BuildKit makes of it, with A=a, E empty, U unset, P=a/b/c.tar.gz."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.dockerfile.expand import ExpansionError, expand, expand_words

ENV = {"A": "a", "E": "", "P": "a/b/c.tar.gz", "TWO": "x  y", "한": "k"}

EXPANDED = [
    ("$A", "a"), ("${A}", "a"), ("$U", ""), ("x${U}y", "xy"), ("$한", "k"), ("$A_", ""), ("${A}_", "a_"),
    ("$", "$"), ("$ A", "$ A"), ("$(A)", "$(A)"), ("$1", ""), ("$10x", "x"), ("$$A", "A"), ("$@$#$?", ""),
    (r"\$A", "$A"), (r"\\$A", r"\a"), (r"a\nb", "anb"), ("'$A'", "$A"), ('"$A"', "a"), (r'"\$A\"\n"', r'$A"\n'),
    ("${U-d}", "d"), ("${E-d}", ""), ("${E:-d}", "d"), ("${A:-d}", "a"), ("${U:-$A}", "a"), ("${U:-'q'}", "q"),
    ("${A+d}", "d"), ("${U+d}", ""), ("${E:+d}", ""), ("${E+d}", "d"), ("${A?no}", "a"),
    ("${P#*/}", "b/c.tar.gz"), ("${P##*/}", "c.tar.gz"), ("${P%.*}", "a/b/c.tar"), ("${P%%.*}", "a/b/c"),
    ("${P/b/X}", "a/X/c.tar.gz"), ("${P//?/X}", "X" * 12), ("${P/q/X}", "a/b/c.tar.gz"),
    (r"${P//\//-}", "a-b-c.tar.gz"), ("a<b", "a<b"), ("<<  EOF", "<<  EOF"),
]  # fmt: skip

REFUSED = [
    "'", '"', "a'b", "${A", "${", "${}", "${{A}}", "${:A}", "${#A}", "${A:0:1}", "${A^^}", "${A:#x}", "${U?gone}",
    "${U:?}", "${E:?}", "${A/x}", "${A/x/", r"${P/\x/y}",
]  # fmt: skip

KEPT = [
    ("$U", "$U"), ("${U}", "${U}"), ("${U:-$A}", "${U:-a}"), ("${U/b/$A}", "${U/b/a}"), ("$A", "a"),
    ("'$A'", "'$A'"), ('"$A"', '"a"'), (r'"a\"b"', '"a"b"'), (r"a\nb", "anb"), (r"\$A", "$A"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EXPANDED)
def test_expanded(text: str, expected: str) -> None:
    assert expand(text, ENV) == expected


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(ExpansionError):
        expand(text, ENV)


@pytest.mark.parametrize(("text", "expected"), KEPT)
def test_the_text_of_a_run_keeps_quotes_and_unset_names(text: str, expected: str) -> None:
    assert expand(text, ENV, keep_unset=True, raw_quotes=True) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a  b", ["a", "b"]), ("a$TWO", ["ax", "y"]),
        ('a"$TWO"', ["ax  y"]), (r"a\ b", ["a b"]), ("'a b' c", ["a b", "c"]),
        ("$U", []), ("cat <<EOF x", ["cat", "<<EOF", "x"]), ("cat << EOF", ["cat", "<< EOF"]),
    ],
)  # fmt: skip
def test_words(text: str, words: list[str]) -> None:
    assert expand_words(text, ENV) == words


def test_backtick_as_the_escape_character() -> None:
    assert expand("`$A\\$A", ENV, escape="`") == "$A\\a"


@given(st.text(alphabet="aA$_{}:-+?#%/'\"\\<E 1é\n", max_size=24))
def test_any_text_expands_or_is_refused(text: str) -> None:
    try:
        expand(text, ENV)
        expand_words(text, ENV, raw_quotes=True, raw_escapes=True, keep_unset=True)
    except ExpansionError:
        pass


@given(st.text(alphabet="abc /.,=+*?[]()|;&", max_size=30))
def test_text_without_special_characters_stays(text: str) -> None:
    assert expand(text, {}) == text
