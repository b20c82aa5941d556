"""What a registry or the way to it does wrong: one line that names the reference, tells no secret, and ends soon."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from made_images import INDEX, MANIFEST, Files, digest, layer, put, put_image, with_index
from run import layerscope

from layerscope.docker.json_document import JSON_LIMIT
from layerscope.errors import InputError
from layerscope.image.layers.measure import measure
from layerscope.image.open import read_image
from layerscope.image.registry.access import Limits, RegistryAccess
from layerscope.image.registry.challenge import parse_challenges
from layerscope.image.registry.client import MANIFEST_LIMIT

PASSWORD = "s3cret-p4ssword"
TOKEN = "t0ken-of-the-server"
BODY = bytes(range(256)) * 2000
LAYER = layer("srv/", "srv/data:100000")
SOON = RegistryAccess(layers=True, limits=Limits(1, 0.3, 1, retries=2, backoff_seconds=0))


class Handler(BaseHTTPRequestHandler):
    """Answers as the server's script for the path says, one step after the other, the last one for ever."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultyRegistry

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers))
        path = self.path.partition("?")[0]
        steps = self.server.scripts.get(path)
        if steps is None:
            self.reply(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
            return
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        step(self)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def reply(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if length is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


Step = Callable[[Handler], None]


class FaultyRegistry(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server_port}"
        self.scripts: dict[str, list[Step]] = {"/v2/": [answers(b"{}")]}
        self.asked: list[tuple[str, str, Any]] = []
        self.done = threading.Event()

    def serve_image(self, files: Files, tag: str = "v1") -> dict[str, str]:
        """Serves a layout; the paths of its manifest (by tag), config and first layer."""
        top = json.loads(files["index.json"])["manifests"][0]["digest"]
        paths = {}
        for path, data in files.items():
            if path.startswith("blobs/"):
                self.scripts[f"/v2/app/{path.replace('blobs/sha256/', 'blobs/sha256:')}"] = [answers(data)]
                by_digest = f"/v2/app/manifests/{digest(data)}"
                self.scripts[by_digest] = [answers(data, Docker_Content_Digest=digest(data))]
                if digest(data) == top:
                    paths["manifest"] = f"/v2/app/manifests/{tag}"
                    self.scripts[paths["manifest"]] = self.scripts[by_digest]
                    document = json.loads(data)
                    if "config" in document:
                        paths["config"] = f"/v2/app/blobs/{document['config']['digest']}"
                        paths["layer"] = f"/v2/app/blobs/{document['layers'][0]['digest']}"
        return paths

    def handle_error(self, *_: object) -> None:  # a client that hangs up is part of the play
        pass


def answers(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> Step:
    return lambda to: to.reply(status, body, length, **headers)


def stalls(to: Handler) -> None:
    to.server.done.wait(5)  # type: ignore[attr-defined]


def stalls_in_the_body(to: Handler) -> None:
    to.send_response(200)
    to.send_header("Content-Length", "1000")
    to.end_headers()
    to.wfile.write(b"{")
    stalls(to)


def drips(to: Handler) -> None:
    to.send_response(200)
    to.send_header("Content-Length", "100000")
    to.end_headers()
    while not to.server.done.wait(0.1):  # type: ignore[attr-defined]
        to.wfile.write(b" " * 200)


def hangs_up(to: Handler) -> None:
    to.close_connection = True


def never_ends(to: Handler) -> None:
    to.send_response(200)
    to.send_header("Transfer-Encoding", "chunked")
    to.end_headers()
    while True:
        to.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def cut(data: bytes, at: int) -> Step:
    return answers(data[:at], length=len(data))


def part(data: bytes, start: int) -> Step:
    def reply(to: Handler) -> None:
        assert to.headers["Range"] == f"bytes={start}-"
        to.reply(206, data[start:])

    return reply


def wants(challenge: str) -> Step:
    return answers(b"{}", 401, WWW_Authenticate=challenge)


def bearer(server: FaultyRegistry, realm: str = "") -> Step:
    return wants(f'Bearer realm="{realm or f"http://{server.address}/token"}",service="s",scope="repository:app:pull"')


@pytest.fixture
def server() -> Iterator[FaultyRegistry]:
    server = FaultyRegistry()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.done.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def other() -> Iterator[FaultyRegistry]:
    other = FaultyRegistry()
    threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
    yield other
    other.done.set()
    other.shutdown()
    other.server_close()


@pytest.fixture(autouse=True)
def credentials(server: FaultyRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of the registry alone; a .netrc has some for every host."""
    auth = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {server.address: {"auth": auth}}}))
    (tmp_path / ".netrc").write_text(f"default login me password {PASSWORD}\n")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nothing is there; this machine is asked directly
    return f"Basic {auth}"


def image(*layers: bytes, **more: Any) -> Files:
    files: Files = {}
    return with_index(files, put_image(files, list(layers or (LAYER,)), **more))


def one_line(error: InputError, reference: str) -> None:
    text = str(error)
    assert text.startswith(reference)
    assert "\n" not in text
    assert not any(secret in text for secret in (PASSWORD, TOKEN, base64.b64encode(PASSWORD.encode()).decode()))


def failing(server: FaultyRegistry, message: str, name: str = "app:v1") -> None:
    reference = f"registry:{server.address}/{name}"
    began = time.monotonic()
    with pytest.raises(InputError, match=message) as raised:
        measure(read_image(reference, access=SOON))
    one_line(raised.value, reference)
    assert time.monotonic() - began < 30  # no wait that a registry asks for is without bound


@pytest.mark.parametrize("what", ["manifest", "config", "layer"])
@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([stalls], "does not answer in time"),
        ([stalls_in_the_body], "does not answer in time"),
        ([hangs_up], "breaks off"),
        ([cut(BODY, 1000)], "breaks off"),
        ([answers(b"<html>Please log in</html>", Content_Type="text/html; charset=utf-8")], "with a web page"),
        ([answers(b"{}")], "damaged|not JSON|ends after|holds no image|without a config"),
        ([answers(BODY)], "damaged|not JSON|longer than"),
        ([answers(b"{}", 403)], r"denies access \(403\)"),
        ([answers(b"{}", 404)], "no such repository, tag or digest"),
        ([answers(b"{}", 418)], r"unexpected answer \(418\)"),
        ([answers(b"{}", 503)], r"fails \(503\)"),
        ([answers(b"{}", 429, Retry_After="3600")], r"\(429\); it asks to come back in 3600 s"),
        ([answers(b"{}", 302, Location="/v2/")], "damaged|holds no image|without a config|ends after"),
        ([answers(b"{}", 302, Location="http://user@elsewhere.invalid/")], "to elsewhere.invalid without TLS"),
        ([answers(b"{}", 302, Location="https://127.0.0.1:1/")], "nothing answers at 127.0.0.1:1 "),
        ([answers(b"{}", 401)], "authorization of an unknown kind"),
        ([wants('Basic realm="x"')], "does not let the user of docker login read this"),
    ],
)  # fmt: skip
def test_faults(server: FaultyRegistry, what: str, steps: list[Step], message: str) -> None:
    paths = server.serve_image(image())
    server.scripts[paths[what]] = list(steps)
    failing(server, message)


@pytest.mark.parametrize("what", ["manifest", "config", "layer"])
@pytest.mark.parametrize(
    "fault",
    [hangs_up, answers(b"{}", 503), answers(b"{}", 429, Retry_After="0"), answers(b"{", length=500)],
)
def test_what_passes_is_tried_again(server: FaultyRegistry, what: str, fault: Step) -> None:
    paths = server.serve_image(image())
    right = server.scripts[paths[what]][0]
    if what == "layer" and fault not in (hangs_up,):
        body = LAYER
        server.scripts[paths[what]] = [cut(body, 5000), part(body, 5000)]
    else:
        server.scripts[paths[what]] = [fault, right]
    files = measure(read_image(f"registry:{server.address}/app:v1", access=SOON))
    assert files is not None
    assert files.size == 100000


def test_a_layer_goes_on_where_it_stopped_even_without_ranges(server: FaultyRegistry) -> None:
    paths = server.serve_image(image())
    server.scripts[paths["layer"]] = [cut(LAYER, 3000), part(LAYER, 3000), answers(LAYER)]
    server.scripts[paths["layer"]][1] = cut(LAYER, 70000)  # again from the start, and again not to its end
    files = measure(read_image(f"registry:{server.address}/app:v1", access=SOON))
    assert files is not None
    assert files.size == 100000


def test_a_layer_is_checked_to_its_last_byte(server: FaultyRegistry) -> None:
    paths = server.serve_image(image())
    server.scripts[paths["layer"]] = [answers(LAYER[:-1] + b"x")]  # behind the end of the tar
    failing(server, "the layer sha256:[0-9a-f]{64} is damaged")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (answers(b"{}", length=MANIFEST_LIMIT + 1), f"sends more than the {MANIFEST_LIMIT} bytes allowed"),
        (never_ends, f"sends more than the {MANIFEST_LIMIT} bytes allowed"),
        (drips, "sends too slowly"),
        (answers(b'{"manifests": [{"digest": "sha256:../../x"}]}'), "is not a digest"),
        (answers(b"[" * 100_000), "not JSON"),
        (answers(b"{}", Docker_Content_Digest=digest(b"other")), "the manifest sha256:[0-9a-f]{64} is damaged"),
        (answers(b"{}", Docker_Content_Digest="../../x"), "is not a digest"),
        (answers(b'{"signatures": [{"protected": "%%%"}]}'), "not JSON"),
        (answers(b'{"signatures": [{"protected": "a"}]}'), "signature that is not base64"),
        (answers(b'{"signatures": [{"protected": "e30"}]}'), "signature that does not fit"),
        (answers(b'{"fsLayers": [{"blobSum": "x"}], "history": []}'), "is not a digest"),
        (answers(b'{"fsLayers": [], "history": [{"v1Compatibility": "{}"}]}'), "0 layers, but 1 entries of history"),
    ],
)
def test_manifests_that_are_bombs_or_lies(server: FaultyRegistry, step: Step, message: str) -> None:
    server.scripts["/v2/app/manifests/v1"] = [step]
    failing(server, message)


def test_a_digest_asked_for_is_what_comes(server: FaultyRegistry) -> None:
    wanted = digest(b"what was asked for")
    server.scripts[f"/v2/app/manifests/{wanted}"] = [answers(b"{}", Docker_Content_Digest=digest(b"{}"))]
    failing(server, f"the manifest {wanted} is damaged", f"app@{wanted}")


def test_a_config_that_never_ends(server: FaultyRegistry) -> None:
    paths = server.serve_image(image())
    server.scripts[paths["config"]] = [never_ends]
    failing(server, f"sends more than the {JSON_LIMIT} bytes allowed")


def test_an_index_that_asks_for_thousands_of_requests(server: FaultyRegistry) -> None:
    files: Files = {}
    several = [put(files, json.dumps({"manifests": [], "n": n}).encode(), INDEX) for n in range(120)]
    index = {"schemaVersion": 2, "manifests": several}
    server.serve_image(with_index(files, put(files, json.dumps(index).encode(), INDEX)))
    failing(server, "needs more than 100 documents")


def test_a_platform_that_is_gone(server: FaultyRegistry, capsys: pytest.CaptureFixture[str]) -> None:
    files: Files = {}
    here = put_image(files, [LAYER], platform={"os": "linux", "architecture": "amd64"})
    gone = {**here, "digest": digest(b"gone"), "platform": {"os": "linux", "architecture": "arm64"}}
    index = {"schemaVersion": 2, "manifests": [gone, here]}
    server.serve_image(with_index(files, put(files, json.dumps(index).encode(), INDEX)))
    reference = f"registry:{server.address}/app:v1"
    assert str(read_image(reference, access=SOON).platform) == "linux/amd64"
    names = f"is broken: its index names the manifest of linux/arm64, {digest(b'gone')}, which is not there"
    with pytest.raises(InputError, match=names):
        read_image(reference, platform="linux/arm64", access=SOON)
    server.scripts["/v2/app/tags/list"] = [answers(b'{"tags": ["v1"]}')]
    done = layerscope(capsys, "registry", server.address, "app")
    assert done.status == 0, done.err
    assert "app:v1 is broken: linux/arm64 is gone." in done.out.partition("\n")[0]


def test_layers_kept_elsewhere_are_not_fetched(server: FaultyRegistry) -> None:
    files = image()
    path = next(path for path, data in files.items() if b"schemaVersion" in data and path != "index.json")
    manifest = json.loads(files.pop(path))
    manifest["layers"][0]["urls"] = [f"http://{server.address}/secret"]
    data = json.dumps(manifest).encode()
    server.serve_image(with_index(files, put(files, data, MANIFEST)))
    found = read_image(f"registry:{server.address}/app:v1", access=SOON)
    assert measure(found) is None
    assert [layer.compressed_size for layer in found.layers] == [len(LAYER)]
    assert [assumed.kind for assumed in found.assumptions] == ["remote"]
    assert not [path for _, path, _ in server.asked if path == "/secret"]


# -- what is told to whom -------------------------------------------------------------------------------------


def told(server: FaultyRegistry) -> list[tuple[str, str | None]]:
    return [(path.partition("?")[0], headers["Authorization"]) for _, path, headers in server.asked]


def test_a_redirect_is_told_no_credentials(server: FaultyRegistry, other: FaultyRegistry, credentials: str) -> None:
    paths = server.serve_image(image())
    for path in ("config", "layer"):
        right = server.scripts[paths[path]][0]
        other.scripts[f"/{path}"] = [right]
        moved = answers(b"", 307, Location=f"http://localhost:{other.server_port}/{path}?signature=s3cret")
        server.scripts[paths[path]] = [wants('Basic realm="x"'), moved]
    server.scripts[paths["manifest"]].insert(0, wants('Basic realm="x"'))
    assert measure(read_image(f"registry:{server.address}/app:v1", access=SOON)) is not None
    assert (paths["manifest"], credentials) in told(server)
    assert told(other) == [("/config", None), ("/layer", None)]


def test_who_a_redirect_leads_to_is_told_none_on_asking(
    server: FaultyRegistry, other: FaultyRegistry, credentials: str
) -> None:
    paths = server.serve_image(image())
    server.scripts[paths["config"]] = [answers(b"", 307, Location=f"http://localhost:{other.server_port}/x")]
    other.scripts["/x"] = [wants('Basic realm="give me all"')]
    failing(server, rf"leads to localhost:{other.server_port}, which refuses \(401\)")
    assert told(other) == [("/x", None)]


def test_credentials_are_sent_when_asked_for(server: FaultyRegistry, credentials: str) -> None:
    server.serve_image(image())
    read_image(f"registry:{server.address}/app:v1", access=SOON)
    assert {header for _, header in told(server)} == {None}


@pytest.mark.parametrize("challenge", ['Negotiate, Basic realm="a, b", Bearer ', "Bearer "])
def test_a_token_loop_ends(server: FaultyRegistry, credentials: str, challenge: str) -> None:
    server.scripts["/v2/app/manifests/v1"] = [wants(f'{challenge}realm="http://{server.address}/token",service="s"')]
    server.scripts["/token"] = [answers(json.dumps({"token": TOKEN}).encode())]
    failing(server, "does not let the user of docker login read this")
    assert told(server) == [
        ("/v2/", None),
        ("/v2/app/manifests/v1", None),
        ("/token", credentials),
        ("/v2/app/manifests/v1", f"Bearer {TOKEN}"),
    ]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (answers(b"{}"), "gives no token"),
        (answers(b'{"token": "a\\r\\nX-Evil: b"}'), "gives no token"),
        (answers(b"<html>"), "not JSON"),
        (answers(b"{}", 500), r"gives no token \(500\)"),
        (answers(b"{}", 401), "does not let the user of docker login read this"),
        (never_ends, "sends more than"),
        (stalls, "does not answer in time"),
        (hangs_up, "breaks off"),
        (cut(b"{}" * 100, 10), "not JSON"),
    ],
)
def test_token_servers(server: FaultyRegistry, step: Step, message: str) -> None:
    server.scripts["/v2/app/manifests/v1"] = [bearer(server)]
    server.scripts["/token"] = [step]
    failing(server, message)


@pytest.mark.parametrize("realm", ["http://tokens.example/", "file:///etc/passwd", "no url", ""])
def test_no_secret_goes_over_plain_http(server: FaultyRegistry, realm: str) -> None:
    server.scripts["/v2/app/manifests/v1"] = [wants(f'Bearer realm="{realm}"')]
    failing(server, "sends for a token to an address without TLS")


def test_an_identity_token_is_not_sent_on(server: FaultyRegistry, other: FaultyRegistry, tmp_path: Path) -> None:
    auths = {"auths": {server.address: {"identitytoken": PASSWORD}}}
    (tmp_path / "config.json").write_text(json.dumps(auths))
    server.scripts["/v2/app/manifests/v1"] = [bearer(server)]
    server.scripts["/token"] = [answers(b"", 307, Location=f"http://localhost:{other.server_port}/token")]
    failing(server, r"gives no token \(307\)")
    assert other.asked == []


def test_a_token_that_ran_out_is_renewed(server: FaultyRegistry) -> None:
    paths = server.serve_image(image())
    for path in ("manifest", "config"):
        server.scripts[paths[path]].insert(0, bearer(server))
    server.scripts["/token"] = [answers(b'{"token": "one"}'), answers(b'{"access_token": "two"}')]
    read_image(f"registry:{server.address}/app:v1", access=SOON)
    assert [header for path, header in told(server) if path == paths["config"]] == ["Bearer one", "Bearer two"]


@pytest.mark.parametrize("name", [f"me:{PASSWORD}@HOST/app:v1", f"me:{PASSWORD}@HOST/app@sha256:{'0' * 64}"])
def test_a_password_in_a_name_is_not_repeated(
    server: FaultyRegistry, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for scheme in ("registry:", "docker://"):
        done = layerscope(capsys, "--debug", "image", scheme + name.replace("HOST", server.address))
        assert (done.status, done.out) == (2, "")
        assert PASSWORD not in done.err
    done = layerscope(capsys, "--debug", "registry", f"http://me:{PASSWORD}@{server.address}")
    assert (done.status, done.out) == (2, "")
    assert PASSWORD not in done.err


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("Basic", [("basic", {})]),
        ('Basic realm="a \\"b\\", c"', [("basic", {"realm": 'a "b", c'})]),
        ('Bearer realm="r" , service=s,Basic', [("bearer", {"realm": "r", "service": "s"}), ("basic", {})]),
        ('NTLM, BASIC Realm = "x"', [("ntlm", {}), ("basic", {"realm": "x"})]),
        (', ,"', []),
    ],
)
def test_challenges(header: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    assert [(c.scheme, c.parameters) for c in parse_challenges(header)] == expected


# -- lists of names -------------------------------------------------------------------------------------------


def listed(key: str, *names: str, follow: str | None = None) -> Step:
    headers = {"Link": f'<{follow}>; rel="next"'} if follow else {}
    return answers(json.dumps({key: list(names)}).encode(), **headers)


def test_lists_in_pages(server: FaultyRegistry, capsys: pytest.CaptureFixture[str]) -> None:
    server.serve_image(image())
    server.scripts["/v2/_catalog"] = [
        listed("repositories", "app", follow="/v2/_catalog?last=app&n=1"), listed("repositories", "empty"),
    ]  # fmt: skip
    server.scripts["/v2/app/tags/list"] = [listed("tags", "v1", follow="list?last=v1"), listed("tags", "zombie")]
    server.scripts["/v2/empty/tags/list"] = [answers(b'{"name": "empty", "tags": null}')]
    done = layerscope(capsys, "registry", server.address, "--format", "json")
    assert [(r["name"], r["tags"]) for r in done.document["repositories"]] == [("app", ["v1", "zombie"]), ("empty", [])]
    assert [a["kind"] for a in done.document["assumptions"]] == ["remote", "missing"]
    assert "tags to read: 2" in done.err


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([answers(b"{}", 401, WWW_Authenticate='Basic realm="x"')], "name the repositories after the address"),
        ([answers(b"{}", 403)], "name the repositories after the address"),
        ([answers(b"{}", 404)], "name the repositories after the address"),
        ([listed("repositories", follow="http://elsewhere.example/v2/_catalog")], "goes on at another host"),
        ([listed("repositories", follow="/v2/_catalog?again")], "does not end"),
        ([listed("repositories", follow=f"/v2/_catalog?{n}") for n in range(9)], "does not end"),
        ([listed("repositories", "../../x")], "not well formed"),
        ([answers(b'{"repositories": [1]}')], "not an array of strings"),
    ],
)
def test_catalogs(
    server: FaultyRegistry, steps: list[Step], message: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("layerscope.image.registry.client._PAGES_LIMIT", 5)
    server.scripts["/v2/_catalog"] = steps
    done = layerscope(capsys, "registry", server.address)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"layerscope: {server.address}: ")
    assert re.search(message, done.err.strip())
