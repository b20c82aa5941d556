"""Hand-written cases of what COPY reads and leaves: with its parents, behind links, with extended attributes."""

from __future__ import annotations

from collections.abc import Mapping

from tests.differential.case import Entry, directory, file, link
from tests.differential.traps import BUILDKIT, Trap, trap

_SOURCES = {"src/a/x.c": "x", "src/b/y.c": "y", "src/b/z.h": "z", "top": "t"}
_PACKAGES = {"pk/one/package.json": "1", "pk/two/package.json": "1", "pk/two/index.js": "x"}


def copied() -> list[Trap]:
    """All of them."""
    return [*_keyed(), *_followed(), *_required(), *_left(), *_by_another_frontend(), *_attributes()]


def _keyed() -> list[Trap]:
    """Names and headers of the directories on the way are in the key."""
    return [
        _case("parents-directory-renamed", "COPY --parents pk/*/package.json ./app/", _PACKAGES,
              {"pk/two/package.json": None, "pk/two/index.js": None,
               "pk/zwei/package.json": "1", "pk/zwei/index.js": "x"}),
        _case("parents-file-moved-up", "COPY --parents src/**/*.c /o/", {"src/a/b/x.c": "x", "src/a/y.c": "y"},
              {"src/a/b/x.c": None, "src/a/x.c": "x"}),
        _case("parents-of-a-pivot", "COPY --parents p/./*/*.c /o/", {"p/a/x.c": "x", "p/b/y": "y"},
              {"p/b/y": "other"}, then={"p/a/x.c": None, "p/aa/x.c": "x"}),
        _case("parents-mode-of-a-directory", "COPY --parents pk/*/package.json /app/", _PACKAGES,
              {"pk/two": directory(0o700)}),
        _case("parents-empty-directory", "COPY --parents src/*/ /o/", {**_SOURCES, "src/c": directory()},
              {"src/c": None}),
        _case("parents-of-a-wildcard-pivot", "COPY --parents src/*/./*.c /o/", _SOURCES, {"src/b/z.h": "other"},
              then={"src/b/y.c": "other"}),
        _case("parents-excluded", "COPY --parents --exclude=**/b src/**/*.c /o/", _SOURCES, {"src/b/y.c": "other"},
              then={"src/a/x.c": "other"}),
        _case("parents-exception", "COPY --parents !src src/a/x.c /o/", _SOURCES, {"src/b/y.c": "other"}),
        _stages("parents-of-a-known-stage", "COPY src /src", "COPY --parents --from=b /src/**/*.c /o/",
                {"src/b/z.h": "other"}, then={"src/b/y.c": "other"}),
        _stages("parents-of-any-name-in-a-stage", "COPY src /src", "COPY --parents --from=b /**/*.c /o/",
                {"src/b/z.h": "other"}, then={"src/b/y.c": "other"}),
        trap("parents-of-a-document", "FROM busybox\nCOPY --parents <<EOF /d/\nx\nEOF\nRUN echo x\n",
             dockerfile_after="FROM busybox\nCOPY <<EOF /d/\nx\nEOF\nRUN echo x\n", builders=BUILDKIT),
        trap("parents-are-no-flag-of-add", "FROM busybox / ADD --parents top /o/", _SOURCES, change={},
             builders=BUILDKIT),
    ]  # fmt: skip


def _followed() -> list[Trap]:
    """Links: where nothing is above them what they lead to counts, and they lead to no further sources."""
    linked = {**_SOURCES, "ln": link("src/a")}
    return [
        _case("parents-behind-a-link", "COPY --parents ln/x.c /app/", linked, {}),
        _case("parents-pattern-behind-a-link", "COPY --parents l*/*.c /app/", linked, {"src/a/x.c": "other"}),
        _case("parents-pivot-is-a-link", "COPY --parents ln/./*.c /app/", linked, {"src/a/x.c": "other"}),
        _case("parents-link-at-the-top", "COPY --parents ln /app/", linked, {"src/a/x.c": "other"}),
        _case("parents-link-below", "COPY --parents src/ln /app/", {**_SOURCES, "src/ln": link("b/y.c")},
              {"src/b/y.c": "other"}),
        _case("link-alone-under-exclude", "COPY --exclude=*.h ln /app/", {**_SOURCES, "ln": link("src/b")},
              {"src/b/z.h": "other"}),
        _case("link-of-a-wildcard-under-exclude", "COPY --exclude=*.h l* /app/", {**_SOURCES, "ln": link("src/b")},
              {"src/b/z.h": "other"}),
    ]  # fmt: skip


def _required() -> list[Trap]:
    """A path without wildcards must be there, and is in the key."""
    moved = {"p/a/x": "1", "q/a/x": "1"}
    return [
        _case("parents-of-what-is-not-there", "COPY --parents src/none.c /o/", _SOURCES, {}),
        _case("parents-pattern-of-what-is-not-there", "COPY --parents src/*.none /o/", _SOURCES, {"top": "other"}),
        _case("parents-all-excluded", "COPY --parents --exclude=src src/a/x.c /o/", _SOURCES, {}),
        _case("parents-of-all", "COPY --parents . /o/", _SOURCES, {"top": "other"}),
        _case("parents-of-another-pivot", "COPY --parents p/a/./x /o/", moved,
              {"Dockerfile": _lines("COPY --parents q/a/./x /o/")}),
        _case("parents-pattern-of-another-pivot", "COPY --parents p/a/./* /o/", moved,
              {"Dockerfile": _lines("COPY --parents q/a/./* /o/")}),
        _case("parents-pattern-takes-a-file", "COPY --parents */./x.c /o/", {"x.c": "x", "src/x.c": "x", "top": "t"},
              {"top": "other"}),
    ]  # fmt: skip


def _left() -> list[Trap]:
    """What a copy with its parents leaves, as a copy from its stage finds it."""
    return [
        _stages("parents-left-by-name", "COPY --parents src/a/x.c src/b/y.c /o/", "COPY --from=b /o/src/a /a/",
                {"src/b/y.c": "other"}, then={"src/a/x.c": "other"}),
        _stages("parents-left-below-a-pivot", "COPY --parents src/./*/*.c /o/", "COPY --from=b /o/b /b/",
                {"src/b/z.h": "other"}, then={"src/b/y.c": "other"}),
        _stages("parents-left-with-an-owner", "COPY --parents --chown=1 src/a/x.c /o/", "COPY --from=b /o /o",
                {"Dockerfile": _of_stages("COPY --parents --chown=2 src/a/x.c /o/", "COPY --from=b /o /o")}),
        _stages("parents-left-with-a-mode", "COPY --parents --chmod=700 src/a/x.c /o/", "COPY --from=b /o/src /o",
                {"Dockerfile": _of_stages("COPY --parents --chmod=0700 src/a/x.c /o/", "COPY --from=b /o/src /o")}),
        _stages("parents-left-over-a-directory", "COPY --chown=1 src /o/src\nCOPY --parents --chmod=600 src/b/z.h /o/",
                "COPY --from=b /o/src /o", {"src/b/z.h": "other"}),
        _stages("parents-left-of-nothing", "COPY --parents src/*.none /o/", "COPY --from=b /o /p",
                {"src/b/z.h": "other"}),
        _stages("parents-left-by-a-link", "COPY --parents --link src/a/x.c /o/", "COPY --from=b /o /p",
                {"src/b/z.h": "other"}),
    ]  # fmt: skip


def _by_another_frontend() -> list[Trap]:
    """A daemon before 0.26 under a newer frontend: base names count, and no path must be there."""
    syntax = "# syntax=docker/dockerfile:1\n"
    linked = {**_SOURCES, "ln": link("src/a")}
    moved = {"p/a/x": "1", "q/a/x": "1"}
    return [
        trap("parents-by-a-frontend-behind-a-link", syntax + _lines("COPY --parents ln/x.c /app/"), linked,
             change={"src/a/x.c": "other"}, builders=BUILDKIT),
        trap("parents-by-a-frontend-of-another-pivot", syntax + _lines("COPY --parents p/a/./x /o/"), moved,
             change={"Dockerfile": syntax + _lines("COPY --parents q/a/./x /o/")}, builders=BUILDKIT),
        trap("parents-by-a-frontend-moved-up", syntax + _lines("COPY --parents t/./**/f /o/"),
             {"t/a/f": "1", "t/b/x": "1"}, change={"t/a/f": None, "t/f": "1"},
             then={"t/f": None, "t/b/f": "1"}, builders=BUILDKIT),
    ]  # fmt: skip


def _attributes() -> list[Trap]:
    """Those of users count where BuildKit copies; the classic builder sees none of them."""
    plain = {"src/x": "x", "src/y": "y"}
    given = {"src/x": file("x", attributes=(("user.layer", "1"),))}
    other = {"src/x": file("x", attributes=(("user.layer", "2"),))}
    return [
        trap("attributes-of-a-file", "FROM busybox / COPY src /src / RUN echo x", {**plain, **given}, change=other,
             then=given),
        trap("attributes-come", "FROM busybox / COPY src/x /x / COPY src/y /y", plain, change=given, then=plain),
        trap("attributes-of-the-system", "FROM busybox / COPY src /src / RUN echo x", plain,
             change={"src/x": file("x", attributes=(("security.selinux", "a:b:c"),))}),
        trap("attributes-of-root", "FROM busybox / COPY src /src / RUN echo x", plain,
             change={"src/x": file("x", attributes=(("trusted.layer", "1"),))}),
        trap("attributes-in-a-stage",
             "FROM busybox AS s / COPY src /src / FROM busybox / COPY --from=s /src/x /x / COPY --from=s /src/y /y",
             plain, change=given),
        trap("attributes-under-a-mode",
             "FROM busybox AS s / COPY --chmod=600 --chown=1 src /src / FROM busybox / COPY --from=s /src/x /x",
             {**plain, **given}, change=other, builders=BUILDKIT),
        trap("attributes-in-a-bind-mount", "FROM busybox / RUN --mount=target=/m,source=src echo x", plain,
             change=given, builders=BUILDKIT),
        trap("attributes-of-a-capability", "FROM busybox / COPY src /src / RUN echo x", plain,
             change={"src/x": file("x", attributes=(("security.capability", _CAPABILITY),))}, then=plain),
    ]  # fmt: skip


_CAPABILITY = "\x01\0\0\x02\0\x20" + "\0" * 14  # net_raw, of revision 2


def _case(
    name: str,
    copy: str,
    files: Mapping[str, str | Entry],
    change: Mapping[str, str | Entry | None],
    then: Mapping[str, str | Entry | None] | None = None,
) -> Trap:
    return trap(name, _lines(copy), files, change=change, then=then, builders=BUILDKIT)


def _stages(
    name: str,
    copy: str,
    from_stage: str,
    change: Mapping[str, str | Entry | None],
    then: Mapping[str, str | Entry | None] | None = None,
) -> Trap:
    return trap(name, _of_stages(copy, from_stage), _SOURCES, change=change, then=then, builders=BUILDKIT)


def _lines(copy: str) -> str:
    return f"FROM busybox\n{copy}\nRUN echo x\n"


def _of_stages(copy: str, from_stage: str) -> str:
    return f"FROM busybox AS b\n{copy}\n{_lines(from_stage)}"
