"""Images whose history cannot be right, or has no instructions: what is known is listed, the rest is unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_images import CONFIG, LAYER, MANIFEST, Files, digest, layer, put, with_index, write
from run import layerscope

HEADER = "IMAGE          CREATED        CREATED BY                                      SIZE      COMMENT\n"


def table(*rows: tuple[str, str, str]) -> str:
    """As `docker history` prints it, newest first. rows: instruction, size, comment."""
    return HEADER + "".join(
        f"{'<missing>':15}{'52 years ago':15}{text:48}{size:10}{said}\n" for text, size, said in rows
    )


def image(place: Path, layers: list[bytes], history: list[dict[str, Any]]) -> Path:
    """A layout of an image with any history at all."""
    files: Files = {}
    config = {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [digest(data) for data in layers]},
        "history": history,
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": put(files, json.dumps(config).encode(), CONFIG),
        "layers": [put(files, data, LAYER) for data in layers],
    }
    return write(place, with_index(files, put(files, json.dumps(manifest).encode(), MANIFEST)))


def said(created_by: str, comment: str = "", **more: Any) -> dict[str, Any]:
    return {"created_by": created_by, "comment": comment, **more}


LAYERS = [layer("base:300"), layer("app/:0", "app/x:20"), layer("app/y:4")]
COPY = "COPY x /app/x # buildkit"

HISTORIES = {
    "header only": (HEADER, "it has no rows", []),
    "0B everywhere": (
        table(("jib-maven-plugin:3.4.0", "0B", "jvm arg files"), ("jib-maven-plugin:3.4.0", "0B", "classes")),
        "0B stands in every row",
        [None, None],
    ),
    "0B everywhere, of a Dockerfile": (
        table(('CMD ["app"]', "0B", ""), ("RUN /bin/sh -c make # buildkit", "0B", "buildkit.dockerfile.v0")),
        "0B stands in every row",
        [None, 0],
    ),
    "sizes in the rows above": (
        table(
            ('CMD ["app"]', "3.1MB", ""), ("ENV A=b", "20MB", ""), ("COPY . .", "0B", ""), ("base", "5MB", "")
        ),
        "a row that writes no files has one: CMD",
        [None, None, 0, 0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_that_cannot_be_right_tells_no_size(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, reason, sizes = HISTORIES[name]
    (tmp_path / "history.txt").write_text(text)
    done = layerscope(capsys, "image", f"history:{tmp_path / 'history.txt'}", "--format", "json")
    document = done.document
    assert [row["size"] for row in document["instructions"]] == sizes
    unknown = ("size", "size_source", "compressed_size", "layers", "efficiency", "wasted_bytes", "wasted_files")
    assert [document[key] for key in unknown] == [None] * len(unknown)
    (assumed,) = [one for one in document["assumptions"] if one["kind"] == "history-sizes"]
    assert reason in assumed["text"]
    shown = layerscope(capsys, "image", f"history:{tmp_path / 'history.txt'}").out
    assert "of unknown size in an unknown number of layers" in shown and reason in shown


@pytest.mark.parametrize("gate", [("--max-size", "1000000000"), ("--max-waste", "9"), ("--min-efficiency", "0.1")])
def test_a_gate_on_what_is_not_known_fails(
    gate: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "history.txt").write_text(HISTORIES["0B everywhere"][0])
    done = layerscope(capsys, "image", f"history:{tmp_path / 'history.txt'}", *gate)
    assert done.status == 1 and "unknown" in done.err


@pytest.mark.parametrize(
    ("text", "size", "sizes"),
    [
        (table(('CMD ["app"]', "0B", ""), ("LABEL a=b", "0B", "")), 0, [0, 0]),  # from scratch, without files
        (table(('CMD ["app"]', "25MB", ""), ("RUN make", "0B", ""), ("ENV A=b", "0B", "")), 25_000_000, [0, 0, 25e6]),
        (table(('CMD ["app"]', "0B", ""), ("VOLUME [/data]", "4.1kB", ""), ("base", "1MB", "")), 1_004_100, None),
    ],
)
def test_what_an_honest_history_may_look_like(
    text: str, size: int, sizes: list[int] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "history.txt").write_text(text)
    document = layerscope(capsys, "image", f"history:{tmp_path / 'history.txt'}", "--format", "json").document
    assert document["size"] == size and document["assumptions"] == []
    assert sizes is None or [row["size"] for row in document["instructions"]] == sizes


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        ([], "there is no history, the image has 3"),
        ([said(COPY)], "the history tells of 1 layer, the image has 3"),
        ([said(COPY, empty_layer=True)], "the history tells of 0 layers, the image has 3"),
        ([said(COPY)] * 5, "the history tells of 5 layers, the image has 3"),
        ([said("base"), said(COPY), said("ENV A=b")], "to an instruction that writes none (ENV A=b)"),
    ],
)
def test_layers_that_no_entry_accounts_for_are_listed(
    history: list[dict[str, Any]], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = image(tmp_path / "image", LAYERS, history)
    document = layerscope(capsys, "image", place, "--format", "json").document
    rows = document["instructions"]
    assert len(rows) == len(history) + 3 and document["layers"] == 3
    assert [row["size"] for row in rows[: len(history)] if row["instruction"] != "ENV"] == [
        None for one in history if one["created_by"] != "ENV A=b"
    ]
    assert [(row["index"], row["size"], row["diff_id"]) for row in rows[len(history) :]] == [
        (len(history) + n, size, digest(data)) for n, (size, data) in enumerate(zip((300, 20, 4), LAYERS, strict=True))
    ]
    assert reason in str(document["assumptions"]) and document["size"] == 324
    unread = layerscope(capsys, "image", place, "--no-files", "--format", "json").document
    assert [row["diff_id"] for row in unread["instructions"]] == [row["diff_id"] for row in rows]
    assert unread["size"] is None and unread["size_source"] is None


def test_old_builders_wrote_a_layer_for_each_instruction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = bytes(1024)
    place = image(tmp_path / "image", [LAYERS[0], empty], [said("base"), said("/bin/sh -c #(nop) ENV A=b")])
    for more in ((), ("--no-files",)):
        document = layerscope(capsys, "image", place, *more, "--format", "json").document
        assert [row["diff_id"] for row in document["instructions"]] == [digest(LAYERS[0]), digest(empty)]
        assert document["assumptions"] == []


@pytest.mark.parametrize(
    ("created_by", "comment", "shown"),
    [
        ("", "store paths: ['/nix/store/1abc-hello-2.12']", "store paths: ['/nix/store/1abc-hello-2.12']"),
        (
            "ko build ko://example.org/tool",
            "go build output, at /ko-app/tool",
            "ko://example.org/tool: go build output",
        ),
        ("jib-gradle-plugin:3.4", "dependencies", "jib-gradle-plugin:3.4: dependencies"),
        ("apko", "This is an apko single-layer image", "apko: This is an apko single-layer image"),
        ("Layer: 'jre', Created by buildpack: some/jvm@1.2", "", "Layer: 'jre', Created by buildpack: some/jvm@1.2"),
        ("bazel build //image", "", "bazel build //image"),
        ("", "Imported from -", "Imported from -"),
        ("", "buildkit.exporter.image.v0", "(no instruction recorded)"),
        ("COPY a /b # buildkit", "buildkit.dockerfile.v0", "COPY a /b"),
        ("/bin/sh -c #(nop) CMD a", "FROM docker.io/library/x", "CMD a"),
    ],
)
def test_a_comment_names_a_layer_without_an_instruction(
    created_by: str, comment: str, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = created_by.endswith("CMD a")
    place = image(tmp_path / "image", [] if empty else [LAYERS[0]], [said(created_by, comment, empty_layer=empty)])
    out = layerscope(capsys, "image", place).out
    assert shown in out
    assert ("buildkit." in out, "FROM" in out) == (False, False)


def test_sizes_are_not_taken_from_the_history_of_another_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = image(tmp_path / "image", LAYERS[:2], [said("base"), said(COPY)])
    right, other, empty = (tmp_path / name for name in ("right.txt", "other.txt", "empty.txt"))
    right.write_text(table((COPY, "20B", ""), ("base", "300B", "")))
    other.write_text(table(("COPY z /app/z # buildkit", "20B", ""), ("base", "300B", "")))
    empty.write_text(table((COPY, "0B", ""), ("base", "0B", "")))
    asked = ("image", place, "--no-files", "--format", "json", "--history")
    assert layerscope(capsys, *asked, right).document["size"] == 320
    for file, reason in ((other, "of another image"), (empty, "cannot be right")):
        document = layerscope(capsys, *asked, file).document
        assert document["size"] is None and reason in str(document["assumptions"])
