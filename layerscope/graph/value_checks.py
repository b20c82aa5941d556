"""Values that reach no cache key, and that the builder refuses all the same: ports, signals, paths, checksums."""

from __future__ import annotations

import re
from collections.abc import Iterable

from layerscope.graph.mounts import MountType

_SIGNALS = frozenset(
    {
        *(
            "ABRT",
            "ALRM",
            "BUS",
            "CHLD",
            "CLD",
            "CONT",
            "FPE",
            "HUP",
            "ILL",
            "INT",
            "IO",
            "IOT",
            "KILL",
            "PIPE",
            "POLL",
        ),
        *(
            "PROF",
            "PWR",
            "QUIT",
            "SEGV",
            "STKFLT",
            "STOP",
            "SYS",
            "TERM",
            "TRAP",
            "TSTP",
            "TTIN",
            "TTOU",
            "URG",
            "USR1",
        ),
        *("USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX"),
        *(f"RTMIN+{number}" for number in range(1, 16)),
        *(f"RTMAX-{number}" for number in range(1, 15)),
    }
)
_PLATFORM_PART = r"[A-Za-z0-9_.-]+\Z"
_INTEGER = r"[+-]?[0-9]+\Z"
_DIGEST = r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+\Z"
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_TRUTH = frozenset({"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"})
_SIZE = r"\d+(\.\d*)?\s?([kKmMgGtTpP]?[iI]?[bB]?)\Z|\.\d+\s?([kKmMgGtTpP]?[iI]?[bB]?)\Z"


def check_ports(ports: Iterable[str]) -> None:
    """EXPOSE, variables expanded: `[[IP:]HOST:]PORT[-PORT][/PROTO]`. Raises ValueError."""
    for port in ports:
        *before, mapped = port.split(":")
        number, _, protocol = mapped.partition("/")
        if not number:
            raise ValueError(f'invalid port: "{port}": no port specified')
        if protocol.lower() not in {"", "tcp", "udp", "sctp"}:
            raise ValueError(f'invalid port: "{port}": invalid proto: {protocol}')
        if len(before) > 1:
            _check_address(":".join(before[:-1]))
        if _port_range(number) is None:
            raise ValueError(f"invalid containerPort: {number}")
        if before and before[-1]:
            _check_host_range(before[-1], number)


def _check_host_range(host: str, container: str) -> None:
    ours, theirs = _port_range(container), _port_range(host)
    if theirs is None:
        raise ValueError(f"invalid hostPort: {host}")
    if ours is not None and ours[1] - ours[0] not in {0, theirs[1] - theirs[0]}:
        raise ValueError(f"invalid ranges specified for container and host Ports: {container} and {host}")


def _check_address(address: str) -> None:
    from ipaddress import ip_address

    bare = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    try:
        if address:
            ip_address(bare)
    except ValueError:
        raise ValueError(f"invalid IP address: {address}") from None


def _port_range(text: str) -> tuple[int, int] | None:
    first, dash, last = text.partition("-")
    if not dash or first == last:
        last = first
    if not (re.match(_INTEGER, first) and re.match(_INTEGER, last)):
        return None
    start, end = int(first), int(last)
    return (start, end) if 0 <= start <= end <= 65535 else None


def check_signal(signal: str) -> None:
    """STOPSIGNAL, variables expanded: a number but 0, or a name of Linux. Raises ValueError."""
    named = signal.upper().removeprefix("SIG") in _SIGNALS
    if not named and not (re.match(_INTEGER, signal) and int(signal) != 0):
        raise ValueError(f"invalid signal: {signal}")


def check_platform(platform: str) -> None:
    """`FROM --platform=…`, variables expanded: `OS[/ARCH[/VARIANT]]`. Raises ValueError."""
    parts = platform.split("/")
    if len(parts) > 3 or not all(re.match(_PLATFORM_PART, part) for part in parts):
        raise ValueError(f'failed to parse platform {platform}: "{platform}": cannot parse platform specifier')


def check_volumes(paths: Iterable[str]) -> None:
    """VOLUME, variables expanded. Raises ValueError."""
    if not all(paths):
        raise ValueError("VOLUME specified can not be an empty string")


def check_download_checksum(checksum: str) -> None:
    """The checksum of an ADD of a URL: a digest. Raises ValueError."""
    algorithm, _, encoded = checksum.partition(":")
    if not re.match(_DIGEST, checksum):
        raise ValueError("invalid checksum digest format")
    if algorithm not in _DIGEST_LENGTHS:
        raise ValueError("unsupported digest algorithm")
    if len(encoded) != _DIGEST_LENGTHS[algorithm]:
        raise ValueError("invalid checksum digest length")
    if not re.fullmatch(r"[a-f0-9]+", encoded):
        raise ValueError("invalid checksum digest format")


def check_mount(kind: MountType, fields: Iterable[tuple[str, str]]) -> None:
    """The fields of one `RUN --mount` in their order, long names and expanded values. Raises ValueError."""
    for key, value in fields:
        if key in {"readonly", "readwrite"} and value and value not in _TRUTH:
            raise ValueError(f"invalid value for {key}: {value}")
        if key == "required":
            _check_field(kind.is_secret, key, kind)
            if value and value not in _TRUTH:
                raise ValueError(f"invalid value for {key}: {value}")
        if key == "size":
            _check_field(kind is MountType.TMPFS, key, kind)
            if not re.match(_SIZE, value):
                raise ValueError(f"invalid value for {key}: {value}")
        if key == "sharing" and value.lower() not in {"shared", "private", "locked"}:
            raise ValueError(f'unsupported sharing value "{value}"')
        if key in {"mode", "uid", "gid"}:
            _check_number(kind, key, value)
    given = dict(fields)
    if kind is MountType.SECRET:
        _check_secret(given)
    if given.get("sharing") and kind is not MountType.CACHE:
        raise ValueError(f"invalid cache sharing set for {kind.value} mount")


def _check_field(allowed: bool, key: str, kind: MountType) -> None:
    if not allowed:
        raise ValueError(f"unexpected key '{key}' for mount type '{kind.value}'")


def _check_number(kind: MountType, key: str, value: str) -> None:
    digits = "[0-7]+" if key == "mode" else "[0-9]+"
    if not re.fullmatch(digits, value) or int(value, 8 if key == "mode" else 10) >= 2**32:
        raise ValueError(f"invalid value {value} for {key}")
    if kind in {MountType.BIND, MountType.TMPFS}:
        raise ValueError(f'{key} not allowed for "{kind.value}" type mounts')


def _check_secret(given: dict[str, str]) -> None:
    if given.get("from"):
        raise ValueError("secret mount should not have a from")
    if given.get("sharing"):
        raise ValueError("secret mount should not define sharing")
    if not any(given.get(name) for name in ("source", "target", "id")):
        raise ValueError("invalid secret mount. one of source, target required")
    if given.get("source") and given.get("id"):
        raise ValueError("both source and id can't be set")
