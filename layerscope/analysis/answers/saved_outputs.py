"""The answer of `read`: what saved outputs of Docker's tell, builds and what else commands print."""

from __future__ import annotations

from layerscope.analysis.answers.printed_outputs import printed_headline, printed_members, printed_tables
from layerscope.analysis.verdicts import Ran
from layerscope.answer import Answer, Column, Document, Rows, Sentence, Statement, items_members, plain
from layerscope.cost.build_log import BuildLog, LoggedStep
from layerscope.docker.saved_output import Printed
from layerscope.figures import count, seconds, size
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
        return Sentence((f"{output.file}: ", builds, ", ", all_steps, f", {cached} cached."))
    return printed_headline(output)


def _members(output: SavedOutput) -> Document:
    if isinstance(output, SavedBuilds):
        return {"kind": "build", "builds": Rows(_BUILDS, output.builds)}
    return printed_members(output)


def _tables(output: SavedOutput) -> tuple[Rows, ...]:
    if isinstance(output, SavedBuilds):
        return tuple(
            Rows(_STEPS, build.steps, "steps", _built(build), shown=("seconds", "outcome", "name"))
            for build in output.builds
        )
    return printed_tables(output)


def _built(build: BuildLog) -> Sentence:
    return Sentence((f"{build.builder}, context ", size(build.context_bytes)))


def _ran(step: LoggedStep) -> Ran:
    if step.error is not None:
        return Ran.FAILED
    return Ran.CACHED if step.cached else Ran.RAN


_STEPS = (
    Column("name", header="step", is_name=True, most=80),
    Column("outcome", _ran, "outcome"),
    Column("seconds", lambda step: seconds(step.seconds), "seconds", right=True),
)
_BUILDS = (
    Column("builder"),
    Column("context_bytes"),
    Column("steps", plain=lambda build: items_members(_STEPS, build.steps)),
)
