"""Max-mode provenance as BuildKit attached it (`provenance_data`, recorded): layers tied to lines, exactly."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from made_images import CONFIG, INDEX, LAYER, MANIFEST, Files, put, with_index, write
from run import layerscope

from layerscope.docker.created_by import parse_created_by, parse_each_created_by
from layerscope.docker.json_document import JsonObject
from layerscope.docker.model import HistoryEntry
from layerscope.docker.provenance import parse_provenance
from layerscope.docker.truncation import is_truncated
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.graph.layer_lines import tie_lines

DATA = Path(__file__).parent / "provenance_data"
BASE: tuple[int, ...] = ()
# The lines of the layers, bottom first; those of busybox are the base's.
LINES = {
    "stages": [BASE, (10,), (11,), (16,), (17,), (18,)],
    "stages_v0.2": [BASE, (10,), (11,), (16,), (17,), (18,)],
    "target": [BASE, (4,), (7,), (10,), (11,)],
    "scratch": [(2,), (3,), (4,), (7,), (8,)],
    "equal_steps": [BASE, (2, 4), (5,), (7,)],
    "merged": [BASE, (2,), (4,), (5,), (6,), (7,), (8,), (9,)],
}


def recorded(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return document


def parse(statement: dict[str, Any], layers: list[str]) -> Any:
    return parse_provenance(JsonObject(statement, "statement"), layers)


def layout(case: dict[str, Any], statement: dict[str, Any] | None = None) -> Files:
    """The image and its attestation; the layers' bytes are not there."""
    files: Files = {}
    config = {
        "os": "linux", "architecture": "amd64", "history": case["history"],
        "rootfs": {"type": "layers", "diff_ids": case["diff_ids"]},
    }  # fmt: skip
    layers = [{"mediaType": LAYER, "digest": digest, "size": 1} for digest in case["layers"]]
    manifest = {
        "schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
        "config": put(files, json.dumps(config).encode(), CONFIG),
    }  # fmt: skip
    image = put(files, json.dumps(manifest).encode(), MANIFEST, platform={"os": "linux", "architecture": "amd64"})
    said = put(
        files, json.dumps(statement or case["statement"]).encode(), "application/vnd.in-toto+json",
        annotations={"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"},
    )  # fmt: skip
    attestation = {
        "schemaVersion": 2, "mediaType": MANIFEST, "layers": [said], "config": put(files, b"{}", CONFIG),
    }  # fmt: skip
    about = {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image["digest"],
    }
    unknown = {"os": "unknown", "architecture": "unknown"}
    attached = put(files, json.dumps(attestation).encode(), MANIFEST, platform=unknown, annotations=about)
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [image, attached]}
    return with_index(files, put(files, json.dumps(index).encode(), INDEX))


def entries(created_by: Iterable[str]) -> list[HistoryEntry]:
    return [HistoryEntry(text, truncated=is_truncated(text)) for text in created_by]


@pytest.mark.parametrize("name", LINES)
def test_each_layer_has_the_line_the_builder_noted(name: str) -> None:
    case = recorded(name)
    found = parse(case["statement"], case["layers"])
    assert list(found.lines) == LINES[name]
    assert found.dockerfile == case["dockerfile"]
    assert found.target == ("run" if name == "target" else None)


@pytest.mark.parametrize("name", LINES)
def test_the_history_alone_leads_to_the_same_lines(name: str) -> None:
    """What is noted and what is aligned by words must not differ: on these files each instruction is plain."""
    case = recorded(name)
    dockerfile = parse_dockerfile(case["dockerfile"])
    target = "run" if name == "target" else None
    created = parse_each_created_by(entries(entry.get("created_by", "") for entry in case["history"]))
    full = [n for n, entry in enumerate(case["history"]) if not entry.get("empty_layer")]
    known = dict(zip(full, LINES[name], strict=True))
    by_words = tie_lines(created, dockerfile, target)
    noted = tie_lines(created, dockerfile, target, known)
    if name == "target":  # `FROM ${BASE}` does not hide that the stage below is the target's own
        assert by_words.lines[-4:] == noted.lines[-4:]
    assert by_words.lines == noted.lines
    assert by_words.exact and noted.exact


def test_the_report_says_where_lines_come_from(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = recorded("stages")
    place = write(tmp_path / "layout", layout(case))
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(case["dockerfile"])
    by_note = layerscope(capsys, "image", str(place), "-f", str(dockerfile))
    assert "Lines are exact: the builder noted them" in by_note.out
    document = layerscope(capsys, "image", str(place), "-f", str(dockerfile), "--format", "json").document
    assert document["lines_from"] == "provenance"
    assert [row["line"] for row in document["instructions"] if not row["empty_layer"]] == [None, 10, 11, 16, 17, 18]
    dockerfile.write_text(case["dockerfile"].replace("rm /srv/a", "rm -f /srv/a"))
    edited = layerscope(capsys, "image", str(place), "-f", str(dockerfile), "--format", "json").document
    assert edited["lines_from"] == "history"
    assert "another version of this Dockerfile" in str(edited["assumptions"])


@pytest.mark.parametrize(
    "damage", ["layers", "order", "input", "own_result", "short", "line", "no_result", "no_layers", "not_json"]
)
def test_what_contradicts_itself_or_the_image_is_not_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, damage: str
) -> None:
    case = recorded("merged")
    statement = copy.deepcopy(case["statement"])
    definition = statement["predicate"]["buildDefinition"]["internalParameters"]["buildConfig"]["llbDefinition"]
    metadata = statement["predicate"]["runDetails"]["metadata"]["buildkit_metadata"]
    files = [step["op"]["Op"]["file"] for step in definition if "file" in step["op"].get("Op", {})]
    if damage == "layers":
        metadata["layers"] = json.loads(json.dumps(metadata["layers"]).replace(case["layers"][2], "sha256:" + 64 * "0"))
    elif damage == "order":
        definition.reverse()
    elif damage == "input":
        files[0]["actions"][0]["input"] = 7
    elif damage == "own_result":
        files[0]["actions"][0]["input"] = len(definition[0].get("inputs", ())) + 2
    elif damage == "short":
        metadata["layers"] = {key: [chains[0][:1]] for key, chains in metadata["layers"].items()}
    elif damage == "line":
        metadata["source"]["locations"] = {"step1": {"locations": 5}}
    elif damage == "no_result":
        definition[-1]["inputs"] = ["step99:0"]
    elif damage == "no_layers":
        metadata["layers"] = {}
    else:
        definition[0]["inputs"] = [1, {}]
    place = write(tmp_path / "layout", layout(case, statement))
    (tmp_path / "Dockerfile").write_text(case["dockerfile"])
    done = layerscope(capsys, "image", str(place), "-f", str(tmp_path / "Dockerfile"), "--format", "json")
    assert done.status == 0, done
    document = done.document
    assert document["lines_from"] == "history"
    assert "the provenance attached" in str(document["assumptions"])


def test_min_mode_tells_nothing() -> None:
    case = recorded("stages")
    statement = copy.deepcopy(case["statement"])
    del statement["predicate"]["buildDefinition"]["internalParameters"]["buildConfig"]
    assert parse(statement, case["layers"]) is None


def test_a_merge_of_merges_is_no_bomb() -> None:
    layers = {"s0:0": [[{"digest": "sha256:a"}]]}
    steps: list[dict[str, Any]] = [{"id": "s0", "op": {"Op": {"source": {}}}}]
    steps += [
        {
            "id": f"s{n}",
            "inputs": [f"s{n - 1}:0", f"s{n - 1}:0"],
            "op": {"Op": {"merge": {"inputs": [{}, {"input": 1}]}}},
        }
        for n in range(1, 200)
    ]
    steps.append({"id": "end", "inputs": ["s199:0"], "op": {"Op": {}}})
    config = {"buildConfig": {"llbDefinition": steps}}
    metadata = {"https://mobyproject.org/buildkit@v1#metadata": {"source": {"infos": []}, "layers": layers}}
    found = parse({"predicate": {**config, "metadata": metadata}}, ["sha256:a"])
    assert "contradicts itself" in found.problem


@pytest.mark.parametrize(
    ("old", "new"),
    [("rm /srv/a", "rm -f /srv/a"), ("COPY --link app", "COPY --link other"), ("WORKDIR /srv", "WORKDIR /var")],
)
def test_an_edited_instruction_is_no_exact_tie(old: str, new: str) -> None:
    case = recorded("stages")
    created = parse_each_created_by(entries(entry.get("created_by", "") for entry in case["history"]))
    assert tie_lines(created, parse_dockerfile(case["dockerfile"])).exact
    assert not tie_lines(created, parse_dockerfile(case["dockerfile"].replace(old, new))).exact


@pytest.mark.parametrize(
    ("instruction", "created_by", "exact"),
    [
        ("COPY a b /usr/src/app/", "/bin/sh -c #(nop) COPY multi:0123 in /usr/src/app/ ", True),
        ("COPY a /usr/src/app", "/bin/sh -c #(nop) COPY dir:0123 in /usr/src/app ", True),
        ("COPY a /usr/src/app", "/bin/sh -c #(nop) COPY dir:0123 in /usr/src/other ", False),
        ('COPY ["a b", "/x"]', "COPY a b /x # buildkit", True),
        ("COPY --chown=1:1 --link a /x", "COPY --chown=1:1 a /x # buildkit", True),
        ("COPY $A /x", "COPY whatever /x # buildkit", True),
        ('RUN ["sh", "-c", "make all"]', "RUN sh -c make all # buildkit", True),
        ("RUN --mount=type=cache,target=/c make", "RUN |1 V=a b /bin/sh -c make # buildkit", True),
        ("RUN make", "RUN /bin/bash -o pipefail -c make # buildkit", True),
        ("RUN make install", "RUN /bin/sh -c make all install # buildkit", False),
        ("RUN make", "|1 V=9 /bin/sh -c make", True),
        ("WORKDIR /w/", "WORKDIR /w", True),
        ("WORKDIR w", "WORKDIR /other/w", True),
    ],
)
def test_words_are_compared_in_every_dialect(instruction: str, created_by: str, exact: bool) -> None:
    ties = tie_lines([parse_created_by(created_by)], parse_dockerfile(f"FROM scratch\n{instruction}\n"))
    assert ties.exact == exact


def test_entries_cut_by_docker_history_are_compared_as_far_as_they_go() -> None:
    dockerfile = parse_dockerfile("FROM a\nRUN apt-get -y update && apt-get -y install ruby bundler\nCOPY . /usr/src\n")
    created = ["/bin/sh -c #(nop) ADD file:1 in /", "RUN /bin/sh -c apt-get -y update && apt-get…", "COPY . /usr/s…"]
    ties = tie_lines(parse_each_created_by(entries(created)), dockerfile)
    assert ties.lines == (None, 2, 3) and ties.exact and ties.base_entries == 1
    created[1] = "RUN /bin/sh -c apt-get -y upgrade && apt-ge…"
    other = tie_lines(parse_each_created_by(entries(created)), dockerfile)
    assert other.lines == (None, None, 3) and not other.exact


@pytest.mark.parametrize("gone", ["statement", "attestation"])
def test_an_attestation_that_was_not_copied_is_no_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, gone: str
) -> None:
    case = recorded("stages")
    files = layout(case)
    lost = next(path for path, data in files.items() if (b"_type" if gone == "statement" else b"in-toto.io") in data)
    del files[lost]
    place = write(tmp_path / "layout", files)
    (tmp_path / "Dockerfile").write_text(case["dockerfile"])
    done = layerscope(capsys, "image", place, "-f", tmp_path / "Dockerfile", "--format", "json")
    assert done.document["lines_from"] == "history" and done.document["assumptions"] == []
