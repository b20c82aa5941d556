"""What fills images, what is left over in them, what they hold twice, and how two differ file by file."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import pytest
from layer_entries import layer_entries
from made_images import digest, layer, tar
from odd_archives import docker_archive, random_archive
from run import layerscope
from test_efficiency import listed

from layerscope.analysis.file_changes import file_changes
from layerscope.analysis.image_contents import image_contents
from layerscope.analysis.layer_listings import LayerListings
from layerscope.analysis.leftovers import LEFTOVERS
from layerscope.errors import InputError
from layerscope.image.layers import layer_tar
from layerscope.image.layers import listing as layer_listing
from layerscope.image.layers.duplicates import find_duplicates
from layerscope.image.layers.listing import Listing
from layerscope.image.layers.measure import measure
from layerscope.image.model import Layer
from layerscope.image.open import read_image


def test_the_largest_files_are_those_a_container_sees() -> None:
    found = image_contents([listed("a:10", "b:500", "d/c:30"), listed(".wh.b", "a:20"), listed("e->a")])
    assert [(one.path, one.size, one.layer) for one in found.largest_files] == [("/d/c", 30, 0), ("/a", 20, 1)]


def test_of_nested_directories_the_telling_one_is_listed() -> None:
    found = image_contents([listed("usr/lib/x/a:900", "usr/lib/x/b:50", "usr/bin/c:300", "usr/bin/d:5")])
    assert [(one.path, one.size, one.files) for one in found.largest_directories] == [
        ("/usr", 1255, 4),
        ("/usr/lib/x", 950, 2),
        ("/usr/bin", 305, 2),
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("var/lib/apt/lists/deb.debian.org_main", "apt package lists"),
        ("var/cache/apt/pkgcache.bin", "apt packages"),
        ("var/cache/apk/APKINDEX.gz", "apk cache"),
        ("var/cache/dnf/x/y.solv", "dnf or yum cache"),
        ("root/.cache/pip/http/a/b", "pip cache"),
        ("home/me/.cache/pip/x", "pip cache"),
        ("root/.npm/_cacache/index-v5/a", "npm cache"),
        ("usr/local/share/.cache/yarn/v6/x", "yarn or pnpm cache"),
        ("usr/local/bundle/cache/rack-3.0.gem", "gem packages"),
        ("usr/lib/ruby/gems/3.2.0/cache/rake.gem", "gem packages"),
        ("root/.cache/go-build/00/x", "go build cache"),
        ("go/pkg/mod/cache/download/x", "go modules"),
        ("usr/local/cargo/registry/cache/x/y.crate", "cargo registry"),
        ("root/.cargo/git/db/x", "cargo registry"),
        ("root/.m2/repository/a.jar", "maven or gradle cache"),
        ("app/.git/objects/pack/x.pack", "a git repository"),
        ("var/log/dpkg.log", "logs"),
        ("tmp/build/x.o", "temporary files"),
        ("root/.cache/other/x", "other caches"),
        ("app/__pycache__/a.pyc", "Python bytecode"),
        ("opt/conda/pkgs/x.conda", "conda packages"),
    ],
)
def test_leftovers_are_known(path: str, name: str) -> None:
    (found,) = image_contents([listed(f"{path}:7", "usr/bin/program:100")]).leftovers
    assert (found.name, found.size, found.files, found.layers) == (name, 7, 1, (0,))


@pytest.mark.parametrize(
    "path",
    ["usr/share/gitweb/x", "app/cache/x", "srv/npm/x", "usr/lib/python3/site.py", "app/.gitignore", "opt/pip/cache/x"],
)
def test_what_is_needed_is_no_leftover(path: str) -> None:
    assert image_contents([listed(f"{path}:7")]).leftovers == ()


def test_every_leftover_has_advice_and_no_group_of_its_own() -> None:
    for kind in LEFTOVERS:
        assert kind.directory.startswith("^") and kind.directory.endswith("/") and kind.advice
        assert "(" not in kind.directory.replace("(?:", "")


def test_leftovers_count_in_every_layer_that_ships_them() -> None:
    layers = [listed("var/cache/apt/a:10"), listed("var/cache/apt/a:20"), listed(".wh.var")]
    (found,) = image_contents(layers).leftovers
    assert (found.size, found.files, found.layers, found.paths) == (30, 2, (0, 1), ("/var/cache/apt",))


def with_bodies(**files: bytes) -> bytes:
    return tar([(tarfile.TarInfo(name), data) for name, data in files.items()])


def test_duplicates_are_of_content_that_a_container_sees(tmp_path: Path) -> None:
    large = bytes(range(256)) * 2000
    layers = [
        with_bodies(a=b"one", b=b"two", c=large, gone=b"one", changed=b"one"),
        with_bodies(**{".wh.gone": b"", "changed": b"six", "d": b"two", "e": large, "empty": b"", "empty2": b""}),
        layer("h=a"),
    ]
    expected = [(("/c", "/e"), len(large), len(large)), (("/b", "/d"), 3, 3)]
    for number, stored in enumerate((layers, [gzip.compress(data, mtime=0) for data in layers])):
        path = tmp_path / f"{number}.tar"
        path.write_bytes(docker_archive(stored))
        image = read_image(str(path))
        files = measure(image)
        assert files is not None
        assert [(one.paths, one.size, one.wasted_bytes) for one in find_duplicates(image, files.listings)] == expected


@pytest.mark.parametrize("seed", range(15))
def test_duplicates_of_random_archives_are_what_their_bodies_say(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "odd.tar"
    path.write_bytes(random_archive(seed))
    image = read_image(str(path))
    files = measure(image)
    assert files is not None
    sizes: dict[str, int] = {}
    for one in image.layers:
        assert one.open_tar is not None
        sizes |= {entry.path: entry.size for entry in layer_entries(one.open_tar(), "layer") if entry.kind == "file"}
    for found in find_duplicates(image, files.listings):
        assert found.wasted_bytes == found.size * (len(found.paths) - 1) > 0
        assert len(set(found.paths)) == len(found.paths)
        assert {sizes[each[1:]] for each in found.paths} == {found.size}  # all bodies there are zeros


def listings_of(layers: Mapping[str, Listing]) -> LayerListings:
    """Of layers by their diff IDs, without their bytes."""
    return LayerListings(tuple(map(Layer, layers)), tuple(layers.values()), "image")


def test_two_images_file_by_file() -> None:
    base, old, new = listed("base:5", "same:9"), listed("a:10", "b:20", "c:30"), listed("a:10", "b:25", "d:7")
    found = file_changes(listings_of({"0": base, "1": old}), listings_of({"0": base, "2": new}))
    assert [(one.change, one.path, one.before, one.after) for one in found.largest] == [
        ("removed", "/c", 30, None),
        ("changed", "/b", 20, 25),
        ("added", "/d", None, 7),
    ]
    counts = [(one.count, one.bytes) for one in (found.added, found.changed, found.removed, found.uncompared)]
    assert counts == [(1, 7), (1, 5), (1, -30), (1, 10)]  # the bytes of these layers are not at hand


def test_layers_that_both_have_are_not_read() -> None:
    def shared() -> BinaryIO:
        raise AssertionError("this layer is not to be read")

    def stored(data: bytes) -> Layer:
        return Layer(diff_id=digest(data), open_tar=lambda: io.BytesIO(data))

    base, one, other = Layer(diff_id="0", open_tar=shared), with_bodies(a=b"1", b=b"2"), with_bodies(a=b"3", b=b"2")
    below = listed("base:5", "a:1")
    sides = [LayerListings((base, stored(data)), (below, listed("a:1", "b:1")), "image") for data in (one, other)]
    found = file_changes(*sides)
    assert (found.changed.count, found.rewritten.count) == (1, 1)


def test_an_image_does_not_differ_from_itself() -> None:
    layers = listings_of({"0": listed("a:1"), "1": listed("b:2")})
    assert file_changes(layers, layers).largest == ()


def test_image_tells_contents_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(docker_archive([with_bodies(a=b"same", **{"var/log/x": b"same"}), layer(".wh.a")]))
    plain = layerscope(capsys, "image", str(path), "--format", "json").document
    asked = layerscope(capsys, "image", str(path), "--format", "json", "--contents", "--duplicates").document
    assert {name: asked[name] for name in plain if name != "instructions"} == {
        name: plain[name] for name in plain if name != "instructions"
    }
    assert [row["hidden_size"] for row in asked["instructions"]] == [4, 0]
    assert [file["path"] for file in asked["largest_files"]] == ["/var/log/x"]
    assert [found["name"] for found in asked["leftovers"]] == ["logs"]
    assert asked["duplicates"] == []  # one of the two is deleted


def test_image_says_what_was_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, "image", str(tmp_path), "--no-files", "--contents")
    assert (done.status, done.out) == (2, "")


def test_a_store_changes_no_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(docker_archive([layer("a:10"), layer("a:11")]))
    os.utime(path, (1, 1))
    documents = [
        layerscope(capsys, "image", str(path), "--format", "json", *more).out for more in ([], [], ["--no-store"])
    ]
    assert len(set(documents)) == 1


def test_compare_tells_files_and_what_a_push_skips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before.tar", tmp_path / "after.tar"
    before.write_bytes(docker_archive([layer("base:5"), layer("a:10")]))
    after.write_bytes(docker_archive([layer("base:5"), layer("a:12", "b:3")]))
    document = layerscope(capsys, "compare", str(before), str(after), "--format", "json").document
    assert document["files"]["added"] == {"count": 1, "bytes": 3}
    assert document["files"]["changed"] == {"count": 1, "bytes": 2}
    assert document["push"]["skipped_layers"] == 1
    assert document["push"]["skipped_because"] == "layer already exists"


@pytest.mark.parametrize(
    ("names", "because"),
    [
        (("localhost:5000/app:1", "localhost:5000/app:2"), "layer already exists"),
        (("ubuntu", "localhost:5000/app:2"), "mounted from library/ubuntu"),
        (("ubuntu", "docker.io/library/ubuntu:24.04"), "layer already exists"),
    ],
)
def test_names_tell_why_a_push_skips(
    names: tuple[str, str], because: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = []
    for number, name in enumerate(names):
        place = tmp_path / f"{number}.tar"
        place.write_bytes(docker_archive([layer("base:5"), layer(f"own{number}:3")], name=name))
        places.append(place)
    push = layerscope(capsys, "compare", *places, "--no-files", "--format", "json").document["push"]
    assert (push["skipped_because"], push["skipped_layers"], push["layers"]) == (because, 1, 1)
    assert f"a push skips: {because}" in layerscope(capsys, "compare", *places).out
    apart = layerscope(capsys, "compare", places[0], _alone(tmp_path), "--format", "json").document["push"]
    assert (apart["skipped_because"], apart["skipped_layers"]) == (None, 0)


def test_the_overlay2_store_fetches_again_what_lies_on_other_layers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an engine of either store did: after the first image it pulled the second with this many layers."""
    base, one, two = layer("base:5"), layer("x:6000"), layer("y:7000")
    (tmp_path / "a").write_bytes(docker_archive([base, one, two]))
    (tmp_path / "b").write_bytes(docker_archive([base, two]))
    for store, sent in (("containerd", 0), ("overlay2", 1)):
        options = ("--image-store", store, "--format", "json")
        document = layerscope(capsys, "compare", tmp_path / "a", tmp_path / "b", *options).document
        assert (document["transfer"]["layers_sent"], document["transfer"]["layers_reused"]) == (sent, 2 - sent)
        assert document["push"]["skipped_layers"] == 2  # a registry keeps blobs


def _alone(folder: Path) -> Path:
    place = folder / "alone.tar"
    place.write_bytes(docker_archive([layer("other:1")], name="alone"))
    return place


@pytest.mark.parametrize("option", ["--files", "--no-files", "--check", "--insecure-registry=host"])
def test_options_for_images_are_refused_for_contexts(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    done = layerscope(capsys, "compare", tmp_path, tmp_path, option)
    assert done.status == 2 and "for images" in done.err and not done.out


@pytest.mark.parametrize(("layers", "warned"), [(109, False), (110, True), (130, True)])
def test_many_layers_are_warned_of(
    layers: int, warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(docker_archive([layer(f"a{number}:1") for number in range(layers)]))
    assert ("at most 127" in layerscope(capsys, "image", str(path)).out) == warned


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_tar, "_MAX_EXPANDED", 1 << 20)
    monkeypatch.setattr(layer_listing, "_MAX_PATHS", 10_000)
    for number, data in enumerate((layer("zeros:3000000"), layer(*(f"f{n}:0" for n in range(20_000))))):
        path = tmp_path / f"{number}.tar"
        path.write_bytes(docker_archive([gzip.compress(data, mtime=0)]))
        with pytest.raises(InputError, match=r"this is no (layer|image)"):
            measure(read_image(str(path)))
