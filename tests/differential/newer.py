"""Hand-written cases of what changed between versions of BuildKit, to be recorded on each side of the change."""

from __future__ import annotations

from tests.differential.case import directory
from tests.differential.traps import BUILDKIT, Trap, trap

_PACKAGES = {"pk/one/package.json": "{}", "pk/two/package.json": "{}", "pk/two/index.js": "1"}
_RENAMED = {"pk/two/package.json": None, "pk/two/index.js": None, "pk/zwei/package.json": "{}", "pk/zwei/index.js": "1"}
_LAST_RENAMED = {"pk/two/package.json": None, "pk/two/packages.json": "{}"}


def newer() -> list[Trap]:
    """All of them."""
    return [*_lists(), *_frontends(), *_epochs()]


def _lists() -> list[Trap]:
    """0.26: what a pattern or --exclude picks is keyed by relative paths, and no longer by base names."""
    of_stage = "FROM scratch AS s / COPY pk /pk / FROM busybox / COPY --from=s {} / RUN echo x"
    return [
        trap(
            "v26-directory-of-a-wildcard-renamed",
            "FROM busybox / COPY pk/*/package.json /app/ / RUN echo x > /x",
            _PACKAGES,
            change=_RENAMED,
            builders=BUILDKIT,
        ),
        trap(
            "v26-directory-of-a-wildcard-renamed-in-add",
            "FROM busybox / ADD pk/*/package.json /app/ / RUN echo x",
            _PACKAGES,
            change=_RENAMED,
            builders=BUILDKIT,
        ),
        trap(
            "v26-directory-of-a-wildcard-renamed-in-a-stage",
            of_stage.format("/pk/*/package.json /app/"),
            _PACKAGES,
            change=_RENAMED,
            builders=BUILDKIT,
        ),
        trap(
            "v26-directory-of-two-wildcards-renamed",
            "FROM busybox / COPY p*/t*/pack* /app/ / COPY p?/*/ind* /i/",
            {**_PACKAGES, "pk/tea/package.json": "{}"},
            change={"pk/tea/package.json": None, "pk/tee/package.json": "{}"},
            builders=BUILDKIT,
        ),
        trap(
            "v26-last-name-of-a-wildcard-renamed",
            "FROM busybox / COPY pk/*/pack* /app/ / RUN echo x",
            _PACKAGES,
            change=_LAST_RENAMED,
            builders=BUILDKIT,
        ),
        trap(
            "v26-directory-of-a-single-match-renamed",
            "FROM busybox / COPY pk/*/index.js /app/ / RUN echo x",
            _PACKAGES,
            change=_RENAMED,
            then={"pk/two/index.js": "2"},
            builders=BUILDKIT,
        ),
        trap(
            "v26-directory-of-a-single-match-by-wildcard-renamed",
            "FROM busybox / COPY pk/*/ind*.js /app/ / RUN echo x",
            _PACKAGES,
            change=_RENAMED,
            builders=BUILDKIT,
        ),
        trap(
            "v26-single-match-written-out",
            "FROM busybox / COPY pk/*/index.js /app/ / RUN echo x",
            _PACKAGES,
            dockerfile_after="FROM busybox / COPY pk/two/index.js /app/ / RUN echo x",
            builders=BUILDKIT,
        ),
        trap(
            "v26-several-matches-written-out",
            "FROM busybox / COPY pk/*/package.json /app/ / RUN echo x",
            _PACKAGES,
            dockerfile_after="FROM busybox / COPY pk/one/package.json /app/ / RUN echo x",
            builders=BUILDKIT,
        ),
        trap(
            "v26-searched-directory-renamed",
            "FROM busybox / COPY pk/*/package.json /app/ / RUN echo x",
            {**_PACKAGES, **{path.replace("pk/", "qk/"): text for path, text in _PACKAGES.items()}},
            dockerfile_after="FROM busybox / COPY qk/*/package.json /app/ / RUN echo x",
            builders=BUILDKIT,
        ),
        trap(
            "v26-directory-that-matches-renamed",
            "FROM busybox / COPY pk/* /app/ / RUN echo x",
            _PACKAGES,
            change=_RENAMED,
            builders=BUILDKIT,
        ),
        trap(
            "v26-file-moved-below-a-match",
            "FROM busybox / COPY t/* /z/ / RUN echo x",
            {"t/a/x": "1", "t/b/f": "1"},
            change={"t/b/f": None, "t/b": directory(), "t/f": "1"},
            builders=BUILDKIT,
        ),
        trap(
            "v26-file-moved-under-exclude",
            "FROM busybox / COPY --exclude=*.md d /z/ / RUN echo x",
            {"d/a/k": "1", "d/b/f": "1", "d/n.md": "1"},
            change={"d/b/f": None, "d/b": directory(), "d/f": "1"},
            builders=BUILDKIT,
        ),
        trap(
            "v26-directory-renamed-under-exclude",
            "FROM busybox / COPY --exclude=*.md d /z/ / RUN echo x",
            {"d/a/k": "1", "d/n.md": "1"},
            change={"d/a/k": None, "d/b/k": "1"},
            builders=BUILDKIT,
        ),
        trap(
            "v26-directory-renamed-in-a-bind-mount",
            "FROM busybox / RUN --mount=type=bind,source=pk,target=/pk echo x",
            _PACKAGES,
            change=_RENAMED,
            builders=BUILDKIT,
        ),
        trap(
            "v26-stage-moved-under-a-wildcard",
            of_stage.format("/p?/*/package.json /app/"),
            _PACKAGES,
            dockerfile_after=of_stage.replace("COPY pk /pk", "COPY pk /pq").format("/p?/*/package.json /app/"),
            builders=BUILDKIT,
        ),
    ]


def _frontends() -> list[Trap]:
    """0.26: two flags leave the labs. 0.27: a `#!` counts behind the tabs that `<<-` takes away."""
    script = "FROM busybox\nRUN <<-{}\n\t#!/bin/sh\n\techo x\n{}\n"
    return [
        trap(
            "v26-copy-with-its-parents",
            "FROM busybox / COPY --parents pk/two/index.js /app/ / RUN echo x",
            _PACKAGES,
            change={"pk/two/index.js": "2"},
            builders=BUILDKIT,
        ),
        trap(
            "v26-run-with-a-security-mode",
            "FROM busybox / RUN --security=sandbox echo x / RUN echo y",
            dockerfile_after="FROM busybox / RUN echo x / RUN echo y",
            builders=BUILDKIT,
        ),
        trap(
            "v26-device-is-of-the-labs",
            "FROM busybox / RUN --device=vendor/device echo x",
            change={},
            builders=BUILDKIT,
        ),
        trap(
            "v27-script-behind-tabs-renamed",
            script.format("EOF", "EOF"),
            change={"Dockerfile": script.format("END", "END")},
            builders=BUILDKIT,
        ),
        trap(
            "v27-script-without-tabs-renamed",
            script.format("EOF", "EOF").replace("\t", ""),
            change={"Dockerfile": script.format("END", "END").replace("\t", "")},
            builders=BUILDKIT,
        ),
    ]


def _epochs() -> list[Trap]:
    """0.29: SOURCE_DATE_EPOCH may be an ARG before FROM. 0.30: it is written as a number, or names where it is from."""
    name = "SOURCE_DATE_EPOCH"
    default = f"ARG {name}={{}} / FROM busybox / WORKDIR /w / RUN echo x"
    declared = f"FROM busybox / ARG {name} / WORKDIR /w / RUN echo x"
    return [
        trap(
            "v29-epoch-of-an-argument-changed",
            default.format("1"),
            dockerfile_after=default.format("2"),
            builders=BUILDKIT,
        ),
        trap(
            "v29-epoch-of-an-argument-is-given",
            default.format("1"),
            args={name: "5"},
            dockerfile_after=default.format("2"),
            args_after={name: "5"},
            builders=BUILDKIT,
        ),
        trap("v29-epoch-of-an-argument-is-no-time", default.format("soon"), change={}, builders=BUILDKIT),
        trap("v30-epoch-with-a-zero", declared, args={name: "1"}, args_after={name: "01"}, builders=BUILDKIT),
        trap("v30-epoch-is-empty", declared, args={name: ""}, args_after={}, builders=BUILDKIT),
        trap("v30-epoch-of-the-context", declared, args={}, args_after={name: "context"}, builders=BUILDKIT),
        trap(
            "v30-epoch-of-no-stage",
            "FROM busybox AS s / WORKDIR /w / RUN echo x",
            args={name: "1"},
            args_after={name: "other"},
            builders=BUILDKIT,
        ),
    ]
