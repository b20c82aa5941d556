"""One registry over HTTP: retries, time limits and redirects by `requests`; every failure one line, no secret in it."""

from __future__ import annotations

import ipaddress
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError, RequestException, SSLError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InsecureRequestWarning,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    ResponseError,
)
from urllib3.util.retry import Retry

from layerscope.docker.image_name import DEFAULT_HOST
from layerscope.errors import InputError
from layerscope.image.registry.access import Limits, RegistryAccess
from layerscope.version import __version__

if TYPE_CHECKING:
    from types import TracebackType

    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

_HUB_API = "registry-1.docker.io"
_TRY_AGAIN = frozenset((429, 500, 502, 503, 504))
_REDIRECTS = 5
_LONGEST_WAIT = 30.0
_CHUNK = 1 << 16


class Connection:
    """Requests to one registry. reference: what errors name. host: as in an image's name. scheme: chosen, or found."""

    def __init__(self, host: str, reference: str, access: RegistryAccess, scheme: str | None = None) -> None:
        self.host, self.reference, self.limits = host, reference, access.limits
        self._insecure = access.insecure
        self._session = _Session(access.limits, self._check_redirect)
        self._base = f"{scheme}://{host}" if scheme is not None and host != DEFAULT_HOST else None
        if self._base is not None and not self.allows(self._base):
            raise InputError(f"{host} is asked with TLS only; --insecure-registry {host} allows plain HTTP", reference)

    @property
    def base(self) -> str:
        """`https://HOST`; plain HTTP only on this machine, and for hosts the user called insecure."""
        if self._base is None:
            self._base = self._find_base()
        return self._base

    def send(
        self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | None = None
    ) -> requests.Response:
        """A response with its body unread. A form is sent as the body, and never on to where a redirect leads.

        Raises:
            InputError: none came.
        """
        host = _host(url)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", InsecureRequestWarning)  # the user asked for it by name
                response = self._session.request(
                    method,
                    url,
                    headers=headers,
                    data=form,
                    stream=True,
                    timeout=(self.limits.connect_seconds, self.limits.read_seconds),
                    verify=host not in self._insecure,
                    proxies={"no_proxy": "*"} if is_loopback(host) else None,
                    allow_redirects=form is None,
                )
        except (RequestException, HTTPError, OSError, UnicodeError) as error:
            raise self.failure(error, url) from None
        return response

    def body(self, response: requests.Response, limit: int) -> bytes | None:
        """The body of a response, `None` where the connection broke off.

        Raises:
            InputError: it is longer than `limit` bytes, or does not come in time.
        """
        stated = response.headers.get("Content-Length", "")
        if response.request.method == "HEAD":
            return b""
        if stated.isdecimal() and int(stated) > limit:
            raise self._too_long(response.url, limit)
        ends = time.monotonic() + self.limits.document_seconds
        data = bytearray()
        try:
            # What has come is taken at once: a server that drips must not hold the clock.
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                data += chunk
                if len(data) > limit:
                    raise self._too_long(response.url, limit)
                if time.monotonic() > ends:
                    raise InputError(f"{_host(response.url)} sends too slowly", self.reference)
        except (RequestException, HTTPError, OSError) as error:
            if broke_off(error):
                return None
            raise self.failure(error, response.url) from None
        return bytes(data)

    def allows(self, url: str) -> bool:
        """Whether secrets may be sent there: over TLS, or where plain HTTP is allowed."""
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and self._may_be_plain(parts.netloc))

    def failure(self, error: Exception, url: str) -> InputError:
        """What went wrong, in a word. What the libraries say holds URLs, and those may hold secrets."""
        request = getattr(error, "request", None)  # the last one, where a redirect led
        return InputError(_why(error, _host(getattr(request, "url", None) or url)), self.reference)

    def _check_redirect(self, source: str, target: str) -> None:
        if not self.allows(target):
            raise InputError(f"{_host(source)} redirects to {_host(target)} without TLS", self.reference)

    def _too_long(self, url: str, limit: int) -> InputError:
        return InputError(f"{_host(url)} sends more than the {limit} bytes allowed here", self.reference)

    def _find_base(self) -> str:
        if self.host == DEFAULT_HOST:
            return f"https://{_HUB_API}"
        if not self._may_be_plain(self.host):
            return f"https://{self.host}"
        # Both are allowed: ask which it speaks. On this machine plain HTTP is the rule, elsewhere the exception.
        schemes = ("http", "https") if is_loopback(self.host) else ("https", "http")
        failure: InputError | None = None
        for scheme in schemes:
            base = f"{scheme}://{self.host}"
            try:
                with self.send("GET", f"{base}/v2/", {}) as response:
                    # A server that speaks TLS answers plain HTTP with 400, or leads to where it listens with TLS.
                    if response.status_code != 400 and response.url.startswith(base):
                        return base
            except InputError as error:
                failure = failure or error
        raise failure or InputError(f"{self.host} speaks neither HTTP nor TLS", self.reference)

    def _may_be_plain(self, netloc: str) -> bool:
        return is_loopback(netloc) or netloc in self._insecure


class _Session(requests.Session):
    """Sends the credentials it is told to, never those of a .netrc file.

    check_redirect: is asked before a redirect is followed.
    """

    def __init__(self, limits: Limits, check_redirect: Callable[[str, str], None]) -> None:
        super().__init__()
        self._check_redirect = check_redirect
        self.auth = _as_it_is
        self.max_redirects = _REDIRECTS
        # Bodies come as they are stored: compressed JSON could unfold to any size.
        self.headers.update({"User-Agent": f"layerscope/{__version__}", "Accept-Encoding": "identity"})
        retry = _BoundedRetry(
            total=None,
            connect=1,
            read=min(1, limits.retries),
            status=limits.retries,
            other=0,
            backoff_factor=limits.backoff_seconds,
            status_forcelist=_TRY_AGAIN,
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(max_retries=retry))

    def rebuild_auth(self, prepared_request: Any, response: requests.Response) -> None:
        self._check_redirect(response.url, prepared_request.url)
        headers = prepared_request.headers
        if "Authorization" in headers and self.should_strip_auth(  # type: ignore[no-untyped-call]
            response.request.url, prepared_request.url
        ):
            del headers["Authorization"]


class _BoundedRetry(Retry):
    """Waits as Retry-After asks, but gives up at once where it asks for longer than anybody would wait."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> _BoundedRetry:
        if response is not None and _pool is not None and (self.get_retry_after(response) or 0) > _LONGEST_WAIT:
            raise MaxRetryError(_pool, url or "", ResponseError("asked to wait for too long"))
        return super().increment(method, url, response, error, _pool, _stacktrace)


def is_loopback(netloc: str) -> bool:
    """Whether a host, with or without a port, is this machine."""
    host = urlsplit(f"//{netloc}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def broke_off(error: Exception) -> bool:
    """Whether a connection ended early, so that asking again may help; not one that only stays silent."""
    return isinstance(_cause(error), (ProtocolError, OSError)) and not isinstance(_cause(error), ReadTimeoutError)


def _why(error: Exception, host: str) -> str:
    cause = _cause(error)
    if isinstance(cause, NameResolutionError):
        return f"there is no host {host}"
    if isinstance(cause, NewConnectionError):
        refused = " (connection refused)" if "Connection refused" in str(cause) else ""
        return f"nothing answers at {host}{refused}"
    if isinstance(cause, (ReadTimeoutError, ConnectTimeoutError, requests.exceptions.Timeout)):
        return f"{host} does not answer in time"
    if isinstance(error, SSLError) or "SSL" in type(cause).__name__:
        return _why_no_tls(str(cause), host)
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy for {host} cannot be used"
    if isinstance(error, requests.exceptions.TooManyRedirects):
        return f"{host} redirects too often"
    if isinstance(error, ContentDecodingError):
        return f"{host} sends damaged data"
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return f"{host} leads to an address that is none"
    return f"the connection to {host} breaks off"


def _as_it_is(request: Any) -> Any:
    return request


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _cause(error: BaseException) -> BaseException:
    """What lies under the wrappings of requests and urllib3."""
    for _ in range(8):
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if not isinstance(inner, BaseException) or isinstance(error, (ReadTimeoutError, ConnectTimeoutError)):
            break
        error = inner
    return error


def _why_no_tls(text: str, host: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"the certificate of {host} is not trusted; --insecure-registry {host} takes it unchecked"
    if "WRONG_VERSION_NUMBER" in text or "record layer" in text:
        return f"{host} does not speak TLS; --insecure-registry {host} allows plain HTTP"
    return f"no TLS connection to {host} can be made"
