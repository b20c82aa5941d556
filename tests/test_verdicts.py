"""What the engine refuses is refused with a line, and what it builds is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from run import layerscope

from tests.verdicts.data import dockerfile, read_verdicts


@pytest.mark.parametrize(("text", "built"), read_verdicts())
def test_the_verdict_is_the_engines(text: str, built: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile(text))
    (tmp_path / "a").write_text("a")
    done = layerscope(capsys, "simulate", tmp_path, "--change", "a")
    if built:
        assert (done.status, done.err) == (0, "")
    else:
        assert done.status == 2
        assert done.out == ""
        assert done.err.startswith(f"layerscope: {tmp_path}/Dockerfile:")
        assert len(done.err.splitlines()) == 1
