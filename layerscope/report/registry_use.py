"""`registry` as a page and as the machine interface's document."""

from __future__ import annotations

from layerscope.analysis.registry_use import RegistryUse
from layerscope.report.assumptions import assumption_notes
from layerscope.report.json_document import Document, assumption_rows, document
from layerscope.report.page import Page, Table
from layerscope.report.units import counted, human_bytes, shortened

_SHOWN = 20


def registry_document(use: RegistryUse) -> Document:
    return document(
        "registry",
        reference=use.reference,
        assumptions=assumption_rows(use.assumptions),
        repositories=[
            {
                "name": repository.name,
                "tags": list(repository.tags),
                "referenced_bytes": repository.referenced_bytes,
                "exclusive_bytes": repository.exclusive_bytes,
                "shared_bytes": repository.shared_bytes,
            }
            for repository in use.repositories
        ],
        images=[
            {
                "repository": image.repository,
                "tags": list(image.tags),
                "digest": image.digest,
                "referenced_bytes": image.referenced_bytes,
                "unique_bytes": image.unique_bytes,
            }
            for image in use.images
        ],
        shared_layers=[
            {"digest": layer.digest, "size": layer.size, "repositories": list(layer.repositories)}
            for layer in use.shared_layers
        ],
        blobs={
            "count": use.blob_count,
            "bytes": use.blob_bytes,
            "unreferenced_count": use.unreferenced_count,
            "unreferenced_bytes": use.unreferenced_bytes,
        },
    )


def registry_page(use: RegistryUse) -> Page:
    return Page(_headline(use), tuple(_tables(use)), tuple(assumption_notes(use.assumptions)))


def _headline(use: RegistryUse) -> str:
    repositories = "1 repository" if len(use.repositories) == 1 else f"{len(use.repositories)} repositories"
    text = f"{use.reference}: {human_bytes(use.blob_bytes)} in {counted(use.blob_count, 'blob')}, {repositories}"
    if len(use.repositories) > 1:
        text += f"; {human_bytes(use.shared_bytes)} shared among them"
    if use.unreferenced_count is not None and use.unreferenced_bytes is not None:
        nobody = f"{human_bytes(use.unreferenced_bytes)} in {counted(use.unreferenced_count, 'blob')}"
        text += f"; {nobody} needed by no manifest" if use.unreferenced_count else "; every blob is needed"
    return text + "."


def _tables(use: RegistryUse) -> list[Table]:
    repositories = tuple(
        (human_bytes(r.referenced_bytes), human_bytes(r.exclusive_bytes), human_bytes(r.shared_bytes), r.name)
        for r in use.repositories
    )
    tables = [Table(("needed", "by it alone", "shared", "repository"), "rrrl", repositories)]
    images = sorted(use.images, key=lambda image: (-image.unique_bytes, image.repository, image.tags))
    if images:
        rows = tuple(
            (human_bytes(i.unique_bytes), human_bytes(i.referenced_bytes), f"{i.repository}:{', '.join(i.tags)}")
            for i in images[:_SHOWN]
        )
        title = "What each image alone keeps" + _of(len(images))
        tables.append(Table(("unique", "of", "image"), "rrl", rows, title))
    if use.shared_layers:
        shared = tuple(
            (human_bytes(x.size), x.digest[7:19], shortened(", ".join(x.repositories), 70))
            for x in use.shared_layers[:_SHOWN]
        )
        title = "Layers of several repositories, stored once" + _of(len(use.shared_layers))
        tables.append(Table(("size", "layer", "repositories"), "rll", shared, title))
    return tables


def _of(count: int) -> str:
    return f" (the first {_SHOWN} of {count})" if count > _SHOWN else ""
