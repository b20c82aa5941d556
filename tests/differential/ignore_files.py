"""Random ignore files: lines that people write, and patterns made of the very paths of a context."""

from __future__ import annotations

import posixpath
import random

from tests.differential.case import Entry, Files, file, link

IGNORE_LINES = (
    "*.log", "**/*.log", "docs", "docs/*", "!docs/notes.md", "node_modules", "**/node_modules", ".git", "*.md",
    "!README.md", "Dockerfile", ".dockerignore", "Dockerfile*", "src/util", "!src/util/x.py", "**/x.log", "# comment",
    "", " docs/ ", "/lib/data", "./test", "te?t", "[a-c].md", "[^a]*.md", "src/**/x.py", "**.log", "*", "!src",
    "!package*.json", "!a.txt", "!app.py", "!lib", "test/", "**/deep", "x", "src/*/", "!src/util/deep/*", "**",
    "!**/*.py", "lib/**", "!lib/**/a.txt", "../x", "/", ".", "docs/../lib/data", "\\#x", "[!x].txt", "[^x].txt",
    "a?txt", "**/", "src//util", "  # no comment", "*/*", "*/*/*", "!*/*/x.py", "my file.txt", "\ufefftest", "!docs",
)  # fmt: skip
WHOLE = ("*", "**", "*/*", "*/*/*", "**/*", "**/*.py", "**/src", "src/**", "lib/*", "*/x.log")
ENDINGS = ("/*", "/**", "/**/*", "/*/", "/")


def random_ignore(rng: random.Random, files: Files) -> str:
    """The text of an ignore file for a context."""
    count = rng.randint(1, 4)
    kind = rng.random()
    if kind < 0.12:
        lines = ["*", "!src", "!a.txt", "!package*.json", *(random_line(rng, files) for _ in range(count))]
    elif kind < 0.45:
        # What is ignored at first, re-included by patterns of all kinds, and ignored again below.
        lines = [rng.choice((*WHOLE, _pattern(rng, files)))]
        lines += [f"{rng.choice(('!', '!', '!', '! ', ''))}{_pattern(rng, files)}" for _ in range(count)]
    else:
        lines = [random_line(rng, files) for _ in range(count)]
    return "\n".join(lines) + "\n"


def random_line(rng: random.Random, files: Files) -> str:
    """One line of an ignore file."""
    if rng.random() < 0.6:
        return rng.choice(IGNORE_LINES)
    return rng.choice(("", "!")) + _pattern(rng, files)


def no_ignore_file(rng: random.Random, files: Files) -> dict[str, Entry]:
    """What may lie in the place of a `.dockerignore` and is no regular file: no pipe, at which every builder waits."""
    inside = rng.choice(sorted(path for path, entry in files.items() if entry.kind == "file"))
    return rng.choice((
        {".dockerignore/x": file("*.log\n")}, {".dockerignore/x": file("*.log\n")},
        {".dockerignore": link("nowhere")}, {".dockerignore": link(".dockerignore")}, {".dockerignore": link("src")},
        {".dockerignore": link(inside)}, {".dockerignore": link(f"../{inside}")},
        {".dockerignore": link(".rules"), ".rules": file(random_ignore(rng, files))},
        {".dockerignore": link("src/../.rules"), ".rules": file("*.md\n.dockerignore\nDockerfile\n")},
    ))  # fmt: skip


def _pattern(rng: random.Random, files: Files) -> str:
    """A path of the context, with wildcards in the place of parts of it, and written in one of several ways."""
    path = rng.choice(sorted(files))
    parts = path.split("/")
    kind = rng.random()
    if kind < 0.5:
        at = rng.randrange(len(parts))
        parts[at] = _wildcard(rng, parts[at])
    elif kind < 0.7:
        parts = parts[: rng.randint(1, len(parts))]
        parts[-1] += rng.choice(ENDINGS)
    elif kind < 0.8:
        return rng.choice(WHOLE)
    text = "/".join(parts)
    written = rng.random()
    if written < 0.1:
        return f"/{text}"
    if written < 0.2:
        return f"./{text}"
    if written < 0.25:
        return f"{text}/"
    if written < 0.3:
        return f" {text} "
    return posixpath.join("x/..", text) if written < 0.34 else text


def _wildcard(rng: random.Random, name: str) -> str:
    """A pattern for one element of a path."""
    if set(name) & set("[]*?\\\n\t!#^-"):
        return rng.choice(("*", "**"))
    return rng.choice((
        "*", "**", f"?{name[1:]}", f"[{name[0]}]{name[1:]}", f"[^{name[0]}]*", f"{name[0]}*", f"*{name[-1]}",
        f"*{posixpath.splitext(name)[1] or name}", f"{name}*", f"**{name[-2:]}", f"[a-{max(name[0], 'a')}]{name[1:]}",
    ))  # fmt: skip
