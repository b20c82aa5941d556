"""What `image` says: each column once for tables, pages and documents, and only where something fills it."""

from __future__ import annotations

import pytest
from sample_answers import image

from layerscope.answer import Rows
from layerscope.figures import Source
from layerscope.report.cells import cell_text, sentence_text
from layerscope.report.formats import Format, page, render
from layerscope.values import replace


def instructions(**given: bool) -> Rows:
    rows = image(**given).statement().tables[0]
    assert rows.name == "instructions"
    return rows


def headers(rows: Rows) -> list[str | None]:
    return [column.header for column in rows.in_a_table]


def test_columns_that_nothing_fills_are_in_documents_alone() -> None:
    read, unread = instructions(), instructions(read=False)
    everything = ["line", "size", "share", "compressed", "added", "modified", "removed", "hidden later", "seconds"]
    assert headers(read) == [*everything, "instruction"]
    assert headers(unread) == ["line", "size", "share", "compressed", "seconds", "instruction"]
    for rows in (read, unread):
        assert rows.on_a_page == rows.in_a_table, "a page has the columns of a terminal, no more and no fewer"
    keys = [list(row) for row in image(read=False).to_dict()["instructions"]]
    assert keys == [list(row) for row in image().to_dict()["instructions"]]


def test_bytes_that_later_layers_hide_stand_on_a_page_too() -> None:
    shown = page(image())
    assert ">hidden later</th>" in shown
    assert ">base<" in shown, "an instruction of the base is marked where it has no line"


def test_a_base_is_marked_where_no_line_is_known() -> None:
    unlined = replace(image(), instructions=tuple(replace(row, line=None) for row in image().instructions))
    rows = unlined.statement().tables[0]
    (line,) = (column for column in rows.in_a_table if column.header == "line")
    assert [cell_text(line.cell_of(row)) for row in rows.items] == ["base", "", "", ""]
    without = replace(unlined, instructions=tuple(replace(row, base=False) for row in unlined.instructions))
    assert "line" not in headers(without.statement().tables[0])


def test_contents_are_told_where_they_were_asked_for() -> None:
    plain, asked = image().to_dict(), image(asked=True).to_dict()
    assert not {"largest_files", "largest_directories", "leftovers", "duplicates"} & plain.keys()
    assert "hidden_size" not in plain["instructions"][0]
    assert asked["instructions"][2]["hidden_size"] == 2
    assert asked["leftovers"][0]["paths"] == ["/root/.cache/pip", "/home/.cache/pip"]
    assert asked["duplicates"] == [{"paths": ["/a", "/b"], "size": 5, "wasted_bytes": 5}]
    titles = [sentence_text(rows.title) for rows in image(asked=True).statement().tables]
    assert titles[2:] == [
        "Caches and leftovers",
        "The largest directories",
        "The largest files",
        "The same content under several paths: 5B in 1 case",
    ]
    assert replace(image(), duplicates=()).statement().notes[-1] == "No content lies under two paths."


def test_the_headline_says_what_is_known() -> None:
    told = {read: sentence_text(image(read=read).statement().headline) for read in (True, False)}
    assert told[True] == (
        "app:latest: 2kB, 1.5kB compressed in 3 layers; 900B of it from the base; 45B wasted (efficiency 97.0%)."
    )
    assert told[False] == "app:latest: of unknown size in 3 layers."


@pytest.mark.parametrize("layers", [109, 110])
def test_many_layers_and_leftovers_are_findings(layers: int) -> None:
    found = [(one.rule, one.weight) for one in replace(image(asked=True), layers=layers).statement().findings()]
    assert found == [*([("many-layers", "warning")] if layers == 110 else []), ("leftover", "note")]


def test_an_estimate_is_marked_in_every_format() -> None:
    answer = image(source=Source.ESTIMATED)
    assert "~4.0 s" in render(answer, Format.table)
    assert "~4.0 s" in page(answer)
    assert answer.to_dict()["instructions"][1]["cost_source"] == "estimated"
    assert any(str(note).startswith("~ is an estimate") for note in answer.statement().notes)
