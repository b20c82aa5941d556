"""`read` as a page and as a document."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.analysis.reading import Reading
from layerscope.report.json_document import Document, document
from layerscope.report.page import Cell, Page, Table
from layerscope.report.units import UNKNOWN, counted, human_bytes, human_seconds, shortened


def reading_document(readings: Sequence[Reading]) -> Document:
    return document("read", files=[{"file": r.file, "kind": r.kind, **_content(r)} for r in readings])


def _content(reading: Reading) -> Document:
    if reading.kind == "images":
        return {"images": [{"id": i.id, "names": list(i.names), "size": i.size} for i in reading.images]}
    if reading.kind == "push":
        return {
            "pushes": [
                {
                    "repository": push.repository,
                    "tag": push.tag,
                    "digest": push.digest,
                    "manifest_size": push.manifest_size,
                    "layers": [{"id": x.id, "state": x.state, "source": x.source} for x in push.layers],
                }
                for push in reading.pushes
            ]
        }
    if reading.registry is not None:
        tree = reading.registry
        return {
            "repositories": [
                {"name": r.name, "tags": list(r.tags), "revisions": list(r.revisions), "layers": list(r.layers)}
                for r in tree.repositories
            ],
            "blobs": {"count": len(tree.blobs), "unreferenced": list(tree.unreferenced)},
        }
    return {
        "builds": [
            {
                "builder": build.builder,
                "context_bytes": build.context_bytes,
                "steps": [
                    {"name": s.name, "outcome": _outcome(s.cached, s.error), "seconds": s.seconds} for s in build.steps
                ],
            }
            for build in reading.builds
        ]
    }


def _outcome(cached: bool, error: str | None) -> str:
    return "failed" if error is not None else "cached" if cached else "ran"


def reading_page(readings: Sequence[Reading]) -> Page:
    if len(readings) == 1:
        return Page(_headline(readings[0]), _tables(readings[0]))
    tables = tuple(table for reading in readings for table in _tables(reading))
    return Page(f"{counted(len(readings), 'file')} read.", tables, paragraphs=tuple(map(_headline, readings)))


def _headline(reading: Reading) -> str:
    if reading.kind == "images":
        tags = sum(len(image.names) for image in reading.images)
        return f"{reading.file}: {counted(len(reading.images), 'image')} under {counted(tags, 'name')}."
    if reading.kind == "push":
        layers = [layer for push in reading.pushes for layer in push.layers]
        sent = sum(layer.state == "pushed" for layer in layers)
        return f"{reading.file}: a push of {counted(len(layers), 'layer')}, {sent} sent, {len(layers) - sent} not."
    if reading.registry is not None:
        tree = reading.registry
        shown = f"{len(tree.repositories)} repositories" if len(tree.repositories) != 1 else "1 repository"
        return f"{reading.file}: a registry of {shown}, {counted(len(tree.blobs), 'blob')}."
    steps = [step for build in reading.builds for step in build.steps]
    cached = sum(step.cached for step in steps)
    return f"{reading.file}: {counted(len(reading.builds), 'build')}, {counted(len(steps), 'step')}, {cached} cached."


def _tables(reading: Reading) -> tuple[Table, ...]:
    if reading.kind == "images":
        listed = tuple((human_bytes(i.size), i.id, ", ".join(i.names) or "(no name)") for i in reading.images)
        return (Table(("size", "id", "names"), "rll", listed),)
    if reading.kind == "push":
        return tuple(
            Table(
                ("layer", "state"),
                "ll",
                tuple((x.id, x.state + (f" from {x.source}" if x.source else "")) for x in push.layers),
                f"{push.repository}" + (f":{push.tag}" if push.tag else ""),
            )
            for push in reading.pushes
        )
    if reading.registry is not None:
        rows = tuple(
            (r.name, ", ".join(r.tags), str(len(r.revisions)), str(len(r.layers)))
            for r in reading.registry.repositories
        )
        return (Table(("repository", "tags", "manifests", "layers"), "llrr", rows),)
    return tuple(
        Table(
            ("seconds", "outcome", "step"),
            "rll",
            tuple(
                (
                    human_seconds(s.seconds),
                    Cell(_outcome(s.cached, s.error), "good" if s.cached else "bad" if s.error else ""),
                    shortened(s.name, 80),
                )
                for s in build.steps
            ),
            f"{build.builder}, context {human_bytes(build.context_bytes)}"
            if build.context_bytes is not None
            else f"{build.builder}, context {UNKNOWN}",
        )
        for build in reading.builds
    )
