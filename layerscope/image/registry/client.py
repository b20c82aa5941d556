"""A registry's v2 API: authorization, manifests, blobs, tags and the catalog, each checked as it comes."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

import requests

from layerscope.docker.config import check_bytes
from layerscope.docker.digests import check_digest
from layerscope.docker.json_document import JSON_LIMIT, parse_object
from layerscope.docker.schema1 import signed_payload
from layerscope.errors import InputError
from layerscope.image.blobs import NotThereError
from layerscope.image.registry.access import RefusedError, RegistryAccess
from layerscope.image.registry.challenge import Challenge, parse_challenges
from layerscope.image.registry.connection import Connection
from layerscope.image.registry.credentials import Credentials, find_credentials
from layerscope.image.registry.stream import LayerStream

MANIFEST_LIMIT = 4 << 20  # registries take none that is longer
_TOKEN_LIMIT = 1 << 20
_PAGE = 1000
_PAGES_LIMIT = 1000
_CLIENT = "layerscope"
_TOKEN = re.compile(r"[\x21-\x7e]+")  # what a header may hold
_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        f"{_SCHEMA_1};q=0.5",
        "application/vnd.docker.distribution.manifest.v1+json;q=0.5",
    )
)
_CATALOG = "registry:catalog:*"


class _Answer(NamedTuple):
    headers: requests.structures.CaseInsensitiveDict[str]
    data: bytes
    url: str
    next_page: str | None


class RegistryClient:
    """One registry. reference: what errors name. host: as in an image's name, `docker.io` for Docker Hub.

    scheme: `http` or `https` where the user chose.
    """

    def __init__(self, host: str, reference: str, access: RegistryAccess, scheme: str | None = None) -> None:
        self.host, self.reference, self.access = host, reference, access
        self._connection = Connection(host, reference, access, scheme)
        self._authorizations: dict[str, dict[str, str]] = {}  # by scope
        self._credentials: dict[str, Credentials] = {}  # by repository

    def manifest(self, path: str, version: str) -> tuple[str, bytes]:
        """A manifest or index by tag or digest: its digest, and the bytes that have it.

        Raises:
            NotThereError: no such repository, tag or digest.
            InputError: it cannot be had, or is not what its digest says.
        """
        answer = self._read(self._url(path, "manifests", version), _pull(path), MANIFEST_LIMIT, accept=_ACCEPT)
        data = answer.data
        if b'"signatures"' in data:
            data = signed_payload(data, self.reference)
        asked = version if ":" in version else None
        stated = answer.headers.get("Docker-Content-Digest")
        for digest in filter(None, (asked, stated)):
            check_bytes(data, check_digest(digest, self.reference), "manifest", self.reference)
        return asked or stated or f"sha256:{hashlib.sha256(data).hexdigest()}", data

    def manifest_digest(self, path: str, tag: str) -> str | None:
        """What a tag points to, `None` where the registry does not say. Docker Hub does not count this question."""
        answer = self._read(self._url(path, "manifests", tag), _pull(path), 0, method="HEAD", accept=_ACCEPT)
        stated = answer.headers.get("Docker-Content-Digest")
        return check_digest(stated, self.reference) if stated else None

    def blob(self, path: str, digest: str) -> bytes:
        """A config; whoever reads it checks its digest."""
        return self._read(self._url(path, "blobs", digest), _pull(path), JSON_LIMIT).data

    def blob_size(self, path: str, digest: str) -> int | None:
        """The bytes of a blob, without fetching it."""
        answer = self._read(self._url(path, "blobs", digest), _pull(path), 0, method="HEAD")
        length = answer.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else None

    def blob_part(self, path: str, digest: str, start: int, count: int) -> bytes | None:
        """Some bytes of a blob, unchecked; None where the registry serves no ranges."""
        url = self._url(path, "blobs", digest)
        for _ in range(1 + self.access.limits.retries):
            with self._ask("GET", url, _pull(path), {"Range": f"bytes={start}-{start + count - 1}"}) as response:
                if response.status_code in (200, 416):
                    return None
                self._check(response)
                data = self._connection.body(response, count)
            if data is not None:
                return data if len(data) == count else None
        return None

    def open_blob(self, path: str, digest: str, size: int | None) -> LayerStream:
        """A blob as a stream that checks size and digest, and goes on where a connection broke off."""
        url = self._url(path, "blobs", digest)

        def fetch(start: int) -> requests.Response:
            headers = {"Range": f"bytes={start}-"} if start else {}
            response = self._ask("GET", url, _pull(path), headers)
            self._check(response)
            return response

        name = f"{self.reference} (layer {digest[:19]})"
        return LayerStream(fetch, self._connection, digest, size, name, self.access.progress)

    def tags(self, path: str) -> list[str]:
        return sorted(set(self._pages(f"/v2/{path}/tags/list", _pull(path), "tags")))

    def repositories(self) -> list[str]:
        """All repositories, where the registry lists them.

        Raises:
            InputError: it does not.
        """
        try:
            return sorted(set(self._pages("/v2/_catalog", _CATALOG, "repositories")))
        except (RefusedError, NotThereError) as error:
            why = f"{error.message}; where the catalog is closed, name the repositories after the address"
            raise InputError(why, self.reference) from None

    def _pages(self, path: str, scope: str, key: str) -> Iterator[str]:
        url: str | None = f"{self._connection.base}{path}?n={_PAGE}"
        seen: set[str] = set()
        while url is not None:
            if url in seen or len(seen) == _PAGES_LIMIT:
                raise InputError("a list of names that does not end", self.reference)
            seen.add(url)
            answer = self._read(url, scope, JSON_LIMIT)
            yield from parse_object(answer.data, self.reference).texts(key)
            following = urljoin(answer.url, answer.next_page) if answer.next_page else None
            if following is not None and not following.startswith(f"{self._connection.base}/"):
                raise InputError("the list of names goes on at another host", self.reference)
            url = following

    def _url(self, path: str, kind: str, version: str) -> str:
        return f"{self._connection.base}/v2/{path}/{kind}/{quote(version, safe=':')}"

    def _read(self, url: str, scope: str, limit: int, *, method: str = "GET", accept: str = "*/*") -> _Answer:
        for attempt in range(1 + self.access.limits.retries):
            time.sleep(self.access.limits.backoff_seconds * attempt)
            with self._ask(method, url, scope, {"Accept": accept}) as response:
                self._check(response)
                data = self._connection.body(response, limit)
            if data is not None:
                return _Answer(response.headers, data, response.url, response.links.get("next", {}).get("url"))
        raise InputError(f"{self.host} breaks off the connection again and again", self.reference)

    def _ask(self, method: str, url: str, scope: str, headers: dict[str, str]) -> requests.Response:
        """A response, after what the registry wants to know of the asker."""
        known = self._authorizations.get(scope, {})
        response = self._connection.send(method, url, {**headers, **known})
        # Where a redirect led elsewhere, that host is told nothing.
        if response.status_code != 401 or urlsplit(response.url).netloc != urlsplit(url).netloc:
            return response
        response.close()
        self._authorizations[scope] = self._authorize(response.headers.get("WWW-Authenticate", ""), scope)
        return self._connection.send(method, url, {**headers, **self._authorizations[scope]})

    def _check(self, response: requests.Response) -> None:
        status = response.status_code
        if status in (200, 206):
            if "html" in response.headers.get("Content-Type", ""):
                raise InputError(f"{self.host} answers with a web page: it is no registry", self.reference)
            return
        response.close()
        storage = urlsplit(response.url).netloc
        if response.history and status in (401, 403, 404):
            raise InputError(f"{self.host} leads to {storage}, which refuses ({status})", self.reference)
        if status == 404:
            raise NotThereError(f"{self.host} has no such repository, tag or digest", self.reference)
        kind = RefusedError if status in (401, 403, 405) else InputError
        raise kind(self._why_refused(status, response.headers.get("Retry-After", "")), self.reference)

    def _why_refused(self, status: int, retry_after: str) -> str:
        if status == 401:
            return self._why_unauthorized()
        if status == 403:
            return f"{self.host} denies access (403)"
        if status == 429:
            wait = f"; it asks to come back in {retry_after} s" if retry_after.isdecimal() else ""
            return f"{self.host} refuses further requests for now (429){wait}"
        if status >= 500:
            return f"{self.host} fails ({status})"
        return f"{self.host} gives an unexpected answer ({status})"

    def _why_unauthorized(self) -> str:
        given = list(self._credentials.values())
        if any(given):
            return f"{self.host} does not let the user of docker login read this, or has no such repository (401)"
        problem = next((f" ({credentials.problem})" for credentials in given if credentials.problem), "")
        return f"{self.host} wants credentials, or has no such repository: docker login {self.host}{problem}"

    def _authorize(self, header: str, scope: str) -> dict[str, str]:
        challenges = {challenge.scheme: challenge for challenge in reversed(parse_challenges(header))}
        credentials = self._credentials_for(scope)
        if bearer := challenges.get("bearer"):
            return {"Authorization": f"Bearer {self._token(bearer, scope, credentials)}"}
        if "basic" in challenges and credentials.user:
            return {"Authorization": credentials.basic()}
        if "basic" in challenges:
            raise RefusedError(self._why_unauthorized(), self.reference)
        raise InputError(f"{self.host} wants an authorization of an unknown kind (401)", self.reference)

    def _credentials_for(self, scope: str) -> Credentials:
        path = scope.split(":")[1] if scope != _CATALOG else ""
        if path not in self._credentials:
            self._credentials[path] = find_credentials(self.host, path)
        return self._credentials[path]

    def _token(self, challenge: Challenge, scope: str, credentials: Credentials) -> str:
        if credentials.registry_token:
            return credentials.registry_token
        realm = challenge.parameters.get("realm", "")
        if not self._connection.allows(realm):
            raise InputError(f"{self.host} sends for a token to an address without TLS", self.reference)
        asked = {"service": challenge.parameters.get("service", "")}
        asked["scope"] = challenge.parameters.get("scope") or scope
        asked = {name: value for name, value in asked.items() if value}
        if credentials.identity_token:
            secret = {"grant_type": "refresh_token", "client_id": _CLIENT, "refresh_token": credentials.identity_token}
            response = self._connection.send("POST", realm, {}, form={**asked, **secret})
        else:
            url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(asked)}"
            response = self._connection.send(
                "GET", url, {"Authorization": credentials.basic()} if credentials.user else {}
            )
        with response:
            if response.status_code in (401, 403):
                raise RefusedError(self._why_unauthorized(), self.reference)
            if response.status_code != 200:
                raise InputError(f"{self.host} gives no token ({response.status_code})", self.reference)
            data = self._connection.body(response, _TOKEN_LIMIT)
        answer = parse_object(data or b"", f"{self.reference} (token)")
        token = answer.text("token") or answer.text("access_token")
        if not _TOKEN.fullmatch(token):
            raise InputError(f"{self.host} gives no token", self.reference)
        return token


def _pull(path: str) -> str:
    return f"repository:{path}:pull"
