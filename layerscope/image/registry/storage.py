"""A registry's own files (distribution's storage layout), read in place: links name digests, blobs lie by digest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from layerscope.docker.digests import check_digest
from layerscope.docker.image_name import ImageName, parse_name
from layerscope.errors import InputError
from layerscope.image.blobs import Blob, blob_at

# From the mount that the registry writes to, down to the folder that holds everything.
_BELOW = ("", "v2", "registry/v2", "docker/registry/v2")
_LINK_LIMIT = 256  # a link file holds one digest


class RegistryStorage:
    """The storage of one registry. reference: what errors about its content name, its folder unless given.

    Raises:
        InputError: there is no such storage at the folder.
    """

    def __init__(self, directory: str, reference: str | None = None) -> None:
        self.file = reference or directory
        found = [Path(directory, below) for below in _BELOW if Path(directory, below, "repositories").is_dir()]
        if not found:
            why = (
                "no registry storage (docker/registry/v2/repositories)"
                if Path(directory).is_dir()
                else "no such folder"
            )
            raise InputError(why, directory)
        self._root = found[0]

    def repositories(self) -> list[str]:
        """All names, sorted; folders that begin with `_` are the registry's own."""
        top = self._root / "repositories"
        names: list[str] = []
        for folder, below, _ in os.walk(top):
            if "_manifests" in below:
                names.append(Path(folder).relative_to(top).as_posix())
            below[:] = [name for name in below if not name.startswith("_")]
        return sorted(names)

    def tags(self, repository: str) -> list[str]:
        return [path.name for path in _listed(self._of(repository) / "_manifests" / "tags")]

    def tagged(self, repository: str, tag: str) -> str | None:
        """The digest a tag points to, `None` where there is no such tag.

        Raises:
            InputError: the link is no digest.
        """
        return _link(self._of(repository) / "_manifests" / "tags" / tag / "current" / "link")

    def revisions(self, repository: str) -> list[str]:
        """The digests of all manifests the repository still has, tagged or not."""
        top = self._of(repository) / "_manifests" / "revisions"
        links = (_link(path / "link") for algorithm in _listed(top) for path in _listed(algorithm))
        return [digest for digest in links if digest is not None]

    def find(self, digest: str) -> Blob | None:
        return blob_at(self._blob(digest))

    def of_repository(self, repository: str) -> RegistryStorage:
        """Where the blobs of a repository are: all repositories share one store."""
        return self

    def stored(self) -> dict[str, int]:
        """The bytes of every blob by its digest."""
        return dict(self._stored())

    def _stored(self) -> Iterator[tuple[str, int]]:
        for algorithm in _listed(self._root / "blobs"):
            for first in _listed(algorithm):
                for blob in _listed(first):
                    data = blob / "data"
                    if data.is_file():
                        yield f"{algorithm.name}:{blob.name}", data.stat().st_size

    def _blob(self, digest: str) -> Path:
        algorithm, _, value = digest.partition(":")
        return self._root / "blobs" / algorithm / value[:2] / value / "data"

    def _of(self, repository: str) -> Path:
        return self._root / "repositories" / repository


def parse_repository(text: str, reference: str) -> ImageName:
    """A name inside a registry: no host, and nothing put in front of it.

    Raises:
        InputError: it is no name of a repository.
    """
    try:
        return parse_name(f"localhost/{text}")
    except InputError as error:
        raise InputError(error.message, reference) from None


def _listed(folder: Path) -> list[Path]:
    """What lies in a folder, sorted by name; nothing where the folder is not there."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(error.strerror or str(error), str(folder)) from None


def _link(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            text = file.read(_LINK_LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(error.strerror or str(error), str(path)) from None
    return check_digest(text.decode("utf-8", "replace").strip(), str(path))
