"""Hand-written cases: one for each trap of the caching rules; found.py holds what generated cases brought to light.

`python -m tests.differential.record` builds them on real engines and writes them, with what the engines did, to
tests/cases.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.differential.case import Build, Case, Entry, directory, file, link
from tests.differential.real_builds import BuilderName

BUILDKIT: tuple[BuilderName, ...] = ("buildkit",)
CLASSIC: tuple[BuilderName, ...] = ("classic",)
BOTH = BUILDKIT + CLASSIC


@dataclass(frozen=True)
class Trap:
    """A case with the builders it is for."""

    case: Case
    builders: tuple[BuilderName, ...]


Given = str | Entry | None
Args = Mapping[str, str]


def trap(
    name: str,
    dockerfile: str,
    files: Mapping[str, Given] | None = None,
    *,
    change: Mapping[str, Given] | None = None,
    then: Mapping[str, Given] | None = None,
    dockerfile_after: str | None = None,
    args: Args | None = None,
    args_after: Args | None = None,
    options: tuple[str, ...] = (),
    options_after: tuple[str, ...] | None = None,
    target: str | None = None,
    file: str | None = None,
    builders: tuple[BuilderName, ...] = BOTH,
    open_steps: tuple[str, ...] = (),
    images: Args | None = None,
    images_after: Args | None = None,
    contexts: Args | None = None,
    contexts_after: Args | None = None,
    beside: Mapping[str, Mapping[str, Given]] | None = None,
    beside_after: Mapping[str, Mapping[str, Given]] | None = None,
) -> Trap:
    """Lines of a Dockerfile are parted by ` / `. change, then: a second and a third state; None takes a file away.

    open_steps: texts of the instructions that only a build can decide. images: name → which of images.CATALOG.
    contexts: named ones, each a directory of `beside` or below `context`, or an image. file: as `-f`, relative to the
    context.
    """
    first = Build(
        _files({"Dockerfile": _lines(dockerfile), **(files or {})}),
        file,
        target,
        tuple((args or {}).items()),
        options,
        beside=_beside(beside),
        contexts=tuple((contexts or {}).items()),
        images=tuple((images or {}).items()),
    )
    after: dict[str, Given] = dict(change or {})
    if dockerfile_after is not None:
        after["Dockerfile"] = _lines(dockerfile_after)
    second = replace(
        first,
        files=_files({**first.files, **after}),
        build_args=first.build_args if args_after is None else tuple(args_after.items()),
        options=options if options_after is None else options_after,
        contexts=first.contexts if contexts_after is None else tuple(contexts_after.items()),
        images=first.images if images_after is None else tuple(images_after.items()),
        beside=first.beside if beside_after is None else _beside(beside_after),
    )
    builds = [first, second]
    if then is not None:
        builds.append(replace(second, files=_files({**second.files, **then})))
    return Trap(Case(name, tuple(builds), open_steps=frozenset(open_steps)), builders)


def _lines(text: str) -> str:
    return text if "\n" in text else text.replace(" / ", "\n") + "\n"


def _files(given: Mapping[str, Given]) -> dict[str, Entry]:
    return {
        path: file(entry) if isinstance(entry, str) else entry for path, entry in given.items() if entry is not None
    }


def _beside(given: Mapping[str, Mapping[str, Given]] | None) -> dict[str, Mapping[str, Entry]]:
    return {name: _files(files) for name, files in (given or {}).items()}


def tar_of_a_page(time: int) -> str:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("page")
        member.size, member.mtime = 3, time
        archive.addfile(member, io.BytesIO(b"hi\n"))
    return packed.getvalue().decode("utf-8", "surrogateescape")


def traps() -> list[Trap]:
    """One case for each trap."""
    return [*_arguments(), *_names(), *_stages(), *_contexts(), *_instructions()]


def _arguments() -> list[Trap]:
    return [
        trap("t01-unused-arg", "FROM busybox / ARG REV / COPY a /a / RUN echo make", {"a": "a"},
             args={"REV": "1"}, args_after={"REV": "2"}),
        trap("t02-arg-below", "FROM busybox / RUN echo make / ARG REV / LABEL rev=$REV",
             args={"REV": "1"}, args_after={"REV": "2"}),
        trap("t20-env-order", "FROM busybox / ENV A=1 B=2 / COPY f /f / RUN echo x", {"f": "f"},
             dockerfile_after="FROM busybox / ENV B=2 A=1 / COPY f /f / RUN echo x"),
        trap("t24-source-date-epoch", "FROM busybox / WORKDIR /app / RUN echo make",
             args={"SOURCE_DATE_EPOCH": "1"}, args_after={"SOURCE_DATE_EPOCH": "2"}),
        trap("t33-env-then-arg", "FROM busybox AS s / ENV V=9 / ARG V=1 / RUN echo $V / FROM s / RUN echo $V",
             args={}, args_after={"V": "2"}),
        trap("t36-default-overridden", "FROM busybox / ARG V=1 / RUN echo $V", args={"V": "9"},
             dockerfile_after="FROM busybox / ARG V=2 / RUN echo $V"),
        trap("t25-secret-value", "FROM busybox / RUN --mount=type=secret,id=t cat /run/secrets/t > /dev/null",
             {".dockerignore": "t\n", "t": "one"}, change={"t": "two"},
             options=("--secret", "id=t,src={context}/t"), builders=BUILDKIT),
        trap("t34-no-cache", "FROM busybox / WORKDIR /app / RUN echo x / WORKDIR /b",
             options_after=("--no-cache",)),
        trap("t35-platforms-share-copies", "FROM scratch / COPY a /a", {"a": "a"},
             options=("--platform=linux/amd64",), options_after=("--platform=linux/arm64",), builders=BUILDKIT),
    ]  # fmt: skip


def _names() -> list[Trap]:
    return [
        trap("t03-workdir-root-counts", "FROM busybox / WORKDIR / / RUN echo x", change={}, builders=BUILDKIT,
             dockerfile_after="FROM busybox / WORKDIR / / RUN echo y"),
        trap("t04-mount-names-the-stage", "FROM busybox / RUN echo x",
             dockerfile_after="FROM busybox / RUN --mount=type=cache,target=/c echo x", builders=BUILDKIT),
        trap("t05-copy-from-image-names-the-stage", "FROM busybox AS app / RUN echo x", builders=BUILDKIT,
             dockerfile_after="FROM busybox AS app / RUN echo x / COPY --from=busybox /etc/passwd /y"),
        trap("t40-names-are-expanded", "FROM busybox / ARG D=d / COPY a.txt /$UNSET/$D / RUN echo $UNSET $D",
             {"a.txt": "a"}, args_after={"D": "e"}),
        trap("t41-apostrophe-keeps-a-name-raw", "FROM busybox / ENV V=1 / RUN echo $V # don't / RUN echo $V",
             dockerfile_after="FROM busybox / ENV V=2 / RUN echo $V # don't / RUN echo $V", builders=BUILDKIT),
        trap("target-stage-is-the-last-name", "FROM busybox AS Fin / ARG TARGETSTAGE / RUN echo $TARGETSTAGE",
             dockerfile_after="FROM busybox AS Other / ARG TARGETSTAGE / RUN echo $TARGETSTAGE", builders=BUILDKIT),
    ]  # fmt: skip


def _stages() -> list[Trap]:
    plain = {"a": "a", "b": "b"}
    return [
        trap("t06-copied-file-of-a-rerun-stage",
             "FROM busybox AS s / COPY a b /src/ / FROM scratch / COPY --from=s /src/b /", plain, change={"a": "2"}),
        trap("t07-run-at-the-end",
             "FROM busybox AS s / COPY a b /src/ / RUN echo make / FROM scratch / COPY --from=s /src/b /", plain,
             change={"a": "2"}, open_steps=("COPY --from=s /src/b /",)),
        trap("t08-run-before-the-changed-copy",
             "FROM busybox AS s / RUN mkdir /o && echo x > /o/x / COPY b /b / FROM scratch / COPY --from=s /o /", plain,
             change={"b": "2"}),
        trap("t09-stage-as-base", "FROM busybox AS s / COPY a /a / FROM s / RUN echo x", plain, change={"a": "2"}),
        trap("t10-parent-first",
             "FROM busybox AS s / RUN mkdir /out && echo x > /out/x / FROM busybox / COPY a /c / COPY --from=s /out /",
             plain, change={"a": "2"},
             dockerfile_after="FROM busybox AS s / RUN mkdir /out && echo x > /out/x # again / "
             "FROM busybox / COPY a /c / COPY --from=s /out /"),
        trap("t27-identical-stages",
             "FROM busybox AS a / RUN echo same / COPY a /x / FROM busybox AS b / RUN echo same / COPY b /y / "
             "FROM scratch / COPY --from=a /x /x / COPY --from=b /y /y", plain, change={"b": "2"}),
        trap("t28-unneeded-stage", "FROM busybox AS test / COPY a /a / FROM busybox / RUN echo b", plain,
             change={"a": "2"}),
        trap("t29-link", "FROM busybox / COPY a /a / COPY --link b /b / RUN echo x", plain, change={"a": "2"},
             builders=BUILDKIT),
        trap("t37-classic-labels-rebuild", "FROM busybox AS s / LABEL a=1 / FROM s / RUN echo x",
             dockerfile_after="FROM busybox AS s / LABEL a=2 / FROM s / RUN echo x"),
        trap("t45-mount-of-the-very-parent",
             "FROM busybox AS s / RUN mkdir /out && echo 1 > /out/o / COPY a /a / "
             "FROM s / RUN --mount=from=s,source=/out,target=/m cat /m/o", plain, change={"a": "2"},
             then={"a": "a"}, builders=BUILDKIT),
        trap("t46-deleted-run",
             "FROM busybox AS s / RUN echo x / RUN true / COPY a /out/ / FROM scratch / COPY --from=s /out /", plain,
             dockerfile_after="FROM busybox AS s / RUN echo x / COPY a /out/ / FROM scratch / COPY --from=s /out /",
             open_steps=("COPY --from=s /out /",)),
        trap("t47-copy-into-a-directory-of-the-base",
             "FROM busybox / COPY a /etc / FROM scratch / COPY --from=0 /etc/a /", plain, change={"a": "2"}),
    ]  # fmt: skip


def _contexts() -> list[Trap]:
    everything = "FROM busybox / COPY . /app / RUN echo x"
    return [
        trap("t11-comment-in-the-dockerfile", everything, {"a": "a"}, dockerfile_after="# why / " + everything),
        trap("t12-git-in-the-context", everything, {".git/HEAD": "1", "a": "a"}, change={".git/HEAD": "2"},
             then={".git/HEAD": "3", ".dockerignore": ".git\n"}),
        trap("t13-patterns-start-at-the-root", everything,
             {".dockerignore": "*.log\nnode_modules\n", "d/x.log": "1", "x.log": "1", "a/node_modules/m": "1"},
             change={"x.log": "2"}, then={"a/node_modules/m": "2", "x.log": "2"}),
        trap("t14-empty-own-ignore-file", everything, {".dockerignore": "a\n", "Dockerfile.dockerignore": "", "a": "1"},
             change={"a": "2"}),
        trap("t15-wildcard", "FROM busybox / COPY package*.json ./", {"package.json": "1"}, change={"x.json": "1"},
             then={"package.foo.json": "1"}),
        trap("t15-wildcard-edited", "FROM busybox / COPY p*.json ./", {"package.json": "1"},
             dockerfile_after="FROM busybox / COPY p?ckage.json ./"),
        trap("t16-umask", "FROM busybox / COPY f /", {"f": "f"}, change={"f": file("f", 0o664)}),
        trap("t17-chmod-under-chmod", "FROM busybox / COPY --chmod=644 f /", {"f": "f"}, change={"f": file("f", 0o755)},
             builders=BUILDKIT),
        trap("t18-renamed-source", "FROM busybox / COPY a.txt /z", {"a.txt": "a"},
             change={"a.txt": None, "b.txt": "a"}, dockerfile_after="FROM busybox / COPY b.txt /z"),
        trap("t18-moved-source", "FROM busybox / COPY x/a.txt /z", {"x/a.txt": "a"},
             change={"x/a.txt": None, "y/a.txt": "a"}, dockerfile_after="FROM busybox / COPY y/a.txt /z"),
        trap("t26-whole-context-bind", "FROM busybox / RUN --mount=target=/m cat /m/go.mod",
             {"go.mod": "m", "main.go": "1"}, change={"main.go": "2"}, builders=BUILDKIT),
        trap("t26-one-file-bind", "FROM busybox / RUN --mount=source=go.mod,target=/m cat /m",
             {"go.mod": "m", "main.go": "1"}, change={"main.go": "2"}, then={"go.mod": "n"}, builders=BUILDKIT),
        trap("t30-base-names-only", "FROM busybox / COPY t/* /z/", {"t/u/uz": "1", "t/v": "2"},
             change={"t/u/uz": None, "t/u": directory(), "t/uz": "1"}, builders=BUILDKIT),
        trap("t30-whole-directory", "FROM busybox / COPY t /z/", {"t/u/uz": "1", "t/v": "2"},
             change={"t/u/uz": None, "t/u": directory(), "t/uz": "1"}),
        trap("t31-repacked-archive", "FROM busybox / ADD site.tar /", {"site.tar": tar_of_a_page(1)},
             change={"site.tar": tar_of_a_page(2)}),
        trap("t39-link-in-a-directory", "FROM busybox / COPY d /z", {"a": "1", "d/l": link("../a")}, change={"a": "2"}),
        trap("t39-link-as-source", "FROM busybox / COPY l /z", {"a": "1", "l": link("a")}, change={"a": "2"}),
        trap("t43-top-level-link-under-exclude", "FROM busybox / COPY --exclude=src . /z/",
             {".dockerignore": "Dockerfile\n", "src/f": "1", "l": link("src")}, change={"src/f": "2"},
             builders=BUILDKIT),
        trap("t43-no-link-under-exclude", "FROM busybox / COPY --exclude=src . /z/",
             {".dockerignore": "Dockerfile\n", "src/f": "1", "l": "x"}, change={"src/f": "2"}, builders=BUILDKIT),
        trap("t44-negated-class", everything, {".dockerignore": "Dockerfile\nd/[!x].md\n**.log\n", "d/a.md": "1",
             "d/x.md": "1", "a.log": "1"}, change={"d/x.md": "2", "a.log": "2"}, then={"d/a.md": "2"}),
    ]  # fmt: skip


def _instructions() -> list[Trap]:
    return [
        trap("t19-indentation", "FROM busybox\nRUN echo a \\\n   && echo b\n",
             dockerfile_after="FROM busybox\nRUN echo a \\\n # note\n   && echo b\n",
             then={"Dockerfile": "FROM busybox\nRUN echo a \\\n && echo b\n"}),
        trap("t21-workdir-slash", "FROM busybox / WORKDIR /w / RUN echo x",
             dockerfile_after="FROM busybox / WORKDIR /w/ / RUN echo x"),
        trap("t22-user", "FROM busybox / COPY f / / USER 0 / COPY g / / RUN echo x", {"f": "f", "g": "g"},
             dockerfile_after="FROM busybox / COPY f / / USER root / COPY g / / RUN echo x"),
        trap("t23-user-before-workdir", "FROM busybox / USER 0 / WORKDIR /w / RUN echo x",
             dockerfile_after="FROM busybox / USER 0:0 / WORKDIR /w / RUN echo x"),
        trap("t23-root-is-zero", "FROM busybox / USER 0 / WORKDIR /w / COPY --chown=root f /f", {"f": "f"},
             dockerfile_after="FROM busybox / USER root / WORKDIR /w / COPY --chown=0 f /f"),
        trap("t32-heredoc-delimiter", "FROM busybox\nRUN <<EOF\necho a\nEOF\nRUN cat <<EOF > /f\nx\nEOF\n",
             dockerfile_after="FROM busybox\nRUN <<END\necho a\nEND\nRUN cat <<END > /f\nx\nEND\n", builders=BUILDKIT),
        trap("t42-slash-dot", "FROM busybox / WORKDIR /w / COPY f . / COPY f x/.", {"f": "f"},
             dockerfile_after="FROM busybox / WORKDIR /w / COPY f ./ / COPY f x/"),
    ]  # fmt: skip
