"""Seeded random cases: a context with a Dockerfile, and one or two changes to either, each built."""

from __future__ import annotations

import copy
import random
import re
from dataclasses import dataclass, replace

from tests.differential.case import Build, Case, Entry, Files, directory, file
from tests.differential.changes import change_draft
from tests.differential.contexts import (
    change_files,
    folders,
    plain_files,
    random_files,
    random_outside,
    words,
)
from tests.differential.dockerfiles import IN_BUSYBOX, random_draft
from tests.differential.draft import Draft, DraftStage
from tests.differential.ignore_files import random_ignore
from tests.differential.images import CATALOG
from tests.differential.invalid import break_build
from tests.differential.metadata import NAMES
from tests.differential.run_flags import change_flags, random_flags, words_of
from tests.differential.same_keys import CHANGING, files_of_one_key

OUTSIDE_FILE = "../dockerfiles/App.Dockerfile"
WITHOUT_CACHE = (
    (), ("--no-cache",), ("--no-cache-filter=s",), ("--no-cache-filter=build",), ("--no-cache-filter=Base",),
    ("--no-cache-filter=stage-1",), ("--no-cache-filter=t-1,deps",),
)  # fmt: skip
SPECIAL_ARGS = (
    ("SOURCE_DATE_EPOCH", ("1", "2")), ("HTTP_PROXY", ("http://a", "http://b")), ("no_proxy", ("x", "y")),
    ("BUILDKIT_SANDBOX_HOSTNAME", ("h1", "h2")), ("BUILDKIT_CACHE_MOUNT_NS", ("n1", "n2")), ("BASE", ("busybox",)),
    ("TARGETARCH", ("mine",)), ("BUILDKIT_INLINE_CACHE", ("1",)), ("UNDECLARED", ("1", "2")), ("PORT", ("80", "81")),
    ("BUILDKIT_SBOM_SCAN_STAGE", ("true",)), ("BUILDKIT_MULTI_PLATFORM", ("0",)),
)  # fmt: skip


@dataclass(frozen=True)
class Generated:
    """A case, and the paths that commands may write in its stages; those of directories end in a slash."""

    case: Case
    paths: tuple[str, ...]


def generate(seed: int, *, buildkit: bool = True) -> Generated:
    """The case of a seed. buildkit: whether the features that the classic builder lacks may be used."""
    rng = random.Random(f"{'buildkit' if buildkit else 'classic'} {seed}")
    state = _State(rng, buildkit)
    builds = [state.build()]
    changes: list[str] = []
    changes.append(state.change())
    builds.append(state.build())
    if rng.random() < 0.12:
        first = builds[0]
        # Everything put back as it was, written anew: old entries must hit.
        builds.append(replace(first, touched=frozenset(first.files)))
        changes.append("all put back")
    elif rng.random() < 0.15:
        changes.append(state.change())
        builds.append(state.build())
    elif rng.random() < 0.04:
        builds.append(replace(builds[-1], cold=True))
        changes.append("nothing is left of the cache")
    if rng.random() < 0.08:
        builds[-1], broken = break_build(rng, builds[-1], buildkit=buildkit)
        changes.append(broken)
    return Generated(Case(f"seed-{seed}", tuple(builds), tuple(changes)), state.paths())


def generate_history(seed: int, *, buildkit: bool = True, commits: int = 8) -> Generated:
    """What git can hold of a directory, over some commits; only files change. Reverted commits are among them."""
    rng = random.Random(f"history {'buildkit' if buildkit else 'classic'} {seed}")
    state = _State(rng, buildkit)
    state.file = state.file if state.file != OUTSIDE_FILE else None
    state.keep_what_git_keeps()
    builds, changes = [state.build()], []
    while len(builds) < commits:
        if len(builds) > 2 and rng.random() < 0.2:
            back = rng.randrange(len(builds) - 1)
            state.files, state.draft = state.kept[back]
            changes.append(f"back to {back}")
        else:
            changes.append(state.commit())
        builds.append(state.build())
    return Generated(Case(f"history-{seed}", tuple(builds), tuple(changes)), state.paths())


class _State:
    """The directory between builds. kept: the files and the Dockerfile of each build."""

    def __init__(self, rng: random.Random, buildkit: bool) -> None:
        self.rng = rng
        self.buildkit = buildkit
        self.files: dict[str, Entry] = random_files(rng)
        self.beside: dict[str, Files] = {}
        self.contexts: dict[str, str] = {}
        self.images: dict[str, str] = {}
        self.known: dict[str, bool] = {}
        outer = self._outer()
        self.draft: Draft = random_draft(rng, self.files, outer, buildkit=buildkit)
        self.files |= files_of_one_key(self.draft)
        if buildkit and rng.random() < 0.04:
            self._override()
        self.file = rng.choice((*[None] * 9, "docker/App.Dockerfile", "docker/App.Dockerfile", OUTSIDE_FILE))
        self.target = self._target() if rng.random() < 0.15 else None
        self.build_args: dict[str, str] = {}
        for name in rng.sample(NAMES, rng.choice((0, 0, 1, 2))):
            self.build_args[name] = rng.choice(("1", "arg", ""))
        if rng.random() < 0.12:
            self._special_arg()
        self.touched: set[str] = set()
        self.without_cache: tuple[str, ...] = ()
        self.platform = rng.choice((*[""] * 30, "linux/amd64", "linux/arm64" if buildkit else ""))
        self.flags = random_flags(rng, buildkit=buildkit)
        self.secret = "one"
        self.kept: list[tuple[dict[str, Entry], Draft]] = []
        self.own_rules = (
            random_ignore(rng, self.files) if self.file == OUTSIDE_FILE and buildkit and rng.random() < 0.5 else None
        )

    def _outer(self) -> dict[str, DraftStage]:
        """Images and named contexts that the Dockerfile may name."""
        rng = self.rng
        outer: dict[str, DraftStage] = {}
        for name in ("app", "other"):
            if rng.random() < 0.3:
                self.images[f"{name}:latest"] = rng.choice(
                    sorted(CATALOG.keys() - {"empty"} if name == "app" else CATALOG)
                )
                image = CATALOG[self.images[f"{name}:latest"]]
                known = {**IN_BUSYBOX, **({"/more": True, "/more/x": False} if "more" in image.layers else {})}
                outer[name] = DraftStage("", known=known if image.layers else {})
        if self.buildkit and rng.random() < 0.25:
            self.beside["vendor"] = random_outside(rng)
            self.contexts["vendor"] = "vendor"
            known = {f"/{path}": False for path in plain_files(self.beside["vendor"])}
            outer["vendor"] = DraftStage("", known={**known, "/": True})
        if self.buildkit and rng.random() < 0.2:
            self._nest(outer)
        if self.buildkit and rng.random() < 0.12:
            self.images.setdefault("other:latest", "more")
            self.contexts[rng.choice(("pic", "busybox", "app"))] = "docker-image://other:latest"
            outer["pic" if "pic" in self.contexts else "busybox"] = DraftStage("", known=dict(IN_BUSYBOX))
        return outer

    def _nest(self, outer: dict[str, DraftStage]) -> None:
        """Directories of the main context as named contexts, too: what changes in it changes there."""
        for name in self.rng.sample(("", *folders(self.files)), self.rng.choice((1, 1, 2))):
            prefix = f"{name}/" if name else ""
            below = [path[len(prefix) :] for path in plain_files(self.files) if path.startswith(prefix)]
            if below:
                context = re.sub(r"[^a-z]", "", name.lower()) + "nest"
                self.contexts[context] = f"context/{name}".rstrip("/")
                outer[context] = DraftStage("", known={**{f"/{path}": False for path in below}, "/": True})

    def _override(self) -> None:
        """A named context in place of one of the Dockerfile's stages."""
        names = [stage.name for stage in self.draft.stages if stage.name]
        if not names:
            return
        if self.rng.random() < 0.5:
            self.images.setdefault("other:latest", "plain")
            self.contexts[self.rng.choice(names).lower()] = "docker-image://other"
        else:
            self.beside.setdefault("vendor", random_outside(self.rng))
            self.contexts[self.rng.choice(names).lower()] = "vendor"

    def build(self) -> Build:
        files: Files = self.files
        beside = dict(self.beside)
        dockerfile = {(self.file or "Dockerfile").rpartition("../dockerfiles/")[2]: file(self.draft.text())}
        if self.file == OUTSIDE_FILE:
            beside["dockerfiles"] = dockerfile
            if self.own_rules is not None:
                beside["dockerfiles"]["App.Dockerfile.dockerignore"] = file(self.own_rules)
        else:
            files = {**files, **dockerfile}
        options = list(self.without_cache)
        if "type=secret" in self.draft.text():
            beside["secrets"] = {"tok": file(self.secret)}
            options += [
                word for name in ("tok", "other") for word in ("--secret", f"id={name},src={{root}}/secrets/tok")
            ]
        if "--network=host" in self.draft.text():
            options.append("--allow=network.host")
        if self.platform:
            options.append(f"--platform={self.platform}")
        options += words_of(self.flags)
        self._remember()
        self.kept.append((self.files, self.draft))
        return Build(
            files,
            self.file,
            self.target,
            tuple(sorted(self.build_args.items())),
            tuple(options),
            self._touched(files),
            beside,
            tuple(sorted(self.contexts.items())),
            tuple(sorted(self.images.items())),
        )

    def _touched(self, files: Files) -> frozenset[str]:
        touched = frozenset(self.touched & files.keys())
        self.touched = set()
        return touched

    def _remember(self) -> None:
        for stage in self.draft.stages:
            self.known |= stage.known

    def paths(self) -> tuple[str, ...]:
        """What a command may write in another world: what any step of any build reads of a stage."""
        named = {
            path + "/" * folder for path, folder in self.known.items() if not set(path) & set(":\n*?[") and path != "/"
        }
        return tuple(sorted(path for path in named if path.isprintable() and path.isascii()))

    def commit(self) -> str:
        """Change files or the Dockerfile, nothing beside them."""
        rng = self.rng
        self.draft = copy.deepcopy(self.draft)
        self.files = dict(self.files)
        done: list[str] = []
        for _ in range(rng.choice((1, 1, 2))):
            kind = rng.random()
            if kind < 0.1:
                done.append(self._other_kind())
            elif kind < 0.6:
                done.append(change_files(rng, self.files, self.touched))
            else:
                done.append(change_draft(rng, self.draft, self.files, buildkit=self.buildkit))
        self.keep_what_git_keeps()
        return "; ".join(done)

    def _other_kind(self) -> str:
        """A file in the place of a directory, or a directory in that of a file."""
        path = self.rng.choice(plain_files(self.files))
        folder, _, _ = path.rpartition("/")
        if folder and self.rng.random() < 0.5:
            for below in [name for name in self.files if name.startswith(f"{folder}/")]:
                del self.files[below]
            self.files[folder] = Entry("file", text="no folder\n")
            return f"{folder} becomes a file"
        self.files[f"{path}/inner"] = self.files.pop(path)
        return f"{path} becomes a directory"

    def keep_what_git_keeps(self) -> None:
        """No empty directories and no pipes; of modes the executable bit alone."""
        kept = {path: entry for path, entry in self.files.items() if entry.kind in {"file", "link"}}
        self.files = {
            path: replace(entry, mode=0o755 if entry.kind == "file" and entry.mode & 0o100 else 0o644)
            for path, entry in kept.items()
        }

    def change(self) -> str:
        rng = self.rng
        self.draft = copy.deepcopy(self.draft)
        self.files = dict(self.files)
        self.flags = dict(self.flags)
        done = [self._change_once() for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        return "; ".join(done)

    def _change_once(self) -> str:
        rng = self.rng
        for _ in range(4):
            said = self._try_change()
            if said != "nothing":
                return said
        path = rng.choice(plain_files(self.files))
        self.files[path] = replace(self.files[path], text=self.files[path].text + "more\n")
        return f"edit {path}"

    def _try_change(self) -> str:
        rng = self.rng
        kind = rng.random()
        if (self.contexts or self.images) and rng.random() < 0.3:
            return self._change_outside()
        if CHANGING in self.files and rng.random() < 0.4:
            self.files[CHANGING] = file(words(rng))
            return f"edit {CHANGING}"
        if kind < 0.42:
            return change_files(rng, self.files, self.touched)
        if kind < 0.84:
            return change_draft(rng, self.draft, self.files, buildkit=self.buildkit)
        if kind < 0.87:
            self.without_cache = rng.choice(WITHOUT_CACHE if self.buildkit else WITHOUT_CACHE[:2])
            return " ".join(self.without_cache) or "with the cache"
        if kind < 0.92:
            if rng.random() < 0.3:
                return self._special_arg()
            name = rng.choice(NAMES)
            self.build_args[name] = rng.choice(("1", "changed"))
            return f"--build-arg {name}={self.build_args[name]}"
        if kind < 0.965:
            return change_flags(rng, self.flags, buildkit=self.buildkit)
        if kind < 0.97:
            if self.own_rules is not None:
                self.own_rules = random_ignore(rng, self.files)
                return "other ignore rules beside the Dockerfile"
            self.secret += "!"
            return "another secret"
        if kind < 0.98:
            self.platform = rng.choice(("linux/amd64", "linux/arm64", "")) if self.buildkit else ""
            return f"--platform {self.platform}"
        self.target = None if self.target else self._target()
        return f"--target {self.target}"

    def _special_arg(self) -> str:
        name, values = self.rng.choice(SPECIAL_ARGS)
        self.build_args[name] = self.rng.choice(values)
        return f"--build-arg {name}={self.build_args[name]}"

    def _change_outside(self) -> str:
        """Change a named context or what an image's name means."""
        rng = self.rng
        if self.images and (not self.contexts or rng.random() < 0.5):
            name = rng.choice(sorted(self.images))
            self.images[name] = rng.choice(sorted(CATALOG))
            return f"{name} is {self.images[name]}"
        if "vendor" in self.beside and rng.random() < 0.7:
            files = dict(self.beside["vendor"])
            path = rng.choice(sorted(path for path, entry in files.items() if entry.kind == "file"))
            if rng.random() < 0.3:
                files[rng.choice(("lib/new", "b.txt", "x2.log"))] = file(words(rng))
            elif rng.random() < 0.2:
                files["lib"] = directory(0o700)
            else:
                files[path] = file(words(rng), rng.choice((0o644, 0o644, 0o755)))
            self.beside["vendor"] = files
            return "change the named context"
        if not self.contexts:
            return "nothing"
        name = rng.choice(sorted(self.contexts))
        if rng.random() < 0.5 and "vendor" in self.beside:
            self.contexts[name] = "vendor"
        else:
            del self.contexts[name]
        return f"--build-context {name}={self.contexts.get(name)}"

    def _target(self) -> str | None:
        names = [stage.name for stage in self.draft.stages if stage.name]
        if self.rng.random() < 0.1:
            return self.rng.choice(("0", "1", *names)).upper()
        return self.rng.choice(names) if names else None
