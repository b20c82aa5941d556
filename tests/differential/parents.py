"""Random cases of `COPY --parents`: from the context and from stages, with pivots, wildcards, links and exclusions."""

from __future__ import annotations

import posixpath
import random
from collections.abc import Callable

from tests.differential.case import Build, Case, Entry, Files, directory, file, link
from tests.differential.contexts import folders
from tests.differential.generator import Generated

_NAMES = ("x.c", "y.c", "z.h", "a.txt", "package.json", "Makefile")
_FOLDERS = ("", "src", "src/a", "src/b", "src/a/deep", "pk/one", "pk/two", "lib", "lib/in/side")
_SOURCES = (
    "pk/*/package.json", "**/*.c", "src/**/x.c", "src/a/x.c", "src/a", "src", "*/*.c", "**/package.json", "src/./a",
    "src/./**/*.c", "./src/b", "src/a/./x.c", "src/*/./x.c", "*/./x.c", "ln/x.c", "ln", "ln/./*.c", "ld/*", "lib/**",
    "s*/a/*", "src/*/", "pk", ".", "src/a/../b", "l*/in", "*.c", "x.c", "src/./*", "**/deep", "src/**", "p?/o*/*.json",
    "lib/in/./side", "[ps]*/*", "/src/a", "*", "src/a/deep/", "pk/./*/package.json", "!src", "lib/./.", "**",
)  # fmt: skip
_EXCLUDED = ("*.h", "**/*.c", "src/a", "**/y.c", "a", "src/b/**", "!src/a/x.c", "package.json", "**/deep")
_DESTINATIONS = ("/o/", "/o", "/app/", "/", "/o/sub/", "/src/", "/opt/d/", "./")
_LINKS = ("src", "src/a", "../src", "a.txt", "x.c", "nowhere", "/lib")

Lines = list[str]


def generate_parents(seed: int, syntax: str | None = None) -> Generated:
    """The case of a seed. syntax: the frontend that reads it, where the builder's own does not know the flag."""
    rng = random.Random(f"parents {seed}")
    files = _files(rng)
    lines = _Writer(rng, files).dockerfile()
    states = [(files, lines)]
    changes: list[str] = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        change, files, lines = _changed(rng, *states[-1])
        changes.append(change)
        states.append((files, lines))
    builds = tuple(_build(files, lines, syntax) for files, lines in states)
    return Generated(Case(f"parents-{seed}", builds, tuple(changes)), ("/o/src/g.c", "/app/src/g.c"))


def _build(files: Files, lines: Lines, syntax: str | None) -> Build:
    text = "\n".join([*([f"# syntax={syntax}"] if syntax else []), *lines, ""])
    return Build({**files, "Dockerfile": file(text)})


def _files(rng: random.Random) -> dict[str, Entry]:
    files: dict[str, Entry] = {}
    for folder in rng.sample(_FOLDERS, rng.randint(3, len(_FOLDERS))):
        for name in rng.sample(_NAMES, rng.randint(1, 3)):
            text = rng.choice(("1", "1", "2", "same"))
            files[posixpath.join(folder, name)] = file(text, rng.choice((0o644, 0o644, 0o755)))
    if rng.random() < 0.3:
        files["src/hollow"] = directory()
    if rng.random() < 0.35:
        files[rng.choice(("ln", "src/ln", "lib/ln", "ld"))] = link(rng.choice(_LINKS))
    if rng.random() < 0.3:
        files[rng.choice(("src", "src/a", "pk/one", "lib"))] = directory(0o700)
    return files


class _Writer:
    """Writes the lines of a Dockerfile whose sources mostly are there. given: directories that a stage was given."""

    def __init__(self, rng: random.Random, files: Files) -> None:
        self.rng = rng
        self.files = files
        self.given: list[str] = []

    def dockerfile(self) -> Lines:
        rng = self.rng
        if rng.random() < 0.25:
            return ["FROM busybox", *(self.copy() for _ in range(rng.randint(1, 3)))]
        base = rng.choice(("busybox", "scratch"))
        lines = [f"FROM {base} AS b"]
        lines += [self._of_stage(base) for _ in range(rng.randint(1, 3))]
        lines.append(f"FROM {rng.choice(('busybox', 'busybox', 'scratch'))}")
        lines += [self.copy("b") for _ in range(rng.randint(1, 3))]
        return [*lines, self.copy()] if rng.random() < 0.3 else lines

    def _of_stage(self, base: str) -> str:
        rng = self.rng
        form = rng.random()
        if form < 0.6:
            into = rng.choice(("/", "/o", "/app"))
            source = rng.choice([path for path in (".", "src", "lib", "pk", "src/a") if self._is_there(path)])
            self.given.append(into)
            return f"COPY {source} {into.rstrip('/')}/{'' if source == '.' else source}"
        if form < 0.65 and base != "scratch":
            return f"RUN mkdir -p /o/src /app/src; echo {rng.randint(1, 2)} > /o/src/g.c"
        if form < 0.7:
            return f"WORKDIR {rng.choice(('/o', '/app', '/o/src'))}"
        return self.copy()

    def copy(self, stage: str | None = None) -> str:
        """A COPY, mostly with its parents."""
        rng = self.rng
        parents = rng.random() < 0.8
        sources = [self._source() for _ in range(rng.choice((1, 1, 1, 2)))]
        if stage is not None:
            below = [rng.choice(self.given).rstrip("/") for _ in sources] if self.given else []
            # Of a stage that was given nothing whole it is not known what is there.
            sources = (
                [
                    f"{folder}{rng.choice(('/', '/', '/./'))}{source.lstrip('/')}"
                    for folder, source in zip(below, sources, strict=True)
                ]
                if below
                else [rng.choice(("/o/**", "**/*.c", "o/src/*/x.c", "/app/./*", "o/./*/*"))]
            )
        if not parents:
            sources = [source.replace("/./", "/") for source in sources]
        destination = rng.choice(_DESTINATIONS)
        if len(sources) > 1:
            destination = destination.rstrip("/") + "/"
        flags = [*(["--parents"] if parents else []), *([f"--from={stage}"] if stage else []), *self._flags()]
        return " ".join(["COPY", *flags, *sources, destination])

    def _flags(self) -> list[str]:
        rng = self.rng
        flags = [f"--exclude={rng.choice(_EXCLUDED)}" for _ in range(rng.choice((0, 0, 0, 0, 1, 2)))]
        if rng.random() < 0.1:
            flags.append(f"--chown={rng.choice(('1', '1:1', '0:0'))}")
        if rng.random() < 0.1:
            flags.append(f"--chmod={rng.choice(('755', '600', 'u=rw,go=r', 'a+x'))}")
        return [*flags, "--link"] if rng.random() < 0.1 else flags

    def _source(self) -> str:
        for _ in range(12):
            source = self.rng.choice(_SOURCES)
            if self._is_there(source) or self.rng.random() < 0.03:
                return source
        return "**/*.c"

    def _is_there(self, source: str) -> bool:
        path = posixpath.normpath("/" + source.replace("/./", "/")).lstrip("/")
        if not path or set(path) & set("*?["):
            return True
        return path in self.files or path in folders(self.files)


State = tuple[str, dict[str, Entry], Lines]


def _changed(rng: random.Random, files: dict[str, Entry], lines: Lines) -> State:
    """What was done, and the files and lines after it."""
    files, lines = dict(files), list(lines)
    done = [rng.choice(_CHANGES)(rng, files, lines) for _ in range(rng.choice((1, 1, 1, 2)))]
    covered = {path for path in files if any(files[above].kind != "directory" for above in _above(path, files))}
    return ", ".join(done), {path: entry for path, entry in files.items() if path not in covered}, lines


def _above(path: str, files: Files) -> list[str]:
    return [path[:at] for at, char in enumerate(path) if char == "/" and path[:at] in files]


def _plain(rng: random.Random, files: Files) -> str:
    return rng.choice(sorted(path for path, entry in files.items() if entry.kind == "file"))


def _edit(rng: random.Random, files: dict[str, Entry], _lines: Lines) -> str:
    path = _plain(rng, files)
    files[path] = file(files[path].text + "+", files[path].mode)
    return f"edit {path}"


def _add(rng: random.Random, files: dict[str, Entry], _lines: Lines) -> str:
    path = posixpath.join(rng.choice(_FOLDERS), rng.choice(_NAMES))
    files[path] = file("new")
    return f"add {path}"


def _remove(rng: random.Random, files: dict[str, Entry], _lines: Lines) -> str:
    path = _plain(rng, files)
    if sum(entry.kind == "file" for entry in files.values()) > 1:
        del files[path]
    return f"remove {path}"


def _rename(rng: random.Random, files: dict[str, Entry], _lines: Lines) -> str:
    path = _plain(rng, files)
    target = posixpath.join(posixpath.dirname(path), rng.choice((*_NAMES, "renamed.c")))
    files.setdefault(target, files.pop(path))
    return f"rename {path} to {target}"


def _rename_folder(rng: random.Random, files: dict[str, Entry], _lines: Lines) -> str:
    found = folders(files)
    if not found:
        return "nothing"
    folder = rng.choice(found)
    target = folder + "x" if rng.random() < 0.6 else rng.choice(("src/c", "pk/zwei", "moved"))
    if target in folders(files) or target in files:
        return "nothing"
    for path in [path for path in files if path == folder or path.startswith(folder + "/")]:
        files[target + path[len(folder) :]] = files.pop(path)
    return f"rename {folder}/ to {target}/"


def _chmod(rng: random.Random, files: dict[str, Entry], _lines: Lines) -> str:
    path = _plain(rng, files)
    files[path] = file(files[path].text, 0o755 if files[path].mode != 0o755 else 0o640)
    return f"chmod {path}"


def _chmod_folder(rng: random.Random, files: dict[str, Entry], _lines: Lines) -> str:
    found = folders(files)
    if not found:
        return "nothing"
    path = rng.choice(found)
    files[path] = directory(rng.choice((0o700, 0o750)))
    return f"chmod {path}/"


def _rewrite(rng: random.Random, files: dict[str, Entry], lines: Lines) -> str:
    at = rng.choice([number for number, line in enumerate(lines) if line.startswith("COPY")])
    lines[at] = _Writer(rng, files).copy("b" if "--from" in lines[at] else None)
    return f"write line {at + 1} anew"


def _relink(rng: random.Random, files: dict[str, Entry], _lines: Lines) -> str:
    links = [path for path, entry in files.items() if entry.kind == "link"]
    for path in links[:1]:
        files[path] = link(rng.choice(("src/b", "src/a", "a.txt", "nowhere")))
    return f"retarget {', '.join(links[:1])}"


_CHANGES: tuple[Callable[[random.Random, dict[str, Entry], Lines], str], ...] = (
    _edit, _edit, _add, _remove, _rename, _rename_folder, _rename_folder, _chmod, _chmod_folder, _rewrite, _relink,
)  # fmt: skip
