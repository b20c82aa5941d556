"""The machine interface on the fixtures: each document has the fields of the contract, and nothing else is said."""

from __future__ import annotations

from typing import Any

import pytest
from fixtures_path import GUIDE, RECORDED, SINATRA, SMALL
from run import Done, layerscope

from layerscope.api import builder_versions

BEFORE, AFTER = SINATRA / "before", SINATRA / "after"
BEFORE_LOG = RECORDED / "before" / "buildkit.first.rawjson"
AFTER_LOG = RECORDED / "after" / "buildkit.first.rawjson"

STEP = {
    "name": str, "stage": str, "line": int, "also_lines": list, "instruction": str, "outcome": str, "reason": str,
    "because": list, "causes": list, "cost_seconds": (float, type(None)), "cost_source": str, "size": (int, type(None)),
}  # fmt: skip
SUMMARY = {
    "cached": int, "rebuilt": int, "output_dependent": int, "rebuild_seconds": (float, type(None)),
    "known_seconds": float, "path_seconds": (float, type(None)), "rebuild_seconds_max": (float, type(None)),
}  # fmt: skip
INSTRUCTION = {
    "index": int, "instruction": str, "created_by": str, "created": (str, type(None)), "line": (int, type(None)),
    "empty_layer": bool, "layer_digest": (str, type(None)), "diff_id": (str, type(None)), "base": bool,
    "size": (int, type(None)), "compressed_size": (int, type(None)), "files_added": (int, type(None)),
    "files_modified": (int, type(None)), "files_removed": (int, type(None)), "cost_seconds": (float, type(None)),
    "cost_source": str,
}  # fmt: skip


def holds(value: dict[str, Any], shape: dict[str, Any]) -> None:
    assert value.keys() == shape.keys()
    for name, kind in shape.items():
        assert isinstance(value[name], kind), (name, value[name])


def answered(done: Done, command: str) -> dict[str, Any]:
    assert done.status == 0, done.err
    document = done.document
    assert document["schema_version"] == 1
    assert document["command"] == command
    return document


def test_simulate(capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(
        capsys, "simulate", BEFORE, "--change", "app.rb", "--timings", BEFORE_LOG, "--format", "json",
        "--image", f"oci:{RECORDED / 'before' / 'oci'}",
    )  # fmt: skip
    document = answered(done, "simulate")
    for step in document["steps"]:
        holds(step, STEP)
    holds(document["summary"], SUMMARY)
    assert document["builder"] == "buildkit"
    assert document["builder_version"] == builder_versions()[-1]
    assert document["steps_from"] == "dockerfile"
    assert [a["kind"] for a in document["assumptions"]] == ["remote", "base-config", "layer-sizes"]
    assert [s["outcome"] for s in document["steps"]] == ["cached"] * 4 + ["rebuilt"] * 3
    copy = document["steps"][4]
    assert copy["name"] == "[5/7] COPY . /usr/src/app"
    assert copy["because"] == ["app.rb"]
    assert copy["line"] == 6
    assert copy["cost_source"] == "measured"
    assert document["steps"][6]["because"] == ["app.rb"]
    assert document["summary"]["rebuild_seconds"] == pytest.approx(
        sum(s["cost_seconds"] for s in document["steps"][4:]), abs=0.002
    )


def test_simulate_classic(capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, "simulate", BEFORE, "--change", "app.rb", "--builder", "classic", "--format", "json")
    document = answered(done, "simulate")
    assert document["steps"][5]["name"] == "Step 6/10 : COPY . /usr/src/app"
    assert [s["outcome"] for s in document["steps"]] == ["cached"] * 5 + ["rebuilt"] * 5
    assert document["summary"]["rebuild_seconds"] is None


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (f"oci:{RECORDED / 'before' / 'oci'}", {"layers": 7, "size": None, "size_source": None, "efficiency": None}),
        (f"history:{RECORDED / 'before' / 'history.txt'}", {"layers": 7, "size_source": "history_rounded"}),
        (f"history:{RECORDED / 'before' / 'history.bytes.json'}", {"layers": 7, "size_source": "history"}),
        (f"docker-archive:{SMALL / 'small.docker.tar'}", {"size_source": "layers", "digest": None, "layers": 9}),
        (f"history:{SMALL / 'small.docker.history.txt'}", {"size_source": "history_rounded", "layers": 9}),
        (f"oci-archive:{SMALL / 'small.oci.tar'}", {"size_source": "layers"}),
        (str(SMALL / "small.oci.tar"), {"size_source": "layers"}),
    ],
)
def test_image(capsys: pytest.CaptureFixture[str], reference: str, expected: dict[str, Any]) -> None:
    document = answered(layerscope(capsys, "image", reference, "--format", "json"), "image")
    for row in document["instructions"]:
        holds(row, INSTRUCTION)
    assert [row["index"] for row in document["instructions"]] == list(range(len(document["instructions"])))
    assert {name: document[name] for name in expected} == expected
    for name in ("reference", "platform", "config_digest", "compressed_size", "wasted_bytes", "wasted_files"):
        assert name in document
    if document["size_source"] == "layers":
        assert document["size"] == sum(row["size"] for row in document["instructions"])
        assert document["wasted_bytes"] == sum(w["wasted_bytes"] for w in document["wasted_files"])


def test_image_lines_and_base(capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(
        capsys, "image", f"oci:{RECORDED / 'before' / 'oci'}", "-f", BEFORE / "Dockerfile", "--format", "json",
        "--history", RECORDED / "before" / "history.bytes.json", "--timings", BEFORE_LOG,
    )  # fmt: skip
    rows = answered(done, "image")["instructions"]
    assert [row["line"] for row in rows] == [None, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert [row["base"] for row in rows] == [True] + [False] * 9
    assert all(row["size"] is not None for row in rows)
    assert rows[4]["cost_source"] == "measured"


def test_compare(capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(
        capsys, "compare", BEFORE, AFTER, "--change", "app.rb", "--change", "Gemfile,Gemfile.lock",
        "--timings", BEFORE_LOG, "--after-timings", AFTER_LOG, "--format", "json",
        "--image", f"oci:{RECORDED / 'before' / 'oci'}", "--after-image", f"oci:{RECORDED / 'after' / 'oci'}",
        "--history", RECORDED / "before" / "history.bytes.json",
        "--after-history", RECORDED / "after" / "history.bytes.json",
    )  # fmt: skip
    document = answered(done, "compare")
    for side in ("before", "after"):
        holds(document[side], {"reference": str, "size": int, "layers": int, "cold_seconds": float})
    assert document["history"] is None
    assert {step["change"] for step in document["steps"]} <= {"same", "moved", "edited", "added", "removed"}
    moved = next(step for step in document["steps"] if step["change"] == "moved")
    assert moved["before"]["line"] == 6
    assert moved["after"]["line"] == 9
    first, second = document["scenarios"]
    assert first["change"] == ["app.rb"]
    assert (first["before"]["rebuilt"], first["after"]["rebuilt"]) == (3, 1)
    assert second["change"] == ["Gemfile", "Gemfile.lock"]
    assert document["transfer"]["layers_sent"] >= 1


def test_compare_images(capsys: pytest.CaptureFixture[str]) -> None:
    old, new = f"oci:{RECORDED / 'before' / 'oci'}", f"oci:{RECORDED / 'same-base' / 'oci'}"
    document = answered(layerscope(capsys, "compare", old, new, "--format", "json"), "compare")
    assert document["transfer"]["layers_reused"] >= 1  # the base they share
    assert document["scenarios"] == []


def test_graph(capsys: pytest.CaptureFixture[str]) -> None:
    import networkx

    done = layerscope(capsys, "graph", BEFORE, "--format", "json", "--image", f"oci:{RECORDED / 'before' / 'oci'}")
    document = answered(done, "graph")
    graph = networkx.node_link_graph(document, edges="edges")
    kinds = {data["kind"] for _, data in graph.nodes(data=True)}
    assert kinds == {"step", "file", "layer"}
    for _, data in graph.nodes(data=True):
        assert data.keys() >= {"kind", "name", "stage", "line", "size", "outcome"}
    assert {data["kind"] for _, _, data in graph.edges(data=True)} == {"parent", "reads", "produces"}
    assert graph.has_edge("file:app.rb", "[5/7] COPY . /usr/src/app")


@pytest.mark.parametrize("form", ["dot", "mermaid", "graphml", "html"])
def test_graph_exports(capsys: pytest.CaptureFixture[str], form: str) -> None:
    done = layerscope(capsys, "graph", AFTER, "--change", "app.rb", "--format", form)
    assert done.status == 0, done.err
    assert "COPY . /usr/src/app" in done.out


def test_timings_import(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    target = tmp_path / "timings.json"
    done = layerscope(
        capsys, "timings", "import", BEFORE_LOG, RECORDED / "before" / "buildkit.first.plain.log", "-o", target,
        "--format", "json",
    )  # fmt: skip
    document = answered(done, "timings")
    for step in document["steps"]:
        assert step.keys() >= {"name", "instruction", "seconds", "spread", "count"}
        assert (step["spread"] is None) is (step["count"] == 1)
    bundler = next(s for s in document["steps"] if s["instruction"] == "RUN apt-get -y install bundler")
    assert bundler["count"] == 2
    assert bundler["spread"] > 0
    again = layerscope(capsys, "simulate", BEFORE, "--change", "app.rb", "--timings", target, "--format", "json")
    assert answered(again, "simulate")["summary"]["rebuild_seconds"] > 0


@pytest.mark.parametrize("log", ["build.log", "rebuild.log"])
def test_the_guides_own_log_parses(capsys: pytest.CaptureFixture[str], log: str) -> None:
    done = layerscope(capsys, "timings", "import", GUIDE / log, "--format", "json")
    assert answered(done, "timings")["steps"] == []  # the log of that time has no times


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("simulate", BEFORE, "--change", "app.rb"), "3 of 6 steps re-run: app.rb changed (line 6)."),
        (("simulate", AFTER, "--change", "app.rb", "--format", "markdown"), "**1 of 5 steps re-run"),
        (("compare", BEFORE, AFTER), "What a change re-runs"),
        (("image", SMALL / "small.oci.tar"), "Written more than once, or deleted later"),
    ],
)
def test_tables_say_the_answer_first(capsys: pytest.CaptureFixture[str], words: tuple[object, ...], text: str) -> None:
    done = layerscope(capsys, *words)
    assert done.status == 0, done.err
    assert text in done.out


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("simulate", BEFORE, "--change", "app.rb", "--fail-on-rebuild"), 1),
        (("simulate", BEFORE, "--change", "app.rb", "--fail-on-rebuild=bundle install"), 1),
        (("simulate", AFTER, "--change", "app.rb", "--fail-on-rebuild=bundle install"), 0),
        (("simulate", BEFORE, "--change", "app.rb", "--max-seconds", "1"), 1),
        (("simulate", BEFORE, "--change", "app.rb", "--max-seconds", "1000", "--timings", BEFORE_LOG), 0),
        (("simulate", BEFORE, "--change", "app.rb", "--fail-on-output-dependent"), 0),
        (("image", SMALL / "small.oci.tar", "--max-size", "100"), 1),
        (("image", SMALL / "small.oci.tar", "--min-efficiency", "0.5", "--max-waste", "1000000"), 0),
        (("compare", AFTER, BEFORE, "--change", "app.rb", "--fail-on-slower"), 1),
        (("compare", BEFORE, AFTER, "--change", "app.rb", "--fail-on-slower"), 0),
    ],
)
def test_gates(capsys: pytest.CaptureFixture[str], words: tuple[object, ...], status: int) -> None:
    done = layerscope(capsys, *words, "--format", "json")
    assert done.status == status, done.err
    assert done.document["schema_version"] == 1


def test_same_input_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("compare", BEFORE, AFTER, "--format", "json")
    assert layerscope(capsys, *words).out == layerscope(capsys, *words).out
