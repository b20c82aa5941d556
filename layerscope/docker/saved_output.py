"""Saved output of Docker's that is no build's: which command printed it, told by its content."""

from __future__ import annotations

from layerscope.docker.image_listing import ImageListing, is_listing, parse_listing
from layerscope.docker.push_log import PushLog, is_push_log, parse_push_log
from layerscope.docker.registry_tree import RegistryTree, is_registry_tree, parse_registry_tree


def parse_saved_output(text: str, file: str) -> ImageListing | PushLog | RegistryTree | None:
    """Read what `docker images`, `docker push`, or `find` in a registry's files printed; `None` for anything else.

    Raises:
        InputError: it is one of these, and has a line that does not belong there.
    """
    if is_listing(text):
        return parse_listing(text, file)
    if is_push_log(text):
        return parse_push_log(text, file)
    if is_registry_tree(text):
        return parse_registry_tree(text, file)
    return None
