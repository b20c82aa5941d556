"""Zips of logs, as GitHub gives them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from layerscope.cost.logs.open import read_log
from layerscope.errors import InputError

RECORDED = Path(__file__).parents[1] / "recorded"


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def log(step: str, seconds: float) -> bytes:
    lines = ["#1 [1/2] FROM x", "#1 CACHED", f"#2 [2/2] RUN {step}", f"#2 DONE {seconds}s"]
    return "".join(f"2026-01-02T03:04:05.1234567Z {line}\n" for line in lines).encode()


def told(files: dict[str, bytes]) -> list[tuple[str, float | None]]:
    return [(build.steps[-1].name, build.steps[-1].seconds) for build in read_log(zipped(files), "logs.zip")]


def test_a_job_and_its_steps_are_one_build_each() -> None:
    files = {
        "web/3_Build.txt": log("web", 1.5),
        "web/1_Set up job.txt": b"2026-01-02T03:04:01Z Current runner version\n",
        "0_web.txt": b"2026-01-02T03:04:01Z Current runner version\n" + log("web", 1.5),
        "1_db.txt": log("db", 2.5),
        "db/system.txt": b"",
    }
    assert told(files) == [("[2/2] RUN web", 1.5), ("[2/2] RUN db", 2.5)]


def test_steps_alone_are_in_their_order() -> None:
    files = {"a/10_Build two.txt": log("two", 2.0), "a/9_Build one.txt": log("one", 1.0)}
    assert told(files) == [("[2/2] RUN one", 1.0), ("[2/2] RUN two", 2.0)]


def test_records_and_logs_together_are_all_read() -> None:
    record = (RECORDED / "url.dockerbuild").read_bytes()
    builds = read_log(zipped({"a.dockerbuild": record, "0_b.txt": log("b", 1.0)}), "logs.zip")
    assert len(builds) == 2
    assert read_log(zipped({"a.dockerbuild": record}), "x")[0].steps == read_log(record, "x")[0].steps


@pytest.mark.parametrize("files", [{}, {"a.txt": b"hello\n", "b.txt": b"there\n"}])
def test_a_zip_that_tells_of_no_build(files: dict[str, bytes]) -> None:
    with pytest.raises(InputError, match=r"logs\.zip"):
        read_log(zipped(files), "logs.zip")
