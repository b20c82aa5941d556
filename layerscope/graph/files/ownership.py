"""Owners as `--chown` and USER give them to file operations."""

from __future__ import annotations

from layerscope.context.tree import Owner
from layerscope.graph.file_options import owner_option
from layerscope.graph.files.filesystem import NamedOwner, Tree


def owner_of_files(text: str, root: Tree) -> Owner:
    """The owner of what is copied or made so in `root`; "" is 0:0, as files of a context have it.

    A user without a group stands for both. A name stays a name: which number it is the image's own files tell.
    """
    owner = owner_option(text)
    if len(owner) == 1 and isinstance(owner[0], int):
        owner = (owner[0], owner[0])
    if owner in ((), (0, 0)):
        return ""
    written = ":".join(map(str, owner))
    return written if all(isinstance(part, int) for part in owner) else NamedOwner(written, root)
