"""Where a corpus lies: a git repository (bare or not), read at one revision, or a plain directory."""

from __future__ import annotations

import subprocess
from pathlib import Path


class CorpusError(Exception):
    """The corpus is not there, or holds something its reader does not understand: nothing is skipped silently."""


class Source:
    """The files of one project. revision: None for a plain directory."""

    def __init__(self, path: Path, revision: str | None = None) -> None:
        if not path.is_dir():
            raise CorpusError(f"{path}: no such directory; give a git repository or a directory of its files")
        self.path = path
        self.revision = revision
        if _is_repository(path):
            self.revision = revision or "HEAD"
            if not self.has_revision(self.revision):
                raise CorpusError(f"{path}: no revision {self.revision}")

    @property
    def title(self) -> str:
        if self.revision is None:
            return str(self.path)
        commit = self._git("rev-parse", "--short=12", f"{self.revision}^{{commit}}").decode().strip()
        return f"{self.path} at {self.revision} ({commit})"

    def data(self, name: str) -> bytes:
        if self.revision is not None:
            return self._git("show", f"{self.revision}:{name}")
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise CorpusError(f"{self.path}: cannot read {name}: {error.strerror}") from None

    def text(self, name: str) -> str:
        return self.data(name).decode()

    def names(self, folder: str) -> list[str]:
        """The entries of a folder, sorted."""
        if self.revision is not None:
            listed = self._git("ls-tree", "--name-only", f"{self.revision}:{folder}").decode()
            return sorted(listed.splitlines())
        try:
            return sorted(entry.name for entry in (self.path / folder).iterdir())
        except OSError as error:
            raise CorpusError(f"{self.path}: cannot list {folder}: {error.strerror}") from None

    def has_revision(self, revision: str) -> bool:
        if self.revision is None:
            return False
        command = ["git", "-C", str(self.path), "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _git(self, *words: str) -> bytes:
        done = subprocess.run(["git", "-C", str(self.path), *words], capture_output=True, check=False)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip() or f"git {' '.join(words)} failed"
            raise CorpusError(f"{self.path}: {said}")
        return done.stdout


def _is_repository(path: Path) -> bool:
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())
