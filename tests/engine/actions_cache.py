"""A stand-in for the cache service of GitHub Actions on loopback: what BuildKit's `gha` asks of its second version.

An entry is written once under its key and never again; whoever asks for a key that is not there gets the newest entry
of those that begin with it. Nothing expires, and nothing is too large.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_CALL = re.compile(r"/twirp/github\.actions\.results\.api\.v1\.CacheService/(\w+)")
_READ_AND_WRITE = 3


@dataclass
class _Entry:
    """What lies under one key. blocks: parts that were sent, by their ids, until the list of them comes."""

    key: str
    version: str
    content: bytes = b""
    blocks: dict[str, bytes] = field(default_factory=dict)
    complete: bool = False


class _Service(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.entries: list[_Entry] = []
        self.changing = threading.Lock()

    def find(self, key: str, version: str) -> int | None:
        """The newest complete entry of a key, or of those that begin with it."""
        found = [
            (entry.key == key, number)
            for number, entry in enumerate(self.entries)
            if entry.complete and entry.version == version and entry.key.startswith(key)
        ]
        return max(found)[1] if found else None


class _Handler(BaseHTTPRequestHandler):
    server: _Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self._body())
        call = _CALL.fullmatch(self.path)
        with self.server.changing:
            status, said = self._answered(call[1] if call else "", asked)
        self._answer(status, json.dumps(said).encode())

    def _answered(self, call: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        entries = self.server.entries
        key, version = asked["key"], asked["version"]
        own = next((n for n, entry in enumerate(entries) if (entry.key, entry.version) == (key, version)), None)
        if call == "CreateCacheEntry":
            if own is not None:
                return 409, {"code": "already_exists", "msg": "the key is taken"}
            entries.append(_Entry(key, version))
            return 200, {"ok": True, "signed_upload_url": self._url(len(entries) - 1)}
        if call == "FinalizeCacheEntryUpload" and own is not None:
            entries[own].complete = True
            return 200, {"ok": True, "entry_id": str(own)}
        if call == "GetCacheEntryDownloadURL":
            found = self.server.find(key, version)
            if found is None:
                return 200, {"ok": False}
            return 200, {"ok": True, "signed_download_url": self._url(found), "matched_key": entries[found].key}
        return 404, {"code": "bad_route", "msg": self.path}

    def _url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/container/{number}"

    def do_PUT(self) -> None:
        entry, words = self._entry()
        content = self._body()
        if words.get("comp") == "block":
            entry.blocks[words["blockid"]] = content
        elif words.get("comp") == "blocklist":
            entry.content = b"".join(
                entry.blocks[name] for name in re.findall(r"<Latest>(.*?)</Latest>", content.decode())
            )
        else:
            entry.content = content
        self._answer(201, b"")

    def do_GET(self) -> None:
        entry, _ = self._entry()
        whole = entry.content
        asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("x-ms-range") or self.headers.get("Range") or "")
        if asked is None:
            self._answer(200, whole)
            return
        first, last = int(asked[1]), int(asked[2]) if asked[2] else len(whole) - 1
        self._answer(206, whole[first : last + 1], f"bytes {first}-{min(last, len(whole) - 1)}/{len(whole)}")

    def _entry(self) -> tuple[_Entry, dict[str, str]]:
        path, _, query = self.path.partition("?")
        return self.server.entries[int(path.rpartition("/")[2])], dict(urllib.parse.parse_qsl(query))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, content: bytes, part: str = "") -> None:
        self.send_response(status)
        self.send_header("x-ms-request-id", "1")
        if part:
            self.send_header("Content-Range", part)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Nothing: BuildKit says what it was refused."""


@contextlib.contextmanager
def served_cache(branch: str = "main") -> Iterator[str]:
    """The service for the time of the context: the words of `type=gha` that say where it is and who asks."""
    service = _Service()
    threading.Thread(target=service.serve_forever, daemon=True).start()
    try:
        yield f"url_v2=http://127.0.0.1:{service.server_address[1]}/,token={_token(branch)}"
    finally:
        service.shutdown()
        service.server_close()


def _token(branch: str) -> str:
    """What a job of one branch is given; nobody looks at its signature."""
    may = json.dumps([{"Scope": f"refs/heads/{branch}", "Permission": _READ_AND_WRITE}])
    now = int(time.time())
    claims = {"ac": may, "nbf": now - 60, "exp": now + 86_400}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    return ".".join([*(_encoded(json.dumps(part).encode()) for part in parts), _encoded(b"unsigned")])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
