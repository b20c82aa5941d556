"""What cannot be read is named for what it is, with what to do instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layerscope.analysis.reading import read_outputs
from layerscope.docker.foreign_output import foreign_output
from layerscope.errors import InputError
from layerscope.image.open import read_image

TEXTS = {
    "docker ps": "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    NAMES\n0a1b2c3d4e5f   web  x  1 s  Up  a\n",
    "docker buildx history ls": "BUILD ID   NAME   STATUS   CREATED AT   DURATION\nabc        web    Completed\n",
    "docker buildx ls": "NAME/NODE     DRIVER/ENDPOINT   STATUS\ndefault*      docker\n",
    "imagetools inspect": "Name:      docker.io/library/web\nMediaType: application/vnd.oci.image.index.v1+json\n",
    "Cloud Native Buildpacks": "===> ANALYZING\n[analyzer] Image with name not found\n===> DETECTING\n",
    "jib": "[INFO] Containerizing application to registry.example/web...\n",
    "skopeo": "Getting image source signatures\nCopying blob 0a1b2c3d4e5f done\n",
    "docker compose": "[+] Running 3/3\n \u2714 web Pulled\n",
    "docker version": "Client: Docker Engine - Community\n Version:           29.0.0\n",
    "docker compose ps": "NAME      IMAGE     COMMAND   SERVICE\nweb-1     web       x         web\n",
    "kaniko without its INFO": "Built cross stage deps: map[]\nRUN make\n",
    "before its first step": "Sending build context to Docker daemon  2.048kB\nError response from daemon: x\n",
    "an error of Docker's": "Error response from daemon: no such image\n",
    "a Dockerfile": "# syntax=docker/dockerfile:1\n\nFROM debian AS base\nRUN make\n",
    "docker image inspect": json.dumps([{"Id": "sha256:1", "RootFS": {}, "Config": {}}]),
    "docker container inspect": json.dumps([{"Id": "1", "HostConfig": {}, "State": {}}]),
    "dive": json.dumps({"layer": [], "image": {"sizeBytes": 1}}),
    "an image's manifest": json.dumps({"schemaVersion": 2, "layers": []}),
}
WORDS = {
    "imagetools inspect": "docker buildx imagetools inspect",
    "skopeo": "podman, buildah or skopeo",
    "docker version": "docker version or docker info",
    "docker ps": "docker ps or stats",
    "kaniko without its INFO": "kaniko without its INFO[0000]",
    "dive": "a report of dive",
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "saved").write_text(TEXTS[name])
    with pytest.raises(InputError) as raised:
        read_outputs(str(tmp_path / "saved"))
    assert WORDS.get(name, name) in str(raised.value)


@pytest.mark.parametrize("name", TEXTS)
def test_it_is_named_where_an_image_is_asked_for(name: str, tmp_path: Path) -> None:
    (tmp_path / "saved").write_text(TEXTS[name])
    with pytest.raises(InputError) as raised:
        read_image(f"history:{tmp_path / 'saved'}")
    assert WORDS.get(name, name) in str(raised.value)


def test_what_read_tells_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "pull").write_text("1: Pulling from r/x\n0a1b2c3d4e5f: Downloading [===>  ]  1MB/3MB\n")
    with pytest.raises(InputError, match="layerscope read tells what it is"):
        read_image(str(tmp_path / "pull"))


@pytest.mark.parametrize("text", ["hello\n", "{}", "[1]", "{not JSON", "[" * 100_000, ""])
def test_of_what_is_not_known_nothing_is_said(text: str) -> None:
    assert foreign_output(text) is None
