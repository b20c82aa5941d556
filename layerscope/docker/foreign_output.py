"""Texts that tell no build and no layers, by what wrote them: each with what to do instead."""

from __future__ import annotations

import json
import re

_TEXTS: tuple[tuple[str, str], ...] = (
    (
        r"CONTAINER ID\s+(?:IMAGE|NAME)\b",
        "this is a table of containers (docker ps or stats): it tells of no image's layers",
    ),
    (
        r"BUILD ID\s+NAME\s+STATUS\b",
        "this is docker buildx history ls: export a build with docker buildx history export",
    ),
    (r"NAME/NODE\s+DRIVER", "this is docker buildx ls: it tells of no build; a build's log does"),
    (
        r"Name:\s+\S+\n\s*MediaType:\s",
        "this is docker buildx imagetools inspect: name the image itself (registry:NAME)",
    ),
    (
        r"(?:===> )?(?:ANALYZING|DETECTING|RESTORING)\b|===> ",
        "this is a log of Cloud Native Buildpacks: they have no steps of a Dockerfile; image REF tells the layers",
    ),
    (
        r"(?:\[INFO\] )?Containerizing application to ",
        "this is a log of jib: it has no steps of a Dockerfile; image REF tells the layers",
    ),
    (
        r"Copying (?:blob|config) (?:sha256:)?[0-9a-f]{12}",
        "this is a copy by podman, buildah or skopeo: it tells no sizes of layers; image REF does",
    ),
    (
        r"\[\+\] (?:Running|Pulling|Pushing|up|down) \d+/\d+",
        "this is the display of docker compose: run it with --progress plain, or docker compose build",
    ),
    (r"Client:[^\n]*\n(?:[^\n]*\n)*? ?Version:", "this is docker version or docker info: it tells of no build"),
    (r"SERVICE\s+|NAME\s+IMAGE\s+COMMAND", "this is docker compose ps: it tells of no build and no layers"),
    (
        r"(?:Using caching version of cmd: |Built cross stage deps: )",
        "this is a log of kaniko without its INFO[0000]: save it as kaniko writes it",
    ),
    (
        r"Sending build context to Docker daemon",
        "this is the classic builder's log of a build that ended before its first step",
    ),
    (
        r"(?:/bin/)?(?:docker: )?[Ee]rror (?:response from daemon|during connect)",
        "this is an error of Docker's: there was no build",
    ),
)
_AT_A_LINE = tuple((re.compile(rf"(?m)^\s*(?:{pattern})"), told) for pattern, told in _TEXTS)
_COMMENT = re.compile(r"\s*(?:#.*)?")
_FIRST_INSTRUCTION = re.compile(
    r"\s*(?:FROM|ARG)\s+\S+(?:\s+AS\s+\S+)?\s*|\s*FROM\s+--platform=\S+\s+.*", re.IGNORECASE
)
_LOOKED_AT = 20_000  # characters


def foreign_output(text: str) -> str | None:
    """What a text is that cannot be read, and what to do instead; None of what is not known either."""
    start = text[:_LOOKED_AT]
    if start.lstrip()[:1] in {"{", "["} and (told := _foreign_document(text)):
        return told
    first = next((line for line in start.split("\n") if not _COMMENT.fullmatch(line)), "")
    if _FIRST_INSTRUCTION.fullmatch(first):
        return "this is a Dockerfile: give its folder to layerscope simulate, with -f FILE for another name"
    return next((told for pattern, told in _AT_A_LINE if pattern.search(start)), None)


def _foreign_document(text: str) -> str | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, dict):
        return None
    keys = first.keys()
    if {"RootFS", "Config"} <= keys:
        return "this is docker image inspect: it names no instructions; save docker history --no-trunc --format json"
    if {"HostConfig", "State"} <= keys:
        return "this is docker container inspect: it tells of no image's layers; image REF does"
    if {"layer", "image"} <= keys:
        return "this is a report of dive: it tells no instructions' outcomes; image REF tells the same of the image"
    if "schemaVersion" in keys or "SchemaV2Manifest" in keys:
        return "this is an image's manifest: it names no instructions; name the image itself (registry:NAME)"
    if "Names" in keys and "Image" in keys:
        return "this is docker ps: it tells of no image's layers"
    return None
