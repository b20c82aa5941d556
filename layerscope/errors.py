"""The one kind of error a user can mend: it names the file, the line and what to do."""

from __future__ import annotations

_LONGEST = 1000  # characters of a message


def printable(text: str) -> str:
    """The text on one line: names may hold newlines, escapes or bytes that are no text, and none is shown raw."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class InputError(Exception):
    """Input that cannot be read or used as asked. The command line turns it into one line and exit status 2.

    Args:
        message: what is wrong, in the user's words, and where it helps what to do next.
        file: the path or reference at fault, as the user named it.
        line: 1-based line in that file.
    """

    def __init__(self, message: str, file: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}" if place else f"line {self.line}"
        # What is quoted may be as long as who made the input likes.
        message = self.message if len(self.message) <= _LONGEST else f"{self.message[:_LONGEST]}…"
        return printable(f"{place}: {message}" if place else message)


class EndedBySignal(KeyboardInterrupt):
    """A termination or a hang-up that ends a run as an interrupt does. number: of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
