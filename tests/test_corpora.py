"""The reader of BuildKit's corpora, on a small corpus of our own: what agrees, differs or is not understood is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.corpora.__main__ import main
from tests.corpora.dump import dump
from tests.corpora.go_source import GoFile
from tests.corpora.source import CorpusError, Source

MATCHES = """package patternmatcher // a comment with a `

type matchesTestCase struct { pattern, text string; pass bool }

func TestMatches(t *testing.T) {
	tests := []matchesTestCase{
		{"*.tmp", "a.tmp", true}, /* a row */ {"out/**", "out", false},
		ROW
	}
	multiPatternTests := []multiPatternTestCase{
		{[]string{"out", "!out/" + `kept`}, "out/kept", false},
	}
}

var matchTests = []matchTest{
	{"[\\x61-c]", "b", true, nil},
	{"a\\\\", "a", false, filepath.ErrBadPattern},
}

func TestMatch(t *testing.T) {}

func TestCompile(t *testing.T) {}

func TestNothing(t *testing.T) {
	match, _ := Matches("b", []string{"a"})
	if match {
		t.Errorf("match %v", match)
	}
}
"""

IGNORE = """package ignorefile

func TestReadAll(t *testing.T) {
	const content = `/a
# said
! /b
!`
	expected := []string{
		"a",
		"!b",
		"!",
	}
}
"""


def corpus(folder: Path, row: str, more: str = "") -> Path:
    (folder / "ignorefile").mkdir(parents=True)
    (folder / "patternmatcher_test.go").write_text(MATCHES.replace("ROW", row) + more)
    (folder / "ignorefile/ignorefile_test.go").write_text(IGNORE)
    return folder


def test_a_corpus_that_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--patternmatcher", str(corpus(tmp_path, '{"d", "d/e", true},'))]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].split() == ["all", "19", "19", "0", "4"]
    assert any(line.split() == ["TestMatch", "2", "2", "0", "0"] for line in said)


def test_a_row_that_differs_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--patternmatcher", str(corpus(tmp_path, '{"d", "e", true},'))]) == 1
    said = capsys.readouterr().out
    assert "TestMatches, with parents: ['d'] on 'e'\n  expected: True\n  found:    False\n" in said
    assert said.splitlines()[-1].split() == ["all", "19", "16", "3", "4"]


@pytest.mark.parametrize(
    ("row", "more", "message"),
    [
        ('{"d", unknown, true},', "", "patternmatcher_test.go:8: row not understood at 'unknown': unknown name"),
        ('{"d", "e" - "f", true},', "", "patternmatcher_test.go:8: row not understood at '-'"),
        ("", "func TestMore(t *testing.T) {}", "no call of New"),
        ("", "€", "no Go this reader knows: '€'"),
    ],
)
def test_what_is_not_understood_stops_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, more: str, message: str
) -> None:
    assert main(["--patternmatcher", str(corpus(tmp_path, row, more))]) == 2
    assert message in capsys.readouterr().err


def test_a_test_function_nobody_reads_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x_test.go").write_text("package x\n\nfunc TestA(t *testing.T) {}\n\nfunc TestB(t *testing.T) {}\n")
    tests = GoFile(Source(tmp_path), "x_test.go")
    tests.function("TestA")
    with pytest.raises(CorpusError, match="nobody reads: TestB"):
        tests.finish()


def test_a_bare_repository_is_read_at_a_revision(tmp_path: Path) -> None:
    work = corpus(tmp_path / "work", "")
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "one"], ["tag", "v1"]):
        subprocess.run(["git", "-C", str(work), *words], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(work), str(tmp_path / "bare")], check=True)
    source = Source(tmp_path / "bare", "v1")
    assert source.names("") == ["ignorefile", "patternmatcher_test.go"]
    assert source.text("ignorefile/ignorefile_test.go") == IGNORE
    with pytest.raises(CorpusError, match="no revision v2"):
        Source(tmp_path / "bare", "v2")


def test_the_dump_is_in_the_form_of_buildkit_s() -> None:
    text = (
        'FROM --platform=x a AS Base\nENV A="b c" D=e\nLABEL a b  c\nCMD [ "é\\t" ]\nEXPOSE 2 1\n'
        "HEALTHCHECK --retries=1 cmd a  b\nONBUILD RUN --mount=m x\nHEALTHCHECK\nODD a\n"
    )
    assert dump(text).splitlines() == [
        '(from ["--platform=x"] "a" "AS" "Base")',
        '(env "A" "\\"b c\\"" "=" "D" "e" "=")',
        '(label "a" "b  c" "")',
        '(cmd "é\\t")',
        '(expose "2" "1")',
        '(healthcheck ["--retries=1"] "cmd" "a  b")',
        '(onbuild (run ["--mount=m"] "x"))',
        "(healthcheck)",
        '(odd "")',
    ]
