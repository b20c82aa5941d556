"""Where a prediction and an engine disagree."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.differential.prediction import Predicted
from tests.differential.real_builds import Actual


@dataclass
class Comparison:
    """The rows of one or more builds. wrong, names, refusals and needless are differences; the others are counted.

    needless: open rows though nothing that only a build knows is new. one_way: open rows that came out one way in all
    worlds; there may be bytes that would have decided them the other way.
    """

    steps: int = 0
    open_steps: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)
    one_way: list[str] = field(default_factory=list)
    ran_into: bool = False  # a command failed: nothing to compare from there on
    refused: bool = False  # both sides refuse the last build

    @property
    def differs(self) -> bool:
        return bool(self.lines)

    @property
    def lines(self) -> list[str]:
        return [*self.names, *self.wrong, *self.refusals, *self.needless]

    def add(self, other: Comparison, *, steps: bool = True) -> None:
        """Count another comparison in. steps: whether its steps and open rows are new ones."""
        if steps:
            self.steps += other.steps
            self.open_steps += other.open_steps
        self.wrong += other.wrong
        self.names += other.names
        self.refusals += other.refusals
        self.needless += other.needless
        self.one_way += other.one_way


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
            else:
                result.refused = True
            break
        _compare_steps(number, said, real, result)
    return result


def decided(predicted: list[Predicted], runs: list[list[Actual]]) -> list[str]:
    """The open steps that came out one way in all runs of a case, whatever its commands wrote."""
    found: list[str] = []
    for number, said in enumerate(predicted):
        builds = [run[number] for run in runs if len(run) > number and run[number].refusal is None]
        if len(builds) < 2:
            continue
        for name in said.steps:
            outcomes = {build.steps[name] for build in builds if name in build.steps}
            if said.steps[name] == "output_dependent" and len(outcomes) == 1:
                always = "cached" if outcomes.pop() else "rebuilt"
                found.append(f"build {number}: called open, always {always}: {name}")
    return found


def _compare_steps(number: int, said: Predicted, real: Actual, result: Comparison) -> None:
    result.steps += len(real.steps)
    for name in sorted(said.steps.keys() - real.steps.keys()):
        result.names.append(f"build {number}: predicted, not printed: {name}")
    for name in sorted(real.steps.keys() - said.steps.keys()):
        result.names.append(f"build {number}: printed, not predicted: {name}")
    result.needless += [f"build {number}: open, but no command runs again: {name}" for name in sorted(said.groundless)]
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
