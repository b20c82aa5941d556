"""Figures for people: bytes in Docker's decimal units, seconds as one reads them off a log."""

from __future__ import annotations

UNKNOWN = "-"
ESTIMATED = "~ is an estimate by kind of work and bytes, not a measurement; --rates sets its figures."
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


def marked_seconds(seconds: float | None, source: str) -> str:
    """Seconds with a `~` before an estimate."""
    return ("~" if source == "estimated" and seconds is not None else "") + human_seconds(seconds)


def share(part: float | None, whole: float | None) -> str:
    """A part of a whole in per cent."""
    if part is None or not whole:
        return UNKNOWN
    return f"{100 * part / whole:.0f} %"


def counted(number: int, noun: str) -> str:
    """`1 step`, `3 steps`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shortened(text: str, width: int) -> str:
    """At most `width` characters, the middle left out."""
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"
