"""What a container sees of stacked layers, each path with the place of its bytes: a hard link has those of its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from layerscope.image.layers.changes import layer_changes
from layerscope.image.layers.listing import Listing
from layerscope.image.layers.stack import LayerStack, Nodes, is_directory, node_size

_MOST_LINKS = 40  # of links to links; a layer that has more is odd, and its last one is as good as any


class ContentPlace(NamedTuple):
    """layer: its number, from 0. path: of the entry there that has the bytes."""

    layer: int
    path: str


class SeenFiles:
    """The paths that a container sees. nodes: as they are listed."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self._listings = listings
        stack = LayerStack()
        for _ in layer_changes(listings, stack):
            pass
        self.nodes: Nodes = stack.nodes

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Of each file the bytes of its content, those of a hard link under each of its names."""
        files = {path: node for path, node in self.nodes.items() if not is_directory(node)}
        return files | {link: self._size(place) for link, place in self._linked.items()}

    @cached_property
    def sizes_once(self) -> dict[str, int]:
        """The same, but of bytes with several names one has them: the file's own, or the first of those left."""
        files = {path: node for path, node in self.nodes.items() if not is_directory(node)}
        first: dict[ContentPlace, str] = {}
        for link, place in sorted(self._linked.items(), key=lambda item: item[0]):
            own = place.path if self._is_seen(place) else first.setdefault(place, link)
            files[link] = self._size(place) if own == link else 0
        return files

    def places(self, paths: Iterable[str]) -> dict[str, ContentPlace]:
        """Where the bytes of these paths lie; without those that no layer lists itself."""
        found: dict[str, ContentPlace] = {}
        left = set(paths)
        for number in range(len(self._listings) - 1, -1, -1):
            listing = self._listings[number]
            here = left & listing.nodes.keys()  # a path's uppermost layer holds what is seen
            left -= here
            found.update((path, ContentPlace(number, path)) for path in here)
        return found | {path: place for path, place in self._linked.items() if path in found}

    @cached_property
    def _linked(self) -> Mapping[str, ContentPlace]:
        """The hard links that are seen, as far as their file is found."""
        links = {link for listing in self._listings for link in listing.links if link in self.nodes}
        found: dict[str, ContentPlace] = {}
        for link in links:
            number = self._uppermost(link, len(self._listings) - 1)
            if number is not None and link in self._listings[number].links:
                place = self._file_of(ContentPlace(number, link))
                if place is not None:
                    found[link] = place
        return found

    def _file_of(self, place: ContentPlace | None) -> ContentPlace | None:
        for _ in range(_MOST_LINKS):
            if place is None or (target := self._listings[place.layer].links.get(place.path)) is None:
                return place
            number = self._uppermost(target, place.layer)
            place = ContentPlace(number, target) if number is not None else None
        return place

    def _uppermost(self, path: str, highest: int) -> int | None:
        return next((n for n in range(highest, -1, -1) if path in self._listings[n].nodes), None)

    def _is_seen(self, place: ContentPlace) -> bool:
        return place.path in self.nodes and self._uppermost(place.path, len(self._listings) - 1) == place.layer

    def _size(self, place: ContentPlace) -> int:
        return node_size(self._listings[place.layer].nodes[place.path])
