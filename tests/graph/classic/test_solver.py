"""What the classic builder says of a step that is not the one built before."""

from __future__ import annotations

import pytest

from layerscope.context.tree import EMPTY
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.graph.builder import builder_named
from layerscope.graph.differences import ColdCache, NewStep, OtherEnvironment, OtherPart
from layerscope.graph.options import BuildOptions
from layerscope.graph.steps import BuildInput, Step


def built(*texts: str) -> tuple[Step, ...]:
    """The steps of the last of some builds in turn."""
    solver = builder_named("classic").solver()
    steps: tuple[Step, ...] = ()
    for text in texts:
        steps = solver.build(BuildInput(parse_dockerfile(text.encode(), "Dockerfile"), EMPTY, BuildOptions())).steps
    return steps


@pytest.mark.parametrize(
    ("before", "after", "differences"),
    [
        ("FROM busybox\nRUN a\n", "FROM busybox\nRUN b\n", [OtherPart]),
        ("FROM busybox\nENV A=1\nRUN a\n", "FROM busybox\nENV A=2\nRUN a\n", [OtherEnvironment]),
        ("FROM busybox\n", "FROM busybox\nRUN b\n", [NewStep]),
        # What stood in the step's place was a FROM.
        (
            "ARG V\nFROM busybox\n",
            "FROM busybox\nRUN b\n",
            [OtherPart, OtherEnvironment, OtherPart, OtherEnvironment, *[OtherPart] * 5],
        ),
    ],
)
def test_what_differs(before: str, after: str, differences: list[type]) -> None:
    assert [type(difference) for difference in built(before, after)[-1].differences] == differences


def test_a_first_build_has_a_cold_cache() -> None:
    assert [type(difference) for step in built("FROM busybox\nRUN a\n") for difference in step.differences] == [
        ColdCache,
        ColdCache,
    ]
