"""A registry's own files, made by hand where a real registry would not leave them so: damaged, cut short, astray."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_images import CONFIG, INDEX, LAYER, MANIFEST, Files, digest, layer, put, put_image, with_index
from made_images import write as write_files
from run import layerscope

from layerscope.errors import InputError
from layerscope.image.open import read_image

BASE, ONE, TWO = layer("base:5000"), layer("one:100"), layer("two:200")


def blob_path(root: Path, value: str) -> Path:
    algorithm, _, hexadecimal = value.partition(":")
    return root / "docker/registry/v2/blobs" / algorithm / hexadecimal[:2] / hexadecimal / "data"


def tag_path(root: Path, repository: str, tag: str) -> Path:
    return root / "docker/registry/v2/repositories" / repository / "_manifests/tags" / tag / "current/link"


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def store(root: Path, repository: str, tag: str, files: Files) -> str:
    """Writes a layout as a registry keeps it; the digest of its image."""
    for path, data in files.items():
        if path.startswith("blobs/"):
            write(blob_path(root, digest(data)), data)
    top = str(json.loads(files["index.json"])["manifests"][0]["digest"])
    write(tag_path(root, repository, tag), top.encode())
    hexadecimal = top.partition(":")[2]
    write(tag_path(root, repository, tag).parents[3] / f"revisions/sha256/{hexadecimal}/link", top.encode())
    return top


def image(*layers: bytes) -> Files:
    files: Files = {}
    return with_index(files, put_image(files, list(layers)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store(tmp_path, "app", "v1", image(BASE, ONE))
    store(tmp_path, "team/deep/app", "v1", image(BASE, TWO))
    return tmp_path


def change_blob(root: Path) -> None:
    path = blob_path(root, tag_path(root, "app", "v1").read_text())
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_blob, "the manifest sha256:[0-9a-f]{64} is damaged"),
        (lambda root: tag_path(root, "app", "v1").write_text("sha256:../../../etc/passwd"), "is not a digest"),
        (lambda root: tag_path(root, "app", "v1").write_bytes(b"\xff" * 5000), "is not a digest"),
        (lambda root: tag_path(root, "app", "v1").write_text(digest(b"gone")), "is not there"),
        (lambda root: tag_path(root, "app", "v1").unlink(), "has no tag 'v1': there is v1"),
    ],
)
def test_damaged_storage(root: Path, change: Callable[[Path], Any], message: str) -> None:
    change(root)
    with pytest.raises(InputError, match=message) as raised:
        read_image(f"registry-storage:{root}//app:v1")
    assert str(root) in str(raised.value)


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("", "takes DIR//NAME"),
        ("ROOT", "takes DIR//NAME"),
        ("ROOT//", "takes DIR//NAME"),
        ("ROOT/none//app", "no such folder"),
        ("ROOT/docker/registry/v2/blobs//app", "no registry storage"),
        ("ROOT//app", "has no tag 'latest': there is v1"),
        ("ROOT//app:v2", "has no tag 'v2': there is v1"),
        ("ROOT//team/deep", "no repository 'team/deep' in this storage: there is app, team/deep/app"),
        ("ROOT//../app:v1", "not well formed"),
        ("ROOT//app:../v1", "not well formed"),
        ("ROOT//app@sha512:" + "0" * 40, "is not a digest"),
    ],
)
def test_places_that_are_none(root: Path, location: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_image("registry-storage:" + location.replace("ROOT", str(root)))


def test_bytes_shared_exclusive_and_unreferenced(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(blob_path(root, digest(b"orphan")), b"orphan")
    document = layerscope(capsys, "registry", root, "--format", "json").document
    assert document["schema_version"] == 1
    assert document["command"] == "registry"
    assert [repository["name"] for repository in document["repositories"]] == ["app", "team/deep/app"]
    for repository, layers in zip(document["repositories"], ((BASE, ONE), (BASE, TWO)), strict=True):
        files = image(*layers)
        stored = {path: len(data) for path, data in files.items() if path.startswith("blobs/")}
        assert repository == {
            "name": repository["name"],
            "tags": ["v1"],
            "referenced_bytes": sum(stored.values()),
            "exclusive_bytes": sum(stored.values()) - len(BASE),
            "shared_bytes": len(BASE),
        }
    exclusive = sum(repository["exclusive_bytes"] for repository in document["repositories"])
    assert document["blobs"] == {
        "count": 8,
        "bytes": exclusive + len(BASE) + len(b"orphan"),
        "unreferenced_count": 1,
        "unreferenced_bytes": len(b"orphan"),
    }
    assert document["shared_layers"] == [
        {"digest": digest(BASE), "size": len(BASE), "repositories": ["app", "team/deep/app"]}
    ]
    assert document["assumptions"] == []


def test_two_tags_of_one_image_are_one_image(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(root, "app", "latest", image(BASE, ONE))
    document = layerscope(capsys, "registry", root, "--format", "json").document
    assert [image["tags"] for image in document["images"]] == [["latest", "v1"], ["v1"]]
    assert document["images"][0]["unique_bytes"] == document["repositories"][0]["exclusive_bytes"]


def test_a_tag_without_its_manifest_and_platforms_that_were_not_copied(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tag_path(root, "app", "zombie"), digest(b"gone").encode())
    files: Files = {}
    here = put_image(files, [BASE], platform={"os": "linux", "architecture": "amd64"})
    gone = {**here, "digest": digest(b"gone too"), "platform": {"os": "linux", "architecture": "arm64"}}
    index = {"schemaVersion": 2, "manifests": [gone, here]}
    store(root, "app", "sparse", with_index(files, put(files, json.dumps(index).encode(), INDEX)))
    done = layerscope(capsys, "registry", root, "--format", "json")
    assert done.status == 0, done.err
    texts = [assumption["text"] for assumption in done.document["assumptions"]]
    assert texts == [
        "tags without a manifest: app:zombie",
        f"app:sparse is broken: the manifest of linux/arm64, {digest(b'gone too')}, is not in the registry",
    ]
    found = read_image(f"registry-storage:{root}//app:sparse")
    assert str(found.platform) == "linux/amd64"
    gone = f"the manifest of linux/arm64, {digest(b'gone too')}"
    assert [one.text for one in found.assumptions] == [f"its index is broken: {gone}, is not there"]
    done = layerscope(capsys, "image", f"registry-storage:{root}//app:sparse", "--platform", "linux/arm64")
    assert (done.status, done.out) == (2, "")
    assert f"app:sparse: is broken: its index names {gone}, which is not there" in done.err
    page = layerscope(capsys, "registry", root).out
    assert "app:sparse is broken: linux/arm64 is gone." in page.partition("\n")[0]
    assert f"app:sparse  linux/arm64  manifest      {digest(b'gone too')}" in page


def test_a_config_and_layers_that_are_gone_and_those_kept_elsewhere(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blob_path(root, digest(ONE)).unlink()
    files: Files = {}
    put_image(files, [BASE, TWO])
    path, manifest = next((p, json.loads(data)) for p, data in files.items() if b'"layers": [{' in data)
    del files[path]
    elsewhere = digest(b"elsewhere")
    foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    manifest["layers"][0] = {"mediaType": foreign, "digest": elsewhere, "size": 9, "urls": ["https://example.com/l"]}
    store(root, "app", "windows", with_index(files, put(files, json.dumps(manifest).encode(), MANIFEST)))
    document = layerscope(capsys, "registry", root, "--format", "json").document
    lacks = {image["tags"][0]: image["missing"] for image in document["images"] if image["repository"] == "app"}
    assert lacks == {"v1": [{"what": "layer", "digest": digest(ONE), "platform": None}], "windows": []}
    texts = [assumption["text"] for assumption in document["assumptions"]]
    assert texts == [
        f"app:v1 is broken: the layer, {digest(ONE)}, is not in the registry",
        "1 layer is foreign: kept elsewhere, and not counted",
    ]
    image_texts = [one.text for one in read_image(f"registry-storage:{root}//app:windows").assumptions]
    assert image_texts == [f"the layer {elsewhere} is foreign: it is kept elsewhere at https://example.com/l"]


def artifact(media_type: str, *layer_types: str, **more: Any) -> Files:
    """What a client of artifacts pushes: a config of its own, or none, and blobs of its own types."""
    files: Files = {}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": put(files, b"{}", media_type),
        "layers": [put(files, f"blob {n}".encode(), each) for n, each in enumerate(layer_types)],
        **more,
    }
    return with_index(files, put(files, json.dumps(manifest).encode(), MANIFEST))


EMPTY = "application/vnd.oci.empty.v1+json"
OF = "sha256-" + 64 * "a"

# The tag, what lies there, and what it is called.
ARTIFACTS: dict[str, tuple[Files, str]] = {
    f"{OF}.sig": (artifact(CONFIG, "application/vnd.dev.cosign.simplesigning.v1+json"), "a cosign signature"),
    f"{OF}.att": (artifact(CONFIG, "application/vnd.dsse.envelope.v1+json"), "an attestation"),
    f"{OF}.sbom": (artifact(CONFIG, "text/spdx+json"), "an SBOM"),
    "chart": (
        artifact("application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip"),
        "a Helm chart",
    ),
    "wasm": (artifact("application/vnd.wasm.config.v0+json", "application/wasm"), "a Wasm module"),
    "old-wasm": (artifact(CONFIG, "application/vnd.wasm.content.layer.v1+wasm"), "a Wasm module"),
    "oras": (artifact("application/vnd.oras.config.v1+json", "text/plain"), "an ORAS artifact"),
    "typed": (artifact(EMPTY, "text/x", artifactType="application/x.y"), "an artifact of type application/x.y"),
    "notary": (
        artifact("application/vnd.cncf.notary.signature", "application/jose+json"),
        "a Notary Project signature",
    ),
    "untyped": (artifact(EMPTY, EMPTY), "an artifact that does not say its type"),
    "cache": (artifact("application/vnd.buildkit.cacheconfig.v0", LAYER), "a BuildKit cache"),
}


@pytest.mark.parametrize("tag", ARTIFACTS)
def test_what_is_no_image_is_called_what_it_is(tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, what = ARTIFACTS[tag]
    store(tmp_path / "registry", "app", tag, files)
    write_files(tmp_path / "layout", files)
    stored, laid_out = f"registry-storage:{tmp_path / 'registry'}//app:{tag}", f"oci:{tmp_path / 'layout'}"
    for words in (("image", stored), ("image", laid_out), ("compare", stored, laid_out)):
        done = layerscope(capsys, *words)
        assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
        assert done.err.endswith(f"holds no image but {what}\n")
    document = layerscope(capsys, "registry", tmp_path / "registry", "--format", "json").document
    about = f"sha256:{64 * 'a'}" if tag.startswith("sha256-") else None
    assert [(one["artifact"], one["about"], one["missing"]) for one in document["images"]] == [(what, about, [])]
    said = layerscope(capsys, "registry", tmp_path / "registry").out
    assert f"app:{tag} ({what}" + (" of aaaaaaaaaaaa)" if about else ")") in said


def test_the_index_of_a_cache_and_of_referrers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files: Files = {}
    listed = [put(files, b"layer", LAYER), put(files, b"{}", "application/vnd.buildkit.cacheconfig.v0")]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}
    store(tmp_path, "app", "cache", with_index(files, put(files, json.dumps(index).encode(), INDEX)))
    bundle = "application/vnd.dev.sigstore.bundle.v0.3+json"
    files = artifact(EMPTY, bundle, artifactType=bundle)
    listed = [{**json.loads(files["index.json"])["manifests"][0], "artifactType": bundle}]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}
    store(tmp_path, "app", OF, with_index(files, put(files, json.dumps(index).encode(), INDEX)))
    said = layerscope(capsys, "registry", tmp_path).out
    assert "app:cache (a BuildKit cache)" in said
    assert f"app:{OF} (a Sigstore bundle (a signature or an attestation) of aaaaaaaaaaaa)" in said
    done = layerscope(capsys, "image", f"registry-storage:{tmp_path}//app:cache")
    assert done.err.endswith("holds no image but a BuildKit cache\n")


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_the_page_says_the_answer_first(root: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, "registry", root, "--format", form)
    first, *rest = done.out.splitlines()
    assert f"{root}: " in first
    assert "2 repositories; 10.2kB shared among them; every blob is needed" in first
    assert any("app, team/deep/app" in line for line in rest)


def test_an_index_that_lists_itself_by_way_of_others_ends(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files: Files = {}
    inner = put(files, b'{"manifests": []}', INDEX)
    for _ in range(12):
        inner = put(files, json.dumps({"schemaVersion": 2, "manifests": [inner]}).encode(), INDEX)
    store(root, "app", "deep", with_index(files, inner))
    done = layerscope(capsys, "registry", root)
    assert (done.status, done.out) == (2, "")
    assert "nested too deeply" in done.err
