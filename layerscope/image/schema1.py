"""Manifests of schema 1, from before images had configs: history and layers newest first, no sizes, no diff IDs."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from layerscope.docker.config import check_digest, parse_time, run_config
from layerscope.docker.json_document import JsonObject, parse_object
from layerscope.docker.model import HistoryEntry, Platform
from layerscope.errors import InputError
from layerscope.image.model import Image, Layer

if TYPE_CHECKING:
    from layerscope.image.manifest import Blobs

_NOTE = "a manifest of schema 1: it has no config and no diff IDs, and Docker no longer pulls it"
# A gzipped tar of no entries stands for no layer; builders from before `throwaway` used it alone.
_EMPTY_TAR = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"


def schema1_platform(manifest: JsonObject) -> Platform:
    return Platform("linux", manifest.text("architecture"))


def schema1_image(blobs: Blobs, manifest: JsonObject, digest: str, reference: str, names: tuple[str, ...]) -> Image:
    """What such a manifest can tell. Its layers' sizes are those of their blobs, where the source tells them."""
    digests = [check_digest(entry.text("blobSum"), manifest.file) for entry in manifest.objects("fsLayers")]
    documents = [
        parse_object(entry.text("v1Compatibility").encode(), f"{manifest.file} (v1Compatibility)")
        for entry in manifest.objects("history")
    ]
    if len(digests) != len(documents):
        raise InputError(f"{len(digests)} layers, but {len(documents)} entries of history", manifest.file)
    entries: list[HistoryEntry] = []
    layers: list[Layer] = []
    for layer_digest, document in zip(reversed(digests), reversed(documents), strict=True):
        empty = document.flag("throwaway") or layer_digest == _EMPTY_TAR
        entries.append(_entry(document, empty))
        if not empty:
            blob = blobs.find(layer_digest)
            layers.append(
                Layer(
                    digest=layer_digest,
                    compressed_size=blob.size if blob else None,
                    open_tar=blob.open if blob else None,
                )
            )
    platform = schema1_platform(manifest)
    newest = documents[0] if documents else JsonObject({}, manifest.file)
    return Image(
        reference=reference,
        config=run_config(newest.object("config"), platform, (), newest.text("created")),
        history=tuple(entries),
        layers=tuple(layers),
        digest=digest,
        platform=platform,
        names=names,
        notes=(("schema1", _NOTE),),
    )


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
        created=parse_time(document.text("created")),
        comment=document.text("comment"),
        author=document.text("author"),
        empty_layer=empty,
        size=0 if empty else document.integer("Size"),
    )
