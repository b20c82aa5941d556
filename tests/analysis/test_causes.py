"""Root causes: what was edited, and what each step that re-runs must name."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.analysis.simulate import simulate
from layerscope.graph.options import BuildOptions
from layerscope.inputs.contexts import open_context

COPY_DOC = "FROM x\nCOPY <<EOT /c\nhello\nEOT\nRUN a\n"
FETCH = "ADD --checksum=sha256:{} https://h/f /f\n"
CASES: dict[str, tuple[str, str, dict[str, str], dict[str, str], dict[str, list[str]]]] = {
    # name: Dockerfile before, after, build arguments before, after, {instruction: causes}
    "a heredoc's body": (
        COPY_DOC, COPY_DOC.replace("hello", "world"), {}, {},
        {"COPY <<EOT /c": ["Dockerfile:2"], "RUN a": ["Dockerfile:2"]},
    ),
    "a RUN heredoc's body": (
        "FROM x\nRUN <<E\na\nE\n", "FROM x\nRUN <<E\nb\nE\n", {}, {}, {"RUN <<E": ["Dockerfile:2"]},
    ),
    "an ENV of another stage does not count": (
        "FROM x AS a\nENV V=1\nFROM y AS b\nENV V=5\nRUN true\nFROM a\nCOPY --from=b /bin/true /\nRUN echo $V\n",
        "FROM x AS a\nENV V=2\nFROM y AS b\nENV V=5\nRUN true\nFROM a\nCOPY --from=b /bin/true /\nRUN echo $V\n",
        {}, {}, {"RUN echo $V": ["Dockerfile:2"]},
    ),
    "the second of two variables": (
        "FROM x\nENV A=1 B=2\nRUN a\nWORKDIR $B\nRUN b\n", "FROM x\nENV A=1 B=3\nRUN a\nWORKDIR $B\nRUN b\n", {}, {},
        {"RUN a": ["Dockerfile:2"], "WORKDIR $B": ["Dockerfile:2"], "RUN b": ["Dockerfile:2"]},
    ),
    "a variable of a COPY": (
        "FROM x\nARG A=1 B=f\nCOPY $B /\n", "FROM x\nARG A=1 B=g\nCOPY $B /\n", {}, {}, {"COPY $B /": ["Dockerfile:2"]},
    ),
    "the default of an ARG in FROM": (
        "ARG T=1\nFROM x:$T\nRUN a\n", "ARG T=2\nFROM x:$T\nRUN a\n", {}, {},
        {"FROM x:$T": ["Dockerfile:1"], "RUN a": ["Dockerfile:1"]},
    ),
    "a build argument": (
        "FROM x\nARG V\nRUN a\n", "FROM x\nARG V\nRUN a\n", {"V": "1"}, {"V": "2"}, {"RUN a": ["ARG V"]},
    ),
    "a build argument in FROM": (
        "ARG T\nFROM x:$T\nRUN a\n", "ARG T\nFROM x:$T\nRUN a\n", {"T": "1"}, {"T": "2"},
        {"FROM x:$T": ["ARG T"], "RUN a": ["ARG T"]},
    ),
    "an edited FROM": (
        "FROM x\nRUN a\n", "FROM y\nRUN a\n", {}, {}, {"FROM y": ["Dockerfile:1"], "RUN a": ["Dockerfile:1"]},
    ),
    "an inserted line": (
        "FROM x\nRUN a\nRUN b\n", "FROM x\nRUN a\nRUN n\nRUN b\n", {}, {},
        {"RUN n": ["Dockerfile:3"], "RUN b": ["Dockerfile:3"]},
    ),
    "a deleted line": ("FROM x\nRUN a\nRUN b\n", "FROM x\nRUN b\n", {}, {}, {"RUN b": ["Dockerfile:2"]}),
    "a USER": ("FROM x\nUSER a\nRUN b\n", "FROM x\nUSER c\nRUN b\n", {}, {}, {"RUN b": ["Dockerfile:2"]}),
    "a SHELL": (
        'FROM x\nSHELL ["/a"]\nRUN b\n', 'FROM x\nSHELL ["/c"]\nRUN b\n', {}, {}, {"RUN b": ["Dockerfile:2"]},
    ),
    "the checksum of a fetched file": (
        f"FROM x AS s\n{FETCH.format('a' * 64)}FROM y\nCOPY --from=s /f /f\n",
        f"FROM x AS s\n{FETCH.format('b' * 64)}FROM y\nCOPY --from=s /f /f\n", {}, {},
        {FETCH.format("b" * 64).strip(): ["Dockerfile:2"], "COPY --from=s /f /f": ["Dockerfile:2"]},
    ),
    "a build argument in a checksum": (
        f"FROM x\nARG SUM\n{FETCH.format('${SUM}')}", f"FROM x\nARG SUM\n{FETCH.format('${SUM}')}",
        {"SUM": "a" * 64}, {"SUM": "b" * 64}, {FETCH.format("${SUM}").strip(): ["ARG SUM"]},
    ),
    "a comment": ("FROM x\nRUN a\n", "FROM x\n# why\n\nRUN a\n", {}, {}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_because(case: str, tmp_path: Path) -> None:
    old, new, arguments, later, expected = CASES[case]
    for side, text in (("before", old), ("after", new)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "Dockerfile").write_text(text)
        for name in ("f", "g"):
            (tmp_path / side / name).write_text(name)
    before = open_context(str(tmp_path / "before"), options=BuildOptions(build_args=arguments))
    after = open_context(str(tmp_path / "after"), options=BuildOptions(build_args=later))
    steps = simulate(before, after).steps
    assert {step.text: list(step.because) for step in steps if step.outcome != "cached"} == expected


def test_deleted_ignore_rules_are_named(tmp_path: Path) -> None:
    for side in ("before", "after"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "Dockerfile").write_text("FROM x\nCOPY . /\n")
        (tmp_path / side / "b").write_text("b")
    (tmp_path / "before" / ".dockerignore").write_text("b\n")
    before, after = (open_context(str(tmp_path / side)) for side in ("before", "after"))
    assert simulate(before, after).steps[-1].because == (".dockerignore", "ignore:.dockerignore")
