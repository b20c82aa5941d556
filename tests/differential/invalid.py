"""Builds that a builder should refuse: one thing about a build is made wrong."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.differential.case import Build, file

LINES = (
    "COPY not-there /x",
    "COPY --bogus a.txt /x",
    "RUN --parents true",
    "COPY --from=17 /a /b",
    "COPY [ /x",
    "COPY [a /x",
    "COPY --chmod=9 a.txt /x",
    "COPY --chmod=u+q . /x",
    "FOO bar",
    "ENV",
    "ENV A",
    "ENV =x",
    "ENV A=1 B",
    "ARG",
    "ARG =1",
    "RUN --mount=type=nope,target=/x true",
    "RUN --mount=target true",
    "RUN --mount=type=bind true",
    "EXPOSE",
    "EXPOSE 99999",
    "EXPOSE a",
    "ONBUILD",
    "ONBUILD FROM x",
    "ONBUILD ONBUILD RUN x",
    "ONBUILD MAINTAINER x",
    "MAINTAINER",
    "STOPSIGNAL",
    "STOPSIGNAL 1 2",
    "WORKDIR",
    "USER",
    "USER a b",
    "VOLUME",
    "VOLUME []",
    'VOLUME [""]',
    "LABEL",
    "LABEL a",
    "LABEL =",
    "SHELL sh -c",
    "SHELL []",
    "CMD",
    "ENTRYPOINT",
    "HEALTHCHECK",
    "HEALTHCHECK MAYBE",
    "HEALTHCHECK CMD",
    "HEALTHCHECK NONE x",
    "HEALTHCHECK --interval=x CMD true",
    "HEALTHCHECK --retries=-1 CMD true",
    "HEALTHCHECK --interval=1us CMD true",
    "RUN",
    "RUN []",
    "RUN <<EOF\nno end",
    "COPY a.txt",
    "COPY",
    "ADD",
    'COPY ["a.txt"]',
    "COPY --from= a.txt /x",
    "COPY --link=maybe a /x",
    "ADD --checksum=sha256:0 a.txt /x",
    "ADD --checksum=x http://127.0.0.1:8000/g.txt /x",
    "COPY http://127.0.0.1:8000/g.txt /x",
    "RUN --network=bogus true",
    "RUN --security=insecure true",
    "RUN --security=bogus true",
    "RUN --device=vendor.com/x=y true",
    "COPY --parents a.txt /x/",
    "COPY --exclude= a.txt /x",
    "COPY --exclude=[ a.txt /x",
    "LABEL x=${A:?no}",
    "ENV x=${A!}",
    "ENV x=${A",
    "LABEL x=${#A}",
    "ENV x='open",
    "COPY --chown=${A:?no} a.txt /x",
    "RUN --mount=type=cache true",
    "FROM",
    "FROM scratch AS",
    "FROM scratch AS 1a",
    "FROM scratch AS a$b",
    "FROM --platform=linux/nope/x/y scratch",
    "FROM a b c",
    "FROM --bogus=1 scratch",
    "FROM ${UNSET}",
    "FROM UPPER",
    "RUN --mount=type=secret true",
    "RUN --mount=from=nope! true",
    "RUN --mount=type=bind,target=/x,from=${A} true",
    "RUN --mount=target=/x,source=not-there true",
    "COPY --from=$A /a /b",
    "RUN --mount=type=tmpfs,size=x,target=/x true",
    "RUN --mount=type=cache,target=/x,sharing=odd true",
    "COPY ../x /x",
    "RUN --mount=type=cache,target=/x,mode=9 true",
    "RUN --mount=type=secret,id=a,uid=x true",
    "ADD --keep-git-dir=no a.txt /x",
    "COPY a.txt b.txt /x",
    "COPY . <<EOF /y/\nEOF",
    "ADD --unpack=odd a.txt /x",
    "WORKDIR $UNSET",
    'WORKDIR ""',
    "USER $UNSET",
    "STOPSIGNAL SIGNOPE",
    'SHELL [""]',
    "COPY --link --link a.txt /x",
    "RUN --network=none --network=none true",
    'COPY "" /x',
)
CLASSIC_ONLY_LINES = (
    "RUN --mount=type=cache,target=/c true",
    "COPY --link . /x",
    "COPY --chmod=644 . /x",
    "COPY <<EOF /x\nEOF",
    "RUN --network=none :",
)
DIRECTIVES = (
    "# escape=x\n",
    "# escape=\\\n# escape=`\n",
    "ARG\n",
    "RUN true\n",
    "# check=bogus=1\n",
    "ARG A=${B:?no}\n",
)


def break_build(rng: random.Random, build: Build, *, buildkit: bool) -> tuple[Build, str]:
    """The build with one thing wrong, and what was done."""
    form = rng.random()
    if form < 0.06:
        return replace(build, target=rng.choice(("nope", "7", "-1", " "))), "a target that is not there"
    if form < 0.1:
        return replace(build, file="nope.Dockerfile"), "a Dockerfile that is not there"
    place, path = build.place_of_dockerfile
    if place != "context":
        return build, "nothing"
    text = build.files[path].text
    if form < 0.16:
        line = rng.choice(DIRECTIVES)
        text = line + text
    elif form < 0.19:
        line, text = "", rng.choice(("", "\n", "# nothing\n", "ARG A=1\n"))
    elif form < 0.24:
        line = rng.choice(("a.txt[\n", "[\n", "!\n", "a\n!\n", "\\\n"))
        return replace(build, files={**build.files, ".dockerignore": file(line)}), f"ignore {line!r}"
    else:
        line = rng.choice(LINES if buildkit else (*LINES, *CLASSIC_ONLY_LINES))
        text += line + "\n"
    return replace(build, files={**build.files, path: file(text)}), f"break it: {line!r}"
