"""What a step may cost when nobody measured it: by the kind of work and the bytes it handles.

Only kinds of work with a rule get a figure. A RUN of an unknown program may take a millisecond or an hour,
so it gets none, unless the user gives one, and the report says so.
"""

from __future__ import annotations

import re

from layerscope.cost.model import UNKNOWN_COST, Bytes, Cost, Costs, unknown_bytes
from layerscope.cost.rates import DEFAULT_RATES, Rates
from layerscope.docker.step_names import parse_step_name
from layerscope.figures import Source
from layerscope.values import replace

_TRIVIAL = "trivial"
_INDEX, _SYSTEM, _APK = "index_update_seconds", "system_install_seconds", "apk_add_seconds"
_LANGUAGE, _MODULES, _COMPILE = "language_install_seconds", "module_download_seconds", "compile_seconds"

_APT = {
    **dict.fromkeys(("install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep"), _SYSTEM),
    **dict.fromkeys(("clean", "autoclean", "autoremove", "remove", "purge"), _TRIVIAL),
    "update": _INDEX,
}
_DNF = {
    **dict.fromkeys(("install", "upgrade", "update", "groupinstall", "reinstall"), _SYSTEM),
    **dict.fromkeys(("clean", "remove", "autoremove"), _TRIVIAL),
    "makecache": _INDEX,
}
_NODE = {
    **dict.fromkeys(("ci", "i", "install", "add"), _LANGUAGE),
    **dict.fromkeys(("build", "run build"), _COMPILE),
    **dict.fromkeys(("config", "cache clean"), _TRIVIAL),
    "fetch": _MODULES,
}
_PYTHON = {"install": _LANGUAGE, "sync": _LANGUAGE, "download": _MODULES}
_JVM = {"": _COMPILE, "*": _COMPILE, "dependency:go-offline": _MODULES, "dependency:resolve": _MODULES}
_MAKE = {"": _COMPILE, "*": _COMPILE, "clean": _TRIVIAL}
_COMPILER = {"*": _COMPILE}
_CONDA = dict.fromkeys(("install", "create", "env"), _LANGUAGE)
_BUNDLE = {
    "": _LANGUAGE,
    "install": _LANGUAGE,
    "config": _TRIVIAL,
    "exec rake assets:precompile": _COMPILE,
    "exec rails assets:precompile": _COMPILE,
}
_CHEAP = {"": _TRIVIAL, "*": _TRIVIAL}

# Programs and what their first words without options make of a command: the longest that is known counts,
# "*" stands for any, "" for none. What is not here has no rule.
_WORK: dict[str, dict[str, str]] = {
    **dict.fromkeys(("apt-get", "apt", "aptitude"), _APT),
    **dict.fromkeys(("dnf", "yum", "microdnf", "tdnf", "zypper"), _DNF),
    "apk": {"update": _INDEX, "add": _APK, "upgrade": _APK, "del": _TRIVIAL},
    **dict.fromkeys(("npm", "pnpm", "bun"), _NODE),
    "yarn": {**_NODE, "": _LANGUAGE},
    **dict.fromkeys(("pip", "pip3", "pipx", "pipenv", "poetry"), _PYTHON),
    "uv": {"pip install": _LANGUAGE, "pip sync": _LANGUAGE, "sync": _LANGUAGE},
    **dict.fromkeys(("conda", "mamba"), _CONDA),
    **dict.fromkeys(("bundle", "bundler"), _BUNDLE),
    "gem": {"install": _LANGUAGE},
    "composer": {"install": _LANGUAGE, "update": _LANGUAGE},
    "mix": {"deps.get": _LANGUAGE, "compile": _COMPILE, "release": _COMPILE},
    "go": {
        "mod download": _MODULES,
        "mod vendor": _MODULES,
        "get": _LANGUAGE,
        "install": _LANGUAGE,
        "build": _COMPILE,
        "test": _COMPILE,
    },
    "cargo": {"fetch": _MODULES, "install": _LANGUAGE, "build": _COMPILE, "test": _COMPILE},
    "dotnet": {"restore": _MODULES, "build": _COMPILE, "publish": _COMPILE, "test": _COMPILE},
    **dict.fromkeys(("mvn", "mvnw", "gradle", "gradlew"), _JVM),
    **dict.fromkeys(("make", "gmake", "ninja"), _MAKE),
    **dict.fromkeys(("gcc", "g++", "cc", "c++", "clang", "clang++", "rustc", "javac", "tsc"), _COMPILER),
    **dict.fromkeys(
        (
            *("mkdir", "chmod", "chown", "ln", "mv", "cp", "rm", "rmdir", "touch", "echo", "printf", "cd"),
            *("true", ":", "set", "export", "test", "[", "id", "ls", "cat", "sed", "useradd", "adduser"),
            *("groupadd", "addgroup", "usermod", "pwd", "date", "uname", "which", "ldconfig"),
        ),
        _CHEAP,
    ),
}
# Options whose value is a word of its own, seen before a verb: `apt-get -o X=y install`, `npm --prefix app ci`.
_VALUED = frozenset({"-o", "-t", "-c", "-C", "-f", "--prefix", "--cwd", "--directory"})
_SEPARATOR = re.compile(r"&&|\|\||[;|\n&]")
_FLAGS = re.compile(r"(?:--[a-z][a-z-]*(?:=\S+)?\s+)*")
_WRAPPER = re.compile(r"(?:(?:[A-Za-z_]\w*=\S*|sudo|exec|time|nice|env|command)(?:\s+|$))*")
_REDIRECTION = re.compile(r"\d?[<>]{1,2}\s*(?:&[\d-]|[^\s;&|]+)|&>\s*\S+")
_SUBSTITUTION = re.compile(r"`|\$\(|<<")
_COPYING = frozenset({"COPY", "ADD"})


def estimate(instruction: str, text: str, bytes_read: int | None, rates: Rates = DEFAULT_RATES) -> Cost:
    """An estimate of what a step costs when it runs, with source `estimated`; UNKNOWN_COST without a basis.

    Args:
        instruction: its keyword (`RUN`).
        text: what stands after the keyword, or the whole instruction.
        bytes_read: bytes it copies, or downloads for an ADD of a URL; `None` if unknown.
        rates: the figures to reckon with.

    A download needs the bytes. A RUN is the sum of its commands, each of which must be of a known
    kind, or what the rates say of unknown ones.
    FROM has no estimate: whether a base is pulled is not a matter of the Dockerfile.
    """
    keyword = instruction.upper()
    body = re.sub(rf"^\s*{re.escape(instruction)}\s+", "", text, flags=re.IGNORECASE).strip()
    if keyword in _COPYING:
        remote = keyword == "ADD" and re.search(r"(?:^|\s)(?:https?|ftp)://", body)
        if bytes_read is None:
            return UNKNOWN_COST if remote else _estimated(rates.unknown_copy_seconds)
        rate = rates.download_bytes_per_second if remote else rates.copy_bytes_per_second
        return _estimated(rates.step_seconds + bytes_read / rate)
    if keyword == "RUN":
        seconds = _run_seconds(_FLAGS.sub("", body, count=1), rates)
        if seconds is None:
            seconds = rates.unknown_run_seconds
        return UNKNOWN_COST if seconds is None else _estimated(seconds)
    return UNKNOWN_COST if keyword == "FROM" else _estimated(rates.step_seconds)


def with_estimates(measured: Costs, rates: Rates = DEFAULT_RATES) -> Costs:
    """Costs that estimate what was not measured, and say so in their source."""

    def costs(name: str, handled: Bytes = unknown_bytes, platform: str = "", /) -> Cost:
        known = measured(name, handled, platform)
        if known.known:
            return known
        step = parse_step_name(name)
        found = estimate(step.keyword, step.instruction, handled() if step.keyword in _COPYING else None, rates)
        return replace(found, assumption=known.assumption)

    return costs


def _run_seconds(command: str, rates: Rates) -> float | None:
    """The sum over the commands of a shell line; `None` if one is of no known kind, or hides others."""
    # The exec form is one command; a substitution or heredoc holds commands this split would not see.
    line = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', command)) if command.startswith("[") else command
    if _SUBSTITUTION.search(line):
        return None
    # What stands in quotes is an argument: a separator within it is none.
    line = re.sub(r"\"[^\"]*\"|'[^']*'", "_", line.replace("\\\n", " "))
    line = _REDIRECTION.sub(" ", line)
    commands = [part.strip() for part in _SEPARATOR.split(line) if part.strip()]
    known = [_command_seconds(part, rates) for part in commands]
    if not known or None in known:
        return None
    return rates.container_seconds + sum(figure for figure in known if figure is not None)


def _command_seconds(command: str, rates: Rates) -> float | None:
    words = _WRAPPER.sub("", command, count=1).split()
    if words[1:2] == ["-m"] and words[0].startswith("python"):
        words = words[2:]
    if not words:
        return 0.0  # assignments only
    rules = _WORK.get(words[0].rpartition("/")[2])
    if rules is None:
        return None
    verbs = _verbs(words[1:])
    for length in range(min(3, len(verbs)), 0, -1):
        if rate := rules.get(" ".join(verbs[:length])):
            return _figure(rate, rates)
    rate = rules.get("*" if verbs else "")
    return _figure(rate, rates) if rate else None


def _verbs(words: list[str]) -> list[str]:
    """The words that are no options; of `install a b` the first is what counts, so later values do no harm."""
    verbs = []
    skip = False
    for word in words:
        if not skip and not word.startswith("-"):
            verbs.append(word)
        skip = not skip and word in _VALUED
    return verbs


def _figure(rate: str, rates: Rates) -> float:
    return 0.0 if rate == _TRIVIAL else float(getattr(rates, rate))


def _estimated(seconds: float) -> Cost:
    return Cost(round(seconds, 3), Source.ESTIMATED)
