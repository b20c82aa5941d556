"""Adds instructions to one stage that will work on its files: which one, and COPY and ADD in all their forms."""

from __future__ import annotations

import fnmatch
import json
import posixpath
from collections.abc import Callable

from tests.differential.commands import BODIES, CommandWriter
from tests.differential.draft import DraftStage
from tests.differential.metadata import MetadataWriter
from tests.differential.remote import HTTP, MOVED, REPOSITORY, VERSIONS, checksum

PATTERNS = (
    "*.txt", "package*.json", "src/*", "*.py", "s*/*.c", "*/x.py", "[ab].txt", "l*/*", "d?cs/*", "no*.zip", "*/*/*.py",
    "src/[^m]*", "**/x.py", "./*.md", "/*.toml", "[!a]*.txt", "src/util/*",
)  # fmt: skip
EXCLUDED = ("*.md", "**/*.log", "src", "util", "**/x.py", "deep", "!*.c", "src/util", "*", "x.?y", "**/util/**")
BUSYBOX = ("busybox", DraftStage("", known={"/etc/passwd": False, "/etc": True}))


class Writer(MetadataWriter, CommandWriter):
    """Writes any instruction."""

    def write_one(self) -> None:
        """Append one more instruction."""
        self.stage.instructions.append(self.instruction())

    def instruction(self) -> str:
        scratch = self.stage.scratch
        kinds: list[tuple[float, Callable[[], str]]] = [
            (8, self.copy), (2, self.metadata), (2, self.env), (2, self.arg), (2, self.workdir), (1, self.user),
            (0 if scratch else 7, self.run), (1, self.add), (0.6, self.add_remote),
            (self._appetite(), self.copy_from), (0 if scratch else 1, self.shell),
            (1 if self.stage.name else 0, self.on_build),
        ]  # fmt: skip
        if self.buildkit:
            kinds += [(1, self.document), (0 if scratch else 3, self.run_mount)]
        return self.rng.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]()

    def _appetite(self) -> float:
        """How much the stage wants of others: only what the last one leads to is built."""
        if not self.sources():
            return 0.3
        return 14 if self.stage is self.draft.stages[-1] and len(self.draft.stages) > 1 else 5

    def copy(self, keyword: str = "COPY") -> str:
        """COPY from the context."""
        rng = self.rng
        form = rng.random()
        flags = self._copy_flags()
        if form < 0.15:
            destination = self.folder()
            self.learn_tree("", destination)
            return f"{keyword} {flags}{rng.choice(('.', './', '/'))} {destination}"
        if form < 0.35:
            folder = rng.choice(self.folders)
            destination = self.folder()
            self.learn_tree(folder, destination)
            return f"{keyword} {flags}{rng.choice((folder, folder + '/', './' + folder, folder + '/.'))} {destination}"
        if form < 0.5:
            destination = self.folder().rstrip("/") + "/"
            self.stage.known.setdefault(self.absolute(destination), True)
            return f"{keyword} {flags}{self._pattern()} {destination}"
        if form < 0.7:
            return self._copy_several(keyword, flags)
        if form > 0.95 and keyword == "COPY":
            return f"COPY {flags}" + json.dumps([_escaped(rng.choice(self.names)), "/b c/$V/"], ensure_ascii=False)
        path = rng.choice(self.names)
        links = sorted(path for path, entry in self.files.items() if entry.kind == "link")
        if links and rng.random() < 0.3:
            path = rng.choice(links)
        inside = self.folder().rstrip("/") + "/"
        destination = rng.choice((inside, inside + rng.choice(("f", "g.txt")), "./", ".", "/z", "z/.", "$UNSET/z"))
        below = destination.endswith(("/", "."))
        place = posixpath.join(destination, posixpath.basename(path)) if below else destination.replace("$UNSET", "")
        self.learn(place, False)
        if not _is_plain(path):
            return f"{keyword} {flags}" + json.dumps([_escaped(path), destination], ensure_ascii=False)
        return f"{keyword} {flags}{self._spelled(path)} {destination}"

    def _copy_several(self, keyword: str, flags: str) -> str:
        rng = self.rng
        chosen = rng.sample(self.names, min(len(self.names), rng.randint(2, 3)))
        if rng.random() < 0.25:
            chosen[0] = rng.choice(self.folders)
        destination = self.folder().rstrip("/") + "/"
        for path in chosen:
            self.learn(posixpath.join(destination, posixpath.basename(path)), path in self.folders)
        if rng.random() < 0.2 or not all(map(_is_plain, chosen)):
            return f"{keyword} {flags}" + json.dumps([*map(_escaped, chosen), destination], ensure_ascii=False)
        return f"{keyword} {flags}{' '.join(chosen)} {destination}"

    def add(self) -> str:
        archives = [path for path in self.files if path.endswith(".tar")]
        if archives and self.rng.random() < 0.6:
            destination = self.folder()
            self.learn(destination, True)
            unpack = self.rng.choice(("", "", "--unpack=false ", "--unpack=true ")) if self.buildkit else ""
            return f"ADD {unpack}{archives[0]} {destination}"
        return self.copy("ADD")

    def add_remote(self) -> str:
        """ADD of what does not lie in the context."""
        rng = self.rng
        destination = self.folder().rstrip("/") + "/"
        owner = rng.choice(("", "", "--chown=1:1 ")) + (rng.choice(("", "", "--chmod=600 ")) if self.buildkit else "")
        if self.buildkit and rng.random() < 0.4:
            self.learn(destination, True)
            fragment = rng.choice(("", "#main", "#dev", "#dev:sub", "#v1:sub", "#:sub"))
            keep = rng.choice(("", "", "--keep-git-dir=true ", "--keep-git-dir=false "))
            if not fragment.endswith("sub"):
                self.learn(destination + "top.txt", False)
            return f"ADD {owner}{keep}{REPOSITORY}{fragment} {destination}"
        if self.buildkit and rng.random() < 0.25:
            self.learn(destination + posixpath.basename(MOVED), False)
            return f"ADD --checksum={checksum(MOVED, rng.choice(VERSIONS))} {owner}http://{HTTP}{MOVED} {destination}"
        path = rng.choice(("/x/f.txt", "/y/f.txt", "/x/page.tar", "/g.txt?v=1"))
        name = posixpath.basename(path.partition("?")[0])
        flags = owner
        if self.buildkit and rng.random() < 0.3:
            flags += f"--checksum={checksum(path.partition('?')[0])} "
        if self.buildkit and rng.random() < 0.15:
            flags += "--unpack=true " if path.endswith(".tar") else "--link "
        self.learn(destination + name, False)
        if rng.random() < 0.2 and self.names and _is_plain(self.names[0]):
            return f"ADD {owner}http://{HTTP}{path} {self.names[0]} {destination}"
        return f"ADD {flags}http://{HTTP}{path} {rng.choice((destination, destination + name))}"

    def copy_from(self) -> str:
        rng = self.rng
        name, source = rng.choice(self.sources() or [BUSYBOX])
        flags = self._copy_flags(owner=rng.random() < 0.3)
        chosen = rng.choice(sorted(source.known))
        if not all(map(_is_plain, source.known)):
            chosen = next((path for path in sorted(source.known) if _is_plain(path)), "/etc")
        elif rng.random() < 0.12:
            others = rng.sample(sorted(source.known), min(2, len(source.known)))
            return f"COPY {flags}--from={name} {' '.join(others)} {self.folder().rstrip('/')}/"
        if source.known.get(chosen) and rng.random() < 0.2 and chosen != "/":
            chosen += rng.choice(("/*", "/*", "/[a-z]*", "/*/*"))
            destination = self.folder().rstrip("/") + "/"
            self.learn(destination, True)
        elif source.known.get(chosen):
            destination = self.folder()
            prefix = chosen.rstrip("/") + "/"
            for path, folder in list(source.known.items()):
                if path.startswith(prefix):
                    self.learn(posixpath.join(destination, path[len(prefix) :]), folder)
            self.learn(destination, True)
        else:
            destination = rng.choice((self.folder().rstrip("/") + "/", "/from", "./"))
            below = destination.endswith("/")
            self.learn(posixpath.join(destination, posixpath.basename(chosen)) if below else destination, False)
        name = name.upper() if rng.random() < 0.05 and any(s.name == name for s in self.draft.stages) else name
        return f"COPY {flags}--from={name} {chosen} {destination}"

    def document(self) -> str:
        rng = self.rng
        keyword = rng.choice(("COPY", "COPY", "ADD"))
        delimiter = rng.choice(("EOF", '"EOF"', "-EOF", "f2", "'f3'"))
        name = delimiter.strip("\"'-")
        body = rng.choice(("hello $V", "line one\n\tline ${A:-none}", *BODIES))
        destination = rng.choice(("/doc", self.folder().rstrip("/") + "/"))
        self.learn(posixpath.join(destination, name) if destination.endswith("/") else destination, False)
        flags = self._copy_flags()
        if rng.random() < 0.2 and destination.endswith("/"):
            return f"{keyword} {flags}<<{delimiter} <<second {destination}\n{body}\n{name}\nmore\nsecond"
        return f"{keyword} {flags}<<{delimiter} {destination}\n{body}\n{name}"

    def _copy_flags(self, *, owner: bool = True) -> str:
        rng = self.rng
        flags = []
        if owner and rng.random() < 0.12:
            flags.append(f"--chown={rng.choice(('1', '1:1', '0:0', '65534', '${UNSET:-1}', '0:1'))}")
        if self.buildkit and rng.random() < 0.1:
            flags.append(f"--chmod={rng.choice(('755', '0644', '600', 'u=rw,go=r', 'a+x', '4755'))}")
        if self.buildkit and rng.random() < 0.12:
            flags += [f"--exclude={rng.choice(EXCLUDED)}" for _ in range(rng.choice((1, 1, 2)))]
        if self.buildkit and rng.random() < 0.15:
            flags.append(rng.choice(("--link", "--link", "--link=true", "--link=false")))
        rng.shuffle(flags)
        return "".join(flag + " " for flag in flags)

    def _pattern(self) -> str:
        """A pattern, mostly of those that match something: the classic builder refuses one that does not."""
        for pattern in self.rng.sample(PATTERNS, 8):
            parts = pattern.replace("[!a]", "[!]a]").replace("[^", "[!").removeprefix("./").lstrip("/").split("/")
            for path in self.names:
                elements = path.split("/")[: len(parts)]
                if len(elements) == len(parts) and all(map(fnmatch.fnmatchcase, elements, parts)):
                    return pattern
        return self.rng.choice(PATTERNS)

    def _spelled(self, path: str) -> str:
        forms = (path, path, path, f"./{path}", f"/{path}", f"${{UNSET}}{path}")
        return self.rng.choice((*forms, f"src/../{path}") if self.buildkit else forms)


def _is_plain(path: str) -> bool:
    """Whether COPY takes the name as it is: no blanks, quotes, patterns or variables in it."""
    return path.isprintable() and not set(path) & set(" '\"$\\[]*?`")


def _escaped(path: str) -> str:
    """A name as a word that stands for just this file."""
    return "".join("\\" + char if char in "$\\'\"" else "\\\\" + char if char in "[]*?" else char for char in path)
