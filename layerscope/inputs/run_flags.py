"""Flags of `docker build` that reach its RUNs, as buildx reads them: `--network`, `--add-host`, `--ulimit`, …"""

from __future__ import annotations

import re
from collections.abc import Iterable

from layerscope.docker.sizes import memory_bytes
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.graph.options import DEFAULT_NETWORK, AddedHost, Ulimit

_LIMITS = frozenset(
    {"core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio"}
    | {"rttime", "sigpending", "stack"}
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_GATEWAY = "host-gateway"  # the engine's own address


def read_network(text: str, builder: str) -> str:
    """The network of RUN. Raises InputError for one that the builder does not take."""
    network = text or DEFAULT_NETWORK
    known = builder_named(builder).networks
    if known and network not in known:
        raise InputError(f"--network takes {', '.join(known[:-1])} or {known[-1]}", text)
    return network


def read_hosts(given: Iterable[str]) -> tuple[AddedHost, ...]:
    """Hosts as `NAME=ADDRESS` or `NAME:ADDRESS`, several in one text too, in the order given. Raises InputError."""
    return tuple(host for text in given for field in _fields(text) for host in _hosts(field))


def read_ulimits(given: Iterable[str]) -> tuple[Ulimit, ...]:
    """Limits as `NAME=SOFT[:HARD]`, by name; the last of a name counts. Raises InputError."""
    limits = {limit.name: limit for text in given if text for limit in (_ulimit(text),)}
    return tuple(limits[name] for name in sorted(limits))


def read_shm_size(given: str | int) -> int:
    """The bytes of /dev/shm: `64m`, or a number of them; 0 is the builder's own. Raises InputError."""
    size = memory_bytes(given) if isinstance(given, str) and given else int(given or 0)
    if size is None or size < 0:
        raise InputError("--shm-size takes a size: 64m, 1g, or bytes", str(given))
    return size


def _fields(text: str) -> list[str]:
    """What commas part; one in quotation marks parts nothing."""
    if "," not in text:
        return [text] if text else []
    import csv

    return [field for row in csv.reader([text]) for field in row if field]


def _hosts(text: str) -> list[AddedHost]:
    name, sign, addresses = text.partition("=")
    if not sign:
        name, _, addresses = text.partition(":")
    if not name or not addresses:
        raise _no_host(text)
    return [AddedHost(name.lower(), _address(each, text)) for each in addresses.split(",")]


def _address(given: str, text: str) -> str:
    address = given[1:-1] if len(given) > 2 and given.startswith("[") and given.endswith("]") else given
    if address == _GATEWAY:
        return address
    import ipaddress

    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise _no_host(text) from None


def _no_host(text: str) -> InputError:
    return InputError("--add-host takes NAME=ADDRESS or NAME:ADDRESS", text)


def _ulimit(text: str) -> Ulimit:
    name, sign, limits = text.partition("=")
    soft, colon, hard = limits.partition(":")
    if not sign or not _INTEGER.fullmatch(soft) or (colon and not _INTEGER.fullmatch(hard)):
        raise InputError("--ulimit takes NAME=SOFT[:HARD]", text)
    if name not in _LIMITS:
        raise InputError(f"--ulimit: there is no limit {name}; there are {', '.join(sorted(_LIMITS))}", text)
    least = int(soft)
    most = int(hard) if colon else least
    if most != -1 and (least == -1 or least > most):
        raise InputError("--ulimit: the soft limit is above the hard one", text)
    return Ulimit(name, least, most)
