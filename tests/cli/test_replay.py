"""`layerscope replay` on small histories: outcomes and causes, sums, cache policies, and what cannot be replayed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fixtures_path import RECORDED, SINATRA
from repositories import git
from run import layerscope
from small_history import ALL, BUILD, DOCKERFILE, INSTALL, LOCK, TIMES, commit, ran, refused, replayed, six_commits


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return six_commits(tmp_path / "repo")


def test_a_revert_hits_what_the_older_commit_built(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = replayed(capsys, repo)
    assert ran(document) == [
        [LOCK, INSTALL, ALL, BUILD],
        [ALL, BUILD],
        [LOCK, INSTALL, ALL, BUILD],
        [],
        [],
        [],
    ]
    causes = [{s["name"]: s["because"] for s in c["steps"] if s["because"]} for c in document["commits"]]
    assert causes[0][INSTALL] == ["cold"]
    assert causes[1] == {ALL: ["src/a"], BUILD: ["src/a"]}
    assert causes[2] == {name: ["lock"] for name in (LOCK, INSTALL, ALL, BUILD)}


def test_documents_have_the_fields_of_the_contract(
    repo: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "log").write_text(TIMES)
    document = replayed(capsys, repo, "--timings", tmp_path / "log")
    assert document["schema_version"] == 1
    assert document["command"] == "replay"
    first = document["commits"][1]
    assert first["commit"] == git(repo, "rev-parse", "HEAD~4").decode().strip()
    assert (first["time"][:19], first["subject"]) == ("2026-01-02T12:00:00", "day 2")
    assert (first["buildable"], first["error"], first["rebuild_seconds"]) == (True, None, 5.2)
    assert first["steps"][0] == {
        "name": "[1/5] FROM docker.io/library/busybox:latest",
        "outcome": "cached",
        "because": [],
    }
    summary = document["summary"]
    assert (summary["commits"], summary["rebuild_seconds"], summary["known_seconds"]) == (5, 50.5, 50.5)
    build = summary["by_step"][-1]
    assert {k: build[k] for k in ("name", "line", "rebuilt", "share", "rebuild_seconds")} == {
        "name": BUILD, "line": 5, "rebuilt": 2, "share": 0.4, "rebuild_seconds": 10.0,
    }  # fmt: skip
    assert summary["by_cause"][0] | {"known_seconds": 0} == {
        "cause": "lock", "commits": 1, "rebuilt": 4, "rebuild_seconds": 45.3, "known_seconds": 0,
    }  # fmt: skip
    assert [w["monday"] for w in summary["by_week"]] == ["2025-12-29", "2026-01-05", "2026-01-19"]
    cold = replayed(capsys, repo, "--timings", tmp_path / "log", "--include-cold")
    assert (cold["summary"]["commits"], cold["summary"]["rebuild_seconds"]) == (6, 95.8)


def test_unknown_seconds_are_null_and_not_zero(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = replayed(capsys, repo)
    assert [c["rebuild_seconds"] for c in document["commits"]] == [None, None, None, 0.0, 0.0, 0.0]
    assert (document["summary"]["rebuild_seconds"], document["summary"]["known_seconds"]) == (None, 0.0)


@pytest.mark.parametrize(
    ("policy", "counts"),
    [
        ("unbounded", [4, 2, 4, 0, 0, 0]),
        ("last", [4, 2, 4, 4, 0, 0]),
        ("none", [4, 4, 4, 4, 4, 4]),
        ("registry,mode=max", [4, 2, 4, 4, 0, 0]),
        ("gha", [4, 2, 4, 4, 0, 0]),  # one stage: all its layers are in the image
        ("days=1.5", [4, 2, 4, 4, 0, 4]),
        ("days=2.5", [4, 2, 4, 2, 0, 4]),
        ("days=30", [4, 2, 4, 0, 0, 0]),
    ],
)
def test_cache_policies(policy: str, counts: list[int], repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = replayed(capsys, repo, "--cache", policy)
    assert [len(names) for names in ran(document)] == counts
    if policy == "last":
        assert {c for s in document["commits"][3]["steps"] for c in s["because"]} == {"lock", "src/a"}
    if policy == "days=1.5":
        assert {c for s in document["commits"][5]["steps"] for c in s["because"]} == {"cold"}


def test_a_minimal_cache_loses_the_stages_that_are_not_in_the_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "FROM busybox AS build\nRUN tools\nCOPY src /s\nRUN make\nFROM busybox\nRUN certs\nCOPY --from=build /o /o\n"
    place = tmp_path / "repo"
    commit(place, {"Dockerfile": text, "src/a": "1", "x": "1"})
    commit(place, {"x": "2"})
    commit(place, {"src/a": "2"})
    minimal, full = (replayed(capsys, place, "--cache", f"registry,mode={mode}") for mode in ("min", "max"))
    changed = ["[build 3/4] COPY src /s", "[build 4/4] RUN make"]
    assert ran(full)[1:] == [[], changed]
    assert ran(minimal)[1:] == [[], ["[build 2/4] RUN tools", *changed]]
    tools = next(s for s in minimal["commits"][2]["steps"] if s["name"] == "[build 2/4] RUN tools")
    assert tools["because"] == ["cold"]


def test_a_cache_bounded_by_size_forgets_what_was_used_longest_ago(repo: Path) -> None:
    from layerscope.api import replay

    sizes = {"COPY lock /a/": 1, "RUN install": 100, "COPY . /a/": 10, "RUN build": 10}
    roomy = replay(str(repo), cache="size=1kB", sizes=sizes)
    assert [c.rebuilt for c in roomy.commits] == [4, 2, 4, 0, 0, 0]
    # The second lock takes the place of the first.
    tight = replay(str(repo), cache="size=150", sizes=sizes)
    assert [c.rebuilt for c in tight.commits] == [4, 2, 4, 3, 0, 0]


def test_commits_that_cannot_be_built_are_told_and_passed_over(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(repo, {"Dockerfile": None}, day=21)
    commit(repo, {"Dockerfile": "FROM busybox\nFETCH x\n"}, day=22)
    commit(repo, {"Dockerfile": DOCKERFILE.replace("COPY lock", "COPY gone")}, day=23)
    commit(repo, {"Dockerfile": DOCKERFILE, "src/a": "9"}, day=24)
    document = replayed(capsys, repo, "--commits", "5")
    assert [c["buildable"] for c in document["commits"]] == [True, False, False, False, True]
    errors = [c["error"] for c in document["commits"][1:4]]
    assert errors[0] == "Dockerfile: no such Dockerfile in this commit"
    assert errors[1] == "Dockerfile:2: unknown instruction: FETCH"
    assert errors[2].startswith('Dockerfile:2: COPY source "/gone": not found')
    assert all(c["steps"] == [] and c["rebuild_seconds"] is None for c in document["commits"][1:4])
    assert ran(document)[4] == [ALL, BUILD]
    assert (document["summary"]["commits"], document["summary"]["buildable"]) == (4, 1)
    page = layerscope(capsys, "replay", repo).out
    assert "3 commits cannot be built; the first: " in page


def test_merges_are_one_step_and_branches_are_not_walked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "repo"
    commit(place, {"Dockerfile": DOCKERFILE, "lock": "1", "src/a": "1"}, message="first")
    git(place, "checkout", "-q", "-b", "side")
    commit(place, {"lock": "2"}, message="aside")
    commit(place, {"src/b": "1"}, message="aside again")
    git(place, "checkout", "-q", "main")
    git(place, "merge", "-q", "--no-ff", "-m", "merged", "side")
    document = replayed(capsys, place)
    assert [c["subject"] for c in document["commits"]] == ["first", "merged"]
    assert document["commits"][1]["steps"][3]["because"] == [".git", "lock", "src/b"]


def test_ranges_folders_and_files_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "repo"
    commit(place, {"docker/app.Dockerfile": "FROM busybox\nCOPY a /\n", "app/a": "1", "other": "1"}, message="one")
    commit(place, {"app/a": "2"}, message="two")
    commit(place, {"other": "2"}, message="three")
    words = (place / "app", "-f", place / "docker" / "app.Dockerfile")
    assert ran(replayed(capsys, *words)) == [["[2/2] COPY a /"], ["[2/2] COPY a /"], []]
    document = replayed(capsys, *words, "--range", "HEAD~1..HEAD")
    assert [c["subject"] for c in document["commits"]] == ["three"]
    link = tmp_path / "link"
    link.symlink_to(place / "app")
    assert len(replayed(capsys, link, *words[1:])["commits"]) == 3


def test_links_modes_and_submodules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner, place = tmp_path / "inner", tmp_path / "repo"
    commit(inner, {"f": "1"})
    commit(place, {"real.Dockerfile": "FROM busybox\nCOPY sub /s\nCOPY run /r\nCOPY l /l\n", "run": "1", "t": "1"})
    (place / "Dockerfile").symlink_to("real.Dockerfile")
    (place / "l").symlink_to("t")
    git(place, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    commit(place, {}, message="built")
    (place / "run").chmod(0o755)
    commit(place, {}, message="mode")
    commit(place, {"t": "2"}, message="target")
    commit(place / "sub", {"f": "2"})
    commit(place, {}, message="submodule")
    document = replayed(capsys, place, "--commits", "4")
    because = [{c for s in each["steps"] for c in s["because"]} for each in document["commits"][1:]]
    assert because == [{"run"}, {"t"}, {"sub/f"}]
    shutil.rmtree(place / "sub")
    document = replayed(capsys, place, "--commits", "4")
    because = [{c for s in each["steps"] for c in s["because"]} for each in document["commits"][1:]]
    assert because == [{"run"}, {"t"}, {"sub"}]
    assert [a["subject"] for a in document["assumptions"] if a["kind"] == "submodule"] == ["sub"]


def test_shallow_clones_begin_where_they_end(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{repo}", "clone")
    assert [len(names) for names in ran(replayed(capsys, tmp_path / "clone"))] == [4, 0]


def test_same_input_same_bytes_in_both_places(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = layerscope(capsys, "replay", repo, "--format", "json").out
    assert layerscope(capsys, "replay", repo, "--format", "json").out == first
    assert layerscope(capsys, "replay", repo, "--format", "json", "--no-store").out == first


def test_the_page_is_written_and_kept(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    (tmp_path / "log").write_text(TIMES)
    assert layerscope(capsys, "replay", repo, "--html", page, "--timings", tmp_path / "log").status == 0
    assert "Seconds of work by week" in page.read_text()
    assert "exists already" in refused(capsys, repo, "--html", page)
    same = tmp_path / "same.html"
    assert layerscope(capsys, "report", "replay", repo, "--timings", tmp_path / "log", "-o", same).status == 0
    assert same.read_bytes() == page.read_bytes()


def test_what_cannot_be_replayed_is_one_line(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "not a git repository" in refused(capsys, empty)
    assert "no such directory" in refused(capsys, tmp_path / "none")
    assert "no such directory" in refused(capsys, repo / "lock")
    git(empty, "init", "-q")
    refused(capsys, empty)
    assert "nope" in refused(capsys, repo, "--range", "nope..HEAD")
    assert "exclude each other" in refused(capsys, repo, "--range", "HEAD~1..HEAD", "--commits", "1")
    for policy in ("days=0", "days=x", "size=", "size=1XB", "week", "registry,mode=mid", "last,mode=min", ""):
        assert "--cache" in refused(capsys, repo, "--cache", policy)
    assert "--image" in refused(capsys, repo, "--cache", "size=1GB")
    assert "exports no cache" in refused(capsys, repo, "--cache", "gha", "--builder", "classic")
    assert "outside the repository" in refused(capsys, repo, "-f", tmp_path / "x.Dockerfile")


def test_damaged_objects_are_one_line(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = git(repo, "rev-parse", "HEAD~3^{tree}").decode().strip()
    damaged = repo / ".git" / "objects" / digest[:2] / digest[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(b"junk")
    assert str(repo) in refused(capsys, repo)
    blob = git(repo, "rev-parse", "HEAD:Dockerfile").decode().strip()
    (repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    document = replayed(capsys, repo, "--commits", "2")
    assert [c["buildable"] for c in document["commits"]] == [False, False]
    assert "missing" in document["commits"][0]["error"]


def test_a_clock_that_goes_back_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "repo"
    commit(place, {"Dockerfile": DOCKERFILE, "lock": "1"}, day=20)
    commit(place, {"src/a": "1"}, day=2)
    commit(place, {"lock": "1"}, day=21)
    assert [len(n) for n in ran(replayed(capsys, place, "--cache", "days=3", "--without-git"))] == [4, 2, 0]


def test_sizes_of_a_bounded_cache_come_from_an_image(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = repo.parent / "sinatra"
    shutil.copytree(SINATRA / "before", work)
    commit(work, {})
    commit(work, {"app.rb": "changed"})
    commit(work, {"app.rb": "again"})
    image = f"history:{RECORDED / 'before' / 'history.bytes.json'}"
    small, large = (
        replayed(capsys, work, "-f", work / "Dockerfile", "--image", image, "--cache", f"size={size}")
        for size in ("50MB", "2GB")
    )
    assert [len(names) for names in ran(large)] == [6, 3, 3]
    assert len(ran(small)[1]) > 3
    assert [a for a in large["assumptions"] if a["kind"] == "cache-size"] == []


def test_a_total_with_an_estimate_in_it_is_no_measured_one(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_text(TIMES.replace("#2 [3/5] RUN install\n#2 DONE 40.0s\n", ""))
    words = ("--timings", tmp_path / "log")
    measured = replayed(capsys, repo, *words)
    guessed = replayed(capsys, repo, *words, "--rates", "unknown_run_seconds=7")
    assert (measured["summary"]["rebuild_seconds"], measured["summary"]["cost_source"]) == (None, "measured")
    assert (guessed["summary"]["rebuild_seconds"], guessed["summary"]["cost_source"]) == (17.5, "estimated")
    assert [c["cost_source"] for c in guessed["commits"][1:4]] == ["measured", "estimated", "none"]
    assert [s["cost_source"] for s in guessed["summary"]["by_step"]] == ["measured", "estimated"] + ["measured"] * 2
    page = layerscope(capsys, "replay", repo, *words, "--rates", "unknown_run_seconds=7").out
    assert "about 18 s" in page
    assert "~7.0 s" in page


def test_partial_clones_fetch_what_is_asked_for_or_say_that_they_cannot(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(repo, "config", "uploadpack.allowFilter", "true")
    for name in ("near", "cut"):
        git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo}", name)
    assert ran(replayed(capsys, tmp_path / "near")) == ran(replayed(capsys, repo))
    repo.rename(tmp_path / "gone")
    assert str(tmp_path / "cut") in refused(capsys, tmp_path / "cut")
