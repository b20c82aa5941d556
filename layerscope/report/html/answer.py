"""Any answer as a page: its sentence, its pictures, all of its tables, its notes, and its document for copying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from layerscope.answer import Answer, Rows, Statement, document
from layerscope.report.cells import note_lines, sentence_text
from layerscope.report.html.cells import heading_of, rows_table
from layerscope.report.html.page import Section, html_page, section
from layerscope.report.html.pictures import Pictures
from layerscope.report.html.text import quoted, text


def answer_page(answer: Answer) -> str:
    """The whole report as one HTML file that needs no network. A page shows all that a terminal does."""
    said, pictures = answer.statement(), pictures_of(answer)
    sections = [
        *_paragraphs(said),
        *pictures.above,
        *(_table(rows, pictures) for rows in said.tables),
        *pictures.below,
    ]
    eyebrow = f"<b>Layerscope</b> {text(said.command)} {quoted(said.subject)}"
    return html_page(eyebrow, sentence_text(said.headline), sections, note_lines(said.notes), document(said))


def answer_cell(answer: Answer) -> str:
    """The same without pictures, as a part of somebody else's page: a notebook's."""
    said = answer.statement()
    parts = [f"<p><strong>{quoted(sentence_text(said.headline))}</strong></p>"]
    parts += [part.html for part in _paragraphs(said)]
    parts += map(rows_table, said.tables)  # each has its title as a caption, which only a page's own style hides
    parts += [f"<p><small>{quoted(note)}</small></p>" for note in note_lines(said.notes)]
    return "\n".join(parts)


def pictures_of(answer: Answer) -> Pictures:
    """The pictures of an answer; none for most."""
    draw = _who_draws().get(type(answer))
    return Pictures() if draw is None else draw(answer)


def _who_draws() -> dict[type[Answer], Callable[[Any], Pictures]]:
    """An answer that wants pictures has its line here."""
    from layerscope.analysis.answers.comparison import Comparison
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.answers.replay import Replay, ReplayedCosts
    from layerscope.analysis.answers.simulation import Simulation
    from layerscope.report.html.comparison import comparison_pictures
    from layerscope.report.html.image import image_pictures
    from layerscope.report.html.replay import replay_pictures
    from layerscope.report.html.simulation import simulation_pictures

    return {
        Comparison: comparison_pictures,
        ImageCost: image_pictures,
        Replay: replay_pictures,
        ReplayedCosts: replay_pictures,
        Simulation: simulation_pictures,
    }


def _paragraphs(said: Statement) -> list[Section]:
    if not said.paragraphs:
        return []
    words = "\n".join(f"<p>{quoted(sentence_text(paragraph))}</p>" for paragraph in said.paragraphs)
    return [Section(f"<section>\n{words}\n</section>")]


def _table(rows: Rows, pictures: Pictures) -> Section:
    title, shown = heading_of(rows), rows_table(rows) if rows.items else '<p class="quiet">Nothing to list.</p>'
    beside = pictures.beside.get(rows.name)
    if rows.name in pictures.folded:
        summary = f"{title}, as a table" if beside is None else "As a table"
        shown = f"<details><summary>{text(summary)}</summary>\n{shown}\n</details>"
        if beside is None:  # a picture before it has told it already, under a heading of its own
            return Section(shown)
    return section(text(title), *([] if beside is None else [beside]), shown, lead=quoted(rows.lead))
