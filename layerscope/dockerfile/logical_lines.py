"""From the bytes of a Dockerfile to statements: directives, comments, continuations and heredocs.

The rules are those of BuildKit's `frontend/dockerfile/parser`: what is a comment, where a continuation ends and
which blanks survive decide the text of a RUN, and with it the step's cache key.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from layerscope.dockerfile.expand import ExpansionError, expand_words
from layerscope.errors import InputError
from layerscope.values import Entity, Value

# Go's unicode.IsSpace; Python's str.strip() alone would also eat U+001C to U+001F.
SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
BLANKS = re.compile(r"[\t\v\f\r ]+")
MAX_LINE = 64 * 1024 - 1  # bytes, bufio.MaxScanTokenSize: the builder refuses a longer physical line

_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
_HEREDOC_WORD = re.compile(r"(\d*)<<(-?)\s*([^<]*)\Z")
_HEREDOC_KEYWORDS = frozenset({"ADD", "COPY", "RUN"})


class Heredoc(Value):
    """A here-document: `name` is the delimiter, `expand` is false when it was quoted, `chomp` is `<<-`."""

    name: str
    expand: bool
    chomp: bool
    content: str


class LogicalLine(Value):
    """One instruction as written, continuations joined.

    keyword: as written. flags: the leading `--…` words, quotes and escapes resolved. rest: what follows them.
    original: the whole joined text. Lines are 1-based and inclusive of heredoc bodies.
    """

    keyword: str
    flags: tuple[str, ...]
    rest: str
    original: str
    line: int
    end_line: int
    heredocs: tuple[Heredoc, ...] = ()

    def at(self, line: int) -> LogicalLine:
        """The same statement where it begins at another line."""
        if line == self.line:
            return self
        end_line = self.end_line + line - self.line
        return LogicalLine(self.keyword, self.flags, self.rest, self.original, line, end_line, self.heredocs)


class Directives(Value):
    """Parser directives of the file's top: `# escape=`, `# syntax=`, `# check=`."""

    escape: str = "\\"
    syntax: str | None = None
    check: str | None = None


class Reading(Entity):
    """What was read of one version of a file. lines: with their ends.

    head, tail: how many statements at the beginning and at the end are those of the version it was read beside.
    """

    lines: list[str]
    directives: Directives
    statements: list[LogicalLine]
    head: int = 0
    tail: int = 0


def read_statements(text: str, file: str, beside: Reading | None = None) -> Reading:
    """Split a Dockerfile into its directives and statements.

    beside: another version of the file; what is the same in both is not read again. Raises InputError (with file and
    line) where the builder's parser would refuse the text.
    """
    lines = _physical_lines(text, file)
    directives = _read_directives(lines, file)
    escape = directives.escape
    shared = _Shared(lines, beside if beside is not None and beside.directives.escape == escape else None)
    statements = shared.head()
    head, tail = len(statements), 0
    at = statements[-1].end_line if statements else 0
    while at < len(lines):
        start = at
        line = lines[at].rstrip("\r\n").lstrip(SPACES)
        at += 1
        if not line or line.startswith("#"):
            continue
        if rest := shared.tail(start):
            statements += rest
            tail = len(rest)
            break
        joined, goes_on = _cut_continuation(line, escape)
        parts = [joined]
        while goes_on and at < len(lines):
            line = lines[at].rstrip("\r\n")
            at += 1
            bare = line.lstrip(SPACES)
            if not bare or bare.startswith("#"):
                continue  # blank and comment lines inside a continuation are dropped
            piece, goes_on = _cut_continuation(line, escape)
            parts.append(piece)
        statement = _split_statement("".join(parts), start + 1, at, escape)
        heredocs, at = _read_heredocs(statement, lines, at, file)
        if heredocs:
            statement = LogicalLine(
                statement.keyword, statement.flags, statement.rest, statement.original, start + 1, at, heredocs
            )
        statements.append(statement)
    if not statements:
        raise InputError("file with no instructions", file, len(lines) or 1)
    return Reading(lines, directives, statements, head, tail)


class _Shared:
    """The statements that two versions of a file share: what a statement is hangs on its own lines alone."""

    def __init__(self, lines: list[str], beside: Reading | None) -> None:
        self.statements = beside.statements if beside is not None else []
        others = beside.lines if beside is not None else []
        self.lines, self.others = len(lines), len(others)
        self.before = _common(lines, others)
        self.after = _common(lines[self.before :][::-1], others[self.before :][::-1])

    def head(self) -> list[LogicalLine]:
        """Those of the first lines; but what ends with a file may go on in a longer one."""
        end = min(self.before, self.others - 1)
        return [statement for statement in self.statements if statement.end_line <= end]

    def tail(self, start: int) -> list[LogicalLine]:
        """All that follow, where one begins at this line and the lines from there on are the same."""
        if self.lines - start > self.after:
            return []
        shift = self.lines - self.others
        at = bisect_left(self.statements, start + 1 - shift, key=lambda statement: statement.line)
        rest = self.statements[at:]
        if not rest or rest[0].line + shift != start + 1:
            return []
        return [statement.at(statement.line + shift) for statement in rest] if shift else rest


def _common(a: list[str], b: list[str]) -> int:
    """How many lines at the beginning are the same."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def split_statement(text: str, line: int, end_line: int, escape: str, heredoc_source: str = "") -> LogicalLine:
    """One statement from text that is already joined (the trigger of an ONBUILD), heredoc bodies below it."""
    first, _, body = text.partition("\n")
    statement = _split_statement(first, line, end_line, escape)
    if not body:
        return statement
    heredocs, _ = _read_heredocs(statement, body.splitlines(keepends=True), 0, heredoc_source)
    return LogicalLine(statement.keyword, statement.flags, statement.rest, statement.original, line, end_line, heredocs)


def heredoc_of_word(word: str) -> Heredoc | None:
    """The heredoc a word opens (`<<EOF`, `<<-"EOF"`, `3<<EOF`), without its body; None if it opens none."""
    match = _HEREDOC_WORD.match(word)
    if match is None or not match[3]:
        return None
    try:
        plain = expand_words(match[3], {}, keep_unset=True)
        raw = expand_words(match[3], {}, keep_unset=True, raw_quotes=True)
    except ExpansionError:
        return None
    if len(plain) != 1 or len(raw) != 1:
        return None
    quotes_gone = _quotes(plain[0]) != _quotes(raw[0])
    return Heredoc(plain[0], expand=not quotes_gone, chomp=match[2] == "-", content="")


def _quotes(word: str) -> int:
    return word.count("'") + word.count('"')


def _physical_lines(text: str, file: str) -> list[str]:
    text = text.removeprefix("\ufeff")
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE // 4 and len(line.rstrip("\n").encode("utf-8", "surrogateescape")) > MAX_LINE:
            raise InputError(f"line greater than max allowed size of {MAX_LINE}", file, number)
    return lines


def _read_directives(lines: list[str], file: str) -> Directives:
    """Directives count only in an unbroken run at the very top: any other line ends them."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _DIRECTIVE.match(line.rstrip("\r\n").lstrip(SPACES))
        if match is None or match[1].lower() not in {"escape", "syntax", "check"}:
            break
        name = match[1].lower()
        if name in found:
            raise InputError(f"only one {name} parser directive can be used", file, number)
        found[name] = match[2]
        if name == "escape" and match[2] not in {"\\", "`"}:
            raise InputError(f"invalid escape token '{match[2]}' does not match ` or \\", file, number)
    return Directives(found.get("escape", "\\"), found.get("syntax"), found.get("check"))


def _cut_continuation(line: str, escape: str) -> tuple[str, bool]:
    # The escape character ends a line only if not preceded by itself; blanks after it do not matter.
    bare = line.rstrip(" \t")
    if not bare.endswith(escape) or bare.endswith(escape + escape):
        return line, False
    return bare[:-1], True


def _split_statement(joined: str, line: int, end_line: int, escape: str) -> LogicalLine:
    keyword, _, rest = _cut_blank(joined.strip(SPACES))
    if "--" not in rest:
        return LogicalLine(keyword, (), rest.strip(SPACES), joined, line, end_line, ())
    if rest.isascii():
        flags, rest = _split_flags(rest, escape)
    else:
        # The builder reads flags byte by byte, each a character: `--exclude=é` excludes `Ã©`.
        flags, rest = _split_flags(rest.encode("utf-8", "surrogateescape").decode("latin-1"), escape)
        rest = rest.encode("latin-1").decode("utf-8", "surrogateescape")
    return LogicalLine(keyword, tuple(flags), rest.strip(SPACES), joined, line, end_line)


def _cut_blank(text: str) -> tuple[str, str, str]:
    match = BLANKS.search(text)
    if match is None:
        return text, "", ""
    return text[: match.start()], match[0], text[match.end() :]


@lru_cache(maxsize=8)
def _plain_in_flags(escape: str) -> re.Pattern[str]:
    """Runs of characters that mean nothing, in quotes or not."""
    return re.compile("[^" + re.escape(SPACES + "'\"" + escape) + "]+")


def _split_flags(text: str, escape: str) -> tuple[list[str], str]:
    """Leading words that start with `--`, quotes and escapes resolved, and the text after them."""
    flags: list[str] = []
    at, end = 0, len(text)
    plain = _plain_in_flags(escape)
    while True:
        while at < end and text[at] in SPACES:
            at += 1
        if not text.startswith("--", at):
            return flags, text[at:]
        word: list[str] = []
        quote = ""
        quoted = False
        while at < end:
            run = plain.match(text, at)
            if run is not None:
                word.append(run[0])
                at = run.end()
                continue
            char = text[at]
            if quote and char == quote:
                quote = ""
            elif char == escape:
                at += 1
                if at < end:
                    word.append(text[at])
            elif quote:
                word.append(char)
            elif char in SPACES:
                break
            elif char in "'\"":
                quote, quoted = char, True
            else:
                word.append(char)
            at += 1
        flag = "".join(word)
        if flag == "--":
            return flags, text[at:] if at < end else ""
        if flag or quoted:
            flags.append(flag)


def _read_heredocs(statement: LogicalLine, lines: list[str], at: int, file: str) -> tuple[tuple[Heredoc, ...], int]:
    if "<<" not in statement.original or not _may_hold_heredoc(statement):
        return (), at
    try:
        words = expand_words(statement.original, {}, keep_unset=True, raw_quotes=True, raw_escapes=True)
    except ExpansionError:
        words = []
    heredocs: list[Heredoc] = []
    for opened in filter(None, map(heredoc_of_word, words)):
        body: list[str] = []
        while True:
            if at >= len(lines):
                raise InputError("unterminated heredoc", file, statement.line)
            line = lines[at]
            at += 1
            bare = line.rstrip("\r\n")
            if (bare.lstrip("\t") if opened.chomp else bare) == opened.name:
                break
            body.append(line)
        heredocs.append(Heredoc(opened.name, opened.expand, opened.chomp, "".join(body)))
    return tuple(heredocs), at


def _may_hold_heredoc(statement: LogicalLine) -> bool:
    keyword = statement.keyword.upper()
    if keyword == "ONBUILD":
        return _cut_blank(statement.rest)[0].upper() in _HEREDOC_KEYWORDS
    return keyword in _HEREDOC_KEYWORDS
