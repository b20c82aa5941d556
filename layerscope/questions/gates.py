"""Gates that a user sets for CI, held against an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerscope.analysis.answers.comparison import Comparison
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.answers.simulation import Simulation


def broken_gates(
    answer: Simulation,
    *,
    rebuild: str | None = None,
    output_dependent: bool = False,
    max_seconds: float | None = None,
    max_transfer: int | None = None,
) -> list[str]:
    """Which gates a simulation breaks.

    Args:
        answer: of `simulate`.
        rebuild: no step with this in its name may run, `*` for any.
        output_dependent: no step may be left open.
        max_seconds: what the rebuild may take; one that is unknown is more.
        max_transfer: bytes that a host with the last image may have to pull; what is unknown is more.

    Returns:
        A sentence for each gate that fails, beginning with its option.

    Raises:
        InputError: no step has that in its name: such a gate would sleep for ever.
    """
    from layerscope.analysis.gates import broken_gates as broken

    return broken(
        answer,
        rebuild=rebuild,
        output_dependent=output_dependent,
        max_seconds=max_seconds,
        max_transfer=max_transfer,
    )


def broken_image_gates(
    answer: ImageCost,
    *,
    max_size: int | None = None,
    max_waste: int | None = None,
    min_efficiency: float | None = None,
) -> list[str]:
    """Which gates an image breaks; one whose figure is unknown is broken.

    Args:
        answer: of `image`.
        max_size: bytes that the image may have.
        max_waste: bytes that may be wasted.
        min_efficiency: what its efficiency must be, 0 to 1.

    Returns:
        A sentence for each gate that fails, beginning with its option.
    """
    from layerscope.analysis.gates import broken_image_gates as broken

    return broken(answer, max_size=max_size, max_waste=max_waste, min_efficiency=min_efficiency)


def slower_scenarios(answer: Comparison) -> list[str]:
    """Which scenarios take longer after than before; where seconds are unknown, steps count.

    Args:
        answer: of `compare`.

    Returns:
        A sentence for each of them.
    """
    from layerscope.analysis.gates import slower_scenarios as slower

    return slower(answer)
