"""The library as scripts and notebooks use it: its words, what they take and give, how answers show themselves."""

from __future__ import annotations

import ast
import inspect
import pickle
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import run
from fixtures_path import RECORDED, SINATRA, SMALL
from repositories import commit

import layerscope
from layerscope import api
from layerscope.cli.group import COMMANDS

ROOT = Path(layerscope.__path__[0]).parent
BEFORE, AFTER = SINATRA / "before", SINATRA / "after"
LOG = RECORDED / "before" / "buildkit.first.rawjson"
IMAGE = SMALL / "small.oci.tar"
ROOMS = ("context", "graph", "image")
FUNCTIONS = [name for name in api.__all__ if inspect.isfunction(getattr(api, name))]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    files = {"Dockerfile": "FROM busybox\nCOPY a /\nRUN make\n", "a": "1\n"}
    place = commit(tmp_path / "repo", files)
    return commit(place, {"a": "2\n"})


# -- the words ------------------------------------------------------------------------------------------------------


def test_every_command_is_a_word_of_the_library() -> None:
    words = {*COMMANDS} - {"report"}  # a page is a method of an answer: `to_html`
    assert words <= set(FUNCTIONS)


def test_the_linter_keeps_every_command_apart() -> None:
    independent = (ROOT / "pyproject.toml").read_text().partition("Commands know nothing of each other")[2]
    listed = independent.partition("modules = [")[2].partition("]")[0]
    assert {f'"layerscope.cli.{module}"' for module, _ in COMMANDS.values()} == {
        line.strip(" ,") for line in listed.splitlines() if line.strip()
    }


def test_dir_shows_the_words_and_nothing_of_the_folders() -> None:
    shown = {name for name in dir(layerscope) if not name.startswith("_")}
    assert shown == set(api.__all__)
    assert set(layerscope.__all__) == {*api.__all__, "__version__"}
    for name in layerscope.__all__:
        assert getattr(layerscope, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = layerscope.nothing  # type: ignore[attr-defined]


def test_star_gives_the_words() -> None:
    names: dict[str, Any] = {}
    exec("from layerscope import *", names)
    assert names["simulate"] is api.simulate
    assert names["image"] is api.image


@pytest.mark.parametrize("room", ROOMS)
def test_a_word_is_the_question_whatever_was_imported(room: str) -> None:
    program = f"""
import sys, types
import layerscope
import layerscope.{room}
from layerscope import {room} as word
module = sys.modules["layerscope.{room}"]
assert isinstance(module, types.ModuleType)
assert isinstance(word, types.FunctionType) and layerscope.{room} is word
import layerscope.image.layers.memory as memory
import layerscope.context.git.command as command, layerscope.graph.options as options
from layerscope.image.open import read_image
from layerscope.context.tree import Directory
assert memory is sys.modules["layerscope.image.layers.memory"]
assert command.repository_of and options.BuildOptions is layerscope.BuildOptions
assert layerscope.image is word or layerscope.{room} is word
assert layerscope.image.open.read_image is read_image
import importlib
assert importlib.import_module("layerscope.{room}") is module
import pickle
assert pickle.loads(pickle.dumps(layerscope.{room})) is word
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_a_folder_that_is_imported_first_hides_no_word() -> None:
    program = "import layerscope.image.open, layerscope; assert layerscope.image.__doc__.startswith('What each')"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_what_is_behind_a_word_can_be_replaced_in_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    import layerscope.image.open

    own = sys.modules["layerscope.image.open"].read_image
    with monkeypatch.context() as patched:
        patched.setattr("layerscope.image.open.read_image", lambda *_, **__: "faked")
        assert layerscope.read_image("x") == "faked"  # type: ignore[comparison-overlap]
    assert sys.modules["layerscope.image.open"].read_image is own
    with monkeypatch.context() as patched:
        patched.setattr(layerscope, "image", "faked")
        assert layerscope.image == "faked"  # type: ignore[comparison-overlap]
    assert layerscope.image is api.image


def test_the_project_imports_no_folder_by_a_name_of_names() -> None:
    """`import layerscope.image.open as m` looks the word up, and the words import all of this."""
    for file in (ROOT / "layerscope").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            assert not (
                isinstance(node, ast.Import) and any(name.name.startswith("layerscope.") for name in node.names)
            )


def test_a_script_passes_a_strict_type_checker(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import layerscope\n"
        "import layerscope.image.open\n"
        "from layerscope import InputError, Side, Simulation\n"
        "from layerscope.image.open import read_image\n"
        "def ask(path: str) -> Simulation:\n"
        "    side: Side = layerscope.open_context(path)\n"
        "    return layerscope.simulate(side, layerscope.change(side, 'app.rb'))\n"
        "cost: layerscope.ImageCost = layerscope.image(read_image('x.tar'))\n"
        "print(cost.to_dict(), layerscope.graph('.').number_of_nodes(), layerscope.context('.').sent.files)\n"
        "print(layerscope.replay('.', price='$1').by_step, layerscope.__version__, InputError)\n"
        "layerscope.simulate(3)\n"
        "layerscope.nothing\n"
    )
    # The project's own settings are strict, and its cache is warm.
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    mypy = [sys.executable, "-m", "mypy", "--no-error-summary", *settings, "script.py"]
    done = subprocess.run(mypy, capture_output=True, text=True, check=False, env={"MYPYPATH": str(ROOT)}, cwd=tmp_path)
    said = [line.split(":")[1] for line in done.stdout.splitlines() if line.startswith("script.py:")]
    assert said == ["11", "12"], done.stdout + done.stderr


# -- what they take and give ------------------------------------------------------------------------------------------


def _names(annotation: ast.AST) -> Iterator[str]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            yield node.id


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_type_in_a_signature_is_exported(name: str) -> None:
    function = getattr(api, name)
    known = {*api.__all__, "str", "int", "float", "bool", "None", "tuple", "list", "object", "networkx"}
    generic = {"Callable", "Iterable", "Mapping"}
    annotations = [ast.parse(str(text), mode="eval") for text in function.__annotations__.values()]
    used = {each for annotation in annotations for each in _names(annotation)}
    assert used - generic <= known
    assert "return" in function.__annotations__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_are_of_one_form(name: str) -> None:
    function = getattr(api, name)
    text = inspect.getdoc(function)
    assert text is not None
    first, *_ = text.splitlines()
    assert first.endswith(".")
    parameters = list(inspect.signature(function).parameters)
    told = text.partition("\nArgs:\n")[2]
    for parameter in parameters:
        assert f"    {parameter}: " in told, parameter
    if function.__annotations__["return"] != "None":
        assert "\nReturns:\n" in text or name == "registry_access"


TAKES: dict[str, Callable[[Any], object]] = {
    "open_context": lambda kind: layerscope.open_context(kind(BEFORE), file=kind(BEFORE / "Dockerfile")),
    "open_sides": lambda kind: layerscope.open_sides(kind(BEFORE), after=kind(AFTER)),
    "change": lambda kind: layerscope.change(kind(BEFORE), kind("app.rb")),
    "simulate": lambda kind: layerscope.simulate(kind(BEFORE), kind(AFTER), timings=kind(LOG)).to_dict(),
    "explain": lambda kind: layerscope.explain(kind(BEFORE), kind(AFTER)).to_dict(),
    "explain_logs": lambda kind: layerscope.explain_logs(kind(LOG), kind(LOG)).to_dict(),
    "context": lambda kind: layerscope.context(kind(BEFORE)).sent,
    "compare": lambda kind: layerscope.compare(kind(BEFORE), kind(AFTER), before_timings=[kind(LOG)]).steps,
    "compare images": lambda kind: layerscope.compare(kind(IMAGE), kind(IMAGE)).steps,
    "read_image": lambda kind: layerscope.read_image(kind(IMAGE)).config_digest,
    "image": lambda kind: layerscope.image(kind(IMAGE), contents=True).size,
    "graph": lambda kind: list(layerscope.graph(kind(BEFORE))),
    "graph of an image": lambda kind: list(layerscope.graph(kind(IMAGE))),
    "build_graph": lambda kind: list(layerscope.build_graph(kind(BEFORE), kind(AFTER))),
    "read": lambda kind: layerscope.read(kind(LOG)).files,
    "timings": lambda kind: layerscope.timings([kind(LOG)]).steps,
    "demo": lambda kind: layerscope.demo(kind(SINATRA)).to_dict(),
    "build_options": lambda kind: (
        layerscope.build_options(build_contexts={"x": kind(AFTER)}, bases={"a": kind(IMAGE)}).bases
    ),
}


@pytest.mark.parametrize("question", TAKES)
def test_a_str_and_a_path_are_one(question: str) -> None:
    said = [TAKES[question](kind) for kind in (str, Path)]
    if question in {"open_context", "change"}:  # what a tree holds is functions of its own
        said = [(side.dockerfile, side.reference) for side in said]  # type: ignore[attr-defined]
    if question == "open_sides":
        said = [(sides.before.reference, sides.after.reference) for sides in said]  # type: ignore[attr-defined]
    if question == "explain_logs":
        for document in said:
            document.pop("assumptions")  # type: ignore[attr-defined]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda: layerscope.open_context(3), "a build context"),  # type: ignore[arg-type]
        (lambda: layerscope.open_context(BEFORE, file=3), "a Dockerfile"),  # type: ignore[arg-type]
        (lambda: layerscope.open_context(b"x"), "a build context"),  # type: ignore[arg-type]
        (lambda: layerscope.simulate(None), "a build context"),  # type: ignore[arg-type]
        (lambda: layerscope.simulate(BEFORE, AFTER, timings=3), "a timings file"),  # type: ignore[arg-type]
        (lambda: layerscope.simulate(BEFORE, AFTER, image=3), "an image"),  # type: ignore[arg-type]
        (lambda: layerscope.change(BEFORE, 3), "a path"),  # type: ignore[arg-type]
        (lambda: layerscope.image(3), "an image"),  # type: ignore[arg-type]
        (lambda: layerscope.read_image(["x"]), "an image"),  # type: ignore[arg-type]
        (lambda: layerscope.graph(3), "a build context or an image"),  # type: ignore[arg-type]
        (lambda: layerscope.compare(BEFORE, 3), "a build context or an image"),  # type: ignore[arg-type]
        (lambda: layerscope.replay(3), "a build context"),  # type: ignore[arg-type]
        (lambda: layerscope.registry(3), "a registry"),  # type: ignore[arg-type]
        (lambda: layerscope.read(3), "a saved output"),  # type: ignore[arg-type]
        (lambda: layerscope.timings(3), "a build log"),  # type: ignore[arg-type]
        (lambda: layerscope.demo(3), "a folder"),  # type: ignore[arg-type]
        (lambda: layerscope.build_options(bases={"a": 3}), "a base image"),  # type: ignore[dict-item]
        (lambda: layerscope.build_options(build_contexts={"a": 3}), "a named context"),  # type: ignore[dict-item]
    ],
)
def test_a_wrong_type_is_one_clear_error(ask: Callable[[], object], what: str) -> None:
    with pytest.raises(TypeError, match=rf"^{what} is named by a str or a Path, not by \w+$"):
        ask()


def test_two_sides_are_given_once() -> None:
    sides = layerscope.open_sides(BEFORE, change="app.rb")
    assert sides.paths == ("app.rb",)
    assert layerscope.simulate(sides).to_dict() == layerscope.simulate(sides.before, sides.after).to_dict()
    for ask in (layerscope.simulate, layerscope.explain, layerscope.verify, layerscope.compare):
        with pytest.raises(TypeError, match="sides"):
            ask(sides, AFTER)  # type: ignore[operator]
    for alone in (layerscope.explain, layerscope.verify, layerscope.compare):
        with pytest.raises(TypeError, match="two"):
            alone(BEFORE)  # type: ignore[operator]
    with pytest.raises(layerscope.InputError, match="one way only: --change or --since"):
        layerscope.open_sides(BEFORE, change="app.rb", since="HEAD")
    with pytest.raises(layerscope.InputError, match="not one of each"):
        layerscope.compare(BEFORE, IMAGE)
    with pytest.raises(layerscope.InputError, match="not one of each"):
        layerscope.both_contexts(IMAGE, BEFORE)
    assert layerscope.both_contexts(IMAGE, str(IMAGE)) is None
    with pytest.raises(layerscope.InputError, match="--commits and --range exclude each other"):
        layerscope.replay(BEFORE, commits=layerscope.DEFAULT_COMMITS, between="HEAD")


def test_a_graph_is_exported_as_the_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    graph = layerscope.graph(BEFORE)
    for form in ("json", "dot", "mermaid", "graphml", "html"):
        assert run.layerscope(capsys, "graph", BEFORE, "--format", form).out == layerscope.export(graph, form)
    with pytest.raises(ValueError, match="svg"):
        layerscope.export(graph, "svg")


def test_all_commits_are_a_range_too(repo: Path) -> None:
    every, last = layerscope.replay(repo, between="HEAD"), layerscope.replay(repo)
    assert every.to_dict() == last.to_dict()
    assert len(layerscope.replay(repo, commits=1).own.commits) == 1


def test_what_was_opened_once_is_not_opened_again() -> None:
    image = layerscope.read_image(IMAGE)
    costs = layerscope.read_timings(LOG)
    assert layerscope.image(image).to_dict() == layerscope.image(IMAGE).to_dict()
    assert layerscope.read_timings(costs) is costs
    sides = layerscope.open_sides(BEFORE, change="app.rb")
    named = layerscope.simulate(sides, timings=LOG, image=IMAGE)
    assert layerscope.simulate(sides, timings=costs, image=image).to_dict() == named.to_dict()


def test_a_change_is_stated_in_every_way(repo: Path, tmp_path: Path) -> None:
    def ran(**stated: Any) -> list[str]:
        sides = layerscope.open_sides(repo, **stated)
        return [step.name for step in layerscope.simulate(sides).steps if step.outcome == "rebuilt"]

    both = ["[2/3] COPY a /", "[3/3] RUN make"]
    assert ran(change=Path("a")) == ran(since="HEAD~1") == ran(remove=()) + both
    assert ran(since="HEAD") == []
    other = tmp_path / "other.df"
    other.write_text("FROM busybox\nCOPY a /\nRUN make all\n")
    assert ran(after_options=layerscope.after_options(file=other)) == ["[3/3] RUN make all"]
    saved = tmp_path / "saved.snapshot"
    layerscope.snapshot(layerscope.at_revision(repo, "HEAD~1"), saved)
    assert [s.name for s in layerscope.simulate(saved, repo).steps if s.outcome == "rebuilt"] == both


def test_the_options_of_an_after_side_are_its_own(repo: Path) -> None:
    """The side that a revision had is not built with them."""
    (repo / "Dockerfile").write_text("FROM busybox\nARG V=1\nRUN echo $V\n")
    commit(repo, {"a": "3\n"})
    own = layerscope.after_options(build_args={"V": "2"})
    sides = layerscope.open_sides(repo, since="HEAD", after_options=own)
    assert (sides.before.options.build_args, sides.after.options.build_args) == ({}, {"V": "2"})
    assert layerscope.simulate(sides).summary.rebuilt == 1


# -- how answers show themselves --------------------------------------------------------------------------------------


def answers(repo: Path) -> Iterator[layerscope.Answer]:
    sides = layerscope.open_sides(BEFORE, change="app.rb")
    yield layerscope.simulate(sides, timings=LOG)
    yield layerscope.explain(sides)
    yield layerscope.context(BEFORE)
    yield layerscope.compare(BEFORE, AFTER)
    yield layerscope.replay(repo)
    yield layerscope.replay(repo, with_file=repo / "Dockerfile", price="$1")
    yield layerscope.image(IMAGE)
    yield layerscope.read([LOG, LOG])
    yield layerscope.timings(LOG)
    yield layerscope.demo()


def test_answers_show_themselves(repo: Path) -> None:
    for answer in answers(repo):
        assert isinstance(answer, layerscope.Answer)
        text = repr(answer)
        assert len(text) <= 200
        assert text.startswith(f"<{type(answer).__name__}: ")
        assert "\n" not in text
        assert answer.to_dict()["schema_version"] == 1
        shown = answer._repr_html_()
        assert shown is not None
        assert ("<table>" in shown) is bool(answer.statement().tables)
        assert "<script" not in shown
        assert answer.to_html().startswith("<!DOCTYPE html>")


class _Frames(types.ModuleType):
    """Stands in for pandas: what a frame is made of."""

    @staticmethod
    def DataFrame(rows: list[dict[str, Any]], columns: list[str]) -> tuple[list[dict[str, Any]], list[str]]:  # noqa: N802
        return rows, columns


def test_rows_become_a_frame(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", _Frames("pandas"))
    sides = layerscope.open_sides(BEFORE, change="app.rb")
    rows, columns = layerscope.simulate(sides, timings=LOG).to_frame()
    assert columns[:3] == ["name", "stage", "line"]
    assert isinstance(rows[1]["cost_seconds"], float)
    assert rows[0]["outcome"] == "cached"
    history = layerscope.replay(repo)
    assert [row["subject"] for row in history.to_frame()[0]] == [c.built.subject for c in history.commits]
    assert {"name", "share"} <= set(history.to_frame("by_step")[1])
    with pytest.raises(KeyError, match="no rows 'nothing': it has commits"):
        history.to_frame("nothing")
    for answer in answers(repo):
        found, names = answer.to_frame()
        assert names
        assert all(set(row) <= set(names) for row in found)


def test_without_pandas_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pandas is not installed"):
        layerscope.context(BEFORE).to_frame()


def test_answers_can_be_sent_to_another_process() -> None:
    answer = layerscope.image(IMAGE, files=False)
    assert pickle.loads(pickle.dumps(answer)) == answer
