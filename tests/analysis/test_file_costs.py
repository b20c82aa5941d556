"""`context` says what a change of each file re-runs: the very answer `simulate` gives for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.analysis.context_use import context_use
from layerscope.analysis.simulate import simulate
from layerscope.context.edits import edited
from layerscope.cost.model import Bytes, Cost, unknown_bytes
from layerscope.figures import Source
from layerscope.inputs.contexts import open_context
from layerscope.values import replace

_FILES = ("go.mod", "main.go", "web/app.js", "web/index.html", "config/app.yml", "config/db.yml", "README.md")
_DOCKERFILES = {
    "one stage": "FROM app\nCOPY go.mod /src/\nRUN get\nCOPY . /src\nRUN make\n",
    "a later stage takes some of the files": (
        "FROM app AS build\nCOPY go.mod /src/\nRUN get\nCOPY . /src/\n"
        "FROM app\nCOPY --from=build /src/config/app.yml /etc/\nRUN check\nCOPY --from=build /src/web /web\n"
    ),
    "a later stage takes what a RUN made": (
        "FROM app AS build\nCOPY . /src/\nRUN make\nFROM app\nCOPY --from=build /out /out\nCOPY README.md /\n"
    ),
    "a bind mount": "FROM app\nRUN --mount=type=bind,source=web,target=/web build\nCOPY config /config\n",
}


def _seconds(name: str, _: Bytes = unknown_bytes, _platform: str = "", /) -> Cost:
    return Cost(float(len(name)), Source.MEASURED)


@pytest.mark.parametrize(
    ("case", "builder"),
    [
        (case, b)
        for case, text in _DOCKERFILES.items()
        for b in ("buildkit", "classic")
        if b == "buildkit" or "--mount" not in text
    ],
)
def test_each_file_costs_what_simulate_says(case: str, builder: str, tmp_path: Path) -> None:
    for name in _FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "Dockerfile").write_text(_DOCKERFILES[case])
    (tmp_path / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    side = open_context(str(tmp_path))
    side = replace(side, options=replace(side.options, builder=builder))
    use = context_use(side, _seconds)
    expected: dict[tuple[int, int, float], int] = {}
    for name in _FILES:
        if name in use.unread:
            continue
        tree, _ = edited(side.tree, change=(name,))
        summary = simulate(side, replace(side, tree=tree), _seconds).summary
        key = (summary.rebuilt, summary.output_dependent, summary.known_seconds)
        expected[key] = expected.get(key, 0) + 1
    assert {(c.rebuilt, c.output_dependent, c.known_seconds): c.files for c in use.costs} == expected
    assert all(cost.alike for cost in use.costs)
    assert [c.known_seconds for c in use.costs] == sorted((c.known_seconds for c in use.costs), reverse=True)
