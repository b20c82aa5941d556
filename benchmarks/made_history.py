"""A repository with a long history, the same commits in every run."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

_HEAD = "committer b <b@localhost> {time} +0000\ndata 2\nc\n"
_START = 1_700_000_000
_DAY = 86_400
DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG GO={version}
FROM golang:$GO AS base
WORKDIR /src
FROM base AS modules
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
FROM modules AS tool
RUN --mount=target=. --mount=type=cache,target=/root/.cache go build -o /out/tool ./pkg0
FROM modules AS server
COPY . .
RUN --mount=type=cache,target=/root/.cache go build -o /out/server .
FROM base AS docs
COPY docs docs
RUN make-docs
FROM debian:12 AS final
RUN apt-get update && apt-get install -y ca-certificates
COPY --from=tool /out/tool /usr/bin/
COPY --from=server /out/server /usr/bin/
COPY --from=docs /src/docs /usr/share/doc/
"""


def make_history(folder: Path, files: int, commits: int) -> None:
    """`files` files, then `commits` commits: most touch a few files, some the modules, few the Dockerfile."""
    rng = random.Random(1)
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    with subprocess.Popen(
        ["git", "-C", folder, "fast-import", "--quiet"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as importer:
        assert importer.stdin is not None
        names = [f"pkg{number % 97}/sub{number % 11}/file{number}.go" for number in range(files)]
        first = {name: name for name in names} | {
            "go.mod": "0", "go.sum": "0", "docs/a.md": "0", "Dockerfile": DOCKERFILE.format(version="1.20"),
            ".dockerignore": ".git\nbin\n",
        }  # fmt: skip
        importer.stdin.write(_commit(0, first))
        for number in range(1, commits):
            importer.stdin.write(_commit(number, _changes(rng, names, number)))
        importer.stdin.close()
    subprocess.run(["git", "-C", folder, "reset", "-q", "--hard"], check=True)


def _changes(rng: random.Random, names: list[str], number: int) -> dict[str, str]:
    text = f"{number}\n"
    changed = dict.fromkeys(rng.sample(names, rng.choice((1, 2, 3, 5, 40))), text)
    if rng.random() < 0.2:
        changed |= {"go.mod": text, "go.sum": text}
    if rng.random() < 0.1:
        changed["docs/a.md"] = text
    if rng.random() < 0.05:
        changed["Dockerfile"] = DOCKERFILE.format(version=f"1.{20 + number // 100}.{number}")
    return changed


def _commit(number: int, files: dict[str, str]) -> bytes:
    text = "commit refs/heads/main\n" + _HEAD.format(time=_START + number * _DAY // 4)
    for name, content in files.items():
        text += f"M 100644 inline {name}\ndata {len(content)}\n{content}\n"
    return text.encode()
