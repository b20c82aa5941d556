"""What the engine refuses is refused with a line, and what it builds is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from run import layerscope

from tests.verdicts.data import dockerfile, read_verdicts, releases

VERDICTS = [(release, text, built) for release in releases() for text, built in read_verdicts(release)]


@pytest.mark.parametrize(("release", "text", "built"), VERDICTS)
def test_the_verdict_is_the_engines(
    release: str, text: str, built: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile(text))
    (tmp_path / "a").write_text("a")
    done = layerscope(capsys, "simulate", tmp_path, "--change", "a", "--builder-version", release)
    if built:
        assert (done.status, done.err) == (0, "")
    else:
        assert done.status == 2
        assert done.out == ""
        assert done.err.startswith(f"layerscope: {tmp_path}/Dockerfile:")
        assert len(done.err.splitlines()) == 1
