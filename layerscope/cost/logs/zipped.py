"""The files of a zip, as GitHub gives logs (`0_build.txt`, `build/5_Build.txt`) and exported build records."""

from __future__ import annotations

import io
import re
import zlib

from layerscope.errors import InputError

_LARGEST = 1 << 30
_NUMBER = re.compile(r"(\d{1,9})?(.*)", re.DOTALL)


def zipped_files(data: bytes, name: str) -> list[tuple[str, bytes]]:
    """The files with something in them: whole jobs before their steps, steps in their order. Raises InputError."""
    import zipfile  # slow to import, and needed for this one format

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and entry.file_size > 0]
            if sum(entry.file_size for entry in entries) > _LARGEST:
                raise InputError("unpacks to more than 1 GiB: not read", name)
            entries.sort(key=lambda entry: _order(entry.filename))
            return [(entry.filename, archive.read(entry)) for entry in entries]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise InputError("this zip file is damaged", name) from None


def _order(path: str) -> tuple[int, str, int, str]:
    folder, _, file = path.rpartition("/")
    match = _NUMBER.fullmatch(file)
    assert match is not None
    return path.count("/"), folder, int(match[1] or 0), match[2]
