"""Short names for what was read of an input, so that one look-up replaces a comparison with all that was ever read.

A shape is equal exactly where two contents are, up to the images and the runs of commands they hang on; those stand
beside it. Trees that would have to be read to be named have none, and are compared one by one.
"""

from __future__ import annotations

from collections.abc import Hashable

from layerscope.context.tree import Directory, File, Link, Special, content_name
from layerscope.graph.content import Content
from layerscope.graph.filesystem import NamedOwner, Opaque, Tree, is_list
from layerscope.values import Value


class Shape(Value):
    """form: the same for contents that differ in identities alone, save where these decide whether two contents are
    certainly others. identities: of the results that they hang on.
    """

    form: Hashable
    identities: tuple[Hashable, ...] = ()


def shape_of(content: Content) -> Shape | None:
    """The shape of a content; None where files would have to be read for it."""
    identities: list[Hashable] = []
    forms: list[Hashable] = []
    for part in content.parts:
        if isinstance(part, tuple):
            entries: list[Hashable] = []
            for entry in part:
                # Of a directory in a list the header alone counts; what is below has entries of its own.
                if isinstance(entry.node, Directory) and not entry.whole:
                    form = _header(entry.node)
                else:
                    form = _form(entry.node, identities)
                if form is None:
                    return None
                entries.append((entry.name, form))
            forms.append(("list", tuple(entries)))
        else:
            form = _form(part, identities)
            if form is None:
                return None
            forms.append(form)
    return Shape(tuple(forms), tuple(identities))


def _form(node: Tree, identities: list[Hashable]) -> Hashable:
    if not isinstance(node, Opaque):
        name = content_name(node)
        if name is not None or not isinstance(node, Directory):
            return name
        return _children(node, identities)
    header = None if node.header is None else _header(node.header)
    if header is None and node.header is not None:
        return None
    if isinstance(node.state, Directory | Opaque | File | Link | Special):
        state = _form(node.state, identities)
        if state is None:
            return None
    else:
        if node.state not in identities:
            identities.append(node.state)
        state = ("state", identities.index(node.state))
    overlay: list[Hashable] = []
    for name in sorted(node.overlay):
        form = _form(node.overlay[name], identities)
        if form is None:
            return None
        overlay.append((name, form))
    mark: list[Hashable] = []
    for value in node.mark:
        form = _form(value, identities) if isinstance(value, Directory | Opaque | File | Link | Special) else value
        if isinstance(value, NamedOwner):
            return None
        if form is None:
            return None
        mark.append(form)
    form = ("opaque", state, node.path, tuple(overlay), tuple(mark), header)
    if not is_list(node) or not isinstance(node.state, Opaque):
        return form
    # Two lists are certainly others only over one and the same ground.
    grounds: list[Hashable] = []
    _form(node.state, grounds)
    return (*form, tuple(grounds))


def _header(directory: Directory) -> Hashable:
    """Mode and owner; None where only the image's own files tell whose it is."""
    return (directory.mode, directory.owner) if isinstance(directory.owner, str) else None


def _children(directory: Directory, identities: list[Hashable]) -> Hashable:
    """A directory with unknown ground somewhere below it."""
    forms: list[Hashable] = []
    for name, child in directory.children.items():
        form = _form(child, identities)
        if form is None:
            return None
        forms.append((name, form))
    header = _header(directory)
    return None if header is None else ("directory", header, tuple(forms))
