"""`simulate --image REF`: the sizes of a built image beside the steps that made it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run import layerscope

OWN = (("COPY /a /b # buildkit", "3B"), ("RUN /bin/sh -c make # buildkit", "5B"))
BASE = (("ADD file:1 in /", "70B"), ("RUN /bin/sh -c setup", "7B"))


def test_a_step_that_stands_for_two_has_the_size_of_the_one_in_the_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "Dockerfile").write_text(
        "FROM busybox AS x\nRUN make\nCOPY a /a\nFROM busybox AS y\nRUN make\nCOPY --from=x /a /b\n"
    )
    entries = [
        {"CreatedAt": "2026-01-01T00:00:00Z", "CreatedBy": text, "ID": "a", "Comment": "", "Size": size}
        for text, size in (*OWN, *BASE)
    ]
    (tmp_path / "history.json").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    done = layerscope(
        capsys, "simulate", tmp_path, "--change", "a", "--image", f"history:{tmp_path / 'history.json'}",
        "--format", "json",
    )  # fmt: skip
    assert {step["name"]: step["size"] for step in done.document["steps"]} == {
        "[x 1/3] FROM docker.io/library/busybox:latest": 77,
        "[x 2/3] RUN make": 5,
        "[x 3/3] COPY a /a": None,
        "[y 3/3] COPY --from=x /a /b": 3,
    }
