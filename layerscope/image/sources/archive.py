"""Image archives: one tar with an OCI layout or `docker save`'s files in it → `Image`."""

from __future__ import annotations

from layerscope.docker.model import Platform
from layerscope.errors import InputError
from layerscope.image.layout_index import image_from_index
from layerscope.image.model import Image
from layerscope.image.sources.docker_archive import read_docker_archive
from layerscope.image.tar_archive import ImageArchive, open_archive


def read_archive(path: str, reference: str, wanted: Platform | None) -> Image:
    """The image of an archive whose content decides what it is.

    `docker save` since Docker 25 writes both forms; its own comes first, as where the scheme is docker-archive.

    Raises:
        InputError: as for the form it has, or the archive is neither.
    """
    return image_of_archive(open_archive(path), reference, wanted)


def image_of_archive(archive: ImageArchive, reference: str, wanted: Platform | None) -> Image:
    """`read_archive` of one that is open."""
    if "manifest.json" in archive:
        return read_docker_archive(archive, reference, None, None, wanted)
    if "index.json" in archive:
        return image_from_index(archive, archive.index(), reference, None, wanted)
    raise InputError("a tar, but not of an image: it has neither manifest.json nor index.json", archive.file)


def read_docker_archive_file(
    path: str, reference: str, selector: str | None, position: int | None, wanted: Platform | None
) -> Image:
    """The image of a `docker save` archive. selector: `NAME:TAG`; position: its number in the archive, from 0.

    Raises:
        InputError: no such archive, several images and none chosen, or a part missing or damaged.
    """
    return read_docker_archive(open_archive(path), reference, selector, position, wanted)


def read_oci_archive(
    path: str, reference: str, selector: str | None, position: int | None, wanted: Platform | None
) -> Image:
    """The image of a tar with an OCI layout in it; arguments and errors as for a layout directory."""
    archive = open_archive(path)
    if "index.json" not in archive:
        raise InputError("not an OCI archive: it has no index.json", archive.file)
    return image_from_index(archive, archive.index(), reference, selector, wanted, position)
