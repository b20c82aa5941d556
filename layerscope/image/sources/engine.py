"""An image of the running engine, Docker's or one that speaks its API (podman), through the `docker` library."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from layerscope.answer import Assumption
from layerscope.docker.config import parse_inspected, parse_inspected_platform
from layerscope.docker.created_by import parse_each_created_by
from layerscope.docker.history import parse_history_rows
from layerscope.docker.json_document import JsonObject
from layerscope.docker.manifests import INDEX_TYPES
from layerscope.docker.model import HistoryEntry, Platform
from layerscope.docker.platforms import matches
from layerscope.errors import InputError
from layerscope.image.manifest import of_history
from layerscope.image.model import Image, Layer
from layerscope.values import replace

if TYPE_CHECKING:
    import requests
    from docker import DockerClient
    from docker.errors import APIError

    from layerscope.docker.provenance import Provenance

_GUESSED = "the engine does not tell which entries of size 0 made a layer"
DEFAULT_CONTEXT = "default"  # Docker's name for what DOCKER_HOST or the usual socket is
_TIMEOUT_SECONDS = 300  # saving a large image keeps the engine silent for long
_CHUNK = 1 << 20
_PLATFORMS_SINCE = (1, 49)  # the API that tells of each platform of an image


def read_engine_image(name: str, reference: str, wanted: Platform | None) -> Image:
    """The image an engine has under a name or id. Its layers are saved from the engine when the first one is opened.

    Raises:
        InputError: no engine answers, it refuses, or it has no such image or platform.
    """
    with open_engine(name, reference) as client:
        inspected = JsonObject(client.api.inspect_image(name), reference)  # type: ignore[no-untyped-call]
        platform = parse_inspected_platform(inspected)
        other = None
        if wanted is not None and not matches(wanted, platform):
            other = wanted
            inspected = _of_platform(client, name, wanted, platform, reference)
        rows = _asked(client, name, "history", other).json()
    config = parse_inspected(inspected)
    history, guessed = tell_empty_layers(parse_history_rows(rows, reference), len(config.diff_ids))
    descriptor = inspected.object("Descriptor")  # told by engines with the containerd image store
    digest = descriptor.text("digest") if descriptor.text("mediaType") not in INDEX_TYPES else ""
    saved = _SavedLayers(name if other else inspected.text("Id") or name, reference, other)
    return Image(
        reference=reference,
        config=config,
        history=history,
        layers=tuple(
            Layer(diff_id, open_tar=saved.opener(number, len(config.diff_ids)), checked=True)
            for number, diff_id in enumerate(config.diff_ids)
        ),
        digest=digest or None,
        config_digest=None if "Descriptor" in inspected else inspected.text("Id") or None,
        platform=config.platform,
        names=inspected.texts("RepoTags"),
        assumptions=of_history(history, len(config.diff_ids), reference)
        or ((Assumption("daemon-metadata", reference, _GUESSED),) if guessed else ()),
        provenance=saved.provenance if descriptor.text("mediaType") in INDEX_TYPES else None,
        provenance_with_layers=True,
    )


def _of_platform(client: DockerClient, name: str, wanted: Platform, first: Platform, reference: str) -> JsonObject:
    """What an engine that keeps images of several platforms under one name tells of another than its first."""
    import docker.errors

    none = InputError(f"the engine has no image for {wanted} (there is {first})", reference)
    if _version(client.api.api_version) < _PLATFORMS_SINCE:
        raise none
    try:
        return JsonObject(_asked(client, name, "json", wanted).json(), reference)
    except docker.errors.APIError as error:
        if error.status_code != 404:
            raise
        raise none from None


def _asked(
    client: DockerClient, name: str, what: str, platform: Platform | None, *, stream: bool = False
) -> requests.Response:
    """The answer to a question about an image; the library cannot name a platform in these."""
    parts = {"os": platform.os, "architecture": platform.architecture, "variant": platform.variant} if platform else {}
    asked = {"platform": json.dumps({key: part for key, part in parts.items() if part})} if platform else {}
    api: Any = client.api
    response: requests.Response = api._get(api._url(f"/images/{{0}}/{what}", name), params=asked, stream=stream)
    api._raise_for_status(response)
    return response


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


def tell_empty_layers(history: tuple[HistoryEntry, ...], layers: int) -> tuple[tuple[HistoryEntry, ...], bool]:
    """The history with entries of size 0 that made a layer told apart, and whether that is a guess.

    An engine's history does not say which entries made none: size 0 alone leaves out layers with empty files.
    """
    silent = layers - sum(not entry.empty_layer for entry in history)
    if silent == 0:
        return history, False
    created = parse_each_created_by(history)
    likely = [n for n, entry in enumerate(history) if entry.empty_layer and created[n].may_make_layer]
    chosen = set(likely[:silent]) if silent > 0 else set()
    entries = tuple(replace(entry, empty_layer=False) if n in chosen else entry for n, entry in enumerate(history))
    return entries, len(likely) != silent


class _SavedLayers:
    """The layers of an image as the engine saves them: fetched once, when the first is opened."""

    def __init__(self, image_id: str, reference: str, platform: Platform | None) -> None:
        self._image_id, self._reference, self._platform = image_id, reference, platform
        self._image: Image | None = None

    def opener(self, number: int, count: int) -> Callable[[], BinaryIO]:
        def open_tar() -> BinaryIO:
            layers = self._saved().layers
            if len(layers) != count:
                raise InputError("the engine saved another number of layers than it had told of", self._reference)
            opener = layers[number].open_tar
            if opener is None:
                raise InputError(f"the engine saved no bytes for layer {number}", self._reference)
            return opener()

        return open_tar

    def provenance(self) -> Provenance | None:
        image = self._saved()
        return image.provenance() if image.provenance is not None else None

    def _saved(self) -> Image:
        if self._image is None:
            self._image = self._save()
        return self._image

    def _save(self) -> Image:
        from layerscope.image.sources.docker_archive import read_docker_archive
        from layerscope.image.tar_archive import spooled_archive

        with open_engine(self._image_id, self._reference) as client:
            chunks = _asked(client, self._image_id, "get", self._platform, stream=True).iter_content(_CHUNK)
            archive = spooled_archive(cast(BinaryIO, _Chunks(chunks, self._reference)), self._reference)
        return read_docker_archive(archive, self._reference, None, None, self._platform)


class _Chunks(io.RawIOBase):
    """The chunks of a response as a stream. reference: what is said to break off where the engine goes away."""

    def __init__(self, chunks: Iterator[bytes], reference: str) -> None:
        self._chunks, self._reference, self._held = chunks, reference, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._held:
            more = self._next()
            if more is None:
                return 0
            self._held = more
        data, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def _next(self) -> bytes | None:
        import docker.errors
        import requests.exceptions
        import urllib3.exceptions

        try:
            return next(self._chunks, None)
        except docker.errors.APIError as error:
            raise _refusal(error, self._reference) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError):
            raise InputError("the engine went away while it saved the image", self._reference) from None


@contextmanager
def open_engine(name: str, reference: str, context: str | None = None) -> Iterator[DockerClient]:
    """A client of the engine that `docker` would talk to; all that goes wrong with it becomes one line.

    context: of Docker, in place of what the environment says.
    """
    import docker.errors
    import requests.exceptions

    no_file = "no such file, and " if reference == name else ""  # without a scheme a path was looked for first
    host: str | None = None
    client: DockerClient | None = None
    try:
        host, tls = _endpoint(context)
        client = _client(host, tls)
        yield client
    except docker.errors.ImageNotFound:
        raise InputError(f"{no_file}the engine has no such image", reference) from None
    except docker.errors.APIError as error:
        raise _refusal(error, reference) from None
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        raise InputError(no_file + _why_unreachable(error, host or "the default socket"), reference) from None
    finally:
        if client is not None:
            client.close()


def _refusal(error: APIError, reference: str) -> InputError:
    return InputError(f"the engine refuses: {error.explanation or error}", reference)


def _client(host: str | None, tls: Any) -> DockerClient:
    import docker

    if host is None:
        return docker.from_env(timeout=_TIMEOUT_SECONDS)
    over_ssh = host.startswith("ssh://")
    if host == os.environ.get("DOCKER_HOST"):
        return docker.from_env(timeout=_TIMEOUT_SECONDS, use_ssh_client=over_ssh)
    return docker.DockerClient(base_url=host, tls=tls or False, timeout=_TIMEOUT_SECONDS, use_ssh_client=over_ssh)


def _endpoint(named: str | None = None) -> tuple[str | None, Any]:
    """The engine's address and TLS settings: DOCKER_HOST, else the Docker context, else Docker's socket or podman's."""
    if (host := os.environ.get("DOCKER_HOST")) and named in {None, DEFAULT_CONTEXT}:
        return host, None
    from docker.context import ContextAPI

    context = ContextAPI.get_context(named or os.environ.get("DOCKER_CONTEXT") or None)
    if context is not None and context.Name != DEFAULT_CONTEXT:
        return context.Host, context.TLSConfig
    if named not in {None, DEFAULT_CONTEXT}:
        raise InputError("Docker's settings have no such context", named)
    sockets = [
        "/var/run/docker.sock",
        f"{os.environ.get('XDG_RUNTIME_DIR', '')}/podman/podman.sock",
        "/run/podman/podman.sock",
    ]
    return next((f"unix://{socket}" for socket in sockets if Path(socket).exists()), None), None


def _why_unreachable(error: Exception, host: str) -> str:
    """The cause in a word; the libraries wrap it several times over."""
    text = str(error)
    if "PermissionError" in text or "Permission denied" in text:
        return f"the engine at {host} may not be used by this user (permission denied)"
    if "FileNotFoundError" in text or "No such file" in text or "Connection refused" in text:
        return f"no engine answers at {host}"
    if "Connection aborted" in text or "Connection broken" in text:
        return f"the engine at {host} breaks off the connection"
    if "fetching server API version" in text or "Expecting value" in text:
        return f"what answers at {host} is no engine"
    return f"the engine at {host} cannot be asked: {text}"
