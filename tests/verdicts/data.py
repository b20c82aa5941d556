"""The data files, one for each release of BuildKit that was asked: one verdict a line."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def releases() -> list[str]:
    """Those that were asked."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def read_verdicts(release: str) -> list[tuple[str, bool]]:
    """Each instruction, and whether that BuildKit built it."""
    rows = [line.partition("\t") for line in (FOLDER / f"{release}.txt").read_text().splitlines()]
    return [(text, verdict == "built") for verdict, _, text in rows]


def write_verdicts(release: str, rows: list[tuple[str, bool]]) -> None:
    text = "".join(f"{'built' if built else 'refused'}\t{text}\n" for text, built in rows)
    (FOLDER / f"{release}.txt").write_text(text)


def dockerfile(text: str) -> str:
    body = text.replace("\\n", "\n")
    return ("" if body.startswith(("FROM", "#")) else "FROM busybox\n") + body + "\nCOPY a /\n"
