"""What `created_by` says, in the words of every builder and tool that is known to write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.docker.created_by import CopyWords, Dialect, parse_created_by, parse_each_created_by
from layerscope.docker.model import HistoryEntry
from layerscope.docker.truncation import is_truncated

BUILDKIT, CLASSIC, OTHER = Dialect

ENTRIES = [
    # BuildKit: the shell and the build arguments in scope before the command
    ("RUN /bin/sh -c make all # buildkit", "RUN make all", "/bin/sh -c", BUILDKIT),
    ("RUN |2 A=1 B=2 3 /bin/sh -c make all # buildkit", "RUN make all", "/bin/sh -c", BUILDKIT),
    ("RUN /bin/bash -o pipefail -c make all # buildkit", "RUN make all", "/bin/bash -o pipefail -c", BUILDKIT),
    ("RUN |2 A=1 B=2 /bin/bash -o pipefail -c make # buildkit", "RUN make", "/bin/bash -o pipefail -c", BUILDKIT),
    ("RUN /bin/bash -euxo pipefail -c make # buildkit", "RUN make", "/bin/bash -euxo pipefail -c", BUILDKIT),
    ("RUN /bin/bash -ceuxo pipefail make # buildkit", "RUN make", "/bin/bash -ceuxo pipefail", BUILDKIT),
    ("RUN /bin/ash -eo pipefail -c make # buildkit", "RUN make", "/bin/ash -eo pipefail -c", BUILDKIT),
    ("RUN /bin/bash --login -c make # buildkit", "RUN make", "/bin/bash --login -c", BUILDKIT),
    ("RUN /busybox/sh -c make # buildkit", "RUN make", "/busybox/sh -c", BUILDKIT),
    ("RUN /usr/bin/env bash -c make # buildkit", "RUN make", "/usr/bin/env bash -c", BUILDKIT),
    ("RUN sh -c make all # buildkit", "RUN make all", "sh -c", BUILDKIT),
    ("RUN /bin/sh -c bash -c 'make all' # buildkit", "RUN bash -c 'make all'", "/bin/sh -c", BUILDKIT),
    ("RUN /bin/sh -c cc -c a.c # buildkit", "RUN cc -c a.c", "/bin/sh -c", BUILDKIT),
    ("RUN cmd /S /C make # buildkit", "RUN make", "cmd /S /C", BUILDKIT),
    ("RUN powershell -Command Get-Thing # buildkit", "RUN Get-Thing", "powershell -Command", BUILDKIT),
    ("RUN |1 V=1 pwsh -NoLogo -Command Get-Thing # buildkit", "RUN Get-Thing", "pwsh -NoLogo -Command", BUILDKIT),
    ("RUN make all # buildkit", "RUN make all", "", BUILDKIT),
    ("COPY --chown=1:1 . /app # buildkit", "COPY --chown=1:1 . /app", "", BUILDKIT),
    ("WORKDIR /app", "WORKDIR /app", "", BUILDKIT),
    ('CMD ["cmd" "/S" "/C" "x"]', 'CMD ["cmd" "/S" "/C" "x"]', "", BUILDKIT),
    # The classic builder
    ("/bin/sh -c make all", "RUN make all", "/bin/sh -c", CLASSIC),
    ("|1 V=9 /bin/sh -c make", "RUN make", "/bin/sh -c", CLASSIC),
    ("|2 A=1 B=x y /bin/bash -o pipefail -c make", "RUN make", "/bin/bash -o pipefail -c", CLASSIC),
    ("|1 V=9 make all", "RUN make all", "", CLASSIC),
    ("/bin/sh -c #(nop) COPY file:0123 in /usr/src/app ", "COPY file:0123 in /usr/src/app", "", CLASSIC),
    ('/bin/bash -o pipefail -c #(nop)  CMD ["x"]', 'CMD ["x"]', "", CLASSIC),
    ("cmd /S /C #(nop)  CMD [...]", "CMD [...]", "", CLASSIC),
    ("cmd /S /C powershell -Command make", "RUN powershell -Command make", "cmd /S /C", CLASSIC),
    (
        "powershell -Command $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; Get-Thing",
        "RUN Get-Thing",
        "powershell -Command $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';",
        CLASSIC,
    ),
    ("/bin/sh -c echo ' #(nop) CMD x'", "RUN echo ' #(nop) CMD x'", "/bin/sh -c", CLASSIC),
    # buildah keeps the flags
    ('/bin/sh -c #(nop) CMD ["bash"]', 'CMD ["bash"]', "", CLASSIC),
    ("/bin/sh -c --mount=type=cache,target=/c make", "RUN --mount=type=cache,target=/c make", "/bin/sh -c", CLASSIC),
    ("|1 A=b /bin/sh -c make", "RUN make", "/bin/sh -c", CLASSIC),
    # kaniko writes the instruction as the Dockerfile has it
    ("RUN make all", "RUN make all", "", BUILDKIT),
    ("RUN bash -c 'make all'", "RUN bash -c 'make all'", "", BUILDKIT),
    ("COPY --from=build /app /app", "COPY --from=build /app /app", "", BUILDKIT),
    # Others: no instruction
    ("", "", "", OTHER),
    ("bazel build ...", "bazel build ...", "", OTHER),
    ("jib-maven-plugin:3.4.0", "jib-maven-plugin:3.4.0", "", OTHER),
    ("Apply image 10.0.20348.1", "Apply image 10.0.20348.1", "", OTHER),
    ("Buildpacks Launcher Config", "Buildpacks Launcher Config", "", OTHER),
    ("/bin/bash", "/bin/bash", "", OTHER),
]  # fmt: skip


@pytest.mark.parametrize(("created_by", "text", "shell", "dialect"), ENTRIES)
def test_entries(created_by: str, text: str, shell: str, dialect: Dialect) -> None:
    found = parse_created_by(created_by)
    assert (found.text, found.shell, found.dialect) == (text, shell, dialect)
    assert found.keyword == ("" if dialect is OTHER else text.partition(" ")[0])


@pytest.mark.parametrize(
    ("history", "texts"),
    [
        (
            ["SHELL [/usr/bin/python3 -c]", "RUN |1 A=b c /usr/bin/python3 -c print(1) # buildkit", "RUN print(2)"],
            ["SHELL [/usr/bin/python3 -c]", "RUN print(1)", "RUN print(2)"],
        ),
        (  # the classic builder words SHELL with the shell that it chooses, and all that follows, too
            ["foo -bar #(nop)  SHELL [foo -bar]", "foo -bar make", "|1 a=b c foo -bar make", "foo -bar #(nop)  CMD x"],
            ["SHELL [foo -bar]", "RUN make", "RUN make", "CMD x"],
        ),
        (
            ["SHELL [powershell -Command $x = 1;]", "RUN powershell -Command $x = 1; Get-Thing # buildkit"],
            ["SHELL [powershell -Command $x = 1;]", "RUN Get-Thing"],
        ),
        (["foo -bar make"], ["foo -bar make"]),
    ],
)
def test_a_shell_is_that_of_the_runs_after_it(history: list[str], texts: list[str]) -> None:
    assert [created.text for created in parse_each_created_by(map(HistoryEntry, history))] == texts


@given(st.lists(st.one_of(st.text(max_size=60), st.sampled_from([entry[0] for entry in ENTRIES]))))
def test_any_text_is_read(history: list[str]) -> None:
    assert len(parse_each_created_by(map(HistoryEntry, history))) == len(history)


@pytest.mark.parametrize("text", ["/" * 100_000, "|1 " + "/a/ " * 20_000, "RUN |9 " + "/bin/sh -o " * 20_000])
def test_long_texts_take_no_longer_than_they_are(text: str) -> None:
    assert parse_created_by(text).text


@pytest.mark.parametrize(
    ("created_by", "copied"),
    [
        ("COPY a b /c # buildkit", CopyWords({}, ("a", "b"), "/c")),
        ("COPY in in /c # buildkit", CopyWords({}, ("in", "in"), "/c")),
        ("COPY --chown=1:1 --link a /c # buildkit", CopyWords({"chown": "1:1", "link": ""}, ("a",), "/c")),
        ("/bin/sh -c #(nop) COPY multi:01 in /c/ ", CopyWords({}, ("multi:01",), "/c/", hashed=True)),
        ("/bin/sh -c #(nop) ADD file:01 in / ", CopyWords({}, ("file:01",), "/", hashed=True)),
        ("/bin/sh -c #(nop) COPY --chown=me dir:01 in /a b ", CopyWords({"chown": "me"}, ("dir:01",), "/a b", True)),
        ("COPY # buildkit", CopyWords({}, (), "")),
        ("RUN /bin/sh -c cp a in /c # buildkit", None),
    ],
)
def test_a_copy_in_parts(created_by: str, copied: CopyWords | None) -> None:
    assert parse_created_by(created_by).copied == copied


@pytest.mark.parametrize(
    ("created_by", "words"),
    [
        ("/bin/sh -c apt-get -y update && apt-get -y i…", "apt-get -y update && apt-get -y i"),
        ("/bin/sh -c apt-get -y update && apt-get -yΓÇª", "apt-get -y update && apt-get -y"),
        ("/bin/sh -c apt-get -y update && apt-get -y...", "apt-get -y update && apt-get -y"),
        ("/bin/sh -c go build ./...", "go build ./..."),
    ],
)
def test_what_a_tool_has_cut_ends_where_it_was_cut(created_by: str, words: str) -> None:
    (said,) = parse_each_created_by([HistoryEntry(created_by, truncated=is_truncated(created_by))])
    assert (said.words, said.truncated) == (words, not created_by.endswith("./..."))
