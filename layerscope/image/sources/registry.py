"""An image of a registry → `Image`: manifest and config are fetched, layers only when they are opened."""

from __future__ import annotations

import re

from layerscope.docker.digests import check_digest
from layerscope.docker.image_name import parse_name
from layerscope.docker.model import Platform
from layerscope.errors import InputError
from layerscope.image.manifest import image_by_digest
from layerscope.image.model import Image
from layerscope.image.registry.access import RegistryAccess
from layerscope.image.registry.blobs import RegistryBlobs
from layerscope.image.registry.client import RegistryClient
from layerscope.values import replace

_SECRET = re.compile(r"[^/@]*:[^@]*@(?!sha(256|512):)")


def read_registry_image(text: str, reference: str, wanted: Platform | None, access: RegistryAccess) -> Image:
    """The image of a name as Docker reads it: `ubuntu`, `host:5000/app:1`, `app@sha256:…`.

    Raises:
        InputError: no name, no such image or platform, no answer, or bytes that are not what their digest says.
    """
    if _SECRET.match(text):
        raise InputError("a name with a password in it: docker login keeps credentials, names have none", "registry:")
    try:
        name = parse_name(text)
    except InputError as error:
        raise InputError(error.message, reference) from None
    if name.digest:
        check_digest(name.digest, reference)
    blobs = RegistryBlobs(RegistryClient(name.host, reference, access), name.path)
    digest = blobs.fetch_manifest(name.version)
    image = image_by_digest(blobs, digest, reference, wanted, () if name.digest else (str(name),))
    layers = tuple(
        replace(layer, checked=True, fetch_part=blobs.part_fetcher(layer))
        if access.layers
        else replace(layer, open_tar=None)
        for layer in image.layers
    )
    return replace(image, layers=layers)
