"""The rules in which the modelled versions of BuildKit differ, each with BuildKit's commit that changed it.

A build goes by the rules of its daemon, and by those of the frontend that reads its Dockerfile: the one built into the
daemon, unless `# syntax=` or `BUILDKIT_SYNTAX` names another. docs/builder-versions.md lists all changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.graph.versions import BUILDKIT_RELEASES, nearest
from layerscope.values import Value, replace


class FrontendRules(Value):
    """What a Dockerfile frontend does. version: as `docker/dockerfile` is tagged.

    flags: those of COPY and RUN that only some have. requires_paths: `COPY --parents` of a path without wildcards
    names it in its operation. looks_behind_tabs: a `#!` counts behind the tabs that `<<-` takes away.
    epoch_of_argument: a SOURCE_DATE_EPOCH that is an ARG before the first FROM counts. epoch_by_name: it may name a
    context or a stage, and is written as a number.
    """

    version: str
    flags: frozenset[str] = frozenset()
    requires_paths: bool = False
    looks_behind_tabs: bool = False
    epoch_of_argument: bool = False
    epoch_by_name: bool = False


class Rules(Value):
    """What one release of BuildKit does. frontend: the built-in one.

    lists_paths: files that a pattern or `--exclude` picks are keyed by their paths below the directory that is
    searched, not by their base names. requires_paths: of the paths that a frontend requires each must be picked.
    """

    frontend: FrontendRules
    lists_paths: bool = False
    requires_paths: bool = False


_FRONTEND_19 = FrontendRules("1.19")
_FRONTEND_20 = replace(
    _FRONTEND_19,
    version="1.20",
    flags=frozenset({"--parents", "--security"}),  # 98d0a0a21, 9324520e8
    requires_paths=True,  # ac10b4193
)
_FRONTEND_21 = replace(_FRONTEND_20, version="1.21", looks_behind_tabs=True)  # 2eadae25e
_FRONTEND_22 = replace(_FRONTEND_21, version="1.22")
_FRONTEND_23 = replace(_FRONTEND_22, version="1.23", epoch_of_argument=True)  # d751ebd4b
_FRONTEND_24 = replace(_FRONTEND_23, version="1.24", epoch_by_name=True)  # 4e1c8acd5, c126a86c1
_FRONTEND_25 = replace(_FRONTEND_24, version="1.25")
_FRONTEND_26 = replace(_FRONTEND_25, version="1.26")

_0_25 = Rules(_FRONTEND_19)
_0_26 = Rules(_FRONTEND_20, lists_paths=True, requires_paths=True)  # 940330210, ac10b4193
_0_27 = replace(_0_26, frontend=_FRONTEND_21)
_0_28 = replace(_0_27, frontend=_FRONTEND_22)
_0_29 = replace(_0_28, frontend=_FRONTEND_23)
_0_30 = replace(_0_29, frontend=_FRONTEND_24)
_0_31 = replace(_0_30, frontend=_FRONTEND_25)
_0_32 = replace(_0_31, frontend=_FRONTEND_26)

_ALL = (_0_25, _0_26, _0_27, _0_28, _0_29, _0_30, _0_31, _0_32)
_RULES: Mapping[str, Rules] = dict(zip(BUILDKIT_RELEASES, _ALL, strict=True))
FRONTENDS: dict[str, FrontendRules] = {rules.frontend.version: rules.frontend for rules in _ALL}
LABS_FLAGS = frozenset({"--parents", "--security", "--device"})  # of every `-labs` frontend


def rules_of(release: str) -> Rules:
    """The rules of a release, those of the nearest one that is modelled; "" is the newest."""
    return _RULES[nearest(release or BUILDKIT_RELEASES[-1], BUILDKIT_RELEASES)]
