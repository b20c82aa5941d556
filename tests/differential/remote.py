"""What ADD may fetch: files over http and a git repository, on loopback, always the same.

Cases name them by the addresses HTTP and GIT; an engine is given those that are served in this run. What lies below
`/moved/` has several versions: the one is served whose checksum the Dockerfile names.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTTP, GIT = "127.0.0.1:8000", "127.0.0.1:9418"
REPOSITORY = f"git://{GIT}/lab.git"
MOVED, VERSIONS = "/moved/f.txt", (1, 2, 3)
_MOVED = re.compile(r"--checksum=(sha256:\w+) (?:--\S+ )*http://[^/\s]+(/moved/\S+)")
BRANCHES = {"main": "one\n", "dev": "two\n"}  # and what lies in their sub/inner.txt


def body(path: str, version: int = 0) -> bytes:
    """What is served at a path: a tar where it ends so. version: of what lies below MOVED."""
    content = f"this is {path.rpartition('/')[2]}{f', version {version}' if version else ''}\n".encode()
    if not path.endswith(".tar"):
        return content
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo("page")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def checksum(path: str, version: int = 0) -> str:
    return f"sha256:{hashlib.sha256(body(path, version)).hexdigest()}"


@dataclass(frozen=True)
class Served:
    """The addresses that are served. bodies: what is served now at paths below MOVED."""

    http: str = HTTP
    git: str = GIT
    bodies: dict[str, bytes] = field(default_factory=dict)

    def move(self, dockerfile: str) -> None:
        """Serve below MOVED what a Dockerfile asks for from now on."""
        for digest, path in _MOVED.findall(dockerfile):
            for version in VERSIONS:
                if checksum(path, version) == digest:
                    self.bodies[path] = body(path, version)

    def real(self, text: str) -> str:
        """A text of a case as the engine is given it."""
        return text.replace(HTTP, self.http).replace(GIT, self.git)

    def written(self, text: str) -> str:
        """What the engine said, as the case would have it."""
        return text.replace(self.http, HTTP).replace(self.git, GIT)


class _Handler(BaseHTTPRequestHandler):
    bodies: Mapping[str, bytes]

    def do_GET(self) -> None:
        self._answer(self._whole())

    def do_HEAD(self) -> None:
        self._answer(b"")

    def _whole(self) -> bytes:
        path = self.path.partition("?")[0]
        return self.bodies.get(path) or body(path)

    def _answer(self, content: bytes) -> None:
        whole = self._whole()
        self.send_response(200 if "/missing" not in self.path else 404)
        self.send_header("ETag", f'"{hashlib.sha256(whole).hexdigest()}"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Nothing: the engine's own output says what it asked for."""


@contextlib.contextmanager
def served() -> Iterator[Served]:
    """Serve both for the time of the context."""
    bodies: dict[str, bytes] = {}
    handler = type("_HandlerOfThisRun", (_Handler,), {"bodies": bodies})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        _make_repository(Path(folder) / "lab.git")
        port = _free_port()
        daemon = subprocess.Popen(
            ["git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", f"--base-path={folder}",
             "--export-all", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for(port)
            yield Served(f"127.0.0.1:{server.server_address[1]}", f"127.0.0.1:{port}", bodies)
        finally:
            os.killpg(daemon.pid, 15)
            daemon.wait()
            server.shutdown()


def _make_repository(path: Path) -> None:
    """Two branches and a tag; the same commits in every run."""
    nobody = {f"GIT_{who}_{what}": "lab" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {f"GIT_{who}_DATE": "2026-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")}
    environment = {**os.environ, **nobody, **dates, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(path.parent)}
    work = path.parent / "work"

    def git(*words: str, folder: Path = work) -> None:
        subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True)

    (work / "sub").mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=main")
    for number, (branch, inner) in enumerate(BRANCHES.items()):
        if number:
            git("checkout", "--quiet", "-b", branch)
        (work / "top.txt").write_text("top\n")
        (work / "sub" / "inner.txt").write_text(inner)
        git("add", ".")
        git("commit", "--quiet", "-m", branch)
    git("tag", "v1", "main")
    git("clone", "--quiet", "--bare", str(work), str(path), folder=path.parent)
    git("--git-dir", str(path), "symbolic-ref", "HEAD", "refs/heads/main", folder=path.parent)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TimeoutError("the git daemon does not answer")
