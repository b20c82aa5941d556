"""What answers declare: each thing once, in words that every format shows alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sample_answers import ANSWERS, simulation

from layerscope.answer import SCHEMA_VERSION, Rows, Statement
from layerscope.figures import Figure, Source
from layerscope.report.cells import sentence_text

KINDS = pytest.mark.parametrize("kind", ANSWERS)


def rows_of(said: Statement) -> Iterator[Rows]:
    yield from said.tables
    yield from (value for value in said.members.values() if isinstance(value, Rows))


@KINDS
def test_every_key_of_a_document_is_declared_once(kind: str) -> None:
    said = ANSWERS[kind]().statement()
    for rows in rows_of(said):
        keys = [column.key for column in rows.columns if column.key]
        assert len(keys) == len(set(keys))


@KINDS
def test_a_table_names_each_of_its_columns_once(kind: str) -> None:
    said = ANSWERS[kind]().statement()
    for rows in said.tables:
        assert len(rows.in_a_table) == len(rows.shown or [c for c in rows.columns if c.header is not None])
        for name in rows.shown:
            assert sum(name in (column.key, column.header) for column in rows.columns) == 1, name
        assert all(column.header is not None for column in rows.in_a_table)


@KINDS
def test_documents_hold_plain_values_only_and_say_what_they_are(kind: str) -> None:
    document = ANSWERS[kind]().to_dict()
    assert list(document)[:2] == ["schema_version", "command"]
    assert document["schema_version"] == SCHEMA_VERSION
    assert {type(value) for value in values_in(document)} <= {str, int, float, bool, type(None)}


@KINDS
def test_tables_have_a_name_and_a_page_all_columns_that_people_see(kind: str) -> None:
    for rows in ANSWERS[kind]().statement().tables:
        assert rows.name or rows.title
        assert rows.on_a_page[: len(rows.in_a_table)] == rows.in_a_table


@KINDS
def test_findings_point_to_a_file_or_to_nothing(kind: str) -> None:
    found = list(ANSWERS[kind]().statement().findings())
    assert all(finding.text and finding.rule == finding.rule.lower().replace(" ", "-") for finding in found)
    assert all(finding.place is None or finding.place.file for finding in found)


def test_simulate_marks_steps_that_are_not_cached_and_paths_that_nothing_reads() -> None:
    found = [(f.rule, f.place.line, f.weight) for f in simulation().statement().findings() if f.place is not None]
    assert found == [
        ("step-re-runs", 2, "warning"),
        ("step-re-runs", 3, "warning"),
        ("step-may-re-run", 6, "warning"),
        ("unread-change", None, "note"),
    ]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("source", [Source.MEASURED, Source.ESTIMATED])
def test_a_headline_says_at_least_where_its_total_is_known_in_part(known: bool, source: Source) -> None:
    answer = simulation(known=known, source=source)
    said = answer.statement()
    total = answer.summary.seconds
    headline = sentence_text(said.headline)
    assert ("at least" in headline) is total.is_at_least is not known
    assert ("about" in headline) is (source is Source.ESTIMATED)
    assert total in said.headline.parts, "the table's own figure"
    assert said.members["summary"]["rebuild_seconds"] == total


def test_a_figure_of_which_nothing_is_known_is_no_at_least() -> None:
    assert not Figure(None, least=0.0).is_at_least
    assert not Figure(None).is_at_least


def values_in(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for each in value.values():
            yield from values_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from values_in(each)
    else:
        yield value
