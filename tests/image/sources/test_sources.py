"""Layouts and archives: what they hold, which image is taken, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from fixtures_path import FIXTURES
from made_images import (
    INDEX,
    MANIFEST,
    Files,
    digest,
    layer,
    put,
    put_image,
    tar_of,
    with_index,
    write,
)

from layerscope.answer import Assumption
from layerscope.docker.model import Platform
from layerscope.errors import InputError
from layerscope.image.layers.measure import measure
from layerscope.image.manifest import NONE_TIED
from layerscope.image.open import read_image
from layerscope.values import replace

ONE, TWO = layer("a:10", "d/", "d/b:5"), layer(".wh.a", "d/b:6")


def small_layout() -> Files:
    files: Files = {}
    return with_index(files, put_image(files, [ONE, TWO], annotations={"org.opencontainers.image.ref.name": "v1"}))


def named(name: str) -> dict[str, dict[str, str]]:
    return {
        "annotations": {
            "io.containerd.image.name": f"docker.io/library/{name}",
            "org.opencontainers.image.ref.name": name.partition(":")[2],
        }
    }


def docker_archive(files: Files | None = None, **image: object) -> Files:
    """The files of docker save's legacy form; `image` replaces parts of its manifest.json."""
    config = json.dumps(
        {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [digest(ONE), digest(TWO)]}}
    ).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    described = {"Config": name, "RepoTags": ["app:1"], "Layers": ["1/layer.tar", "2/layer.tar"], **image}
    return {
        name: config,
        "1/layer.tar": ONE,
        "2/layer.tar": TWO,
        "manifest.json": json.dumps([described]).encode(),
        **(files or {}),
    }


class TestReading:
    def test_layout_and_archive_tell_the_same(self, tmp_path: Path) -> None:
        files = small_layout()
        write(tmp_path / "layout", files)
        (tmp_path / "image.tar").write_bytes(tar_of(files))
        layout, archive = (
            read_image(f"oci:{tmp_path / 'layout'}:v1"),
            read_image(f"oci-archive:{tmp_path / 'image.tar'}"),
        )
        assert (layout.digest, layout.config, layout.history, layout.layers) == (
            archive.digest,
            archive.config,
            archive.history,
            archive.layers,
        )
        assert layout.names == ("v1",)
        assert measure(layout) == measure(archive)

    def test_what_a_config_says(self, tmp_path: Path) -> None:
        image = read_image(str(write(tmp_path, small_layout())))
        assert image.config is not None
        assert image.platform == Platform("linux", "amd64")
        assert (image.config.env, image.config.cmd, image.config.entrypoint) == (("A=b",), ("sh",), None)
        assert (image.config.labels, image.config.exposed_ports) == ((("k", "v"),), ("80/tcp",))
        assert [entry.created_by for entry in image.history] == ["RUN 0", "RUN 1"]
        assert [(one.diff_id, one.digest, one.compressed_size) for one in image.layers] == [
            (digest(data), digest(data), len(data)) for data in (ONE, TWO)
        ]

    @pytest.mark.parametrize("wrap", [bytes, gzip.compress, zstandard.compress])
    def test_docker_archive_however_it_is_wrapped(self, wrap: Callable[[bytes], bytes], tmp_path: Path) -> None:
        path = tmp_path / "image.tar"
        path.write_bytes(wrap(tar_of(docker_archive())))
        image = read_image(str(path))
        found = measure(image)
        assert found is not None
        assert (image.digest, image.names, image.platform) == (None, ("app:1",), Platform("linux", "amd64"))
        assert [(one.size, one.files_added, one.files_modified, one.files_removed) for one in found.layers] == [
            (15, 2, 0, 0),
            (6, 0, 1, 1),
        ]
        assert (found.size, found.wasted_bytes) == (21, 21)

    @pytest.mark.parametrize("scheme", ["docker-archive:", ""])
    def test_docker_archive_through_a_pipe(self, tmp_path: Path, scheme: str) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=[tar_of(docker_archive())])
        writer.start()
        image = read_image(f"{scheme}{pipe}")
        writer.join()
        assert measure(image) is not None

    def test_layers_in_gzip_and_zstd(self, tmp_path: Path) -> None:
        files = docker_archive({"1/layer.tar": gzip.compress(ONE, mtime=0), "2/layer.tar": zstandard.compress(TWO)})
        (tmp_path / "packed.tar").write_bytes(tar_of(files))
        (tmp_path / "plain.tar").write_bytes(tar_of(docker_archive()))
        packed = read_image(str(tmp_path / "packed.tar"), check=True)
        plain = measure(read_image(str(tmp_path / "plain.tar")))
        assert plain is not None and None not in plain.compressed_estimates
        assert measure(packed) == replace(plain, compressed_estimates=(None, None))

    def test_names_of_members_tell_digests(self, tmp_path: Path) -> None:
        packed = gzip.compress(ONE, mtime=0)
        path = f"{hashlib.sha256(packed).hexdigest()}.tar.gz"
        files = docker_archive({path: packed}, Layers=[path, "2/layer.tar"])
        (tmp_path / "crane.tar").write_bytes(tar_of(files))
        assert [one.digest for one in read_image(str(tmp_path / "crane.tar")).layers] == [digest(packed), None]

    def test_recorded_images(self) -> None:
        docker = read_image(str(FIXTURES / "small/small.docker.tar"), check=True)
        layout = read_image(f"oci-archive:{FIXTURES / 'small/small.oci.tar'}", check=True)
        assert [entry.created_by for entry in docker.history] == [entry.created_by for entry in layout.history]
        for image in (docker, layout):
            found = measure(image)
            assert found is not None
            assert found.size == 37987
            assert sum(not entry.empty_layer for entry in image.history) == len(image.layers)


class TestChoosing:
    @pytest.mark.parametrize(
        ("suffix", "chosen"), [(":@0", "a:1"), (":@1", "b:2"), (":a:1", "a:1"), (":docker.io/library/b:2", "b:2")]
    )
    def test_one_image_of_several(self, suffix: str, chosen: str, tmp_path: Path) -> None:
        path = self.several(tmp_path)
        assert chosen in read_image(f"docker-archive:{path}{suffix}").names

    @pytest.mark.parametrize(
        ("reference", "message"),
        [
            ("{}", "several images, choose one: a:1, b:2"),
            ("docker-archive:{}:c", "holds no image 'c': a:1, b:2"),
            ("docker-archive:{}:@2", "holds 2 images, counted from 0: there is no @2"),
        ],
    )
    def test_none_chosen(self, reference: str, message: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=message):
            read_image(reference.format(self.several(tmp_path)))

    def several(self, tmp_path: Path) -> Path:
        files = docker_archive()
        (described,) = json.loads(files["manifest.json"])
        both = [{**described, "RepoTags": ["a:1"]}, {**described, "RepoTags": ["b:2", "b:3"]}]
        path = tmp_path / "several.tar"
        path.write_bytes(tar_of({**files, "manifest.json": json.dumps(both).encode()}))
        return path

    def test_a_layout_of_several_images(self, tmp_path: Path) -> None:
        files: Files = {}
        one, two = put_image(files, [ONE], **named("app:1")), put_image(files, [TWO], **named("app:2"))
        again = {**one, **named("app:latest")}
        write(tmp_path, with_index(files, one, two, again))
        with pytest.raises(
            InputError, match=r"several images, choose one: docker.io/library/app:1, docker.io/library/app:2"
        ):
            read_image(str(tmp_path))
        assert read_image(f"oci:{tmp_path}:2").digest == two["digest"]
        assert read_image(f"oci:{tmp_path}:app:1").names == ("docker.io/library/app:1", "docker.io/library/app:latest")
        assert read_image(f"oci:{tmp_path}:latest").digest == one["digest"]
        with pytest.raises(InputError, match="holds no image '3'"):
            read_image(f"oci:{tmp_path}:3")

    def platforms(self) -> tuple[Files, dict[str, dict[str, object]]]:
        """An index of two platforms in an index, with attestations, an artifact, and things of unknown type."""
        files: Files = {}
        images = {
            name: put_image(
                files,
                [ONE, name.encode().ljust(1024, b"\0")],
                name,
                platform={"os": "linux", "architecture": name.split("/")[1]},
            )
            for name in ("linux/arm64", "linux/amd64")
        }
        attestation = put(
            files,
            b'{"layers": []}',
            MANIFEST,
            platform={"os": "unknown", "architecture": "unknown"},
            annotations={"vnd.docker.reference.type": "attestation-manifest"},
        )
        artifact = put(files, b'{"config": {}}', MANIFEST, artifactType="application/vnd.example")
        unknown = put(files, b"?", "application/vnd.unknown.v1")
        cache = put(
            files,
            json.dumps(
                {"schemaVersion": 2, "config": {"mediaType": "application/vnd.buildkit.cacheconfig.v0"}, "layers": []}
            ).encode(),
            MANIFEST,
        )
        inner = {"schemaVersion": 2, "manifests": [attestation, unknown, artifact, cache, *images.values()]}
        return with_index(files, put(files, json.dumps(inner).encode(), INDEX)), images

    @pytest.mark.parametrize(
        ("platform", "chosen"), [(None, "linux/amd64"), ("linux/arm64", "linux/arm64"), ("linux/x86_64", "linux/amd64")]
    )
    def test_one_platform_of_several(self, platform: str | None, chosen: str, tmp_path: Path) -> None:
        files, images = self.platforms()
        image = read_image(str(write(tmp_path, files)), platform=platform)
        assert (image.digest, str(image.platform)) == (images[chosen]["digest"], chosen)
        assert [assumed.kind for assumed in image.assumptions] == ([] if platform else ["platform"])

    def test_no_such_platform(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"no image for linux/s390x \(there is linux/arm64, linux/amd64\)"):
            read_image(str(write(tmp_path, self.platforms()[0])), platform="linux/s390x")

    def test_a_platform_that_was_not_saved_is_not_offered(self, tmp_path: Path) -> None:
        files, images = self.platforms()
        del files["blobs/" + str(images["linux/amd64"]["digest"]).replace(":", "/")]
        assert str(read_image(str(write(tmp_path, files))).platform) == "linux/arm64"

    def test_a_docker_archive_finds_the_other_platform_in_its_layout(self, tmp_path: Path) -> None:
        files, images = self.platforms()
        manifest = json.loads(files["blobs/" + str(images["linux/amd64"]["digest"]).replace(":", "/")])
        described = {
            "Config": "blobs/" + manifest["config"]["digest"].replace(":", "/"),
            "RepoTags": None,
            "Layers": ["blobs/" + one["digest"].replace(":", "/") for one in manifest["layers"]],
        }
        (tmp_path / "saved.tar").write_bytes(tar_of({**files, "manifest.json": json.dumps([described]).encode()}))
        path = str(tmp_path / "saved.tar")
        assert (read_image(path).digest, str(read_image(path).platform)) == (None, "linux/amd64")
        assert read_image(path, platform="linux/arm64").digest == images["linux/arm64"]["digest"]


class TestPartial:
    def test_a_layer_may_be_absent(self, tmp_path: Path) -> None:
        files = small_layout()
        del files["blobs/" + digest(TWO).replace(":", "/")]
        image = read_image(str(write(tmp_path, files)), check=True)
        assert [one.open_tar is None for one in image.layers] == [False, True]
        assert image.layers[1].compressed_size == len(TWO)
        assert measure(image) is None

    def test_a_foreign_layer_is_told_of(self, tmp_path: Path) -> None:
        source = {
            digest(ONE): {
                "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                "size": 7,
                "digest": "sha256:" + "f" * 64,
            }
        }
        files = docker_archive(LayerSources=source)
        del files["1/layer.tar"]
        (tmp_path / "foreign.tar").write_bytes(tar_of(files))
        first = read_image(str(tmp_path / "foreign.tar")).layers[0]
        assert (first.digest, first.compressed_size, first.open_tar) == ("sha256:" + "f" * 64, 7, None)

    def test_a_history_that_does_not_fit_is_noted(self, tmp_path: Path) -> None:
        (tmp_path / "bare.tar").write_bytes(tar_of(docker_archive()))
        archive = str(tmp_path / "bare.tar")
        assert read_image(archive).assumptions == (
            Assumption("history", archive, "there is no history, the image has 2: " + NONE_TIED),
        )


def test_a_directory_of_bare_blobs_is_read(tmp_path: Path) -> None:
    """As skopeo's `dir:` and podman's `docker-dir` lay it out: manifests of an index have a suffix."""
    files: Files = {}
    images = [put_image(files, [layer(f"{name}:5")], f"linux/{name}") for name in ("amd64", "arm64")]
    for image, architecture in zip(images, ("amd64", "arm64"), strict=True):
        image["platform"] = {"os": "linux", "architecture": architecture}
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}).encode()
    suffixed = {image["digest"].partition(":")[2] for image in images}
    bare = {path.rpartition("/")[2]: data for path, data in files.items()}
    named = {f"{name}.manifest.json" if name in suffixed else name: data for name, data in bare.items()}
    place = write(tmp_path / "dir", {**named, "manifest.json": index, "version": b"Directory Transport Version: 1.1\n"})
    found = read_image(f"dir:{place}", platform="linux/arm64", check=True)
    assert (found.digest, len(found.layers)) == (images[1]["digest"], 1)
    assert read_image(str(place)).digest == images[0]["digest"]
    (place / "manifest.json").unlink()
    with pytest.raises(InputError, match="not a directory of an image"):
        read_image(f"dir:{place}")
