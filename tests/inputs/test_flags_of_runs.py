"""Flags that reach RUNs, as buildx reads them (0.29: commands/build.go, build/utils.go, docker/go-units)."""

from __future__ import annotations

import pytest

from layerscope.docker.sizes import memory_bytes
from layerscope.errors import InputError
from layerscope.graph.options import AddedHost, Ulimit
from layerscope.inputs.run_flags import read_hosts, read_network, read_shm_size, read_ulimits


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *(("64m", 1 << 26), ("64MiB", 1 << 26), ("64Mb", 1 << 26), ("67108864", 1 << 26), ("67108864b", 1 << 26)),
        *(("0.5g", 1 << 29), (".5G", 1 << 29), ("1 k", 1024), ("1.", 1), ("2t", 1 << 41), ("0", 0)),
        *((text, None) for text in ("", "m", "64q", "64mi", "64 mm", "-1", "1..2", "64bb", "9999p", "64 \n")),
    ],
)
def test_sizes_of_memory(text: str, size: int | None) -> None:
    assert memory_bytes(text) == size


def test_hosts_keep_their_order_and_are_told_in_lower_case() -> None:
    given = ["B:1.1.1.1", "a=[2.2.2.2]", "c:::1,d=::2", "", "gate:host-gateway", "b=1.1.1.1"]
    assert read_hosts(given) == tuple(
        AddedHost(name, address)
        for name, address in [
            *(("b", "1.1.1.1"), ("a", "2.2.2.2"), ("c", "::1"), ("d", "::2"), ("gate", "host-gateway")),
            ("b", "1.1.1.1"),
        ]
    )


def test_the_last_limit_of_a_name_counts_and_they_are_told_by_name() -> None:
    given = ["nproc=10", "nofile=5:6", "nofile=01024", "core=-1", ""]
    assert read_ulimits(given) == (Ulimit("core", -1, -1), Ulimit("nofile", 1024, 1024), Ulimit("nproc", 10, 10))


def test_sizes_and_networks() -> None:
    assert [read_shm_size(given) for given in ("64m", "0", "", 5)] == [1 << 26, 0, 0, 5]
    assert [read_network(given, "buildkit") for given in ("", "default", "none", "host")] == [
        *("default", "default", "none", "host")
    ]
    assert read_network("of-my-own", "classic") == "of-my-own"


@pytest.mark.parametrize("text", ["a", "a:", ":1.1.1.1", "a=nowhere", "a:1.1.1.1,2.2.2.2", "a=1.1.1"])
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(InputError, match="--add-host takes"):
        read_hosts([text])


@pytest.mark.parametrize(
    "text", ["nofile", "nofile=", "nofile=x", "files=1", "nofile=2:1", "nofile=-1:5", "nofile=1:2:3"]
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(InputError, match="--ulimit"):
        read_ulimits([text])


@pytest.mark.parametrize("text", ["64q", "big", "-1"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match="--shm-size takes a size"):
        read_shm_size(text)


@pytest.mark.parametrize("text", ["bridge", "sandbox", "None"])
def test_what_is_no_network_of_buildkit(text: str) -> None:
    with pytest.raises(InputError, match="--network takes default, none or host"):
        read_network(text, "buildkit")
