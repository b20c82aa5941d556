"""Credentials for a registry, found where `docker login` keeps them; nothing here is ever printed."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from layerscope.docker.image_name import DEFAULT_HOST
from layerscope.values import Value

# What `docker login` calls Docker Hub, in its file and to its helpers.
HUB_KEY = "https://index.docker.io/v1/"
_HUB_HOSTS = frozenset((DEFAULT_HOST, "index.docker.io", "registry-1.docker.io"))
_TOKEN_USER = "<token>"  # a helper's name for the user of an identity token
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HELPER_SECONDS = 60
_NOT_FOUND = "credentials not found"


class Credentials(Value):
    """What is known for one registry; all fields empty where nothing is.

    problem: why credentials that should be there could not be had, in a sentence that tells none of them.
    """

    user: str = ""
    password: str = ""
    identity_token: str = ""
    registry_token: str = ""
    problem: str = ""

    def __repr__(self) -> str:
        return "Credentials(…)"

    def __bool__(self) -> bool:
        return bool(self.user or self.identity_token or self.registry_token)

    def basic(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")


NO_CREDENTIALS = Credentials()


def find_credentials(host: str, path: str) -> Credentials:
    """What DOCKER_AUTH_CONFIG, Docker's config.json with its helpers, or podman's auth.json hold for a registry.

    host: as in the image's name, `docker.io` for Docker Hub. path: of the repository; podman keeps some by its prefix.
    """
    problem = ""
    for found in _places(host, path):
        if found:
            return found
        problem = problem or found.problem
    return Credentials(problem=problem)


def _places(host: str, path: str) -> Iterator[Credentials]:
    if text := os.environ.get("DOCKER_AUTH_CONFIG"):
        yield _from_document(_parsed(text, "DOCKER_AUTH_CONFIG"), host, path)
    folder = os.environ.get("DOCKER_CONFIG")
    yield from _from_file((Path(folder) if folder else Path.home() / ".docker") / "config.json", host, path)
    if chosen := os.environ.get("REGISTRY_AUTH_FILE"):
        yield from _from_file(Path(chosen), host, path)
    elif runtime := os.environ.get("XDG_RUNTIME_DIR"):
        yield from _from_file(Path(runtime) / "containers" / "auth.json", host, path)


def _from_file(file: Path, host: str, path: str) -> Iterator[Credentials]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError):
        yield Credentials(problem=f"{file} cannot be read")
        return
    yield _from_document(_parsed(text, str(file)), host, path)


def _parsed(text: str, source: str) -> dict[str, Any] | Credentials:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else Credentials(problem=f"{source} is not a JSON object")


def _from_document(document: dict[str, Any] | Credentials, host: str, path: str) -> Credentials:
    if isinstance(document, Credentials):
        return document
    helpers = _object(document, "credHelpers")
    chosen = next((helpers[key] for key in _keys(host, path) if key in helpers), None)
    helper = chosen or document.get("credsStore")
    found = NO_CREDENTIALS
    if isinstance(helper, str) and helper:
        found = _ask_helper(helper, HUB_KEY if host in _HUB_HOSTS else host)
    return found or _from_auths(_object(document, "auths"), host, path) or found


def _from_auths(auths: dict[str, Any], host: str, path: str) -> Credentials:
    by_host = {_hostname(key): entry for key, entry in auths.items()}
    for key in _keys(host, path):
        entry = auths.get(key) or by_host.get(key)
        if isinstance(entry, dict):
            user, _, password = _decoded(entry.get("auth")).partition(":")
            return Credentials(
                user=user or _text(entry, "username"),
                password=password or _text(entry, "password"),
                identity_token=_text(entry, "identitytoken"),
                registry_token=_text(entry, "registrytoken"),
            )
    return NO_CREDENTIALS


def _keys(host: str, path: str) -> Iterator[str]:
    """The names a registry may be kept under, the narrowest first."""
    hosts = (HUB_KEY, *sorted(_HUB_HOSTS)) if host in _HUB_HOSTS else (host,)
    parts = path.split("/")
    for length in range(len(parts), 0, -1):
        yield "/".join((host, *parts[:length]))
    yield from hosts


def _hostname(key: str) -> str:
    """`https://host/v1/`, as old clients wrote it, is the host; a path of podman's stays."""
    if "://" not in key:
        return key
    return key.partition("://")[2].partition("/")[0]


def _decoded(value: object) -> str:
    """`user:password` of an `auth` field; some writers pad it with NULs."""
    if not isinstance(value, str):
        return ""
    try:
        return base64.b64decode(value).decode("utf-8").strip("\0")
    except (binascii.Error, ValueError):
        return ""


def _ask_helper(name: str, key: str) -> Credentials:
    """What `docker-credential-NAME get` answers for a registry."""
    program = f"docker-credential-{name}"
    if not _HELPER.fullmatch(name):
        return Credentials(problem="Docker's config.json names a credential helper that is no program's name")
    try:
        done = subprocess.run(
            [program, "get"], input=key.encode(), capture_output=True, timeout=_HELPER_SECONDS, check=False
        )
    except FileNotFoundError:
        return Credentials(problem=f"{program}, which Docker's config.json names, is not installed")
    except (OSError, subprocess.TimeoutExpired):
        return Credentials(problem=f"{program} does not answer")
    if done.returncode != 0:
        missing = _NOT_FOUND.encode() in done.stdout + done.stderr
        return NO_CREDENTIALS if missing else Credentials(problem=f"{program} fails")
    answer = _parsed(done.stdout.decode("utf-8", "replace"), program)
    if isinstance(answer, Credentials):
        return answer
    user, secret = _text(answer, "Username"), _text(answer, "Secret")
    return Credentials(identity_token=secret) if user == _TOKEN_USER else Credentials(user=user, password=secret)


def _object(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
