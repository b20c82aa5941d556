"""The parser directive `# check=`: what of it the builder refuses."""

from __future__ import annotations

_BOOLEANS = frozenset("1 t T TRUE true True 0 f F FALSE false False".split())  # noqa: SIM905


def check_lint_options(text: str) -> None:
    """`skip=…;error=…;experimental=…`, at most three. Raises ValueError."""
    for option in text.strip().split(";", 2) if text.strip() else ():
        name, equals, value = option.partition("=")
        if not equals or name.strip() not in {"skip", "error", "experimental"}:
            raise ValueError(f'invalid check option "{name.strip() if equals else option}"')
        if name.strip() == "error" and value.strip() not in _BOOLEANS:
            raise ValueError(f'failed to parse check option "{option}"')
