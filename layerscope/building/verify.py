"""Builds both sides of a change on a running engine and holds what it did against the prediction."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.analysis.answers.verification import Verification
from layerscope.analysis.side import Side
from layerscope.analysis.verification import predict, verification
from layerscope.building.ending import Ending, Say, ending
from layerscope.building.settings import Settings

if TYPE_CHECKING:
    from docker import APIClient

    from layerscope.building.buildkit import BuildKit

_NEEDS = "verify needs a running engine (start Docker, or set DOCKER_HOST)"


def verify(before: Side, after: Side, settings: Settings, say: Say | None = None) -> Verification:
    """Predict, build `before` and then `after`, and compare step by step.

    The builds see nothing of the engine's cache, and nothing of them stays: base images are throw-away ones with
    a layer that no cache has seen. say: takes lines of progress.
    Raises InputError where no engine runs, or a build fails.
    """
    say = say or _quiet
    steps, assumptions = predict(before, after)  # what cannot be predicted need not be built
    from layerscope.image.sources.engine import open_engine

    with open_engine("", _NEEDS) as client, ending(say) as end:
        ran, uncertain = _build(client.api, before, after, settings, end, say)
    return verification(steps, ran, uncertain, (*assumptions, *before.assumptions, *after.assumptions), after)


def _build(
    api: APIClient, before: Side, after: Side, settings: Settings, end: Ending, say: Say
) -> tuple[dict[str, bool], bool]:
    from layerscope.building.images import ThrowAwayImages

    api.timeout = None  # type: ignore[assignment]  # a step may be silent for as long as it likes
    platform = after.options.platform
    if after.options.builder == "classic":
        from layerscope.building.classic import Classic

        images = ThrowAwayImages(api, platform, end, say)
        builder: Classic | BuildKit = Classic(api, images, settings, end, say)
        uncertain = False
    else:
        from layerscope.building.buildkit import BuildKit, links
        from layerscope.building.cache_records import cache_records, merges_layers, prune_added

        folder = tempfile.TemporaryDirectory(prefix="layerscope-verify-")
        end.then(folder.name, folder.cleanup)
        images = ThrowAwayImages(api, platform, end, say)
        records = cache_records(api)
        end.then("build cache", lambda: prune_added(api, records))
        builder = BuildKit(images, Path(folder.name), settings, end, say)
        linked = links(before) or links(after)
        uncertain = bool(records) and linked
        if linked and merges_layers(api) != after.options.merge:
            store = "overlay2" if after.options.merge else "containerd"
            say(f"the engine's image store is not the one predicted for: --image-store {store} says what it has")
    say("building the before side")
    builder.build(before, after, "before")
    say("building the after side")
    return builder.build(after, before, "after").steps, uncertain


def _quiet(_line: str) -> None:
    return
