"""Times as Docker, BuildKit and CI systems write them: RFC 3339, and the ways that Go prints one.

BuildKit stamps to the nanosecond, which a float cannot hold: instants are whole nanoseconds.
"""

from __future__ import annotations

import re
from datetime import date

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?"
    r"(?: ?([Zz]|UTC|GMT)|(?: ?([+-])(\d\d):?(\d\d)(?: [A-Z]{2,5})?))?",
    re.ASCII,
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal()
_BILLION = 1_000_000_000


def nanoseconds(text: str) -> int | None:
    """Nanoseconds since 1970. A time without a zone is taken as UTC; `None` for what is no time, and for Go's zero
    time, which stands for "unknown"."""
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        return None
    seconds = _seconds(match)
    return None if seconds is None else seconds * _BILLION + int((match[7] or "").ljust(9, "0"))


def utc_time(text: str) -> str | None:
    """The same as RFC 3339 in UTC, with fractions of seconds as they are written, to the nanosecond."""
    match = _INSTANT.fullmatch(text.strip())
    seconds = _seconds(match) if match is not None else None
    if match is None or seconds is None:
        return None
    fraction = f".{match[7]}" if match[7] else ""
    return utc_time_at(seconds, fraction)


def utc_time_at(seconds: int, fraction: str = "") -> str | None:
    """Seconds since 1970 as RFC 3339; `None` outside of the years 1 to 9999."""
    days, second = divmod(seconds, 86400)
    if not 0 < days + _EPOCH_DAY <= _LAST_DAY:
        return None
    day = date.fromordinal(days + _EPOCH_DAY)
    return f"{day.isoformat()}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{fraction}Z"


def to_seconds(duration: int) -> float:
    """Nanoseconds as seconds, to the microsecond: finer digits are noise and would only lengthen documents."""
    return round(duration / _BILLION, 6)


def _seconds(match: re.Match[str]) -> int | None:
    """Whole seconds since 1970."""
    year, month, day, hour, minute, second = (int(part) for part in match.group(1, 2, 3, 4, 5, 6))
    if hour > 23 or minute > 59 or second > 60 or year <= 1:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    if match[9]:
        offset = (int(match[10]) * 60 + int(match[11])) * 60
        seconds -= offset if match[9] == "+" else -offset
    return seconds
