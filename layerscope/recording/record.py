"""`timings record`: run a build, measure its steps into a timings file, keep its log and what it started from."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from layerscope.cost.build_log import BuildLog
from layerscope.cost.logs.open import parse_log
from layerscope.cost.logs.several import of_one_target, on_one_platform
from layerscope.cost.timings import Timings
from layerscope.cost.timings_file import check_timings_file, timings_of_log, write_timings
from layerscope.cost.whose import Sample
from layerscope.errors import InputError
from layerscope.recording.bases import bases_of
from layerscope.recording.command import BUILD, COMPOSE, BuildCommand, read_command
from layerscope.recording.history import BuildxHistory, RefWatch, metadata_refs
from layerscope.recording.inputs import Inputs
from layerscope.recording.running import KeptOutput, run_build
from layerscope.recording.store import Recordings, write_inputs, write_log
from layerscope.recording.targets import DEFAULT, Target, read_targets
from layerscope.values import Value, replace

Say = Callable[[str], None]


class Recorded(Value):
    """What came of recording. status: the build's own. steps: how many were measured; None where nothing was kept.

    folder: where log and inputs lie, None where they could not be kept.
    """

    status: int
    steps: int | None = None
    folder: Path | None = None


def record(timings_file: str, words: list[str], say: Say) -> Recorded:
    """Run the build and keep what it tells. say: takes a line for the user about what could not be kept.

    Raises InputError, before anything is run, for a command that is no build and a file that cannot be written.
    """
    environment = dict(os.environ)
    command = read_command(words, environment)
    if shutil.which(words[0]) is None:
        raise InputError("no such program: is Docker installed?", words[0])
    check_timings_file(timings_file)
    return _Recorder(timings_file, command, environment, say).run()


class _Recorder:
    def __init__(self, timings_file: str, command: BuildCommand, environment: dict[str, str], say: Say) -> None:
        self.timings_file = timings_file
        self.command = command
        self.environment = environment
        self.say = say
        self.recordings = Recordings(timings_file)
        self.history = BuildxHistory(command, environment)
        self.classic = command.classic or not self.history.has_buildx()
        self.has_records = not self.classic and self.history.can_tell_logs()
        self.targets = self._targets()
        self.releases: dict[str | None, str] = {}

    def run(self) -> Recorded:
        with contextlib.ExitStack() as stack:
            folder, keeps = self._workplace(stack)
            stdin = self._standard_input(stack)
            inputs = Inputs(self.targets, stdin.read() if stdin is not None else None)
            if stdin is not None:
                stdin.seek(0)
            inputs.start()
            watch = stack.enter_context(self._watch()) if self.has_records else None
            status = self._build(folder, stdin, watch)
            try:
                logs, bases, builders = self._logs(folder, watch)
                steps = self._measured(folder, logs)
                self._keep_inputs(folder, inputs, logs, bases, builders)
                return Recorded(status, steps, self._kept(folder) if keeps else None)
            except KeyboardInterrupt:
                self.say("interrupted: this build is not recorded")
            except (InputError, OSError) as error:
                self.say(f"this build is not recorded: {error}")
            return Recorded(status)

    # -- before the build -------------------------------------------------------------------------------------

    def _targets(self) -> tuple[Target, ...]:
        try:
            return read_targets(self.command, self.environment, classic=self.classic)
        except InputError as error:
            self.say(f"the inputs of this build are not recorded: {error}")
            return ()

    def _workplace(self, stack: contextlib.ExitStack) -> tuple[Path, bool]:
        """A folder for what comes up, and whether it may stay as a recording."""
        store = self.recordings.folder
        context = next((t.context for t in self.targets if _lies_in(store, t.context)), None)
        if context is not None:
            self.say(f"log and inputs are not kept: {store} lies in the build context {context}")
        else:
            try:
                return stack.enter_context(self.recordings.pending()), True
            except OSError as error:
                self.say(f"log and inputs are not kept: {store}: {error.strerror or error}")
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="layerscope-"))), False

    def _standard_input(self, stack: contextlib.ExitStack) -> BinaryIO | None:
        """A copy of standard input where the build reads it: the snapshot needs it, too."""
        if not self.command.uses_standard_input:
            return None
        copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.seek(0)
        return copy

    def _watch(self) -> RefWatch:
        contexts = {target.name: target.context for target in self.targets}
        turn = self.recordings.folder.parent / ".starting"
        return RefWatch(self.history, contexts, turn, several=self.command.kind != BUILD)

    # -- the build --------------------------------------------------------------------------------------------

    def _build(self, folder: Path, stdin: BinaryIO | None, watch: RefWatch | None) -> int:
        """Run it; what it prints is read along where no record will tell, or where no terminal shows it."""
        started = watch.started if watch is not None else lambda: None
        words, environment = self.command.words, self.environment
        if self.classic:
            return self._read_along(words, environment, stdin, folder, (1, 2), started)
        terminal = sys.stderr is not None and sys.stderr.isatty()
        if self.has_records and self.command.kind != COMPOSE and self.command.last("metadata-file") is None:
            words = self.command.with_flags("--metadata-file", str(folder / ".metadata"))
            # What it costs to tell, and to show, is not the user's.
            environment = {**environment, "BUILDX_METADATA_PROVENANCE": "disabled"}
        elif not self.has_records and terminal:
            self.say("this buildx prints no logs of builds that are over (0.20 does): progress is shown plainly")
            words = self.command.with_flags("--progress=plain")
        if terminal and self.has_records:
            return run_build(words, environment=environment, stdin=stdin, started=started)
        return self._read_along(words, environment, stdin, folder, (2,), started)

    def _read_along(
        self,
        words: tuple[str, ...],
        environment: Mapping[str, str],
        stdin: BinaryIO | None,
        folder: Path,
        streams: tuple[int, ...],
        started: Callable[[], None],
    ) -> int:
        keep = KeptOutput(folder / ".output", stamped=self.classic)
        try:
            return run_build(
                words, environment=environment, stdin=stdin, keep=keep, kept_streams=streams, started=started
            )
        finally:
            keep.close()

    # -- after the build --------------------------------------------------------------------------------------

    def _logs(
        self, folder: Path, watch: RefWatch | None
    ) -> tuple[dict[str, bytes], dict[str, dict[str, str]], dict[str, str]]:
        """The log of each target, or of all together under "", and by target the base images and the builder's name."""
        logs: dict[str, bytes] = {}
        bases: dict[str, dict[str, str]] = {}
        builders: dict[str, str] = {}
        if watch is not None:
            watch.stop()
            metadata = Path(self.command.last("metadata-file") or folder / ".metadata")
            for name, ref in watch.refs(metadata_refs(metadata)).items():
                log = self.history.log(ref)
                if log is not None:
                    logs[name] = log
                    bases[name] = self.history.bases(ref)
                    builders[name] = ref.builder
        printed = folder / ".output"
        if not logs and printed.is_file():
            logs = {DEFAULT if self.command.kind == BUILD else "": printed.read_bytes()}
        if not logs:
            raise InputError("the builder keeps no record of it that can be told from others'")
        return logs, bases, builders

    def _measured(self, folder: Path, logs: Mapping[str, bytes]) -> int:
        """Keep the logs and add their seconds to the timings file; how many steps they measure."""
        for name, log in logs.items():
            write_log(folder, name, log)
        try:
            begun = any(build.steps for name, log in logs.items() for build in parse_log(log, name))
            timings = _without_repetitions(Timings().merged(*(self._timings(name, log) for name, log in logs.items())))
        except InputError:
            begun = False
        if not begun:
            raise InputError("it told of no step: it ended before the first, or was asked to be quiet")
        write_timings(self.timings_file, timings, merge=True)
        return len(timings.samples)

    def _timings(self, name: str, log: bytes) -> Timings:
        """What a log tells; a target's own record does not bear its name, and one of a single platform not that."""
        target = next((target for target in self.targets if target.name == name), None)
        builds = parse_log(log, name)
        if self.command.kind != BUILD and name:
            builds = tuple(of_one_target(build, name) for build in builds)
        if target is not None and target.asked_platform:
            builds = tuple(on_one_platform(build, target.asked_platform) for build in builds)
        return timings_of_log(log, builds)

    def _keep_inputs(
        self,
        folder: Path,
        inputs: Inputs,
        logs: Mapping[str, bytes],
        bases: Mapping[str, Mapping[str, str]],
        builders: Mapping[str, str],
    ) -> None:
        inputs.wait()
        for name, failure in inputs.failures.items():
            subject = "" if self.command.kind == BUILD else f" of {name}"
            self.say(f"the inputs{subject} are not recorded: {failure}")
        for target in self.targets:
            log = logs.get(target.name, logs.get("", b""))
            if not log:
                self.say(f"the build of {target.name} is not recorded: the builder keeps no record of it")
                continue
            builds = parse_log(log, target.name)
            builder, materials = target.options.builder, bases.get(target.name, {})
            told = bases_of(log, builds, builder, self.command, self.environment, materials)
            version = self._release(builders.get(target.name, self.command.last("builder")))
            data = inputs.file(target.name, told, merge=_merges(builds, inputs, target.name), builder_version=version)
            if data is not None:
                write_inputs(folder, target.name, data)
        if context := inputs.sends(self.timings_file):
            self.say(
                f"{self.timings_file} lies in the build context {context} and is not ignored: a step that copies it "
                "runs again after every recording; ignore it, or keep it elsewhere"
            )

    def _release(self, builder: str | None) -> str:
        """The release of BuildKit that a builder runs, asked once; "" where it does not tell."""
        if builder not in self.releases:
            self.releases[builder] = self.history.release(builder) or ""
        return self.releases[builder]

    def _kept(self, folder: Path) -> Path:
        for path in folder.glob(".*"):
            path.unlink()
        return self.recordings.keep(folder)


def _lies_in(path: Path, context: str) -> bool:
    if not Path(context).is_dir():
        return False
    return Path(os.path.realpath(context)) in Path(os.path.realpath(path)).parents


def _without_repetitions(timings: Timings) -> Timings:
    """Targets share steps, which every target's log tells: the same seconds to the microsecond are one step's."""
    first: dict[tuple[str, float], Sample] = {}
    for sample in timings.samples:
        known = first.get((sample.own_name, sample.seconds), sample)
        of = tuple(sorted({*known.targets, *sample.targets}))
        first[sample.own_name, sample.seconds] = replace(known, targets=of)
    return Timings(first.values())


def _merges(builds: Iterable[BuildLog], inputs: Inputs, target: str) -> bool:
    """Whether the builder's store merges layers, as the rows of `COPY --link` show."""
    side = inputs.side(target)
    if side is None or "--link" not in side.dockerfile.text:
        return True
    return any("] LINK " in step.name for build in builds for step in build.steps)
