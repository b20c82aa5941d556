"""Provenance as timings: beside the history of the image it is attached to, and by what the builder sampled."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from layerscope.cost.logs.open import read_log
from layerscope.cost.timings_file import load_timings
from layerscope.errors import InputError

ATTESTED = Path(__file__).parent / "recorded" / "attested"
# As its build's own log has it, which had WORKDIR from the cache; the first copy waited two seconds for another stage.
STEPS = [("COPY /tool /w/", None), ("RUN sleep 1", 1.2), ("COPY app /w/", 0.1)]
DOCKERFILE = "FROM busybox\n# a comment\nRUN --mount=type=cache,target=/c make \\\n  all\nCOPY --from=x a /\n"
SAMPLES = [{"timestamp": "2026-01-02T03:00:01Z"}, {"timestamp": "2026-01-02T03:00:03.5Z"}]


def as_tar(folder: Path, *left_out: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name not in left_out:
                archive.add(path, str(path.relative_to(folder)))
    return file.getvalue()


def predicate(version: str, samples: list[dict[str, str]]) -> dict[str, Any]:
    """A predicate of BuildKit's in either version."""
    config = {"llbDefinition": [{"id": "step0"}, {"id": "step1", "resourceUsage": {"samples": samples}}]}
    locations = {"step1": {"locations": [{"ranges": [{"start": {"line": 3}, "end": {"line": 4}}]}]}, "step0": {}}
    data = base64.b64encode(DOCKERFILE.encode()).decode()
    source = {"locations": locations, "infos": [{"filename": "Dockerfile", "data": data}]}
    if version == "0.2":
        more = {"https://mobyproject.org/buildkit@v1#metadata": {"source": source}}
        metadata = {"buildStartedOn": "2026-01-02T03:00:00Z", **more}
        return {"buildType": "https://mobyproject.org/buildkit@v1", "buildConfig": config, "metadata": metadata}
    details = {"metadata": {"startedOn": "2026-01-02T03:00:00Z", "buildkit_metadata": {"source": source}}}
    build = {"buildType": "https://mobyproject.org/buildkit@v1", "internalParameters": {"buildConfig": config}}
    return {"buildDefinition": build, "runDetails": details}


@pytest.mark.parametrize("form", ["layout", "archive"])
def test_an_image_with_provenance_tells_when_its_build_began_and_what_waited(form: str) -> None:
    (log,) = read_log(ATTESTED if form == "layout" else as_tar(ATTESTED), "image.tar")
    assert log.builder == "history"
    assert [(s.name, None if s.seconds is None else round(s.seconds, 1)) for s in log.steps] == STEPS


def test_a_layout_counts_once_whatever_it_is_called(tmp_path: Path) -> None:
    link = tmp_path / "other"
    link.symlink_to(ATTESTED)
    timings = load_timings([ATTESTED, link])
    assert [timing.count for timing in timings.rows()] == [1, 1]
    assert timings.cost("[stage-1 4/5] RUN --network=none sleep 1").source == "measured"


@pytest.mark.parametrize("version", ["0.2", "1"])
@pytest.mark.parametrize(
    "wrapped",
    [
        lambda p: p,
        lambda p: {"_type": "https://in-toto.io/Statement/v0.1", "predicate": p},
        lambda p: {"buildx.build.provenance": p, "containerimage.digest": "sha256:1"},
        lambda p: {"web": {"buildx.build.provenance": p}},
        lambda p: {"linux/amd64": {"SLSA": p}},
    ],
)
def test_samples_time_a_step(version: str, wrapped: Any) -> None:
    (log,) = read_log(json.dumps(wrapped(predicate(version, SAMPLES))).encode(), "meta.json")
    assert [(s.name, s.seconds) for s in log.steps] == [("RUN --mount=type=cache,target=/c make all", 2.5)]


@pytest.mark.parametrize("samples", [[], SAMPLES[:1], SAMPLES[::-1], [{"timestamp": "never"}, {}]])
def test_provenance_without_samples_says_what_tells_more(samples: list[dict[str, str]]) -> None:
    with pytest.raises(InputError, match=r"meta\.json: this provenance tells of the build as a whole"):
        read_log(json.dumps(predicate("0.2", samples)).encode(), "meta.json")


def test_what_is_missing_in_a_layout_is_passed_over(tmp_path: Path) -> None:
    blobs = {path.name: path.read_text() for path in (ATTESTED / "blobs/sha256").iterdir()}
    statement = next(name for name, text in blobs.items() if '"predicate"' in text)
    config = next(name for name, text in blobs.items() if '"history"' in text)
    (log,) = read_log(as_tar(ATTESTED, statement), "image.tar")
    # Without provenance an absolute source is taken for another stage's.
    told = {s.name: s.seconds is not None for s in log.steps}
    assert (told["COPY /tool /w/"], told["RUN sleep 1"]) == (False, True)
    with pytest.raises(InputError, match="neither a build record"):
        read_log(as_tar(ATTESTED, config), "image.tar")
    (tmp_path / "oci-layout").write_text("{}")
    for text in ("", "[]", "{", '{"manifests": [1]}', '{"manifests": [{"digest": "sha256:../../x"}]}'):
        (tmp_path / "index.json").write_text(text)
        with pytest.raises(InputError, match=str(tmp_path)):
            read_log(tmp_path)
