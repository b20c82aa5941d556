"""Every answer in every format: a new format is one renderer and its line, a new answer touches no renderer."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest
from sample_answers import ANSWERS

from layerscope.answer import Answer, Column, Finding, Location, Rows, Sentence, Statement
from layerscope.figures import Figure, Unit, count
from layerscope.graph.outcomes import Outcome
from layerscope.report import formats
from layerscope.report.cells import cell_text, note_lines, sentence_text
from layerscope.report.formats import Format, page, render
from layerscope.values import Value

KINDS = pytest.mark.parametrize("kind", ANSWERS)


def test_every_format_has_its_renderer() -> None:
    assert set(Format) <= set(formats.RENDERERS)


def test_every_class_of_answers_has_a_sample() -> None:
    classes = set(Answer.__subclasses__())
    while more := {deeper for one in classes for deeper in one.__subclasses__()} - classes:
        classes |= more
    own = {each for each in classes if each.__module__.startswith("layerscope.")}
    assert own - {type(make()) for make in ANSWERS.values()} == set()


@KINDS
@pytest.mark.parametrize("output", Format)
def test_every_answer_in_every_format(kind: str, output: Format) -> None:
    answer = ANSWERS[kind]()
    text = render(answer, output)
    assert text.endswith("\n")
    assert text == render(answer, output), "the same bytes each time"
    if output is Format.json:
        assert json.loads(text) == answer.to_dict()
    else:
        assert sentence_text(answer.statement().headline).replace("<", "&lt;")[:20] in text.replace("<", "&lt;")


@KINDS
def test_a_page_never_shows_less_than_the_terminal(kind: str) -> None:
    answer = ANSWERS[kind]()
    said = answer.statement()
    shown = visible_text(page(answer))
    for rows in said.tables:
        for item in rows.items:
            for column in rows.in_a_table:
                cell = column.cell_of(item)
                unknown = cell is None or (isinstance(cell, Figure) and cell.value is None and not cell.is_at_least)
                assert ("unknown" if unknown else squeezed(cell_text(cell))) in shown, column.header
    for words in (said.headline, *said.paragraphs, *note_lines(said.notes)):
        assert squeezed(sentence_text(words).replace("`", "")) in shown.replace("`", "")


@KINDS
def test_colours_add_nothing_but_colours(kind: str) -> None:
    answer = ANSWERS[kind]()
    assert re.sub(r"\x1b\[\d+m", "", render(answer, Format.table, colour=True)) == render(answer, Format.table)


class Animal(Value):
    name: str
    legs: int
    outcome: Outcome


class Zoo(Answer):
    """An answer of which no renderer has heard."""

    animals: tuple[Animal, ...]

    def statement(self) -> Statement:
        columns = (
            Column("name", header="animal", is_name=True),
            Column("legs", header="legs", right=True),
            Column("outcome", header="state"),
            Column("weight", lambda _: Figure(None, Unit.BYTES, least=5_000), "weight", right=True),
        )
        animals = Rows(columns, self.animals, name="animals")
        places = [Finding("is-animal", each.name, Location("zoo.txt", at)) for at, each in enumerate(self.animals, 1)]
        headline = Sentence((count(len(self.animals), "animal"), "."))
        return Statement("zoo", headline, {"animals": animals}, (animals,), findings=lambda: places)


ZOO = Zoo((Animal("ant", 6, Outcome.REBUILT), Animal("pike", 0, Outcome.CACHED)))


def test_an_answer_that_no_renderer_knows_is_shown_in_all_formats() -> None:
    assert render(ZOO, Format.table).splitlines() == [
        "2 animals.",
        "",
        "animal  legs  state    weight",
        "ant        6  re-runs   ≥ 5kB",
        "pike       0  cached    ≥ 5kB",
    ]
    assert "| ant    |    6 | re-runs |  ≥ 5kB |" in render(ZOO, Format.markdown)
    assert json.loads(render(ZOO, Format.json)) == {
        "schema_version": 1,
        "command": "zoo",
        "animals": [
            {"name": "ant", "legs": 6, "outcome": "rebuilt", "weight": None},
            {"name": "pike", "legs": 0, "outcome": "cached", "weight": None},
        ],
    }
    assert "<code>pike</code>" in page(ZOO)


def lines_of_findings(said: Statement, _colour: bool) -> str:
    """A format as a tool for annotations would want it."""
    places = [(found.place or Location(said.command), found) for found in said.findings()]
    return "".join(f"{place.file}:{place.line or 1}: {found.text}\n" for place, found in places)


def first_table_as_csv(said: Statement, _colour: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for rows in said.tables[:1]:
        writer.writerow([column.header for column in rows.in_a_table])
        writer.writerows([cell_text(column.cell_of(item)) for column in rows.in_a_table] for item in rows.items)
    return out.getvalue()


@pytest.mark.parametrize("renderer", [lines_of_findings, first_table_as_csv])
def test_a_format_is_added_for_all_answers_in_one_place(
    renderer: formats.Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(formats.RENDERERS, "toy", renderer)
    answers = [*(make() for make in ANSWERS.values()), ZOO]
    texts = [render(answer, "toy") for answer in answers]
    assert len(texts) == len(ANSWERS) + 1
    if renderer is lines_of_findings:
        assert texts[-1] == "zoo.txt:1: ant\nzoo.txt:2: pike\n"
        assert "Dockerfile:3: [2/3] RUN make: follows" in texts[0]
    else:
        assert texts[-1].splitlines()[1] == "ant,6,re-runs,≥ 5kB"


def visible_text(html: str) -> str:
    """What a reader sees, without the document and the style sheet."""
    body = re.sub(r"<style>.*?</style>|<script.*?</script>", "", html, flags=re.DOTALL)
    return squeezed(unescape(re.sub(r"<[^>]*>", "", body)))


def squeezed(text: str) -> str:
    return " ".join(text.split())
