"""What commands of Docker's printed, as `read` tells it: a sentence, members of the document, tables."""

from __future__ import annotations

from layerscope.answer import Column, Document, Rows, Sentence, items_members
from layerscope.docker.disk_usage import CacheUsage, DiskUsage
from layerscope.docker.image_listing import ImageListing
from layerscope.docker.load_log import LoadLog
from layerscope.docker.pull_log import Pull, PullLog, PullState
from layerscope.docker.push_log import LayerState, Push, PushedLayer, PushLog
from layerscope.docker.registry_tree import RegistryTree
from layerscope.docker.saved_output import Printed, SavedHistory
from layerscope.figures import Figure, count, size
from layerscope.values import assert_never


def printed_headline(output: Printed) -> Sentence:
    """The kind, and how much it tells."""
    return Sentence((f"{output.file}: ", *_told(output), "."))


def _told(output: Printed) -> tuple[str | Figure, ...]:
    if isinstance(output, SavedHistory):
        rows, made = len(output.entries), sum(not entry.empty_layer for entry in output.entries)
        return (
            "a history of ",
            count(rows, "row"),
            ", ",
            count(made, "layer"),
            " of ",
            _sum_of_sizes(output),
            " in all",
        )
    if isinstance(output, ImageListing):
        images = [image for image in output.images if image.platform is None]
        names = count(sum(len(image.names) for image in images), "name")
        return (count(len(images), "image"), " under ", names)
    if isinstance(output, PushLog):
        layers = [layer for push in output.pushes for layer in push.layers]
        sent = sum(layer.state is LayerState.PUSHED for layer in layers)
        foreign = sum(layer.state is LayerState.FOREIGN for layer in layers)
        ended = f", {sent} sent, {len(layers) - sent} not"
        return ("a push of ", count(len(layers), "layer"), ended, f" ({foreign} foreign)" if foreign else "")
    if isinstance(output, PullLog):
        pulled = [layer for pull in output.pulls for layer in pull.layers]
        came = sum(layer.state is PullState.PULLED for layer in pulled)
        return ("a pull of ", count(len(pulled), "layer"), f", {came} fetched, {len(pulled) - came} not")
    if isinstance(output, LoadLog):
        loaded = f", {', '.join(output.images)}" if output.images else ", unfinished"
        return ("a load of ", count(len(output.layers), "layer"), " that the engine did not have", loaded)
    if isinstance(output, CacheUsage):
        return ("a builder's cache of ", count(len(output.records), "record"), ", ", size(output.total), " in all")
    if isinstance(output, DiskUsage):
        return ("the disk usage of ", count(len(output.totals), "kind"), " of things")
    if isinstance(output, RegistryTree):
        repositories, blobs = count(len(output.repositories), "repository"), count(len(output.blobs), "blob")
        return ("a registry of ", repositories, ", ", blobs)
    assert_never(output)


def printed_members(output: Printed) -> Document:
    if isinstance(output, SavedHistory):
        return {"kind": "history", "instructions": Rows(_ENTRIES, output.entries)}
    if isinstance(output, ImageListing):
        return {"kind": "images", "images": Rows(_images(output), output.images)}
    if isinstance(output, PushLog):
        return {"kind": "push", "pushes": Rows(_PUSHES, output.pushes)}
    if isinstance(output, PullLog):
        return {"kind": "pull", "pulls": Rows(_PULLS, output.pulls)}
    if isinstance(output, LoadLog):
        return {"kind": "load", "images": list(output.images), "layers": Rows(_LOADED, output.layers)}
    if isinstance(output, CacheUsage):
        totals = {"size": output.total, "reclaimable_size": output.reclaimable}
        return {"kind": "cache", **totals, "records": Rows(_RECORDS, output.records)}
    if isinstance(output, DiskUsage):
        return {"kind": "disk-usage", "totals": Rows(_TOTALS, output.totals)}
    if isinstance(output, RegistryTree):
        blobs = {"count": len(output.blobs), "unreferenced": output.unreferenced}
        return {"kind": "registry", "repositories": Rows(_REPOSITORIES, output.repositories), "blobs": blobs}
    assert_never(output)


def printed_tables(output: Printed) -> tuple[Rows, ...]:
    if isinstance(output, SavedHistory):
        return (Rows(_ENTRIES, output.entries, name="instructions", shown=("size", "created_by")),)
    if isinstance(output, ImageListing):
        columns = _images(output)
        sizes = [column.key for column in columns if column.key not in {"id", "names"}]
        return (Rows(columns, output.images, name="images", shown=(*sizes, "id", "names")),)
    if isinstance(output, PushLog):
        return tuple(Rows(_LAYERS, push.layers, name="layers", title=_title(push)) for push in output.pushes)
    if isinstance(output, PullLog):
        return tuple(Rows(_PULLED, pull.layers, name="layers", title=_title(pull)) for pull in output.pulls)
    if isinstance(output, LoadLog):
        return (Rows(_LOADED, output.layers, name="layers"),)
    if isinstance(output, CacheUsage):
        return (Rows(_RECORDS, output.records, name="records", shown=("size", "reclaimable", "id", "description")),)
    if isinstance(output, DiskUsage):
        return (Rows(_TOTALS, output.totals, name="totals"),)
    if isinstance(output, RegistryTree):
        return (Rows(_REPOSITORIES, output.repositories, name="repositories"),)
    assert_never(output)


def _sum_of_sizes(history: SavedHistory) -> Figure:
    sizes = [entry.size for entry in history.entries]
    return size(sum(known for known in sizes if known is not None) if None not in sizes else None)


def _title(transfer: Push | Pull) -> str:
    return transfer.repository + (f":{transfer.tag}" if transfer.tag else "")


def _state(layer: PushedLayer) -> Sentence:
    return Sentence((layer.state, f" from {layer.source}" if layer.source else ""))


def _images(listing: ImageListing) -> tuple[Column, ...]:
    """The columns of a listing: those that not every Docker prints only where they are told."""
    further = (_CONTENT, _UNIQUE, _PLATFORM)
    told = [column for column in further if any(getattr(image, column.key) is not None for image in listing.images)]
    return (*_IMAGES, *told)


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


_ENTRIES = (
    Column("created_by", header="instruction", is_name=True, most=80),
    Column("size", lambda entry: size(entry.size), "size", right=True),
    Column("created"),
    Column("comment"),
)
_IMAGES = (
    Column("id", header="id", is_name=True),
    Column("names", lambda image: image.names or "(no name)", "names", is_name=True, plain=lambda i: list(i.names)),
    Column("size", lambda image: size(image.size), "size", right=True),
)
_CONTENT = Column("content_size", lambda image: size(image.content_size), "compressed", right=True)
_UNIQUE = Column("unique_size", lambda image: size(image.unique_size), "its alone", right=True)
_PLATFORM = Column("platform", header="platform")
_LAYERS = (
    Column("id", header="layer", is_name=True),
    Column("state", _state, "state", plain=lambda layer: layer.state.value),
    Column("source"),
)
_PUSHES = (
    Column("repository"),
    Column("tag"),
    Column("digest"),
    Column("manifest_size"),
    Column("layers", plain=lambda push: items_members(_LAYERS, push.layers)),
)
_PULLED = (
    Column("id", header="layer", is_name=True),
    Column("state", header="state", plain=lambda layer: layer.state.value),
    Column("compressed_size", lambda layer: size(layer.compressed_size), "compressed", right=True),
)
_PULLS = (
    Column("repository"),
    Column("tag"),
    Column("digest"),
    Column("layers", plain=lambda pull: items_members(_PULLED, pull.layers)),
)
_LOADED = (
    Column("id", header="layer", is_name=True),
    Column("size", lambda layer: size(layer.size), "size", right=True),
)
_RECORDS = (
    Column("id", header="record", is_name=True),
    Column("kind"),
    Column("size", lambda record: size(record.size), "size", right=True),
    Column("reclaimable", lambda record: _yes(record.reclaimable), "reclaimable", plain=lambda r: r.reclaimable),
    Column("shared", plain=lambda record: record.shared),
    Column("description", header="made by", is_name=True, most=80),
)
_TOTALS = (
    Column("kind", header="kind", is_name=True),
    Column("count", header="count", right=True),
    Column("size", lambda total: size(total.size), "size", right=True),
    Column("reclaimable", lambda total: size(total.reclaimable), "reclaimable", right=True),
)
_REPOSITORIES = (
    Column("name", header="repository", is_name=True),
    Column("tags", header="tags", is_name=True),
    Column("revisions", lambda found: len(found.revisions), "manifests", right=True, plain=lambda r: list(r.revisions)),
    Column("layers", lambda found: len(found.layers), "layers", right=True, plain=lambda r: list(r.layers)),
)
