"""RFC 3339 times as whole nanoseconds: BuildKit stamps to the nanosecond, which a float cannot hold."""

from __future__ import annotations

import re
from datetime import date

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?"
    r"(?: ?([Zz]|UTC|GMT)|(?: ?([+-])(\d\d):?(\d\d)(?: [A-Z]{2,5})?))?",
    re.ASCII,
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_BILLION = 1_000_000_000


def nanoseconds(text: str) -> int | None:
    """Nanoseconds since 1970 of an RFC 3339 time (also with a blank for the `T`, as Go prints one).

    A time without a zone is taken as UTC. `None` for what is no time, and for Go's zero time, which stands
    for "unknown".
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.group(1, 2, 3, 4, 5, 6))
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 60 or year <= 1:
        return None
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    if match[9]:
        offset = (int(match[10]) * 60 + int(match[11])) * 60
        seconds -= offset if match[9] == "+" else -offset
    return seconds * _BILLION + int((match[7] or "").ljust(9, "0"))


def to_seconds(duration: int) -> float:
    """Nanoseconds as seconds, to the microsecond: finer digits are noise and would only lengthen documents."""
    return round(duration / _BILLION, 6)
