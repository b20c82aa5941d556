#!/usr/bin/env python3
"""Start and stop real Docker Engines for tests and recordings, on a machine that has none.

    python tests/engine/engine.py up NAME [--store containerd|overlay2] [--suite sid]
    python tests/engine/engine.py base NAME
    python tests/engine/engine.py down NAME

`up` prints `DOCKER_HOST=unix://...`. The engine comes from Debian's packages, in a Debian root of its own that
all engines of one suite share; every engine has its own data, and runs in its own mount namespace. It needs
root, but neither systemd nor a network bridge: build with `--network none`, or `--network host` for a build
that fetches. `base` imports `busybox:latest`, a static BusyBox under the names of all its applets.

Everything lies in $LAYERSCOPE_ENGINE_HOME, or `layerscope-engine` in the user's cache folder.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

Store = Literal["containerd", "overlay2"]

DEFAULT_SUITE = "sid"
# sid is the newest engine there is, but on some days its packages cannot be installed together.
FALLBACK_SUITE = "trixie"
PACKAGES = (
    "docker.io", "docker-cli", "docker-buildx", "containerd", "runc",
    "ca-certificates", "iptables", "git", "busybox-static",
)  # fmt: skip
START_SECONDS = 60.0
STOP_SECONDS = 20.0
STANDARD_ERROR = 2  # the descriptor: what a test has put in the place of `sys.stderr` may have none

# Runs as the first process of a new mount namespace. A chroot would not do: runc calls pivot_root itself, and
# that asks for a root directory which is a mount. The data folder is mounted where every installation has it,
# so that nothing the engine reports (`docker inspect` names its storage) depends on the machine it ran on.
ENTER_ROOT_AND_RUN = """
set -eu
root=$1 run=$2
mkdir -p "$root/var/lib/docker" "$root/mnt/outside"
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mkdir "$root/run/engine"
mount --bind "$run" "$root/run/engine"
mount --bind "$run/data" "$root/var/lib/docker"
cd "$root"
pivot_root . mnt/outside
umount -l /mnt/outside
exec dockerd --config-file /run/engine/daemon.json
"""


class EngineError(Exception):
    """Why an engine cannot be made, started or used; one line."""


def home() -> Path:
    """The folder that holds the roots, the client and the running engines."""
    if chosen := os.environ.get("LAYERSCOPE_ENGINE_HOME"):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "layerscope-engine"


def available() -> str | None:
    """Why no engine can run here, in one sentence; None if one can."""
    if sys.platform != "linux":
        return "an engine needs Linux"
    if os.geteuid() != 0:
        return "an engine needs root"
    if shutil.which("unshare") is None:
        return "there is no unshare(1) (package util-linux)"
    probe = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True, check=False,
    )  # fmt: skip
    if probe.returncode != 0:
        return "root may not mount here (a container without CAP_SYS_ADMIN?)"
    has_root = any(home().glob("root-*/.ready"))
    if not has_root and shutil.which("debootstrap") is None and shutil.which("apt-get") is None:
        return "there is neither debootstrap nor apt-get to make a Debian root with"
    return None


@dataclass(frozen=True)
class Started:
    """What runs an engine. The start time with the id: a name that no later process can have."""

    pid: int
    start_time: int | None
    store: Store
    root: str

    def alive(self) -> bool:
        return self.start_time is not None and _start_time(self.pid) == self.start_time


@dataclass(frozen=True)
class Engine:
    """One engine by its name, running or not."""

    name: str

    @property
    def folder(self) -> Path:
        return home() / self.name

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def docker_host(self) -> str:
        return f"unix://{self.socket}"

    @property
    def record(self) -> Path:
        return self.folder / "process.json"

    def started(self) -> Started | None:
        """The process that was started for it last, if this program did."""
        try:
            return Started(**json.loads(self.record.read_text()))
        except FileNotFoundError:
            return None

    def environment(self) -> dict[str, str]:
        """The environment in which `docker` and `docker buildx` talk to this engine."""
        # The user's own settings (proxies, contexts, credentials) must not show in a test or a recording.
        outer = {k: v for k, v in os.environ.items() if not k.startswith(("DOCKER_", "BUILDX_", "BUILDKIT_"))}
        client = home() / "client"
        return outer | {
            "DOCKER_HOST": self.docker_host,
            "DOCKER_CONFIG": str(client / "config"),
            "PATH": f"{outer.get('PATH', os.defpath)}{os.pathsep}{client / 'bin'}",
        }

    def docker(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Run one docker command; its standard output, or EngineError with what it said."""
        environment = self.environment()
        done = subprocess.run(
            [shutil.which("docker", path=environment["PATH"]) or "docker", *arguments],
            input=stdin, capture_output=True, env=environment, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit {done.returncode}"]
            raise EngineError(f"docker {arguments[0]}: {said[-1]}")
        return done.stdout.decode(errors="replace")

    def answers(self) -> bool:
        if not self.socket.is_socket():
            return False
        try:
            self.docker("version")
        except EngineError:
            return False
        return True


def up(name: str, store: Store = "overlay2", suite: str = DEFAULT_SUITE) -> Engine:
    """Start the engine, unless it runs already."""
    if reason := available():
        raise EngineError(f"no engine can run here: {reason}")
    engine = Engine(name)
    home().mkdir(parents=True, exist_ok=True)
    root = _root(suite)
    _install_client(root)
    with _lock(f"engine-{name}"):
        if engine.answers():
            running = engine.started()
            if running is not None and running.store != store:
                raise EngineError(f"engine {name} already runs with the {running.store} store")
            return engine
        if (running := engine.started()) is not None and running.alive():
            raise EngineError(f"engine {name} runs but does not answer; stop it with: down {name}")
        _start(engine, root, store)
    return engine


def base(name: str) -> None:
    """Import `busybox:latest` into the engine."""
    engine = Engine(name)
    busybox = _engine_root(engine) / "usr/bin/busybox"
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    engine.docker(
        "import", "--change", 'CMD ["sh"]', "--change", "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        "-", "busybox:latest", stdin=_busybox_tree(busybox.read_bytes(), applets),
    )  # fmt: skip


def down(name: str) -> None:
    """Stop the engine and delete its images and build cache; nothing to do if it is not there."""
    engine = Engine(name)
    if not engine.folder.exists():
        return
    started = engine.started()
    if started is None and engine.socket.exists():
        raise EngineError(f"engine {name} was not started by this program")
    if started is not None:
        _stop(started)
    shutil.rmtree(engine.folder)


def restart(name: str, *, empty: bool = False) -> None:
    """Stop the engine and start it again on what it holds. empty: without all that its builder has built.

    That is more than a prune of all: of what is pruned BuildKit may keep keys, and links between them.
    """
    engine = Engine(name)
    started = engine.started()
    if started is None:
        raise EngineError(f"engine {name} was not started by this program")
    with _lock(f"engine-{name}"):
        _stop(started)
        if empty:
            shutil.rmtree(engine.folder / "data" / "buildkit", ignore_errors=True)
        _start(engine, Path(started.root), started.store)


# -- the Debian root and the client in it ---------------------------------------------------------------------


def _root(suite: str) -> Path:
    """The suite's root, made if it is not there. Whoever comes while it is being made waits for it."""
    root = home() / f"root-{suite}"
    with _lock(root.name):
        if (root / ".ready").exists():
            return root
        debootstrap = _debootstrap()
        for attempt in dict.fromkeys((suite, FALLBACK_SUITE)):
            if said := _bootstrap(debootstrap, attempt, root):
                print(f"suite {attempt} cannot be installed: {said}", file=sys.stderr)
            else:
                return root
    raise EngineError(f"no Debian root could be made; see the debootstrap logs in {home()}")


def _bootstrap(debootstrap: str, suite: str, root: Path) -> str | None:
    """Install one suite as `root`; the last line debootstrap said if it failed."""
    # Made aside and renamed: a root is there as a whole or not at all. In a mount namespace: what debootstrap
    # mounts is gone with it, so that clearing up after a failure can never reach into the machine's /proc.
    making = root.with_name(f"{root.name}.making")
    shutil.rmtree(root, ignore_errors=True)
    shutil.rmtree(making, ignore_errors=True)
    log = home() / f"debootstrap-{suite}.log"
    command = [debootstrap, "--variant=minbase", f"--include={','.join(PACKAGES)}", suite, str(making)]
    with log.open("wb") as output:
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", *command],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
        )  # fmt: skip
    if done.returncode == 0:
        (making / ".ready").touch()
        making.rename(root)
        return None
    shutil.rmtree(making, ignore_errors=True)
    return (log.read_text(errors="replace").strip().splitlines() or ["no message"])[-1]


def _debootstrap() -> str:
    if found := shutil.which("debootstrap"):
        return found
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "debootstrap"]):
        done = subprocess.run(["apt-get", *arguments], env=environment, stdout=STANDARD_ERROR, check=False)
        if done.returncode != 0:
            raise EngineError(f"debootstrap is missing and apt-get {arguments[0]} failed")
    if found := shutil.which("debootstrap"):
        return found
    raise EngineError("debootstrap is missing though apt-get installed it")


def _install_client(root: Path) -> None:
    """Put buildx, and docker if the machine has none, beside the roots; no system file is touched."""
    client = home() / "client"
    plugins = client / "config" / "cli-plugins"
    with _lock("client"):
        # The manual and packaging files of the package bear the plugin's name too: only the program will do.
        program = next(root.glob("usr/lib*/docker/cli-plugins/docker-buildx"), None)
        if program is None:
            raise EngineError(f"{root} holds no buildx")
        _copy_program(program, plugins / "docker-buildx")
        if shutil.which("docker") is None:
            _copy_program(root / "usr/bin/docker", client / "bin" / "docker")


def _copy_program(source: Path, target: Path) -> None:
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_suffix(".new")
    shutil.copy2(source, aside)
    aside.replace(target)  # a running client keeps the old file


# -- the process ----------------------------------------------------------------------------------------------


def _start(engine: Engine, root: Path, store: Store) -> None:
    (engine.folder / "data").mkdir(parents=True, exist_ok=True)
    engine.socket.unlink(missing_ok=True)
    settings: dict[str, object] = {
        "hosts": ["unix:///run/engine/docker.sock"],
        "pidfile": "/run/engine/dockerd.pid",
        "bridge": "none",
        "iptables": False,
        "ip6tables": False,
        "features": {"containerd-snapshotter": store == "containerd"},
    }
    if store == "overlay2":
        settings["storage-driver"] = "overlay2"
    (engine.folder / "daemon.json").write_text(json.dumps(settings, indent=2) + "\n")
    log = engine.folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER_ROOT_AND_RUN,
             "engine", str(root), str(engine.folder)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,  # it outlives this program, and the terminal's Ctrl-C is not meant for it
        )  # fmt: skip
    started = Started(process.pid, _start_time(process.pid), store, str(root))
    engine.record.write_text(json.dumps(asdict(started)) + "\n")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if engine.answers():
            return
        if process.poll() is not None:
            break
        time.sleep(0.25)
    else:
        _stop(started)
    said = log.read_text(errors="replace").strip().splitlines() or ["no message"]
    raise EngineError(f"engine {engine.name} did not start: {said[-1]} (whole log: {log})")


def _stop(started: Started) -> None:
    """End the process that was started, however long ago; never a later one that bears its id."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not started.alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(started.pid, sign)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(started.pid, os.WNOHANG)  # started by this very run: it would stay as a zombie
            if not started.alive():
                return
            time.sleep(0.1)
    raise EngineError(f"process {started.pid} does not end")


def _start_time(pid: int) -> int | None:
    """When the kernel says the process began; None if there is none."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name may hold blanks and brackets; the fields after it are counted from its last bracket.
    return int(line.rpartition(")")[2].split()[19])


def _engine_root(engine: Engine) -> Path:
    started = engine.started()
    return Path(started.root) if started else _root(DEFAULT_SUITE)


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    with (home() / f".{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# -- the base image -------------------------------------------------------------------------------------------


def _busybox_tree(program: bytes, applets: list[str]) -> bytes:
    """A root file system as a tar; the same bytes from the same program, so that its layer has one digest."""
    accounts = {
        "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        "etc/group": b"root:x:0:\nnogroup:x:65534:\n",
    }
    tree = io.BytesIO()
    with tarfile.open(fileobj=tree, mode="w") as tar:
        for folder, mode in (("bin", 0o755), ("etc", 0o755), ("root", 0o700), ("tmp", 0o1777)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        for path, content, mode in (
            ("bin/busybox", program, 0o755),
            *((path, content, 0o644) for path, content in accounts.items()),
        ):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
        for applet in sorted(set(applets) - {"busybox"}):
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    return tree.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description="Start and stop real Docker Engines for tests and recordings.")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start an engine and print its DOCKER_HOST")
    start.add_argument("name")
    start.add_argument("--store", choices=get_args(Store), default="overlay2")
    start.add_argument("--suite", default=DEFAULT_SUITE, help="Debian suite the engine comes from")
    commands.add_parser("base", help="import busybox:latest").add_argument("name")
    commands.add_parser("down", help="stop an engine, delete what it holds").add_argument("name")
    chosen = parser.parse_args()
    try:
        if chosen.command == "up":
            print(f"DOCKER_HOST={up(chosen.name, chosen.store, chosen.suite).docker_host}")
        elif chosen.command == "base":
            base(chosen.name)
        else:
            down(chosen.name)
    except EngineError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
