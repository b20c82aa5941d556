"""Whole processes timed in turn, A B A B …, so that a drifting machine drifts for both."""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """CPU seconds (user + system) of each run."""

    cpu: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.cpu)


@dataclass(frozen=True)
class Usage:
    """What one run took. cpu: seconds, user + system; peak_mib: of memory, of its largest process."""

    cpu: float
    peak_mib: float


def cpu_seconds(command: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """What one run costs the processor, children included; its output is thrown away. Raises where it fails."""
    return usage(command, environment).cpu


def usage(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Usage:
    """As `cpu_seconds`, with the memory it took (Linux counts that in KiB)."""
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=silent, stderr=silent, env=environment) as process:
        _, status, taken = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Usage(taken.ru_utime + taken.ru_stime, taken.ru_maxrss / 1024)


def interleaved(commands: dict[str, Sequence[str]], runs: int) -> dict[str, Figures]:
    """Each command `runs` times in turn, after one run that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            seconds = cpu_seconds(command)
            if number:
                taken[name].append(seconds)
    return {name: Figures(tuple(figures)) for name, figures in taken.items()}
