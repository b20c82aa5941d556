"""One instruction of an image with its layer: bytes in the image, bytes to pull, files, seconds to rebuild."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from layerscope.answer import Cell, Column, Rows, Tone
from layerscope.cost.model import Cost
from layerscope.figures import Figure, known_or_guessed, seconds, share, size
from layerscope.values import Value

# Columns of a table; a document has an order of its own.
_IN_ORDER = (
    *("line", "size", "share", "compressed", "added", "modified", "removed"),
    *("hidden later", "seconds", "instruction"),
)


class InstructionCost(Value):
    """One history entry with its layer, or a layer that no entry accounts for. Sizes in bytes, None where not known.

    text: the instruction, or what a builder without instructions calls its layer. base: the base image's own entry.
    hidden_size: the bytes of it that later layers overwrite or delete. compressed_estimate: where compressed_size is
    not known.
    """

    index: int
    instruction: str
    text: str
    created_by: str
    created: str | None
    line: int | None
    empty_layer: bool
    layer_digest: str | None
    diff_id: str | None
    base: bool
    size: int | None
    compressed_size: int | None
    files_added: int | None
    files_modified: int | None
    files_removed: int | None
    cost: Cost
    hidden_size: int | None = None
    compressed_estimate: int | None = None

    @property
    def compressed(self) -> Figure:
        """Bytes to pull."""
        return known_or_guessed(self.compressed_size, self.compressed_estimate)


def instruction_rows(rows: Sequence[InstructionCost], whole: int | None, *, tells_hidden: bool) -> Rows:
    """Every instruction, oldest first; a column that none of them fills is in documents alone.

    whole: bytes of the image. tells_hidden: whether a document has the bytes that later layers hide.
    """
    lined = any(row.line is not None for row in rows)
    based = any(row.base for row in rows)
    read = any(row.files_added is not None and not row.empty_layer for row in rows)
    hidden = any(row.hidden_size for row in rows)
    timed = any(row.cost.known for row in rows)
    columns = (
        Column("index"),
        Column(
            "instruction", _words, "instruction", tone=_tone, is_name=True, most=68, plain=attrgetter("instruction")
        ),
        Column("created_by"),
        Column("created"),
        Column(
            "line", _line if lined else _base, "line" if lined or based else None, right=True, plain=attrgetter("line")
        ),
        Column("empty_layer"),
        Column("layer_digest"),
        Column("diff_id"),
        Column("base"),
        Column("size", lambda row: size(row.size), "size", right=True),
        Column("", lambda row: share(row.size, whole), "share", right=True),
        Column(
            "compressed_size",
            attrgetter("compressed"),
            "compressed",
            right=True,
            plain=attrgetter("compressed_size"),
        ),
        Column("files_added", header="added" if read else None, right=True),
        Column("files_modified", header="modified" if read else None, right=True),
        Column("files_removed", header="removed" if read else None, right=True),
        Column("cost_seconds", _seconds, "seconds" if timed else None, right=True),
        Column("cost_source", attrgetter("cost.source")),
        Column(
            "hidden_size" if tells_hidden else "",
            _hidden,
            "hidden later" if hidden else None,
            right=True,
            plain=attrgetter("hidden_size"),
        ),
    )
    headers = {column.header for column in columns}
    shown = tuple(name for name in _IN_ORDER if name in headers)
    heading = "Instruction by instruction"
    return Rows(columns, rows, name="instructions", shown=shown, heading=heading, lead="Oldest first.")


def shown_text(instruction: str) -> str:
    """The words of an instruction; some images record none."""
    return instruction or "(no instruction recorded)"


def _words(row: InstructionCost) -> str:
    return shown_text(row.text)


def _tone(row: InstructionCost) -> Tone:
    return Tone.QUIET if row.base or row.empty_layer else Tone.PLAIN


def _line(row: InstructionCost) -> Cell:
    return "base" if row.line is None and row.base else row.line


def _base(row: InstructionCost) -> Cell:
    """Where no line is known at all, only what the base has written is told apart."""
    return "base" if row.base else ""


def _seconds(row: InstructionCost) -> Figure:
    return seconds(row.cost.seconds, row.cost.source)


def _hidden(row: InstructionCost) -> Cell:
    return "" if row.hidden_size == 0 else size(row.hidden_size)
