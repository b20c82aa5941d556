"""Layers that hold a table of their own contents, as two real writers made them: listed without being fetched.

`toc_data/estargz` is of stargz-snapshotter's library, `toc_data/zstd_chunked` of `podman push`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_images import CONFIG, MANIFEST, Files, digest, put, with_index
from pushing import push

from layerscope.docker.json_document import JsonObject
from layerscope.docker.manifests import parse_descriptor
from layerscope.errors import InputError
from layerscope.image.layers.layer_tar import layer_windows
from layerscope.image.layers.listing import Listing, list_layer
from layerscope.image.layers.measure import measure
from layerscope.image.layers.memory import LayerMemory
from layerscope.image.layers.toc import Fetch, list_by_toc, stated_toc
from layerscope.image.model import Image, TableOfContents
from layerscope.image.open import read_image
from layerscope.image.registry.access import RegistryAccess
from tests.engine import registry as registries

pytestmark = pytest.mark.xdist_group("registry")

DATA = Path(__file__).parent / "toc_data"
ANNOTATIONS = {
    "estargz": {
        "containerd.io/snapshot/stargz/toc.digest": (
            "sha256:77cbb287783678878a55f27442d92dd687a710e3864107826ab8817bc20b335c"
        )
    },
    "zstd_chunked": {
        "io.containers.zstd-chunked.manifest-checksum": (
            "sha256:e499c2524eed2632a55dc0b97807fdeaea376fc6a49813aeda3c7e133e1638f9"
        ),
        "io.containers.zstd-chunked.manifest-position": "560:463:2985:1",
    },
}
KINDS = list(ANNOTATIONS)


def blob(kind: str) -> bytes:
    return (DATA / kind).read_bytes()


def toc(kind: str, **changed: str) -> TableOfContents | None:
    return stated_toc({**ANNOTATIONS[kind], **changed}, "manifest")


def parts(data: bytes, asked: list[int] | None = None) -> Fetch:
    def fetch(start: int, count: int) -> bytes:
        if asked is not None:
            asked.append(count)
        return data[start : start + count]

    return fetch


def whole(kind: str) -> Listing:
    with layer_windows(io.BytesIO(blob(kind)), kind) as windows:
        return list_layer(windows, kind)


def by_toc(kind: str, data: bytes, stated: TableOfContents | None, size: int | None = None) -> Listing | None:
    assert stated is not None
    return list_by_toc(stated, len(data) if size is None else size, parts(data), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_lists_what_the_layer_lists(kind: str) -> None:
    found = by_toc(kind, blob(kind), toc(kind))
    assert found == whole(kind)
    assert any(".wh." in path for path in found.nodes) and found.deletes


@pytest.mark.parametrize("kind", KINDS)
def test_annotations_are_read_under_both_prefixes_or_not_at_all(kind: str) -> None:
    renamed = {key.replace("io.containers", "io.github.containers"): text for key, text in ANNOTATIONS[kind].items()}
    assert stated_toc(renamed, "manifest") == toc(kind)
    for nonsense in ("", "1:2:3", "1:2:3:4:5", "a:b:c:1", "560:463:2985:2", "sha256:0"):
        assert stated_toc(dict.fromkeys(renamed, nonsense), "manifest") is None
    assert stated_toc({}, "manifest") is None
    layer = parse_descriptor(JsonObject({"annotations": {next(iter(renamed)): 5}}, "manifest"))
    assert stated_toc(layer.annotations, "manifest") is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_that_is_not_what_its_digest_says_is_refused(kind: str) -> None:
    key = next(iter(ANNOTATIONS[kind]))
    with pytest.raises(InputError, match=r"table of contents sha256:0+ is damaged"):
        by_toc(kind, blob(kind), toc(kind, **{key: "sha256:" + 64 * "0"}))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_else_lies_there_is_refused_or_left_to_the_layer_itself(kind: str) -> None:
    """Each byte of the table and of what leads to it damaged in turn: never another list."""
    data, right = blob(kind), whole(kind)
    for at in range(len(data) - 800 if kind == "estargz" else 560, len(data)):
        damaged = data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]
        try:
            found = by_toc(kind, damaged, toc(kind))
        except InputError:
            continue
        assert found is None or found == right


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 1, 51, 60, 900])
def test_a_blob_too_short_for_its_table_is_read_itself(kind: str, size: int) -> None:
    assert by_toc(kind, blob(kind)[:size], toc(kind)) is None


def test_a_table_may_not_expand_further_than_it_states() -> None:
    import zstandard

    bomb = zstandard.ZstdCompressor().compress(bytes(1 << 24))
    stated = TableOfContents(digest(bomb), (0, len(bomb), 100))
    with pytest.raises(InputError, match="table of contents is damaged"):
        list_by_toc(stated, len(bomb), parts(bomb), "bomb")
    for position in ((0, 1 << 30, 100), (0, len(bomb), 1 << 40), (1 << 40, 5, 100), (-5, 5, 100)):
        assert list_by_toc(TableOfContents(digest(bomb), position), len(bomb), parts(bomb), "bomb") is None


def estargz_of(document: object) -> tuple[bytes, TableOfContents]:
    """A blob that holds nothing but this table."""
    listed = json.dumps(document).encode()
    header = b"stargz.index.json".ljust(124, b"\0") + f"{len(listed):011o}\0".encode()
    stored = gzip.compress(header.ljust(512, b"\0") + listed)
    footer = bytes(16) + b"0" * 16 + b"STARGZ" + bytes(13)
    return stored + footer, TableOfContents("sha256:" + hashlib.sha256(listed).hexdigest())


@pytest.mark.parametrize(
    "document",
    [
        {"entries": [{"name": "a", "type": "reg", "size": -1}]},
        {"entries": [{"name": "a", "type": "reg", "size": "1"}]},
        {"entries": [{"name": 5, "type": "reg"}]},
        {"entries": {"a": 1}},
        [],
    ],
)
def test_tables_of_odd_shape_are_refused(document: object) -> None:
    data, stated = estargz_of(document)
    with pytest.raises(InputError):
        list_by_toc(stated, len(data), parts(data), "odd")


@pytest.mark.parametrize("name", ["a\ufffdb", "a\0b"])
def test_names_that_json_cannot_hold_are_read_from_the_layer(name: str) -> None:
    data, stated = estargz_of({"entries": [{"name": name, "type": "reg", "size": 1}]})
    assert list_by_toc(stated, len(data), parts(data), "odd") is None


def test_names_are_as_clean_as_those_of_a_tar() -> None:
    entries = [
        {"name": "./a//b", "type": "reg", "size": 2},
        {"name": "/", "type": "dir"},
        {"name": "d/", "type": "dir"},
    ]
    data, stated = estargz_of({"entries": entries})
    found = list_by_toc(stated, len(data), parts(data), "odd")
    assert found is not None and set(found.nodes) == {"a/b", "d", "stargz.index.json"}


def layout(kind: str) -> Files:
    files: Files = {}
    layers = [put(files, blob(kind), "application/vnd.oci.image.layer.v1.tar+gzip", annotations=ANNOTATIONS[kind])]
    config = {"os": "linux", "architecture": "amd64", "history": [{"created_by": "COPY . ."}]}
    manifest = {
        "schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
        "config": put(files, json.dumps(config).encode(), CONFIG),
    }  # fmt: skip
    return with_index(files, put(files, json.dumps(manifest).encode(), MANIFEST))


@pytest.fixture(scope="module")
def address(registry_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tables")
    with registries.running(registry_program, folder, storage=folder / "storage") as address:
        for kind in KINDS:
            push(address, kind, layout(kind), "v1")
        yield address


@pytest.mark.parametrize("kind", KINDS)
def test_a_registry_is_asked_for_the_table_alone(address: str, kind: str, tmp_path: Path) -> None:
    fetched: list[str] = []
    access = RegistryAccess(layers=True, progress=lambda digest, *_: fetched.append(digest))

    def read(check: bool = False) -> Image:
        return read_image(f"registry:{address}/{kind}:v1", access=access, check=check)

    memory = LayerMemory(tmp_path)
    listed = measure(read(), memory)
    assert listed is not None and listed.listed_by_toc == 1 and not fetched
    assert measure(read(), memory) == listed  # now from memory
    checked = measure(read(check=True), memory)
    assert checked is not None and checked.listed_by_toc == 0 and fetched
    assert (checked.layers, checked.listings) == (listed.layers, listed.listings)
    assert len(list(tmp_path.iterdir())) == 2  # the table's list and the layer's are kept apart
