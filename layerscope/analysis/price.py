"""Money for machine time."""

from __future__ import annotations

import re

from layerscope.answer import Document
from layerscope.errors import InputError
from layerscope.values import Value

_PRICE = re.compile(r"([^\d.,+-]*)(\d{1,9}(?:[.,]\d{1,12})?)([^\d.,+-]*)", re.ASCII)


class Price(Value):
    """What a minute of a machine costs; before and after: the currency as the user wrote it round the figure."""

    per_minute: float
    before: str = ""
    after: str = ""

    @property
    def members(self) -> Document:
        """The document's `price`."""
        return {"per_minute": self.per_minute, "currency": f"{self.before}{self.after}".strip()}

    def of(self, seconds: float | None) -> float | None:
        return None if seconds is None else round(self.per_minute * seconds / 60, 6)

    def text(self, amount: float) -> str:
        """`$12.50`, `0.0032 EUR`: cents, or two digits that count where it is less."""
        figure = f"{amount:.2f}"
        if 0 < amount < 0.1:
            figure = f"{amount:.6f}" if amount < 0.0001 else f"{amount:.2g}"
        return f"{self.before}{figure}{self.after}"


def read_price(text: str) -> Price:
    """`0.008`, `$0.008`, `0,008 EUR`. Raises InputError."""
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        raise InputError("--price takes what a minute costs: 0.008, $0.008 or '0.008 EUR'", text)
    return Price(float(match[2].replace(",", ".")), match[1], match[3])
