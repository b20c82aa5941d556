"""What a step may cost when nobody measured it: by the kind of work and the bytes it handles.

Only kinds of work with a rule get a figure. A RUN of an unknown program may take a millisecond or an hour,
so it gets none, and the report says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from layerscope.cost.model import UNKNOWN_COST, Cost


@dataclass(frozen=True)
class Rates:
    """The figures estimates are made of, for a small cloud machine with a warm package mirror near by.

    They are orders of magnitude, good to compare orders of steps, not to promise minutes.
    """

    step_seconds: float = 0.05
    """What any step costs at least: preparing and committing its layer."""
    copy_bytes_per_second: float = 150e6
    """COPY and ADD of files: read, checksummed, written."""
    download_bytes_per_second: float = 20e6
    """ADD of a URL."""
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


DEFAULT_RATES = Rates()

# Options between a program and its verb (`apt-get -qq -y install`), with a value or not.
_OPTIONS = r"(?:\s+-[^\s;&|]+)*\s+"
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (rate, re.compile(pattern))
    for rate, pattern in (
        (
            "index_update_seconds",
            rf"(?:apt-get|apt|aptitude|apk){_OPTIONS}update\b|(?:dnf|yum|microdnf){_OPTIONS}makecache\b",
        ),
        (
            "system_install_seconds",
            rf"(?:apt-get|apt|aptitude|dnf|yum|microdnf|zypper|tdnf){_OPTIONS}"
            r"(?:install|upgrade|dist-upgrade|full-upgrade|groupinstall|update)\b|pacman\s+-S|debootstrap\s",
        ),
        ("apk_add_seconds", rf"apk{_OPTIONS}(?:add|upgrade)\b"),
        (
            "module_download_seconds",
            rf"go{_OPTIONS}mod{_OPTIONS}(?:download|vendor)\b|cargo{_OPTIONS}fetch\b|dotnet{_OPTIONS}restore\b"
            r"|(?:mvn|\./mvnw)\s.*\bdependency:|(?:npm|pnpm)\s+fetch\b",
        ),
        (
            "language_install_seconds",
            rf"(?:npm|pnpm|bun){_OPTIONS}(?:ci|i|install|add)\b|yarn(?:{_OPTIONS}(?:install|add)\b|\s*$)"
            rf"|(?:python[\d.]*\s+-m\s+)?(?:pip[\d.]*|pipx|uv\s+pip){_OPTIONS}install\b|uv{_OPTIONS}sync\b"
            rf"|poetry{_OPTIONS}install\b|pipenv{_OPTIONS}(?:install|sync)\b|conda{_OPTIONS}(?:install|create|env)\b"
            rf"|bundle(?:r)?(?:{_OPTIONS}install\b|\s*$)|gem{_OPTIONS}install\b|composer{_OPTIONS}(?:install|update)\b"
            rf"|mix{_OPTIONS}deps\.get\b|cpanm?\s|go{_OPTIONS}(?:install|get)\b|cargo{_OPTIONS}install\b",
        ),
        (
            "compile_seconds",
            rf"(?:g?make|ninja)\b(?!{_OPTIONS}clean\b)|go{_OPTIONS}(?:build|test)\b|cargo{_OPTIONS}(?:build|test)\b"
            rf"|(?:mvn|\./mvnw|gradle|\./gradlew)\s|dotnet{_OPTIONS}(?:build|publish|test)\b"
            rf"|(?:npm|pnpm|yarn|bun){_OPTIONS}(?:run\s+)?build\b|(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|rustc|javac|tsc)\s"
            rf"|cmake{_OPTIONS}--build\b|mix{_OPTIONS}(?:compile|release)\b|(?:bundle\s+exec\s+)?ra(?:ke|ils)\s+assets:precompile\b",
        ),
        (
            "trivial",
            r"(?:mkdir|chmod|chown|ln|mv|cp|rm|rmdir|touch|echo|printf|cd|true|:|set|export|test|\[|id|ls|cat|sed|"
            r"useradd|adduser|groupadd|addgroup|usermod|install|pwd|date|uname|env|which|whoami)(?:\s|$)"
            rf"|(?:apt-get|apt|apk|dnf|yum){_OPTIONS}(?:clean|autoclean|autoremove|del|remove|purge)\b|ldconfig\b",
        ),
    )
)
_SEPARATOR = re.compile(r"&&|\|\||[;|\n&]")
_FLAGS = re.compile(r"(?:--[a-z][a-z-]*(?:=\S+)?\s+)*")
_WRAPPER = re.compile(r"(?:(?:[A-Za-z_]\w*=\S*|sudo|exec|time|nice|env|command)\s+)+")
_SUBSTITUTION = re.compile(r"`|\$\(|<<")
_COPYING = frozenset({"COPY", "ADD"})


def estimate(instruction: str, text: str, bytes_read: int | None, rates: Rates = DEFAULT_RATES) -> Cost:
    """An estimate of what a step costs when it runs, with source `estimated`; UNKNOWN_COST without a basis.

    Args:
        instruction: its keyword (`RUN`).
        text: what stands after the keyword, or the whole instruction.
        bytes_read: bytes it copies, or downloads for an ADD of a URL; `None` if unknown.
        rates: the figures to reckon with.

    COPY and ADD need the bytes. A RUN is the sum of its commands, each of which must be of a known kind.
    FROM has no estimate: whether a base is pulled is not a matter of the Dockerfile.
    """
    keyword = instruction.upper()
    body = re.sub(rf"^\s*{re.escape(instruction)}\s+", "", text, flags=re.IGNORECASE).strip()
    if keyword in _COPYING:
        if bytes_read is None:
            return UNKNOWN_COST
        remote = keyword == "ADD" and re.search(r"(?:^|\s)(?:https?|ftp)://", body)
        rate = rates.download_bytes_per_second if remote else rates.copy_bytes_per_second
        return _estimated(rates.step_seconds + bytes_read / rate)
    if keyword == "RUN":
        seconds = _run_seconds(_FLAGS.sub("", body, count=1), rates)
        return UNKNOWN_COST if seconds is None else _estimated(seconds)
    return UNKNOWN_COST if keyword == "FROM" else _estimated(rates.step_seconds)


def _run_seconds(command: str, rates: Rates) -> float | None:
    """The sum over the commands of a shell line; `None` if one is of no known kind, or hides others."""
    # The exec form is one command; a substitution or heredoc holds commands this split would not see.
    line = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', command)) if command.startswith("[") else command
    if _SUBSTITUTION.search(line):
        return None
    # What stands in quotes is an argument: a separator within it is none.
    line = re.sub(r"\"[^\"]*\"|'[^']*'", "_", line.replace("\\\n", " "))
    commands = [part.strip() for part in _SEPARATOR.split(line) if part.strip()]
    known = [_command_seconds(part, rates) for part in commands]
    if not known or None in known:
        return None
    return rates.container_seconds + sum(figure for figure in known if figure is not None)


def _command_seconds(command: str, rates: Rates) -> float | None:
    command = _WRAPPER.sub("", command, count=1) if _WRAPPER.match(command) else command
    for rate, pattern in _RULES:
        if pattern.match(command):
            return 0.0 if rate == "trivial" else float(getattr(rates, rate))
    return None


def _estimated(seconds: float) -> Cost:
    return Cost(round(seconds, 3), "estimated")
