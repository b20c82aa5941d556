"""Images of a running engine, and what is said where none answers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from conftest import StartEngine
from made_images import layer

from layerscope.docker.model import HistoryEntry, Platform
from layerscope.errors import InputError
from layerscope.image.layers.measure import measure
from layerscope.image.open import read_image
from layerscope.image.sources.engine import tell_empty_layers
from layerscope.values import replace


@pytest.mark.engine
def test_the_engine_and_its_archive_tell_the_same(engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import docker

    monkeypatch.setenv("DOCKER_HOST", engine)
    name = "layerscope-test-image-source:1"
    client = docker.from_env()
    client.api.import_image(io.BytesIO(layer("etc/", "etc/a:10", "b:5")), repository=name.partition(":")[0], tag="1")
    try:
        image = read_image(f"daemon:{name}")
        path = tmp_path / "saved.tar"
        path.write_bytes(b"".join(client.api.get_image(name)))
        saved = read_image(str(path))
        assert image.names == saved.names == (name,)
        assert image.config == saved.config
        assert [one.diff_id for one in image.layers] == [one.diff_id for one in saved.layers]
        told, of_archive = measure(image), measure(saved)
        assert told is not None
        assert told.compressed_estimates == (None,)  # an engine's layers are not those of a registry or an archive
        assert of_archive is not None
        assert told == replace(of_archive, compressed_estimates=(None,))
        assert read_image(name).history[0].size == 15
        with pytest.raises(InputError, match="the engine has no image for linux/s390x"):
            read_image(name, platform="linux/s390x")
        with pytest.raises(InputError, match="the engine has no such image"):
            read_image("daemon:layerscope-test-none:1")
    finally:
        client.api.remove_image(name)
        client.close()


PLATFORMS = """FROM scratch
ARG TARGETARCH
COPY f-$TARGETARCH /f
"""


@pytest.mark.engine
def test_each_platform_the_engine_keeps_can_be_asked_for(
    start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = start_engine("containerd")
    monkeypatch.setenv("DOCKER_HOST", engine.docker_host)
    name = "layerscope-test-image-platforms:1"
    for file, content in (("Dockerfile", PLATFORMS), ("f-amd64", "a"), ("f-arm64", "arm")):
        (tmp_path / file).write_text(content)
    engine.docker("buildx", "build", "-q", "--platform", "linux/amd64,linux/arm64", "-t", name, str(tmp_path))
    try:
        sizes = {}
        for architecture in ("amd64", "arm64"):
            image = read_image(f"daemon:{name}", platform=f"linux/{architecture}")
            assert image.platform == Platform("linux", architecture)
            assert image.history[-1].created_by == f"COPY f-{architecture} /f # buildkit"
            files = measure(image)
            sizes[architecture] = files.size if files else None
        assert sizes == {"amd64": 1, "arm64": 3}
        with pytest.raises(InputError, match="the engine has no image for linux/s390x"):
            read_image(f"daemon:{name}", platform="linux/s390x")
    finally:
        engine.docker("rmi", name)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("app:1", "app:1: no such file, and no engine answers at unix:///nowhere/docker.sock"),
        ("daemon:app:1", "daemon:app:1: no engine answers at unix:///nowhere/docker.sock"),
    ],
)
def test_no_engine(reference: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(InputError) as raised:
        read_image(reference)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("entries", "layers", "empty", "noted"),
    [
        ("ADD x /=9 ENV=0 CMD=0", 1, "ENV CMD", False),
        ("ADD x /=9 WORKDIR /a=0 CMD=0", 2, "CMD", False),
        ("ADD x /=9 WORKDIR /a=0 CMD=0", 1, "WORKDIR CMD", False),
        ("/bin/sh -c #(nop) ADD file:1 in /=9 /bin/sh -c true=0 /bin/sh -c #(nop)  CMD=0", 2, "/bin/sh", False),
        ("ADD x /=9 |1 A=b /bin/sh -c true=0 ENV=0", 2, "ENV", False),
        ("ADD x /=9 RUN a=0 RUN b=0 ENV=0", 2, "RUN ENV", True),
        ("ADD x /=9 RUN a=0", 3, "", True),
    ],
)
def test_entries_of_size_0_may_be_layers(entries: str, layers: int, empty: str, noted: bool) -> None:
    history = []
    for text in entries.replace("=9 ", "=9\n").replace("=0 ", "=0\n").split("\n"):
        created_by, _, size = text.rpartition("=")
        history.append(HistoryEntry(created_by, size=int(size), empty_layer=size == "0"))
    told, guessed = tell_empty_layers(tuple(history), layers)
    assert [entry.created_by.split()[0] for entry in told if entry.empty_layer] == empty.split()
    assert guessed == noted
