"""Opens whatever a build left behind and tells its builds: the format is found by content, never by name.

Readers of rarer formats are imported when one is met.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

from layerscope.cost.build_log import BuildLog
from layerscope.cost.logs.classic import parse_classic
from layerscope.cost.logs.lines import Found, LogLine, find_builds, log_lines
from layerscope.cost.logs.plain import parse_plain
from layerscope.cost.logs.rawjson import parse_rawjson
from layerscope.docker.pasted import unquoted
from layerscope.errors import InputError

READABLE = (
    "BuildKit's --progress=rawjson or --progress=plain, its display as copied from a terminal, the classic builder's, "
    "podman's or kaniko's log, docker history --format json, an image or its config, provenance, an exported build "
    "record (.dockerbuild), a zip of these"
)
"""What `read_log` reads, in the words of its error message."""

STANDARD_INPUT = "-"

_LARGEST = 1 << 30


def read_log(source: Path | str | bytes, name: str = "") -> tuple[BuildLog, ...]:
    """The builds that a log, a history or a build record tells, oldest first; never none.

    Args:
        source: a file's path (`-`: standard input), or its bytes. Gzip'd files are unpacked, and GitHub's zips.
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
    """The bytes of a file or of standard input (`-`), unpacked. Raises InputError if it cannot be read."""
    try:
        data = sys.stdin.buffer.read() if str(path) == STANDARD_INPUT else Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", str(path)) from None
    except ValueError:  # a NUL in the path
        raise InputError("is no file's name", str(path)) from None
    return unpack(data, str(path))


def unpack(data: bytes, name: str) -> bytes:
    """The bytes within gzip (several members too) or a zip of one file; others as they are."""
    if is_zip(data):
        from layerscope.cost.logs.zipped import zipped_files

        files = zipped_files(data, name)
        data = files[0][1] if len(files) == 1 else data
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


def is_zip(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def parse_log(data: bytes, name: str) -> tuple[BuildLog, ...]:
    """`read_log` of bytes already unpacked."""
    if builds := find_logs(data, name):
        return builds
    if not decode(data).strip():
        raise InputError("is empty: no build's log", name)
    from layerscope.docker.foreign_output import foreign_output

    told = foreign_output(unquoted(decode(data)))
    raise InputError(told or f"tells of no build. What can be read: {READABLE}", name, 1)


def find_logs(data: bytes, name: str) -> tuple[BuildLog, ...]:
    """The builds that bytes tell, already unpacked; none of what is no log, history or record.

    Raises InputError for one that is damaged, or tells no times.
    """
    if is_zip(data):
        return _zipped_logs(data, name)
    if _is_tar(data):
        from layerscope.cost.logs.record import parse_tar

        return parse_tar(data, name)
    text = unquoted(decode(data))
    document = _document(text)
    if document is not None:
        from layerscope.cost.logs.documents import document_builds

        if builds := document_builds(document, name):
            return builds
    if found := _found(_messages(document) or text, name):
        return tuple(build for _, build in sorted(found, key=lambda build: build[0]))
    from layerscope.cost.logs.documents import history_builds

    return history_builds(text, name)


def _found(text: str, name: str) -> list[Found]:
    lines = log_lines(text)
    if found := find_builds(lines, parse_rawjson, name):
        return found
    if "INFO" in text or "level" in text:
        from layerscope.cost.logs.kaniko import kaniko_span, parse_kaniko

        if found := find_builds(lines, parse_kaniko, name):
            span = kaniko_span(lines)
            return found + _told(text, [line for line in lines if line.number not in span], name)
    return _told(text, lines, name)


def _told(text: str, lines: list[LogLine], name: str) -> list[Found]:
    prefixed = _prefixed(text, lines, name)
    classic = find_builds(lines, parse_classic, name)
    # These prefix all output of their steps, so other lines are another build's. The classic log does not:
    # what looks like their progress in it may be the output of a step.
    if prefixed and (not classic or min(line for line, _ in prefixed) < classic[0][0]):
        return prefixed + classic
    return classic


def _prefixed(text: str, lines: list[LogLine], name: str) -> list[Found]:
    """The builds in BuildKit's own words."""
    if "duration:" in text:
        from layerscope.cost.logs.vertex_events import without_events

        lines = without_events(lines)
    found = find_builds(lines, parse_plain, name)
    if "=> " in text:
        from layerscope.cost.logs.display import parse_display

        found += find_builds(lines, parse_display, name)
    return found


def _zipped_logs(data: bytes, name: str) -> tuple[BuildLog, ...]:
    """Those of all files; a step's own file tells again what its job's has."""
    from layerscope.cost.logs.zipped import zipped_files

    builds: list[BuildLog] = []
    for path, content in zipped_files(data, name):
        found = find_logs(unpack(content, name), name)
        builds += [build for build in found if "/" not in path or build not in builds]
    return tuple(builds)


def decode(data: bytes) -> str:
    """Text of a log: UTF-8, or UTF-16 as PowerShell's redirection writes it; what is no text is replaced."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _is_tar(data: bytes) -> bool:
    """Whether bytes are a tar archive (POSIX or GNU magic)."""
    return data[257:262] == b"ustar"


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
