"""An engine that answers nonsense or goes away: one line each. A server of our own plays these faults only."""

from __future__ import annotations

import json
import os
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from made_images import digest, layer
from odd_archives import docker_archive
from run import layerscope

pytestmark = pytest.mark.skipif(os.name == "nt", reason="engines listen on Unix sockets")

LAYER = layer("etc/passwd:900")
SAVED = docker_archive([LAYER])
INSPECTED = {
    "Id": "sha256:" + 64 * "1", "Os": "linux", "Architecture": "amd64", "RepoTags": ["app:1"], "Config": {},
    "RootFS": {"Type": "layers", "Layers": [digest(LAYER)]}, "Created": "2026-01-01T00:00:00Z",
}  # fmt: skip
HISTORY = [{"Id": "x", "Created": 1767225600, "CreatedBy": "COPY . .", "Size": 900, "Comment": "", "Tags": None}]


class Engine(BaseHTTPRequestHandler):
    """What an engine answers, until `fault` comes: a part of a path and what then is done instead."""

    protocol_version = "HTTP/1.1"
    fault: tuple[str, str] = ("nothing", "")

    def do_GET(self) -> None:
        asked, instead = self.fault
        body = SAVED if self.path.endswith("/get") else json.dumps(self.answer()).encode()
        if asked not in self.path:
            self.reply(200, body)
        elif instead == "close":
            self.close_connection = True
        elif instead == "half":
            self.reply(200, body[: len(body) // 2], len(body))
        elif instead == "page":
            self.reply(200, b"<html>hello</html>")
        else:
            message = "No such image: app" if instead == "404" else "no, \x1b[31mnever"
            self.reply(int(instead), json.dumps({"message": message}).encode())

    def answer(self) -> object:
        if "/version" in self.path:
            return {"ApiVersion": "1.45"}
        return HISTORY if self.path.endswith("/history") else INSPECTED

    def reply(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = length is not None

    def address_string(self) -> str:
        return "engine"

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Engine]]:
    with tempfile.TemporaryDirectory() as folder:  # a socket's path may not be long
        place = str(Path(folder) / "socket")
        handler = type("Playing", (Engine,), {})
        with socketserver.ThreadingUnixStreamServer(place, handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            monkeypatch.setenv("DOCKER_HOST", f"unix://{place}")
            yield handler
            server.shutdown()


def test_without_a_fault_it_is_an_engine(engine: type[Engine], capsys: pytest.CaptureFixture[str]) -> None:
    assert layerscope(capsys, "image", "app", "--no-store", "--format", "json").document["size"] == 900


@pytest.mark.parametrize(
    ("asked", "instead", "said"),
    [
        ("/version", "close", "breaks off the connection"),
        ("/version", "page", "is no engine"),
        ("/version", "404", "is no engine"),
        ("/json", "close", "breaks off the connection"),
        ("/json", "half", "breaks off the connection"),
        ("/json", "page", "is no engine"),
        ("/json", "404", "has no such image"),
        ("/json", "500", "the engine refuses: no, \\x1b[31mnever"),
        ("/history", "half", "breaks off the connection"),
        ("/history", "500", "the engine refuses"),
        ("/get", "close", "breaks off the connection"),
        ("/get", "half", "went away while it saved the image"),
        ("/get", "page", "the tar ends inside an entry"),
        ("/get", "500", "the engine refuses"),
    ],
)
def test_faults_are_one_line(
    engine: type[Engine], capsys: pytest.CaptureFixture[str], asked: str, instead: str, said: str
) -> None:
    engine.fault = (asked, instead)
    done = layerscope(capsys, "image", "app", "--no-store")
    assert (done.status, done.out) == (2, "")
    assert said in done.err and done.err.count("\n") == 1, done.err
