"""A side whose Dockerfile is not at hand: its steps come from the history of the image that was built."""

from __future__ import annotations

from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.place import GivenPlace
from layerscope.context.tree import same
from layerscope.docker.created_by import parse_each_created_by
from layerscope.dockerfile.instructions import Copy
from layerscope.dockerfile.logical_lines import Directives
from layerscope.dockerfile.stages import Dockerfile, DockerfileSource
from layerscope.errors import InputError
from layerscope.graph.names import NOT_SHOWN
from layerscope.graph.options import BuildOptions, NamedContext
from layerscope.graph.recovered import HistoryStep, recovered_dockerfile
from layerscope.image.model import Image
from layerscope.inputs.contexts import open_place
from layerscope.values import replace


def open_recovered(context: GivenPlace, image: Image, options: BuildOptions) -> Side:
    """A context with the steps that the image's history shows. Raises InputError."""
    if not image.history:
        raise InputError("the image has no history to recover steps from: name the Dockerfile with -f", image.reference)
    path = f"the history of {image.reference}"
    empty = Dockerfile(path, Directives(), (), (), source=DockerfileSource.HISTORY)
    side = open_place(context, empty, options)
    created = parse_each_created_by(image.history)
    entries = [HistoryStep(said, entry.empty_layer) for said, entry in zip(created, image.history, strict=True)]
    base, count = _base(image, options)
    found = recovered_dockerfile(entries, side.sent, path, base, count)
    return replace(side, dockerfile=found, assumptions=(*side.assumptions, *_assumptions(found, image, count)))


def with_unknown_sources(before: Side, after: Side) -> tuple[Side, Side]:
    """The sides with what stands for the sources that the history does not show: the same while nothing changed."""
    changed = not same(before.sent, after.sent)
    return _with_sources(before, "before"), _with_sources(after, "after" if changed else "before")


def _with_sources(side: Side, identity: str) -> Side:
    contexts = {**side.options.named_contexts, NOT_SHOWN: NamedContext(unknown=identity)}
    return replace(side, options=replace(side.options, named_contexts=contexts))


def _base(image: Image, options: BuildOptions) -> tuple[str, int]:
    """The given base image whose layers the image begins with, and how many of the oldest entries are its."""
    diff_ids = tuple(layer.diff_id for layer in image.layers)
    best, layers = "scratch", 0
    for name, base in options.bases.items():
        count = len(base.diff_ids)
        if count > layers and diff_ids[:count] == base.diff_ids:
            best, layers = name, count
    entries = 0
    for entry in image.history:
        if layers == 0:
            break
        layers -= not entry.empty_layer
        entries += 1
    return best, entries


def _assumptions(dockerfile: Dockerfile, image: Image, base_entries: int) -> tuple[Assumption, ...]:
    subject = image.reference
    texts = ["the steps are those its history shows: the last stage alone, without mounts, --from and --link"]
    if not base_entries:
        texts.append("the steps of its base image are counted in: --base NAME=REF tells them apart")
    hidden = [i for i in dockerfile.stages[0].instructions if isinstance(i, Copy) and i.from_name == NOT_SHOWN]
    if hidden:
        texts.append(
            f"{len(hidden)} COPY or ADD took files that this context does not have, from another stage or image: "
            "whether they change with the context only a build can tell"
        )
    return tuple(Assumption("history", subject, text) for text in texts)
