"""Start-up against an empty command of the pinned typer: the floor no command of ours can go below."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.pairs import interleaved

RUNS = 15
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
    before = Path(__file__).parent.parent / "fixtures" / "sinatra" / "before"
    program = "from layerscope.cli.entry import main; main()"
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(_EMPTY)
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "empty typer command": [sys.executable, str(empty), "a"],
            "layerscope --version": [sys.executable, "-c", program, "--version"],
            "layerscope --help": [sys.executable, "-c", program, "--help"],
            "layerscope simulate --format json": [
                *(sys.executable, "-c", program, "simulate", str(before), "--change", "app.rb", "--format", "json")
            ],
            "layerscope simulate (table)": [
                *(sys.executable, "-c", program, "simulate", str(before), "--change", "app.rb")
            ],
        }
        figures = interleaved(commands, RUNS)
    floor = figures["empty typer command"].median
    print(f"start-up, CPU of the whole process, median of {RUNS} interleaved runs")
    for name, figure in figures.items():
        spread = f"({min(figure.cpu) * 1000:.0f}-{max(figure.cpu) * 1000:.0f})"
        print(f"  {name:36} {figure.median * 1000:6.0f} ms {spread:>10}  x {figure.median / floor:.2f}")
