"""What people do to a Dockerfile between two builds."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.differential.case import Files
from tests.differential.draft import Draft, DraftStage
from tests.differential.metadata import NAMES, PREDEFINED
from tests.differential.remote import MOVED, VERSIONS, checksum
from tests.differential.writer import EXCLUDED, Writer


def change_draft(rng: random.Random, draft: Draft, files: Files, *, buildkit: bool) -> str:
    """Change the Dockerfile in place in one way; what was done."""
    stage = rng.choice(draft.stages)
    if rng.random() < 0.3:
        change = rng.choice(_STRUCTURAL)
        return change(rng, draft, stage, Writer(rng, draft, stage, files, buildkit))
    for _ in range(12):  # most edits fit few instructions
        stage = rng.choice(draft.stages)
        if stage.instructions:
            at = rng.randrange(len(stage.instructions))
            old = stage.instructions[at]
            new = rng.choice(_EDITS)(rng, old)
            if new != old:
                stage.instructions[at] = new
                return f"{old!r} becomes {new!r}"
    return "nothing"


def _insert(rng: random.Random, _draft: Draft, stage: DraftStage, writer: Writer) -> str:
    line = writer.instruction()
    at = rng.randint(0, len(stage.instructions))
    stage.instructions.insert(at, line)
    return f"insert {line!r} at {at}"


def _delete(rng: random.Random, _draft: Draft, stage: DraftStage, _writer: Writer) -> str:
    if not stage.instructions:
        return "nothing"
    return f"delete {stage.instructions.pop(rng.randrange(len(stage.instructions)))!r}"


def _move(rng: random.Random, _draft: Draft, stage: DraftStage, _writer: Writer) -> str:
    if len(stage.instructions) < 2:
        return "nothing"
    line = stage.instructions.pop(rng.randrange(len(stage.instructions)))
    at = rng.randint(0, len(stage.instructions))
    stage.instructions.insert(at, line)
    return f"move {line!r} to {at}"


def _swap(rng: random.Random, _draft: Draft, stage: DraftStage, _writer: Writer) -> str:
    if len(stage.instructions) < 2:
        return "nothing"
    at = rng.randrange(len(stage.instructions) - 1)
    lines = stage.instructions
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return f"swap {lines[at + 1]!r} and the next"


def _duplicate(rng: random.Random, _draft: Draft, stage: DraftStage, _writer: Writer) -> str:
    if not stage.instructions:
        return "nothing"
    at = rng.randrange(len(stage.instructions))
    stage.instructions.insert(at, stage.instructions[at])
    return f"double {stage.instructions[at]!r}"


def _comment(rng: random.Random, _draft: Draft, stage: DraftStage, _writer: Writer) -> str:
    stage.instructions.insert(rng.randint(0, len(stage.instructions)), rng.choice(("# why", "", "  # indented")))
    return "insert a comment"


def _rename_stage(_rng: random.Random, draft: Draft, stage: DraftStage, _writer: Writer) -> str:
    if not stage.name:
        return "nothing"
    old, new = stage.name, stage.name + "x"
    for other in draft.stages:
        other.origin = re.sub(rf"\bAS {old}$", f"AS {new}", other.origin)
        other.origin = re.sub(rf"^FROM {old.lower()}\b", f"FROM {new.lower()}", other.origin)
        other.instructions = [re.sub(rf"from={old}\b", f"from={new}", line) for line in other.instructions]
    stage.name = new
    return f"rename stage {old}"


def _directive(rng: random.Random, draft: Draft, _stage: DraftStage, _writer: Writer) -> str:
    if draft.head and draft.head[0].startswith("#"):
        return f"take out {draft.head.pop(0)!r}"
    draft.head.insert(0, rng.choice(("# escape=`", "# check=skip=all", "# escape=\\", "# nothing", "#escape = `")))
    return f"begin with {draft.head[0]!r}"


def _line_ends(_rng: random.Random, draft: Draft, _stage: DraftStage, _writer: Writer) -> str:
    draft.line_end = "\n" if draft.line_end == "\r\n" else "\r\n"
    return f"lines of the Dockerfile end in {draft.line_end!r}"


def _global(rng: random.Random, draft: Draft, _stage: DraftStage, _writer: Writer) -> str:
    draft.head.append(f"ARG {rng.choice((*NAMES, *PREDEFINED))}")
    return f"{draft.head[-1]!r} before the first FROM"


def _one_metadata(_rng: random.Random, _draft: Draft, stage: DraftStage, writer: Writer) -> str:
    at = writer.rng.randint(0, len(stage.instructions))
    stage.instructions.insert(at, writer.metadata())
    return f"insert {stage.instructions[at]!r} at {at}"


def _split(rng: random.Random, draft: Draft, stage: DraftStage, _writer: Writer) -> str:
    """A stage becomes two, one on the other: no key has the names of stages in it."""
    if len(stage.instructions) < 2 or "again" in {other.name for other in draft.stages}:
        return "nothing"
    at = rng.randrange(1, len(stage.instructions))
    lower = DraftStage(
        re.sub(r" AS \S+$", "", stage.origin) + " AS again", stage.instructions[:at], "again", stage.scratch
    )
    stage.instructions = stage.instructions[at:]
    stage.origin = "FROM again" + (f" AS {stage.name}" if stage.name else "")
    draft.stages.insert(draft.stages.index(stage), lower)
    return f"split a stage at {at}"


def _another_base(rng: random.Random, draft: Draft, stage: DraftStage, _writer: Writer) -> str:
    number = draft.stages.index(stage)
    others = [other.name.lower() for other in draft.stages[:number] if other.name and not other.scratch]
    images = [name for name in draft.outer if name in {"app", "other"}]
    base = rng.choice([*others, *images, "busybox"])
    stage.origin = re.sub(r"^FROM (--platform=\S+ )?\S+", f"FROM {base}", stage.origin)
    return f"{stage.origin!r} from now on"


def _edit_word(rng: random.Random, line: str) -> str:
    return line + rng.choice((" && true", " #x", " ;")) if line.startswith("RUN m") else line


def _edit_value(rng: random.Random, line: str) -> str:
    return re.sub(r"=(\"?)\w+(\"?)", rf"=\g<1>{rng.choice('379')}\g<2>", line, count=1) if line[:3] != "RUN" else line


def _edit_output(rng: random.Random, line: str) -> str:
    return re.sub(r"\b(fixed|always|cache|tmp|done|trigger|text|none)\b", rng.choice(("fixed", "other")), line)


def _slash(_rng: random.Random, line: str) -> str:
    if not line.startswith(("COPY", "ADD", "WORKDIR")) or line.endswith("]") or "<<" in line:
        return line
    return line[:-1] if line.endswith("/") and not line.endswith(" /") else line + "/"


def _blanks(_rng: random.Random, line: str) -> str:
    return re.sub(r" ", "  ", line, count=1)


def _keyword_case(_rng: random.Random, line: str) -> str:
    keyword, blank, rest = line.partition(" ")
    return keyword.lower() + blank + rest


def _trailing(_rng: random.Random, line: str) -> str:
    return line + "  " if "<<" not in line else line


def _continued(rng: random.Random, line: str) -> str:
    if "<<" in line:
        return line
    if "\\\n" in line:
        return line.replace("\\\n    ", rng.choice(("\\\n  ", "\\\n# note\n    ", "\\ \n    ")), 1)
    head, blank, rest = line.rpartition(" ")
    return f"{head} \\\n  {rest}" if blank else line


def _flags(rng: random.Random, line: str) -> str:
    if not line.startswith(("COPY ", "ADD ")):
        return line
    keyword, _, rest = line.partition(" ")
    if rest.startswith("--") and rng.random() < 0.6:
        flag, _, after = rest.partition(" ")
        return line if flag.startswith("--from") or MOVED in line else f"{keyword} {after}"
    return f"{keyword} --chown={rng.choice(('1', '0:0'))} {rest}" if "--chown" not in line else line


def _copy_or_add(_rng: random.Random, line: str) -> str:
    if line.startswith("COPY ") and "--from" not in line:
        return "ADD " + line[5:]
    return "COPY " + line[4:] if line.startswith("ADD ") else line


def _name(rng: random.Random, line: str) -> str:
    if not line.startswith(("ARG ", "ENV ")):
        return line
    return re.sub(r"^(\w+) [A-Z]+", rf"\g<1> {rng.choice(NAMES)}", line)


def _exclude(rng: random.Random, line: str) -> str:
    if "--exclude=" in line:
        return re.sub(r"--exclude=\S+", f"--exclude={rng.choice(EXCLUDED)}", line, count=1)
    return line


def _link(_rng: random.Random, line: str) -> str:
    if "--link" in line:
        return re.sub(r"--link\S* ", "", line)
    return re.sub(r"^(COPY|ADD) ", r"\g<1> --link ", line)


def _value_of_flag(rng: random.Random, line: str) -> str:
    """Another value of one flag or mount option."""
    swaps = (
        ("sharing=locked", "sharing=private"),
        (",id=x", ",id=y"),
        ("target=/c", "target=/c9"),
        (",rw", ""),
        (",ro", ",rw"),
        ("network=host", "network=default"),
        ("network=none", "network=default"),
        ("--chmod=755", "--chmod=0755"),
        ("--chmod=600", "--chmod=640"),
        ("--chown=1:1", "--chown=1"),
        ("--chown=1 ", "--chown=2 "),
        ("id=tok", "id=other"),
        ("required=true", "required=false"),
        ("/x/f.txt", "/y/f.txt"),
        ("#dev:sub", "#main:sub"),
        ("#main", "#v1"),
        ("--keep-git-dir=true ", ""),
        ("unpack=true", "unpack=false"),
        ("target=/m", "target=/mm"),
        ("-c", "-ec"),
    )
    there = [swap for swap in swaps if swap[0] in line]
    return line.replace(*rng.choice(there), 1) if there else line


def _checksum(rng: random.Random, line: str) -> str:
    """The checksum of another version of what a URL gives."""
    if MOVED not in line:
        return line
    return re.sub(r"sha256:\w+", checksum(MOVED, rng.choice(VERSIONS)), line)


def _shell_or_json(_rng: random.Random, line: str) -> str:
    """RUN in the other form, with the same command line."""
    if not line.startswith("RUN m") or set(line) & set('"\\\n'):
        return line
    return f'RUN ["/bin/sh","-c", "{line[4:]}"]'


def _metadata_value(rng: random.Random, line: str) -> str:
    swaps = (
        ("80 81", "81 80"),
        ("80 81", "80 82"),
        ("80/tcp", "80"),
        ("CMD true", "CMD false"),
        ("NONE", "CMD true"),
        ("=5s", "=6s"),
        ("STOPSIGNAL 9", "STOPSIGNAL SIGKILL"),
        ("VOLUME /vol", 'VOLUME ["/vol"]'),
        ("/vol", "/vol2"),
        ('["sh"]', '["sh", "-l"]'),
        ("LABEL a 1", "LABEL a=1"),
        ("l=", "l=1"),
        ('ENTRYPOINT ["sh"]', "ENTRYPOINT sh"),
        ("MAINTAINER me", "MAINTAINER you"),
        ("on=1", "on=2"),
        ("echo trigger", "echo other"),
        ("--retries=2", "--retries=3"),
        ('CMD ["true"]', "CMD true"),
    )
    there = [swap for swap in swaps if swap[0] in line]
    return line.replace(*rng.choice(there), 1) if there else line


def _delimiter(_rng: random.Random, line: str) -> str:
    return re.sub(r"\bEOF\b", "END", line) if "<<" in line else line


def _heredoc_body(_rng: random.Random, line: str) -> str:
    return line.replace("\n", "\n# a note\n", 1) if "<<" in line else line


Edit = Callable[[random.Random, str], str]
Structural = Callable[[random.Random, Draft, DraftStage, Writer], str]
_EDITS: tuple[Edit, ...] = (
    *[_edit_word] * 2, *[_edit_value] * 3, *[_edit_output] * 3, _slash, _slash, _blanks, _keyword_case, _trailing,
    _continued, _continued, _flags, _flags, _copy_or_add, _name, _delimiter, _heredoc_body, _exclude, _link,
    *[_value_of_flag] * 3, _checksum, _checksum, _shell_or_json, *[_metadata_value] * 3,
)  # fmt: skip
_STRUCTURAL: tuple[Structural, ...] = (
    _insert, _insert, _insert, _delete, _move, _swap, _swap, _duplicate, _comment, _rename_stage, _another_base,
    _another_base, _directive, _line_ends, _global, _one_metadata, _one_metadata, _split,
)  # fmt: skip
