"""An image in a registry's own files → `Image`."""

from __future__ import annotations

from layerscope.docker.model import Platform
from layerscope.errors import InputError
from layerscope.image.manifest import image_by_digest
from layerscope.image.model import Image
from layerscope.image.registry.storage import RegistryStorage, parse_repository

_LISTED = 10


def read_storage_image(location: str, reference: str, wanted: Platform | None) -> Image:
    """The image of `DIR//NAME[:TAG|@DIGEST]`.

    Raises:
        InputError: no such storage, repository, tag or platform, or a manifest or config missing or damaged.
    """
    directory, slashes, text = location.rpartition("//")
    if not slashes or not directory or not text:
        raise InputError("registry-storage: takes DIR//NAME[:TAG], DIR being the registry's folder", reference)
    name = parse_repository(text, reference)
    storage = RegistryStorage(directory, reference)
    repositories = storage.repositories()
    if name.path not in repositories:
        raise InputError(f"no repository '{name.path}' in this storage{_listing(repositories)}", reference)
    digest = name.digest or storage.tagged(name.path, name.version)
    if digest is None:
        tags = storage.tags(name.path)
        raise InputError(f"'{name.path}' has no tag '{name.version}'{_listing(tags)}", reference)
    names = () if name.digest else (f"{name.path}:{name.version}",)
    return image_by_digest(storage, digest, reference, wanted, names)


def _listing(names: list[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    rest = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f": there is {shown}{rest}" if names else ""
