"""Manifests of schema 1, from before images had configs: history and layers newest first, no sizes, no diff IDs."""

from __future__ import annotations

import base64
import binascii

from layerscope.docker.config import run_config
from layerscope.docker.digests import check_digest
from layerscope.docker.json_document import JsonObject, parse_object
from layerscope.docker.model import HistoryEntry, ImageConfig, Platform
from layerscope.docker.times import utc_time
from layerscope.errors import InputError
from layerscope.values import Value

# A gzipped tar of no entries stands for no layer; builders from before `throwaway` used it alone.
_EMPTY_TAR = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"


class Schema1Manifest(Value):
    """layers: the digests of those that are not empty, bottom first. blobs: of all, the empty tar's among them.

    config: as the newest entry has it. history: oldest first.
    """

    layers: tuple[str, ...]
    blobs: tuple[str, ...]
    config: ImageConfig
    history: tuple[HistoryEntry, ...]

    @property
    def platform(self) -> Platform:
        return self.config.platform


def parse_schema1(manifest: JsonObject) -> Schema1Manifest:
    """Raises:
    InputError: a field has another type, or layers and history do not fit.
    """
    digests = [check_digest(entry.text("blobSum"), manifest.file) for entry in manifest.objects("fsLayers")]
    documents = [
        parse_object(entry.text("v1Compatibility").encode(), f"{manifest.file} (v1Compatibility)")
        for entry in manifest.objects("history")
    ]
    if len(digests) != len(documents):
        raise InputError(f"{len(digests)} layers, but {len(documents)} entries of history", manifest.file)
    layers: list[str] = []
    history: list[HistoryEntry] = []
    for digest, document in zip(reversed(digests), reversed(documents), strict=True):
        empty = document.flag("throwaway") or digest == _EMPTY_TAR
        history.append(_entry(document, empty))
        if not empty:
            layers.append(digest)
    newest = documents[0] if documents else JsonObject({}, manifest.file)
    platform = Platform("linux", manifest.text("architecture"))
    config = run_config(newest.object("config"), platform, (), newest.text("created"))
    return Schema1Manifest(tuple(layers), tuple(digests), config, tuple(history))


def signed_payload(data: bytes, file: str) -> bytes:
    """The bytes that the digest of a signed manifest is of: those the signature protects, not those sent.

    Raises:
        InputError: the signature does not tell which these are.
    """
    signatures = parse_object(data, file).objects("signatures")
    if not signatures:
        return data
    try:
        protected = parse_object(_decoded(signatures[0].text("protected")), file)
        length = protected.integer("formatLength")
        if length is None or not 0 <= length <= len(data):
            raise InputError("a signature that does not fit its manifest", file)
        return data[:length] + _decoded(protected.text("formatTail"))
    except (binascii.Error, UnicodeEncodeError):
        raise InputError("a signature that is not base64", file) from None


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _entry(document: JsonObject, empty: bool) -> HistoryEntry:
    return HistoryEntry(
        created_by=" ".join(document.object("container_config").texts("Cmd")),
        created=utc_time(document.text("created")),
        comment=document.text("comment"),
        author=document.text("author"),
        empty_layer=empty,
        size=0 if empty else document.integer("Size"),
    )
