"""Two steps of one build with one key: which of them runs, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import layerscope

CASES = {
    "the copy of a copy": (
        "FROM scratch AS a\nCOPY src /src\nFROM scratch\nCOPY --from=a /src /src\n",
        [("rebuilt", ["src/f"]), ("cached", [])],
    ),
    "the copy of a copy on an image": (
        "FROM busybox AS a\nCOPY src /src\nFROM busybox\nCOPY --from=a /src /src\n",
        [("rebuilt", ["src/f"]), ("rebuilt", ["src/f"])],
    ),
    "what follows it": (
        "FROM scratch AS a\nCOPY src /src\nFROM scratch\nCOPY --from=a /src /src\nCOPY other /o\n",
        [("rebuilt", ["src/f"]), ("cached", []), ("rebuilt", ["src/f"])],
    ),
    "twins, and what follows the second": (
        "FROM busybox AS a\nCOPY src /src\nFROM a AS b\nCOPY other /o\n"
        "FROM scratch AS c\nCOPY --from=a /src /z\nFROM scratch AS d\nCOPY --from=b /src /z\n"
        "FROM scratch\nCOPY --from=c /z /x\nCOPY --from=d /z /y\n",
        [
            *[("rebuilt", ["src/f"])] * 3,
            ("cached", []),
            *[("rebuilt", ["src/f"])] * 2,
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_no_step_finds_what_its_build_makes_too_late_and_no_cause_is_false(case: str, tmp_path: Path) -> None:
    dockerfile, expected = CASES[case]
    for side, text in (("before", "1"), ("after", "2")):
        (tmp_path / side / "src").mkdir(parents=True)
        (tmp_path / side / "src" / "f").write_text(text)
        (tmp_path / side / "other").write_text("other")
        (tmp_path / side / "Dockerfile").write_text(dockerfile)
    simulated = layerscope.simulate(tmp_path / "before", after=tmp_path / "after")
    steps = [step for step in simulated.to_dict()["steps"] if step["instruction"] != "FROM"]
    assert [(step["outcome"], step["because"]) for step in steps] == expected
