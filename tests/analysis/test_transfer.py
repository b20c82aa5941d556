"""What must be sent: of an image whose layers a rebuild makes anew, and of a context."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.analysis.answers.image import ImageCost
from layerscope.analysis.answers.instruction_cost import InstructionCost
from layerscope.analysis.answers.simulation import Simulation
from layerscope.analysis.answers.transfer import RebuiltLayers, Transfer
from layerscope.analysis.simulate import simulate
from layerscope.api import change, open_context
from layerscope.cost.model import UNKNOWN_COST
from layerscope.graph.options import BaseImage, BuildOptions
from layerscope.values import replace

_DOCKERFILE = """\
FROM debian AS build
COPY a /a
RUN make
FROM debian
WORKDIR /w
COPY b /b
COPY --from=build /out /out
COPY --link c /c
ENV A=1
"""
# line, size, compressed; the layer of `COPY --link` is not counted twice. None: of the base.
_LAYERS = [(None, 1000, 400), (5, 10, 5), (6, 20, 7), (7, 40, 9), (8, 80, 11)]


def _image(*, exact: bool = True, compressed: bool = True) -> ImageCost:
    rows = [
        InstructionCost(
            index, "COPY", "", "", None, line, False, f"layer {index}", None, line is None,
            size, packed if compressed else None, None, None, None, UNKNOWN_COST,
        )
        for index, (line, size, packed) in enumerate(_LAYERS)
    ]  # fmt: skip
    rows.append(
        InstructionCost(len(rows), "ENV", "", "", None, 9, True, None, None, False, 0, 0, 0, 0, 0, UNKNOWN_COST)
    )
    return ImageCost("app", None, None, None, None, None, None, len(_LAYERS), tuple(rows), None, None, None, exact, ())


def _asked(folder: Path, builder: str, *changed: str, image: ImageCost | None = None, base: str = "") -> Simulation:
    folder.joinpath("Dockerfile").write_text(_DOCKERFILE)
    for name in ("a", "b", "c"):
        folder.joinpath(name).write_bytes(bytes(100))
    before = open_context(str(folder), options=BuildOptions(builder=builder))
    after = change(before, *changed)
    if base:
        after = replace(
            after, options=replace(after.options, bases={"docker.io/library/debian:latest": BaseImage(base)})
        )
    return simulate(before, after, image=image or _image(), count_context=True)


@pytest.mark.parametrize(
    ("builder", "changed", "least", "most", "exported"),
    [
        ("buildkit", "", Transfer(0, 5, 0, 432), Transfer(0, 5, 0, 432), (0, 0)),
        # A linked layer is reused over others that are made anew; what is copied out of a stage is open.
        ("buildkit", "b", Transfer(16, 3, 2, 416), Transfer(16, 3, 2, 416), (60, 60)),
        ("buildkit", "a", Transfer(0, 5, 0, 432), Transfer(9, 4, 1, 423), (0, 40)),
        ("buildkit", "c", Transfer(11, 4, 1, 421), Transfer(11, 4, 1, 421), (80, 80)),
        ("classic", "b", Transfer(27, 2, 3, 405), Transfer(27, 2, 3, 405), (140, 140)),
    ],
)
def test_the_layers_of_steps_that_re_run_are_sent(
    builder: str, changed: str, least: Transfer, most: Transfer, exported: tuple[int, int], tmp_path: Path
) -> None:
    answer = _asked(tmp_path, builder, *changed)
    assert answer.layers == RebuiltLayers(least, most, *exported, "app")
    assumed = [a.subject for a in answer.assumptions if a.kind == "layer-sizes"]
    assert assumed == (["app"] if most.layers_sent else [])


def test_sizes_that_nothing_tells_are_unknown(tmp_path: Path) -> None:
    assert _asked(tmp_path, "buildkit", "b", image=_image(exact=False)).layers is None
    unpacked = _asked(tmp_path, "buildkit", "b", image=_image(compressed=False)).layers
    assert unpacked is not None
    assert (unpacked.least.bytes, unpacked.export_bytes) == (None, 60)
    moved = _asked(tmp_path, "buildkit", base="sha256:" + "1" * 64).layers
    assert moved is not None
    assert (moved.least.bytes, moved.export_bytes, moved.most.layers_sent) == (None, None, 4)


@pytest.mark.parametrize(("builder", "changed"), [("buildkit", (1, 100)), ("classic", (4, 300 + len(_DOCKERFILE)))])
def test_a_builder_with_a_copy_is_sent_what_changed(builder: str, changed: tuple[int, int], tmp_path: Path) -> None:
    context = _asked(tmp_path, builder, "b").context
    assert context is not None
    assert (context.changed_files, context.changed_bytes) == changed
    # BuildKit's client sends what the steps name, the classic one all.
    assert (context.files, context.bytes) == ((3, 300) if builder == "buildkit" else (4, 300 + len(_DOCKERFILE)))
