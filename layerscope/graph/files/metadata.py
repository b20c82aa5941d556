"""What `--chown` and `--chmod` of a copy give the files that it puts there."""

from __future__ import annotations

from layerscope.context.tree import Directory, File, Link, Owner, Special
from layerscope.graph.files.filesystem import Opaque, Tree, made_directory
from layerscope.graph.files.modes import changed_mode, mode_of_made_directories


class Metadata:
    """owner: None keeps it. chmod: as written, "" keeps the mode. made: like which directories on the way are made."""

    __slots__ = ("chmod", "made", "owner")

    def __init__(self, owner: Owner | None, chmod: str) -> None:
        self.owner = owner
        self.chmod = chmod
        self.made = made_directory(mode_of_made_directories(chmod), "" if owner is None else owner)

    def given_to(self, node: Tree) -> Tree:
        """A node as the copy leaves it, all below it likewise."""
        owner, chmod = self.owner, self.chmod
        if owner is None and not chmod:
            return node
        if isinstance(node, Opaque):
            return Opaque(node, mark=("owned", owner, chmod))
        kept = node.owner if owner is None else owner
        if isinstance(node, Link):
            return Link(node.target, kept)
        mode = changed_mode(chmod, node.mode, directory=isinstance(node, Directory))
        if isinstance(node, File):
            return node.with_metadata(mode, kept)
        if isinstance(node, Special):
            return Special(node.kind, mode, kept)
        children = {name: self.given_to(child) for name, child in node.children.items()}
        return Directory(mode, children=children, owner=kept, made=node.made or bool(chmod))  # type: ignore[arg-type]
