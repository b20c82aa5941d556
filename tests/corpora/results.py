"""What a corpus says and what Layerscope says, case by case, and the table at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec

from layerscope.context.patterns import PatternError
from layerscope.dockerfile.expand import ExpansionError
from layerscope.errors import InputError

P = ParamSpec("P")


@dataclass(frozen=True)
class Refused:
    """The text must be refused, with these words in the message; a Dockerfile's refusal names its line."""

    words: str = ""

    def __repr__(self) -> str:
        return f"refused ({self.words!r})" if self.words else "refused"


@dataclass
class Corpus:
    """The cases of one file or folder of a project."""

    name: str
    cases: int = 0
    differences: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def compare(self, case: str, expected: object, ask: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """One case: what is expected, and what `ask` answers. Any exception but a refusal is a difference."""
        self.cases += 1
        found: object
        try:
            found = ask(*args, **kwargs)
        except InputError as error:
            found = Refused(error.message)
            if error.line is None:
                self.differences.append(f"{case}: refused without a line: {error}")
                return
        except (ExpansionError, PatternError) as error:
            found = Refused(str(error))
        except Exception as error:  # a fault of ours is a finding: the cases after it still run
            self.differences.append(f"{case}: {type(error).__name__}: {error}")
            return
        if not _agree(expected, found):
            self.differences.append(f"{case}\n  expected: {_shown(expected)}\n  found:    {_shown(found)}")

    def leave_out(self, what: str, why: str) -> None:
        """Something of the corpus that asks nothing Layerscope answers."""
        self.left_out.append((what, why))


def _agree(expected: object, found: object) -> bool:
    if isinstance(expected, Refused):
        return isinstance(found, Refused) and expected.words in found.words
    return type(expected) is type(found) and expected == found


def _shown(value: object) -> str:
    if isinstance(value, str) and "\n" in value:
        return "".join(f"\n    {line!r}" for line in value.splitlines(keepends=True))
    return repr(value)


def report(corpora: list[Corpus]) -> str:
    """Differences, what was left out and why, and a row per corpus."""
    lines: list[str] = []
    for corpus in corpora:
        lines += [f"{corpus.name}: {difference}" for difference in corpus.differences]
    lines += [""] if lines else []
    for corpus in corpora:
        lines += [f"{corpus.name}: {what}: not applicable: {why}" for what, why in corpus.left_out]
    width = max(len(corpus.name) for corpus in corpora)
    lines += ["", f"{'corpus':{width}}  cases  agree  differ  not applicable"]
    rows = [(corpus.name, corpus.cases, len(corpus.differences), len(corpus.left_out)) for corpus in corpora]
    rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows)))
    lines += [
        f"{name:{width}}  {cases:5}  {cases - differ:5}  {differ:6}  {left_out:14}"
        for name, cases, differ, left_out in rows
    ]
    return "\n".join(lines)
