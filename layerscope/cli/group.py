"""Commands by name, each module imported only when its command is run."""

from __future__ import annotations

from importlib import import_module

import click
import typer
from typer.core import TyperGroup

# Name → module and one-line help, in the order of the help page; a test holds them against the commands themselves.
COMMANDS = {
    "demo": ("demo", "Tell the whole story on shipped input: no engine, no network."),
    "simulate": ("simulate", "Say which steps a rebuild would re-run, and why."),
    "explain": ("explain", "Say why a step re-runs, down to the file or line at fault."),
    "verify": ("verify", "Build before and after on a running engine, and hold the prediction against what it did."),
    "context": ("context", "Say which files each step reads, and what is sent for nothing."),
    "compare": ("compare", "Hold two build contexts or two images against each other."),
    "replay": ("replay", "Say what each commit of the history would have re-run, and what it cost."),
    "image": ("image", "Say what each instruction of an image costs in bytes."),
    "registry": ("registry", "Say what a registry's bytes are for: shared, unique per image, needed by nobody."),
    "graph": ("graph", "Export the layer graph: json, dot, mermaid, graphml or html."),
    "report": ("report", "Write an answer as one self-contained HTML file."),
    "read": ("read", "Say what saved output of Docker's tells: build logs, histories, images, pushes, pulls, caches."),
    "timings": ("timings", "Turn builds into seconds per step: from their logs, or while they run."),
}


class LazyGroup(TyperGroup):
    """Lists all commands without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"layerscope.cli.{COMMANDS[cmd_name][0]}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])
