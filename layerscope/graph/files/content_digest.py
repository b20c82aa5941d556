"""Digests of what was read of an input, so that one look-up replaces a comparison with all that was ever read.

A digest is equal exactly where two contents are, up to the images and the runs of commands they hang on; those stand
beside it. Trees that would have to be read for theirs have none, and are compared one by one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeAlias, TypeGuard

from layerscope.context.content_names import content_name
from layerscope.context.tree import Directory, File, Link, Special
from layerscope.graph.files.content import Content
from layerscope.graph.files.filesystem import NamedOwner, Opaque, Tree, is_list
from layerscope.graph.files.listing import ListedFile
from layerscope.values import Value

_Identities: TypeAlias = tuple[Hashable, ...]
_Form: TypeAlias = tuple[Hashable, _Identities] | None
_TREES = (Directory, Opaque, File, Link, Special)
_UNKNOWN = "unknown"  # stands in a form for what an identity beside it names


class ContentDigest(Value):
    """form: the same for contents that differ in identities alone, save where these decide whether two contents are
    certainly others. identities: of the results that they hang on, in the order in which they are met.
    """

    form: Hashable
    identities: _Identities = ()


def content_digest(content: Content) -> ContentDigest | None:
    """The digest of a content; None where files would have to be read for it."""
    if len(content.parts) == 1 and not isinstance(content.parts[0], tuple):
        found = _form(content.parts[0])
    else:
        found = _joined(_listed(part) if isinstance(part, tuple) else _form(part) for part in content.parts)
    return None if found is None else ContentDigest(*found)


def _joined(parts: Iterable[_Form]) -> _Form:
    forms: list[Hashable] = []
    identities: list[Hashable] = []
    for found in parts:
        if found is None:
            return None
        forms.append(found[0])
        identities += found[1]
    return tuple(forms), tuple(identities)


def _listed(entries: tuple[ListedFile, ...]) -> _Form:
    found = _joined(map(_entry, entries))
    return None if found is None else (("list", tuple(entry.name for entry in entries), found[0]), found[1])


def _entry(entry: ListedFile) -> _Form:
    if isinstance(entry.node, Directory) and not entry.whole:
        # Of a directory in a list the header alone counts; what is below has entries of its own.
        header = _header(entry.node)
        return None if header is None else (header, ())
    return _form(entry.node)


def _form(node: Tree) -> _Form:
    if isinstance(node, Opaque):
        if node.form is None:
            node.form = _of_opaque(node)
        return node.form
    name = content_name(node)
    if name is not None:
        return name, ()
    return _of_directory(node) if isinstance(node, Directory) else None


def _of_directory(directory: Directory) -> _Form:
    """A directory with unknown ground somewhere below it."""
    header = _header(directory)
    found = _joined(map(_form, directory.children.values())) if header is not None else None
    return None if found is None else (("directory", header, tuple(directory.children), found[0]), found[1])


def _of_opaque(node: Opaque) -> _Form:
    state = node.state
    ground = _form(state) if _is_tree(state) else (_UNKNOWN, (state,))
    if ground is None:
        return None
    if not node.overlay and not node.mark and node.header is None:
        return ("opaque", ground[0], node.path), ground[1]
    names = sorted(node.overlay)
    overlay = _joined(_form(node.overlay[name]) for name in names)
    marks = _joined(map(_mark, node.mark))
    header = _header(node.header) if node.header is not None else ()
    if overlay is None or marks is None or header is None:
        return None
    # Two lists are certainly others only over one and the same ground.
    grounds = ground[1] if is_list(node) and isinstance(state, Opaque) else ()
    form = ("opaque", ground[0], node.path, tuple(names), overlay[0], marks[0], header, grounds)
    return form, (*ground[1], *overlay[1], *marks[1])


def _mark(value: Hashable | Tree) -> _Form:
    if isinstance(value, NamedOwner):
        return None
    return _form(value) if _is_tree(value) else (value, ())


def _is_tree(value: Hashable | Tree) -> TypeGuard[Tree]:
    return isinstance(value, _TREES)


def _header(directory: Directory) -> Hashable:
    """Mode and owner; None where only the image's own files tell whose it is."""
    return (directory.mode, directory.owner) if isinstance(directory.owner, str) else None
