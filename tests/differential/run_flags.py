"""Flags of `docker build` that reach RUNs: random ones, spelled as people do, and what changes of them."""

from __future__ import annotations

import random

Flags = dict[str, tuple[str, ...]]  # values by the name of the flag; the engine here has no network but none and host

_VALUES: dict[str, tuple[tuple[str, ...], ...]] = {
    "network": (("none",), ("host",), ("none", "host"), ("host", "none")),
    "add-host": (
        (), ("one:1.1.1.1",), ("one:2.2.2.2",), ("One=1.1.1.1",), ("one:1.1.1.1", "two:1.1.1.1"),
        ("two:1.1.1.1", "one:1.1.1.1"), ("one:1.1.1.1,two:2.2.2.2",), ("one:1.1.1.1", "one:2.2.2.2"), ("one:::1",),
        ("one=[::1]",),
    ),
    "shm-size": ((), ("64m",), ("67108864",), ("64MiB",), ("0.0625g",), ("0",), ("128m",), ("65536 kB",)),
    "ulimit": (
        (), ("nofile=1024",), ("nofile=1024:1024",), ("nofile=1024:2048",), ("nofile=1024", "nproc=4096"),
        ("nproc=4096", "nofile=1024"), ("nofile=2048", "nofile=1024"), ("nofile=01024",), ("core=-1",), ("core=-1:-1",),
    ),
    "cgroup-parent": ((), ("ls-one",), ("ls-two",), ("",)),
}  # fmt: skip
_REFUSED = (
    ("network", ("bridge",)), ("network", ("sandbox",)), ("add-host", ("one",)), ("add-host", ("one:nowhere",)),
    ("add-host", (":1.1.1.1",)), ("ulimit", ("nofile",)), ("ulimit", ("files=1",)), ("ulimit", ("nofile=2:1",)),
    ("ulimit", ("nofile=-1:5",)), ("ulimit", ("nofile=1:2:3",)), ("ulimit", ("nofile=x",)),
)  # fmt: skip
"""What buildx refuses of a well-formed command line; sizes that are none it refuses before, as it reads the words."""


def random_flags(rng: random.Random, *, buildkit: bool) -> Flags:
    """Mostly none."""
    flags: Flags = {}
    while rng.random() < 0.2:
        change_flags(rng, flags, buildkit=buildkit)
    return flags


def change_flags(rng: random.Random, flags: Flags, *, buildkit: bool) -> str:
    """Give one of the flags another value, in place; what was done."""
    name, values = rng.choice(_REFUSED) if buildkit and rng.random() < 0.03 else ("", ())
    if not name:
        name = rng.choice(sorted(_VALUES))
        # Several hosts in one word are buildx's alone.
        values = rng.choice([each for each in _VALUES[name] if buildkit or "," not in "".join(each)])
    flags[name] = values
    return f"--{name} {' '.join(values) or 'is gone'}"


def words_of(flags: Flags) -> list[str]:
    """The words of the command line."""
    return [f"--{name}={value}" for name in sorted(flags) for value in flags[name]]
