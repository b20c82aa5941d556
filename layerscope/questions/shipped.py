"""The recorded builds that come with Layerscope: a naive Dockerfile, its refactoring, and what that saves."""

from __future__ import annotations

from pathlib import Path

from layerscope.analysis.answers.story import Story
from layerscope.analysis.base_image import base_image
from layerscope.analysis.compare import ContextSide
from layerscope.analysis.image_cost import image_cost, with_history_sizes
from layerscope.analysis.story import tell
from layerscope.context.place import DirectoryPlace
from layerscope.cost.timings_file import load_timings
from layerscope.errors import InputError
from layerscope.graph.names import normalized
from layerscope.graph.options import BaseImage, BuildOptions
from layerscope.image.model import Image
from layerscope.image.open import read_image
from layerscope.inputs.contexts import open_context

CHANGED_FILE = "app.rb"
_BASES = {"debian:bookworm": "debian-bookworm", "ruby:3.1": "ruby-3.1"}


def shipped_fixtures() -> Path:
    """The recorded builds: inside an installed package, or beside the package in a checkout."""
    here = Path(__file__).parent.parent
    for place in (here / "shipped" / "sinatra", here.parent / "fixtures" / "sinatra"):
        if (place / "before" / "Dockerfile").exists():
            return place
    raise InputError("the shipped fixtures are missing: the installation is not complete", str(here))


def recorded_story(place: Path) -> Story:
    """Read the recorded builds and ask the questions the story answers. Raises InputError."""
    images = {
        name: read_image(f"oci:{place / 'recorded' / 'bases' / folder / 'oci'}") for name, folder in _BASES.items()
    }
    bases = {normalized(name): base_image(image) for name, image in images.items()}
    return tell(
        _side(place, "before", "before", None, bases, images["debian:bookworm"]),
        _side(place, "after", "same-base", place / "same-base.Dockerfile", bases, images["debian:bookworm"]),
        _side(place, "after", "after", None, bases, images["ruby:3.1"]),
        CHANGED_FILE,
    )


def _side(
    place: Path, context: str, recorded: str, file: Path | None, bases: dict[str, BaseImage], base: Image
) -> ContextSide:
    records = place / "recorded" / recorded
    # The report names the version, not where the package lies.
    side = open_context(DirectoryPlace(str(place / context), recorded), file=file, options=BuildOptions(bases=bases))
    costs = load_timings(sorted(records.glob("buildkit.*.rawjson"))).cost
    history = read_image(f"history:{records / 'history.bytes.json'}")
    image = with_history_sizes(read_image(f"oci:{records / 'oci'}"), history)
    return ContextSide(side, costs, image_cost(image, dockerfile=side.dockerfile, base=base, costs=costs))
