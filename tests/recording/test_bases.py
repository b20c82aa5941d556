"""What a recorded build started from; a stand-in for docker tells of the engine's images."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from layerscope.analysis.base_image import base_image
from layerscope.cost.logs.open import parse_log
from layerscope.docker.config import parse_inspected
from layerscope.docker.json_document import JsonObject
from layerscope.graph.options import BaseImage
from layerscope.image.model import Image
from layerscope.recording.bases import bases_of
from layerscope.recording.command import read_command

_NAME = "docker.io/library/busybox:latest"
_LAYERS = [f"sha256:{digit * 64}" for digit in "12"]
_INSPECTED = {
    "Id": f"sha256:{'a' * 64}",
    "Os": "linux",
    "Architecture": "amd64",
    "Config": {"Env": ["PATH=/bin", "A=b=c"], "User": "me", "WorkingDir": "/w", "Shell": ["sh", "-c"], "OnBuild": None},
    "RootFS": {"Layers": _LAYERS},
}
_DOCKER = f"""#!{sys.executable}
import sys
assert sys.argv[1:] == ["image", "inspect", {_NAME!r}], sys.argv
print({json.dumps([_INSPECTED])!r})
"""
_CLASSIC = b"""Step 1/3 : ARG V
Step 2/3 : FROM --platform=linux/amd64 busybox AS one
 ---> abcdef012345
Step 3/3 : RUN echo 'FROM other'
 ---> Running in abcdef012345
Step 1/1 : FROM printed
 ---> abcdef012345
 ---> 0123456789ab
Successfully built 0123456789ab
"""
_PLAIN = b"""#1 [internal] load metadata for docker.io/library/busybox:latest
#1 DONE 0.1s
#2 [1/2] FROM docker.io/library/busybox:latest
#2 CACHED
#3 [2/2] RUN true
#3 DONE 0.1s
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(_DOCKER)
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def _bases(
    log: bytes, builder: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> dict[str, BaseImage]:
    monkeypatch.setenv("PATH", environment["PATH"])
    command = read_command(shlex.split("docker build ."), environment)
    return bases_of(log, parse_log(log, "log"), builder, command, environment, {_NAME: "sha256:told"})


@pytest.mark.parametrize(("log", "builder"), [(_PLAIN, "buildkit"), (_CLASSIC, "classic")])
def test_an_image_of_the_engine_is_what_a_base_of_it_would_be(
    log: bytes, builder: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _bases(log, builder, environment, monkeypatch)
    config = parse_inspected(JsonObject(_INSPECTED, "inspect"))
    given = base_image(Image("busybox", config, (), (), config_digest=str(_INSPECTED["Id"])), builder)
    assert found == {_NAME: given}
    assert found[_NAME].diff_ids == tuple(_LAYERS)
    assert found[_NAME].env == (("PATH", "/bin"), ("A", "b=c"))


def test_an_image_that_was_fetched_by_digest_is_that_digest(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = f"sha256:{'f' * 64}"
    log = _PLAIN.replace(b"busybox:latest\n#2 C", f"busybox:latest@{digest}\n#2 C".encode())
    assert _bases(log, "buildkit", environment, monkeypatch) == {_NAME: BaseImage(digest)}


@pytest.mark.parametrize("said", ["[]", "{", '[{"Id": 1}]', '[{"Id": "x", "Config": []}]', "[{}]"])
def test_what_is_no_image_of_the_engine_is_what_the_record_tells(
    said: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Path(environment["PATH"].partition(os.pathsep)[0], "docker")
    program.write_text(f"#!{sys.executable}\nprint({said!r})\n")
    assert _bases(_PLAIN, "buildkit", environment, monkeypatch) == {_NAME: BaseImage("sha256:told")}
