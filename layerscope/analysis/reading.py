"""What a saved output of Docker's tells: build logs, histories, listings, pushes, a registry's files."""

from __future__ import annotations

from layerscope.cost.logs.open import decode, parse_log, read_bytes, unpack
from layerscope.cost.model import BuildLog
from layerscope.docker.image_listing import ListedImage, is_listing, parse_listing
from layerscope.docker.push_log import PushLog, is_push_log, parse_push_logs
from layerscope.docker.registry_tree import RegistryTree, is_registry_tree, parse_registry_tree
from layerscope.errors import InputError
from layerscope.values import Value

_READABLE = "a build log or record, `docker images`, `docker push` or a listing of a registry's files"


class Reading(Value):
    """One file and what it is; exactly one of the answers is filled."""

    file: str
    kind: str  # build, images, push or registry
    builds: tuple[BuildLog, ...] = ()
    images: tuple[ListedImage, ...] = ()
    pushes: tuple[PushLog, ...] = ()
    registry: RegistryTree | None = None


def read_output(path: str) -> Reading:
    """Recognise a file by its content and read it. Raises InputError for a file that is none of these."""
    data = unpack(read_bytes(path), path)
    text = decode(data)
    if is_listing(text):
        return Reading(path, "images", images=parse_listing(text, path))
    if is_push_log(text):
        return Reading(path, "push", pushes=parse_push_logs(text, path))
    if is_registry_tree(text):
        return Reading(path, "registry", registry=parse_registry_tree(text, path))
    try:
        return Reading(path, "build", builds=parse_log(data, path))
    except InputError as error:
        raise InputError(f"{error.message}; nor is it {_READABLE}", path, error.line) from None
