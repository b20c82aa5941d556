"""Fills a registry: layouts as a dict of path → bytes, pushed over its API."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import requests
from made_images import INDEX, MANIFEST, Files, digest

_MANIFESTS = (MANIFEST, INDEX, "application/vnd.docker.distribution.manifest.v2+json")


def files_of(archive: Path) -> Files:
    """The layout inside an archive."""
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.isfile()]
        return {member.name: tar.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def push(address: str, repository: str, files: Files, *tags: str) -> str:
    """Pushes the first image of a layout under tags; its digest."""
    descriptor = json.loads(files["index.json"])["manifests"][0]
    for tag in tags:
        _push_manifest(address, repository, files, descriptor, tag)
    return str(descriptor["digest"])


def push_blob(address: str, repository: str, data: bytes) -> None:
    started = requests.post(f"http://{address}/v2/{repository}/blobs/uploads/", timeout=30)
    place = started.headers["Location"]
    put = requests.put(f"{place}&digest={digest(data)}", data=data, timeout=30)
    put.raise_for_status()


def put_manifest(address: str, repository: str, reference: str, data: bytes, media_type: str) -> None:
    url = f"http://{address}/v2/{repository}/manifests/{reference}"
    done = requests.put(url, data=data, headers={"Content-Type": media_type}, timeout=30)
    assert done.ok, done.text


def _push_manifest(address: str, repository: str, files: Files, descriptor: dict[str, Any], reference: str) -> None:
    data = files["blobs/" + descriptor["digest"].replace(":", "/")]
    document = json.loads(data)
    for below in document.get("manifests", ()):
        _push_manifest(address, repository, files, below, below["digest"])
    for blob in (document["config"], *document["layers"]) if "config" in document else ():
        push_blob(address, repository, files["blobs/" + blob["digest"].replace(":", "/")])
    media_type = descriptor.get("mediaType") or document["mediaType"]
    assert media_type in _MANIFESTS
    put_manifest(address, repository, reference, data, media_type)
