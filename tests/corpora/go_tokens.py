"""Go source text as tokens: literals with their values, names, operators, and the semicolons Go puts at line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.corpora.source import CorpusError


@dataclass(frozen=True)
class Token:
    """kind: name, string, int, op or end. text: as written; `;` where a line's end closes a statement."""

    kind: str
    text: str
    line: int
    value: str | int | None = None


_SKIPPED = re.compile(r"[ \t\r]+|//[^\n]*|/\*(?s:.*?)\*/")
_NAME = re.compile(r"[^\W\d]\w*")
_INT = re.compile(r"0[xX][0-9a-fA-F_]+|\d[\d_]*(?![\w.])")
_FLOAT = re.compile(r"\d[\d_]*\.\d*")
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_RAW = re.compile(r"`([^`]*)`")
_RUNE = re.compile(r"'((?:[^'\\\n]|\\[^\n])[^'\n]*|\\')'")
_OP = re.compile(r"<<=|>>=|&\^=|\.\.\.|:=|==|!=|<=|>=|&&|\|\||<-|\+\+|--|<<|>>|[-+*/%&|^]=|[-+*/%&|^<>=!()\[\]{},;.:~]")
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.|\Z))", re.DOTALL
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CLOSING = {"break", "continue", "fallthrough", "return"}
_KEYWORDS = _CLOSING | {
    "case", "chan", "const", "default", "defer", "else", "for", "func", "go", "goto", "if", "import", "interface",
    "map", "package", "range", "select", "struct", "switch", "type", "var",
}  # fmt: skip


def tokens(source: str, file: str) -> list[Token]:
    """All tokens of a file, an `end` last. Raises CorpusError where the text is not understood."""
    found: list[Token] = []
    at, line = 0, 1
    while at < len(source):
        if source[at] == "\n":
            if found and _closes(found[-1]):
                found.append(Token("op", ";", line))
            at, line = at + 1, line + 1
            continue
        if match := _SKIPPED.match(source, at):
            at, line = match.end(), line + match[0].count("\n")
            continue
        token, end = _token(source, at, line, file)
        found.append(token)
        at, line = end, line + source.count("\n", at, end)
    return [*found, Token("end", "", line)]


def _token(source: str, at: int, line: int, file: str) -> tuple[Token, int]:
    if match := _NAME.match(source, at):
        return Token("keyword" if match[0] in _KEYWORDS else "name", match[0], line), match.end()
    if match := _RAW.match(source, at):
        return Token("string", match[0], line, match[1].replace("\r", "")), match.end()
    if match := _QUOTED.match(source, at):
        return Token("string", match[0], line, _unescaped(match[1], file, line)), match.end()
    if match := _RUNE.match(source, at):
        value = _unescaped(match[1], file, line)
        if len(value) == 1:
            return Token("int", match[0], line, ord(value)), match.end()
    if match := _INT.match(source, at):
        return Token("int", match[0], line, int(match[0].replace("_", ""), 0)), match.end()
    if match := _FLOAT.match(source, at):
        return Token("float", match[0], line), match.end()
    if match := _OP.match(source, at):
        return Token("op", match[0], line), match.end()
    raise CorpusError(f"{file}:{line}: no Go this reader knows: {source[at : at + 20]!r}")


def _unescaped(text: str, file: str, line: int) -> str:
    def one(match: re.Match[str]) -> str:
        if match[1]:
            return _SIMPLE.get(match[1], match[1])
        if digits := match[3] or match[4]:
            return chr(int(digits, 16))
        code = int(match[2], 16) if match[2] else int(match[5], 8) if match[5] else 256
        if code > 127:  # a byte that is no character by itself, or an escape Go does not have
            raise CorpusError(f"{file}:{line}: escape {match[0]!r} is not understood")
        return chr(code)

    return _ESCAPE.sub(one, text)


def _closes(token: Token) -> bool:
    """Whether a line that ends with this token ends a statement."""
    if token.kind == "op":
        return token.text in {")", "]", "}", "++", "--"}
    return token.kind != "keyword" or token.text in _CLOSING
