"""Saved histories: what each tool prints, raw."""
# ruff: noqa: E501  # tables are as wide as the tools print them

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures_path import FIXTURES
from hypothesis import given
from hypothesis import strategies as st

from layerscope.docker.history import parse_histories
from layerscope.docker.sizes import parse_size
from layerscope.errors import InputError
from layerscope.image.open import read_image

TABLE = """\
IMAGE          CREATED                  CREATED BY                                      SIZE      COMMENT
b7eda9956414   Less than a second ago   CMD ["sh"]                                      0B        buildkit.dockerfile.v0
<missing>      About a minute ago       RUN /bin/sh -c rm -rf /d && chmod 700 /f # b…   23B       buildkit.dockerfile.v0
<missing>      N/A                      RUN /bin/sh -c echo "long line  9MB   0B  z"…   307kB     buildkit.dockerfile.v0
<missing>      3 weeks ago                                                              2.07MB    Imported from -
"""
TABLE_ROWS = [
    ("", None, 2_070_000, True, False),
    ('RUN /bin/sh -c echo "long line  9MB   0B  z"…', None, 307_000, True, True),
    ("RUN /bin/sh -c rm -rf /d && chmod 700 /f # b…", None, 23, False, True),
    ('CMD ["sh"]', None, 0, False, False),
]

# A line break in CREATED BY ends the table's columns: the rows after it have others than the header says.
HEREDOC = """\
IMAGE                                                                     CREATED AT             CREATED BY                SIZE      COMMENT
sha256:b7eda9956414da65e9bc0a2e740fcd827a5e399897e972d18c3d92c31234f3ec   2026-11-23T20:05:26Z   COPY <<X /x.txt # build   10        buildkit.dockerfile.v0
<missing>                                                                 2026-11-23T21:05:25+01:00   RUN /bin/sh -c echo hi
  echo   there 2>&1

 # buildkit   7                      buildkit.dockerfile.v0
<missing>     2026-11-23T20:05:25Z   ENV A=b C=x   5MB   y   0         buildkit.dockerfile.v0
<missing>     2026-11-23T19:23:21Z                           2065283   Imported from -
"""

PODMAN = """\
ID            CREATED       CREATED BY                                     SIZE        COMMENT
3fba0c87fcc8  2 months ago  /bin/sh -c #(nop) CMD ["bash"]                 0B          FROM docker.io/library/x
<missing>     2 months ago  /bin/sh -c #(nop) ADD file:4eb9cf2c34a8183...  5.81 MB
"""

NERDCTL = """\
SNAPSHOT                                                                   CREATED           CREATED BY                                       SIZE         COMMENT
<missing>                                                                  2 months ago      CMD ["/bin/sh"]                                  0.0 B        buildkit.dockerfile.v0
sha256:b7eda9956414da65e9bc0a2e740fcd827a5e399897e972d18c3d92c31234f3ec    2 months ago      ADD rootfs.tar.gz / # buildkit                   8.0 MiB      buildkit.dockerfile.v0
"""

WINDOWS = """\
IMAGE          CREATED        CREATED BY                    SIZE      COMMENT
b7eda9956414   2 days ago     cmd /S /C #(nop)  CMD [...]   1.5kB     \t
<missing>      2 years ago    Apply image 10.0.20348.1      2.1GB
"""


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (TABLE, TABLE_ROWS),
        (
            HEREDOC,
            [
                ("", "2026-11-23T19:23:21Z", 2_065_283, False, False),
                ("ENV A=b C=x   5MB   y", "2026-11-23T20:05:25Z", 0, False, False),
                ("RUN /bin/sh -c echo hi\n  echo   there 2>&1\n\n # buildkit", "2026-11-23T20:05:25Z", 7, False, False),
                ("COPY <<X /x.txt # build", "2026-11-23T20:05:26Z", 10, False, False),
            ],
        ),
        (
            PODMAN,
            [
                ("/bin/sh -c #(nop) ADD file:4eb9cf2c34a8183...", None, 5_810_000, True, True),
                ('/bin/sh -c #(nop) CMD ["bash"]', None, 0, False, False),
            ],
        ),
        (
            NERDCTL,
            [
                ("ADD rootfs.tar.gz / # buildkit", None, 8 << 20, True, False),
                ('CMD ["/bin/sh"]', None, 0, False, False),
            ],
        ),
        (
            WINDOWS,
            [
                ("Apply image 10.0.20348.1", None, 2_100_000_000, True, False),
                ("cmd /S /C #(nop)  CMD [...]", None, 1500, True, False),
            ],
        ),
        (  # podman's, of an import
            '[{"id":"91cd0cc39328","created":"2026-11-24T14:12:26.19Z","CreatedBy":"COPY d /d # buildkit","size":2492928,'
            '"comment":"","Created":"2026-11-24T14:12:26Z"},{"id":"\\u003cmissing\\u003e","created":"2026-11-24T14:01:13Z",'
            '"size":2211840,"comment":"Imported from -","Created":"2026-11-24T14:01:13Z"}]',
            [
                ("", "2026-11-24T14:01:13Z", 2211840, False, False),
                ("COPY d /d # buildkit", "2026-11-24T14:12:26.19Z", 2492928, False, False),
            ],
        ),
        (
            '{"Comment":"","CreatedAt":"2026-11-23T21:05:26+01:00","CreatedBy":"CMD","CreatedSince":"1s","ID":"b","Size":"0B"}\n'
            '\n{"Comment":"","CreatedAt":"N/A","CreatedBy":"RUN a…","ID":"\\u003cmissing\\u003e","Size":"7.46MB"}\n',
            [("RUN a…", None, 7_460_000, True, True), ("CMD", "2026-11-23T20:05:26Z", 0, False, False)],
        ),
        (
            '[{"id":"1","created":"2021-09-15T01:00:00.5Z","CreatedBy":"CMD","size":0,"tags":null},'
            '{"id":"2","Created":"2021-09-15T00:00:00Z","CreatedBy":"ADD","size":5809,"comment":"c"}]',
            [("ADD", "2021-09-15T00:00:00Z", 5809, False, False), ("CMD", "2021-09-15T01:00:00.5Z", 0, False, False)],
        ),
        (
            '[{"Id":"<missing>","Created":1763925806,"CreatedBy":"RUN","Tags":null,"Size":12,"Comment":""},'
            '{"Id":"<missing>","Created":0,"CreatedBy":"","Tags":null,"Size":2065283,"Comment":"Imported from -"}]',
            [("", None, 2_065_283, False, False), ("RUN", "2025-11-23T19:23:26Z", 12, False, False)],
        ),
        (
            '{"Snapshot":"s","CreatedAt":"2021-09-15T01:00:00Z","CreatedBy":"ADD","Size":"4.1 MiB","Comment":""}',
            [("ADD", "2021-09-15T01:00:00Z", 4299161, True, False)],
        ),
        ("[]", []),
    ],
)
def test_histories(text: str, rows: list[tuple[str, str | None, int, bool, bool]]) -> None:
    (history,) = parse_histories(text, "file")
    assert [(e.created_by, e.created, e.size, e.size_rounded, e.truncated) for e in history] == rows
    assert all(entry.empty_layer == (entry.size == 0) for entry in history)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_powershell_redirection(encoding: str, tmp_path: Path) -> None:
    bom = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / "history.txt").write_bytes((bom + TABLE).replace("\n", "\r\n").encode(encoding))
    image = read_image(str(tmp_path / "history.txt"))
    assert [(e.created_by, e.created, e.size, e.size_rounded, e.truncated) for e in image.history] == TABLE_ROWS
    assert image.config is None
    assert len(image.layers) == 3
    assert [assumed.kind for assumed in image.assumptions] == ["history"]


def test_comments_are_kept() -> None:
    (history,) = parse_histories(TABLE, "file")
    assert [entry.comment for entry in history] == ["Imported from -"] + ["buildkit.dockerfile.v0"] * 3


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"hello\nworld\n", 1, "neither an image archive nor"),
        (b"\n\nhello", 3, "neither an image archive nor"),
        (b"sha256:" + b"a" * 64 + b"\n<missing>\n", 1, "only ids"),
        (TABLE.splitlines()[0].encode() + b"\n<missing>      3 weeks ago    RUN a\n", 2, "without a size"),
        (TABLE.splitlines()[0].encode() + b"\nnonsense", 2, "not a row"),
        (b'{"CreatedBy":"a","Size":"1B"}\n{"CreatedBy":', 2, "not JSON"),
        (b'{"CreatedBy":"a","Size":"1B"}\n{"CreatedBy":"a","Size":"much"}', 2, "not a size"),
        (b'{"CreatedBy":"a","Size":"1B"}\n{"Size":"1B"}', 2, "no CreatedBy"),
        (b'{"CreatedBy":1,"Size":"1B"}', 1, "not a string"),
        (b'{"CreatedBy":"a","Size":-1}', 1, "not a size"),
        (b"[1, 2]", 1, "no JSON object"),
        (b"[" * 100_000, 1, "not JSON"),
        (b"text\nwith \xff bytes", 2, "nor text"),
        (b"text\0", 1, "nor text"),
    ],
)
def test_what_is_no_history(data: bytes, line: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as raised:
        read_image(f"history:{path}")
    assert (raised.value.file, raised.value.line) == (str(path), line)


def test_several_histories_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "history.txt"
    path.write_text(TABLE + HEREDOC)
    with pytest.raises(InputError, match=r"several images, choose one: @0 \(4 entries\), @1 \(4 entries\)"):
        read_image(str(path))
    assert len(read_image(f"history:{path}:@1").history) == 4
    with pytest.raises(InputError, match="there is no @2"):
        read_image(f"history:{path}:@2")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0B", (0, False)),
        ("999B", (999, False)),
        ("1.5kB", (1500, True)),
        ("7.46MB", (7_460_000, True)),
        ("2.1GB", (2_100_000_000, True)),
        ("5.81 MB", (5_810_000, True)),
        ("8 MiB", (8 << 20, True)),
        ("0.0 B", (0, False)),
        ("240", (240, False)),
        ("1.02e+03kB", (1_020_000, True)),
        ("", None),
        ("MB", None),
        ("-1B", None),
        ("1 XB", None),
        ("9999999YB", None),
        ("\u0661B", None),
    ],
)
def test_sizes(text: str, size: tuple[int, bool] | None) -> None:
    found = parse_size(text)
    assert (None if found is None else (found.bytes, found.rounded)) == size


@pytest.mark.parametrize(
    "path", sorted(FIXTURES.glob("**/*history*.txt")), ids=lambda path: str(path.relative_to(FIXTURES))
)
def test_a_recorded_table_says_what_the_recorded_json_says(path: Path) -> None:
    other = path.with_suffix(".json")
    table, objects = read_image(str(path)), read_image(str(other))
    assert [(e.created_by, e.comment) for e in table.history] == [(e.created_by, e.comment) for e in objects.history]
    for rounded, exact in zip(table.history, objects.history, strict=True):
        assert rounded.size == pytest.approx(exact.size, rel=0.01)


@given(st.text(max_size=200), st.sampled_from(("", TABLE, "[", "{", TABLE.splitlines()[0] + "\n")))
def test_any_text_is_read_or_refused(text: str, before: str) -> None:
    try:
        parse_histories(before + text, "file")
    except InputError as error:
        assert error.file == "file"


@given(st.lists(st.fixed_dictionaries({"CreatedBy": st.text(), "Size": st.integers(0, 2**62)})))
def test_json_lines_give_each_entry_back(rows: list[dict[str, object]]) -> None:
    text = "\n".join(json.dumps(row) for row in rows)
    found = [entry for history in (parse_histories(text, "file") if rows else []) for entry in reversed(history)]
    assert [(entry.created_by, entry.size) for entry in found] == [(row["CreatedBy"], row["Size"]) for row in rows]
