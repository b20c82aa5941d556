"""Hand-written cases: one for each difference between engine and prediction that generated cases brought to light."""

from __future__ import annotations

from dataclasses import replace

from tests.differential.case import directory, file, link
from tests.differential.ignored import ignored
from tests.differential.remote import HTTP, MOVED, REPOSITORY, checksum
from tests.differential.traps import BUILDKIT, CLASSIC, Trap, tar_of_a_page, trap

FETCHED = f"http://{HTTP}/x/f.txt"
_SUM = f"--checksum={checksum('/x/f.txt')}"


def _moved(version: int) -> str:
    """A Dockerfile with a file that is another in each version, and a step that copies it from its stage."""
    fetched = f"ADD --checksum={checksum(MOVED, version)} http://{HTTP}{MOVED} /d/"
    return f"FROM busybox AS s\n{fetched}\nFROM busybox\nCOPY --from=s /d/f.txt /f\nRUN echo y\n"


def found() -> list[Trap]:
    """All of them."""
    return [*_inside(), *_owners_and_modes(), *_names(), *_numbers(), *_beside(), *_classic(), *ignored()]


def _inside() -> list[Trap]:
    """Differences of both builders, in what lies in the context and its Dockerfile."""
    return [
        trap("found-path-only-the-base-has", "FROM busybox AS s / RUN mkdir /uv && echo x > /uv/f / "
             "FROM busybox / COPY --from=s /uv/f /g / COPY --from=busybox /bin/busybox /b", change={}),
        trap("found-workdir-on-scratch", "FROM scratch / WORKDIR /w / COPY a . / COPY b .", {"a": "1", "b": "1"},
             change={"b": "2"}, builders=BUILDKIT),
        trap("found-link-below-a-wildcard", "FROM busybox / COPY l*/* /z/", {"lib/ln": link("/conf"), "conf": "1"},
             change={}, builders=BUILDKIT),
        trap("found-link-below-a-wildcard-sent", "FROM busybox / COPY l*/* /z/ / COPY conf /c",
             {"lib/ln": link("/conf"), "conf": "1"}, change={"conf": "2"}, builders=BUILDKIT),
        trap("found-pattern-without-match", "FROM busybox / COPY full/x* /d/", {"full/a": "1"}, change={}),
        trap("found-pattern-without-match-sent", "FROM busybox / COPY full/x* /d/ / COPY full /e", {"full/a": "1"},
             change={"full/a": "2"}),
        trap("found-top-pattern-without-match", "FROM busybox / COPY *.zip /d/", {"a": "1"}, change={"b.zip": "1"}),
        trap("found-index-in-an-unneeded-stage", "FROM busybox AS a / COPY --from=9 /x /x / FROM busybox / RUN echo x",
             change={}),
        trap("found-circle-in-unneeded-stages",
             "FROM busybox AS a / COPY --from=b /x /x / FROM busybox AS b / COPY --from=a /x /x / "
             "FROM busybox / RUN echo x",
             change={}, builders=BUILDKIT),
        trap("found-no-cache-for-one-of-two-equal-stages",
             "FROM busybox AS a / RUN echo x / FROM busybox / RUN echo x / COPY --from=a /etc/passwd /p",
             change={}, options_after=("--no-cache-filter=a",), builders=BUILDKIT),
        trap("found-dangling-link-under-exclude", "FROM busybox / COPY --exclude=*.md . /d", {"ln": link("nowhere")},
             change={}, builders=BUILDKIT),
        trap("found-moved-directory-of-another-mode", "FROM busybox / COPY x/d /o / RUN echo x",
             {"x/d/a": "1", "y/d/a": "1", "x/d/in/b": "1", "y/d/in/b": "1", "y/d/in": directory(0o700)},
             dockerfile_after="FROM busybox / COPY y/d /o / RUN echo x", then={"x/d/in": directory(0o700)}),
        trap("found-moved-top-directory-of-another-mode", "FROM busybox / COPY x/d /o / RUN echo x",
             {"x/d/a": "1", "y/d/a": "1", "y/d": directory(0o700)},
             dockerfile_after="FROM busybox / COPY y/d /o / RUN echo x"),
        trap("found-moved-matches-of-another-mode", "FROM busybox / COPY x/* /o/ / RUN echo x",
             {"x/d/a": "1", "y/d/a": "1", "y/d": directory(0o700)},
             dockerfile_after="FROM busybox / COPY y/* /o/ / RUN echo x", builders=BUILDKIT),
        trap("found-two-slashes", "FROM busybox / WORKDIR /x / COPY a . / RUN echo x", {"a": "1"},
             dockerfile_after="FROM busybox / WORKDIR //x / COPY a . / RUN echo x"),
        trap("found-two-slashes-alone", "FROM busybox / WORKDIR /. / COPY a /a / RUN echo x", {"a": "1"},
             dockerfile_after="FROM busybox / WORKDIR // / COPY a /a / RUN echo x"),
        trap("found-two-slashes-of-a-cache",
             "FROM busybox / WORKDIR //x / RUN --mount=type=cache,target=//c echo x / RUN --mount=target=m echo x",
             dockerfile_after="FROM busybox / WORKDIR //x / RUN --mount=type=cache,target=//c,id=/c echo x / "
             "RUN --mount=target=/x/m echo x",
             builders=BUILDKIT),
        trap("found-two-sources-without-slash", "FROM busybox / COPY a b .", {"a": "1", "b": "1"}, change={"b": "2"}),
        trap("found-missing-path-in-the-parent",
             "FROM scratch AS s / COPY a /d/ / FROM s / COPY --from=s /e /f", {"a": "1"}, change={}, builders=BUILDKIT),
        trap("found-arg-default-before-its-value", "FROM busybox / ARG A=${A:-d} / CMD echo 8 / RUN echo x",
             args_after={"A": "1"}),
        trap("found-added-plain-file",
             "FROM busybox AS s / COPY a /d/ / ADD b /d/ / FROM scratch / COPY --from=s /d/b /", {"a": "1", "b": "1"},
             change={"a": "2"}, then={"a": "2", "b": "2"}),
        trap("found-added-archive",
             "FROM busybox AS s / COPY a /d/ / ADD b.tar /d/ / FROM scratch / COPY --from=s /d/page /",
             {"a": "1", "b.tar": tar_of_a_page(1)}, change={"a": "2"}),
        trap("found-run-after-a-last-link", "FROM busybox / RUN echo x / COPY --link a /d/", {"a": "1"},
             dockerfile_after="FROM busybox / RUN echo x / COPY --link a /d/ / RUN echo y", builders=BUILDKIT),
        trap("found-owner-of-files",
             "FROM busybox AS s / COPY a /d/ / FROM busybox / COPY --from=s /d /e", {"a": "1"},
             dockerfile_after="FROM busybox AS s / COPY --chown=0:0 a /d/ / FROM busybox / COPY --from=s /d /e",
             then={"Dockerfile": "FROM busybox AS s\nCOPY --chown=1 a /d/\nFROM busybox\nCOPY --from=s /d /e\n"}),
        trap("found-stages-reached-by-triggers",
             "FROM busybox AS far / COPY a /f / FROM busybox AS near / ONBUILD COPY --from=far /f /f / COPY b /b / "
             "FROM near AS mid / RUN echo x / FROM busybox AS top / ONBUILD COPY --from=mid /b /t/ / FROM top",
             {"a": "1", "b": "1"}, change={"a": "2"}, open_steps=("ONBUILD COPY --from=mid /b /t/",)),
        trap("found-unneeded-stage-of-no-image", "FROM UPPER AS s / RUN echo x / FROM busybox / RUN echo y", change={},
             builders=BUILDKIT),
        trap("found-unneeded-copy-of-no-image",
             "FROM busybox AS s / COPY --from=UPPER /a /a / FROM busybox / RUN echo y", change={}, builders=BUILDKIT),
        trap("found-workdir-behind-a-link",
             "FROM busybox AS s / COPY d /d / WORKDIR /d/l/w / COPY a . / FROM scratch / COPY --from=s /t/w/a /x",
             {"d/l": link("/t"), "d/x": "1", "a": "1"}, change={"a": "2"}),
        trap("found-list-over-a-run",
             "FROM busybox AS s / RUN echo x / COPY a b /d/ / FROM scratch / COPY --exclude=b --from=s /d /d/",
             {"a": "1", "b": "1"}, change={"b": "2"}, then={"a": "2", "b": "2"}, builders=BUILDKIT),
        trap("found-list-over-an-image",
             "FROM busybox AS s / COPY d /d/ / FROM scratch / COPY --exclude=d/b --from=s /. /z",
             {"d/a": "1", "d/b": "1"}, change={"d/b": "2"}, then={"d/a": "2", "d/b": "2"}, builders=BUILDKIT),
        trap("found-list-over-a-run-with-a-link",
             "FROM busybox AS s / RUN echo x / COPY d /d/ / FROM scratch / COPY --exclude=b --from=s /d /d/",
             {"d/l": link("b"), "d/b": "1"}, change={"d/b": "2"}, builders=BUILDKIT),
        trap("found-list-over-a-run-with-a-top-link",
             "FROM busybox AS s / RUN echo x / COPY d /. / FROM scratch / COPY --exclude=b --from=s /. /d/",
             {"d/l": link("b"), "d/b": "1"}, change={"d/b": "2"}, builders=BUILDKIT,
             open_steps=("COPY --exclude=b --from=s /. /d/",)),
        trap("found-pattern-over-a-run",
             "FROM busybox AS s / RUN echo x / COPY a b /d/ / FROM scratch / COPY --from=s /d/a* /d/",
             {"a": "1", "b": "1"}, change={"b": "2"}, then={"a": "2", "b": "2"}, builders=BUILDKIT),
        trap("found-workdir-of-the-root",
             "FROM busybox AS s / COPY a /d/ / WORKDIR /$U / FROM scratch / COPY --from=s /etc/passwd /p",
             {"a": "1"},
             dockerfile_after="FROM busybox AS s / WORKDIR /$U / FROM scratch / COPY --from=s /etc/passwd /p"),
        trap("found-owner-over-a-run",
             "FROM busybox AS s / RUN echo x > /f / FROM scratch AS t / COPY --from=s /f /f / "
             "FROM scratch / COPY --from=t /f /g",
             dockerfile_after="FROM busybox AS s / RUN echo x > /f / FROM scratch AS t / "
             "COPY --chown=0:0 --from=s /f /f / FROM scratch / COPY --from=t /f /g",
             open_steps=("COPY --from=t /f /g",)),
        trap("found-workdir-of-two-slashes", "FROM busybox / WORKDIR /w / COPY a .", {"a": "1"},
             dockerfile_after="FROM busybox / WORKDIR //w / COPY a ."),
        trap("found-chmod-of-no-mode", "FROM busybox / COPY --chmod=9=rw a /a", {"a": "1"}, change={},
             builders=BUILDKIT),
        trap("found-chmod-symbolic", "FROM busybox / COPY --chmod=u=rw,go=r a /a", {"a": "1"},
             dockerfile_after="FROM busybox / COPY --chmod=u+x,g-w=r a /a", builders=BUILDKIT),
    ]  # fmt: skip


def _owners_and_modes() -> list[Trap]:
    """Differences in whose the files of a stage are, and in their modes, directories among them."""

    def stage(instructions: str, path: str) -> str:
        return f"FROM busybox AS s / {instructions} / FROM scratch / COPY --from=s {path} /out"

    def account(number: int) -> str:
        made = f"RUN echo app:x:{number}:{number}::/: >> /etc/passwd && echo app:x:{number}: >> /etc/group"
        return f"FROM busybox AS s / {made} / COPY --chown=app a /o/ / FROM scratch / COPY --from=s /o/a /out"

    by_name = ("COPY --from=s /o/a /out",)
    return [
        trap("found-owner-of-a-workdir", stage("USER 9 / WORKDIR /w/x / COPY a .", "/w"), {"a": "1"},
             dockerfile_after=stage("USER 8 / WORKDIR /w/x / COPY a .", "/w")),
        trap("found-owner-of-made-parents", stage("COPY --chown=7:8 a /p/q/ / COPY a /p/q/", "/p"), {"a": "1"},
             dockerfile_after=stage("COPY a /p/q/", "/p")),
        trap("found-owner-of-parents-of-a-directory", stage("COPY --chown=7 d /p/q/ / COPY a /p/q/a", "/p/q"),
             {"a": "1", "d/a": "1"}, dockerfile_after=stage("COPY a /p/q/a", "/p/q")),
        trap("found-owner-of-directories", stage("COPY --chown=7 d /o/ / COPY a /o/sub/", "/o"),
             {"a": "1", "d/sub": directory()}, dockerfile_after=stage("COPY --chown=8 d /o/ / COPY a /o/sub/", "/o")),
        trap("found-owner-over-unknown-ground", stage("COPY --chown=7 d /opt/o/ / COPY a /opt/o/sub/", "/opt/o/sub"),
             {"a": "1", "d/sub": directory()},
             dockerfile_after=stage("COPY --chown=8 d /opt/o/ / COPY a /opt/o/sub/", "/opt/o/sub")),
        trap("found-owner-by-name-or-number", stage("COPY --chown=nobody:nogroup a /o/", "/o/a"), {"a": "1"},
             dockerfile_after=stage("COPY --chown=65534:65534 a /o/", "/o/a"), open_steps=by_name),
        trap("found-owner-of-another-number", account(500), {"a": "1"}, dockerfile_after=account(501),
             open_steps=by_name),
        trap("found-mode-of-a-copied-directory", stage("COPY d /o", "/o"),
             {"d": directory(0o700), "d/sub": directory(0o700), "d/sub/a": "1"}, change={"d": directory()}),
        trap("found-mode-of-directories-under-chmod", stage("COPY --chmod=700 d /o / COPY a /o/a", "/o"),
             {"a": "1", "d/sub": directory()}, dockerfile_after=stage("COPY --chmod=750 d /o / COPY a /o/a", "/o"),
             builders=BUILDKIT),
        trap("found-symbolic-mode-of-files", stage("COPY --chmod=a+rX,g=u a /o/", "/o"), {"a": file("1", 0o755)},
             change={"a": file("1", 0o744)}, builders=BUILDKIT),
    ]  # fmt: skip


def _names() -> list[Trap]:
    """Differences in how names and patterns are read, by the client and in ignore files."""
    digits = {"1.txt": "1", ":].txt": "1", "a.txt": "1"}
    return [
        trap("found-bang", "FROM busybox / COPY !a /x", {"!a": "1"}, change={}, builders=BUILDKIT),
        trap("found-bang-sent", "FROM busybox / COPY ./!a /x / COPY ?a /y/", {"!a": "1"}, change={"!a": "2"},
             builders=BUILDKIT),
        trap("found-bang-alone", "FROM busybox / COPY ! /x", {"!": "1"}, change={}, builders=BUILDKIT),
        trap("found-blank-before-a-name", 'FROM busybox / COPY [" a", "/x"]', {" a": "1"}, change={},
             builders=BUILDKIT),
        trap("found-pattern-over-directories-sent", "FROM busybox / COPY **/x /x/ / COPY l*/* /y/",
             {"d/e/x": "1", "lib/ln": link("/d/e/x")}, change={"d/e/x": "2"}, builders=BUILDKIT),
        trap("found-range-upside-down", "FROM busybox / COPY [z-a] /x/", {"a": "1"}, change={}, builders=BUILDKIT),
        trap("found-named-class", "FROM busybox / COPY . /x", {**digits, ".dockerignore": "[[:digit:]].txt\n"},
             change={"1.txt": "2"}, then={"1.txt": "2", ":].txt": "2"}),
        trap("found-named-class-negated", "FROM busybox / COPY . /x",
             {**digits, ".dockerignore": "[[:^digit:]].txt\n"},
             change={"a.txt": "2"}, then={"a.txt": "2", "1.txt": "2"}),
        trap("found-class-of-no-name", "FROM busybox / COPY . /x", {"a": "1", ".dockerignore": "[[:foo:]]\n"},
             change={}),
        trap("found-escaped-class", "FROM busybox / COPY . /x",
             {"1.txt": "1", "d.txt": "1", ".dockerignore": "\\d.txt\n"},
             change={"1.txt": "2"}, then={"1.txt": "2", "d.txt": "2"}),
    ]  # fmt: skip


def _numbers() -> list[Trap]:
    """Differences in what `--from=NUMBER` means."""
    mount = "RUN --mount=type=cache,target=/c echo x"
    vendor = {"vendor": {"x": "1"}}
    return [
        trap("found-number-of-a-mount", f"FROM busybox / {mount} / COPY --from=1 /x* /y/", change={},
             builders=BUILDKIT),
        trap("found-number-of-a-later-mount", f"FROM busybox / COPY --from=1 /x* /y/ / {mount}", change={},
             builders=BUILDKIT),
        trap("found-number-of-an-image",
             "FROM busybox / COPY --from=app /etc/passwd /a / COPY --from=app /etc/group /b / "
             "COPY --from=2 /etc/passwd /c",
             images={"app:latest": "more"}, change={}, builders=BUILDKIT),
        trap("found-number-with-a-sign", "FROM busybox AS s / COPY a /a / FROM scratch / COPY --from=+0 /a /b",
             {"a": "1"}, change={"a": "2"}, builders=BUILDKIT),
        trap("found-number-in-a-replaced-stage",
             "FROM busybox AS v / COPY --from=9 /x /x / FROM busybox / COPY --from=v /x /x",
             contexts={"v": "vendor"}, beside=vendor, change={}, builders=BUILDKIT),
        trap("found-no-image-in-a-replaced-stage",
             "FROM busybox AS v / COPY --from=UPPER /x /x / FROM busybox / COPY --from=v /x /x",
             contexts={"v": "vendor"}, beside=vendor, change={}, builders=BUILDKIT),
        trap("found-circle-in-a-replaced-stage",
             "FROM busybox AS v / COPY --from=b /x /x / FROM busybox AS b / COPY --from=v /x /x / "
             "FROM busybox / RUN echo x",
             contexts={"v": "vendor"}, beside=vendor, change={}, builders=BUILDKIT),
    ]  # fmt: skip


def _beside() -> list[Trap]:
    """Differences in what lies outside the context: named contexts, images, remote sources."""
    vendor = {"vendor": "vendor"}
    picture = {"busybox": "docker-image://other:latest"}
    return [
        trap(
            "found-two-files-of-an-image-in-place",
            "FROM scratch / COPY --from=app /etc/passwd /etc/group /d/",
            dockerfile_after="FROM scratch / COPY --from=busybox /etc/passwd /etc/group /d/",
            contexts={"app": "docker-image://busybox"},
            builders=BUILDKIT,
        ),
        trap(
            "found-copy-out-of-the-parent",
            "FROM busybox / COPY --from=app /etc/passwd /etc/group /d/",
            dockerfile_after="FROM busybox / COPY --from=busybox /etc/passwd /etc/group /d/",
            contexts={"app": "docker-image://busybox"},
            builders=BUILDKIT,
        ),
        trap(
            "found-ignore-file-of-a-named-context",
            "FROM busybox\nCOPY --from=vendor / /v/\n",
            builders=BUILDKIT,
            contexts=vendor,
            beside={"vendor": {".dockerignore": "*.log\n", "a": "1", "x.log": "1"}},
            beside_after={"vendor": {".dockerignore": "*.log\n", "a": "1", "x.log": "2"}},
        ),
        trap(
            "found-image-in-place-of-a-base",
            "FROM busybox:latest / RUN echo x / COPY --from=busybox /etc/passwd /p",
            builders=BUILDKIT,
            contexts=picture,
            images={"other:latest": "more"},
            dockerfile_after="FROM docker.io/library/busybox / RUN echo y / COPY --from=busybox:latest /etc/passwd /p",
        ),
        trap(
            "found-triggers-of-an-image-in-place-of-a-base",
            "FROM busybox / RUN echo x",
            builders=BUILDKIT,
            contexts=picture,
            images={"other:latest": "onbuild-run"},
            images_after={"other:latest": "onbuild-workdir"},
        ),
        trap(
            "found-image-in-place-of-a-stage",
            "FROM busybox AS s / RUN echo never / FROM s / RUN echo x",
            builders=BUILDKIT,
            contexts={"s": "docker-image://other"},
            images={"other:latest": "env"},
            images_after={"other:latest": "more"},
        ),
        trap(
            "found-directory-in-place-of-a-base",
            "FROM busybox AS s / COPY a /x/ / FROM scratch / COPY --from=s /b /b",
            {"a": "1"},
            builders=BUILDKIT,
            contexts={"busybox": "vendor"},
            beside={"vendor": {"b": "1", "c": "1"}},
            beside_after={"vendor": {"b": "1", "c": "2"}},
        ),
        trap(
            "found-context-name-in-capitals",
            "FROM busybox / COPY --from=vendor /a /a",
            builders=BUILDKIT,
            contexts={"Vendor": "vendor"},
            beside={"vendor": {"a": "1"}},
            change={},
        ),
        trap(
            "found-two-names-of-one-image",
            "FROM busybox / COPY --from=app /etc/passwd /p / RUN echo x",
            builders=BUILDKIT,
            images={"app:latest": "onbuild-run"},
            images_after={"app:latest": "most"},
            open_steps=("COPY --from=app /etc/passwd /p", "RUN echo x"),
        ),
        trap(
            "found-path-of-an-image-without-layers",
            "FROM busybox / COPY --from=pic /etc /p",
            builders=BUILDKIT,
            contexts={"pic": "docker-image://other"},
            images={"other:latest": "empty"},
            change={},
        ),
        trap(
            "found-image-as-base-and-in-place-of-one",
            "FROM other AS a / RUN echo x / FROM busybox AS b / RUN echo x / COPY --from=a /etc/passwd /p",
            builders=BUILDKIT,
            contexts=picture,
            images={"other:latest": "onbuild-run"},
            change={},
        ),
        trap(
            "found-other-platform-of-a-read-image",
            "FROM busybox / COPY a /a",
            {"a": "1"},
            builders=BUILDKIT,
            options_after=("--platform=linux/arm64",),
        ),
        trap(
            "found-triggers-of-a-base",
            "FROM app / COPY a.txt /z / RUN echo x",
            {"a.txt": "1", "b.txt": "1"},
            images={"app:latest": "onbuild-add"},
            change={"b.txt": "2"},
        ),
        trap(
            "found-base-with-another-label",
            "FROM app / RUN echo x",
            images={"app:latest": "plain"},
            images_after={"app:latest": "labelled"},
        ),
        trap(
            "found-remote-sources",
            f"FROM busybox / ADD --chown=1 {FETCHED} /d/ / ADD {REPOSITORY}#v1:sub /g/ / RUN echo x",
            builders=BUILDKIT,
            dockerfile_after=f"FROM busybox / ADD --chown=1 {FETCHED} /d/ / ADD {REPOSITORY}#v1:sub /g/ / RUN echo y",
        ),
        trap(
            "found-checksum-given",
            f"FROM busybox / ADD {FETCHED} /d/",
            builders=BUILDKIT,
            dockerfile_after=f"FROM busybox / ADD --checksum={checksum('/x/f.txt')} {FETCHED} /d/",
            open_steps=(f"ADD --checksum={checksum('/x/f.txt')} {FETCHED} /d/",),
        ),
        trap(
            "found-checksum-changed",
            _moved(1),
            builders=BUILDKIT,
            dockerfile_after=_moved(2),
            then={"Dockerfile": _moved(1)},
        ),
        trap(
            "found-checksum-of-another-url",
            f"FROM busybox / ADD {_SUM} {FETCHED} /d/ / RUN echo x",
            builders=BUILDKIT,
            dockerfile_after=f"FROM busybox / ADD {_SUM} http://{HTTP}/y/f.txt /d/ / RUN echo x",
        ),
        trap(
            "found-checksum-taken-away",
            f"FROM busybox / ADD --checksum={checksum('/x/f.txt')} {FETCHED} /d/",
            builders=BUILDKIT,
            dockerfile_after=f"FROM busybox / ADD {FETCHED} /d/",
            open_steps=(f"ADD {FETCHED} /d/",),
        ),
        trap(
            "found-excluded-match",
            "FROM busybox / COPY --exclude=* a.txt /d/ / COPY --exclude=*.txt a.txt /e/",
            {"a.txt": "1"},
            change={"a.txt": "2"},
            builders=BUILDKIT,
        ),
        trap(
            "found-excluded-document",
            "FROM busybox\nCOPY --exclude=* <<f /d/\none\nf\n",
            builders=BUILDKIT,
            dockerfile_after="FROM busybox\nCOPY --exclude=* <<f /d/\ntwo\nf\n",
        ),
        trap(
            "found-link-below-an-excluded-directory",
            "FROM busybox / COPY --exclude=e --exclude=!e/l d /d/ / COPY t /t",
            {"d/e/l": link("../../t"), "t": "1"},
            change={"t": "2"},
            builders=BUILDKIT,
        ),
        trap(
            "found-platforms-in-names",
            "FROM busybox / ARG TARGETARCH / RUN echo a / FROM scratch / COPY --from=0 /etc/passwd /a",
            builders=BUILDKIT,
            args={"BUILDKIT_MULTI_PLATFORM": "1"},
            args_after={},
        ),
        trap("found-odd-check-option", "# check=bogus=1 / FROM busybox / RUN echo x", change={}, builders=BUILDKIT),
    ]


def _classic() -> list[Trap]:
    """Differences of the classic builder alone."""
    plain = "FROM busybox / RUN echo a / RUN echo b"
    twice = trap(
        "found-newest-of-two-images",
        plain,
        dockerfile_after="FROM busybox / RUN echo a / LABEL a=1 / RUN echo b",
        options_after=("--no-cache",),
        builders=CLASSIC,
    )
    again = replace(twice.case, builds=(*twice.case.builds, twice.case.builds[0]))
    return [
        replace(twice, case=again),
        trap(
            "found-flags-passed-over",
            "FROM busybox / COPY --link a /a / COPY --exclude=a . /b",
            {"a": "1"},
            dockerfile_after="FROM busybox / COPY a /a / COPY . /b",
            builders=CLASSIC,
        ),
        trap(
            "found-document-passed-over",
            "FROM busybox\nCOPY a <<EOF /y/\nhello\nEOF\n",
            {"a": "1"},
            dockerfile_after="FROM busybox\nCOPY a /y/\n",
            builders=CLASSIC,
        ),
        trap(
            "found-proxy-that-no-arg-declares",
            "FROM busybox / RUN echo x / ARG HTTP_PROXY / RUN echo y",
            change={},
            args_after={"HTTP_PROXY": "http://a"},
            builders=CLASSIC,
        ),
        trap(
            "found-proxy-before-the-first-from",
            "FROM busybox / RUN echo x",
            dockerfile_after="ARG no_proxy=x / FROM busybox / RUN echo x",
            builders=CLASSIC,
        ),
        trap("found-argument-that-must-be-given", "ARG A=${B:?no} / FROM busybox", change={}),
        trap("found-stage-of-nothing", "FROM busybox / RUN echo x / FROM scratch", change={}, builders=CLASSIC),
        trap("found-target-by-number", "FROM busybox AS s / RUN echo x / FROM busybox", target="0", change={}),
        trap(
            "found-no-predefined-arguments",
            "FROM busybox / ARG TARGETARCH=mine / RUN echo $TARGETARCH",
            dockerfile_after="FROM busybox / ARG TARGETARCH / RUN echo $TARGETARCH",
            builders=CLASSIC,
        ),
        trap(
            "found-platform-without-a-value",
            "FROM --platform=$BUILDPLATFORM busybox / RUN echo x",
            change={},
            builders=CLASSIC,
        ),
        trap(
            "found-owner-of-three-parts",
            "FROM busybox / COPY --chown=1:2:3 a /a",
            {"a": "1"},
            change={},
            builders=CLASSIC,
        ),
        trap("found-copy-of-what-is-reserved", "FROM busybox / COPY --from=scratch /a /a", change={}, builders=CLASSIC),
        trap(
            "found-fetched-file",
            f"FROM busybox / ADD {FETCHED} /d/ / RUN echo x",
            builders=CLASSIC,
            dockerfile_after=f"FROM busybox / ADD {FETCHED} /d/ / RUN echo y",
        ),
    ]
