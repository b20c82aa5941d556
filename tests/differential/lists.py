"""Random cases of what COPY and ADD pick by wildcards and `--exclude`, while files and directories are renamed."""

from __future__ import annotations

import posixpath
import random

from tests.differential.case import Build, Case, Entry, Files, directory, file, link
from tests.differential.contexts import folders
from tests.differential.generator import Generated

_NAMES = ("x.c", "y.c", "package.json", "n.md", "x.h")
_FOLDERS = ("", "src", "src/a", "src/b", "src/a/in", "pk/one", "pk/two", "pk/one/in", "lib")
_PATTERNS = (
    "pk/*/package.json", "*/*.c", "*/*/*.c", "src/*/x.c", "s*/*/x.?", "src/*", "src/a/*", "*/package.json", "pk/*", "*",
    "*.c", "src/[ab]/*", "s?c/a", "p*/o*", "*/*", "src/*/in", "pk/*/in/*", "ln/*", "l*/x.c", "src/a*/x.c",
    "*/one/*.json",
)  # fmt: skip
_FOLDERS_EXCLUDED = ("src", "pk", ".", "src/a", "pk/one")
_EXCLUDED = ("*.md", "**/*.h", "a", "**/in", "!**/x.c", "*/package.json", "one", "**/x.*")
_STEPS = 8
_RENAMED = ("c", "zwei", "a", "in", "moved")


def generate_lists(seed: int) -> Generated:
    """The case of a seed: each copy in a stage of its own, so that none hides another."""
    rng = random.Random(f"lists {seed}")
    files = _files(rng)
    text = _dockerfile(rng)
    states = [files]
    changes: list[str] = []
    for _ in range(rng.choice((1, 2, 2))):
        files = dict(states[-1])
        changes.append(", ".join(_changed(rng, files) for _ in range(rng.choice((1, 1, 2)))))
        states.append(files)
    builds = tuple(Build({**each, "Dockerfile": file(text)}) for each in states)
    return Generated(Case(f"lists-{seed}", builds, tuple(changes)), ())


def _files(rng: random.Random) -> dict[str, Entry]:
    files: dict[str, Entry] = {}
    for folder in rng.sample(_FOLDERS, rng.randint(4, len(_FOLDERS))):
        for name in rng.sample(_NAMES, rng.randint(1, 3)):
            files[posixpath.join(folder, name)] = file(rng.choice(("1", "1", "1", "2")))
    if rng.random() < 0.2:
        files["ln"] = link(rng.choice(("src", "src/a", "pk/one/package.json")))
    return files


def _dockerfile(rng: random.Random) -> str:
    """Stages that copy, and one that needs them all."""
    lines = ["FROM scratch AS all", "COPY . /all/"]
    ending = ["FROM scratch"]
    for number in range(_STEPS):
        lines += [f"FROM scratch AS s{number}", _copy(rng)]
        ending.append(f"COPY --from=s{number} / /{number}/")
    return "\n".join([*lines, *ending, ""])


def _copy(rng: random.Random) -> str:
    keyword = rng.choice(("COPY", "COPY", "COPY", "ADD"))
    excluded = [f"--exclude={rng.choice(_EXCLUDED)}" for _ in range(rng.choice((0, 0, 0, 1, 2)))]
    source = rng.choice(_FOLDERS_EXCLUDED) if excluded and rng.random() < 0.6 else rng.choice(_PATTERNS)
    flags = list(excluded)
    if keyword == "COPY" and rng.random() < 0.4:
        flags.append("--from=all")
        source = "/all/" + source
    return " ".join([keyword, *flags, source, rng.choice(("/z/", "/z/y/"))])


def _changed(rng: random.Random, files: dict[str, Entry]) -> str:
    """Change the files in one way; what was done."""
    change = rng.choice((_rename_folder, _rename_folder, _rename_folder, _move, _move, _rename, _edit, _swap))
    return change(rng, files)


def _plain(rng: random.Random, files: Files) -> str:
    return rng.choice(sorted(path for path, entry in files.items() if entry.kind == "file"))


def _rename_folder(rng: random.Random, files: dict[str, Entry]) -> str:
    folder = rng.choice(folders(files))
    target = posixpath.join(posixpath.dirname(folder), rng.choice(_RENAMED))
    if target in folders(files) or target in files:
        return "nothing"
    for path in [path for path in files if path == folder or path.startswith(folder + "/")]:
        files[target + path[len(folder) :]] = files.pop(path)
    return f"rename {folder}/ to {target}/"


def _move(rng: random.Random, files: dict[str, Entry]) -> str:
    """A file goes into another directory under its name; the one it leaves stays."""
    path = _plain(rng, files)
    target = posixpath.join(rng.choice(["", *folders(files)]), posixpath.basename(path))
    if target in files or target in folders(files):
        return "nothing"
    files[target] = files.pop(path)
    left = posixpath.dirname(path)
    if left and left not in folders(files):
        files[left] = directory()
    return f"move {path} to {target}"


def _rename(rng: random.Random, files: dict[str, Entry]) -> str:
    path = _plain(rng, files)
    target = posixpath.join(posixpath.dirname(path), rng.choice(_NAMES))
    if target in files or target in folders(files):
        return "nothing"
    files[target] = files.pop(path)
    return f"rename {path} to {target}"


def _edit(rng: random.Random, files: dict[str, Entry]) -> str:
    path = _plain(rng, files)
    files[path] = file(files[path].text + "+")
    return f"edit {path}"


def _swap(rng: random.Random, files: dict[str, Entry]) -> str:
    one, other = _plain(rng, files), _plain(rng, files)
    files[one], files[other] = files[other], files[one]
    return f"swap {one} and {other}"
