"""Exported build records (`*.dockerbuild`, of `docker buildx history export` and docker/build-push-action), and what
images in archives and layouts tell by their histories.

Format: a gzip'd OCI layout as a tar; each record is a manifest one of whose layers, of media type
`application/vnd.buildkit.status.v0`, holds the build's progress: messages of a 4-byte little-endian length
and a protobuf `moby.buildkit.v1.StatusResponse` (BuildKit's api/services/control/control.proto).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from layerscope.cost.build_log import BuildLog
from layerscope.cost.image_times import Read, image_builds, manifests_below, read_index
from layerscope.cost.logs.vertices import SolveProgress, StatusUpdate, VertexUpdate
from layerscope.errors import InputError

_STATUS_TYPE = "application/vnd.buildkit.status.v0"
_BLOB = re.compile(r"(?:\./)?blobs/([a-z0-9]+)/([0-9a-f]+)")
# Field numbers of control.proto.
_VERTEXES, _STATUSES, _LOGS = 1, 2, 3
_DIGEST, _NAME, _CACHED, _STARTED, _COMPLETED, _ERROR, _GROUP = 1, 3, 4, 5, 6, 7, 8
_GROUP_NAME = 2
_STATUS_ID, _STATUS_VERTEX, _STATUS_NAME, _STATUS_CURRENT, _STATUS_STARTED, _STATUS_COMPLETED = 1, 2, 3, 4, 7, 8
_LOG_VERTEX = 1

_Value = int | bytes


def parse_tar(data: bytes, source: str) -> tuple[BuildLog, ...]:
    """The builds that a tar archive tells: one for each record in it, else one for each image with a history.

    Raises InputError for a tar that holds neither, or a damaged one.
    """
    files = _files(data, source)

    def read(name: str) -> bytes:
        start, size = files[name]
        return data[start : start + size]

    builds: list[BuildLog] = []
    try:
        for digest in _status_blobs(read, source):
            progress = SolveProgress(source)
            for message in _messages(read(digest)):
                _take(message, progress)
            builds.extend(progress.builds())
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise InputError("this build record is damaged: export it again", source) from None
    return tuple(builds) or image_builds(read, source)


def _files(data: bytes, source: str) -> dict[str, tuple[int, int]]:
    """Where the files lie: blobs by digest, others by name."""
    import tarfile  # slow to import, and needed for this one format

    files: dict[str, tuple[int, int]] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                match = _BLOB.fullmatch(member.name)
                name = f"{match[1]}:{match[2]}" if match else member.name.removeprefix("./")
                if member.isreg() and not member.issparse():
                    files[name] = (member.offset_data, member.size)
    except (tarfile.TarError, OSError, ValueError, EOFError, OverflowError):
        raise InputError("this tar archive is damaged", source) from None
    return files


def _status_blobs(read: Read, source: str) -> Iterator[str]:
    """Digests of the status blobs of all records; one may be an index of its own."""
    index = read_index(read, source)
    for named in manifests_below(read, index, source) if index is not None else ():
        for layer in named.manifest.layers:
            if layer.media_type == _STATUS_TYPE:
                yield layer.digest


def _messages(blob: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(blob):
        length = int.from_bytes(blob[offset : offset + 4], "little")
        message = blob[offset + 4 : offset + 4 + length]
        if len(message) < length:
            raise ValueError("message cut off")
        yield message
        offset += 4 + length


def _take(message: bytes, progress: SolveProgress) -> None:
    for number, value in _fields(message):
        if number == _VERTEXES:
            progress.update(_vertex(_message(value)))
        elif number == _STATUSES:
            progress.status(_status(_message(value)))
        elif number == _LOGS:
            progress.printed(_text(dict(_fields(_message(value))), _LOG_VERTEX))


def _vertex(message: bytes) -> VertexUpdate:
    fields = dict(_fields(message))
    group = dict(_fields(_message(fields[_GROUP]))) if _GROUP in fields else {}
    return VertexUpdate(
        digest=_text(fields, _DIGEST),
        name=_text(fields, _NAME),
        started=_instant(fields, _STARTED),
        completed=_instant(fields, _COMPLETED),
        cached=fields.get(_CACHED) == 1,
        error=_text(fields, _ERROR),
        group=_text(group, _GROUP_NAME),
    )


def _status(message: bytes) -> StatusUpdate:
    fields = dict(_fields(message))
    current = fields.get(_STATUS_CURRENT, 0)
    return StatusUpdate(
        _text(fields, _STATUS_VERTEX),
        _text(fields, _STATUS_ID),
        _text(fields, _STATUS_NAME),
        current if isinstance(current, int) else 0,
        _instant(fields, _STATUS_STARTED),
        _instant(fields, _STATUS_COMPLETED),
    )


def _instant(fields: dict[int, _Value], number: int) -> int | None:
    if number not in fields:
        return None
    parts = dict(_fields(_message(fields[number])))
    seconds, nanos = parts.get(1, 0), parts.get(2, 0)
    if not isinstance(seconds, int) or not isinstance(nanos, int):
        raise TypeError("timestamp")
    # Go's zero time is before 1970: a negative varint, and "unknown".
    return None if seconds >= 1 << 63 else seconds * 1_000_000_000 + nanos


def _text(fields: dict[int, _Value], number: int) -> str:
    return _message(fields.get(number, b"")).decode("utf-8", "replace")


def _message(value: _Value) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("field of another type")
    return value


def _fields(message: bytes) -> Iterator[tuple[int, _Value]]:
    """The fields of a protobuf message: varints as int, length-delimited ones as bytes, others passed over."""
    offset = 0
    while offset < len(message):
        key, offset = _varint(message, offset)
        kind = key & 7
        if kind == 0:
            value, offset = _varint(message, offset)
            yield key >> 3, value
        elif kind == 2:
            length, offset = _varint(message, offset)
            if offset + length > len(message):
                raise ValueError("field cut off")
            yield key >> 3, message[offset : offset + length]
            offset += length
        elif kind in {1, 5}:
            offset += 8 if kind == 1 else 4
        else:
            raise ValueError("no protobuf")


def _varint(message: bytes, offset: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
    raise ValueError("varint too long")
