"""Which frontend reads a Dockerfile: the daemon's own, or the one that `# syntax=` or `BUILDKIT_SYNTAX` names."""

from __future__ import annotations

import re

from layerscope.answer import Assumption
from layerscope.dockerfile.stages import Dockerfile
from layerscope.graph.buildkit.versions import FRONTENDS, LABS_FLAGS, FrontendRules, Rules
from layerscope.graph.options import BuildOptions
from layerscope.graph.versions import nearest, not_modelled
from layerscope.values import Value, replace

_ARGUMENT = "BUILDKIT_SYNTAX"
_BUILT_IN = "dockerfile.v0"
# Compiled where a Dockerfile names a frontend.
_OWN_IMAGE = r"(?:docker\.io/)?docker/dockerfile(?::([\w.-]+))?(?:@.*)?"
_RELEASE = r"(\d+\.\d+)(?:\.\d+)?"
_NEWEST = list(FRONTENDS)[-1]


class ChosenFrontend(Value):
    """The rules by which a Dockerfile is read.

    assumption: what is taken for granted of the frontend. matters_always: whether also where a Dockerfile has nothing
    that the modelled frontends read in different ways.
    """

    rules: FrontendRules
    assumption: Assumption | None = None
    matters_always: bool = False


def chosen_frontend(dockerfile: Dockerfile, options: BuildOptions, daemon: Rules) -> ChosenFrontend:
    """The frontend of a build."""
    words = (options.build_args.get(_ARGUMENT) or dockerfile.directives.syntax or "").split()
    return _named(words[0]) if words and words[0] != _BUILT_IN else ChosenFrontend(daemon.frontend)


def _named(image: str) -> ChosenFrontend:
    own = re.fullmatch(_OWN_IMAGE, image)
    if own is None:
        unknown = f"is taken to read a Dockerfile as docker/dockerfile:{_NEWEST}-labs does"
        return ChosenFrontend(_with_labs(FRONTENDS[_NEWEST]), Assumption("frontend", image, unknown), True)
    tag, _, channel = (own[1] or "latest").partition("-")
    labs = "labs" in {tag, channel}
    exact = re.fullmatch(_RELEASE, tag) if channel in {"", "labs"} else None
    version = exact[1] if exact else _NEWEST
    rules = FRONTENDS[nearest(version, tuple(FRONTENDS))]
    if exact is None:
        text: str | None = f"the tag moves, and is taken as docker/dockerfile:{_NEWEST}"
    else:
        text = not_modelled(version, tuple(FRONTENDS))
    assumption = Assumption("frontend", image, text) if text else None
    return ChosenFrontend(_with_labs(rules) if labs else rules, assumption, matters_always=exact is not None)


def _with_labs(rules: FrontendRules) -> FrontendRules:
    return replace(rules, flags=rules.flags | LABS_FLAGS)
