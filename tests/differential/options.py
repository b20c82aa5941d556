"""Hand-written cases of what a build is told beside its files: flags that reach RUNs, and named contexts."""

from __future__ import annotations

from collections.abc import Mapping

from tests.differential.case import file
from tests.differential.traps import BUILDKIT, CLASSIC, Trap, trap

RUNS = "FROM busybox / WORKDIR /w / RUN echo one / COPY a /a / RUN --network=none echo two"


def options() -> list[Trap]:
    """All of them."""
    return [*_flags(), *_contexts()]


def _flags() -> list[Trap]:
    given: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "network": (("--network=none",), ("--network=host",)),
        "host-of-another-address": (("--add-host=one:1.1.1.1",), ("--add-host=ONE=2.2.2.2",)),
        "host-of-another-name": (("--add-host=one:1.1.1.1",), ("--add-host=two:1.1.1.1",)),
        "hosts-in-another-order": (
            ("--add-host=one:1.1.1.1", "--add-host=two:1.1.1.1"),
            ("--add-host=two:1.1.1.1", "--add-host=one:1.1.1.1"),
        ),
        "shm-size": ((), ("--shm-size=64m",)),
        "shm-size-in-another-unit": (("--shm-size=64m",), ("--shm-size=65536k",)),
        "shm-size-of-nothing": ((), ("--shm-size=0",)),
        "ulimit": (("--ulimit=nofile=1024",), ("--ulimit=nofile=1024:2048",)),
        "ulimit-of-one-figure": (
            ("--ulimit=nofile=2048", "--ulimit=nproc=4096", "--ulimit=nofile=1024"),
            ("--ulimit=nofile=01024:1024", "--ulimit=nproc=4096"),
        ),
        "cgroup-parent": (("--cgroup-parent=ls-one",), ("--cgroup-parent=ls-two",)),
    }
    return [
        *(
            trap(f"flag-{name}", RUNS, {"a": "1"}, options=before, options_after=after, builders=BUILDKIT)
            for name, (before, after) in given.items()
        ),
        trap(
            "flag-network-of-no-run",
            "FROM busybox / RUN --network=none echo one / RUN --network=host echo two",
            options=("--network=none", "--allow=network.host"),
            options_after=("--network=host",),
            builders=BUILDKIT,
        ),
        trap(
            "flag-shm-size-is-a-tmpfs",
            "FROM busybox AS s / RUN --mount=type=tmpfs,target=/dev/shm,size=64m echo one",
            options_after=("--shm-size=64m",),
            dockerfile_after="FROM busybox AS s / RUN echo one",
            builders=BUILDKIT,
        ),
        trap(
            "flag-size-of-a-tmpfs-in-another-unit",
            "FROM busybox / RUN --mount=type=tmpfs,target=/t,size=64m echo one",
            dockerfile_after="FROM busybox / RUN --mount=type=tmpfs,target=/t,size=67108864 echo one",
            builders=BUILDKIT,
        ),
        trap(
            "flags-of-the-classic-builder",
            "FROM busybox / RUN echo one / COPY a /a / RUN echo two",
            {"a": "1"},
            options=("--network=none", "--shm-size=64m", "--ulimit=nofile=1024", "--cgroup-parent=ls-one"),
            options_after=("--network=host", "--add-host=one:1.1.1.1", "--ulimit=nofile=2048"),
            builders=CLASSIC,
        ),
    ]


def _contexts() -> list[Trap]:
    shared = "FROM busybox\nCOPY --from=shared . /shared\nCOPY main /main\nRUN ls /shared\n"
    nested = "FROM busybox AS a / COPY docs/b /x / FROM busybox AS b / COPY --from=docs b /x / FROM scratch / "
    return [
        trap(
            "named-context-that-changes",
            shared,
            {"main": "1"},
            contexts={"shared": "shared"},
            beside={"shared": {"lib": file("1\n")}},
            beside_after={"shared": {"lib": file("2\n")}},
            builders=BUILDKIT,
        ),
        trap(
            "named-context-inside-the-context",
            nested + "COPY --from=a /x /a / COPY --from=b /x /b",
            {"docs/b": "1", "docs/c": "1", ".dockerignore": "docs/c\n"},
            contexts={"docs": "context/docs"},
            change={"docs/c": "2"},
            then={"docs/b": "2"},
            builders=BUILDKIT,
        ),
        trap(
            "named-context-that-holds-the-context",
            "FROM busybox / COPY --from=all main lib /a/ / COPY main /b",
            {"main": "1", "lib": "1", ".dockerignore": "lib\n"},
            contexts={"all": "context"},
            change={".dockerignore": ""},
            then={"lib": "2"},
            builders=BUILDKIT,
        ),
        trap(
            "named-context-of-another-directory",
            shared,
            {"main": "1"},
            contexts={"shared": "one"},
            contexts_after={"shared": "two"},
            beside={"one": {"lib": file("1\n")}, "two": {"lib": file("1\n"), "x": file("1\n")}},
            builders=BUILDKIT,
        ),
    ]
