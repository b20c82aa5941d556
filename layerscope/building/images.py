"""Throw-away base images: what a stage begins from, under a name and with a last layer that no cache has seen.

Every key of a step that stands on one is new to the engine's cache, whatever was built on it before.
"""

from __future__ import annotations

import io
import json
import secrets
import tarfile
from typing import TYPE_CHECKING, Any

import docker.errors

from layerscope.building.ending import Ending, Say, unbroken
from layerscope.building.froms import SCRATCH
from layerscope.docker.digests import is_digest
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.graph.names import normalized, without_digest
from layerscope.graph.options import BaseImage, BuildOptions

if TYPE_CHECKING:
    from docker import APIClient

# Small files of most images. One of them is written again with another time: a layer of its own, and no other content.
_USUAL_FILES = ("/etc/passwd", "/etc/group", "/etc/os-release", "/etc/shells", "/etc/issue", "/etc/profile")
_OWN_FILE = ".layerscope-verify"
_LARGEST = 1 << 20


class ThrowAwayImages:
    """The images of one run, made as they are asked for and removed at its end.

    options: of the run's builds, whose builder says which images are one and whose platform is pulled.
    """

    def __init__(self, api: APIClient, options: BuildOptions, ending: Ending, say: Say) -> None:
        self._api: Any = api
        self._builder = builder_named(options.builder)
        self._platform = options.platform
        self._ending, self._say = ending, say
        self.run = secrets.token_hex(6)
        self._made: dict[str, str] = {}

    def of(self, base: str, given: BaseImage | None) -> str:
        """The throw-away stand-in of a base image. given: what `--base` says the image is. Raises InputError."""
        found = "" if base == SCRATCH else self._id(base, given)
        if found not in self._made:
            name = f"layerscope-verify-{self.run}-{len(self._made)}:1"
            self._ending.then(f"image {name}", lambda: self._remove(name))
            with unbroken():
                if base == SCRATCH:
                    self._make_empty(name)
                else:
                    self._make(name, found)
            self._made[found] = name
        return self._made[found]

    def base(self, base: str, given: BaseImage | None) -> BaseImage:
        """What the engine's image is that a base is, with its config; it is pulled where the engine lacks it.

        given: what `--base` says of it, whose identity stays. Raises InputError.
        """
        from layerscope.analysis.base_image import configured_base
        from layerscope.docker.config import parse_inspected
        from layerscope.docker.json_document import JsonObject

        inspected = self._api.inspect_image(self._id(base, given))
        config = parse_inspected(JsonObject(inspected, base))
        identity = self._builder.image_identity(config.diff_ids, inspected["Id"])
        return configured_base(config, (given and given.identity) or identity)

    def names(self) -> list[str]:
        return list(self._made.values())

    def _id(self, base: str, given: BaseImage | None) -> str:
        identity = given.identity if given is not None else ""
        named = self._inspected(normalized(base))
        if identity and (named is None or not self._is(named, identity)):
            other = self._with_identity(base, identity)
            if other is not None:
                return other
        if named is None:
            named = self._pulled(base)
        return str(named["Id"])

    def _with_identity(self, base: str, identity: str) -> str | None:
        """The image of the engine that is what `--base` says, under whichever name."""
        if is_digest(identity):
            for name in (f"{normalized(without_digest(base)).rpartition(':')[0]}@{identity}", identity):
                found = self._inspected(name)
                if found is not None:
                    return str(found["Id"])
        for listed in self._api.images():
            found = self._inspected(listed["Id"])
            if found is not None and self._is(found, identity):
                return str(found["Id"])
        return None

    def _is(self, inspected: dict[str, Any], identity: str) -> bool:
        """Whether an image is what `--base` says: by id or digest, or as the builder knows images."""
        diff_ids = (inspected.get("RootFS") or {}).get("Layers") or ()
        digests = [digest.partition("@")[2] for digest in inspected.get("RepoDigests") or ()]
        return identity in {inspected["Id"], self._builder.image_identity(diff_ids, inspected["Id"]), *digests}

    def _inspected(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._api.inspect_image(name)
        except docker.errors.ImageNotFound:
            return None
        return found

    def _pulled(self, base: str) -> dict[str, Any]:
        self._say(f"pulling {base}: the engine does not have it yet")
        name = normalized(base)
        repository, _, version = name.rpartition("@" if "@" in name else ":")
        self._ending.then(f"image {base}", lambda: self._remove(name))
        try:
            for line in self._api.pull(repository, tag=version, platform=self._platform, stream=True, decode=True):
                if "error" in line:
                    raise InputError(f"the engine cannot pull it: {line['error']}", base)
        except (docker.errors.NotFound, docker.errors.APIError) as error:
            raise InputError(f"the engine cannot pull it: {error.explanation or error}", base) from None
        found = self._inspected(name)
        if found is None:
            raise InputError("the engine pulled it, and does not have it", base)
        return found

    def _make(self, name: str, image: str) -> None:
        config = self._api.inspect_image(image)["Config"] or {}
        container = f"{name.partition(':')[0]}-base"
        self._ending.then(f"container {container}", lambda: self._remove_container(container))
        self._api.create_container(image, command=config.get("Cmd") or ["layerscope"], name=container)
        self._api.put_archive(container, "/", self._last_layer(container))
        repository, _, tag = name.partition(":")
        # What a container does not carry on from its image.
        kept = [f"ONBUILD {trigger}" for trigger in config.get("OnBuild") or []]
        if config.get("Shell"):
            kept.append(f"SHELL {json.dumps(config['Shell'])}")
        self._api.commit(container, repository=repository, tag=tag, changes=kept or None)
        self._remove_container(container)

    def _last_layer(self, container: str) -> bytes:
        entry, content = self._usual_file(container)
        entry.mtime = secrets.randbelow(1 << 30)
        return _archive(entry, content)

    def _usual_file(self, container: str) -> tuple[tarfile.TarInfo, bytes]:
        for path in _USUAL_FILES:
            try:
                chunks, told = self._api.get_archive(container, path)
            except docker.errors.NotFound:
                continue
            if told.get("size", _LARGEST) < _LARGEST:
                with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
                    entry = archive.next()
                    if entry is not None and entry.isreg():
                        file = archive.extractfile(entry)
                        entry.name = path.lstrip("/")
                        return entry, file.read() if file is not None else b""
        entry = tarfile.TarInfo(_OWN_FILE)
        return entry, self.run.encode()

    def _make_empty(self, name: str) -> None:
        entry = tarfile.TarInfo("./")
        entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, secrets.randbelow(1 << 30)
        repository, _, tag = name.partition(":")
        self._api.import_image(src=_archive(entry, b""), repository=repository, tag=tag)

    def _remove(self, name: str) -> None:
        if self._inspected(name) is not None:
            self._api.remove_image(name, force=True)

    def _remove_container(self, name: str) -> None:
        try:
            self._api.remove_container(name, force=True)
        except docker.errors.NotFound:
            return


def _archive(entry: tarfile.TarInfo, content: bytes) -> bytes:
    made = io.BytesIO()
    entry.size = len(content)
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()
