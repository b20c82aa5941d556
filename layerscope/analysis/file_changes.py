"""Two images file by file: what a container of the one sees and one of the other does not, or sees otherwise.

Files of one size that come from layers which only one of the images has are read on both sides; all others are the
same as soon as their sizes are, and layers that both have at the bottom are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import nsmallest
from itertools import takewhile

from layerscope.analysis.answers.file_changes import ChangedFile, ChangedFiles, FileChanges
from layerscope.analysis.file_parts import FilePart
from layerscope.analysis.layer_listings import LayerListings
from layerscope.analysis.verdicts import FileChange
from layerscope.image.layers.file_contents import FileContent, file_contents
from layerscope.image.layers.seen_files import ContentPlace, SeenFiles
from layerscope.image.layers.stack import is_directory
from layerscope.image.layers.tar_entries import FILE

_LARGEST = 50


def file_changes(before: LayerListings, after: LayerListings) -> FileChanges:
    """What differs between the files of two images: their bytes, owners, modes and where links lead; never their times.

    Raises:
        InputError: a layer is no tar, damaged or truncated.
    """
    sides = SeenFiles(before.listings), SeenFiles(after.listings)
    old, new = (side.sizes for side in sides)
    removed = [ChangedFile(FileChange.REMOVED, "/" + path, old[path], None) for path in old.keys() - new.keys()]
    added = [ChangedFile(FileChange.ADDED, "/" + path, None, new[path]) for path in new.keys() - old.keys()]
    both = old.keys() & new.keys()
    changed = [_changed(path, old[path], new[path], FilePart.CONTENT) for path in both if old[path] != new[path]]
    attributes: list[ChangedFile] = []
    rewritten: list[str] = []
    uncompared: list[str] = []
    for path, (one, other) in _written_again((before, after), sides).items():
        if path in both and old[path] != new[path]:
            continue
        sizes = old.get(path, 0), new.get(path, 0)
        if one is None or other is None or not _is_told(one, other):
            uncompared.append(path)
        elif (part := _difference(one, other)) is None:
            rewritten += [path] if path in both else []
        else:
            of_attributes = part in {FilePart.MODE, FilePart.OWNER}
            (attributes if of_attributes else changed).append(_changed(path, *sizes, part))
    return FileChanges(
        _sum(added),
        _sum(changed),
        _sum(removed),
        _written(rewritten, new),
        _written([one.path[1:] for one in attributes], new),
        _written([path for path in uncompared if path in both], new),
        tuple(nsmallest(_LARGEST, [*removed, *added, *changed, *attributes], key=lambda one: (-one.weight, one.path))),
    )


def _changed(path: str, before: int, after: int, part: FilePart) -> ChangedFile:
    return ChangedFile(FileChange.CHANGED, "/" + path, before, after, part)


def _sum(changes: Iterable[ChangedFile]) -> ChangedFiles:
    found = list(changes)
    return ChangedFiles(len(found), sum((change.after or 0) - (change.before or 0) for change in found))


def _written(paths: list[str], sizes: Mapping[str, int]) -> ChangedFiles:
    return ChangedFiles(len(paths), sum(sizes.get(path, 0) for path in paths))


def _is_told(one: FileContent, other: FileContent) -> bool:
    """Whether their bytes tell if they are the same: those of sparse files do not."""
    return one.entry.kind != other.entry.kind or one.entry.kind != FILE or None not in {one.digest, other.digest}


def _difference(one: FileContent, other: FileContent) -> FilePart | None:
    """The first part in which two files of one path and size differ."""
    a, b = one.entry, other.entry
    if a.kind != b.kind:
        return FilePart.TYPE
    if a.kind == FILE and one.digest != other.digest:
        return FilePart.CONTENT
    if a.link_target != b.link_target:
        return FilePart.LINK
    if (a.uid, a.gid) != (b.uid, b.gid):
        return FilePart.OWNER
    return FilePart.MODE if a.mode != b.mode else None


_Pair = tuple[FileContent | None, FileContent | None]


def _written_again(images: tuple[LayerListings, LayerListings], sides: tuple[SeenFiles, SeenFiles]) -> dict[str, _Pair]:
    """What both sides see in layers that the other has not, or has elsewhere; None of a layer that cannot be opened."""
    ids = zip(images[0].ids, images[1].ids, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] is not None and pair[0] == pair[1], ids))
    above = {path for image in images for listing in image.listings[shared:] for path in listing.nodes}
    old, new = sides
    both = {
        path
        for path in above & old.nodes.keys() & new.nodes.keys()
        if is_directory(old.nodes[path]) == is_directory(new.nodes[path])
        and (is_directory(old.nodes[path]) or old.sizes[path] == new.sizes[path])
    }
    places = old.places(both), new.places(both)
    again = [path for path in both if path in places[0] and path in places[1] and not _is_one(images, places, path)]
    first = _contents(images[0], {places[0][path] for path in again})
    second = _contents(images[1], {places[1][path] for path in again})
    return {path: (first.get(places[0][path]), second.get(places[1][path])) for path in sorted(again)}


def _is_one(
    images: tuple[LayerListings, LayerListings], places: tuple[dict[str, ContentPlace], ...], path: str
) -> bool:
    """Whether a path has its bytes from one place of one layer on both sides."""
    (one, other), (before, after) = (side[path] for side in places), images
    layer = before.ids[one.layer]
    return layer is not None and layer == after.ids[other.layer] and one.path == other.path


def _contents(image: LayerListings, places: set[ContentPlace]) -> dict[ContentPlace, FileContent]:
    wanted: dict[int, set[str]] = {}
    for place in places:
        wanted.setdefault(place.layer, set()).add(place.path)
    found: dict[ContentPlace, FileContent] = {}
    for number, paths in sorted(wanted.items()):
        opened = image.layers[number].open_tar
        if opened is not None:
            contents = file_contents(opened(), paths, image.reference)
            found.update((ContentPlace(number, path), content) for path, content in contents.items())
    return found
