"""What the ignore rules leave of a context, as a tree: ignored directories are never listed."""

from __future__ import annotations

from layerscope.context.patterns import PatternList
from layerscope.context.tree import Directory, Node


def visible(root: Directory, rules: PatternList) -> Directory:
    """The context as the builder is sent it. Shares nodes with `root`, and equals itself across edits elsewhere."""
    if not rules:
        return root
    return _filtered(root, rules, "", None)


def _filtered(directory: Directory, rules: PatternList, path: str, result: tuple[bool, ...] | None) -> Directory:
    def load() -> dict[str, Node]:
        kept: dict[str, Node] = {}
        for name, child in directory.children.items():
            below = f"{path}/{name}" if path else name
            excluded, below_result = rules.match(below, result)
            if isinstance(child, Directory):
                if excluded and not rules.has_negations:
                    continue
                filtered = _filtered(child, rules, below, below_result)
                # An excluded directory is sent only for the sake of what is re-included below it.
                if not excluded or filtered.children:
                    kept[name] = filtered
            elif not excluded:
                kept[name] = child
        return kept

    token = None if directory.token is None else ("visible", directory.token, rules.token, path)
    return Directory(directory.mode, load, token)
