"""The files of named contexts as `verify` hands them to docker; a stand-in for docker says what it was given."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from repositories import write

from layerscope import open_context
from layerscope.building.buildkit import BuildKitBuild
from layerscope.building.ending import ending
from layerscope.building.settings import Settings
from layerscope.graph.options import BuildOptions, NamedContext
from layerscope.inputs.named import open_named_context

_DOCKER = f"""#!{sys.executable}
import json, pathlib, sys
for word in sys.argv:
    if word.startswith("--build-context="):
        name, _, folder = word.removeprefix("--build-context=").partition("=")
        files = {{p.name: p.read_text() for p in pathlib.Path(folder).iterdir()}}
        with open(sys.argv[0] + ".log", "a") as log:
            print(json.dumps([name, files]), file=log)
"""


class _Images:
    """Stands in for the throw-away images."""

    run = "test"

    def of(self, _name: str, _known: object) -> str:
        return "scratch"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(_DOCKER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


def test_each_named_context_has_its_own_files(tmp_path: Path, docker: Path) -> None:
    write(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY --from=ab f /1/\nCOPY --from=ba f /2/\n"})
    contexts: dict[str, NamedContext] = {}
    for name in ("ab", "ba"):
        write(tmp_path / name, {"f": name})
        contexts[name] = open_named_context(str(tmp_path / name))
    side = open_context(str(tmp_path / "app"), options=BuildOptions(named_contexts=contexts))
    folder = tmp_path / "run"
    folder.mkdir()
    with ending(lambda _: None) as end:
        build = BuildKitBuild(_Images(), folder, Settings(), end, lambda _: None)
        build.build(side, side, "before")
        build.build(side, side, "after")
    given = [json.loads(line) for line in Path(f"{docker}.log").read_text().splitlines()]
    assert given == [["ab", {"f": "ab"}], ["ba", {"f": "ba"}]] * 2
