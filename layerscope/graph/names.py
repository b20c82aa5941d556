"""Names of base images, normalised as Docker's are."""

from __future__ import annotations

from layerscope.graph.options import Assumption


def normalized(name: str) -> str:
    """`ubuntu` → `docker.io/library/ubuntu:latest`; a digest stays, a tag is added only where both are missing."""
    base, at, digest = name.partition("@")
    host, slash, rest = base.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost" or host != host.lower()):
        host, rest = "docker.io", base
    if host == "index.docker.io":
        host = "docker.io"
    if host == "docker.io" and "/" not in rest:
        rest = f"library/{rest}"
    if ":" not in rest.rsplit("/", 1)[-1] and not at:
        rest += ":latest"
    return f"{host}/{rest}{at}{digest}"


def without_digest(name: str) -> str:
    """The name as step names show it: `[1/2] FROM docker.io/library/ubuntu:latest`."""
    return name.partition("@")[0]


def unknown_base(name: str) -> Assumption:
    """What is taken for granted of a base image that was not given."""
    return Assumption(
        "base-config",
        without_digest(normalized(name)),
        "its ENV, USER, WORKDIR, SHELL and ONBUILD are not known and taken as the defaults; "
        f"--base {without_digest(name)}=REF reads them",
    )
