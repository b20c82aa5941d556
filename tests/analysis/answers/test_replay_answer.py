"""What `replay` says: the sums of its headline are those of its tables, and every commit stands in its document."""

from __future__ import annotations

import pytest
from sample_answers import replay, replayed

from layerscope.analysis.answers.replay import Replay, ReplayedCosts
from layerscope.analysis.answers.replayed_totals import CauseHistory, Week, week_rows
from layerscope.analysis.cause import FileCause
from layerscope.analysis.file_parts import FilePart
from layerscope.answer import Assumption, Rows, Sentence
from layerscope.figures import Source
from layerscope.report.cells import note_lines, sentence_text, title_text
from layerscope.report.formats import Format, page, render
from layerscope.values import replace


def tables(answer: Replay | ReplayedCosts) -> dict[str, Rows]:
    return {rows.name: rows for rows in answer.statement().tables}


def headline(answer: Replay | ReplayedCosts) -> str:
    return sentence_text(answer.statement().headline)


def test_the_headline_tells_all_that_is_known() -> None:
    assert headline(replayed(COPY=0.5, RUN=12.0)) == (
        "2 commits that both can build re-ran 3 steps, 13 s ($0.13), and 1 more may have: the dearest is "
        "`[3/3] RUN make` (line 3), in 50 % of the commits that have it. With Dockerfile.new it would have been "
        "2 steps, 1.0 s ($0.01); 1 commit is lost: not both sides can build it."
    )


@pytest.mark.parametrize("source", [Source.MEASURED, Source.ESTIMATED])
def test_a_sum_with_an_unknown_part_is_at_least_in_headline_table_and_page(source: Source) -> None:
    answer = replayed(COPY=0.5)
    answer = replace(answer, cost_source=source)
    about, mark = ("about ", "~") if source is Source.ESTIMATED else ("", "")
    said = answer.statement().headline
    assert f"2 commits that both can build re-ran 3 steps, at least {about}1.0 s, and" in sentence_text(said)
    assert isinstance(said, Sentence) and answer.own.figure in said.parts
    assert f"≥ {mark}1.0 s" in render(answer, Format.table)
    assert f"≥ {mark}1.0 s" in page(answer)
    assert f"at least {about}1.0 s" in page(answer)
    assert "$" not in sentence_text(said).partition(". With")[0], "no price of what is not known"
    summary = answer.to_dict()["summary"]
    assert (summary["rebuild_seconds"], summary["known_seconds"], summary["money"]) == (None, 1.0, None)


def test_without_seconds_the_step_that_re_ran_most_often_is_named() -> None:
    assert headline(replay()) == (
        "2 commits re-ran 3 steps, and 1 more may have: most often `[2/3] COPY . .` (line 2), in 100 % of the commits "
        "that have it."
    )
    assert "Seconds are unknown" in render(replay(), Format.table)


def test_a_walk_alone_says_what_the_command_says() -> None:
    assert replay().statement().members["commits"] == ReplayedCosts.of(replay()).statement().members["commits"]
    assert replay().to_dict() == ReplayedCosts.of(replay()).to_dict()
    assert render(replay(), Format.table) == render(ReplayedCosts.of(replay()), Format.table)


def test_the_document_has_every_commit_with_every_step() -> None:
    commits = replayed(COPY=0.5, RUN=12.0).to_dict()["commits"]
    assert [len(commit["steps"]) for commit in commits] == [2, 2, 2, 0]
    assert [commit["buildable"] for commit in commits] == [True, True, True, False]
    assert commits[3]["error"] == "Dockerfile:1: unknown instruction"
    assert commits[1]["steps"][1] == {
        "name": "[3/3] RUN make",
        "outcome": "rebuilt",
        "because": ["app.rb", "ARG VERSION"],
    }
    assert [commit["rebuild_seconds"] for commit in commits] == [12.5, 12.5, 0.5, None]
    assert [commit["cost_source"] for commit in commits] == ["measured", "measured", "measured", "none"]


def test_another_dockerfile_stands_beside_the_own_ones() -> None:
    answer = replayed(COPY=0.5, RUN=12.0)
    assert list(tables(answer)) == ["history", "lost", "steps", "causes", "weeks"]
    assert [column.header for column in tables(answer)["history"].columns] == ["", "as it was", "with Dockerfile.new"]
    other = answer.to_dict()["with_file"]
    assert (other["file"], other["summary"]["rebuild_seconds"]) == ("Dockerfile.new", 1.0)
    assert (other["before"]["rebuild_seconds"], other["after"]["rebuild_seconds"]) == (13.0, 1.0)
    assert (other["commits"], other["comparable"]) == (3, 2)
    assert other["by_commit"][1] == {"commit": 40 * "1", "rebuilt": 1, "rebuild_seconds": 0.5}
    assert "with_file" not in ReplayedCosts.of(answer.own).to_dict()


def test_the_newest_weeks_and_the_dearest_causes_are_shown_first() -> None:
    causes = tuple(CauseHistory(FileCause(f"f{n}", FilePart.CONTENT), 1, 1, 1.0, 1.0) for n in range(150))
    many = replace(replayed(COPY=0.5, RUN=12.0).own, by_cause=causes)
    weeks = tuple(Week(f"2026-{n:02}-01", 1, n, 1.0 * n, 1.0 * n) for n in range(1, 11))
    of_weeks, of_causes = week_rows(weeks, Source.MEASURED), tables(many)["causes"]
    assert list(of_weeks.first_items) == list(weeks[2:])
    assert title_text(of_weeks) == "By week (the last 8 of 10)"
    assert list(of_causes.first_items) == list(causes[:12])
    assert title_text(of_causes) == (
        "What they re-ran for (the 12 dearest of 150); steps with several causes count for each"
    )
    assert len(many.to_dict()["summary"]["by_cause"]) == 150
    assert "<summary>88 of 138 more</summary>" in page(many)
    assert "########################" in render(many, Format.table)


def test_what_cannot_be_built_is_a_note_and_a_finding() -> None:
    said = replay().statement()
    assert [(one.rule, one.text) for one in said.findings()] == [
        ("unbuildable-commit", "333333333333 Dockerfile:1: unknown instruction")
    ]
    notes = note_lines(said.notes)
    assert "1 commit cannot be built; the first: 333333333333 Dockerfile:1: unknown instruction" in notes
    assert any("--include-cold" in note for note in notes)


@pytest.mark.parametrize(("number", "lines"), [(4, 4), (5, 1), (40, 1)])
def test_many_things_taken_for_granted_alike_get_one_line(number: int, lines: int) -> None:
    taken = tuple(Assumption("remote", f"image:{n}", "unmoved") for n in range(number))
    notes = note_lines(replace(replay(), assumptions=taken).statement().notes)
    told = [note for note in notes if note.startswith("Taken for granted: image:")]
    assert len(told) == lines
    if lines == 1:
        assert told[0].endswith(f"The like of {number - 1} more.")


def test_nothing_to_count_is_said() -> None:
    none = replace(replay(), commits=replay().commits[:1])
    assert headline(none) == "No build to count in 1 commit."
