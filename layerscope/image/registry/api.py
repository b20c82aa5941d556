"""What a registry's API tells of all its repositories."""

from __future__ import annotations

from layerscope.docker.image_name import is_host
from layerscope.errors import InputError
from layerscope.image.blobs import NotThereError
from layerscope.image.registry.access import RegistryAccess
from layerscope.image.registry.blobs import RegistryBlobs
from layerscope.image.registry.client import RegistryClient


class RegistryApi:
    """A registry that is asked over the network. Only what has a tag can be seen."""

    def __init__(self, client: RegistryClient) -> None:
        self.file, self._client = client.reference, client

    def repositories(self) -> list[str]:
        return self._client.repositories()

    def tags(self, repository: str) -> list[str]:
        try:
            return self._client.tags(repository)
        except NotThereError:
            raise InputError(f"no repository '{repository}' in this registry", self.file) from None

    def tagged(self, repository: str, tag: str) -> str | None:
        try:
            digest = self._client.manifest_digest(repository, tag)
            return digest or self._client.manifest(repository, tag)[0]
        except NotThereError:
            return None

    def revisions(self, repository: str) -> list[str]:
        return []

    def of_repository(self, repository: str) -> RegistryBlobs:
        return RegistryBlobs(self._client, repository)

    def stored(self) -> None:
        return None


def open_registry(address: str, access: RegistryAccess) -> RegistryApi:
    """A registry by `HOST[:PORT]` or its URL.

    Raises:
        InputError: it is neither.
    """
    scheme, slashes, rest = address.rpartition("://")
    host = rest.rstrip("/").removesuffix("/v2")
    if "@" in host:
        raise InputError("an address with a user in it: docker login keeps credentials", "registry")
    if not is_host(host) or (slashes and scheme not in ("http", "https")):
        raise InputError("neither a folder nor a registry's address (HOST[:PORT], https://HOST)", address)
    return RegistryApi(RegistryClient(host, address, access, scheme or None))
