"""What `compare` says: one figure for headline, table and page; every change in words, signs and colours."""

from __future__ import annotations

import pytest
from sample_answers import compared_images, comparison

from layerscope.analysis.verdicts import Change, FileChange
from layerscope.answer import Rows, Sentence
from layerscope.figures import Figure, Source
from layerscope.report.cells import sentence_text
from layerscope.report.formats import Format, page, render
from layerscope.report.html.answer import pictures_of
from layerscope.report.outcomes import looks_of_questions
from layerscope.values import replace

KNOWN = pytest.mark.parametrize("known", [True, False])
SOURCE = pytest.mark.parametrize("source", [Source.MEASURED, Source.ESTIMATED])


def table(name: str, *, known: bool = True, source: Source = Source.MEASURED) -> Rows:
    return {rows.name: rows for rows in comparison(known=known, source=source).statement().tables}[name]


def figures_of(sentence: str | Sentence) -> list[Figure]:
    assert isinstance(sentence, Sentence)
    return [part for part in sentence.parts if isinstance(part, Figure)]


@KNOWN
@SOURCE
def test_a_history_s_headline_has_the_figures_of_its_table(known: bool, source: Source) -> None:
    answer = comparison(known=known, source=source)
    assert answer.history is not None
    headline = answer.statement().headline
    assert figures_of(headline)[2::2] == [answer.history.before.figure, answer.history.after.figure]
    assert [row[2] for row in table("history", known=known, source=source).items][1] == answer.history.after.figure
    assert ("at least" in sentence_text(headline)) is not known
    assert ("≥" in render(answer, Format.table)) is not known
    assert ("about" in sentence_text(headline)) is (source is Source.ESTIMATED)


@KNOWN
@SOURCE
def test_a_scenario_s_headline_has_the_figures_of_its_table(known: bool, source: Source) -> None:
    answer = replace(comparison(known=known, source=source), history=None)
    (scenario,) = answer.scenarios
    said = figures_of(scenario.headline)
    assert said[1::2] == [scenario.before.summary.seconds, scenario.after.summary.seconds]
    rows = table("scenarios", known=known, source=source)
    seconds = [column.cell_of(scenario) for column in rows.in_a_table if column.header == "seconds"]
    assert seconds == said[1::2]
    assert (said[3].is_at_least, "at least" in sentence_text(scenario.headline)) == (not known, not known)


def test_without_scenario_or_history_the_sizes_or_the_steps_are_the_answer() -> None:
    sized = compared_images()
    assert sentence_text(sized.statement().headline) == "app:v2 is 1kB smaller than app:v1."
    alike = replace(sized, after=replace(sized.after, size=sized.before.size))
    assert sentence_text(alike.statement().headline) == (
        "1 step differs between app:v1 and app:v2: 1 file added, 1 file changed, 1 file removed, "
        "1 file with another mode or owner, 1 file of equal size not compared."
    )


def test_every_change_has_its_look() -> None:
    looks = looks_of_questions()
    assert set(looks[Change]) == set(Change)
    assert set(looks[FileChange]) == set(FileChange)
    assert len({look.sign for look in looks[Change].values()}) == len(Change), "told apart without colours"
    assert [str(change) for change in Change] == ["same", "moved", "edited", "added", "removed", "refilled"]


def test_a_page_tells_an_edited_step_as_it_was_too() -> None:
    assert '<p class="why">Before: <code>RUN make</code></p>' in page(comparison())


def test_a_step_that_costs_what_it_did_says_nothing_of_it() -> None:
    rows = table("steps")
    shown = {column.header: column for column in rows.in_a_table}
    assert [shown["size"].cell_of(one) == "" for one in rows.items] == [True, True, False, False, False]
    assert [shown["seconds"].cell_of(one) == "" for one in rows.items] == [True, True, False, False, False]
    unknown = shown["seconds"].cell_of(rows.items[3])
    assert isinstance(unknown, Figure) and unknown.is_unknown
    assert rows.items[4].after is None and shown["step"].cell_of(rows.items[4]) == "RUN make"


def test_documents_name_both_rows_of_a_change() -> None:
    steps = comparison().to_dict()["steps"]
    assert [step["change"] for step in steps] == ["same", "moved", "edited", "added", "removed"]
    assert steps[2]["before"] == {"name": "[2/3] RUN make", "line": 3}
    assert (steps[3]["before"], steps[4]["after"]) == (None, None)
    assert (steps[2]["size_delta"], steps[3]["size_delta"]) == (-200, None)


def test_files_and_a_push_are_told_of_images_alone() -> None:
    of_contexts, of_images = comparison().to_dict(), compared_images().to_dict()
    assert not {"files", "push"} & of_contexts.keys()
    assert of_images["files"]["removed"] == {"count": 1, "bytes": -900}
    assert [one["change"] for one in of_images["files"]["largest"]] == ["removed", "changed", "added"]
    assert of_images["push"]["skipped_because"] == "layer already exists"
    shown = render(compared_images(), Format.table)
    assert "a push skips: layer already exists" in shown
    assert "(no instruction recorded)" in shown


def test_pictures_stand_beside_tables_that_there_are() -> None:
    for answer in (comparison(), compared_images()):
        pictures = pictures_of(answer)
        names = {rows.name for rows in answer.statement().tables}
        assert pictures.folded <= names
        assert pictures.beside.keys() - names <= {"scenarios"}


def test_the_most_telling_scenario_is_found_in_one_unit() -> None:
    """Where the seconds of one are unknown, steps decide among all."""
    known, open_one = comparison().scenarios[0], comparison(known=False).scenarios[0]
    fewer = replace(open_one.after, summary=replace(open_one.after.summary, rebuilt=0))
    much = replace(open_one, change=("much",), after=fewer)
    assert (known.saved_seconds, much.saved_seconds) == (0.0, None)
    dear = replace(known, after=replace(known.after, summary=replace(known.after.summary, rebuild_seconds=0.0)))
    assert replace(comparison(), scenarios=(known, dear)).most_telling == dear
    assert replace(comparison(), scenarios=(dear, much)).most_telling == much


def test_open_steps_stand_in_the_headline_of_a_scenario() -> None:
    scenario = comparison().scenarios[0]
    summary = scenario.after.summary
    assert summary.output_dependent, "the sample has one"
    said = sentence_text(scenario.headline)
    assert f"{summary.rebuilt} to {summary.rebuilt + summary.output_dependent} steps" in said


def test_commits_that_are_lost_stand_in_headline_tables_and_findings() -> None:
    said = comparison().statement()
    assert sentence_text(said.headline) == (
        "The 20 commits that both can build would have re-run 31 steps (5 min 00 s) before and 7 steps (40 s) after; "
        "2 commits are lost: not both sides can build them."
    )
    assert [rows.name for rows in said.tables][:4] == ["sides", "scenarios", "history", "lost"]
    assert [one.text for one in said.findings()] == [f"{12 * digit} after: lock: no such file" for digit in "12"]
    history = comparison().history
    assert history is not None
    none = replace(history, comparable=0)
    assert sentence_text(none.headline).startswith("No commit can be compared; 2 commits are lost")
    open_sum = replace(history.before, rebuilt=3, output_dependent=2, seconds=None, known_seconds=0.0)
    told = sentence_text(replace(history, lost=(), before=open_sum).headline)
    assert told == "The last 20 commits would have re-run 3 to 5 steps before and 7 steps (40 s) after."
