"""What `--chmod` makes of a mode; the expected ones are those an engine gave the files (BuildKit 0.25.2)."""

from __future__ import annotations

import pytest

from layerscope.graph.files.modes import changed_mode, mode_of_made_directories

FILES = (
    ("", 0o640, 0o640),
    ("755", 0o640, 0o755),
    ("4755", 0o640, 0o4755),
    ("a+rX", 0o640, 0o644),
    ("a+rX", 0o010, 0o555),
    ("u=rw,go=r", 0o6711, 0o644),
    ("u+x,g-w=r", 0o640, 0o740),
    ("g=u", 0o2755, 0o2775),
    ("go=u-w", 0o755, 0o755),
    ("=rw,+X", 0o755, 0o777),
    ("a-x+X", 0o755, 0o755),
    ("u+s", 0o644, 0o4644),
    ("+t", 0o644, 0o1644),
    ("o+t", 0o644, 0o644),
    ("g=ur", 0o755, 0o745),
    ("-X", 0o755, 0o644),
    ("a=", 0o6755, 0),
)


@pytest.mark.parametrize(("chmod", "mode", "expected"), FILES)
def test_a_file(chmod: str, mode: int, expected: int) -> None:
    assert oct(changed_mode(chmod, mode, directory=False)) == oct(expected)


def test_a_directory_counts_as_executable() -> None:
    assert changed_mode("a=rX", 0o600, directory=True) == 0o555
    assert changed_mode("a=rX", 0o600, directory=False) == 0o444


def test_directories_made_on_the_way() -> None:
    assert [mode_of_made_directories(chmod) for chmod in ("", "700", "777", "u=rwx")] == [0o755, 0o700, 0o755, 0o755]
