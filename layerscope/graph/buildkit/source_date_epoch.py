"""SOURCE_DATE_EPOCH: the time that WORKDIR gives its directories, and what variables of that name hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from layerscope.answer import Assumption
from layerscope.graph.buildkit.versions import FrontendRules
from layerscope.values import Value

NAME = "SOURCE_DATE_EPOCH"
_NUMBER = r"[+-]?[0-9]+"


class SourceDateEpoch(Value):
    """time: None where there is none. build_args, global_args: as instructions see them.

    fetched: the stage whose fetched file or repository has that time, where one was named.
    """

    time: str | None
    build_args: Mapping[str, str]
    global_args: Mapping[str, str]
    fetched: str | None = None

    @property
    def assumption(self) -> Assumption | None:
        """What is taken for granted of it."""
        if self.fetched is None:
            return None
        return Assumption("remote", self.fetched, "the time of what this stage fetches is taken as unchanged")


def source_date_epoch(
    build_args: Mapping[str, str],
    global_args: Mapping[str, str],
    contexts: Collection[str],
    stages: Collection[str],
    frontend: Callable[[], FrontendRules],
) -> SourceDateEpoch:
    """What a build takes for it. contexts, stages: the names it may be instead of a number.

    frontend: gives the rules, where something hangs on them. Raises ValueError for a value that is neither.
    """
    given, default = build_args.get(NAME), global_args.get(NAME) or ""
    if (given is None and not default) or (given and given == _number(given)):
        return SourceDateEpoch(given, build_args, global_args)
    rules = frontend()
    if not rules.epoch_by_name:
        text = given or (default if rules.epoch_of_argument else "")
        number = _number(text)
        if text and number is None:
            raise ValueError(f"invalid {NAME}: {text}")
        return SourceDateEpoch(number, build_args, global_args)
    text = default if given is None else given
    time, fetched = _number(text), None
    if text and time is None:
        fetched = _fetching_stage(text, contexts, stages)
        time = f"of {fetched}" if fetched else None
    return SourceDateEpoch(time, _written(build_args, time), _written(global_args, time), fetched)


def _number(text: str) -> str | None:
    return str(int(text)) if re.fullmatch(_NUMBER, text) else None


def _fetching_stage(name: str, contexts: Collection[str], stages: Collection[str]) -> str | None:
    """The stage that is named; None for a context, for what is sent and images have no time."""
    if name == "context" or name in contexts:
        return None
    stage = next((each for each in stages if each == name.lower()), None)
    if stage is None:
        raise ValueError(f"invalid {NAME}: {name}")
    return stage


def _written(arguments: Mapping[str, str], time: str | None) -> Mapping[str, str]:
    """The arguments with the number in place of what was given; without a time it is as if nothing was given."""
    if NAME not in arguments:
        return arguments
    if time is None:
        return {name: value for name, value in arguments.items() if name != NAME}
    return {**arguments, NAME: time}
