"""What each instruction of an image costs: bytes in the image, bytes to pull, seconds to rebuild, waste."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from layerscope.analysis.answers.image_contents import ImageContents, duplicate_rows
from layerscope.analysis.answers.instruction_cost import InstructionCost, instruction_rows
from layerscope.analysis.answers.notes import COMPRESSED_ESTIMATED, ESTIMATED
from layerscope.analysis.totals import total
from layerscope.answer import (
    Answer,
    Assumption,
    Column,
    Cut,
    Finding,
    Part,
    Rows,
    Sentence,
    Statement,
    assumption_members,
)
from layerscope.figures import Figure, Source, count, known_or_guessed, size

if TYPE_CHECKING:
    from layerscope.analysis.layer_listings import LayerListings
    from layerscope.image.layers.duplicates import Duplicate
    from layerscope.image.layers.efficiency import WastedFile

_LAYER_LIMIT = 127
_MANY_LAYERS = 110  # what is built on top needs layers, too


class SizeSource(str, Enum):
    """What tells an image's size; each is equal to its word in the machine interface."""

    LAYERS = "layers"  # the headers of their tars
    HISTORY = "history"
    HISTORY_ROUNDED = "history_rounded"  # as a table of it is printed

    def __str__(self) -> str:
        return self.value


class LinesFrom(str, Enum):
    """What tells the lines of an image's entries; each is equal to its word in the machine interface."""

    PROVENANCE = "provenance"  # what the builder attached of its layers
    HISTORY = "history"  # its order and words

    def __str__(self) -> str:
        return self.value


class ImageCost(Answer):
    """The answer of `image`; instructions oldest first, then layers that no entry of the history accounts for.

    size_source, layers: None where nothing tells the size, or how many there are.

    lines_from: None without lines. names: those the source gives the image. layer_listings: what the layers list,
    where they were read. contents, duplicates: None where nobody asked for them. compressed_estimate: where
    compressed_size is not known. stored_plain: the stored blobs are not all compressed.
    """

    reference: str
    platform: str | None
    digest: str | None
    config_digest: str | None
    size: int | None
    size_source: SizeSource | None
    compressed_size: int | None
    layers: int | None
    instructions: tuple[InstructionCost, ...]
    efficiency: float | None
    wasted_bytes: int | None
    wasted_files: tuple[WastedFile, ...] | None
    lines_exact: bool
    assumptions: tuple[Assumption, ...]
    layer_listings: LayerListings | None = None
    contents: ImageContents | None = None
    duplicates: tuple[Duplicate, ...] | None = None
    base_line: int | None = None  # of the FROM that names the base
    lines_from: LinesFrom | None = None
    names: tuple[str, ...] = ()
    compressed_estimate: int | None = None
    stored_plain: bool = False

    not_compared: ClassVar = frozenset({"layer_listings"})

    @property
    def base_size(self) -> int | None:
        """Bytes of the base image, None where nothing tells the base apart."""
        return total([row.size for row in self.instructions if row.base]) if self._base_known else None

    @property
    def own_size(self) -> int | None:
        """Bytes above the base."""
        return total([row.size for row in self.instructions if not row.base]) if self._base_known else None

    @property
    def compressed(self) -> Figure:
        """Bytes to pull."""
        return known_or_guessed(self.compressed_size, self.compressed_estimate)

    @property
    def compressed_word(self) -> str:
        """What the bytes to pull are, though layers are stored as they are in few places."""
        return "stored uncompressed" if self.stored_plain else "compressed"

    @property
    def layer_count(self) -> Part:
        """How many layers it has, as far as that is known."""
        return count(self.layers, "layer") if self.layers is not None else "an unknown number of layers"

    @property
    def _base_known(self) -> bool:
        return any(row.base for row in self.instructions)

    def statement(self) -> Statement:
        wasted = (self._wasted_rows,) if self.wasted_files else ()
        contents = self.contents.tables if self.contents is not None else ()
        duplicates = (duplicate_rows(self.duplicates),) if self.duplicates else ()
        return Statement(
            "image",
            self._headline(),
            self._members(),
            (self._instruction_rows, *wasted, *contents, *duplicates),
            notes=(*self.assumptions, *self._notes()),
            findings=self._findings,
            subject=f"`{self.reference}`" + (f", {self.platform}" if self.platform else ""),
        )

    def _headline(self) -> Sentence:
        said: list[Part] = [f"{self.reference}: "]
        said.append(size(self.size) if self.size is not None else "of unknown size")
        if not self.compressed.is_unknown:
            said += [", ", self.compressed, f" {self.compressed_word}"]
        said += [" in ", self.layer_count]
        if self.base_size and self.own_size is not None:
            said += ["; ", size(self.base_size), " of it from the base"]
        if self.wasted_bytes is not None and self.efficiency is not None:
            said += ["; ", size(self.wasted_bytes), f" wasted (efficiency {self.efficiency:.1%})"]
        return Sentence((*said, "."))

    def _members(self) -> Mapping[str, Any]:
        return {
            "reference": self.reference,
            "platform": self.platform,
            "assumptions": assumption_members(self.assumptions),
            "digest": self.digest,
            "config_digest": self.config_digest,
            "size": self.size,
            "size_source": self.size_source,
            "compressed_size": self.compressed_size,
            "layers": self.layers,
            "lines_from": self.lines_from,
            "instructions": self._instruction_rows,
            "efficiency": self.efficiency,
            "wasted_bytes": self.wasted_bytes,
            "wasted_files": None if self.wasted_files is None else self._wasted_rows,
            **(self.contents.members if self.contents is not None else {}),
            **({"duplicates": duplicate_rows(self.duplicates)} if self.duplicates is not None else {}),
        }

    @property
    def _instruction_rows(self) -> Rows:
        """A document has the bytes that later layers hide only beside what fills the image."""
        return instruction_rows(self.instructions, self.size, tells_hidden=self.contents is not None)

    @property
    def _wasted_rows(self) -> Rows:
        columns = (
            Column("path", header="path", is_name=True, most=70),
            Column("count", header="copies", right=True),
            Column("wasted_bytes", lambda file: size(file.wasted_bytes), "wasted", right=True),
        )
        title, shown = "Written more than once, or deleted later", ("wasted", "copies", "path")
        cut = Cut(10, "the largest {} of {}", folded=90)
        return Rows(columns, self.wasted_files or (), name="waste", title=title, shown=shown, cut=cut)

    def _findings(self) -> Iterator[Finding]:
        """What an image should not hold, or not so many of."""
        if self._has_many_layers:
            yield Finding("many-layers", self._many_layers)
        for found in self.contents.leftovers if self.contents is not None else ():
            yield Finding("leftover", f"{found.name} in {found.paths[0]}: {found.advice}", weight="note")

    @property
    def _has_many_layers(self) -> bool:
        return self.layers is not None and self.layers >= _MANY_LAYERS

    @property
    def _many_layers(self) -> str:
        return (
            f"{self.layers} layers: an engine that stacks them by overlayfs takes at most {_LAYER_LIMIT}. "
            "Join RUN instructions, or copy what is built into a fresh stage."
        )

    def _notes(self) -> list[str]:
        notes = []
        if any(row.cost.source is Source.ESTIMATED for row in self.instructions):
            notes.append(ESTIMATED)
        if self.compressed.source is Source.ESTIMATED and not self.compressed.is_unknown:
            notes.append(COMPRESSED_ESTIMATED)
        if self.lines_from is LinesFrom.PROVENANCE:
            notes.append("Lines are exact: the builder noted them in the provenance attached to the image.")
        elif self.lines_exact:
            notes.append("Lines are tied by the order and words of the history: each instruction found its entry.")
        if self._has_many_layers:
            notes.append(self._many_layers)
        if self.duplicates == ():
            notes.append("No content lies under two paths.")
        if self.size is None and self.layers is not None:
            notes.append(
                "Sizes are unknown: no layers were read; --files fetches a registry's, --history FILE tells them."
            )
        elif self.size_source is SizeSource.HISTORY_ROUNDED:
            notes.append("Sizes are the three digits that `docker history` printed; --human=false there gives bytes.")
        if self.efficiency is None:
            notes.append("Files, waste and efficiency are unknown: no layers were read.")
        return notes
