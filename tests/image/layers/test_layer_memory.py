"""What is remembered of layers changes how long an answer takes, never the answer."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_images import digest, layer
from odd_archives import docker_archive, random_archive

from layerscope.image.layers import memory as layer_memory
from layerscope.image.layers.measure import ImageFiles, measure
from layerscope.image.layers.memory import LayerMemory
from layerscope.image.model import Image, Layer
from layerscope.image.open import read_image
from layerscope.values import replace


class Counted(LayerMemory):
    """A memory that takes files for settled at once, and counts what is read all the same."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, settling=-(10**12))
        self.read = 0

    def listing(self, layer, read):
        def counted(stream: BinaryIO):
            self.read += 1
            return read(stream)

        return super().listing(layer, counted)


def measured(path: Path, memory: LayerMemory | None = None) -> ImageFiles:
    found = measure(read_image(str(path)), memory)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(30))
def test_with_memory_as_without(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "odd.tar"
    path.write_bytes(random_archive(seed))
    memory = Counted(tmp_path / "cache")
    plain = measured(path)
    assert measured(path, memory) == plain
    read = memory.read
    assert measured(path, memory) == plain
    assert memory.read == read > 0


def test_a_file_changed_in_place_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    memory = Counted(tmp_path / "cache")
    answers = []
    for name in ("a:10", "b:10"):  # of the same length, so the places of all members stay
        path.write_bytes(docker_archive([layer(name)]))
        os.utime(path, ns=(1, 1))  # the time of change is another all the same
        answers.append(measured(path, memory))
        assert answers[-1] == measured(path)
    assert memory.read == 2


def test_a_file_that_lies_about_its_digests_spoils_no_other(tmp_path: Path) -> None:
    memory = Counted(tmp_path / "cache")
    honest, other = tmp_path / "honest.tar", tmp_path / "other.tar"
    honest.write_bytes(docker_archive([layer("a:10")]))
    other.write_bytes(docker_archive([layer("a:10")]).replace(layer("a:10"), layer("b:99")))  # under a's diff ID
    spoiled = measured(other, memory)
    assert measured(honest, memory) == measured(honest)
    assert spoiled == measured(other) != measured(honest)


def test_what_changed_a_moment_ago_is_not_remembered(tmp_path: Path) -> None:
    path, cache = tmp_path / "image.tar", tmp_path / "cache"
    path.write_bytes(docker_archive([layer("a:10")]))
    assert measured(path, LayerMemory(cache)) == measured(path)
    assert not cache.exists()


def image_of(*data: bytes, checked: bool = True) -> Image:
    """An image as a registry gives it: streams that are checked against digests."""

    def opener(content: bytes):
        return lambda: io.BytesIO(content)

    layers = tuple(Layer(digest=digest(each), open_tar=opener(each), checked=checked) for each in data)
    return Image("registry:app", None, (), layers)


def test_checked_layers_are_known_by_digest_wherever_they_come_from(tmp_path: Path) -> None:
    memory = Counted(tmp_path / "cache")
    base, first, second = layer("base:10"), layer("a:1"), layer("b:2")
    assert measure(image_of(base, first), memory) == measure(image_of(base, first))
    assert measure(image_of(base, second), memory) == measure(image_of(base, second))
    assert memory.read == 3
    measure(image_of(base, checked=False), memory)
    assert memory.read == 4


def test_a_layer_that_is_not_at_hand_stays_unknown(tmp_path: Path) -> None:
    memory = Counted(tmp_path / "cache")
    image = image_of(layer("a:1"))
    assert measure(image, memory) is not None
    without = replace(image, layers=tuple(replace(each, open_tar=None) for each in image.layers))
    assert measure(without, memory) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255), st.booleans())
def test_damage_is_ignored(at: int, byte: int, cut: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        image = image_of(layer("a:10", "d/", "d/.wh.b", "d/c:5"))
        plain = measure(image)
        memory = LayerMemory(Path(folder))
        assert measure(image, memory) == plain
        (file,) = Path(folder).iterdir()
        data = bytearray(file.read_bytes())
        at %= len(data)
        data[at] = byte
        file.write_bytes(data[:at] if cut else data)
        assert measure(image, memory) == plain
        assert measure(image, memory) == plain


def test_nobody_elses_file_is_used(tmp_path: Path) -> None:
    memory = Counted(tmp_path)
    image = image_of(layer("a:10"))
    measure(image, memory)
    (file,) = tmp_path.iterdir()
    file.chmod(0o666)
    measure(image, memory)
    assert memory.read == 2


def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    image = image_of(layer("a:10"))
    assert measure(image, LayerMemory(tmp_path / "file" / "cache")) == measure(image)


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_memory, "_MAX_ALL", 300)
    memory = LayerMemory(tmp_path)
    for number in range(8):
        measure(image_of(layer(f"a{number}:10")), memory)
    assert 0 < sum(path.stat().st_size for path in tmp_path.iterdir()) <= 300


def test_writers_at_once_and_killed_ones_leave_whole_answers(tmp_path: Path) -> None:
    """Six processes ask for one image with one cache while some of them are killed."""
    entries = [f"d{number % 50}/f{number}:1" for number in range(2000)]
    path = tmp_path / "image.tar"
    path.write_bytes(docker_archive([layer(*entries)] * 3))
    os.utime(path, (1, 1))
    program = (
        "import sys; from pathlib import Path; from layerscope.image.layers.memory import LayerMemory;"
        "from layerscope.image.layers.measure import measure; from layerscope.image.open import read_image;"
        "found = measure(read_image(sys.argv[1]), LayerMemory(Path(sys.argv[2]), settling=-10**12));"
        "print(found.size, found.efficiency, found.wasted_bytes)"
    )
    command = [sys.executable, "-c", program, str(path), str(tmp_path / "cache")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    for victim in running[:2]:
        victim.kill()
    answers = {process.communicate()[0] for process in running[2:]}
    for victim in running[:2]:
        victim.communicate()
    plain = measured(path)
    assert answers == {f"{plain.size} {plain.efficiency} {plain.wasted_bytes}\n"}
    assert measured(path, Counted(tmp_path / "cache")) == plain
