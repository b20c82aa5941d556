"""Opens whatever a build left behind and tells its builds: the format is found by content, never by name.

Readers of rarer formats are imported when one is met.
"""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path

from layerscope.cost.build_log import BuildLog
from layerscope.cost.logs.classic import parse_classic
from layerscope.cost.logs.lines import Found, find_builds, log_lines
from layerscope.cost.logs.plain import parse_plain
from layerscope.cost.logs.rawjson import parse_rawjson
from layerscope.errors import InputError

READABLE = (
    "BuildKit's --progress=rawjson or --progress=plain, the classic builder's or podman's log, "
    "docker history --format json, an image or its config, provenance, an exported build record (.dockerbuild)"
)
"""What `read_log` reads, in the words of its error message."""

_LARGEST = 1 << 30


def read_log(source: Path | str | bytes, name: str = "") -> tuple[BuildLog, ...]:
    """The builds that a log, a history or a build record tells, oldest first; never none.

    Args:
        source: a file's path, or its bytes. Gzip'd files are unpacked, also a `.dockerbuild` in GitHub's zip.
        name: what to call it in messages and in `BuildLog.source`; the path unless given.

    Raises InputError naming the file (and line) if it cannot be read or is of no known format.
    """
    if isinstance(source, bytes):
        return parse_log(unpack(source, name), name)
    if is_layout(str(source)):
        from layerscope.cost.image_times import parse_layout

        return parse_layout(str(source))
    return parse_log(read_bytes(source), name or str(source))


def is_layout(path: str) -> bool:
    """Whether a path is a folder with an OCI layout."""
    return Path(path, "oci-layout").is_file() and Path(path, "index.json").is_file()


def read_bytes(path: Path | str) -> bytes:
    """A file's bytes, unpacked if it is gzip'd. Raises InputError if it cannot be read."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", str(path)) from None
    except ValueError:  # a NUL in the path
        raise InputError("is no file's name", str(path)) from None
    return unpack(data, str(path))


def unpack(data: bytes, name: str) -> bytes:
    """The bytes within gzip (several members too) or a zip of one `.dockerbuild`; others as they are."""
    if data.startswith(b"PK\x03\x04"):
        data = _unzip(data, name)
    if not data.startswith(b"\x1f\x8b"):
        return data
    parts: list[bytes] = []
    size = 0
    try:
        # Zeros may pad the last member.
        while data.startswith(b"\x1f\x8b"):
            member = zlib.decompressobj(wbits=31)
            parts.append(member.decompress(data, _LARGEST - size + 1))
            size += len(parts[-1])
            if size > _LARGEST:
                raise InputError("unpacks to more than 1 GiB: not read", name)
            if not member.eof:
                raise InputError("this gzip file is cut off", name)
            data = member.unused_data
    except zlib.error:
        raise InputError("this gzip file is damaged", name) from None
    return b"".join(parts)


def parse_log(data: bytes, name: str) -> tuple[BuildLog, ...]:
    """`read_log` of bytes already unpacked."""
    if _is_tar(data):
        from layerscope.cost.logs.record import parse_tar

        return parse_tar(data, name)
    text = decode(data)
    document = _document(text)
    if document is not None:
        from layerscope.cost.logs.documents import document_builds

        if builds := document_builds(document, name):
            return builds
    text = _messages(document) or text
    lines = log_lines(text)
    if found := find_builds(lines, parse_rawjson, name):
        return _builds(found)
    plain = find_builds(lines, parse_plain, name)
    classic = find_builds(lines, parse_classic, name)
    # Plain numbers all output of its steps, so other lines are another build's. The classic log does not:
    # what looks like plain progress in it may be the output of a step.
    if plain and (not classic or plain[0][0] < classic[0][0]):
        return _builds(sorted(plain + classic, key=lambda found: found[0]))
    if classic:
        return _builds(classic)
    if not text.strip():
        raise InputError("is empty: no build's log", name)
    from layerscope.cost.logs.documents import history_builds

    if builds := history_builds(text, name):
        return builds
    raise InputError(f"tells of no build. What can be read: {READABLE}", name, 1)


def decode(data: bytes) -> str:
    """Text of a log: UTF-8, or UTF-16 as PowerShell's redirection writes it; what is no text is replaced."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _is_tar(data: bytes) -> bool:
    """Whether bytes are a tar archive (POSIX or GNU magic)."""
    return data[257:262] == b"ustar"


def _builds(found: list[Found]) -> tuple[BuildLog, ...]:
    return tuple(build for _, build in found)


def _document(text: str) -> object:
    """The JSON document that a text is; else None."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document


def _messages(document: object) -> str:
    """The output of a step as CircleCI's interface gives it: a list of messages."""
    if not isinstance(document, list):
        return ""
    parts = [part.get("message") for part in document if isinstance(part, dict)]
    return "".join(part for part in parts if isinstance(part, str))


def _unzip(data: bytes, name: str) -> bytes:
    import zipfile  # slow to import, and needed only for GitHub's artifacts

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            records = [entry for entry in archive.infolist() if entry.filename.endswith(".dockerbuild")]
            if len(records) == 1 and records[0].file_size <= _LARGEST:
                return archive.read(records[0])
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise InputError("this zip file is damaged", name) from None
    raise InputError("this zip holds no single .dockerbuild: unpack it and name the file", name)
