"""The figures that estimates are reckoned with, and how a user gives others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from layerscope.docker.sizes import printed_bytes
from layerscope.errors import InputError
from layerscope.values import Value, replace


class Rates(Value):
    """The figures estimates are made of, for a small cloud machine with a warm package mirror near by.

    They are orders of magnitude, good to compare orders of steps, not to promise minutes.
    """

    step_seconds: float = 0.05
    """What any step costs at least: preparing and committing its layer."""
    copy_bytes_per_second: float = 150e6
    """COPY and ADD of files: read, checksummed, written."""
    download_bytes_per_second: float = 20e6
    """ADD of a URL."""
    unknown_copy_seconds: float = 0.5
    """COPY and ADD of bytes that nobody knows: out of a stage or an image."""
    container_seconds: float = 0.3
    """Starting and ending a RUN's container; all that a trivial command (mkdir, chmod, echo) costs."""
    index_update_seconds: float = 6.0
    """Fetching a distribution's package lists: apt-get update, dnf makecache."""
    system_install_seconds: float = 25.0
    """Installing distribution packages: apt-get install, dnf, yum, zypper, pacman."""
    apk_add_seconds: float = 4.0
    """Installing Alpine packages, which are small."""
    language_install_seconds: float = 30.0
    """Installing an application's dependencies: npm ci, pip install, bundle install, composer install."""
    module_download_seconds: float = 15.0
    """Only fetching them: go mod download, cargo fetch, mvn dependency:go-offline."""
    compile_seconds: float = 60.0
    """Building a program: make, go build, cargo build, mvn package, npm run build, dotnet publish."""
    unknown_run_seconds: float | None = None
    """A RUN of a program that no rule knows; without a figure it stays unknown."""


DEFAULT_RATES = Rates()


def read_rates(given: Iterable[str]) -> Rates:
    """The rates with those a user gives on top: `KEY=VALUE` each, or a file of such lines; later ones count.

    A line of a file may be blank or a comment (`#`). Bytes may be written as `150MB`. Raises InputError.
    """
    rates = DEFAULT_RATES
    for text in given:
        if text.partition("=")[0].strip() in Rates.__struct_fields__:
            rates = _with(rates, text, text, None)
        elif "=" in text and not Path(text).exists():
            raise InputError(f"--rates: {_KEYS}", text)
        else:
            for number, line in enumerate(_lines(text), 1):
                stated = line.partition("#")[0].strip()
                if stated:
                    rates = _with(rates, stated, text, number)
    return rates


_KEYS = f"a rate is KEY=VALUE; the keys are {', '.join(Rates.__struct_fields__)}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"--rates: cannot be read: {error.strerror or error}", path) from None
    except ValueError:  # a NUL in the path, or bytes that are no text
        raise InputError("--rates: is no text file", path) from None


def _with(rates: Rates, stated: str, file: str, line: int | None) -> Rates:
    key, equals, value = (part.strip() for part in stated.partition("="))
    if not equals or key not in Rates.__struct_fields__:
        raise InputError(f"--rates: {_KEYS}", file, line)
    figure = _figure(value) if key.endswith("_bytes_per_second") else _number(value)
    if figure is None or not 0 <= figure < 1e15 or (figure == 0 and key.endswith("_bytes_per_second")):
        kind = "bytes, as 150MB or 1.5e8" if key.endswith("_bytes_per_second") else "seconds"
        raise InputError(f"--rates: {key} takes a number of {kind}, not {value!r}", file, line)
    return replace(rates, **{key: figure})


def _figure(text: str) -> float | None:
    size = printed_bytes(text.removesuffix("/s"))
    return float(size) if size is not None else _number(text)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
