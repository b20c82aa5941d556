"""Cells in words; and whatever a name holds, it is one inert piece of text in each format."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layerscope.analysis.verdicts import Change, FileChange, Ran, Verdict
from layerscope.answer import (
    Answer,
    Assumption,
    Cell,
    Column,
    Cut,
    Past,
    Rows,
    Sentence,
    Statement,
    Tone,
    Words,
)
from layerscope.docker.push_log import LayerState
from layerscope.errors import printable
from layerscope.figures import Figure, Source, Unit, count, seconds, share, size
from layerscope.graph.outcomes import Outcome
from layerscope.report.cells import cell_text, note_lines, sentence_text, short_text, title_text, tone_of
from layerscope.report.formats import Format, page, render
from layerscope.report.outcomes import look_of

ESTIMATED = Source.ESTIMATED


@pytest.mark.parametrize(
    ("figure", "in_a_table", "in_a_sentence"),
    [
        (size(7_460_000), "7.46MB", "7.46MB"),
        (size(None), "-", "unknown"),
        (seconds(14.0), "14 s", "14 s"),
        (seconds(14.0, ESTIMATED), "~14 s", "about 14 s"),
        (seconds(None, least=3.0), "≥ 3.0 s", "at least 3.0 s"),
        (seconds(None, ESTIMATED, least=3.0), "≥ ~3.0 s", "at least about 3.0 s"),
        (seconds(None, least=0.0), "-", "unknown"),
        (seconds(None, ESTIMATED), "-", "unknown"),
        (seconds(2.0, least=3.0), "2.0 s", "2.0 s"),
        (count(1, "step"), "1 step", "1 step"),
        (count(0, "repository"), "0 repositories", "0 repositories"),
        (count(3, "step", most=5), "3 to 5 steps", "3 to 5 steps"),
        (count(3, most=3), "3", "3"),
        (share(1, 4), "25 %", "25 %"),
        (share(1, 0), "-", "unknown"),
        (Figure(-0.5, Unit.SHARE, signed=True), "-50%", "-50%"),
        (Figure(2_000, Unit.BYTES, signed=True), "+2kB", "+2kB"),
        (Figure(-3.0, Unit.SECONDS, signed=True), "-3.0 s", "-3.0 s"),
    ],
)
def test_figures_in_words(figure: Figure, in_a_table: str, in_a_sentence: str) -> None:
    assert cell_text(figure) == in_a_table
    assert sentence_text(Sentence((figure,))) == in_a_sentence


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "-"),
        ("", ""),
        (3, "3"),
        (True, "yes"),
        (False, "no"),
        (("a", "b"), "a, b"),
        ((), ""),
        (Outcome.OUTPUT_DEPENDENT, "may re-run"),
        (Past(Outcome.OUTPUT_DEPENDENT), "either"),
        (Verdict.NOT_PRINTED, "not printed"),
        (LayerState.EXISTS, "exists"),
        (Unit.BYTES, "bytes"),
        (Sentence((Outcome.REBUILT, " (", seconds(2.0, ESTIMATED), ")")), "re-runs (~2.0 s)"),
    ],
)
def test_cells_in_words(cell: Cell, text: str) -> None:
    assert cell_text(cell) == text


@pytest.mark.parametrize("member", [*Outcome, *Verdict, *Ran, *Change, *FileChange, *LayerState])
def test_every_closed_set_has_its_words_and_signs_in_the_one_table(member: Outcome) -> None:
    look = look_of(member)
    assert look.word
    assert look.sign


def test_short_cells_keep_their_tail_and_say_how_many_names_are_left_out() -> None:
    names = Column("", lambda item: item, "", first=3)
    assert short_text(names, None, ("a", "b", "c", "d", "e")) == "a, b, c and 2 more"
    path = Column("", lambda item: item, "", most=9, tail=lambda _: Sentence((" and ", count(2, "other"))))
    assert short_text(path, None, "a/very/long/path") == "a/ver…ath and 2 others"


def test_a_cut_is_told_in_the_title_only_where_something_is_left_out() -> None:
    rows = Rows((), (1, 2, 3), title="Files", title_end="; all count", cut=Cut(2, "the {} largest of {}"))
    assert title_text(rows) == "Files (the 2 largest of 3); all count"
    assert list(rows.first_items) == [1, 2]
    assert title_text(Rows((), (1, 2), title="Files", cut=Cut(2))) == "Files"
    assert list(Rows((), (1, 2, 3), cut=Cut(2, last=True)).first_items) == [2, 3]


def test_tones_follow_the_column_then_the_member() -> None:
    plain, toned = Column("a"), Column("a", tone=lambda _: Tone.QUIET)
    assert tone_of(plain, None, Outcome.REBUILT) is Tone.BAD
    assert tone_of(plain, None, Sentence(("x", Outcome.CACHED))) is Tone.GOOD
    assert tone_of(plain, None, "x") is Tone.PLAIN
    assert tone_of(toned, None, Outcome.REBUILT) is Tone.QUIET


def test_what_is_taken_for_granted_of_one_subject_is_one_line_where_the_first_stands() -> None:
    notes: tuple[Words | Assumption, ...] = (
        "First.",
        Assumption("remote", "a", "one"),
        Assumption("remote", "b", "two"),
        Assumption("base-config", "a", "three"),
        "Last.",
    )
    assert note_lines(notes) == [
        "First.",
        "Taken for granted: a: one. Also, three.",
        "Taken for granted: b: two.",
        "Last.",
    ]


class Named(Answer):
    """A name in every place of an answer where one may stand."""

    name: str

    def statement(self) -> Statement:
        columns = (
            Column("name", lambda item: item, "name", is_name=True),
            Column("words", lambda item: item, "words"),
            Column("names", lambda item: (item, item), "names", is_name=True),
            Column("", lambda item: Sentence((item, count(1, "step"))), "sentence"),
            Column("", lambda item: 5, "figure", right=True, tail=lambda item: item),
        )
        rows = Rows(columns, (self.name,), name="rows", title=self.name, detail=lambda item: item)
        notes = (self.name, Assumption("remote", self.name, self.name))
        return Statement("toy", self.name, {"rows": rows}, (rows,), (self.name,), notes, subject=self.name)


LOUD = "a|\\`<>&\"'\n\t\x1b[](!)*_#-~\u202e\u2028é字" + "\u05d0"
NAMES = st.text(st.characters(codec=None), min_size=1, max_size=30) | st.text(LOUD, min_size=1, max_size=12)


@given(NAMES)
@example("a|b\\|c\\\\|d")
@example("<img src=x onerror=alert(1)>")
@example("![x](https://evil.example/p.png) [y](z)")
@example("\x1b[31mred\x1b]8;;http://evil\x07")
@example("two\nlines\r\n\u2028three")
@example("\u202egpj.exe\u2066")
@example("\udcff\ud800")
@example("</script><!--<script>")
@example("`a`b`")
def test_any_name_is_inert_in_each_format(name: str) -> None:
    answer = Named(name)
    terminal, markdown, html = render(answer, Format.table), render(answer, Format.markdown), page(answer)

    assert lines_of_blocks(terminal) == [1, 1, 3, 2], "no line comes from a name"
    assert printable(name) in terminal
    assert not unprintable(terminal)

    assert lines_of_blocks(markdown) == [1, 1, 1, 3, 2]
    assert not unprintable(markdown)
    assert "<" not in markdown
    assert "](" not in markdown
    cells = [len(cells_of(line)) for line in markdown.splitlines() if line.startswith("| ")]
    assert cells == [5, 5, 5]

    assert json.loads(render(answer, Format.json)) == answer.to_dict()
    assert answer.to_dict()["rows"] == [{"name": name, "words": name, "names": [name, name]}]

    reader = Reader()
    reader.feed(html)
    assert reader.elements == EMPTY.elements, "no element comes from a name, but its fixed pitch and its breaks"
    assert not unprintable(html[html.index("</style>") : html.index("<script")])


def lines_of_blocks(text: str) -> list[int]:
    return [len(block.split("\n")) for block in text[:-1].split("\n\n")]


def unprintable(text: str) -> set[str]:
    return {letter for letter in text if not letter.isprintable() and letter != "\n"}


def cells_of(line: str) -> list[str]:
    """The cells of a row as GitHub splits it: at each bar that no backslash escapes, a backslash before it counted."""
    return re.findall(r"(?:\\.|[^|\\])+", line.strip().strip("|"))


class Reader(HTMLParser):
    """The elements of a page with the names of their attributes, in order, but those that set or break names."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"code", "wbr"}:
            self.elements.append((tag, tuple(key for key, _ in attrs)))


EMPTY = Reader()
EMPTY.feed(page(Named("a")))
