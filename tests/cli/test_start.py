"""Start-up stays cheap, and the help page tells what the commands themselves tell."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
import typer
from fixtures_path import SINATRA
from run import layerscope

from layerscope.cli.app import app
from layerscope.cli.group import COMMANDS
from layerscope.version import __version__

HEAVY = ("networkx", "plotly", "docker", "rich", "pydantic", "requests", "zstandard", "isal", "tarfile")


def _imported(*words: str) -> set[str]:
    return {name for name in _modules(*words) if "." not in name}


def _modules(*words: str) -> set[str]:
    program = (
        "import sys; from layerscope.cli.app import run; "
        f"sys.stdout = open('/dev/null', 'w'); run({list(words)!r}); "
        "print(' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), ("simulate", "--help")],
)
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    assert not _imported(*words) & set(HEAVY)


def test_simulate_as_json_imports_nothing_heavy() -> None:
    words = ("simulate", str(SINATRA / "before"), "--change", "app.rb", "--format", "json")
    assert not _imported(*words) & set(HEAVY)


@pytest.mark.parametrize(
    ("output", "left_out"),
    [("json", {"html", "text", "markdown", "cells", "outcomes"}), ("table", {"html", "json", "markdown"})],
)
def test_a_format_imports_no_other(output: str, left_out: set[str]) -> None:
    words = ("simulate", str(SINATRA / "before"), "--change", "app.rb", "--format", output)
    assert not _modules(*words) & {f"layerscope.report.{name}" for name in left_out}


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert layerscope(capsys, "--version").out == f"layerscope {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_page_says_what_the_command_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    summary = COMMANDS[name][1]
    assert summary in layerscope(capsys, "--help").out.replace("\n" + " " * 12, " ")
    own = " ".join(layerscope(capsys, name, "--help").out.split())
    assert summary in own


@pytest.mark.parametrize("name", [n for n in COMMANDS if n not in {"demo", "report", "timings"}])
def test_every_answering_command_has_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Examples:" in layerscope(capsys, name, "--help").out


@pytest.mark.parametrize("name", [n for n in COMMANDS if n not in {"report", "timings"}])
def test_every_argument_and_option_has_help(name: str) -> None:
    command = typer.main.get_command(import_module(f"layerscope.cli.{COMMANDS[name][0]}").app)
    silent = {parameter.name for parameter in command.params if not getattr(parameter, "help", None)}
    assert silent <= {"fixtures"}  # an option for those who record them


def test_completion_is_there() -> None:
    assert app.info.name == "layerscope"
    done = subprocess.run(
        [sys.executable, "-m", "layerscope", "--show-completion", "bash"], capture_output=True, text=True, check=False
    )
    assert "_LAYERSCOPE_COMPLETE" in done.stdout or "layerscope" in done.stdout
