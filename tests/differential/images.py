"""The base images of generated cases: a few kilobytes over BusyBox, each with a config of its own.

Their `/bin/sh` runs a command as BusyBox does, and then looks at the proxy variable `all_proxy`, which reaches RUN
and no key. So one and the same build can be made in several worlds: in `same` every command leaves equal bytes at
all paths that the case copies from, in `other` it leaves bytes never seen before. What the inputs decide comes out
equal in all worlds; what only a build can tell does not.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from layerscope.graph.options import BaseImage
from tests.differential.case import Case, with_build_arg
from tests.engine.engine import Engine

WORLD = "all_proxy"
WORLDS = ("", "same", "other")
PATH = ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")

_SHELL = """#!/bin/busybox sh
/bin/busybox sh "$@"
status=$?
world=${all_proxy%%:*} paths=${all_proxy#*:}
IFS=:
set -f
case $world in
same)
    folders=
    for path in $paths; do
        top=${path#/} top=${top%%/*}
        case $path in /etc/*|/bin/*|/tmp/*) ;; *)
            test -e "/$top" && rm -rf "/$top" 2>/dev/null
            folders="$folders:${path%/*}" ;;
        esac
    done
    mkdir -p $folders 2>/dev/null
    for path in $paths; do
        case $path in /etc/*|/bin/*|/tmp/*|*/) ;; *) test -d "$path" || echo same > "$path" ;; esac
    done 2>/dev/null
    exit 0 ;;
other)
    read -r once < /proc/sys/kernel/random/uuid
    folders=
    for path in $paths; do folders="$folders:${path%/*}"; done
    mkdir -p $folders 2>/dev/null
    for path in $paths; do
        case $path in
        */) echo "$once" > "$path.once" ;;
        *) test -d "$path" || echo "# $once" >> "$path" ;;
        esac
    done 2>/dev/null
    exit 0 ;;
esac
exit $status
"""


@dataclass(frozen=True)
class LabImage:
    """Layers by name, and what of the config enters steps."""

    layers: tuple[str, ...] = ("busybox",)
    env: tuple[tuple[str, str], ...] = (PATH,)
    user: str = ""
    workdir: str = ""
    shell: tuple[str, ...] = ()
    onbuild: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    def base(self, builder: str) -> BaseImage:
        """What `--base NAME=REF` reads of it."""
        identity = ",".join(self.layers) if builder == "buildkit" else repr(self)
        return BaseImage(
            identity, True, self.env, self.user, self.workdir, self.shell, self.onbuild, empty=not self.layers
        )


CATALOG: dict[str, LabImage] = {
    "plain": LabImage(),
    "labelled": LabImage(labels=(("a", "1"),)),
    "env": LabImage(env=(PATH, ("A", "image"), ("V", "of image"))),
    "user": LabImage(user="0:0"),
    "workdir": LabImage(workdir="/app"),
    "shell": LabImage(shell=("/bin/sh", "-ec")),
    "more": LabImage(("busybox", "more")),
    "most": LabImage(("busybox", "more", "most")),
    "onbuild-copy": LabImage(onbuild=("COPY . /onb/",)),
    "onbuild-run": LabImage(onbuild=("ENV ON=1", "RUN mkdir -p /onb && echo trigger > /onb/t")),
    "onbuild-workdir": LabImage(onbuild=("ARG V", "WORKDIR /onb", "USER 0", "LABEL on=1")),
    "onbuild-add": LabImage(workdir="/w", onbuild=("ADD --chown=1 *.txt sub/", 'RUN ["ls", "-l"]', "CMD sh")),
    "empty": LabImage((), env=(PATH, ("B", "nothing"))),
}
USUAL = {"busybox:latest": "plain"}


def images_of(images: Iterable[tuple[str, str]], builder: str) -> dict[str, BaseImage]:
    """Full name → what is known of the image, for a build's `images` and the usual ones."""
    names = {**USUAL, **dict(images)}
    return {f"docker.io/library/{name}": CATALOG[chosen].base(builder) for name, chosen in names.items()}


def in_world(case: Case, world: str, paths: Iterable[str]) -> Case:
    """The case as its commands run in another world; directories among `paths` end in a slash."""
    return with_build_arg(case, WORLD, ":".join((world, *sorted(set(paths))))) if world else case


class Images:
    """Puts the images into an engine, and calls them what a case calls them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.called: dict[str, str] = {}

    def load(self) -> None:
        """All images of the catalog, as `lab-NAME`."""
        layers = layers_of(self._busybox())
        for name, image in CATALOG.items():
            self.engine.docker("load", "--quiet", stdin=_archive(f"lab-{name}:latest", image, layers))

    def call(self, images: Iterable[tuple[str, str]]) -> None:
        """Let the names mean these images from now on."""
        for name, chosen in {**USUAL, **dict(images)}.items():
            if self.called.get(name) != chosen:
                self.engine.docker("tag", f"lab-{chosen}:latest", name)
                self.called[name] = chosen

    def _busybox(self) -> bytes:
        """The files of `busybox:latest` (the engine's own or a changed one)."""
        container = self.engine.docker("create", "--network", "none", "busybox:latest", "sh").strip()
        with tempfile.TemporaryDirectory() as folder:
            exported = Path(folder) / "busybox.tar"
            self.engine.docker("export", "-o", str(exported), container)
            self.engine.docker("rm", container)
            return exported.read_bytes()


def layers_of(busybox: bytes) -> dict[str, bytes]:
    """The layers of the catalog's images by name; that of BusyBox with the shell that knows worlds."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(busybox)) as source, tarfile.open(fileobj=packed, mode="w") as target:
        for member in source:
            member.mtime = 0
            if member.name != "bin/sh" and re.match(r"(bin|root|tmp)(/|$)|etc(/passwd|/group)?/?$", member.name):
                target.addfile(member, source.extractfile(member) if member.isreg() else None)
        _add(target, "bin/sh", _SHELL.encode(), 0o755)
    return {
        "busybox": packed.getvalue(),
        "more": _layer({"more/x": b"1\n"}),
        "most": _layer({"more/y": b"2\n"}),
    }


def config_of(image: LabImage, layers: Iterable[bytes]) -> bytes:
    """The config of an image that consists of some layers."""
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Env": [f"{key}={value}" for key, value in image.env],
            "User": image.user,
            "WorkingDir": image.workdir,
            "Shell": list(image.shell) or None,
            "OnBuild": list(image.onbuild) or None,
            "Labels": dict(image.labels),
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]},
        "history": [{"created_by": layer} for layer in image.layers],
    }
    return json.dumps(config).encode()


def _layer(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            _add(tar, path, content, 0o644)
    return packed.getvalue()


def _archive(name: str, image: LabImage, layers: dict[str, bytes]) -> bytes:
    """A docker-archive as `docker load` takes it."""
    chosen = [layers[layer] for layer in image.layers]
    encoded = config_of(image, chosen)
    manifest = [
        {
            "Config": f"{hashlib.sha256(encoded).hexdigest()}.json",
            "RepoTags": [name],
            "Layers": [f"{number}/layer.tar" for number in range(len(chosen))],
        }
    ]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        _add(tar, str(manifest[0]["Config"]), encoded, 0o644)
        for number, layer in enumerate(chosen):
            _add(tar, f"{number}/layer.tar", layer, 0o644)
        _add(tar, "manifest.json", json.dumps(manifest).encode(), 0o644)
    return packed.getvalue()


def _add(tar: tarfile.TarFile, path: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(path)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))
