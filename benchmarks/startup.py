"""Start-up against an empty command of the pinned typer: the floor no command of ours can go below."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.pairs import interleaved

RUNS = 15
FILES = 200  # of the small context
_EMPTY = """
import typer

app = typer.Typer(rich_markup_mode=None)

@app.command()
def a() -> None: ...

@app.command()
def b() -> None: ...

app()
"""


def run() -> None:
    """Print the table."""
    root = Path(__file__).parent.parent
    program = [sys.executable, "-c", "from layerscope.cli.entry import main; main()"]
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(_EMPTY)
        small = _small_context(Path(folder) / "small", root / "fixtures" / "sinatra" / "before")
        simulate = [*program, "simulate", str(small), "--change", "app.rb"]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "empty typer command": [sys.executable, str(empty), "a"],
            "layerscope --version": [*program, "--version"],
            "layerscope --help": [*program, "--help"],
            f"simulate, {FILES} files, as JSON": [*simulate, "--format", "json"],
            f"simulate, {FILES} files, as a table": simulate,
        }
        figures = interleaved(commands, RUNS)
    floor = figures["empty typer command"].median
    print(f"start-up, CPU of the whole process, median of {RUNS} interleaved runs")
    for name, figure in figures.items():
        spread = f"({min(figure.cpu) * 1000:.0f}-{max(figure.cpu) * 1000:.0f})"
        print(f"  {name:36} {figure.median * 1000:6.0f} ms {spread:>10}  x {figure.median / floor:.2f}")


def _small_context(folder: Path, story: Path) -> Path:
    for name in ("Dockerfile", "Gemfile", "Gemfile.lock", "app.rb"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((story / name).read_bytes())
    for number in range(FILES - 4):
        path = folder / f"lib{number % 10}" / f"part{number}.rb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# part {number}\n" * (number % 40))
    return folder
