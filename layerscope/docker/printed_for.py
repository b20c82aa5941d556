"""Whose a row of BuildKit's is, where a log is of several platforms, bake targets or compose services."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from layerscope.docker.platforms import printed_platform
from layerscope.docker.step_names import printed_words

# What a build loads under its own label; bake's `[internal] load local bake definitions` is of no build.
_INTERNAL = re.compile(r"\[([^\[\]]* )?internal\] load (?:build definition|metadata|\.dockerignore|build context)")
_SYSTEMS = frozenset({"linux", "windows", "darwin", "freebsd"})


class PrintedFor(NamedTuple):
    """`[web linux/amd64->arm64 build 2/3]`: the target of bake or compose, and the platform that the step is built for,
    the one after `->` where there is one; "" where none is printed.

    alone: the platform is not that of the stage, so the step cannot be one of other platforms, too.
    """

    target: str
    platform: str
    alone: bool = False


def printed_for(name: str, targets: Collection[str]) -> PrintedFor:
    """Whose a step's row is. targets: the names that this log's rows begin with; none in a log of a single build."""
    words = printed_words(name) or ()
    target = words[0] if words and words[0] in targets else ""
    platform = next((word for word in words if "/" in word), "")
    return PrintedFor(target, _built_for(platform) if platform else "", "->" in platform)


def without_target(name: str, targets: Collection[str]) -> str:
    """A row's name as the target's own build prints it: `[web build 2/3] RUN make` → `[build 2/3] RUN make`."""
    target = printed_for(name, targets).target
    return f"[{name[1:].removeprefix(target).lstrip()}" if target else name


def of_target(name: str, target: str) -> str:
    """A row's name as bake prints it, which builds several: `[build 2/3] RUN make` → `[web build 2/3] RUN make`."""
    return f"[{target} {name[1:]}" if name.startswith("[") else name


def printed_targets(names: Iterable[str]) -> frozenset[str]:
    """The bake targets or compose services that all rows of a log begin with; none where it is of one build."""
    firsts: set[str] = set()
    labels: set[str] = set()
    bears_targets = False
    for name in names:
        match = _INTERNAL.match(name)
        words = tuple((match[1] or "").split()) if match else printed_words(name) or ()
        first = words[0] if words and "/" not in words[0] else ""
        if match:
            labels.add(first)
        # A stage is one word, the last.
        bears_targets = bears_targets or (not match and bool(first) and len(words) > 1)
        firsts.add(first)
    if bears_targets or (labels and "" not in labels):
        return frozenset(firsts - {""})
    return frozenset()


def _built_for(printed: str) -> str:
    """`linux/amd64->arm/v7` → `linux/arm/v7`: the system stands after the arrow only where it differs."""
    own, _, target = printed.partition("->")
    if target and target.partition("/")[0] not in _SYSTEMS:
        target = f"{own.partition('/')[0]}/{target}"
    return printed_platform(target or own)
