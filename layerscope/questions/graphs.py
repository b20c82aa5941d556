"""Builds and images as graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.inputs.place import StrPath
from layerscope.questions.images import image_cost, image_of, opened
from layerscope.questions.sides import both_sides, context_of, side_of

if TYPE_CHECKING:
    import networkx

    from layerscope.analysis.answers.image import ImageCost
    from layerscope.exported import Context
    from layerscope.image.model import Image
    from layerscope.inputs.sides import Sides


def graph(
    subject: Context | ImageCost | Image | Sides,
    after: Context | None = None,
    *,
    image: ImageCost | Image | StrPath | None = None,
) -> networkx.DiGraph[str]:
    """The layer graph of a build context or of an image.

    Args:
        subject: a context or an image, opened or where it lies; what was built, where `after` is given; or both sides,
            as `open_sides` gives them.
        after: what will be built: each step then has its outcome.
        image: the image of that build, whose layers are tied to the steps.

    Returns:
        Nodes of kind `step`, `file` and `layer` with `name`, `stage`, `line`, `size` (bytes) and `outcome`; edges of
        kind `parent`, `copies_from`, `mounts`, `reads`, `produces`.

    Raises:
        InputError: something cannot be read, or the build would fail.
    """
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.layer_graph import image_graph
    from layerscope.analysis.side import Side
    from layerscope.image.model import Image
    from layerscope.inputs.sides import Sides

    if isinstance(subject, ImageCost):
        return image_graph(subject)
    if isinstance(subject, Image):
        return image_graph(image_cost(subject))
    if not isinstance(subject, Side | Sides) and context_of(subject) is None:
        return image_graph(image_cost(opened(subject)))
    first, second = both_sides(subject, after)
    return build_graph(first, second, image=image)


def build_graph(
    before: Context, after: Context | None = None, *, image: ImageCost | Image | StrPath | None = None
) -> networkx.DiGraph[str]:
    """Steps, files and layers of a build as a graph.

    Args:
        before: a context, opened or where it lies; what was built, where `after` is given.
        after: what will be built: each step then has its outcome.
        image: the image of that build, whose layers are tied to the steps.

    Returns:
        A graph as `graph` gives it.

    Raises:
        InputError: something cannot be read, or the build would fail.
    """
    from layerscope.analysis.layer_graph import build_graph as build

    first = side_of(before)
    if after is None:
        return build(None, first, image_of(first, image)[1])
    side = side_of(after)
    return build(first, side, image_of(side, image)[1])
