"""What `COPY --parents` leaves: the files its patterns take, under the directories they are in."""

from __future__ import annotations

from layerscope.context.paths import clean
from layerscope.context.tree import Directory
from layerscope.graph.files.filesystem import Opaque, Tree, child_of, ground_of, merged, overlaid, put, resolve
from layerscope.graph.files.filesystem import with_children as laid_over
from layerscope.graph.files.inclusion import NOTHING_ABOVE, Above, Inclusion
from layerscope.graph.files.metadata import Metadata
from layerscope.graph.files.unknown_lists import listed_of_unknown
from layerscope.graph.operations import Selector

_ON_THE_WAY = "on the way"  # the mark of a directory of which only a build knows whether it was there


class ParentsCopy:
    """Copies of what the patterns of one source take. metadata: what `--chown` and `--chmod` give it."""

    def __init__(self, selector: Selector, metadata: Metadata) -> None:
        self.selector = selector
        self.metadata = metadata
        self.inclusion = Inclusion.of(selector)

    def onto(self, ground: Tree, destination: str, source: Directory | Opaque) -> Tree:
        """The file system with what is taken below one directory; the destination is made in any case."""
        at, there = resolve(ground, destination, written=True)
        made = self.metadata.made
        top = overlaid(there, made, made)
        if isinstance(source, Opaque) and self.inclusion.names_below("") is None:
            top = self._uncertain(top, at, listed_of_unknown(source, self.selector))
        elif isinstance(top, Directory | Opaque):
            top = laid_over(top, self._entries(top, source, "", NOTHING_ABOVE))
        return put(ground, at, top, made) if clean(at) else top

    def _entries(
        self, there: Directory | Opaque, source: Directory | Opaque, path: str, above: Above
    ) -> dict[str, Tree]:
        """What the copy puts into a directory. path: of its source, from where the patterns begin."""
        names = self.inclusion.names_below(path) if isinstance(source, Opaque) else source.children
        entries: dict[str, Tree] = {}
        for name in names or ():
            node = child_of(source, name)
            below = f"{path}/{name}" if path else name
            entry = self._entry(ground_of(there, name), node, below, above) if node is not None else None
            if entry is not None:
                entries[name] = entry
        return entries

    def _entry(self, there: Tree | None, node: Tree, path: str, above: Above) -> Tree | None:
        taken, handed = self.inclusion.takes(path, above)
        if not taken and not (isinstance(node, Directory | Opaque) and self.inclusion.may_take_below(path, handed)):
            return None
        if not isinstance(node, Directory | Opaque) or self.inclusion.takes_all_below(taken):
            return merged(there, self.metadata.given_to(node))
        if isinstance(node, Opaque):
            return self._uncertain(there, path, listed_of_unknown(node, self.selector, path, handed, taken=taken))
        return self._directory(there, node, path, taken, handed)

    def _directory(self, there: Tree | None, node: Directory, path: str, taken: bool, handed: Above) -> Tree | None:
        """A directory that is copied with a part of what it holds.

        One that is not taken itself, but on the way to what is, keeps its owner where it was there already, and gets
        the mode of its source whatever `--chmod` says.
        """
        bare = node.with_children({})
        given = self.metadata.given_to(bare)
        assert isinstance(given, Directory)
        ground = there if isinstance(there, Directory | Opaque) else given
        entries = self._entries(ground, node, path, handed)
        if not taken and not entries:
            return None
        laid = laid_over(ground, entries)
        if isinstance(laid, Directory):
            owner_kept = isinstance(there, Directory) and not taken
            header = Directory(node.mode, owner=laid.owner, made=node.made, children={}) if owner_kept else given
            return header.with_children(laid.children)
        return laid.with_header(given) if taken else laid.with_mark(_ON_THE_WAY, given)

    def _uncertain(self, there: Tree | None, path: str, lines: Opaque) -> Opaque:
        state = there if isinstance(there, Directory | Opaque) else "nothing known"
        return Opaque(state, path, mark=("parents", lines, self.metadata.owner, self.metadata.chmod))
