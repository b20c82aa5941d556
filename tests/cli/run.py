"""Runs the command line in this process and keeps what it prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from layerscope.cli.app import run


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.out)
        return value


def layerscope(capsys: pytest.CaptureFixture[str], *words: object) -> Done:
    capsys.readouterr()
    status = run([str(word) for word in words])
    captured = capsys.readouterr()
    return Done(status, captured.out, captured.err)
