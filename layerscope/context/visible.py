"""What the ignore rules leave of a context, as a tree: ignored directories are never listed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from layerscope.context.patterns import PatternList
from layerscope.context.tree import Directory, ImpliedDirectory, Node


def visible(root: Directory, rules: PatternList) -> Directory:
    """The context as the builder is sent it. Shares nodes with `root`, and equals itself across edits elsewhere."""
    walked = rules.walked(root)
    return walked.left(_filtered(root, walked, "", None) if walked else root)


def _filtered(directory: Directory, rules: PatternList, path: str, result: tuple[bool, ...] | None) -> Directory:
    level = path.count("/") + 1 if path else 0
    if rules.ends_above(level):
        return directory
    # A directory that many commits share is filtered once for all of them.
    asked = (rules, path)
    seen = directory.seen_through(asked)
    if seen is None:
        seen = _seen(directory, rules, path, result)
        directory.keep_seen(asked, seen)
    return seen


def _seen(directory: Directory, rules: PatternList, path: str, result: tuple[bool, ...] | None) -> Directory:
    everything = False

    def load() -> Mapping[str, Node]:
        nonlocal everything
        kept = _with_negations(directory, rules, path, result) if rules.has_negations else _kept(directory, rules, path)
        everything = len(kept) == len(directory.children)
        return kept

    def proof() -> Hashable:
        return directory.proof() if everything and directory.proof is not None else None

    token = None if directory.token is None else ("visible", directory.token, rules.token, path)
    kind = ImpliedDirectory if isinstance(directory, ImpliedDirectory) else Directory
    # A directory that has no proof must not be kept alive by what it is seen as.
    return kind(directory.mode, load, token, proof=proof if directory.proof is not None else None)


def _kept(directory: Directory, rules: PatternList, path: str) -> dict[str, Node]:
    """Where nothing is re-included: what matches a pattern goes, with all below it."""
    start = path + "/" if path else ""
    excluded = rules.excluded_in(path)
    children = directory.children
    kept = {name: child for name, child in children.items() if not excluded[name]}
    if not rules.ends_above(start.count("/") + 1):
        for name, child in kept.items():
            if isinstance(child, Directory):
                kept[name] = _filtered(child, rules, start + name, None)
    return kept


def _with_negations(
    directory: Directory, rules: PatternList, path: str, result: tuple[bool, ...] | None
) -> dict[str, Node]:
    kept: dict[str, Node] = {}
    for name, child in directory.children.items():
        below = f"{path}/{name}" if path else name
        excluded, below_result = rules.match(below, result)
        if isinstance(child, Directory):
            if excluded and not rules.may_include_below(below):
                continue
            filtered = _filtered(child, rules, below, below_result)
            entered = rules.entered(filtered, below) if excluded else filtered
            if entered is not None:
                kept[name] = entered
        elif not excluded:
            kept[name] = child
    return kept
