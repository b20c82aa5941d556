"""Figures for people: bytes in Docker's decimal units, seconds as one reads them off a log."""

from __future__ import annotations

from layerscope.figures import Figure, Source, Unit

UNKNOWN = "-"
_UNITS = ("B", "kB", "MB", "GB", "TB")


def human_bytes(size: int | None) -> str:
    """Three digits and a decimal unit, as `docker history` prints: `7.46MB`."""
    if size is None:
        return UNKNOWN
    value = float(abs(size))
    unit = 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value /= 1000
        unit += 1
    text = f"{value:.3g}" if unit and value < 999.5 else f"{value:.0f}"
    return f"{'-' if size < 0 else ''}{text}{_UNITS[unit]}"


def human_seconds(seconds: float | None) -> str:
    """`0.3 s`, `41 s`, `2 min 05 s`, `1 h 12 min`."""
    if seconds is None:
        return UNKNOWN
    sign, value = ("-", -seconds) if seconds < 0 else ("", seconds)
    if value < 0.05:
        return f"{sign}{value:.2f} s" if value else "0 s"
    if value < 9.95:
        return f"{sign}{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{sign}{whole} s"
    if whole < 3600:
        return f"{sign}{whole // 60} min {whole % 60:02d} s"
    return f"{sign}{whole // 3600} h {whole % 3600 // 60:02d} min"


def share(part: float | None, whole: float | None) -> str:
    """A part of a whole in per cent."""
    if part is None or not whole:
        return UNKNOWN
    return f"{100 * part / whole:.0f} %"


def counted(number: int, noun: str) -> str:
    """`1 step`, `3 steps`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural(noun)}"


def plural(noun: str) -> str:
    """`steps`, `repositories`."""
    return f"{noun[:-1]}ies" if noun[-1:] == "y" and noun[-2:-1] not in "aeiou" else f"{noun}s"


def figure_cell(figure: Figure) -> str:
    """A figure in a table: `~` before an estimate, `≥` before what is only known in part, `-` for what is not known."""
    mark = "~" if figure.source is Source.ESTIMATED else ""
    if figure.is_at_least:
        return f"≥ {mark}{_amount(figure, figure.least)}"
    return UNKNOWN if figure.value is None else mark + _range(figure, figure.value)


def figure_words(figure: Figure) -> str:
    """The same figure in a sentence: `about 14 s`, `at least 3 s`."""
    about = "about " if figure.source is Source.ESTIMATED else ""
    if figure.is_at_least:
        return f"at least {about}{_amount(figure, figure.least)}"
    return "unknown" if figure.value is None else about + _range(figure, figure.value)


def _range(figure: Figure, least: float) -> str:
    """`3 steps`, or `3 to 5 steps`."""
    if figure.most is None or figure.most == least:
        return _amount(figure, least)
    return f"{_number(figure, least)} to {_amount(figure, figure.most)}"


def _amount(figure: Figure, value: float | None) -> str:
    if figure.noun and value is not None:
        return counted(int(value), figure.noun)
    return _number(figure, value)


def _number(figure: Figure, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    sign = "+" if figure.signed and value > 0 else ""
    if figure.unit is Unit.BYTES:
        return sign + human_bytes(int(value))
    if figure.unit is Unit.SECONDS:
        return sign + human_seconds(round(value, 3) if figure.signed else value)
    if figure.unit is Unit.SHARE:
        return f"{value:+.0%}" if figure.signed else share(value, 1)
    return f"{sign}{value:g}" if isinstance(value, float) else f"{sign}{value}"


def shortened(text: str, width: int) -> str:
    """At most `width` characters, the middle left out."""
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"
