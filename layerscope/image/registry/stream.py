"""A layer as it comes from a registry: checked to the last byte, and taken up again where a connection broke off."""

from __future__ import annotations

import hashlib
import io
import sys
import time
from collections.abc import Callable

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from layerscope.errors import InputError
from layerscope.image.registry.access import Progress
from layerscope.image.registry.connection import Connection

_CHUNK = 1 << 18


class LayerStream(io.RawIOBase):
    """The bytes of a blob, compressed as it is stored.

    fetch: a response with the blob from a position on, or from its start where the registry knows no ranges.
    name: what errors call it. Whoever closes it early still learns whether the bytes are what the digest says.
    """

    def __init__(
        self,
        fetch: Callable[[int], requests.Response],
        connection: Connection,
        digest: str,
        size: int | None,
        name: str,
        progress: Progress | None,
    ) -> None:
        self._fetch, self._connection, self._digest, self._size = fetch, connection, digest, size
        self.name, self._progress = name, progress
        self._hash = hashlib.new(digest.partition(":")[0])
        self._response: requests.Response | None = None
        self._position = 0
        self._failures = 0  # since a byte came last
        self._done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._done:
            return 0
        try:
            data = self._next(len(buffer))
        except InputError:
            self._done = True
            raise
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if self.closed:
            return
        try:
            # A tar ends before its blob does; only an interrupted reader does not want to know the rest.
            while (
                not self._done
                and self._position
                and not isinstance(sys.exc_info()[1], (KeyboardInterrupt, GeneratorExit))
            ):
                self.read(_CHUNK)
        finally:
            if self._response is not None:
                self._response.close()
            super().close()

    def _next(self, count: int) -> bytes:
        while True:
            try:
                data = self._read(count)
            except (RequestException, HTTPError, OSError) as error:
                self._failed(self._connection.failure(error, self._url()))
                continue
            if not data and self._size is not None and self._position < self._size:
                self._failed(InputError(f"ends after {self._position} of {self._size} bytes", self.name))
                continue
            self._took(data)
            return data

    def _read(self, count: int) -> bytes:
        if self._response is None:
            response = self._response = self._fetch(self._position)
            if self._position and response.status_code != 206:
                self._pass_over(response, self._position)
        data: bytes = self._response.raw.read(count, decode_content=False)
        return data

    @staticmethod
    def _pass_over(response: requests.Response, count: int) -> None:
        while count and (data := response.raw.read(min(count, _CHUNK), decode_content=False)):
            count -= len(data)

    def _took(self, data: bytes) -> None:
        self._failures = 0
        self._position += len(data)
        self._hash.update(data)
        if self._size is not None and self._position > self._size:
            raise InputError(f"is longer than the {self._size} bytes its manifest states", self.name)
        if self._progress is not None:
            self._progress(self._digest, self._position, self._size or 0)
        if not data:
            self._done = True
            found = self._hash.hexdigest()
            if found != self._digest.partition(":")[2]:
                raise InputError(f"the layer {self._digest} is damaged: its bytes hash to {found}", self.name)

    def _failed(self, error: InputError) -> None:
        """Goes on where the bytes stopped, unless that has been tried often enough."""
        if self._response is not None:
            self._response.close()
            self._response = None
        self._failures += 1
        if self._failures > self._connection.limits.retries:
            raise error
        time.sleep(self._connection.limits.backoff_seconds * self._failures)

    def _url(self) -> str:
        return self._response.url if self._response is not None else self._connection.base
