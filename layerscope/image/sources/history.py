"""A file with saved `docker history` output → `Image`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layerscope.answer import Assumption
from layerscope.docker.history import find_histories, parse_histories
from layerscope.docker.history_sizes import doubt_of_sizes, without_sizes
from layerscope.docker.model import HistoryEntry
from layerscope.docker.pasted import unquoted
from layerscope.errors import InputError
from layerscope.files import read_bounded
from layerscope.image.model import Image, Layer

DOUBTED = "history-sizes"
"""The kind of what is said of a history whose sizes cannot be right."""
_INSTEAD = "they are unknown; the image itself (docker save, registry:) tells them"
SIZE_LIMIT = 64 << 20
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_history(path: str, reference: str, selector: str | None, position: int | None) -> Image:
    """The image whose history a file holds: no config, no bytes of layers, and an entry without size is no layer.

    position: of the image, where the file holds several histories one after another.

    Raises:
        InputError: the file cannot be read, is no history, or holds several and none was chosen; names the line.
    """
    try:
        data = read_bounded(Path(path), SIZE_LIMIT)
    except OSError as error:
        raise InputError(error.strerror or str(error), path) from None
    if data is None:
        raise InputError("too long for a history", path)
    if selector is not None:
        raise InputError(f"a saved history has no names to choose by: '{selector}'", path)
    return history_of_bytes(data, path, reference, position)


def history_of_bytes(data: bytes, path: str, reference: str, position: int | None) -> Image:
    """`read_history` of what was read. path: what errors call it."""
    text = _decode(data, path)
    histories = find_histories(text, path)
    if not histories:
        from layerscope.docker.foreign_output import foreign_output
        from layerscope.docker.saved_output import find_printed

        known = foreign_output(unquoted(text))
        if known is None and find_printed(unquoted(text), path):
            known = "this is no history of an image: layerscope read tells what it is"
        if known is not None:
            raise InputError(known, path)
    histories = histories or parse_histories(text, path)
    if position is not None and position >= len(histories):
        raise InputError(f"holds {len(histories)} histories, counted from 0: there is no @{position}", path)
    if position is None and len(histories) > 1:
        listing = ", ".join(f"@{n} ({len(history)} entries)" for n, history in enumerate(histories))
        raise InputError(f"holds the histories of several images, choose one: {listing}", path)
    return image_from_history(histories[position or 0], reference)


def image_from_history(history: Sequence[HistoryEntry], reference: str) -> Image:
    """An image of which only the history is known, oldest first; of sizes that cannot be right none is kept."""
    assumptions: tuple[Assumption, ...] = ()
    doubt = doubt_of_sizes(history)
    if doubt is not None:
        assumptions = (
            Assumption(DOUBTED, reference, f"the sizes of this history cannot be right ({doubt}): {_INSTEAD}"),
        )
        history = without_sizes(history)
    if any(entry.truncated for entry in history):
        text = "the history was saved without --no-trunc: instructions are cut at 45 characters"
        assumptions = (*assumptions, Assumption("history", reference, text))
    layers = tuple(Layer() for entry in history if not entry.empty_layer)
    return Image(reference=reference, config=None, history=tuple(history), layers=layers, assumptions=assumptions)


def _decode(data: bytes, file: str) -> str:
    """The text; PowerShell's redirection writes UTF-16, or a byte order mark before UTF-8."""
    encoding = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError("neither an image archive nor text", file, data[: error.start].count(b"\n") + 1) from None
    if "\0" in text:
        raise InputError("neither an image archive nor text", file, text[: text.index("\0")].count("\n") + 1)
    return text.replace("\r\n", "\n")
