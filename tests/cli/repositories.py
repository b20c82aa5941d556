"""Repositories for tests: git without the user's own configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ENVIRONMENT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(place: Path, *words: str, **variables: str) -> bytes:
    """What git prints. variables: of its environment."""
    command = ["git", "-C", str(place), "-c", "protocol.file.allow=always", *words]
    return subprocess.run(command, check=True, capture_output=True, env={**ENVIRONMENT, **variables}).stdout


def write(place: Path, files: Mapping[str, str]) -> None:
    """Make files; a text that begins with `-> ` makes a link."""
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            path.unlink(missing_ok=True)
            path.symlink_to(text[3:])
        else:
            path.write_bytes(text.encode())


def commit(place: Path, files: Mapping[str, str] | None = None) -> Path:
    """A repository with these files committed; another commit where one is there."""
    write(place, files or {})
    place.mkdir(exist_ok=True)
    git(place, "init", "-q")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "some files")
    return place
