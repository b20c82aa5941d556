"""Real registries for tests: Debian's `docker-registry`, fetched beside the engines and started on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.engine.engine import STANDARD_ERROR, EngineError, _lock, home

PACKAGE = "docker-registry"
START_SECONDS = 30.0


def installed() -> Path | None:
    """The registry's program, if this machine has it already."""
    found = shutil.which(PACKAGE)
    fetched = _fetched()
    return Path(found) if found else fetched if fetched.exists() else None


def fetch() -> Path:
    """The registry's program, from Debian's package if need be; it is unpacked, not installed."""
    home().mkdir(parents=True, exist_ok=True)
    with _lock(PACKAGE):
        if (program := installed()) is not None:
            return program
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise EngineError(f"there is neither {PACKAGE} nor apt-get to fetch it with")
        making = home() / f"{PACKAGE}.making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        if not _run(["apt-get", "download", "-qq", PACKAGE], making):
            _run(["apt-get", "update", "-qq"], making)
            if not _run(["apt-get", "download", "-qq", PACKAGE], making):
                raise EngineError(f"apt-get download {PACKAGE} failed")
        package = next(making.glob("*.deb"))
        if not _run(["dpkg-deb", "--extract", str(package), "root"], making):
            raise EngineError(f"{package.name} cannot be unpacked")
        shutil.rmtree(home() / PACKAGE, ignore_errors=True)
        (making / "root").rename(home() / PACKAGE)
        shutil.rmtree(making)
        return _fetched()


@contextlib.contextmanager
def running(program: Path, folder: Path, *, storage: Path, http: str = "", more: str = "") -> Iterator[str]:
    """A registry's `HOST:PORT`, as long as it runs. http, more: YAML to add to `http` and to the whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nhttp:\n  addr: {address}\n  secret: tests\n{http}"
        f"storage:\n  filesystem: {{rootdirectory: {storage}}}\n  delete: {{enabled: true}}\n"
        f"compatibility: {{schema1: {{enabled: true}}}}\n{more}"
    )
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(program), "serve", str(config)], stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _await(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait()


def _await(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        time.sleep(0.05)
    said = log.read_text(errors="replace").strip().splitlines() or ["no message"]
    raise EngineError(f"the registry did not start: {said[-1]}")


def _run(command: list[str], folder: Path) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, cwd=folder, env=environment, stdout=STANDARD_ERROR, check=False).returncode == 0


def _fetched() -> Path:
    return home() / PACKAGE / "usr" / "bin" / PACKAGE
