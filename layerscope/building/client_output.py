"""What the docker client says when it is asked something."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

_SECONDS = 60


def client_output(
    words: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes] | None:
    """What a command of the client wrote; None where it failed, or did not end. environment: None is this program's."""
    try:
        done = subprocess.run(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done if done.returncode == 0 else None
