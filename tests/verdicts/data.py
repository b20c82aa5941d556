"""The data file: one verdict a line."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "instructions.txt"


def read_verdicts() -> list[tuple[str, bool]]:
    """Each instruction, and whether the engine built it."""
    rows = [line.partition("\t") for line in FILE.read_text().splitlines()]
    return [(text, verdict == "built") for verdict, _, text in rows]


def dockerfile(text: str) -> str:
    body = text.replace("\\n", "\n")
    return ("" if body.startswith(("FROM", "#")) else "FROM busybox\n") + body + "\nCOPY a /\n"
