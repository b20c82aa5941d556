"""Hand-written cases: what ignore files leave of a context, and what lies in the place of one without being one."""

from __future__ import annotations

from tests.differential.case import directory, file, link
from tests.differential.traps import BUILDKIT, CLASSIC, Trap, trap

PYTHON = {"top.rb": "", "top.txt": "", "subdir/sub.rb": "", "subdir/x.txt": "", "subdir/another/deep.rb": ""}
EVERYTHING = "FROM busybox / WORKDIR /srv / COPY . ."


def ignored() -> list[Trap]:
    """All of them."""
    return [*_walks(), *_of_the_engine(), *_no_files()]


def _walks() -> list[Trap]:
    own = ".dockerignore\nDockerfile\n"
    return [
        trap("ignored-directory-without-an-exception-by-name", EVERYTHING,
             {".dockerignore": "*\n!**/*.rb\n", **PYTHON}, change={"subdir/sub.rb": "2\n"}, then={"top.rb": "2\n"}),
        trap("ignored-directories-of-exceptions-with-wildcards", "FROM busybox / WORKDIR /srv / COPY . ./",
             {".dockerignore": "*\n!hi.txt\n!photos/*.jpeg\n!*/*.txt\n", "hi.txt": "", "ignoreme.txt": "",
              "photos/steak.jpeg": "", "recipes/cake.txt": ""},
             change={"recipes/cake.txt": "2"}, then={"photos/steak.jpeg": "2"}),
        trap("ignored-again-below-an-exception", EVERYTHING,
             {".dockerignore": "*\n!src\nsrc/*/*\n!src/a/*.rb\n", "src/x": "1", "src/a/x.rb": "1", "src/a/x.txt": "1",
              "src/b/x.rb": "1"},
             change={"src/a/x.txt": "2", "src/b/x.rb": "2"}, then={"src/a/x.rb": "2"}),
        trap("ignored-directory-named-by-an-exception-of-another-one", EVERYTHING,
             {".dockerignore": "*\n!src/util/x.rb\n!src/*.md\n", "src/util/x.rb": "1", "src/util/y.md": "1",
              "src/y.md": "1", "src/other/z.md": "1"},
             change={"src/util/y.md": "2", "src/other/z.md": "2"}, then={"src/y.md": "2"}),
        trap("ignored-directory-that-is-entered-has-no-mode", EVERYTHING,
             {".dockerignore": f"{own}src\n!src/a.rb\n", "src/a.rb": "1", "src": directory(0o700)},
             change={"src": directory(0o755)}, then={".dockerignore": f"{own}src/b\n"}, builders=CLASSIC),
        trap("ignored-exception-that-is-never-held-against-a-path", EVERYTHING,
             {".dockerignore": "!\\x.log\n*.md\n", "a.md": "1", "b": "1"}, change={"a.md": "2"}),
    ]  # fmt: skip


def _of_the_engine() -> list[Trap]:
    below = "FROM busybox / COPY . /c"
    return [
        trap("ignored-dockerfile-in-an-ignored-directory", below,
             {".dockerignore": "docker\n", "docker/Dockerfile": "FROM busybox\nCOPY . /c\n", "docker/a": "1", "b": "1"},
             change={"docker/a": "2"}, then={"b": "2"}, file="docker/Dockerfile"),
        trap("ignored-dockerfile-leads-into-its-directory", below,
             {".dockerignore": "*\n!**/*.rb\n", "docker/Dockerfile": "FROM busybox\nCOPY . /c\n", "docker/a.rb": "1",
              "src/a.rb": "1"},
             change={"src/a.rb": "2"}, then={"docker/a.rb": "2"}, file="docker/Dockerfile", builders=CLASSIC),
        trap("ignored-dockerfile-that-no-exception-matches", below,
             {".dockerignore": "**/src\n!**/a\n", "src/Dockerfile": "FROM busybox\nCOPY . /c\n", "b": "1"},
             change={"b": "2"}, file="src/Dockerfile", builders=CLASSIC),
        trap("ignored-by-a-link-that-leads-out-of-the-archive", below,
             {".dockerignore": link(".rules"), ".rules": ".dockerignore\nDockerfile\n.rules\n", "b": "1"},
             change={"Dockerfile": "FROM busybox\n# a comment\nCOPY . /c\n"}, builders=CLASSIC),
        trap("ignored-by-a-link-inside", below,
             {".dockerignore": link(".rules"), ".rules": ".dockerignore\nDockerfile\n", "b": "1"},
             change={"Dockerfile": "FROM busybox\n# a comment\nCOPY . /c\n"}, builders=CLASSIC),
        trap("ignored-with-the-random-name-of-a-dockerfile-outside", below,
             {".dockerignore": "*.log\n", "b": "1"}, change={},
             beside={"dockerfiles": {"Dockerfile": "FROM busybox\nCOPY b /b\nCOPY . /c\n"}},
             file="../dockerfiles/Dockerfile", builders=CLASSIC),
    ]  # fmt: skip


def _no_files() -> list[Trap]:
    source = {"src/a": "1", "src/b.log": "1"}
    build = "FROM busybox / COPY src /app/ / RUN true"
    changed = {"src/b.log": "2"}
    return [
        trap("ignore-file-that-is-a-directory", build, {".dockerignore/x": "*.log\n", **source},
             change={"src/a": "2"}, then={"src/a": "2", **changed}),
        trap("ignore-file-that-is-a-dangling-link", build, {".dockerignore": link("nowhere"), **source},
             change=changed),
        trap("ignore-file-that-is-a-link-to-itself", build, {".dockerignore": link(".dockerignore"), **source},
             change=changed),
        trap("ignore-file-that-is-a-link-to-a-directory", build, {".dockerignore": link("src"), **source},
             change=changed),
        trap("ignore-file-above-its-context", build,
             {".dockerignore": link("../.rules"), ".rules": "**/b.log\n", **source}, change=changed,
             then={"src/a": "2", **changed}),
        trap("ignore-file-by-an-absolute-link", build,
             {".dockerignore": link("/lib/.rules"), "lib/.rules": "**/b.log\n", **source}, change=changed),
        trap("ignore-file-of-a-dockerfile-that-is-a-directory", build,
             {".dockerignore": "**/b.log\n", "Dockerfile.dockerignore/x": "src/a\n", **source}, change=changed,
             then={"src/a": "2"}, builders=BUILDKIT),
        trap("ignore-file-of-a-named-context-that-is-a-directory", "FROM busybox / COPY --from=n src /app/ / RUN true",
             contexts={"n": "vendor"}, beside={"vendor": {".dockerignore/x": "*.log\n", **source}},
             beside_after={"vendor": {".dockerignore/x": "*.log\n", **source, **changed}}, builders=BUILDKIT),
        trap("ignore-file-that-becomes-a-directory", build, {".dockerignore": "**/b.log\n", **source},
             change={".dockerignore": None, ".dockerignore/x": file("")}, then=source, builders=BUILDKIT),
    ]  # fmt: skip
