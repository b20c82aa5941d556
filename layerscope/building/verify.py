"""Builds both sides of a change on a running engine and holds what it did against the prediction."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from layerscope.analysis.answers.verification import Verification
from layerscope.analysis.side import Side
from layerscope.analysis.verification import predict, verification
from layerscope.building.ending import Ending, Say, ending
from layerscope.building.engine_version import engine_release, of_engine
from layerscope.building.froms import SCRATCH, external_bases
from layerscope.building.ran import RealBuild
from layerscope.building.settings import Settings
from layerscope.errors import InputError
from layerscope.graph.builder import builder_version
from layerscope.graph.buildkit.builder import BuildKit
from layerscope.graph.classic.builder import Classic
from layerscope.graph.names import normalized
from layerscope.values import Value, replace

if TYPE_CHECKING:
    from docker import APIClient

    from layerscope.building.images import ThrowAwayImages

_NEEDS = "verify needs a running engine (start Docker, or set DOCKER_HOST)"


def verify(before: Side, after: Side, settings: Settings, say: Say | None = None) -> Verification:
    """Predict by the engine's own rules, build `before` and then `after`, and compare step by step.

    The builds see nothing of the engine's cache, and nothing of them stays: base images are throw-away ones with
    a layer that no cache has seen. say: takes lines of progress.
    Raises InputError where no engine runs, or a build fails.
    """
    say = say or _quiet
    start = _STARTS.get(after.options.builder)
    if start is None:
        raise InputError(f"verify builds as an engine does, with {' or '.join(_STARTS)}", after.options.builder)
    _check_platforms(before, after)
    engine, newest = engine_release(), builder_version(after.options)
    before, after = of_engine(before, engine, newest), of_engine(after, engine, newest)
    predict(before, after)  # what cannot be predicted need not be built
    from layerscope.building.chosen_builder import chosen_context
    from layerscope.building.images import ThrowAwayImages
    from layerscope.image.sources.engine import open_engine

    context = chosen_context() if start is _start_buildkit else None  # the classic builder heeds no BUILDX_BUILDER
    with open_engine("", _NEEDS, context) as client, ending(say) as end:
        images = ThrowAwayImages(client.api, after.options, end, say)
        return _build(_Run(client.api, before, after, settings, end, say, images, context), start)


def _check_platforms(before: Side, after: Side) -> None:
    """An engine has an image under one name for one platform: which one the other side has must be told."""
    if before.options.platform == after.options.platform:
        return
    for side in (before, after):
        for base in external_bases(side.dockerfile, side.options).values():
            if base != SCRATCH and normalized(base) not in side.options.bases:
                text = "verify on two platforms needs to know the image of each: --base NAME=REF, --after-base NAME=REF"
                raise InputError(text, base)


class _Run(Value):
    """What the two builds of one run have in common. context: of Docker, where a builder was chosen by its name."""

    api: APIClient
    before: Side
    after: Side
    settings: Settings
    end: Ending
    say: Say
    images: ThrowAwayImages
    context: str | None


class _Engine(Protocol):
    """What builds a side on the engine."""

    def build(self, side: Side, other: Side, name: str) -> RealBuild: ...


def _build(run: _Run, start: _Start) -> Verification:
    run.api.timeout = None  # type: ignore[assignment]  # a step may be silent for as long as it likes
    engine, uncertain = start(run)
    before, after = _on_known_bases(run.before, run.images), _on_known_bases(run.after, run.images)
    steps, assumptions = predict(before, after)
    run.say("building the before side")
    engine.build(before, after, "before")
    run.say("building the after side")
    ran = engine.build(after, before, "after").steps
    return verification(steps, ran, uncertain, (*assumptions, *before.assumptions, *after.assumptions), after)


def _on_known_bases(side: Side, images: ThrowAwayImages) -> Side:
    """The side with the configs of all images that its stages begin from: what they set shows in names of steps."""
    options = side.options
    names = {base for base in external_bases(side.dockerfile, options).values() if base != SCRATCH}
    names |= {context.image for context in options.named_contexts.values() if context.image is not None}
    known = dict(options.bases)
    for name in sorted(names):
        given = known.get(normalized(name))
        if given is None or not given.known:
            known[normalized(name)] = images.base(name, given)
    return replace(side, options=replace(options, bases=known))


def _start_buildkit(run: _Run) -> tuple[_Engine, bool]:
    from layerscope.building.buildkit import BuildKitBuild, links
    from layerscope.building.cache_records import cache_records, merges_layers, prune_added

    folder = tempfile.TemporaryDirectory(prefix="layerscope-verify-")
    run.end.then(folder.name, folder.cleanup)
    records = cache_records(run.api)
    run.end.then("build cache", lambda: prune_added(run.api, records))
    engine = BuildKitBuild(run.images, Path(folder.name), run.settings, run.end, run.say, run.context)
    linked = links(run.before) or links(run.after)
    merge = run.after.options.merge
    if linked and merges_layers(run.api) != merge:
        store = "overlay2" if merge else "containerd"
        run.say(f"the engine's image store is not the one predicted for: --image-store {store} says what it has")
    return engine, bool(records) and linked


def _start_classic(run: _Run) -> tuple[_Engine, bool]:
    from layerscope.building.classic import ClassicEngineBuild

    return ClassicEngineBuild(run.api, run.images, run.settings, run.end, run.say), False


_Start = Callable[[_Run], tuple[_Engine, bool]]
_STARTS: dict[str, _Start] = {BuildKit.name: _start_buildkit, Classic.name: _start_classic}


def _quiet(_line: str) -> None:
    return
