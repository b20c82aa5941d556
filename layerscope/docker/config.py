"""Image configs (OCI image-spec config.md; an engine's inspect has the same Config) → `ImageConfig` and history."""

from __future__ import annotations

import hashlib
import re

from layerscope.docker.json_document import JsonObject
from layerscope.docker.model import HistoryEntry, ImageConfig, Platform
from layerscope.docker.times import utc_time
from layerscope.errors import InputError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def parse_config(document: JsonObject) -> ImageConfig:
    """Reads an image's config."""
    diff_ids = document.object("rootfs").texts("diff_ids")
    for diff_id in diff_ids:
        check_digest(diff_id, document.file)
    return run_config(document.object("config"), parse_platform(document), diff_ids, document.text("created"))


def parse_inspected(document: JsonObject) -> ImageConfig:
    """The same of what an engine tells of an image (`docker image inspect`)."""
    platform = parse_inspected_platform(document)
    diff_ids = document.object("RootFS").texts("Layers")
    return run_config(document.object("Config"), platform, diff_ids, document.text("Created"))


def parse_inspected_platform(document: JsonObject) -> Platform:
    """The platform that an engine tells of an image."""
    return Platform(document.text("Os"), document.text("Architecture"), document.text("Variant") or None)


def run_config(run: JsonObject, platform: Platform, diff_ids: tuple[str, ...], created: str) -> ImageConfig:
    """The same from its parts; the Config of an engine is that of a config."""
    return ImageConfig(
        platform=platform,
        env=run.texts("Env"),
        user=run.text("User"),
        workdir=run.text("WorkingDir"),
        shell=run.texts("Shell"),
        onbuild=run.texts("OnBuild"),
        entrypoint=run.words("Entrypoint") if "Entrypoint" in run else None,
        cmd=run.words("Cmd") if "Cmd" in run else None,
        labels=run.pairs("Labels"),
        exposed_ports=run.keys("ExposedPorts"),
        volumes=run.keys("Volumes"),
        stop_signal=run.text("StopSignal"),
        healthcheck=run.canonical("Healthcheck"),
        diff_ids=diff_ids,
        created=utc_time(created),
    )


def parse_platform(document: JsonObject) -> Platform:
    """`os`, `architecture` and `variant`, of a config or of a descriptor's platform."""
    return Platform(document.text("os"), document.text("architecture"), document.text("variant") or None)


def parse_history(document: JsonObject) -> tuple[HistoryEntry, ...]:
    """A config's history, oldest first as it is written."""
    return tuple(
        HistoryEntry(
            created_by=entry.text("created_by"),
            created=utc_time(entry.text("created")),
            comment=entry.text("comment"),
            author=entry.text("author"),
            empty_layer=entry.flag("empty_layer"),
        )
        for entry in document.objects("history")
    )


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def check_digest(digest: str, file: str) -> str:
    """The digest, if it is one: digests become file names and must not lead elsewhere."""
    if not is_digest(digest):
        raise InputError(f"'{digest}' is not a digest", file)
    return digest


def check_bytes(data: bytes, digest: str, what: str, file: str) -> None:
    """Raises:
    InputError: the bytes have another digest.
    """
    algorithm, _, stated = digest.partition(":")
    found = hashlib.new(algorithm, data).hexdigest()
    if found != stated:
        raise InputError(f"the {what} {digest} is damaged: its bytes have the digest {algorithm}:{found}", file)
