"""What images in archives and OCI layouts tell of their builds: times in histories, provenance beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from layerscope.cost.build_log import BuildLog
from layerscope.cost.history_times import history_build
from layerscope.cost.provenance_times import ProvenanceTimes, provenance_times, sampled_builds
from layerscope.docker.config import parse_history
from layerscope.docker.json_document import JsonObject, parse_json, parse_object, parse_objects
from layerscope.docker.manifests import IN_TOTO, Descriptor, Index, Manifest, parse_index, parse_manifest
from layerscope.docker.predicate import find_predicates
from layerscope.errors import InputError

Read = Callable[[str], bytes]
"""Gives `index.json`, a file by its name or a blob by its digest; raises KeyError for what is not there."""

_LARGEST = 1 << 26  # of a JSON document
_NESTING_LIMIT = 3


def parse_layout(path: str) -> tuple[BuildLog, ...]:
    """The builds that the images of an OCI layout tell. Raises InputError."""

    def read(name: str) -> bytes:
        algorithm, _, encoded = name.partition(":")
        file = Path(path, "blobs", algorithm, encoded) if encoded else Path(path, name)
        if not file.is_file() or file.stat().st_size > _LARGEST:
            raise KeyError(name)
        return file.read_bytes()

    try:
        return image_builds(read, path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None


def image_builds(read: Read, source: str) -> tuple[BuildLog, ...]:
    """One build for each image, and one for what a provenance sampled. Raises InputError where none tells of any."""
    builds: list[BuildLog] = []
    for config, provenance in _images(read, source):
        if history := parse_history(parse_object(config, source)):
            builds.append(history_build(history, source, provenance))
        if provenance is not None:
            builds += sampled_builds([provenance], source)
    if not builds:
        text = "holds neither a build record (docker buildx history export writes one) nor an image with a history"
        raise InputError(text, source)
    return tuple(builds)


def manifests_below(read: Read, index: Index, source: str, depth: int = 0) -> Iterator[NamedManifest]:
    """All manifests that an index leads to; a layout need not hold every blob that it names."""
    if depth > _NESTING_LIMIT:
        return
    for descriptor in index.manifests:
        data = _content(read, descriptor.digest)
        if data is None:
            continue
        document = parse_manifest(_document(data, descriptor.digest, source), descriptor.media_type)
        if isinstance(document, Index):
            yield from manifests_below(read, document, source, depth + 1)
        elif isinstance(document, Manifest):
            yield NamedManifest(descriptor, document)


class NamedManifest(NamedTuple):
    """A manifest and what the index that names it says of it."""

    descriptor: Descriptor
    manifest: Manifest


def read_index(read: Read, source: str) -> Index | None:
    """The index.json of a layout; None where there is none."""
    data = _content(read, "index.json")
    return parse_index(parse_object(data, f"{source} (index.json)")) if data is not None else None


def _images(read: Read, source: str) -> Iterator[tuple[bytes, ProvenanceTimes | None]]:
    """Configs, each with the provenance that is attached to the image."""
    index = read_index(read, source)
    found = list(manifests_below(read, index, source)) if index is not None else []
    attached = {
        named.descriptor.about: provenance
        for named in found
        if named.descriptor.about
        for provenance in _attached(read, named.manifest, source)
    }
    for descriptor, manifest in found:
        config = None if descriptor.about or manifest.config is None else _content(read, manifest.config_digest)
        if config is not None:
            yield config, attached.get(descriptor.digest)
    saved = _content(read, "manifest.json") if not found else None
    for image in (
        parse_objects(saved, f"{source} (manifest.json)") if saved is not None else ()
    ):  # docker save, before it wrote layouts
        config = _content(read, image.text("Config"))
        if config is None:
            raise InputError("the image in it is damaged", source)
        yield config, None


def _attached(read: Read, manifest: Manifest, source: str) -> Iterator[ProvenanceTimes]:
    for layer in manifest.layers:
        data = _content(read, layer.digest) if layer.media_type == IN_TOTO else None
        if data is None:
            continue
        try:
            yield from map(provenance_times, find_predicates(parse_json(data, source), source))
        except InputError:
            continue  # what is malformed tells nothing, and the history still does


def _document(data: bytes, digest: str, source: str) -> JsonObject:
    return parse_object(data, f"{source} ({digest[:19]})")


def _content(read: Read, name: str) -> bytes | None:
    """A file or blob with something in it."""
    try:
        return read(name) or None
    except KeyError:
        return None
