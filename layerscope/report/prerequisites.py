"""`context` as prerequisites for make: what an image depends on."""

from __future__ import annotations

import re

from layerscope.analysis.answers.context_use import ContextUse

_ESCAPED = re.compile(r"(\\*)([ #:*?\[])")
_UNSPEAKABLE = re.compile(r"[\t\n\r\v\f|;]|\\(?=\\*$)")


def prerequisites(use: ContextUse, target: str = "image") -> str:
    """A rule for make: the image depends on what its steps read, and on what describes the build."""
    paths = dict.fromkeys(path for step in use.steps for path in step.paths)
    prefix = "" if use.reference in {".", "-"} else use.reference.rstrip("/") + "/"
    files = [use.dockerfile, *(prefix + path for path in paths)]
    return f"{target}: \\\n" + " \\\n".join(f"  {_for_make(file)}" for file in dict.fromkeys(files)) + "\n"


def _for_make(path: str) -> str:
    """A path as a word of a rule: make splits at blanks, expands patterns, and knows signs it has no escape for.

    For those, and for blanks and backslashes at the end, a pattern stands that matches them.
    """
    body, end = path.rstrip(" "), " " * (len(path) - len(path.rstrip(" ")))
    # A backslash is one by itself, but in front of what is escaped two are needed.
    escaped = _ESCAPED.sub(lambda found: 2 * found[1] + "\\" + found[2], body)
    quoted = _UNSPEAKABLE.sub("?", escaped).replace("$", "$$") + "?" * len(end)
    return "[~]" + quoted[1:] if quoted.startswith("~") else quoted
