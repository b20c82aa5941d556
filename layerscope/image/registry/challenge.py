"""WWW-Authenticate: what a registry wants before it answers (RFC 9110, 11.6.1; distribution's token scheme)."""

from __future__ import annotations

import re

from layerscope.values import Value

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER = re.compile(rf'({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(rf"({_WORD})(?=\s|,|$)")


class Challenge(Value):
    """scheme: in lower case. parameters: names in lower case."""

    scheme: str
    parameters: dict[str, str]


def parse_challenges(header: str) -> list[Challenge]:
    """All challenges of a header; several are separated by commas, as the parameters of each are."""
    challenges: list[Challenge] = []
    at = 0
    while at < len(header):
        if parameter := _PARAMETER.match(header, at):
            name, quoted, plain = parameter.groups()
            if challenges:
                value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                challenges[-1].parameters.setdefault(name.lower(), value)
            at = parameter.end()
        elif scheme := _SCHEME.match(header, at):
            challenges.append(Challenge(scheme[1].lower(), {}))
            at = scheme.end()
        else:
            at += 1
    return challenges
