"""Build contexts of many small files, the same bytes in every run: as a vendored tree or an installed one looks."""

from __future__ import annotations

import hashlib
from pathlib import Path

DOCKERFILE = """\
FROM busybox
WORKDIR /app
COPY package.json ./
RUN echo install
COPY . .
RUN echo build
"""
CHANGED = "src/main.txt"  # the file that `--change` names
_FILES_PER_FOLDER = 20
_SMALLEST, _LARGEST = 200, 9000  # bytes


def make_context(folder: Path, sent: int, ignored: int = 0) -> None:
    """`sent` files that the build is sent, and `ignored` ones in a node_modules that it is not."""
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / ".dockerignore").write_text("node_modules\n.git\n*.log\n**/*.tmp\n")
    (folder / "package.json").write_text("{}\n")
    (folder / "src").mkdir()
    (folder / CHANGED).write_text("main\n")
    _fill(folder / "vendor", sent - 4)
    _fill(folder / "node_modules", ignored)


def _fill(folder: Path, count: int) -> None:
    for number in range(count):
        package, place = divmod(number, _FILES_PER_FOLDER)
        below = folder / f"package{package // 4:05}" / f"part{package % 4}"
        if place == 0:
            below.mkdir(parents=True)
        seed = hashlib.sha256(f"{folder.name}/{number}".encode()).digest()
        # Small files are many and large ones few, as in any source tree.
        size = _SMALLEST + (_LARGEST - _SMALLEST) * seed[0] * seed[1] // 65025
        (below / f"file{place:02}.js").write_bytes((seed * (size // len(seed) + 1))[:size])
