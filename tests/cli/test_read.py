"""Saved outputs of Docker's: the guide's own, recorded ones, and their variants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures_path import GUIDE, RECORDED
from run import layerscope


def read(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, Any]:
    done = layerscope(capsys, "read", path, "--format", "json")
    assert done.status == 0, done.err
    (only,) = done.document["files"]
    return dict(only)


@pytest.mark.parametrize(("log", "cached"), [("build.log", 0), ("rebuild.log", 9)])
def test_the_guides_builds(log: str, cached: int, capsys: pytest.CaptureFixture[str]) -> None:
    (build,) = read(capsys, GUIDE / log)["builds"]
    assert build["builder"] == "classic"
    assert build["context_bytes"] == 22020
    assert len(build["steps"]) == 10
    assert sum(step["outcome"] == "cached" for step in build["steps"]) == cached


def test_the_guides_images(capsys: pytest.CaptureFixture[str]) -> None:
    assert read(capsys, GUIDE / "images.txt")["images"] == [
        {"id": "54d239c00f11", "names": ["app:latest"], "size": 209_000_000},
        {"id": "f49eec89601e", "names": ["ubuntu:16.04"], "size": 129_000_000},
    ]


def test_the_guides_push(capsys: pytest.CaptureFixture[str]) -> None:
    (push,) = read(capsys, GUIDE / "push.log")["pushes"]
    assert push["repository"] == "docker.io/subicura/sinatra-app"
    assert (push["tag"], push["manifest_size"]) == ("1", 2409)
    states = {layer["id"]: (layer["state"], layer["source"]) for layer in push["layers"]}
    assert states["2adeabae7edc"] == ("pushed", None)
    assert states["73e2a95c08bd"] == ("exists", None)
    assert states["5eb5bd4c5014"] == ("mounted", "library/ubuntu")


def test_the_guides_registry(capsys: pytest.CaptureFixture[str]) -> None:
    found = read(capsys, GUIDE / "registry-tree.txt")
    (repository,) = found["repositories"]
    assert (repository["name"], repository["tags"]) == ("subicura/app", ["latest"])
    assert (len(repository["revisions"]), len(repository["layers"])) == (1, 3)
    assert found["blobs"] == {"count": 4, "unreferenced": []}


@pytest.mark.parametrize("log", sorted(p.name for p in (RECORDED / "before").glob("*.log")))
def test_recorded_logs(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    (build,) = read(capsys, RECORDED / "before" / log)["builds"]
    outcomes = [step["outcome"] for step in build["steps"] if "FROM" not in step["name"]]
    expected = {"first": 0, "unchanged": len(outcomes), "changed": 4 if "classic" in log else 3}
    assert outcomes.count("cached") == expected[log.split(".")[1]]


VARIANTS = {
    "two tags are one image": (
        "REPOSITORY   TAG   IMAGE ID       CREATED      SIZE\n"
        "app          1     54d239c00f11   2 days ago   209MB\n"
        "app          2     54d239c00f11   2 days ago   209MB\n"
        "<none>       <none>   aaaaaaaaaaaa   2 days ago   1.5kB\n",
        {"images": [("54d239c00f11", ["app:1", "app:2"], 209_000_000), ("aaaaaaaaaaaa", [], 1500)]},
    ),
    "JSON lines": (
        '{"Repository":"app","Tag":"1","ID":"54d239c00f11","Size":"12B"}\n',
        {"images": [("54d239c00f11", ["app:1"], 12)]},
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_listings(variant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, expected = VARIANTS[variant]
    (tmp_path / "listing").write_text(text)
    images = [(i["id"], i["names"], i["size"]) for i in read(capsys, tmp_path / "listing")["images"]]
    assert images == expected["images"]


def test_a_push_on_a_terminal_says_the_last_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "push").write_text(
        "Using default tag: latest\nThe push refers to repository [localhost:5000/app]\n"
        "aaaaaaaaaaaa: Preparing\nbbbbbbbbbbbb: Waiting\raaaaaaaaaaaa: Pushing  1kB/2kB\raaaaaaaaaaaa: Pushed\n"
    )
    (push,) = read(capsys, tmp_path / "push")["pushes"]
    assert [(x["id"], x["state"]) for x in push["layers"]] == [
        ("aaaaaaaaaaaa", "pushed"),
        ("bbbbbbbbbbbb", "unfinished"),
    ]
    assert push["digest"] is None


def test_a_registry_as_paths_with_a_blob_nobody_links(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = "a" * 64, "b" * 64
    root = "/var/lib/registry/docker/registry/v2"
    (tmp_path / "paths").write_text(
        f"{root}/blobs/sha256/aa/{one}/data\n{root}/blobs/sha256/bb/{two}/data\n"
        f"{root}/repositories/a/b/_layers/sha256/{one}/link\n"
    )
    found = read(capsys, tmp_path / "paths")
    assert found["repositories"][0]["name"] == "a/b"
    assert found["blobs"] == {"count": 2, "unreferenced": [f"sha256:{two}"]}


@pytest.mark.parametrize("content", [b"", b"hello\n", bytes(range(256)), b"REPOSITORY TAG IMAGE ID CREATED SIZE\nx\n"])
def test_what_is_none_of_these(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(content)
    done = layerscope(capsys, "read", tmp_path / "file")
    assert done.status == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert "file" in done.err


def outputs(capsys: pytest.CaptureFixture[str], path: Path) -> list[dict[str, Any]]:
    done = layerscope(capsys, "read", path, "--format", "json")
    assert done.status == 0, done.err
    return list(done.document["files"])


def saved(tmp_path: Path, text: str) -> Path:
    (tmp_path / "saved").write_text(text)
    return tmp_path / "saved"


DOCKER_29 = """\
user@host:~$ docker images
                                                            i Info →   U  In Use
IMAGE                                 ID             DISK USAGE   CONTENT SIZE   EXTRA
web:1
web:latest                            0a1b2c3d4e5f        301MB         77.1MB    U
registry.example/a/name/that/is/long:7
                                      5f4e3d2c1b0a         12MB          4.2MB
├─ linux/amd64                        111111111111          8MB          2.2MB
└─ linux/arm64                        222222222222           0B             0B

<untagged>                            333333333333        1.5kB           700B
user@host:~$ exit
"""


def test_the_tree_of_docker_29(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "registry.example/a/name/that/is/long:7"
    rows = [
        (image["id"], image["names"], image["size"], image["content_size"], image["platform"])
        for image in read(capsys, saved(tmp_path, DOCKER_29.replace("user@host:~$ exit\n", "")))["images"]
    ]
    assert rows == [
        ("0a1b2c3d4e5f", ["web:1", "web:latest"], 301_000_000, 77_100_000, None),
        ("5f4e3d2c1b0a", [long], 12_000_000, 4_200_000, None),
        ("111111111111", [long], 8_000_000, 2_200_000, "linux/amd64"),
        ("222222222222", [long], 0, 0, "linux/arm64"),
        ("333333333333", [], 1500, 700, None),
    ]


@pytest.mark.parametrize("broken", ["two words\n", "web:2\n"])
def test_a_row_that_is_none_is_not_passed_over(broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = DOCKER_29.replace("user@host:~$ exit\n", "")
    done = layerscope(capsys, "read", saved(tmp_path, rows + broken))
    assert done.status == 2
    assert "docker images" in done.err
    table = (
        "REPOSITORY   TAG   IMAGE ID       CREATED      SIZE\napp          1     54d239c00f11   2 days ago   209MB\n"
    )
    assert layerscope(capsys, "read", saved(tmp_path, table + broken)).status == 2


def test_other_tables_of_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nerdctl = (
        "REPOSITORY     TAG       IMAGE ID        CREATED           PLATFORM     SIZE       BLOB SIZE\n"
        "hello          <none>    09538a1f51d3    26 seconds ago    linux/386    16.38kB    4.214kB\n"
    )
    (image,) = read(capsys, saved(tmp_path, nerdctl))["images"]
    assert (image["names"], image["size"], image["content_size"]) == (["hello"], 16_380, 4_214)


def test_a_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "$ docker load -i tool.tar\n\x1b[1A\x1b[2K\r"
        "0a1b2c3d4e5f: Loading layer  1.02kB/512MB\r\x1b[1B0a1b2c3d4e5f: Loading layer [====>]    512MB/512MB\r\n"
        "1b2c3d4e5f6a: Loading layer [====>]  160.3kB/160.3kB\nLoaded image: team/tool:latest\n"
        "Loaded image ID: sha256:4444\n"
    )
    found = read(capsys, saved(tmp_path, text))
    assert found["images"] == ["team/tool:latest", "sha256:4444"]
    assert [(layer["id"], layer["size"]) for layer in found["layers"]] == [
        ("0a1b2c3d4e5f", 512_000_000),
        ("1b2c3d4e5f6a", 160_300),
    ]


PULL = """\
Using default tag: latest
latest: Pulling from team/tool
aaaaaaaaaaaa: Already exists
bbbbbbbbbbbb: Pulling fs layer
bbbbbbbbbbbb: Downloading [=>   ]  16.64MB/92.92MB
bbbbbbbbbbbb: Pull complete
cccccccccccc: Waiting
Digest: sha256:{digest}
Status: Downloaded newer image for team/tool:latest
"""
PUSH = """\
The push refers to repository [r/winbase]
aaaaaaaaaaaa: Skipped foreign layer
bbbbbbbbbbbb: Unavailable
cccccccccccc: Pushed
one: digest: sha256:{digest} size: 943
aaaaaaaaaaaa: Skipped foreign layer
two: digest: sha256:{digest} size: 944
"""
DIGEST = "4" * 64


def test_a_pull(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pull,) = read(capsys, saved(tmp_path, PULL.format(digest=DIGEST)))["pulls"]
    assert (pull["repository"], pull["tag"], pull["digest"]) == ("team/tool", "latest", f"sha256:{DIGEST}")
    assert [(layer["id"][0], layer["state"], layer["compressed_size"]) for layer in pull["layers"]] == [
        ("a", "exists", None),
        ("b", "pulled", 92_920_000),
        ("c", "unfinished", None),
    ]


def test_a_push_of_foreign_layers_and_of_several_tags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pushes = read(capsys, saved(tmp_path, PUSH.format(digest=DIGEST)))["pushes"]
    assert [(push["tag"], [layer["state"] for layer in push["layers"]]) for push in pushes] == [
        ("one", ["foreign", "unavailable", "pushed"]),
        ("two", ["foreign"]),
    ]
    said = layerscope(capsys, "read", tmp_path / "saved").out
    assert "a push of 4 layers, 1 sent, 3 not (2 foreign)." in said


def test_a_ci_log_holds_a_pull_a_build_and_a_push(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = (
        "#1 [1/2] FROM x\n#1 CACHED\n\n#2 [2/2] RUN docker pull y\n#2 0.5 dddddddddddd: Pull complete\n#2 DONE 1.0s\n"
    )
    text = PULL.format(digest=DIGEST) + build + PUSH.format(digest=DIGEST)
    stamped = "".join(f"2026-01-02T03:04:05.1234567Z {line}\n" for line in text.splitlines())
    found = {output["kind"]: output for output in outputs(capsys, saved(tmp_path, stamped))}
    assert sorted(found) == ["build", "pull", "push"]
    assert len(found["build"]["builds"][0]["steps"]) == 2
    assert len(found["pull"]["pulls"][0]["layers"]) == 3
    assert [len(push["layers"]) for push in found["push"]["pushes"]] == [3, 1]
    assert layerscope(capsys, "read", tmp_path / "saved").out.startswith("3 outputs read.\n")


HISTORY = """\
$ podman history localhost/tool
ID             CREATED         CREATED BY                                      SIZE      COMMENT
1a2b3c4d5e6f   9 seconds ago                                                   3.07kB
<missing>      5 weeks ago     /bin/sh -c #(nop) ADD file:0123456789abcd...   251.2MB
<missing>      8 months ago    /bin/sh -c #(nop) ENV container=oci            0B
"""


@pytest.mark.parametrize(
    "text",
    [HISTORY, "> " + HISTORY.replace("\n", "\n> "), f"It is large:\n```\n{HISTORY}```\nWhy?\n", HISTORY + "$ exit\n"],
)
def test_a_history_tells_its_layers_though_it_has_no_times(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = text.removesuffix("$ exit\n")
    found = read(capsys, saved(tmp_path, text))
    assert found["kind"] == "history"
    assert [row["size"] for row in found["instructions"]] == [0, 251_200_000, 3_070]
    done = layerscope(capsys, "image", f"history:{tmp_path / 'saved'}", "--format", "json")
    assert (done.status, done.document["size"]) == (0, 251_203_070)


def test_disk_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "$ docker system df\n"
        "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images          3         0         2.065MB   2.065MB (100%)\n"
        "Build Cache     18        0         255B      255B\n"
        "$ docker system df -v\nImages space usage:\n\n"
        "REPOSITORY   TAG       IMAGE ID       CREATED         SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS\n"
        "x            latest    917abd2f84ce   2 minutes ago   2.07MB    2.065MB       8B            0\n\n"
        "Build cache usage: 259B\n\n"
        "CACHE ID       CACHE TYPE     SIZE      CREATED         LAST USED       USAGE     SHARED\n"
        "v1r9kmrs26v6   regular        4B        2 minutes ago   2 minutes ago   1         true\n"
        "w489xcm54jkt   source.local   251B      2 minutes ago                   8         false\n"
    )
    found = {output["kind"]: output for output in outputs(capsys, saved(tmp_path, text))}
    assert [(row["kind"], row["count"], row["reclaimable"]) for row in found["disk-usage"]["totals"]] == [
        ("Images", 3, 2_065_000),
        ("Build Cache", 18, 255),
    ]
    assert [(image["names"], image["unique_size"]) for image in found["images"]["images"]] == [(["x:latest"], 8)]
    assert found["cache"]["size"] == 259
    assert [(row["id"], row["kind"], row["size"], row["shared"]) for row in found["cache"]["records"]] == [
        ("v1r9kmrs26v6", "regular", 4, True),
        ("w489xcm54jkt", "source.local", 251, False),
    ]


def test_a_builders_cache(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = (
        "# time docker buildx du\nID\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED\n"
        "yl2k2g6qw9q2rti15rl1mkegs*     \ttrue \t\t14.77MB*  \t4 days ago\n... snip (~3k lines) ...\n"
        "9wr8hwgcd7aeloculirbmmzrb      \tfalse \t\t0B        \t\nReclaimable:\t14.77MB\nTotal:\t\t20MB\n"
    )
    found = read(capsys, saved(tmp_path, table))
    assert (found["size"], found["reclaimable_size"]) == (20_000_000, 14_770_000)
    assert [(row["id"][:4], row["size"], row["reclaimable"], row["shared"]) for row in found["records"]] == [
        ("yl2k", 14_770_000, True, True),
        ("9wr8", 0, False, False),
    ]
    blocks = (
        "ID:\t\tsha256:aa\nParents:\n - bb\nCreated at:\t2026-01-02 03:04:05.1 +0000 UTC\nMutable:\tfalse\n"
        "Reclaimable:\ttrue\nShared:\t\tfalse\nSize:\t\t172.82MB\nUsage count:\t1\n"
        "Description:\tmount / from exec /bin/sh -c make\n"
        "Type:\t\tregular\n\nID:\t\tcc\nMutable:\ttrue\nReclaimable:\tfalse\nShared:\t\ttrue\nSize:\t\t1B\n\nTotal:\t\t173MB\n"
    )
    found = read(capsys, saved(tmp_path, blocks))
    assert found["size"] == 173_000_000
    assert [(row["id"], row["size"], row["description"]) for row in found["records"]] == [
        ("sha256:aa", 172_820_000, "mount / from exec /bin/sh -c make"),
        ("cc", 1, None),
    ]
