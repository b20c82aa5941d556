"""Ask a running engine again: `DOCKER_HOST=… python -m tests.verdicts` rewrites every verdict.

Each line of the data is one Dockerfile between `FROM busybox` and `COPY a /` (a text that begins with FROM brings its
own); `\\n` stands for a newline. An engine with `busybox:latest` is all that is needed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.verdicts.data import FILE, dockerfile, read_verdicts


def _accepts(text: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(dockerfile(text))
        (Path(folder) / "a").write_text("a")
        command = ["docker", "buildx", "build", "--network", "none", "--output", "type=cacheonly", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode and "ERROR: failed to" not in done.stderr:
        sys.exit(done.stderr.strip())
    return done.returncode == 0


def main() -> None:
    rows = [(text, _accepts(text)) for text, _ in read_verdicts()]
    FILE.write_text("".join(f"{'built' if accepted else 'refused'}\t{text}\n" for text, accepted in rows))


if __name__ == "__main__":
    main()
