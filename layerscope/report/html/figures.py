"""Figures as a page shows them: tiles with one number each, and what became of it. Unknown is a word, never 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from layerscope.figures import Figure
from layerscope.report.units import figure_words, share

UNKNOWN_WORD = '<span class="unknown">unknown</span>'


def figure(known: Figure) -> str:
    """A figure in words: `about 14 s`, `at least 3 s`."""
    return UNKNOWN_WORD if known.value is None and not known.is_at_least else figure_words(known)


def tile(title: str, before: str | None, now: str, words: str = "") -> str:
    """One big figure; before: what it was. All HTML already."""
    was = f'<span class="was">{before}</span> <span class="arrow" aria-label="becomes">&rarr;</span> ' if before else ""
    below = f'<p class="words">{words}</p>' if words else ""
    return f'<div class="tile">\n<h2>{title}</h2>\n<p class="figure">{was}<strong>{now}</strong></p>\n{below}\n</div>'


def tiles(shown: Sequence[str]) -> str:
    return '<div class="tiles">\n' + "\n".join(shown) + "\n</div>"


def split_bar(parts: Sequence[tuple[str, float | None]], whole: float, words: str) -> str:
    """A thin bar of named parts to one scale; the words beside it say the same."""
    drawn = "".join(
        f'<span class="{kind}" style="width:{100 * part / whole:.1f}%"></span>' for kind, part in parts if part
    )
    return f'<span class="split" aria-hidden="true">{drawn}</span><span class="split-words">{words}</span>'


def became(before: float | None, after: float | None, shown: Callable[[float], str], less: str, more: str) -> str:
    """`▼ 28 s less (84 %)`; nothing where a side is unknown."""
    if before is None or after is None:
        return ""
    delta = after - before
    if not round(delta, 3):
        return '<span class="delta">as before</span>'
    percent = f" ({share(abs(delta), before)})" if before else ""
    sign, kind, word = ("▼", "good", less) if delta < 0 else ("▲", "bad", more)
    return f'<span class="delta {kind}">{sign} {shown(abs(delta))} {word}{percent}</span>'
