"""Logs of several targets, platforms and builds, held against each other pair by pair."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.analysis.answers.explanation import ChainLink, Explanation, Explanations
from layerscope.analysis.explain_logs import explain_logs
from layerscope.analysis.side import Side
from layerscope.cost.build_log import BuildLog
from layerscope.docker.printed_for import of_target
from layerscope.values import Value, replace


class LogPair(Value):
    """One build of each of two logs. sides: what both started from.

    target: of bake or compose, or the number of the build in its log; platform: where a log is of several.
    """

    target: str
    before: BuildLog
    after: BuildLog
    sides: tuple[Side, Side] | None = None
    platform: str = ""

    @property
    def label(self) -> str:
        """What tells it from the others."""
        return " ".join(filter(None, (self.target, self.platform)))


def explain_log_pairs(pairs: Sequence[LogPair], step: str | None = None) -> Explanations:
    """`explain_logs` of each; of several targets, steps are named as bake prints them: `[target stage 2/3] …`."""
    answers = [(pair, explain_logs(pair.before, pair.after, pair.sides, step)) for pair in pairs]
    if len({pair.target for pair in pairs}) == 1:
        answers = [(replace(pair, target=""), answer) for pair, answer in answers]
    return Explanations(
        tuple(_of_pair(pair, each) for pair, answer in answers for each in answer.steps),
        tuple(dict.fromkeys(each for _, answer in answers for each in answer.assumptions)),
    )


def _of_pair(pair: LogPair, told: Explanation) -> Explanation:
    # A log of several bears the target in its names; a prediction does not, nor does a record of one target.
    bear_it = {step.name for log in (pair.before, pair.after) for step in log.steps if step.targets}

    def named(name: str) -> str:
        return of_target(name, pair.target) if pair.target and name not in bear_it else name

    chain = tuple(ChainLink(named(link.name), link.causes) for link in told.chain)
    text = f"{pair.label}: {told.text}" if pair.label else told.text
    return replace(told, name=named(told.name), chain=chain, text=text)
