"""The flags that reach RUNs (`--network`, `--add-host`, …) as the definitions of bake and compose have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layerscope.values import Value


class FlagsOfRuns(Value):
    """The flags that reach RUNs, as `docker build` takes them; "" and () are the defaults."""

    network: str = ""
    add_hosts: tuple[str, ...] = ()
    shm_size: str = ""
    ulimits: tuple[str, ...] = ()
    cgroup_parent: str = ""


def flags_of_definition(network: Any, hosts: Any, shm_size: Any, ulimits: Any) -> FlagsOfRuns:
    """What a definition of bake or compose says of RUNs; buildx is given the hosts in the order of their names."""
    return FlagsOfRuns(
        str(network or ""),
        tuple(_hosts(hosts) if isinstance(hosts, dict) else hosts or ()),
        str(shm_size or ""),
        tuple(map(_limit, ulimits.items()) if isinstance(ulimits, dict) else ulimits or ()),
    )


def _hosts(given: dict[str, Any]) -> Iterator[str]:
    """A host may have several addresses: one text with commas, or a list."""
    for name, addresses in sorted(given.items()):
        for address in addresses if isinstance(addresses, list) else str(addresses).split(","):
            yield f"{name}={address}"


def _limit(given: tuple[str, Any]) -> str:
    """compose: one figure, or a soft and a hard one."""
    name, limit = given
    if isinstance(limit, dict):
        limit = f"{limit['soft']}:{limit['hard']}" if "soft" in limit else limit.get("single")
    return f"{name}={limit}"
