"""A Dockerfile on other base images: only its FROM lines are written anew, so that every step keeps its name."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.dockerfile.expand import expand
from layerscope.dockerfile.stages import Dockerfile, Stage
from layerscope.graph.buildkit.frontend import Conversion
from layerscope.graph.options import BuildOptions

SCRATCH = "scratch"


def external_bases(dockerfile: Dockerfile, options: BuildOptions) -> dict[int, str]:
    """Stage index → the image (or `scratch`) it begins from, as the Dockerfile names it after expansion.

    Stages that begin from another stage, or from a named context, are left out.
    """
    values = Conversion(dockerfile, options).global_args
    names: set[str] = set()
    found: dict[int, str] = {}
    for stage in dockerfile.stages:
        base = expand(stage.origin.base, values, escape=dockerfile.directives.escape)
        named = {base, stage.origin.name} & options.named_contexts.keys()
        if base.lower() not in names and not named:
            found[stage.index] = base
        if stage.origin.name:
            names.add(stage.origin.name)
    return found


def on_bases(dockerfile: Dockerfile, images: Mapping[int, str]) -> str:
    """The Dockerfile's text with other images at the FROM of some stages; all lines keep their numbers."""
    lines = dockerfile.text.split("\n")
    for stage in dockerfile.stages:
        if stage.index in images:
            first, last = stage.origin.line - 1, stage.origin.end_line
            lines[first:last] = [_from(stage, images[stage.index]), *[""] * (last - first - 1)]
    return "\n".join(lines)


def _from(stage: Stage, image: str) -> str:
    platform = f"--platform={stage.origin.platform} " if stage.origin.platform else ""
    name = f" AS {stage.origin.name}" if stage.origin.name else ""
    return f"FROM {platform}{image}{name}"
