"""How `docker history` and its like cut CREATED BY where nobody asks for all of it (`--no-trunc`), and logs names."""

from __future__ import annotations

# At 45 characters, with the ellipsis: Docker's, the same as PowerShell misreads it, podman's.
_CUT_LENGTH = 45
CUT = "…"
"""What stands at the end of a step's name of which a log shows only the beginning."""

_ELLIPSES = (("…", 1), ("ΓÇª", 1), ("...", 3))


# Of a name, with its three dots, in plain logs of BuildKit before 0.8.
_CUT_NAME_LENGTH = 75


def shown_beginning(name: str) -> str | None:
    """What a log shows of a step's name that it cuts; None of a whole one."""
    if name.endswith(CUT):
        return name.removesuffix(CUT)
    if name.endswith("...") and len(name) == _CUT_NAME_LENGTH:
        return name.removesuffix("...")
    return None


def is_truncated(created_by: str) -> bool:
    """Whether a tool has cut this. Instructions may end in three dots: these are a cut only where one is made."""
    for ellipsis, width in _ELLIPSES:
        if created_by.endswith(ellipsis):
            length = len(created_by) - len(ellipsis) + width
            return length == _CUT_LENGTH if width == 3 else length <= _CUT_LENGTH
    return False


def without_ellipsis(created_by: str) -> str:
    """What is left of a text that was cut."""
    for ellipsis, _ in _ELLIPSES:
        if created_by.endswith(ellipsis):
            return created_by.removesuffix(ellipsis)
    return created_by
