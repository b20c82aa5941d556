"""Ask a running builder: `DOCKER_HOST=…` or `BUILDX_BUILDER=… python -m tests.verdicts` writes every verdict anew.

The file is that of the builder's release of BuildKit. Each line is one Dockerfile between `FROM busybox` and `COPY a /`
(a text that begins with FROM brings its own); `\\n` stands for a newline. A builder with `busybox:latest` is all that
is needed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from layerscope.docker.inspected_builder import buildkit_version
from layerscope.graph.versions import release
from tests.verdicts.data import dockerfile, read_verdicts, releases, write_verdicts


def _accepts(text: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(dockerfile(text))
        (Path(folder) / "a").write_text("a")
        command = ["docker", "buildx", "build", "--network", "none", "--output", "type=cacheonly", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode and "ERROR: failed to" not in done.stderr:
        sys.exit(done.stderr.strip())
    return done.returncode == 0


def _release() -> str:
    version = buildkit_version(_said("buildx", "inspect"), lambda: _said("version", "--format", "{{.Server.Version}}"))
    found = release(version) if version else None
    if found is None:
        sys.exit("the builder does not tell its version")
    return found


def _said(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    texts = [text for text, _ in read_verdicts(releases()[0])]
    write_verdicts(_release(), [(text, _accepts(text)) for text in texts])


if __name__ == "__main__":
    main()
