"""The answer of `read`: what saved outputs of Docker's tell, builds and what else commands print."""

from __future__ import annotations

from layerscope.analysis.answers.printed_outputs import printed_headline, printed_members, printed_tables
from layerscope.analysis.answers.transfers import TRANSFERS
from layerscope.analysis.verdicts import Ran
from layerscope.answer import Answer, Column, Document, Rows, Sentence, Statement, items_members, plain
from layerscope.cost.build_log import BuildLog, LoggedStep
from layerscope.docker.saved_output import Printed
from layerscope.figures import Figure, count, seconds, size
from layerscope.values import Value


class SavedBuilds(Value):
    """The builds of one log, record or history."""

    file: str
    builds: tuple[BuildLog, ...]


SavedOutput = SavedBuilds | Printed
"""What a file holds; every kind has its `file`."""


class SavedOutputs(Answer):
    """The answer of `read`: all outputs that the files hold."""

    files: tuple[SavedOutput, ...]

    def statement(self) -> Statement:
        alone = len(self.files) == 1
        told = tuple(map(_headline, self.files))
        return Statement(
            "read",
            told[0] if alone else Sentence((count(len(self.files), "output"), " read.")),
            {"files": [{"file": output.file, **plain(_members(output))} for output in self.files]},
            tables=tuple(table for output in self.files for table in _tables(output)),
            paragraphs=() if alone else told,
            subject=" ".join(dict.fromkeys(f"`{output.file}`" for output in self.files)),
        )


def _headline(output: SavedOutput) -> Sentence:
    if isinstance(output, SavedBuilds):
        steps = [step for build in output.builds for step in build.steps]
        cached = sum(step.cached for step in steps)
        builds, all_steps = count(len(output.builds), "build"), count(len(steps), "step")
        seconds_in_all = _in_all(output.builds[0]) if len(output.builds) == 1 else ()
        return Sentence((f"{output.file}: ", builds, ", ", all_steps, f", {cached} cached", *seconds_in_all, "."))
    return printed_headline(output)


def _members(output: SavedOutput) -> Document:
    if isinstance(output, SavedBuilds):
        return {"kind": "build", "builds": Rows(_BUILDS, output.builds)}
    return printed_members(output)


def _tables(output: SavedOutput) -> tuple[Rows, ...]:
    if isinstance(output, SavedBuilds):
        return tuple(table for build in output.builds for table in _of_build(build))
    return printed_tables(output)


def _of_build(build: BuildLog) -> tuple[Rows, ...]:
    steps = Rows(_STEPS, build.steps, "steps", _built(build), shown=("seconds", "outcome", "name"))
    if not build.transfers:
        return (steps,)
    return (steps, Rows(TRANSFERS, build.transfers, "transfers", shown=("seconds", "kind", "name")))


def _in_all(build: BuildLog) -> tuple[str | Figure, ...]:
    return () if build.seconds is None else (", ", seconds(build.seconds), " in all")


def _built(build: BuildLog) -> Sentence:
    left_out = (", ", count(build.left_out, "step"), " not shown in the log") if build.left_out else ()
    return Sentence((f"{build.builder}, context ", size(build.context_bytes), *_in_all(build), *left_out))


def _ran(step: LoggedStep) -> Ran:
    if step.canceled:
        return Ran.CANCELED
    if step.error is not None:
        return Ran.FAILED
    if step.skipped:
        return Ran.SKIPPED
    return Ran.CACHED if step.cached else Ran.RAN


_STEPS = (
    Column("name", header="step", is_name=True, most=80),
    Column("outcome", _ran, "outcome"),
    Column("seconds", lambda step: seconds(step.seconds), "seconds", right=True),
    Column("platforms", plain=lambda step: list(step.platforms)),
    Column("targets", plain=lambda step: list(step.targets)),
)
_BUILDS = (
    Column("builder"),
    Column("context_bytes"),
    Column("seconds"),
    Column("left_out"),
    Column("steps", plain=lambda build: items_members(_STEPS, build.steps)),
    Column("transfers", plain=lambda build: items_members(TRANSFERS, build.transfers)),
)
