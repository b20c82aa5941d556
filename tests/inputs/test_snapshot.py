"""Snapshots: what is written is read back as the tree it was, no credential is in it, and damage is said."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from layerscope.context.credentials import as_recorded, looks_like_credential, recordable
from layerscope.context.directory import read_directory
from layerscope.context.paths import files_below, lookup
from layerscope.context.tree import EMPTY, Directory, differences
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.graph.options import AddedHost, BaseImage, BuildOptions, NamedContext, Ulimit
from layerscope.inputs.contexts import open_context
from layerscope.inputs.snapshot import open_snapshots, paths_read, save_snapshot, snapshot_of
from layerscope.inputs.snapshot_file import (
    RecordedText,
    Snapshot,
    parse_snapshot,
    read_snapshot,
    snapshot_bytes,
)
from layerscope.inputs.snapshot_mark import is_snapshot
from layerscope.values import replace

DOCKERFILE = RecordedText("Dockerfile", "FROM busybox\nADD . /\n")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    root = tmp_path / "context"
    folder = root / "d"
    folder.mkdir(parents=True)
    for name in (b"\xff\xfe", b"new\nline", b'"quoted"', b"..x", b" ", b"\xc3\xbc", b"{"):
        (folder / os.fsdecode(name)).write_bytes(name)
    (folder / "link").symlink_to(os.fsdecode(b"\xfe/../.."))
    os.mkfifo(folder / "fifo", 0o640)
    (root / "empty").mkdir(mode=0o711)
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o4755)
    (root / "packed.gz").write_bytes(gzip.compress(b"x"))
    return root


def test_a_snapshot_is_read_back_as_the_tree_it_was(hostile: Path) -> None:
    tree = read_directory(str(hostile))
    snapshot = Snapshot(
        str(hostile),
        DOCKERFILE,
        RecordedText(".dockerignore", "*.md\udcff"),
        tree,
        BuildOptions(
            named_contexts={"other": NamedContext(tree=tree), "image": NamedContext(image="busybox")},
            build_args={"V": "\udcfe"},
            bases={"busybox": BaseImage("sha256:1", known=True, env=(("A", "b"),), shell=("sh", "-c"))},
            no_cache_filter=frozenset({"one"}),
        ),
    )
    data = snapshot_bytes(snapshot)
    again = parse_snapshot(data, "x")
    assert list(differences(again.tree, tree)) == []
    contexts = again.options.named_contexts
    assert contexts["other"].tree is not None
    assert list(differences(contexts["other"].tree, tree)) == []
    assert contexts["image"] == NamedContext(image="busybox")
    assert (again.dockerfile, again.ignore) == (snapshot.dockerfile, snapshot.ignore)
    version = builder_named("buildkit").versions[-1]  # what the newest is may be another one later
    assert replace(again.options, named_contexts={}) == replace(
        snapshot.options, named_contexts={}, builder_version=version
    )
    assert [node.mode for node in again.tree.children.values() if isinstance(node, Directory)] == [0o755, 0o711]
    packed, script = (lookup(again.tree, name) for name in ("packed.gz", "run.sh"))
    assert (packed.is_archive, script.is_archive) == (True, False)  # type: ignore[union-attr]
    assert snapshot_bytes(again) == data


def test_only_what_a_step_reads_is_hashed_and_the_rest_equals_nothing(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY src /src\n")
    (tmp_path / ".dockerignore").write_text("notes\n")
    (tmp_path / "src").mkdir()
    for name in ("src/a", "unread", "notes"):
        (tmp_path / name).write_text(name)
    side = open_context(tmp_path)
    assert paths_read(side) == {"src/a"}
    data = snapshot_bytes(snapshot_of(side), paths_read(side))
    tree = json.loads(gzip.decompress(data))["tree"][1]
    assert tree["unread"] == [0o644, 6, None]
    assert "notes" not in tree
    (tmp_path / "one").write_bytes(data)
    (tmp_path / "two").write_bytes(data)
    one, two = (read_snapshot(str(tmp_path / name)).tree for name in ("one", "two"))
    assert [path for path in differences(one, two) if path.startswith("src")] == []
    assert "unread" in differences(one, two)


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("TOKEN", "x", True),
        ("NPM_TOKEN", "x", True),
        ("GITHUB_PAT", "x", True),
        ("AWS_SECRET_ACCESS_KEY", "x", True),
        ("apikey", "x", True),
        ("DB_PASSWORD_2", "x", True),
        ("MONKEY", "x", False),
        ("AUTHOR", "x", False),
        ("PATH", "/bin", False),
        ("KEYBOARD", "us", False),
        ("VERSION", "1.2", False),
        ("TOKEN", "", False),
        ("URL", "https://me:pw@example.org/x", True),
        ("URL", "https://example.org:8080/x@y", False),
        ("V", "ghp_0123456789abcdefghij", True),
        ("V", "-----BEGIN OPENSSH PRIVATE KEY-----", True),
        ("V", "AKIAIOSFODNN7EXAMPLE", True),
        ("V", "eyJhbGciOiJI.eyJzdWIiOiIx.sig", True),
    ],
)
def test_what_looks_like_a_credential(name: str, value: str, hidden: bool) -> None:
    assert looks_like_credential(name, value) is hidden


def test_credentials_are_kept_as_digests_that_tell_a_change() -> None:
    snapshot = Snapshot(
        ".",
        DOCKERFILE,
        None,
        Directory(0o755, children={}),
        BuildOptions(
            build_args={"TOKEN": "hunter2", "V": "plain"},
            bases={"b": BaseImage("1", known=True, env=(("PASSWORD", "hunter2"),))},
        ),
    )
    text = gzip.decompress(snapshot_bytes(snapshot)).decode()
    assert "hunter2" not in text
    assert "plain" in text
    again = parse_snapshot(snapshot_bytes(snapshot), "x").options.build_args["TOKEN"]
    assert again == recordable("TOKEN", "hunter2") != recordable("TOKEN", "hunter3")
    # What was read back is written as it is: a snapshot of a snapshot tells no change.
    assert recordable("TOKEN", again) == again
    assert as_recorded({"TOKEN": "hunter2", "V": "1"}, {"TOKEN": again, "V": "2"}) == {"TOKEN": again, "V": "1"}


def _packed(**changes: Any) -> bytes:
    snapshot = Snapshot(".", DOCKERFILE, None, Directory(0o755, children={}))
    document = json.loads(gzip.decompress(snapshot_bytes(snapshot)))
    return gzip.compress(json.dumps({**document, **changes}, separators=(",", ":")).encode(), mtime=0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no snapshot"),
        (b"FROM busybox", "is no snapshot"),
        (gzip.compress(b"text", mtime=0), "is no snapshot"),
        (_packed()[:-20], "cut off"),
        (_packed(layerscope_snapshot=2), "version 2"),
        (gzip.compress(b'{"layerscope_snapshot":1', mtime=0), "damaged"),
        (gzip.compress(b'{"layerscope_snapshot":1}', mtime=0), "damaged"),
        (_packed(tree="link"), "damaged"),
        (_packed(tree=[1]), "damaged"),
        (_packed(tree=[420, 3, None]), "damaged"),
        (_packed(dockerfile=None), "damaged"),
        (_packed(build_args={"V": 1}), "damaged"),
        (_packed(bases={"b": "sha256:1"}), "damaged"),
        (gzip.compress(b'{"layerscope_snapshot":' + b"[" * 100_000, mtime=0), "damaged"),
    ],
)
def test_what_is_no_snapshot_is_said(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=f"^x: .*{said}"):
        parse_snapshot(data, "x")


@pytest.mark.parametrize("node", [[1], [420, "a", None], [420, 1, 7], {"kind": 1}, [493, [1]], None])
def test_a_damaged_node_is_said_when_it_is_looked_at(node: object) -> None:
    snapshot = parse_snapshot(_packed(tree=[493, {"a": node}]), "x")
    with pytest.raises(InputError, match="damaged"):
        list(files_below(snapshot.tree))


def test_a_snapshot_stands_for_its_context(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nARG V\nCOPY . /\n")
    (tmp_path / "a").write_text("a")
    file = tmp_path.with_suffix(".snapshot")
    save_snapshot(open_context(tmp_path), str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert is_snapshot(str(file))
    assert not is_snapshot(str(tmp_path))
    assert not is_snapshot(str(tmp_path / "a"))
    side = open_context(str(file))
    assert [stage.origin.base for stage in side.dockerfile.stages] == ["busybox"]
    assert list(differences(side.sent, open_context(str(tmp_path)).sent)) == []
    with pytest.raises(InputError, match="leave -f out"):
        open_context(str(file), file="Dockerfile")


def test_the_builder_of_a_build_is_kept() -> None:
    options = BuildOptions(builder="classic")
    kept = Snapshot(".", DOCKERFILE, None, Directory(0o755, children={}), options)
    assert parse_snapshot(snapshot_bytes(kept), "x").options.builder == "classic"


def test_every_option_of_a_build_is_kept(tmp_path: Path) -> None:
    tree = Directory(0o755, children={})
    options = BuildOptions(
        builder="buildkit",
        builder_version=builder_named("buildkit").versions[0],
        target="final",
        build_args={"V": "1"},
        named_contexts={"other": NamedContext(image="busybox")},
        bases={"busybox": BaseImage("sha256:1")},
        platform="linux/arm64",
        build_platform="linux/s390x",
        merge=False,
        pull=True,
        no_cache=True,
        no_cache_filter=frozenset({"b", "a"}),
        network="none",
        add_hosts=(AddedHost("a", "::1"),),
        shm_size=1 << 26,
        ulimits=(Ulimit("core", -1, -1),),
        cgroup_parent="builds",
    )
    plain = BuildOptions()
    alike = {name for name in BuildOptions.__struct_fields__ if getattr(options, name) == getattr(plain, name)}
    assert alike <= {"builder"}, "give these another value than the default"
    data = snapshot_bytes(Snapshot(".", DOCKERFILE, None, tree, options))
    assert parse_snapshot(data, "x").options == options
    (tmp_path / "x").write_bytes(data)
    assert open_context(tmp_path / "x").options == options
    # Options that are given replace what was recorded.
    given = open_context(tmp_path / "x", options=BuildOptions(target="other", build_args={"W": "2"})).options
    assert given == replace(options, target="other", build_args={"V": "1", "W": "2"})


def test_an_older_snapshot_has_defaults_where_it_says_nothing() -> None:
    document = json.loads(gzip.decompress(_packed()))
    assert not {"build_platform", "pull"} & set(document)
    document["builder_version"] = ""
    del document["of_runs"]
    old = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
    assert parse_snapshot(old, "x").options == BuildOptions()


def test_what_one_of_two_snapshots_does_not_tell_is_the_same_of_both(tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_bytes(
        snapshot_bytes(Snapshot(".", DOCKERFILE, None, EMPTY, BuildOptions(network="none"), attributes=True))
    )
    document = json.loads(gzip.decompress(new.read_bytes()))
    del document["of_runs"]
    old = tmp_path / "old"
    old.write_bytes(gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0))
    for names in ((old, new), (new, old)):
        sides = open_snapshots(*map(str, names))
        assert [side.options.network for side in sides] == ["none", "none"]
        assert [(each.kind, each.subject) for side in sides for each in side.assumptions] == [("snapshot", str(old))]
    assert [side.options.network for side in open_snapshots(str(old), str(old))] == ["default", "default"]
    assert [side.assumptions for side in open_snapshots(str(new), str(new))] == [(), ()]


def test_the_same_side_gives_the_same_bytes_as_ever(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY a /\n")
    (tmp_path / ".dockerignore").write_text("Dockerfile\n")
    (tmp_path / "a").write_text("a")
    (tmp_path / "a").chmod(0o644)
    (tmp_path / "Dockerfile").chmod(0o600)
    tmp_path.chmod(0o755)
    side = open_context(tmp_path, options=BuildOptions(build_args={"V": "1"}))
    document = json.loads(gzip.decompress(snapshot_bytes(snapshot_of(side), paths_read(side))))
    assert list(document) == [
        *("layerscope_snapshot", "builder", "builder_version", "target", "platform", "merge"),
        *("no_cache", "no_cache_filter", "build_args", "bases", "unsettled", "attributes", "dockerfile"),
        *("ignore", "contexts", "of_runs", "context", "tree"),
    ]
    assert document["dockerfile"] == {"path": str(tmp_path / "Dockerfile"), "text": "FROM busybox\nCOPY a /\n"}
    assert document["ignore"] == {"path": ".dockerignore", "text": "Dockerfile\n"}
    digest = "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert document["tree"] == [
        0o755,
        {".dockerignore": [(tmp_path / ".dockerignore").stat().st_mode & 0o777, 11, None], "a": [0o644, 1, digest]},
    ]


def test_a_snapshot_is_not_taken_of_a_snapshot(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\n")
    file = tmp_path.with_suffix(".snapshot")
    save_snapshot(open_context(tmp_path), str(file))
    with pytest.raises(InputError, match="only their digests"):
        save_snapshot(open_context(file), str(tmp_path / "again"))
    with pytest.raises(InputError, match="exists already"):
        save_snapshot(open_context(tmp_path), str(file))
