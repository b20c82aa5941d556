"""What of two Dockerfiles is the same, moved, edited, added and removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.analysis.compare import ContextSide, compare_contexts
from layerscope.inputs.contexts import open_context

CASES = {
    "nothing": ("RUN a\nRUN b\n", "RUN a\nRUN b\n", ["same", "same", "same"]),
    "a heredoc's body": ("RUN <<E\na\nE\n", "RUN <<E\nb\nE\n", ["same", "edited"]),
    "moved": ("RUN a\nRUN b\nRUN c\n", "RUN c\nRUN a\nRUN b\n", ["same", "moved", "same", "same"]),
    "edited": ("RUN make all\n", "RUN make all install\n", ["same", "edited"]),
    "unlike": ("RUN make all\n", "RUN apt-get update\n", ["same", "removed", "added"]),
    "a WORKDIR is the one WORKDIR": ("WORKDIR /a\n", "WORKDIR /somewhere/else\n", ["same", "edited"]),
    "the same line twice": ("RUN a\nRUN a\n", "RUN a\n", ["same", "same", "removed"]),
}


def changes(tmp_path: Path, before: str, after: str) -> list[str]:
    for side, text in (("before", before), ("after", after)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "Dockerfile").write_text("FROM x\n" + text)
    sides = [ContextSide(open_context(str(tmp_path / side))) for side in ("before", "after")]
    return [change.change for change in compare_contexts(*sides, changes=[]).steps]


@pytest.mark.parametrize("case", CASES)
def test_changes(case: str, tmp_path: Path) -> None:
    before, after, expected = CASES[case]
    assert sorted(changes(tmp_path, before, after)) == sorted(expected)


def test_thousands_of_steps_pair_in_bounded_work(tmp_path: Path) -> None:
    before = "".join(f"RUN step {n}\n" for n in range(1500))
    after = "".join(f"RUN other {n * 7919}\n" for n in range(1500))
    assert len(changes(tmp_path, before, after)) >= 1501
