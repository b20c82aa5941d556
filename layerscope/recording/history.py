"""BuildKit's own records of builds: which of them a build made, and what they tell.

A client of buildx notes each build it starts under `<its configuration>/refs/<builder>/<node>/<id>`, before it
starts, with the paths of its context; the builder keeps the record under that id. So failed and cancelled builds are
found, too, which `--metadata-file` does not name.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from layerscope.building.client_output import client_output
from layerscope.docker.inspected_builder import buildkit_version
from layerscope.errors import InputError
from layerscope.graph.names import normalized
from layerscope.graph.versions import release
from layerscope.recording.command import BuildCommand
from layerscope.values import Value

_STARTING_SECONDS = 10
_KEEPING_SECONDS = 5
_LOOK_SECONDS = 0.03


class Ref(Value):
    """One build as the client noted it. target: as bake or compose calls it, else `default`."""

    builder: str
    node: str
    id: str
    target: str
    context: str


class BuildxHistory:
    """The records that the builders of one command line keep."""

    def __init__(self, command: BuildCommand, environment: Mapping[str, str]) -> None:
        self._buildx = command.buildx
        self._docker = command.engine
        self._environment = dict(environment)
        self._folder = _client_folder(command, environment) / "refs"

    def has_buildx(self) -> bool:
        """Whether there is a buildx at all: without, `docker build` is the classic builder's."""
        return self._run("version") is not None

    def can_tell_logs(self) -> bool:
        """Whether this buildx can print the log of a build that is over (0.20 and newer)."""
        said = self._run("history", "logs", "--help")
        return said is not None and b"history logs" in said

    def release(self, builder: str | None) -> str | None:
        """The release of BuildKit that a builder runs, or the chosen one where None is named; None if unknown."""
        said = self._run("inspect", *([builder] if builder else []))
        version = buildkit_version((said or b"").decode(errors="replace"), self._engine)
        return release(version) if version else None

    def _engine(self) -> str | None:
        """The version of the Docker Engine that the command talks to."""
        said = _output((*self._docker, "version", "--format", "{{.Server.Version}}"), self._environment)
        return said.decode(errors="replace").strip() if said is not None else None

    def ref_files(self) -> frozenset[Path]:
        """The files of all builds the client has noted."""
        return frozenset(path for path in self._folder.glob("*/*/*") if path.parts[-3] != "__group__")

    def refs(self, files: Iterable[Path]) -> list[Ref]:
        """The builds that some files note."""
        found: list[Ref] = []
        for path in files:
            with contextlib.suppress(OSError, ValueError, AttributeError):  # not written to its end yet
                told = json.loads(path.read_bytes())
                target, context = told.get("Target") or "default", told.get("LocalPath") or ""
                found.append(Ref(path.parts[-3], path.parts[-2], path.parts[-1], str(target), str(context)))
        return found

    def log(self, ref: Ref) -> bytes | None:
        """A build's progress as rawjson; None where the builder has no such record.

        A busy builder keeps the record of a build that failed some moments after the client has ended.
        """
        ends = time.monotonic() + _KEEPING_SECONDS
        while True:
            said = self._run("history", "logs", "--builder", ref.builder, "--progress=rawjson", ref.id)
            lines = [line for line in (said or b"").splitlines(keepends=True) if line.startswith(b"{")]
            if lines or time.monotonic() > ends:
                return b"".join(lines) or None
            time.sleep(_LOOK_SECONDS * 10)

    def bases(self, ref: Ref) -> dict[str, str]:
        """The digests of the images a build started from, by name, as far as its record tells."""
        said = self._run("history", "inspect", "--builder", ref.builder, "--format", "json", ref.id)
        try:
            materials = json.loads(said or b"{}").get("Materials") or []
            pairs = [(str(each["URI"]), str(each["Digests"][0])) for each in materials if each.get("Digests")]
        except (ValueError, TypeError, KeyError, AttributeError):
            return {}
        return dict(_base(uri, digest) for uri, digest in pairs if uri.startswith("pkg:docker/"))

    def _run(self, *words: str) -> bytes | None:
        return _output((*self._buildx, *words), self._environment)


class RefWatch:
    """Finds the builds that one command notes when it starts.

    Recorders take turns at starting, each until its builds are noted, so that of two builds of one context at once
    each finds its own. Of a target for which somebody else's build was noted at the same time nothing is told, unless
    `--metadata-file` settles it.
    """

    def __init__(self, history: BuildxHistory, contexts: Mapping[str, str], turn: Path, *, several: bool) -> None:
        """contexts: the paths of the targets' contexts. turn: the lock's file. several: targets have names."""
        self._history = history
        self._contexts = contexts
        self._several = several
        self._turn = turn
        self._known: frozenset[Path] = frozenset()
        self._last: frozenset[Path] | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock: BinaryIO | None = None

    def __enter__(self) -> RefWatch:
        if sys.platform != "win32":
            import fcntl

            with contextlib.suppress(OSError):
                self._lock = self._turn.open("ab")
                fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._known = self._history.ref_files()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def started(self) -> None:
        """The command runs now."""
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The command has ended."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._release()

    def refs(self, metadata: Mapping[str, str]) -> dict[str, Ref]:
        """The command's builds by target. metadata: the ids that the command itself told."""
        refs = self._last if self._last is not None else self._history.ref_files()
        return self._made(self._history.refs(refs - self._known), metadata)

    def _watch(self) -> None:
        ends = time.monotonic() + _STARTING_SECONDS
        while not self._over.wait(_LOOK_SECONDS) and time.monotonic() < ends:
            refs = self._history.ref_files()
            new = self._history.refs(refs - self._known)
            if new and len(self._made(new, {})) == len(self._contexts):
                self._last = refs
                break
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _made(self, new: Iterable[Ref], metadata: Mapping[str, str]) -> dict[str, Ref]:
        found: dict[str, list[Ref]] = {}
        ids = {ref.id for ref in new}
        for ref in new:
            for target, context in self._contexts.items():
                if self._several and ref.target != target:
                    continue
                told = metadata.get(target)
                # A file of an earlier build names one that is not new.
                if ref.id == told if told in ids else _same_place(ref.context, context):
                    found.setdefault(target, []).append(ref)
        # A builder of several nodes notes one build for each.
        return {
            target: refs[0] for target, refs in found.items() if len({(r.builder, r.node) for r in refs}) == len(refs)
        }


def metadata_refs(metadata: Path) -> dict[str, str]:
    """Build ids by target from what `--metadata-file` holds; nothing where it was not written."""
    try:
        document = json.loads(metadata.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict):
        return {}
    told = {"default": document, **document}
    return {
        target: value["buildx.build.ref"].rpartition("/")[2]
        for target, value in told.items()
        if isinstance(value, dict) and isinstance(value.get("buildx.build.ref"), str)
    }


def _same_place(recorded: str, context: str) -> bool:
    if recorded == context:
        return True
    return "://" not in context and context != "-" and os.path.realpath(recorded) == os.path.realpath(context)


def _base(uri: str, digest: str) -> tuple[str, str]:
    """`pkg:docker/debian@bookworm?platform=…` is `debian:bookworm`."""
    name, _, tag = uri.removeprefix("pkg:docker/").partition("?")[0].partition("@")
    full = f"{unquote(name)}:{unquote(tag)}" if tag else unquote(name)
    with contextlib.suppress(InputError):
        full = normalized(full)
    return full, digest if ":" in digest else f"sha256:{digest}"


def _client_folder(command: BuildCommand, environment: Mapping[str, str]) -> Path:
    if chosen := environment.get("BUILDX_CONFIG"):
        return Path(chosen)
    config = command.last("config") or environment.get("DOCKER_CONFIG")
    return (Path(config) if config else Path.home() / ".docker") / "buildx"


def _output(words: Sequence[str], environment: Mapping[str, str]) -> bytes | None:
    """All that a command said; None where it failed."""
    done = client_output(words, environment)
    return None if done is None else done.stdout + done.stderr
