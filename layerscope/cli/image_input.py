"""Opens what a command line names beside a context: timings, and the image that gives sizes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.analysis.side import Side
from layerscope.cli.options import BuildFlags
from layerscope.context.directory import begins_as_archive
from layerscope.cost.model import Costs, no_costs
from layerscope.dockerfile.stages import Dockerfile
from layerscope.errors import InputError
from layerscope.inputs.snapshot_mark import is_snapshot
from layerscope.values import replace

if TYPE_CHECKING:
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.image.registry.access import RegistryAccess


def costs_of(timings: list[str] | None, *, estimate: bool = False, rates: list[str] | None = None) -> Costs:
    """Where seconds come from: only the files the user names, and estimates only where they are asked for."""
    costs = no_costs
    if timings:
        from layerscope.cost.timings_file import load_timings

        costs = load_timings(timings).cost
    if estimate or rates:
        from layerscope.cost.estimate import with_estimates
        from layerscope.cost.rates import read_rates

        costs = with_estimates(costs, read_rates(rates or ()))
    return costs


def build_costs(build: BuildFlags, timings: list[str] | None = None) -> Costs:
    """The same by a build's options. timings: instead of its own, where a side has some."""
    return costs_of(timings or build.timings, estimate=build.estimate, rates=build.rates)


def ask_image(
    reference: str,
    *,
    platform: str | None = None,
    check: bool = False,
    no_files: bool = False,
    file: str | None = None,
    target: str | None = None,
    base: str | None = None,
    history: str | None = None,
    costs: Costs = no_costs,
    dockerfile: Dockerfile | None = None,
    access: RegistryAccess | None = None,
    contents: bool = False,
    duplicates: bool = False,
) -> ImageCost:
    """Read an image and what is known beside it, and ask what it costs. Raises InputError."""
    from layerscope.analysis.image_cost import image_cost, with_history_sizes
    from layerscope.image.layers.measure import measure
    from layerscope.image.layers.memory import memory_of_user
    from layerscope.image.open import read_image
    from layerscope.inputs import open_dockerfile

    found = read_image(reference, platform=platform, check=check, access=access)
    if history:
        found = with_history_sizes(found, read_image(f"history:{history}"))
    files = None if no_files else measure(found, memory_of_user())
    dockerfile = open_dockerfile(file) if file else dockerfile
    cost = image_cost(
        found,
        files=files,
        dockerfile=dockerfile,
        target=target,
        base=read_image(base, platform=platform, access=access) if base else None,
        costs=costs,
        provenance=found.provenance_at_hand(lines=dockerfile is not None, layers=files is not None),
    )
    if files is not None and contents:
        from layerscope.analysis.image_contents import image_contents

        cost = replace(cost, contents=image_contents(files.listings))
    if files is not None and duplicates:
        from layerscope.image.layers.duplicates import find_duplicates

        cost = replace(cost, duplicates=find_duplicates(found, files.listings))
    return cost


def image_of(build: BuildFlags, side: Side) -> tuple[Side, ImageCost | None]:
    """What `--image` names, its lines those of the side's Dockerfile, and the side with what that takes for granted."""
    if build.image is None:
        return side, None
    if side.dockerfile.source == "history":
        cost = ask_image(build.image, platform=build.image_platform)
        rows = tuple(replace(row, line=row.index + 1) for row in cost.instructions)
        return side, replace(cost, instructions=rows, lines_exact=True)
    cost = ask_image(build.image, dockerfile=side.dockerfile, target=side.options.target)
    return replace(side, assumptions=(*side.assumptions, *cost.assumptions)), cost


def is_context(text: str) -> bool:
    """Whether a CONTEXT|REF argument is a build context: `-`, a directory that is no OCI layout, a snapshot, or a tar
    archive that holds a Dockerfile and no layout."""
    path = Path(text)
    if text == "-":
        return True
    if path.is_dir():
        return not (path / "oci-layout").exists()
    return path.is_file() and (is_snapshot(text) or _holds_context(text))


def _holds_context(path: str) -> bool:
    with Path(path).open("rb") as file:
        if not begins_as_archive(file.read(512)):
            return False
    from layerscope.image.tar_archive import open_archive

    try:
        archive = open_archive(path)
    except InputError:
        return False  # what is wrong with it is said by what reads images
    return "oci-layout" not in archive and any(name in archive for name in ("Dockerfile", "dockerfile"))
