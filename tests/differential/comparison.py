"""Where a prediction and an engine disagree."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.differential.prediction import Predicted
from tests.differential.real_builds import Actual


@dataclass
class Comparison:
    """The rows of one or more builds. wrong, names and refusals are differences; open rows are counted only."""

    steps: int = 0
    open_steps: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    ran_into: bool = False  # a command failed: nothing to compare from there on

    @property
    def differs(self) -> bool:
        return bool(self.wrong or self.names or self.refusals)

    @property
    def lines(self) -> list[str]:
        return [*self.names, *self.wrong, *self.refusals]


def compare(predicted: list[Predicted], actual: list[Actual]) -> Comparison:
    """Compare build by build; the first that either side refuses is the last."""
    result = Comparison()
    for number, real in enumerate(actual):
        if real.ran_into:
            result.ran_into = True
            break
        said = predicted[number]
        if real.refusal is not None or said.refusal is not None:
            if (real.refusal is None) != (said.refusal is None):
                result.refusals.append(
                    f"build {number}: engine: {real.refusal or 'builds'}; predicted: {said.refusal or 'builds'}"
                )
            break
        _compare_steps(number, said, real, result)
    return result


def _compare_steps(number: int, said: Predicted, real: Actual, result: Comparison) -> None:
    result.steps += len(real.steps)
    for name in sorted(said.steps.keys() - real.steps.keys()):
        result.names.append(f"build {number}: predicted, not printed: {name}")
    for name in sorted(real.steps.keys() - said.steps.keys()):
        result.names.append(f"build {number}: printed, not predicted: {name}")
    off: list[str] = []
    for name, outcome in said.steps.items():
        if name not in real.steps or (name in said.unreliable and outcome == "cached"):
            continue
        if outcome == "output_dependent":
            in_fact = "cached" if real.steps[name] else "rebuilt"
            result.open_steps.append(f"build {number}, in fact {in_fact}: {name}")
        elif (outcome == "cached") != real.steps[name]:
            off.append(name)
    for name in off:
        # Twins: one runs, the others find its result; which one that is is a race.
        if any(name in group and _one_runs(group, said, real) for group in said.twins):
            continue
        result.wrong.append(f"build {number}: predicted {said.steps[name]}, not so: {name}")


def _one_runs(group: frozenset[str], said: Predicted, real: Actual) -> bool:
    predicted = any(said.steps.get(name, "cached") != "cached" for name in group)
    return predicted and any(real.steps.get(name) is False for name in group)
