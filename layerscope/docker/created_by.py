"""What a history entry's `created_by` says: the instruction behind a layer, in the dialects builders write."""

from __future__ import annotations

import re

from layerscope.values import Value

_BUILDKIT_SUFFIX = " # buildkit"
_NOP = re.compile(r"^/bin/sh -c #\(nop\)\s+")
_ARGS = re.compile(r"^\|(\d+) ")
_KEYWORDS = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    }
)


class CreatedBy(Value):
    """keyword: `RUN`, `COPY`, …; empty where the entry names no instruction (an import, a commit, another tool).

    text: the instruction as one would write it, as far as the entry tells (mounts and `--link` are never there;
    the classic builder keeps a hash in place of COPY's sources). dialect: `buildkit`, `classic` or `other`.
    """

    keyword: str
    text: str
    dialect: str


def parse_created_by(created_by: str) -> CreatedBy:
    """Read one entry; evidence, not truth: any tool may have written anything."""
    text = created_by.strip()
    nop = _NOP.match(text)
    if nop:
        body = text[nop.end() :].strip()
        return CreatedBy(_keyword(body), body, "classic")
    dialect = "buildkit" if text.endswith(_BUILDKIT_SUFFIX) else ""
    body = text.removesuffix(_BUILDKIT_SUFFIX).rstrip()
    keyword = _keyword(body)
    if keyword == "RUN":
        return CreatedBy("RUN", f"RUN {_command(body[3:].strip())}", dialect or "buildkit")
    if keyword:
        return CreatedBy(keyword, body, dialect or "buildkit")
    if body.startswith("/bin/sh -c ") or _ARGS.match(body):
        return CreatedBy("RUN", f"RUN {_command(body)}", "classic")
    return CreatedBy("", body, "other")


def _keyword(body: str) -> str:
    word = body.split(maxsplit=1)[0].upper() if body else ""
    return word if word in _KEYWORDS else ""


def _command(body: str) -> str:
    """The command without the build arguments in front of it (`|1 V=9 `) and without the default shell."""
    match = _ARGS.match(body)
    if match:
        rest = body[match.end() :]
        shell = rest.find("/bin/sh -c ")
        # Values may hold blanks: without the shell to mark the end, one word is dropped per argument.
        rest = rest[shell:] if shell >= 0 else rest.split(" ", int(match[1]))[-1]
        body = rest
    return body.removeprefix("/bin/sh -c ")
