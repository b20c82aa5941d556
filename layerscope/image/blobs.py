"""The least that a source of images must give: its blobs by digest. What is read of them is completed here, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, cast

from layerscope.docker.config import check_bytes
from layerscope.docker.json_document import JSON_LIMIT, JsonObject, parse_object
from layerscope.errors import InputError
from layerscope.image.layers.layer_tar import FileSpan


class NotThereError(InputError):
    """The source has no such thing."""


class Blob(NamedTuple):
    """A stored blob. open: a fresh stream from its start. size: in bytes, `None` where only reading would tell."""

    open: Callable[[], BinaryIO]
    size: int | None


class Blobs(Protocol):
    """A source's blobs by digest."""

    @property
    def file(self) -> str:
        """What errors call the source."""

    def find(self, digest: str) -> Blob | None:
        """The blob, or `None` if the source does not hold it."""


def blob_at(path: Path) -> Blob | None:
    """A blob in a file of its own, if it is there."""
    if not path.is_file():
        return None
    return Blob(lambda: cast(BinaryIO, FileSpan.of_path(path, str(path))), path.stat().st_size)


def read_object(blobs: Blobs, digest: str, what: str) -> JsonObject:
    """A blob that must be there, be what its digest says and be JSON."""
    return parse_object(read_document(blobs, digest, what), f"{blobs.file} ({what} {digest[:19]})")


def read_document(blobs: Blobs, digest: str, what: str) -> bytes:
    """The bytes of a blob that must be there, be what its digest says and be of a size a document may have.

    Raises:
        NotThereError: it is not there.
        InputError: it cannot be read, or is damaged.
    """
    blob = blobs.find(digest)
    if blob is None:
        raise NotThereError(f"the {what} {digest} is not there", blobs.file)
    with blob.open() as stream:
        data = stream.read(JSON_LIMIT + 1)
    if len(data) > JSON_LIMIT:
        raise InputError(f"the {what} {digest} is longer than {JSON_LIMIT} bytes", blobs.file)
    check_bytes(data, digest, what, blobs.file)
    return data
