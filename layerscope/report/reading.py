"""`read` as a page and as a document."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.analysis.reading import SavedBuilds, SavedOutput
from layerscope.docker.image_listing import ImageListing
from layerscope.docker.push_log import LayerState, Push, PushLog
from layerscope.docker.registry_tree import RegistryTree
from layerscope.report.json_document import Document, document
from layerscope.report.page import Cell, Page, Table
from layerscope.report.units import UNKNOWN, counted, human_bytes, human_seconds, shortened
from layerscope.values import assert_never


def reading_document(outputs: Sequence[SavedOutput]) -> Document:
    return document("read", files=[{"file": output.file, **_content(output)} for output in outputs])


def _content(output: SavedOutput) -> Document:
    if isinstance(output, ImageListing):
        return {
            "kind": "images",
            "images": [{"id": i.id, "names": list(i.names), "size": i.size} for i in output.images],
        }
    if isinstance(output, PushLog):
        return {"kind": "push", "pushes": [_push(push) for push in output.pushes]}
    if isinstance(output, RegistryTree):
        return {
            "kind": "registry",
            "repositories": [
                {"name": r.name, "tags": list(r.tags), "revisions": list(r.revisions), "layers": list(r.layers)}
                for r in output.repositories
            ],
            "blobs": {"count": len(output.blobs), "unreferenced": list(output.unreferenced)},
        }
    if isinstance(output, SavedBuilds):
        return {"kind": "build", "builds": _builds(output)}
    assert_never(output)


def _push(push: Push) -> Document:
    return {
        "repository": push.repository,
        "tag": push.tag,
        "digest": push.digest,
        "manifest_size": push.manifest_size,
        "layers": [{"id": x.id, "state": x.state, "source": x.source} for x in push.layers],
    }


def _builds(output: SavedBuilds) -> list[Document]:
    return [
        {
            "builder": build.builder,
            "context_bytes": build.context_bytes,
            "steps": [
                {"name": s.name, "outcome": _outcome(s.cached, s.error), "seconds": s.seconds} for s in build.steps
            ],
        }
        for build in output.builds
    ]


def _outcome(cached: bool, error: str | None) -> str:
    return "failed" if error is not None else "cached" if cached else "ran"


def reading_page(outputs: Sequence[SavedOutput]) -> Page:
    if len(outputs) == 1:
        return Page(_headline(outputs[0]), _tables(outputs[0]))
    tables = tuple(table for output in outputs for table in _tables(output))
    return Page(f"{counted(len(outputs), 'file')} read.", tables, paragraphs=tuple(map(_headline, outputs)))


def _headline(output: SavedOutput) -> str:
    if isinstance(output, ImageListing):
        tags = sum(len(image.names) for image in output.images)
        return f"{output.file}: {counted(len(output.images), 'image')} under {counted(tags, 'name')}."
    if isinstance(output, PushLog):
        layers = [layer for push in output.pushes for layer in push.layers]
        sent = sum(layer.state is LayerState.PUSHED for layer in layers)
        return f"{output.file}: a push of {counted(len(layers), 'layer')}, {sent} sent, {len(layers) - sent} not."
    if isinstance(output, RegistryTree):
        shown = f"{len(output.repositories)} repositories" if len(output.repositories) != 1 else "1 repository"
        return f"{output.file}: a registry of {shown}, {counted(len(output.blobs), 'blob')}."
    if isinstance(output, SavedBuilds):
        steps = [step for build in output.builds for step in build.steps]
        cached = sum(step.cached for step in steps)
        return f"{output.file}: {counted(len(output.builds), 'build')}, {counted(len(steps), 'step')}, {cached} cached."
    assert_never(output)


def _tables(output: SavedOutput) -> tuple[Table, ...]:
    if isinstance(output, ImageListing):
        listed = tuple((human_bytes(i.size), i.id, ", ".join(i.names) or "(no name)") for i in output.images)
        return (Table(("size", "id", "names"), "rll", listed),)
    if isinstance(output, PushLog):
        return tuple(map(_push_table, output.pushes))
    if isinstance(output, RegistryTree):
        rows = tuple(
            (r.name, ", ".join(r.tags), str(len(r.revisions)), str(len(r.layers))) for r in output.repositories
        )
        return (Table(("repository", "tags", "manifests", "layers"), "llrr", rows),)
    if isinstance(output, SavedBuilds):
        return _build_tables(output)
    assert_never(output)


def _push_table(push: Push) -> Table:
    rows = tuple((x.id, x.state + (f" from {x.source}" if x.source else "")) for x in push.layers)
    return Table(("layer", "state"), "ll", rows, push.repository + (f":{push.tag}" if push.tag else ""))


def _build_tables(output: SavedBuilds) -> tuple[Table, ...]:
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
            f"{build.builder}, context {UNKNOWN if build.context_bytes is None else human_bytes(build.context_bytes)}",
        )
        for build in output.builds
    )
