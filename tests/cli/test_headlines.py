"""The first sentence of each answer says what is known and no more, and a table what a person can read."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import commit, git, write
from run import layerscope
from small_history import six_commits


def headline(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    done = layerscope(capsys, *words)
    assert done.status == 0, done.err
    return done.out.partition("\n")[0]


def link(place: Path) -> None:
    place.unlink()
    place.symlink_to("elsewhere")


def folder(place: Path) -> None:
    place.unlink()
    place.mkdir()
    (place / "x").write_text("1")


def rewrite_as_a_program(place: Path) -> None:
    place.write_text("other\n")
    place.chmod(0o755)


# What is done to a file `f` and a link `l`, what the first sentence says of it, and a table in a word.
PARTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "content": (lambda at: (at / "f").write_text("other\n"), "f changed", "f"),
    "mode": (lambda at: (at / "f").chmod(0o755), "the mode of f changed", "f (mode)"),
    "content and mode": (lambda at: rewrite_as_a_program(at / "f"), "f changed", "f"),
    "type": (lambda at: link(at / "f"), "f is of another type", "f (type)"),
    "link": (lambda at: link(at / "l"), "l points elsewhere", "l (target)"),
    "added": (lambda at: (at / "new").write_text("1"), "new was added", "new (added)"),
    "removed": (lambda at: (at / "f").unlink(), "f was removed", "f (removed)"),
    "two added": (
        lambda at: [(at / n).write_text("1") for n in "xy"],
        "x and 1 more were added",
        "y (added)",
    ),
    "two modes": (lambda at: [(at / n).chmod(0o755) for n in "fg"], "the modes of f and 1 more changed", "g (mode)"),
    "this and that": (
        lambda at: [(at / "f").chmod(0o755), (at / "g").unlink()],
        "the mode of f changed, and 1 more differs",
        "f (mode), g (removed)",
    ),
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("stated", ["directories", "a revision", "a commit", "a diff"])
def test_the_first_sentence_says_what_of_a_file_differs(
    part: str, stated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, said, label = PARTS[part]
    dockerfile = "FROM busybox\nCOPY . /x/\nRUN make\n"
    files = {"Dockerfile": dockerfile, ".dockerignore": ".git\nDockerfile\n", "f": "1\n", "g": "2\n", "l": "-> f"}
    place = tmp_path / "repo"
    if stated == "directories":
        before = tmp_path / "before"
        for side in (before, place):
            write(side, files)
        change(place)
        words: tuple[object, ...] = (before, "--after", place)
    else:
        commit(place, files)
        change(place)
        words = (place, "--since", "HEAD")
        if stated == "a commit":
            commit(place)
            words = (place, "--since", "HEAD~1")
        elif stated == "a diff":
            git(place, "add", "-A")
            (tmp_path / "diff").write_bytes(git(place, "diff", "--cached"))
            git(place, "reset", "-q", "--hard")
            words = (place, "--diff", tmp_path / "diff")
    done = layerscope(capsys, "simulate", *words)
    assert done.out.startswith(f"2 of 2 steps re-run: {said} (line 2).\n"), done.out
    assert f"{label}\n" in done.out


def test_what_the_index_has_no_more_is_as_git_knows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A revision holds what git says that it holds, whatever lies there untracked today."""
    repo = tmp_path / "repo"
    commit(repo, {"Dockerfile": "FROM busybox\nCOPY a* /x/\n", "a": "1", "ab": "x\n"})
    git(repo, "rm", "-q", "--cached", "Dockerfile", "ab")
    write(repo, {"a": "2"})
    git(repo, "commit", "-qam", "less")
    assert headline(capsys, "simulate", repo, "--since", "HEAD~1") == "1 of 1 steps re-run: a changed (line 2)."
    write(repo, {"ab": "y\n"})
    said = headline(capsys, "simulate", repo, "--since", "HEAD~1")
    assert said == "1 of 1 steps re-run: a and 1 more changed (line 2)."
    write(repo, {"ab": "x\n", "a": "1", "Dockerfile": "FROM busybox\nCOPY a* /y/\n"})
    said = headline(capsys, "simulate", repo, "--since", "HEAD~1")
    assert said == "1 of 1 steps re-run: the Dockerfile changed at line 2."
    done = layerscope(capsys, "simulate", repo, "--since", "HEAD")
    assert (done.status, "not there at revision HEAD" in done.err) == (2, True)


TWO = "FROM busybox AS a\nCOPY x /x\nRUN one\nFROM busybox\nCOPY y /y\nCOPY --from=a /out /z\nRUN two\n"

ODD: list[tuple[str, tuple[str, ...], str]] = [
    ("FROM busybox\nCOPY x /\nRUN make\n", ("--change", "y"), "Nothing re-runs: 2 steps, all cached."),
    ("FROM busybox\nCOPY x /\n", ("--change", "y"), "Nothing re-runs: the one step is cached."),
    ("FROM busybox\n", ("--change", "y"), "Nothing re-runs: there is no step beside FROM."),
    ("FROM busybox\n", ("--after-base", "busybox=sha256:" + 64 * "1"), "No step re-runs, but base image busybox "),
    ("FROM busybox\nCOPY x /\n", ("--change", "x"), "1 of 1 steps re-run: x changed (line 2)."),
    (TWO, ("--change", "y"), "3 of 5 steps re-run: y changed (line 5)."),
    (TWO, ("--change", "x"), "2 of 5 steps re-run, 2 more may: x changed (line 2)."),
    (
        TWO,
        ("--change", "x", "--change", "y"),
        "5 of 5 steps re-run: x changed (line 2); 1 other cause strikes other steps.",
    ),
    (
        "FROM busybox AS a\nRUN one\nFROM busybox\nCOPY --from=a /out /z\n",
        ("--no-cache-filter", "a"),
        "1 of 2 steps re-run, 1 more may: --no-cache-filter was given (line 2).",
    ),
]


@pytest.mark.parametrize(("dockerfile", "words", "said"), ODD)
def test_odd_builds_are_told_as_they_are(
    dockerfile: str, words: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"Dockerfile": dockerfile, "x": "1", "y": "1"})
    given = words if "--change" in words else (*words, "--change", "y")
    assert headline(capsys, "simulate", tmp_path, *given).startswith(said)


def test_rows_that_are_no_steps_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"Dockerfile": TWO, "x": "1", "y": "1"})
    done = layerscope(capsys, "simulate", tmp_path, "--change", "y")
    assert done.out.startswith("3 of 5 steps re-run")
    assert "5 of 6 rows are counted as steps: those of FROM are not." in done.out


@pytest.mark.parametrize(
    ("command", "form"),
    [(command, form) for command in ("simulate", "explain") for form in ("table", "markdown")] + [("simulate", "page")],
)
def test_people_are_shown_no_tokens(
    command: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"Dockerfile": TWO, "x": "1", "y": "1"})
    words: tuple[object, ...] = (command, tmp_path, "--change", "x")
    if command == "explain":
        words = (*words, "--step", "COPY --from")
    if form == "page":
        assert layerscope(capsys, "report", *words, "-o", tmp_path / "page.html").status == 0
        page = (tmp_path / "page.html").read_text()
        shown = page[: page.index('<script type="application/json"')]
    else:
        shown = layerscope(capsys, *words, "--format", form).out
    assert "step:" not in shown
    if command == "simulate":
        assert "what [a 3/3] RUN one writes" in shown
        document = layerscope(capsys, *words, "--format", "json").document
        assert ["step:[a 3/3] RUN one"] in [step["because"] for step in document["steps"]]


def test_a_thousand_steps_stay_readable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    for stage in range(50):
        lines += [f"FROM busybox AS s{stage}", f"COPY f{stage} /f{stage}"]
        lines += [f"COPY --from=s{stage - 1} /f{stage - 1} /from"] if stage else []
        lines += [f"RUN echo {stage} {number}" for number in range(18)]
    write(tmp_path, {"Dockerfile": "\n".join(lines) + "\n", **{f"f{number}": "1" for number in range(50)}})
    for words in (("--change", "f49"), ("--change", "f3"), ("--change", "f0"), ("--no-cache",)):
        change = words if words[0] == "--change" else (*words, "--change", "f0")
        done = layerscope(capsys, "simulate", tmp_path, *change)
        rows = done.out.split("\n\n")[1].splitlines()
        assert "of 1000 rows)" in rows[0]
        assert 2 + 20 <= len(rows) <= 2 + 60
        assert not any(" cached " in row for row in rows[2:])
        assert len(layerscope(capsys, "simulate", tmp_path, *change, "--format", "markdown").out) < 65_536
        assert len(layerscope(capsys, "explain", tmp_path, *change).out.splitlines()) < 200
        document = layerscope(capsys, "simulate", tmp_path, *change, "--format", "json").document
        assert len(document["steps"]) == 1000
    assert layerscope(capsys, "report", "simulate", tmp_path, "--change", "f3", "-o", tmp_path / "p.html").status == 0
    page = (tmp_path / "p.html").read_text()
    assert all(f"RUN echo {stage} 17</code>" in page for stage in range(50)), "a page has them all"


def test_ordinary_names_survive_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    step = "RUN i @scope/tool `date` __x__ #12 | tee *.log"
    write(
        tmp_path,
        {
            "Dockerfile": f"FROM busybox\nCOPY *.json pkg/__init__.py /app/\n{step}\nCOPY pkg/ /pkg/\n",
            "a.json": "1",
            "pkg/__init__.py": "1",
            "pkg/@odd#1": "1",
        },
    )
    said = layerscope(capsys, "simulate", tmp_path, "--change", "pkg", "--format", "markdown").out
    assert said.startswith("**3 of 3 steps re-run: `pkg/__init__.py` changed (line 2); 1 other cause strikes other")
    assert "| `[2/4] COPY *.json pkg/__init__.py /app/`" in said
    # Of a bar only the backslash that keeps it from ending the cell is added.
    assert "| `` [3/4] RUN i @scope/tool `date` __x__ #12 \\| tee *.log `` |" in said
    assert "| `pkg/@odd#1`, `pkg/__init__.py` |" in said
    explained = layerscope(capsys, "explain", tmp_path, "--change", "pkg", "--format", "markdown").out
    assert "\n\n`` [3/4] RUN i @scope/tool `date` __x__ #12 | tee *.log `` at line 3: follows" in explained


def test_a_replay_names_the_dearest_only_where_all_seconds_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo, log = six_commits(tmp_path / "repo"), tmp_path / "log"
    steps = ("[2/5] COPY lock /a/", "[3/5] RUN install", "[4/5] COPY . /a/", "[5/5] RUN build")

    def said(*seconds: float | None) -> str:
        known = [(name, took) for name, took in zip(steps, seconds, strict=True) if took is not None]
        log.write_text("".join(f"#{n} {name}\n#{n} DONE {took}s\n" for n, (name, took) in enumerate(known, 1)))
        words = ("--timings", log) if known else ()
        return headline(capsys, "replay", repo, *words).partition(": ")[2]

    often = "most often `[4/5] COPY . /a/` (line 4) and 1 other, 2 times each."
    install = "`[3/5] RUN install` (line 3), in 20 % of the commits that have it."
    assert said(0.1, 40.0, 0.2, 5.0) == f"the dearest is {install}"
    assert said(0.1, 2.0, 0.2, 1.0) == "the dearest are `[5/5] RUN build` (line 5) and 1 other, 2.0 s each."
    assert said(0.1, None, 0.2, 5.0) == often, "what is not known may be the dearest"
    assert said(None, None, None, None) == often
    assert said(0.0, 0.0, 0.0, 0.0) == often


def test_a_replay_in_which_nothing_re_ran_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = tmp_path / "repo"
    commit(repo, {"Dockerfile": "FROM busybox\nCOPY a /a\n", "a": "1", "b": "1"})
    commit(repo, {"b": "2"})
    assert headline(capsys, "replay", repo) == "1 commit re-ran 0 steps."
    assert headline(capsys, "replay", repo, "--range", "HEAD~1..HEAD") == "No build to count in 1 commit."


def test_another_owner_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before.tar", tmp_path / "after.tar"
    write(tmp_path / "c", {"Dockerfile": "FROM busybox\nCOPY f /\n", "f": "1"})
    for archive, owner in ((before, 0), (after, 7)):
        with tarfile.open(archive, "w") as tar:
            for name in ("Dockerfile", "f"):
                info = tar.gettarinfo(tmp_path / "c" / name, name)
                info.uid = owner
                with (tmp_path / "c" / name).open("rb") as content:
                    tar.addfile(info, content)
    said = headline(capsys, "simulate", before, "--after", after, "--builder", "classic")
    assert said == "1 of 1 steps re-run: the owner of f changed (line 2)."
