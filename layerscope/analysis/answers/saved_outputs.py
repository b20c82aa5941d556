"""The answer of `read`: what saved outputs of Docker's tell, one of four kinds for each file."""

from __future__ import annotations

from layerscope.analysis.answers.transfers import TRANSFERS
from layerscope.analysis.verdicts import Ran
from layerscope.answer import Answer, Column, Document, Rows, Sentence, Statement, items_members, plain
from layerscope.cost.build_log import BuildLog, LoggedStep
from layerscope.docker.image_listing import ImageListing
from layerscope.docker.push_log import LayerState, Push, PushedLayer, PushLog
from layerscope.docker.registry_tree import RegistryTree
from layerscope.figures import Figure, count, seconds, size
from layerscope.values import Value, assert_never


class SavedBuilds(Value):
    """The builds of one log, record or history."""

    file: str
    builds: tuple[BuildLog, ...]


SavedOutput = SavedBuilds | ImageListing | PushLog | RegistryTree
"""What a file is; every kind has its `file`."""


class SavedOutputs(Answer):
    """The answer of `read`, a file each."""

    files: tuple[SavedOutput, ...]

    def statement(self) -> Statement:
        alone = len(self.files) == 1
        told = tuple(map(_headline, self.files))
        return Statement(
            "read",
            told[0] if alone else Sentence((count(len(self.files), "file"), " read.")),
            {"files": [{"file": output.file, **plain(_members(output))} for output in self.files]},
            tables=tuple(table for output in self.files for table in _tables(output)),
            paragraphs=() if alone else told,
            subject=" ".join(f"`{output.file}`" for output in self.files),
        )


def _headline(output: SavedOutput) -> Sentence:
    if isinstance(output, ImageListing):
        names = count(sum(len(image.names) for image in output.images), "name")
        return Sentence((f"{output.file}: ", count(len(output.images), "image"), " under ", names, "."))
    if isinstance(output, PushLog):
        layers = [layer for push in output.pushes for layer in push.layers]
        sent = sum(layer.state is LayerState.PUSHED for layer in layers)
        ended = f", {sent} sent, {len(layers) - sent} not."
        return Sentence((f"{output.file}: a push of ", count(len(layers), "layer"), ended))
    if isinstance(output, RegistryTree):
        repositories, blobs = count(len(output.repositories), "repository"), count(len(output.blobs), "blob")
        return Sentence((f"{output.file}: a registry of ", repositories, ", ", blobs, "."))
    if isinstance(output, SavedBuilds):
        steps = [step for build in output.builds for step in build.steps]
        cached = sum(step.cached for step in steps)
        builds, all_steps = count(len(output.builds), "build"), count(len(steps), "step")
        seconds_in_all = _in_all(output.builds[0]) if len(output.builds) == 1 else ()
        return Sentence((f"{output.file}: ", builds, ", ", all_steps, f", {cached} cached", *seconds_in_all, "."))
    assert_never(output)


def _members(output: SavedOutput) -> Document:
    if isinstance(output, ImageListing):
        return {"kind": "images", "images": Rows(_IMAGES, output.images)}
    if isinstance(output, PushLog):
        return {"kind": "push", "pushes": Rows(_PUSHES, output.pushes)}
    if isinstance(output, RegistryTree):
        blobs = {"count": len(output.blobs), "unreferenced": output.unreferenced}
        return {"kind": "registry", "repositories": Rows(_REPOSITORIES, output.repositories), "blobs": blobs}
    if isinstance(output, SavedBuilds):
        return {"kind": "build", "builds": Rows(_BUILDS, output.builds)}
    assert_never(output)


def _tables(output: SavedOutput) -> tuple[Rows, ...]:
    if isinstance(output, ImageListing):
        return (Rows(_IMAGES, output.images, name="images", shown=("size", "id", "names")),)
    if isinstance(output, PushLog):
        return tuple(Rows(_LAYERS, push.layers, name="layers", title=_title(push)) for push in output.pushes)
    if isinstance(output, RegistryTree):
        return (Rows(_REPOSITORIES, output.repositories, name="repositories"),)
    if isinstance(output, SavedBuilds):
        return tuple(table for build in output.builds for table in _of_build(build))
    assert_never(output)


def _of_build(build: BuildLog) -> tuple[Rows, ...]:
    steps = Rows(_STEPS, build.steps, "steps", _built(build), shown=("seconds", "outcome", "name"))
    if not build.transfers:
        return (steps,)
    return (steps, Rows(TRANSFERS, build.transfers, "transfers", shown=("seconds", "kind", "name")))


def _in_all(build: BuildLog) -> tuple[str | Figure, ...]:
    return () if build.seconds is None else (", ", seconds(build.seconds), " in all")


def _title(push: Push) -> str:
    return push.repository + (f":{push.tag}" if push.tag else "")


def _built(build: BuildLog) -> Sentence:
    left_out = (", ", count(build.left_out, "step"), " not shown in the log") if build.left_out else ()
    return Sentence((f"{build.builder}, context ", size(build.context_bytes), *_in_all(build), *left_out))


def _ran(step: LoggedStep) -> Ran:
    if step.canceled:
        return Ran.CANCELED
    if step.error is not None:
        return Ran.FAILED
    if step.skipped:
        return Ran.SKIPPED
    return Ran.CACHED if step.cached else Ran.RAN


def _state(layer: PushedLayer) -> Sentence:
    return Sentence((layer.state, f" from {layer.source}" if layer.source else ""))


_IMAGES = (
    Column("id", header="id", is_name=True),
    Column("names", lambda image: image.names or "(no name)", "names", is_name=True, plain=lambda i: list(i.names)),
    Column("size", lambda image: size(image.size), "size", right=True),
)
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
_REPOSITORIES = (
    Column("name", header="repository", is_name=True),
    Column("tags", header="tags", is_name=True),
    Column("revisions", lambda found: len(found.revisions), "manifests", right=True, plain=lambda r: list(r.revisions)),
    Column("layers", lambda found: len(found.layers), "layers", right=True, plain=lambda r: list(r.layers)),
)
_STEPS = (
    Column("name", header="step", is_name=True, most=80),
    Column("outcome", _ran, "outcome"),
    Column("seconds", lambda step: seconds(step.seconds), "seconds", right=True),
    Column("platforms", plain=lambda step: list(step.platforms)),
    Column("targets", plain=lambda step: list(step.targets)),
)
_BUILDS = (
    Column("builder"),
    Column("context_bytes"),
    Column("seconds"),
    Column("left_out"),
    Column("steps", plain=lambda build: items_members(_STEPS, build.steps)),
    Column("transfers", plain=lambda build: items_members(TRANSFERS, build.transfers)),
)
