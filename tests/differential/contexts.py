"""Random build contexts, and what people do to their files between two builds."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Callable

from layerscope.context.patterns import PatternError, PatternList, parse_ignore_file
from tests.differential.case import Entry, Files, directory, file, link
from tests.differential.ignore_files import no_ignore_file, random_ignore, random_line

TOP = ("a.txt", "b.txt", "app.py", "package.json", "package-lock.json", "README.md", "Makefile", "x.log", "conf.toml")
FOLDERS = ("src", "lib", "docs", "src/util", "src/util/deep", "test", "a", "node_modules/m")
BELOW = ("main.c", "x.py", "y.py", "x.log", "index.js", "notes.md", "a.txt", "data")
ODD = (
    "my file.txt", "it's.txt", 'q"uote.txt', "new\nline.txt", "\u00fcn\u00ef.txt", "[x].txt", "$V.txt", "back\\slash",
    "-dash.txt", "a*b.txt", " lead", "t\tab", "#hash", "!bang", "src/a b/c d", "a,b.txt", "CON.TXT", "A.txt", "~",
)  # fmt: skip
MODES = (0o644, 0o644, 0o644, 0o644, 0o644, 0o755, 0o664, 0o600)


def words(rng: random.Random) -> str:
    """A short text; often one of few, so that files of equal bytes occur."""
    if rng.random() < 0.35:
        return rng.choice(("same\n", "one\n", "", "two\n"))
    return "".join(f"{rng.choice(('red', 'green', 'blue', 'x=1'))} {rng.randrange(1000)}\n" for _ in range(3))


def random_files(rng: random.Random) -> dict[str, Entry]:
    """A context without Dockerfile."""
    files: dict[str, Entry] = {}
    for name in rng.sample(TOP, rng.randint(4, len(TOP))):
        files[name] = file(words(rng), rng.choice(MODES))
    for folder in ("src", *rng.sample(FOLDERS[1:], rng.randint(1, 5))):
        for name in rng.sample(BELOW, rng.randint(1, 4)):
            files[f"{folder}/{name}"] = file(words(rng), rng.choice(MODES))
        if rng.random() < 0.1:
            files[folder] = directory(rng.choice((0o700, 0o775)))
    if rng.random() < 0.2:
        files["empty"] = directory()
    if rng.random() < 0.2:
        files["src/hollow"] = directory()
    if rng.random() < 0.15:
        files["site.tar"] = file(archive(rng), 0o644)
    for _ in range(rng.choice((0, 0, 1, 2))):
        add_link(rng, files)
    if rng.random() < 0.12:
        for name in rng.sample(ODD, 2):
            files[name] = file(words(rng))
    if rng.random() < 0.01:
        files["raw\udcff"] = file(words(rng))
    if rng.random() < 0.04:
        files[rng.choice(("pipe", "src/pipe"))] = Entry("pipe")
    if rng.random() < 0.06:
        files |= rng.choice((
            {"loop": link("loop")}, {"la": link("lb"), "lb": link("la")}, {"src/self": link(".")}, {"here": link(".")},
            {"out": link("../outside")}, {"src/abs": link("/src")}, {"lib/up": link("..")},
            {"l1": link("l2"), "l2": link("src")},
        ))  # fmt: skip
    if rng.random() < 0.45:
        files[".dockerignore"] = file(random_ignore(rng, files))
    elif rng.random() < 0.04:
        files |= no_ignore_file(rng, files)
    return files


def random_outside(rng: random.Random) -> dict[str, Entry]:
    """The files of a named context."""
    files = {name: file(words(rng)) for name in rng.sample(("a.txt", "lib/data", "lib/x.py", "conf.toml", "x.log"), 3)}
    if rng.random() < 0.3:
        files[".dockerignore"] = file(rng.choice(("*.log\n", "lib\n", "*\n!a.txt\n", "x\n", "lib/*\n!lib/data\n")))
    if rng.random() < 0.15:
        files["ln"] = link(rng.choice((sorted(files)[-1], "nowhere", "/lib")))
    return files


def sendable(files: Files) -> list[str]:
    """Plain files that the ignore rules leave, which COPY may name; where nothing is left, all of them."""
    rules = files.get(".dockerignore")
    names = plain_files(files)
    if rules is None or rules.kind != "file":
        return names
    try:
        patterns = parse_ignore_file(rules.text.encode("utf-8", "surrogateescape"), ".dockerignore")
        return [name for name in names if not _excluded(patterns, name)] or names
    except (PatternError, ValueError):
        return names


def _excluded(patterns: PatternList, path: str) -> bool:
    excluded, result = False, None
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        excluded, result = patterns.match("/".join(parts[:end]), result)
    return excluded


def archive(rng: random.Random) -> str:
    """A tar of one file, as text."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo(rng.choice(("page", "in/page")))
        content = words(rng).encode()
        member.size, member.mtime = len(content), rng.choice((1, 2))
        tar.addfile(member, io.BytesIO(content))
    return packed.getvalue().decode("utf-8", "surrogateescape")


def add_link(rng: random.Random, files: dict[str, Entry]) -> None:
    path = rng.choice(("ln", "src/ln", "lib/ln", "docs/up"))
    if path not in files:
        above = "../" * path.count("/")
        target = rng.choice([*plain_files(files), *folders(files)])
        files[path] = link(rng.choice((above + target, above + target, "/" + target, "nowhere")))


def plain_files(files: Files) -> list[str]:
    """Files that COPY may name: no links, not what the build itself reads."""
    hidden = {
        ".dockerignore",
        ".dockerignore/x",
        "Dockerfile",
        "Dockerfile.dockerignore",
        "docker/App.Dockerfile.dockerignore",
    }
    return sorted(path for path, entry in files.items() if entry.kind == "file" and path not in hidden)


def folders(files: Files) -> list[str]:
    found = {path for path, entry in files.items() if entry.kind == "directory"}
    for path in files:
        while "/" in path:
            path = path.rpartition("/")[0]  # noqa: PLW2901
            found.add(path)
    return sorted(found)


def change_files(rng: random.Random, files: dict[str, Entry], touched: set[str]) -> str:
    """Change the context in place in one way; what was done."""
    change = rng.choice(_CHANGES)
    return change(rng, files, touched)


def _edit(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    path = rng.choice(plain_files(files))
    entry = files[path]
    text = rng.choice((entry.text + "more\n", words(rng), entry.text.replace("1", "2") + " "))
    files[path] = Entry("file", text, entry.mode)
    return f"edit {path}"


def _touch(rng: random.Random, files: dict[str, Entry], touched: set[str]) -> str:
    path = rng.choice(plain_files(files))
    touched.add(path)
    return f"touch {path}"


def _add(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    folder = rng.choice(["", "", *folders(files)])
    path = f"{folder}/{rng.choice(BELOW + TOP)}".lstrip("/")
    if rng.random() < 0.15:
        path = f"{folder}/newdir".lstrip("/")
        files[path] = directory()
        return f"add empty directory {path}"
    if path in folders(files) or _under_link(files, path):
        return "nothing"
    files[path] = file(words(rng), rng.choice(MODES))
    return f"add {path}"


def _remove(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    path = rng.choice(plain_files(files))
    if rng.random() < (0.7 if "/" not in path else 0.3):
        return "nothing"  # mostly a source of its own: the build would only fail
    del files[path]
    return f"remove {path}"


def _chmod(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    path = rng.choice(plain_files(files))
    mode = rng.choice((0o644, 0o755, 0o664, 0o600, 0o4755))
    files[path] = Entry("file", files[path].text, mode)
    return f"chmod {mode:o} {path}"


def _chmod_folder(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    path = rng.choice(folders(files))
    mode = rng.choice((0o755, 0o700, 0o775))
    files[path] = directory(mode)
    return f"chmod {mode:o} {path}/"


def _rename(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    path = rng.choice(plain_files(files))
    folder = rng.choice((path.rpartition("/")[0], path.rpartition("/")[0], *folders(files)))
    name = rng.choice((path.rpartition("/")[2], "renamed.txt", "z.py"))
    target = f"{folder}/{name}".lstrip("/")
    if target in files or target in folders(files) or _under_link(files, target):
        return "nothing"
    files[target] = files.pop(path)
    return f"rename {path} to {target}"


def _swap(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    names = plain_files(files)
    if len(names) < 2:
        return "nothing"
    one, other = rng.sample(names, 2)
    files[one], files[other] = files[other], files[one]
    return f"swap {one} and {other}"


def _relink(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    links = sorted(path for path, entry in files.items() if entry.kind == "link")
    if not links or rng.random() < 0.3:
        add_link(rng, files)
        return "add a link"
    path = rng.choice(links)
    if rng.random() < 0.3:
        files[path] = file(words(rng))
        return f"replace link {path} by a file"
    target = rng.choice([*plain_files(files), *folders(files), "nowhere"])
    files[path] = link("../" * path.count("/") + target)
    return f"retarget {path}"


def _ignore(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    there = files.get(".dockerignore")
    if there is None or there.kind != "file" or rng.random() < 0.06:
        for path in [path for path in files if path.startswith(".dockerignore")]:
            del files[path]
        if rng.random() < 0.15:
            files.update(no_ignore_file(rng, files))
            return "another thing in the place of .dockerignore"
        files[".dockerignore"] = file(random_ignore(rng, files))
        return "add .dockerignore"
    lines = there.text.splitlines()
    if rng.random() < 0.5 or not lines:
        lines.insert(rng.randint(0, len(lines)), random_line(rng, files))
    else:
        lines.pop(rng.randrange(len(lines)))
    files[".dockerignore"] = file("\n".join(lines) + "\n")
    return "edit .dockerignore"


def _line_ends(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    path = rng.choice(plain_files(files))
    entry = files[path]
    text = entry.text.replace("\r\n", "\n") if "\r" in entry.text else entry.text.replace("\n", "\r\n")
    files[path] = Entry("file", text, entry.mode)
    return f"change the line ends of {path}"


def _file_or_folder(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    path = rng.choice(plain_files(files))
    if rng.random() < 0.6:
        return "nothing"
    entry = files.pop(path)
    files[f"{path}/{path.rpartition('/')[2]}"] = entry
    return f"{path} becomes a directory"


def _own_ignore(rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    path = rng.choice(("Dockerfile.dockerignore", "Dockerfile.dockerignore", "docker/App.Dockerfile.dockerignore"))
    if path in files and rng.random() < 0.4:
        del files[path]
        return f"remove {path}"
    files[path] = file(rng.choice(("", random_ignore(rng, files))))
    return f"write {path}"


def _drop_ignore(_rng: random.Random, files: dict[str, Entry], _touched: set[str]) -> str:
    gone = [path for path in files if path.startswith(".dockerignore")]
    for path in gone:
        del files[path]
    return "remove .dockerignore" if gone else "nothing"


def _under_link(files: Files, path: str) -> bool:
    return any(entry.kind != "directory" and path.startswith(other + "/") for other, entry in files.items())


Change = Callable[[random.Random, dict[str, Entry], set[str]], str]
_CHANGES: tuple[Change, ...] = (
    *[_edit] * 6, _touch, _touch, _add, _add, _remove, _chmod, _chmod_folder, _rename, _rename, _swap, _relink,
    _ignore, _ignore, _own_ignore, _drop_ignore, _line_ends, _file_or_folder,
)  # fmt: skip
