"""Word expansion as BuildKit's shell lexer does it (`frontend/dockerfile/shell/lex.go`).

It decides both what an instruction means (`COPY $SRC /x`) and the text of a step's name, so every oddity counts:
special parameters are names, an unknown modifier is an error, and `<<` keeps the blanks that follow it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_SPECIAL = "@*#?-$!0"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?![A-Za-z0-9_]|[^\x00-\x7f])")  # without letters of other alphabets


class ExpansionError(ValueError):
    """The text cannot be expanded (unpaired quote, unknown modifier); the builder's message."""


def expand(
    text: str,
    env: Mapping[str, str],
    *,
    escape: str = "\\",
    keep_unset: bool = False,
    raw_quotes: bool = False,
    skip_quotes: bool = False,
) -> str:
    """Expand variables in `text`; quotes vanish unless `raw_quotes`.

    keep_unset: leave a name that is not in `env` as it stands. skip_quotes: quotes have no meaning (heredocs).
    Raises ExpansionError.
    """
    if _meaning(escape, skip_quotes).search(text) is None:
        return text
    return _Lexer(text, env, escape, keep_unset, raw_quotes, skip_quotes).until(None, raw_escapes=False)


def expand_words(
    text: str,
    env: Mapping[str, str],
    *,
    escape: str = "\\",
    keep_unset: bool = False,
    raw_quotes: bool = False,
    raw_escapes: bool = False,
) -> list[str]:
    """Expand and split at unquoted blanks; a variable's value is split as well. Raises ExpansionError."""
    words = _Words()
    _Lexer(text, env, escape, keep_unset, raw_quotes, False).until(None, raw_escapes=raw_escapes, words=words)
    return words.finish()


@lru_cache(maxsize=32)
def _plain(*special: str) -> re.Pattern[str]:
    """Runs of characters that mean nothing: one step for each instead of one for each character."""
    return re.compile(f"[^{re.escape(''.join(special))}]+")


@lru_cache(maxsize=8)
def _meaning(escape: str, skip_quotes: bool) -> re.Pattern[str]:
    """Any character that means something."""
    return re.compile("[" + re.escape("$<" + ("" if skip_quotes else "'\"") + escape) + "]")


class _Words:
    """Collects the words of a text while it is expanded."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.current: list[str] = []

    def add(self, text: str) -> None:
        if not text:
            return
        if text[0].isspace():
            self._end()
        first, *others = text.split() or [""]
        self.add_raw(first)
        for word in others:
            self._end()
            self.current.append(word)
        if text[-1].isspace():
            self._end()

    def add_raw(self, text: str) -> None:
        if text:
            self.current.append(text)

    def finish(self) -> list[str]:
        self._end()
        return self.words

    def _end(self) -> None:
        if self.current:
            self.words.append("".join(self.current))
            self.current = []


class _Lexer:
    def __init__(
        self,
        text: str,
        env: Mapping[str, str],
        escape: str,
        keep_unset: bool,
        raw_quotes: bool,
        skip_quotes: bool,
    ) -> None:
        self.text = text
        self.at = 0
        self.env = env
        self.escape = escape
        self.keep_unset = keep_unset
        self.raw_quotes = raw_quotes
        self.skip_quotes = skip_quotes
        self.plain_in_quotes = _plain('"', "$", escape)

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def next(self) -> str:
        char = self.peek()
        self.at += 1
        return char

    def until(self, stop: str | None, *, raw_escapes: bool, words: _Words | None = None) -> str:
        """The text up to `stop`, expanded; its words go into `words`."""
        out: list[str] = []
        plain = _plain("$", "<", "" if self.skip_quotes else "'\"", self.escape, stop or "")
        while True:
            run = plain.match(self.text, self.at)
            if run is not None:
                self.at = run.end()
                out.append(run[0])
                if words is not None:
                    words.add(run[0])
            char = self.peek()
            if char == "":
                break
            if char == stop:
                self.at += 1
                return "".join(out)
            if char == "$":
                piece = self.dollar(raw_escapes)
            elif char == "<":
                piece = self.possible_heredoc()
            elif char != self.escape:
                piece = self.single_quoted() if char == "'" else self.double_quoted(raw_escapes)
            else:
                self.at += 1
                following = self.next()
                piece = (char if raw_escapes else "") + following
            out.append(piece)
            if words is not None:
                (words.add if char == "$" else words.add_raw)(piece)
        if stop is not None:
            raise ExpansionError(f"unexpected end of statement while looking for matching {stop}")
        return "".join(out)

    def single_quoted(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise ExpansionError("unexpected end of statement while looking for matching single-quote")
        inner = self.text[self.at + 1 : end]
        self.at = end + 1
        return f"'{inner}'" if self.raw_quotes else inner

    def double_quoted(self, raw_escapes: bool) -> str:
        self.at += 1
        out = ['"'] if self.raw_quotes else []
        while True:
            if (run := self.plain_in_quotes.match(self.text, self.at)) is not None:
                self.at = run.end()
                out.append(run[0])
            char = self.peek()
            if char == "":
                raise ExpansionError("unexpected end of statement while looking for matching double-quote")
            if char == '"':
                self.at += 1
                return "".join(out) + ('"' if self.raw_quotes else "")
            if char == "$":
                out.append(self.dollar(raw_escapes))
                continue
            self.at += 1
            if char == self.escape:
                if raw_escapes:
                    out.append(char)
                following = self.peek()
                if following == "":
                    continue
                if following in {'"', "$", self.escape}:
                    char = self.next()
            out.append(char)

    def possible_heredoc(self) -> str:
        self.at += 1
        if self.peek() != "<":
            return "<"
        self.at += 1
        start = self.at
        while self.peek() in {" ", "\t", "\r"}:
            self.at += 1
        return "<<" + self.text[start : self.at]

    def dollar(self, raw_escapes: bool) -> str:
        self.at += 1
        if self.peek() != "{":
            name = self.name()
            if not name:
                return "$"
            if name not in self.env:
                return f"${name}" if self.keep_unset else ""
            return self.env[name]
        self.at += 1
        if self.peek() == "":
            raise ExpansionError("syntax error: missing '}'")
        if self.peek() in "{}:":
            raise ExpansionError("syntax error: bad substitution")
        return self.braced(self.name())

    def name(self) -> str:
        if (ascii_name := _NAME.match(self.text, self.at)) is not None:
            self.at = ascii_name.end()
            return ascii_name[0]
        start = self.at
        char = self.peek()
        if char.isdecimal():
            while self.peek().isdecimal():
                self.at += 1
        elif char and char in _SPECIAL:
            self.at += 1
        else:
            while (char := self.peek()) and (char.isalpha() or char.isdecimal() or char == "_"):
                self.at += 1
        return self.text[start : self.at]

    def braced(self, name: str) -> str:
        kind = self.next()
        if kind == "}":
            if name not in self.env:
                return f"${{{name}}}" if self.keep_unset else ""
            return self.env[name]
        if kind == "/":
            return self.replaced(name)
        operator = kind
        null_is_unset = kind == ":"
        if null_is_unset:
            kind = self.next()
            operator += kind
        if not kind or (kind not in "+-?#%" and not null_is_unset):
            raise ExpansionError(f"unsupported modifier ({operator}) in substitution")
        if null_is_unset and kind in "#%":
            raise ExpansionError(f"unsupported modifier ({operator}) in substitution")
        word = self.inner("}", raw_escapes=kind in "#%")
        if self.keep_unset and name not in self.env:
            return f"${{{name}{operator}{word}}}"
        value = self.env.get(name)
        missing = value is None or (null_is_unset and value == "")
        if kind == "-":
            return word if missing else value or ""
        if kind == "+":
            return "" if missing else word
        if kind == "?":
            if missing:
                state = "unset" if value is None else "empty"
                raise ExpansionError(f"{name}: {word or f'is not allowed to be {state}'}")
            return value or ""
        if kind in "#%":
            return _trimmed(value or "", word, kind)
        raise ExpansionError(f"unsupported modifier ({operator}) in substitution")

    def inner(self, stop: str, *, raw_escapes: bool) -> str:
        try:
            return self.until(stop, raw_escapes=raw_escapes)
        except ExpansionError:
            if self.peek() == "":
                raise ExpansionError(f"syntax error: missing '{stop}'") from None
            raise

    def replaced(self, name: str) -> str:
        every = self.peek() == "/"
        if every:
            self.at += 1
        pattern = self.inner("/", raw_escapes=True)
        replacement = self.inner("}", raw_escapes=True)
        if self.keep_unset and name not in self.env:
            return f"${{{name}/{pattern}/{replacement}}}"
        regex = re.compile(_glob(pattern, greedy=True))
        return regex.sub(lambda _: replacement, self.env.get(name, ""), count=0 if every else 1)


def _trimmed(value: str, word: str, kind: str) -> str:
    greedy = word.startswith(kind)
    pattern = word[1:] if greedy else word
    if kind == "#":
        match = re.match(_glob(pattern, greedy), value)
        return value[match.end() :] if match else value
    # A suffix is a prefix of the reversed value: only so does the shortest match come out shortest.
    match = re.match(_glob(pattern, greedy, backwards=True), value[::-1])
    return value[: len(value) - match.end()] if match else value


def _glob(pattern: str, greedy: bool, backwards: bool = False) -> str:
    """The regular expression of a shell pattern that knows `*`, `?` and `\\`, but no classes."""
    pieces: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            pieces.append(".*" if greedy else ".*?")
        elif char == "?":
            pieces.append(".")
        elif char == "\\":
            following = pattern[at : at + 1]
            if following not in {"}", "/", "*", "?", "\\"}:
                raise ExpansionError(f"invalid pattern ({pattern}) in substitution: invalid escape '\\{following}'")
            pieces.append(re.escape(following))
            at += 1
        else:
            pieces.append(re.escape(char))
    return "".join(reversed(pieces) if backwards else pieces)
