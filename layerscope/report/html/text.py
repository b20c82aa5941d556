"""Names from images, archives and Dockerfiles, made harmless for a page and for plotly's own markup."""

from __future__ import annotations

import re
from html import escape

from layerscope.report.cells import names_apart
from layerscope.report.units import shortened

_LONG_WORD = 20  # letters that may be too wide for a phone in the size of a headline
_FIGURE = re.compile(r"(\d) (s|min|h|%)(?![^\W_])")


def visible(value: str) -> str:
    """Control, bidi and broken characters written out (`\\u202e`), so that no name can reorder or hide its row."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)


def text(value: str) -> str:
    """Plain words for the page."""
    return escape(visible(value))


def breakable(value: str) -> str:
    """The same for large letters: a long path may break after its slashes, and a figure stays with its unit."""
    words = (text(w).replace("/", "/<wbr>") if len(w) > _LONG_WORD else text(w) for w in value.split(" "))
    return _FIGURE.sub(r"\1&nbsp;\2", " ".join(words))


def code(value: str, width: int | None = None) -> str:
    """A name or a command in fixed pitch, isolated so that right-to-left letters do not reorder what is beside it.

    width: at most so many characters, the whole then stands in the tooltip.
    """
    whole = visible(" ".join(value.split()))
    shown = whole if width is None else shortened(whole, width)
    title = f' title="{escape(whole)}"' if shown != whole else ""
    return f"<code{title}>{escape(shown)}</code>"


def quoted(sentence: str, *, breaks: bool = False) -> str:
    """A sentence of ours in which names stand between backticks. breaks: in large letters, where paths may break."""
    plain = breakable if breaks else text
    return "".join(code(part) if is_name else plain(part) for part, is_name in names_apart(sentence))


def paths(names: tuple[str, ...], most: int = 3) -> str:
    """The first few names and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"<code>{text(shortened(visible(name), 60))}</code>" for name in names[:most]) + more


def chart_text(value: str, width: int = 48) -> str:
    """A label for plotly, which reads tags and links in labels unless they are escaped."""
    return escape(shortened(visible(value), width), quote=False)
