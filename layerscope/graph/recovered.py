"""The steps of a build whose Dockerfile is not at hand, recovered from the history of the image it left.

The history holds the last stage only, with variables expanded, and leaves out mounts, `--link` and `--from`. A COPY
whose sources the context has is taken as a copy from the context; every other one comes from somewhere that the
history does not show, and only a build can tell whether that is still the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.context.globs import check_glob, has_wildcard
from layerscope.context.paths import clean
from layerscope.context.tree import Directory
from layerscope.docker.created_by import CopyWords, CreatedBy, Dialect
from layerscope.dockerfile.instructions import Add, Copy, From, Instruction, Label, Run, Workdir
from layerscope.dockerfile.logical_lines import Directives
from layerscope.dockerfile.stages import Dockerfile, DockerfileSource, Stage
from layerscope.graph.files.matches import MissingSource, matched_paths
from layerscope.graph.names import NOT_SHOWN
from layerscope.graph.operations import Selector
from layerscope.values import Value


class HistoryStep(Value):
    """One entry of a history as a step: what it says, and whether it left a layer."""

    created: CreatedBy
    empty_layer: bool


class Unseen(Run):
    """An instruction of which only the result is in the history: like a RUN, it is the same while its text is."""

    @property
    def keyword(self) -> str:
        return self.text.split(maxsplit=1)[0]


class Declared(Label):
    """An instruction of the config, in the history's dialect (`EXPOSE [80/tcp]`): both sides have the same."""

    @property
    def keyword(self) -> str:
        return self.text.split(maxsplit=1)[0]


def recovered_dockerfile(
    entries: Sequence[HistoryStep], context: Directory, path: str, base: str = "scratch", base_entries: int = 0
) -> Dockerfile:
    """A Dockerfile of one stage whose lines are the entries' positions in the history, oldest is 1.

    context: what the builder is sent, to know which sources it has. base: the image that the first `base_entries`
    entries belong to.
    """
    found = [
        instruction
        for line, entry in enumerate(entries, 1)
        if line > base_entries and (instruction := _instruction(entry, line, context)) is not None
    ]
    origin = From(f"FROM {base}", max(base_entries, 1), max(base_entries, 1), base)
    return Dockerfile(path, Directives(), (), (Stage(0, origin, tuple(found)),), source=DockerfileSource.HISTORY)


def _instruction(entry: HistoryStep, line: int, context: Directory) -> Instruction | None:
    created = entry.created
    if created.copied is not None and (copy := _copy(created, created.copied, line, context)) is not None:
        return copy
    if created.keyword == "WORKDIR":
        return Workdir(created.text, line, line, created.words)
    if not entry.empty_layer:
        # A RUN, a base's `ADD file:…`, an import: all that is known is that it made these bytes from what was there.
        text = created.text or "RUN (no instruction recorded)"
        return Unseen(text, line, line, (text,), json_form=False)
    return _metadata(created, line)


def _copy(created: CreatedBy, copied: CopyWords, line: int, context: Directory) -> Copy | None:
    if created.dialect is Dialect.CLASSIC and not copied.hashed:
        return None
    if not copied.sources or any(source.startswith("<<") for source in copied.sources):
        return None
    known = not copied.hashed and all(_is_in(context, source) for source in copied.sources)
    if created.keyword == "ADD" and not known:
        return None  # fetched, or of a base: as constant as its text
    made = Add if created.keyword == "ADD" else Copy
    return made(
        created.text,
        line,
        line,
        tuple(map(_literal, copied.sources if known else ["/"])),
        (),
        _literal(copied.destination),
        None if known else NOT_SHOWN,
        chown=_literal(copied.flags.get("chown", "")),
        chmod=_literal(copied.flags.get("chmod", "")),
    )


def _is_in(context: Directory, source: str) -> bool:
    path = clean(source)
    if not check_glob(path):
        return False
    try:
        matches, _ = matched_paths(context, Selector("" if path == "." else path, has_wildcard(path)))
    except MissingSource:
        return False
    return bool(matches)


def _literal(word: str) -> str:
    """A word of the history has its variables expanded: a `$` or backslash that is left stands for itself."""
    return word.replace("\\", "\\\\").replace("$", "\\$")


def _metadata(created: CreatedBy, line: int) -> Instruction | None:
    if not created.keyword or created.keyword in {"FROM", "ARG", "RUN"}:
        return None
    return Declared(created.text, line, line, ())
