"""The whole story on shipped input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.inputs.place import StrPath, text_of

if TYPE_CHECKING:
    from layerscope.analysis.answers.story import Story


def demo(fixtures: StrPath | None = None) -> Story:
    """What the image of a naive Dockerfile costs, what a change re-runs, what a refactoring saves: on recorded input.

    Args:
        fixtures: a folder of recorded builds, in place of those that come with Layerscope.

    Returns:
        Three versions of one app with their images and rebuilds: bytes and seconds that a real engine gave.

    Raises:
        InputError: the recorded builds are not there, or cannot be read.
    """
    from layerscope.questions.shipped import recorded_story, shipped_fixtures

    return recorded_story(shipped_fixtures() if fixtures is None else Path(text_of(fixtures, "a folder")))
