"""Which paths below a source the patterns of `--parents` and `--exclude` take."""

from __future__ import annotations

from typing import TypeAlias

from layerscope.context.globs import has_wildcard
from layerscope.context.patterns import Pattern, PatternList
from layerscope.graph.operations import Selector
from layerscope.values import Value

Hits: TypeAlias = tuple[bool, ...] | None  # which patterns took a directory; None: they were not asked about it
Above: TypeAlias = tuple[Hits, Hits]  # of the patterns that include, and of those that exclude

NOTHING_ABOVE: Above = (None, None)


class Inclusion(Value):
    """include: None where all is taken that is not excluded."""

    include: PatternList | None
    exclude: PatternList

    @classmethod
    def of(cls, selector: Selector) -> Inclusion:
        """The patterns of a selector. Raises ValueError for one that the builder refuses."""
        include = [Pattern(text) for each in selector.include if (text := each.strip())]
        return cls(
            PatternList(include) if selector.include else None,
            PatternList(Pattern(text) for text in selector.exclude),
        )

    @property
    def has_exceptions(self) -> bool:
        """Whether a pattern takes back what another one says."""
        return self.exclude.has_negations or (self.include is not None and self.include.has_negations)

    def takes(self, path: str, above: Above) -> tuple[bool, Above]:
        """Whether it takes a path below the source, "" for the source itself, and what to hand down from there.

        above: what was handed down by the directory above.
        """
        included: Hits = None
        if self.include is not None:
            taken, included = self.include.match(path, above[0])
            if not taken:
                return False, (included, None)
        excluded, hits = self.exclude.match(path, above[1])
        return not excluded, (included, hits)

    def takes_all_below(self, taken: bool) -> bool:
        """Whether nothing below a directory is left out; taken: whether the directory is taken."""
        return taken and not self.exclude and not self.has_exceptions

    def may_take_below(self, path: str, handed: Above) -> bool:
        """Whether it can take something below a directory; handed: what that hands down."""
        include = self.include
        if include is None or not path or include.has_negations or (handed[0] is not None and any(handed[0])):
            return True
        return any(pattern.may_match_below(path) for pattern in include.patterns)

    def names_below(self, path: str) -> list[str] | None:
        """The names in a directory, itself not taken, at or below which something can be; None for any name."""
        include = self.include
        if include is None or include.has_negations:
            return None
        start = f"{path}/" if path else ""
        names: set[str] = set()
        for pattern in include.patterns:
            if path and not pattern.may_match_below(path):
                continue
            name = pattern.text[len(start) :].partition("/")[0]
            if not pattern.text.startswith(start) or has_wildcard(name) or "\\" in pattern.text[: len(start + name)]:
                return None
            names.add(name)
        return sorted(names)
