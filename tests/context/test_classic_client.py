"""What the classic client sends of a directory: which ignored directories it enters, and what its engine removes."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import write

from layerscope.context.paths import files_below
from layerscope.context.tree import Directory, File, ImpliedDirectory
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions
from layerscope.inputs.contexts import open_context

FILES = {
    "top.rb": "",
    "src/a.rb": "",
    "src/a.txt": "",
    "src/in/b.rb": "",
    "lib/c.rb": "",
    "docker/Own": "FROM busybox\n",
}


def sent(root: Path, rules: str, file: str = "Dockerfile", builder: str = "classic") -> Directory:
    write(root, {**FILES, "Dockerfile": "FROM busybox\n", ".dockerignore": rules})
    return open_context(root, file=root / file, options=BuildOptions(builder=builder)).sent


def names(tree: Directory) -> list[str]:
    return [path for path, _ in files_below(tree)]


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ("*\n!**/*.rb\n", ["top.rb"]),
        ("*\n!src/*.rb\n", ["src/a.rb"]),
        ("*\n!src/in/*.rb\n!**/*.rb\n", ["src/a.rb", "src/in/b.rb", "top.rb"]),
        ("*\n!./src/\nsrc/in\n!src/i*/b.rb\n", ["src/a.rb", "src/a.txt"]),
        ("*\n!s*\n", ["src/a.rb", "src/a.txt", "src/in/b.rb"]),
        ("src\n!src/in\nlib\ndocker\n*.rb\nDockerfile\n.dockerignore\n", ["src/in/b.rb"]),
    ],
)
def test_a_directory_is_entered_where_an_exception_begins_with_its_name(
    rules: str, left: list[str], tmp_path: Path
) -> None:
    assert names(sent(tmp_path, rules)) == left


def test_the_rules_of_one_builder_are_not_the_others(tmp_path: Path) -> None:
    everything = ["lib/c.rb", "src/a.rb", "src/in/b.rb", "top.rb"]
    assert names(sent(tmp_path, "*\n!**/*.rb\n", builder="buildkit")) == everything


def test_a_directory_that_is_entered_has_no_entry(tmp_path: Path) -> None:
    tree = sent(tmp_path, "src\n!src/in/*.rb\n")
    source, inner = tree.children["src"], tree.children["src"].children["in"]  # type: ignore[union-attr]
    assert isinstance(source, ImpliedDirectory)
    assert isinstance(inner, ImpliedDirectory)
    assert not isinstance(tree.children["lib"], ImpliedDirectory)


def test_a_dockerfile_in_an_ignored_directory_leads_into_it(tmp_path: Path) -> None:
    tree = sent(tmp_path, "docker\n", "docker/Own")
    assert isinstance(tree.children["docker"], ImpliedDirectory)
    assert tree.children["docker"].children == {}
    write(tmp_path, {"docker/x.rb": ""})
    tree = sent(tmp_path, "*\n!**/*.rb\n", "docker/Own")
    assert names(tree) == ["docker/x.rb", "top.rb"]


def test_a_dockerfile_that_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"src/[x]/Own": "FROM busybox\n"})
    for rules, file in (("**/src\n!**/docker\n", "src/Own"), ("src\n", "src/[x]/Own")):
        write(tmp_path, {"src/Own": "FROM busybox\n"})
        with pytest.raises(InputError, match="cannot locate it"):
            sent(tmp_path, rules, file)


def test_links_to_the_rules_lead_inside_for_the_engine(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "Dockerfile": "FROM busybox\n"})
    (tmp_path / ".dockerignore").symlink_to(".rules")
    left = {
        "Dockerfile\n.dockerignore\n": {".dockerignore"},
        "Dockerfile\n.rules\n": {"Dockerfile", ".dockerignore"},  # which lead nowhere in the archive
        "Dockerfile\n": {".dockerignore", ".rules"},
    }
    for rules, there in left.items():
        (tmp_path / ".rules").write_text(rules)
        tree = open_context(tmp_path, options=BuildOptions(builder="classic")).sent
        assert {"Dockerfile", ".dockerignore", ".rules"} & tree.children.keys() == there


def test_a_dockerfile_outside_makes_every_copy_of_the_rules_new(tmp_path: Path) -> None:
    write(tmp_path, {"app/.dockerignore": "*.log\n", "app/a": "", "own/Dockerfile": "FROM busybox\n"})
    for builder, same in (("classic", False), ("buildkit", True)):
        first, second = (
            open_context(
                tmp_path / "app", file=tmp_path / "own" / "Dockerfile", options=BuildOptions(builder=builder)
            ).sent.children[".dockerignore"]
            for _ in range(2)
        )
        assert isinstance(first, File)
        assert isinstance(second, File)
        assert first.has_bytes_of(second) is same
