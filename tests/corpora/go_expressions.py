"""Go expressions of test tables and their values: literals, composite literals, sums, conversions, calls by name.

It understands what rows of tables are made of and refuses everything else, so that no row is read by halves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.corpora.go_tokens import Token
from tests.corpora.source import CorpusError


@dataclass(frozen=True)
class Symbol:
    """A name of another package (`filepath.ErrBadPattern`): only its text is known."""

    text: str


@dataclass(frozen=True)
class Called:
    """A call of a function the reader does not know, its arguments evaluated."""

    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class _Type:
    """kind: list, map or name; inner: of the elements."""

    kind: str
    text: str
    inner: _Type | None = None


class Reader:
    """Reads expressions from a run of tokens. names: values of the names that may stand in them."""

    def __init__(self, tokens: Sequence[Token], file: str, names: Mapping[str, Any]) -> None:
        self.tokens = [*tokens, Token("end", "", tokens[-1].line if tokens else 0)]
        self.at = 0
        self.file = file
        self.names = names

    def whole(self) -> Any:
        """The value of all the tokens: one expression and nothing after it."""
        value = self.expression()
        self.expect("")
        return value

    def whole_list(self) -> list[Any]:
        """The values of comma-separated expressions."""
        values = [self.expression()]
        while self.take(","):
            values.append(self.expression())
        self.expect("")
        return values

    def peek(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def take(self, text: str) -> bool:
        if self.peek().kind in {"op", "keyword"} and self.peek().text == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        token = self.next()
        if token.kind in {"string", "int", "name"} or token.text != text:
            raise self.error(token, f"expected {text or 'the end of the expression'!r}")

    def error(self, token: Token, what: str) -> CorpusError:
        return CorpusError(f"{self.file}:{token.line}: row not understood at {token.text!r}: {what}")

    def expression(self) -> Any:
        value = self.operand()
        while self.peek().text == "+" and self.peek().kind == "op":
            plus = self.next()
            right = self.operand()
            if not isinstance(value, str) or not isinstance(right, str):
                raise self.error(plus, "only texts are added")
            value += right
        return value

    def operand(self) -> Any:
        token = self.peek()
        if token.kind in {"string", "int"}:
            self.at += 1
            return token.value
        if self.take("&"):
            return self.operand()
        if token.text in {"[", "map", "struct"}:
            kind = self.type()
            return self.body(kind) if self.peek().text == "{" else self.conversion()
        if token.kind == "name":
            return self.named()
        raise self.error(token, "no operand this reader knows")

    def named(self) -> Any:
        first = self.next()
        path = first.text
        while self.take("."):
            path += "." + self.next().text
        if self.peek().text == "{" and self.peek().kind == "op":
            return self.body(_Type("name", path))
        if self.take("("):
            return self.call(path)
        while self.take("["):
            index = self.expression()
            self.expect("]")
            path = f"{path}[{index}]"
            while self.take("."):
                path += "." + self.next().text
        known = {"true": True, "false": False, "nil": None}
        if path in known:
            return known[path]
        if path in self.names:
            return self.names[path]
        if "." in path or "[" in path:
            return Symbol(path)
        raise self.error(first, "unknown name")

    def call(self, function: str) -> Any:
        arguments: list[Any] = []
        while not self.take(")"):
            if function == "make":
                self.type()
            else:
                arguments.append(self.expression())
                self.take("...")
            if not self.take(","):
                self.expect(")")
                break
        if function == "make":
            return {}
        if function == "append":
            whole = arguments[0]
            for more in arguments[1:]:
                whole = whole + more
            return whole
        return Called(function, tuple(arguments))

    def conversion(self) -> Any:
        self.expect("(")
        value = self.expression()
        self.expect(")")
        if not isinstance(value, str):
            raise self.error(self.peek(), "only texts are converted")
        return value.encode()

    def type(self) -> _Type:
        token = self.next()
        if token.text == "[":
            self.expect("]")
            inner = self.type()
            return _Type("list", f"[]{inner.text}", inner)
        if token.text == "map":
            self.expect("[")
            key = self.type()
            self.expect("]")
            inner = self.type()
            return _Type("map", f"map[{key.text}]{inner.text}", inner)
        if token.text == "*":
            return self.type()
        if token.text == "struct":
            self.expect("{")
            depth = 1
            while depth:
                passed = self.next()
                if passed.kind == "end":
                    raise self.error(passed, "the struct does not end")
                depth += (passed.text == "{") - (passed.text == "}") if passed.kind == "op" else 0
            return _Type("name", "struct")
        if token.kind != "name":
            raise self.error(token, "no type this reader knows")
        path = token.text
        while self.take("."):
            path += "." + self.next().text
        return _Type("name", path)

    def body(self, kind: _Type) -> Any:
        """Slices are lists (of bytes: bytes), maps and structs with field names dicts, structs without lists."""
        self.expect("{")
        elements: list[Any] = []
        keyed: dict[Any, Any] = {}
        while not self.take("}"):
            if kind.kind == "name" and self.tokens[self.at + 1].text == ":":
                key = self.next().text
                self.expect(":")
                keyed[key] = self.expression()
            elif kind.kind == "map":
                key = self.element(kind.inner)
                self.expect(":")
                if key in keyed:
                    raise self.error(self.peek(), f"key {key!r} stands twice")
                keyed[key] = self.element(kind.inner)
            else:
                elements.append(self.element(kind.inner))
            if not self.take(","):
                self.expect("}")
                break
        if keyed and elements:
            raise self.error(self.peek(), "a literal with and without keys")
        if kind.text == "[]byte":
            return bytes(elements)
        if kind.kind == "map" or keyed:
            return keyed
        return elements

    def element(self, kind: _Type | None) -> Any:
        if self.peek().text == "{" and self.peek().kind == "op":
            if kind is None:
                raise self.error(self.peek(), "a literal without a type")
            return self.body(kind)
        return self.expression()
