"""An answer for a terminal or a log: aligned columns, colours only where they are seen."""

from __future__ import annotations

from layerscope.answer import Rows, Statement, Tone
from layerscope.errors import printable
from layerscope.report.cells import note_lines, sentence_text, short_header, short_text, title_text, tone_of

_COLOURS = {Tone.GOOD: "32", Tone.BAD: "31", Tone.OPEN: "33", Tone.QUIET: "2", Tone.STRONG: "1"}


def render_text(said: Statement, *, colour: bool = False) -> str:
    """The answer first, then sentences, tables and notes. colour: whether the stream is a terminal."""

    def toned(text: str, tone: Tone) -> str:
        return f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m" if colour and text and tone is not Tone.PLAIN else text

    def table(rows: Rows) -> str:
        title = printable(title_text(rows))
        return (f"{toned(title, Tone.STRONG)}\n" if title else "") + grid(rows)

    def grid(rows: Rows) -> str:
        columns = rows.in_a_table
        lines = [[(printable(short_header(column)), Tone.QUIET) for column in columns]]
        cells_of = [(column, column.cell_of) for column in columns]
        for item in rows.first_items:
            cells = [(column, of(item)) for column, of in cells_of]
            lines.append([(printable(short_text(c, item, cell)), tone_of(c, item, cell)) for c, cell in cells])
        widths = [max(text_width(text) for text, _ in column) for column in zip(*lines, strict=True)]
        rights = [column.right for column in columns]
        return "\n".join(
            "  ".join(
                _padded(text, toned(text, tone), width, right)
                for (text, tone), width, right in zip(line, widths, rights, strict=True)
            ).rstrip()
            for line in lines
        )

    blocks = [toned(printable(sentence_text(said.headline)), Tone.STRONG)]
    blocks += [printable(sentence_text(paragraph)) for paragraph in said.paragraphs]
    blocks += map(table, said.tables)
    if said.notes:
        blocks.append("\n".join(toned(printable(note), Tone.QUIET) for note in note_lines(said.notes)))
    return "\n\n".join(blocks) + "\n"


def text_width(text: str) -> int:
    """Columns of a terminal: wide letters take two, marks on the letter before them none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, shown: str, width: int, right: bool) -> str:
    space = " " * (width - text_width(text))
    return space + shown if right else shown + space
