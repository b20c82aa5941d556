"""Against a real registry: what it serves, and what lies in its storage, is what was pushed."""

from __future__ import annotations

import base64
import json
import re
import stat
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from fixtures_path import SMALL
from made_images import INDEX, Files, digest, layer, put, put_image, with_index
from pushing import files_of, push, push_blob, put_manifest
from run import layerscope

from layerscope.errors import InputError
from layerscope.image.layers.measure import measure
from layerscope.image.model import Image
from layerscope.image.open import read_image
from layerscope.image.registry.access import RegistryAccess
from layerscope.values import replace
from tests.engine import registry as registries

pytestmark = pytest.mark.xdist_group("registry")

DATA = Path(__file__).parent / "registry_data"
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
USER, PASSWORD = "me", "s3cret"
HTPASSWD = f"{USER}:$2y$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n"  # of PASSWORD
# What stands for no layer in schema 1: a gzipped tar of no entries, as Docker always wrote it.
EMPTY_LAYER = bytes.fromhex("1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000")
BASE, OTHER = layer("etc/", "etc/passwd:900"), layer("srv/", "srv/data:70")
ACCESS_LOG = re.compile(r'"((?:GET|HEAD) \S+) HTTP')


def platforms() -> Files:
    """An index of two platforms and an attestation."""
    files: Files = {}
    amd64 = put_image(files, [BASE, layer("amd64:10")], platform={"os": "linux", "architecture": "amd64"})
    arm64 = put_image(
        files, [BASE, layer("arm64:20")], "linux/arm64", platform={"os": "linux", "architecture": "arm64"}
    )
    attestation = put_image(
        files, [layer("statement:5")], "unknown/unknown", platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest"},
    )  # fmt: skip
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [amd64, arm64, attestation]}
    return with_index(files, put(files, json.dumps(index).encode(), INDEX))


def single(*layers: bytes) -> Files:
    files: Files = {}
    return with_index(files, put_image(files, list(layers)))


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry") / "storage"


@pytest.fixture(scope="module")
def address(registry_program: Path, storage: Path) -> Iterator[str]:
    """A registry without credentials, filled."""
    with registries.running(registry_program, storage.parent / "plain", storage=storage) as address:
        docker = files_of(SMALL / "small.docker.tar")
        push(address, "small/oci", files_of(SMALL / "small.oci.tar"), "v1", "latest")
        push(address, "small/docker", docker, "v1")
        push(address, "many", platforms(), "v1")
        push(address, "moved", single(OTHER), "v1")
        push(address, "moved", single(BASE), "v1")
        push_blob(address, "moved", b"needed by nobody")
        yield address


def same(one: Image, other: Image) -> bool:
    return replace(one, reference="", names=()) == replace(other, reference="", names=())


def requests_of(storage: Path, name: str) -> list[str]:
    return ACCESS_LOG.findall((storage.parent / name / "log").read_text())


@pytest.mark.parametrize("scheme", ["registry:", "docker://"])
@pytest.mark.parametrize("archive", ["oci", "docker"])
def test_an_image_is_what_was_pushed(address: str, scheme: str, archive: str) -> None:
    pushed = read_image(f"oci-archive:{SMALL / f'small.{archive}.tar'}")
    found = read_image(f"{scheme}{address}/small/{archive}:v1")
    assert same(found, pushed)
    assert all(entry.open_tar is None for entry in found.layers)
    assert measure(found) is None
    whole = read_image(f"{scheme}{address}/small/{archive}:v1", access=RegistryAccess(layers=True))
    assert measure(whole) == measure(pushed)


@pytest.mark.parametrize("below", ["", "docker", "docker/registry/v2"])
def test_the_storage_holds_what_was_pushed(address: str, storage: Path, below: str) -> None:
    pushed = read_image(f"oci-archive:{SMALL / 'small.oci.tar'}")
    found = read_image(f"registry-storage:{storage / below}//small/oci:v1", check=True)
    assert same(found, pushed)
    assert measure(found) == measure(pushed)


def test_manifest_and_config_are_all_that_is_fetched(address: str, storage: Path) -> None:
    before = len(requests_of(storage, "plain"))
    image = read_image(f"registry:{address}/small/oci")
    assert requests_of(storage, "plain")[before:] == [
        "GET /v2/",
        "GET /v2/small/oci/manifests/latest",
        f"GET /v2/small/oci/blobs/{image.config_digest}",
    ]


@pytest.mark.parametrize("source", ["registry:{address}/many", "registry-storage:{storage}//many"])
def test_platforms(address: str, storage: Path, source: str) -> None:
    reference = source.format(address=address, storage=storage)
    sizes = [len(BASE), len(layer("amd64:10"))]
    amd64 = read_image(f"{reference}:v1")
    assert [entry.compressed_size for entry in amd64.layers] == sizes
    assert [assumed.kind for assumed in amd64.assumptions] == ["platform"]
    arm64 = read_image(f"{reference}:v1", platform="linux/arm64")
    assert str(arm64.platform) == "linux/arm64"
    assert same(read_image(f"{reference}@{arm64.digest}"), arm64)
    with pytest.raises(InputError, match=r"no image for windows/amd64 \(there is linux/amd64, linux/arm64\)"):
        read_image(f"{reference}:v1", platform="windows/amd64")


def test_schema_1_has_history_and_the_sizes_of_its_blobs(address: str, storage: Path) -> None:
    pushed = read_image(f"oci-archive:{SMALL / 'small.oci.tar'}")
    data = (DATA / "schema1.json").read_bytes()
    for path, blob in files_of(SMALL / "small.oci.tar").items():
        if path.startswith("blobs/"):
            push_blob(address, "small/old", blob)
    push_blob(address, "small/old", EMPTY_LAYER)
    put_manifest(address, "small/old", "v1", data, SCHEMA_1)
    for reference in (f"registry:{address}/small/old:v1", f"registry-storage:{storage}//small/old:v1"):
        image = read_image(reference, access=RegistryAccess(layers=True))
        assert [entry.created_by for entry in image.history][:-1] == [e.created_by for e in pushed.history][:-1]
        assert measure(image) == measure(pushed)
        assert all(entry.compressed_size for entry in image.layers)
        assert [assumed.kind for assumed in image.assumptions] == ["schema1"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("small/none:v1", "no such repository|no repository 'small/none'"),
        ("small/oci:v9", "no such repository, tag or digest|has no tag 'v9': there is latest, v1"),
        ("small/oci@sha256:" + "0" * 64, "no such repository, tag or digest|is not there"),
        ("small/OCI", "written in lower case"),
        ("../../etc", "not well formed"),
    ],
)
def test_what_is_not_there(address: str, storage: Path, name: str, message: str) -> None:
    for reference in (f"registry:{address}/{name}", f"registry-storage:{storage}//{name}"):
        with pytest.raises(InputError, match=message) as raised:
            read_image(reference)
        assert str(raised.value).startswith(reference)


def test_a_registry_by_its_files_and_by_its_api(
    address: str, storage: Path, registry_program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = layerscope(capsys, "registry", storage, "--format", "json").document
    api = layerscope(capsys, "registry", f"http://{address}", "--format", "json").document
    for part in ("repositories", "images", "shared_layers"):
        assert files[part] == api[part]
    by_name = {repository["name"]: repository for repository in files["repositories"]}
    assert list(by_name["small/oci"]) == ["name", "tags", "referenced_bytes", "exclusive_bytes", "shared_bytes"]
    assert by_name["small/oci"]["tags"] == ["latest", "v1"]
    for repository in by_name.values():
        assert repository["referenced_bytes"] == repository["exclusive_bytes"] + repository["shared_bytes"]
    assert by_name["moved"]["shared_bytes"] == len(BASE)
    assert {"digest": digest(BASE), "size": len(BASE), "repositories": ["many", "moved"]} in files["shared_layers"]
    assert api["blobs"]["unreferenced_count"] is None
    stored = [path.stat().st_size for path in storage.rglob("data")]
    assert (files["blobs"]["count"], files["blobs"]["bytes"]) == (len(stored), sum(stored))
    collected = subprocess.run(
        [registry_program, "garbage-collect", "--dry-run", storage.parent / "plain" / "config.yml"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    eligible = re.search(r"(\d+) blobs marked, (\d+) blobs", collected)
    assert eligible is not None
    assert files["blobs"]["unreferenced_count"] == int(eligible[2])
    assert files["blobs"]["unreferenced_bytes"] == len(b"needed by nobody")
    left = single(OTHER)
    kept_by_the_moved_tag = sum(len(data) for path, data in left.items() if path.startswith("blobs/"))
    assert [a["kind"] for a in files["assumptions"]] == ["untagged"]
    assert f"keeps {kept_by_the_moved_tag} bytes" in files["assumptions"][0]["text"]


def test_only_some_repositories(address: str, storage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in (storage, address):
        document = layerscope(capsys, "registry", place, "small/oci", "--format", "json").document
        assert [repository["name"] for repository in document["repositories"]] == ["small/oci"]
        done = layerscope(capsys, "registry", place, "nothing")
        assert (done.status, done.out) == (2, "")
        assert "no repository 'nothing'" in done.err


def test_the_command_line_reads_layers_on_request(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    without = layerscope(capsys, "image", f"registry:{address}/small/oci:v1", "--format", "json").document
    assert (without["size"], without["size_source"], without["efficiency"]) == (None, None, None)
    done = layerscope(capsys, "image", f"registry:{address}/small/oci:v1", "--files", "--format", "json")
    local = layerscope(capsys, "image", f"oci-archive:{SMALL / 'small.oci.tar'}", "--format", "json").document
    assert {**done.document, "reference": ""} == {**local, "reference": ""}
    assert done.err.count("fetching layer") == local["layers"]
    assert without["compressed_size"] == local["compressed_size"]


# -- credentials ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def locked(registry_program: Path, storage: Path, address: str) -> Iterator[str]:
    """The same storage behind TLS and a password."""
    htpasswd = storage.parent / "htpasswd"
    htpasswd.write_text(HTPASSWD)
    with registries.running(
        registry_program, storage.parent / "locked", storage=storage,
        http=f"  tls: {{certificate: {DATA / 'certificate.pem'}, key: {DATA / 'key.pem'}}}\n",
        more=f"auth:\n  htpasswd: {{realm: tests, path: {htpasswd}}}\n",
    ) as locked:  # fmt: skip
        yield locked


@pytest.fixture
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return tmp_path / "config.json"


def auth(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def helper(folder: Path, answer: str, status: int = 0) -> None:
    program = folder / "docker-credential-tests"
    program.write_text(
        f"#!/bin/sh\ntest \"$1\" = get || exit 9\ncat > '{folder}/asked'\necho '{answer}'\nexit {status}\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


SECRET = json.dumps({"ServerURL": "x", "Username": USER, "Secret": PASSWORD})


@pytest.mark.parametrize(
    ("config", "answer", "message"),
    [
        ({"auths": {"HOST": auth(USER, PASSWORD)}}, None, None),
        ({"auths": {"https://HOST/v1/": auth(USER, PASSWORD)}}, None, None),
        ({"credsStore": "tests"}, SECRET, None),
        ({"credHelpers": {"HOST": "tests"}, "credsStore": "other"}, SECRET, None),
        ({"credsStore": "tests", "auths": {"HOST": auth(USER, PASSWORD)}}, "credentials not found", None),
        ({"auths": {"HOST": auth(USER, "wr0ng")}}, None, "does not let the user of docker login read this"),
        ({"auths": {"other.example": auth(USER, PASSWORD)}}, None, "wants credentials.* docker login HOST$"),
        ({"credsStore": "missing"}, None, "docker-credential-missing, which .* names, is not installed"),
        ({"credsStore": "../tests"}, SECRET, "no program's name"),
        ({"credsStore": "tests"}, "broken", "docker-credential-tests is not a JSON object"),
        ({}, None, "docker login HOST"),
    ],
)  # fmt: skip
def test_basic(
    locked: str, docker_config: Path, config: dict[str, Any], answer: str | None, message: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(DATA / "certificate.pem"))
    docker_config.write_text(json.dumps(config).replace("HOST", locked))
    if answer is not None:
        helper(docker_config.parent, answer, 1 if "not found" in answer else 0)
    reference = f"registry:{locked}/small/oci:v1"
    if message is None:
        assert same(read_image(reference), read_image(f"oci-archive:{SMALL / 'small.oci.tar'}"))
        return
    with pytest.raises(InputError, match=message.replace("HOST", locked)) as raised:
        read_image(reference)
    assert not {PASSWORD, "wr0ng", auth(USER, PASSWORD)["auth"]} & set(re.split(r"\W", str(raised.value)))


def test_a_helper_is_asked_for_the_registry_alone(
    locked: str, docker_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(DATA / "certificate.pem"))
    docker_config.write_text('{"credsStore": "tests"}')
    helper(docker_config.parent, SECRET)
    read_image(f"registry:{locked}/small/oci:v1")
    assert (docker_config.parent / "asked").read_text() == locked


def test_certificates(locked: str, docker_config: Path) -> None:
    docker_config.write_text(json.dumps({"auths": {locked: auth(USER, PASSWORD)}}))
    with pytest.raises(InputError, match=f"certificate of {locked} is not trusted; --insecure-registry"):
        read_image(f"registry:{locked}/small/oci:v1")
    access = RegistryAccess(insecure=frozenset([locked]))
    assert read_image(f"registry:{locked}/small/oci:v1", access=access).digest is not None


def test_plain_http_only_on_this_machine(address: str) -> None:
    elsewhere = address.replace("127.0.0.1", "0.0.0.0")  # the same machine under a name that is not loopback
    with pytest.raises(InputError, match=f"does not speak TLS; --insecure-registry {elsewhere} allows plain HTTP"):
        read_image(f"registry:{elsewhere}/small/oci:v1")
    access = RegistryAccess(insecure=frozenset([elsewhere]))
    assert read_image(f"registry:{elsewhere}/small/oci:v1", access=access).digest is not None


class TokenServer(BaseHTTPRequestHandler):
    """Gives the token that the registry takes to whoever shows the right secret."""

    asked: ClassVar[list[dict[str, list[str]]]] = []

    def do_GET(self) -> None:
        TokenServer.asked.append(parse_qs(urlsplit(self.path).query))
        self._answer(self.headers["Authorization"] == f"Basic {auth(USER, PASSWORD)['auth']}", "token")

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        TokenServer.asked.append(form)
        self._answer(form["refresh_token"] == [PASSWORD], "access_token")

    def _answer(self, right: bool, field: str) -> None:
        body = json.dumps({field: (DATA / "token.jwt").read_text().strip()}).encode()
        self.send_response(200 if right else 401)
        self.end_headers()
        self.wfile.write(body if right else b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def tokens(registry_program: Path, storage: Path, address: str) -> Iterator[str]:
    """The same storage behind tokens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), TokenServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    realm = f"http://127.0.0.1:{server.server_port}/token"
    with registries.running(
        registry_program, storage.parent / "tokens", storage=storage,
        more=f"auth:\n  token: {{realm: '{realm}', service: registry, issuer: layerscope tests, "
        f"rootcertbundle: {DATA / 'certificate.pem'}}}\n",
    ) as tokens:  # fmt: skip
        yield tokens
    server.shutdown()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (auth(USER, PASSWORD), None),
        ({"identitytoken": PASSWORD}, None),
        ({"registrytoken": (DATA / "token.jwt").read_text().strip()}, None),
        (auth(USER, "wr0ng"), "does not let the user of docker login read this"),
        ({"identitytoken": "wr0ng"}, "does not let the user of docker login read this"),
        ({}, "docker login HOST"),
    ],
)
def test_tokens(tokens: str, docker_config: Path, entry: dict[str, str], message: str | None) -> None:
    docker_config.write_text(json.dumps({"auths": {tokens: entry}}))
    TokenServer.asked.clear()
    if message is not None:
        with pytest.raises(InputError, match=message.replace("HOST", tokens)) as raised:
            read_image(f"registry:{tokens}/small/oci:v1")
        assert "wr0ng" not in str(raised.value)
        return
    assert read_image(f"registry:{tokens}/small/oci:v1").digest is not None
    if "registrytoken" not in entry:
        assert [asked["scope"] for asked in TokenServer.asked] == [["repository:small/oci:pull"]]
        assert [asked["service"] for asked in TokenServer.asked] == [["registry"]]
    with pytest.raises(InputError, match=r"does not let the user|docker login"):
        read_image(f"registry:{tokens}/small/docker:v1")  # the token is not for this one
