"""What a step's printed name holds: stage, position, instruction (BuildKit, classic and buildah wording)."""

from __future__ import annotations

import re
from typing import NamedTuple

from layerscope.values import Value

# BuildKit: `[stage 2/5] RUN make`, `[ 9/12] …`, `[linux/amd64 stage 2/5] …`, bake's `[web stage 2/5] …`.
# A bracket without `i/n` (`[internal]`, `[auth]`, `[context x]`) is no step of the Dockerfile.
_VERTEX = re.compile(r"\[(?:([^\[\]]*?) +)? *(\d+)/(\d+)\] (.+)", re.DOTALL)
_CLASSIC = re.compile(r"Step (\d+)(?:/(\d+))? : (.*)", re.DOTALL)
_BUILDAH = re.compile(r"(?:\[(\d+/\d+)\] )?STEP (\d+)(?:/(\d+))?: (.*)", re.DOTALL)
_LONGEST_BRACKET = 1000
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
_FROM_DIGEST = re.compile(r"\bFROM ([^\s\"@]+)@(sha256:[0-9a-f]{64})")
_RESOLVED = re.compile(r"\bload metadata for ([^\s\"\\]+)")
_PLATFORM_FLAG = re.compile(r"--platform=\S+ +")
_FLAGS = re.compile(r"(?:--[a-z][a-z-]*(?:=(?:\"[^\"]*\"|[^\s\"])*)? +)*")


class Position(NamedTuple):
    """`2/5` in the name of a BuildKit vertex. words: what stands before, platforms left out; the stage is the last."""

    words: tuple[str, ...]
    number: int
    total: int

    def __str__(self) -> str:
        return " ".join([*self.words, f"{self.number}/{self.total}"])


class StepName(Value):
    """A printed name in parts. `stage` is "" where none is printed; `instruction` is the text after the number.

    position: of a BuildKit vertex; other builders number their steps through all stages, or in each anew.
    """

    stage: str
    instruction: str
    position: Position | None = None

    @property
    def keyword(self) -> str:
        return self.instruction.partition(" ")[0].upper()

    @property
    def is_from(self) -> bool:
        """Whether it is the row of a base image: what is printed of it says nothing of the cache."""
        return self.keyword == "FROM"


def is_vertex_step(name: str) -> bool:
    """Whether a BuildKit vertex of that name is a step of the Dockerfile (FROM rows included)."""
    return _vertex(name) is not None


def printed_words(name: str) -> tuple[str, ...] | None:
    """What stands before the number of a BuildKit step: target, platform, stage, where printed; None of others."""
    match = _vertex(name)
    return tuple((match[1] or "").split()) if match else None


def _vertex(name: str) -> re.Match[str] | None:
    # Over a megabyte of blanks the pattern would take for ever.
    return _VERTEX.fullmatch(name) if name.find("]", 0, _LONGEST_BRACKET) > 0 else None


def parse_step_name(name: str) -> StepName:
    """The parts of a name of any builder; a text of no known form is an instruction without a stage."""
    if match := _BUILDAH.fullmatch(name):  # before the vertex, whose form `[1/2] STEP 1/5: …` has, too
        return StepName("", match[4])
    if match := _vertex(name):
        # The stage is the last word: platforms and bake's target names stand before it.
        words = tuple(word for word in (match[1] or "").split() if "/" not in word)
        return StepName(words[-1] if words else "", match[4], Position(words, int(match[2]), int(match[3])))
    if match := _CLASSIC.fullmatch(name):
        return StepName("", match[3])
    return StepName("", name)


def without_base_digest(name: str) -> str:
    """A FROM row's name without `@sha256:…`: the same step, whichever digest the tag had that day."""
    return _DIGEST.sub("", name) if parse_step_name(name).is_from else name


def base_digests(text: str) -> dict[str, str]:
    """The images that the FROM rows in a text (a name, or a whole log) show with the digest they were fetched by."""
    return dict(_FROM_DIGEST.findall(text))


def resolved_images(text: str) -> list[str]:
    """The images that BuildKit looked up in a log, as it names them: `[internal] load metadata for NAME`."""
    return _RESOLVED.findall(text)


def from_image(step: StepName) -> str | None:
    """What a FROM as written stands on, an image or a stage; None for other steps, and where a variable names it."""
    keyword, _, rest = instruction_key(step.instruction).partition(" ")
    named = _PLATFORM_FLAG.sub("", rest, count=1).split()
    return named[0] if keyword == "FROM" and named and "$" not in named[0] else None


def joined_name(name: str) -> str:
    """The name that a step has in every log and prediction: no platform, no digest, no padding."""
    name = without_base_digest(name)
    step = parse_step_name(name)
    return name if step.position is None else f"[{step.position}] {step.instruction}"


def instruction_key(instruction: str) -> str:
    """The instruction as builders agree on it: keyword upper-case, runs of blanks as one, FROM without digest.

    The classic builder prints the text as written, BuildKit joins continuations with the blanks kept and
    upper-cases the keyword.
    """
    keyword, *rest = instruction.split()[:1] + instruction.split()[1:] or [""]
    text = " ".join([keyword.upper(), *rest])
    return _DIGEST.sub("", text) if keyword.upper() == "FROM" else text


def flagless_key(instruction: str) -> str:
    """The instruction without its flags, as an image's history keeps it (`--mount`, `--from` are lost there)."""
    keyword, _, rest = instruction_key(instruction).partition(" ")
    return f"{keyword} {_FLAGS.sub('', rest, count=1)}".strip()
