"""A Go test file: its test functions, their statements, and the tables that stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.corpora.go_expressions import Called, Reader, Symbol
from tests.corpora.go_tokens import Token, tokens
from tests.corpora.source import CorpusError, Source

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True)
class Assignment:
    """`targets := values`; a call with several results has one value."""

    targets: tuple[str, ...]
    values: tuple[Any, ...]


class GoCode:
    """A run of tokens: a whole file, or the body of a function."""

    def __init__(self, found: Sequence[Token], file: str, names: Mapping[str, Any] | None = None) -> None:
        self.tokens = list(found)
        self.file = file
        self.names: dict[str, Any] = dict(names or {})

    def statements(self) -> list[list[Token]]:
        """The tokens of each statement; a block is part of the statement that opens it."""
        found: list[list[Token]] = [[]]
        depth = 0
        for token in self.tokens:
            if token.kind == "op":
                depth += (token.text in _OPEN) - (token.text in _CLOSE)
                if token.text == ";" and depth == 0:
                    found.append([])
                    continue
            if token.kind != "end":
                found[-1].append(token)
        return [statement for statement in found if statement]

    def steps(self, passed_over: Iterable[str] = ()) -> list[Assignment | Any]:
        """Every statement as an assignment or the value of its expression; texts assigned are known from there on.

        passed_over: beginnings of statements that ask nothing. Any other kind of statement is an error.
        """
        self.names["t"] = Symbol("t")
        steps: list[Assignment | Any] = []
        for statement in self.statements():
            written = _written(statement)
            if any(written.startswith(beginning) for beginning in passed_over):
                continue
            if statement[0].text == "const":
                self.names |= self._constants(statement)
                continue
            steps.append(self._step(statement))
        return steps

    def value(self, name: str) -> Any:
        """The value of the one statement that defines a name: `name := …`, `var name = …` or `const name = …`."""
        found = [
            statement[2 + declared :]
            for statement in self.statements()
            for declared in [statement[0].text in {"var", "const"}]
            if [token.text for token in statement[declared : declared + 2]] in ([name, ":="], [name, "="])
        ]
        if len(found) != 1:
            raise CorpusError(f"{self.file}: {name} is defined {len(found)} times, not once")
        return self.read(found[0])

    def constants(self) -> dict[str, Any]:
        """The names of all `const ( … )` blocks."""
        return {
            name: value
            for statement in self.statements()
            if statement[0].text == "const"
            for name, value in self._constants(statement).items()
        }

    def tables(self, kind: str) -> list[Any]:
        """The rows of all literals of this type (`[]matchesTestCase`), wherever they stand."""
        written = tokens(kind, kind)[:-1]
        wanted = [token.text for token in written if token.text != ";"]
        rows: list[Any] = []
        for at in range(len(self.tokens)):
            end = at + len(wanted)
            if [token.text for token in self.tokens[at:end]] == wanted and self.tokens[end].text == "{":
                rows += self.read(self.tokens[at : _matching(self.tokens, end, self.file)])
        if not rows:
            raise CorpusError(f"{self.file}: no table of {kind}")
        return rows

    def arguments(self, function: str, names: Mapping[str, Any] | None = None) -> list[list[Any]]:
        """The arguments of each call of a function, wherever it stands."""
        wanted = function.replace(".", " . ").split()
        found: list[list[Any]] = []
        for at in range(len(self.tokens)):
            end = at + len(wanted)
            before = self.tokens[at - 1].text if at else ""
            if [token.text for token in self.tokens[at:end]] == wanted and before not in {".", "func"}:
                if self.tokens[end].text != "(":
                    continue
                close = _matching(self.tokens, end, self.file)
                found.append(self.read_list(self.tokens[end + 1 : close - 1], names))
        if not found:
            raise CorpusError(f"{self.file}: no call of {function}")
        return found

    def read(self, found: Sequence[Token], names: Mapping[str, Any] | None = None) -> Any:
        return Reader(found, self.file, {**self.names, **(names or {})}).whole()

    def read_list(self, found: Sequence[Token], names: Mapping[str, Any] | None = None) -> list[Any]:
        return Reader(found, self.file, {**self.names, **(names or {})}).whole_list() if found else []

    def _step(self, statement: list[Token]) -> Assignment | Any:
        for at, token in enumerate(statement):
            if token.kind == "op" and token.text in {":=", "="}:
                targets = tuple(_written(statement[:at]).replace(" ", "").split(","))
                values = tuple(self.read_list(statement[at + 1 :]))
                known = len(targets) == len(values) and not any(isinstance(value, Called) for value in values)
                self.names |= dict(zip(targets, values if known else map(Symbol, targets), strict=True))
                return Assignment(targets, values)
            if token.kind == "op" and token.text in _OPEN:
                break
        return self.read(statement)

    def _constants(self, statement: list[Token]) -> dict[str, Any]:
        inner = statement[2:-1] if statement[1].text == "(" else statement[1:]
        found: dict[str, Any] = {}
        for line in GoCode(inner, self.file).statements():
            if len(line) < 3 or line[1].text != "=":
                raise CorpusError(f"{self.file}:{line[0].line}: constant not understood: {_written(line)}")
            found[line[0].text] = self.read(line[2:])
        return found


class GoFile(GoCode):
    """A file of a corpus. `tests` are the names of its test functions that no reader has asked for yet."""

    def __init__(self, source: Source, name: str) -> None:
        super().__init__(tokens(source.text(name), name), name)
        self.tests: list[str] = []
        self._bodies: dict[str, list[Token]] = {}
        for statement in self.statements():
            if statement[0].text == "func" and statement[1].kind == "name" and statement[-1].text == "}":
                self._bodies[statement[1].text] = _body(statement, name)
        self.tests = [name for name in self._bodies if name.startswith("Test")]

    def function(self, name: str) -> GoCode:
        """The body of a function; a test asked for is no longer among `tests`."""
        if name not in self._bodies:
            raise CorpusError(f"{self.file}: no function {name}")
        if name in self.tests:
            self.tests.remove(name)
        return GoCode(self._bodies[name], self.file, self.names)

    def finish(self) -> None:
        """Raises CorpusError where a test function was neither read nor said to be not applicable."""
        if self.tests:
            raise CorpusError(f"{self.file}: test functions nobody reads: {', '.join(self.tests)}")


def _body(statement: list[Token], file: str) -> list[Token]:
    at = next(i for i, token in enumerate(statement) if token.text == "(")
    at = _matching(statement, at, file)
    while statement[at].text != "{":
        at += 1
    return statement[at + 1 : _matching(statement, at, file) - 1]


def _matching(found: Sequence[Token], at: int, file: str) -> int:
    """The index after the bracket that closes the one at `at`."""
    depth = 0
    for end in range(at, len(found)):
        if found[end].kind == "op":
            depth += (found[end].text in _OPEN) - (found[end].text in _CLOSE)
            if depth == 0:
                return end + 1
    raise CorpusError(f"{file}:{found[at].line}: bracket is not closed")


def _written(found: Sequence[Token]) -> str:
    text = " ".join(token.text for token in found)
    return text.replace(" . ", ".").replace(" (", "(").replace("( ", "(").replace(" )", ")")


def questions(steps: Iterable[Assignment | Any], *functions: str) -> list[tuple[Assignment, list[Called]]]:
    """Each assignment of a call of one of the functions, and the `require` calls that say what comes of it."""
    found: list[tuple[Assignment, list[Called]]] = []
    asked = False
    for step in steps:
        if isinstance(step, Assignment):
            call = step.values[0]
            asked = isinstance(call, Called) and call.function in functions
            if asked:
                found.append((step, []))
        elif asked and isinstance(step, Called) and step.function.startswith("require."):
            found[-1][1].append(step)
        else:
            raise CorpusError(f"a step that asks nothing known: {step}")
    if not found:
        raise CorpusError(f"no call of {' or '.join(functions)}")
    return found
