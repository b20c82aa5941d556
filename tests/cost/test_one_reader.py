"""`timings import` and `image` read a history alike: what the one times, the other finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run import layerscope

# Instructions after the first, which has no time of its own; oldest first, a minute apart.
HISTORIES = {
    "bash with pipefail": ["RUN /bin/bash -o pipefail -c make all # buildkit", "RUN /bin/sh -c make dep # buildkit"],
    "arguments before bash": ["RUN |2 A=1 B=2 x /bin/bash -o pipefail -c make all # buildkit"],
    "a shell of one's own": ["SHELL [/usr/bin/python3 -c]", "RUN /usr/bin/python3 -c print(1) # buildkit"],
    "powershell": ["RUN powershell -Command $ErrorActionPreference = 'Stop'; Get-Thing # buildkit"],
    "cmd": ["RUN cmd /S /C make # buildkit"],
    "the classic builder": ["|1 V=9 /bin/bash -eo pipefail -c make", "/bin/bash -c #(nop) COPY file:1 in /app "],
    "buildah": ["/bin/sh -c --mount=type=cache,target=/c make", "/bin/sh -c #(nop) WORKDIR /app"],
    "kaniko": ["RUN bash -c 'make all'", "COPY . /app"],
}
BY_BUILDKIT = "buildkit.dockerfile.v0"


def rows(history: list[str], form: str) -> str:
    entries = [
        {
            "ID": "<missing>",
            "CreatedAt": f"2026-01-02T03:{minute:02}:00.5Z",
            "CreatedBy": created_by,
            "Size": "5MB",
            "Comment": BY_BUILDKIT if created_by.endswith("# buildkit") or created_by.startswith("SHELL") else "",
        }
        for minute, created_by in enumerate(["COPY a b # buildkit" if "# buildkit" in history[-1] else "x", *history])
    ][::-1]
    if form == "lines":
        return "".join(json.dumps(entry) + "\n" for entry in entries)
    if form == "array":
        return json.dumps(entries, indent=1)
    table = "IMAGE       CREATED AT                CREATED BY" + " " * 90 + "SIZE   COMMENT\n"
    return table + "".join(
        f"<missing>   {e['CreatedAt']}   {e['CreatedBy']:<97}   {e['Size']}    {e['Comment']}\n" for e in entries
    )


@pytest.mark.parametrize("form", ["lines", "array", "table"])
@pytest.mark.parametrize("history", HISTORIES)
def test_what_is_timed_is_found(history: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history"
    file.write_text(rows(HISTORIES[history], form))
    timed = layerscope(capsys, "timings", "import", file, "--format", "json").document["steps"]
    document = layerscope(capsys, "image", f"history:{file}", "--timings", file, "--format", "json").document
    found = [row for row in document["instructions"] if row["cost_source"] == "measured"]
    assert sorted(row["cost_seconds"] for row in found) == sorted(step["seconds"] for step in timed)
    assert len(timed) == sum(not text.startswith("SHELL") for text in HISTORIES[history])


def test_a_table_of_ages_says_what_has_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history"
    file.write_text("IMAGE       CREATED       CREATED BY   SIZE\n<missing>   3 weeks ago   COPY a b     5MB\n")
    done = layerscope(capsys, "timings", "import", file)
    assert done.status == 2
    assert "ages, and no times: write it with --no-trunc --format json" in done.err
