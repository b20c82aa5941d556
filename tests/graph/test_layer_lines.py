"""Histories tied to Dockerfiles: as Docker 28.5.2 wrote them, by both builders, and generated pairs."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import pytest
from fixtures_path import FIXTURES
from hypothesis import given
from hypothesis import strategies as st

from layerscope.docker.created_by import CreatedBy, parse_created_by, parse_each_created_by
from layerscope.docker.history import parse_histories
from layerscope.docker.model import HistoryEntry
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.graph.entry_words import Agreement, agreement
from layerscope.graph.layer_lines import LineTies, tie_lines

RECORDED = {path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("histories/*.json"))}
# The lines that the entries of an image's own Dockerfile have, oldest first; those below are the base's. BuildKit
# writes no entry for ONBUILD.
LINES = {
    "documents": (2, 7, 12, 15, 16, 17),
    "node": (2, 3, 4, 5, 6, 7, 8),
    "python": (2, 3, 4, 5, 6, 7, 9, 10, 11, 12),
    "shell": (2, 3, 4, 5, 6, 9, 10, 11),
    "trigger": (2, 3, 4, 5, 6, 7),
    "triggered": (2, 3, 4, 5),
    "web": (2, 3, 4, 12, 13, 14, 15, 16, 17, 18),
}
BUILT = [(name, builder) for name in RECORDED for builder in ("buildkit", "classic") if builder in RECORDED[name]]
FIXTURE_IMAGES = {
    "sinatra/before/Dockerfile": "sinatra/recorded/before/history.json",
    "sinatra/after/Dockerfile": "sinatra/recorded/after/history.json",
    "sinatra/same-base.Dockerfile": "sinatra/recorded/same-base/history.json",
    "small/Dockerfile": "small/small.docker.history.json",
    "guide/Dockerfile": None,
    "guide/Dockerfile.refactored": None,
}


def entries(created_by: list[str], *, cut: bool = False) -> tuple[CreatedBy, ...]:
    """cut: as `docker history` prints them without --no-trunc."""
    texts = [f"{text[:44]}…" if cut and len(text) > 45 else text for text in created_by]
    return parse_each_created_by(HistoryEntry(text, truncated=text.endswith("…")) for text in texts)


def ties_of(name: str, builder: str, *, cut: bool = False) -> LineTies:
    return tie_lines(entries(RECORDED[name][builder], cut=cut), parse_dockerfile(RECORDED[name]["dockerfile"]))


def every_dockerfile() -> dict[str, str]:
    texts = {name: case["dockerfile"] for name, case in RECORDED.items()}
    return texts | {name: (FIXTURES / name).read_text() for name in FIXTURE_IMAGES}


def every_history() -> dict[str, tuple[CreatedBy, ...]]:
    recorded = {f"{name} {builder}": entries(RECORDED[name][builder]) for name, builder in BUILT}
    fixtures = {
        name: parse_each_created_by(parse_histories((FIXTURES / history).read_text(), history)[0])
        for name, history in FIXTURE_IMAGES.items()
        if history is not None
    }
    return recorded | fixtures


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize(("name", "builder"), BUILT)
def test_the_dockerfile_of_an_image_is_known_again(name: str, builder: str, cut: bool) -> None:
    ties = ties_of(name, builder, cut=cut)
    own = (2, 3, 7) if (name, builder) == ("trigger", "buildkit") else LINES[name]
    assert ties.lines[ties.base_entries :] == own
    assert not any(ties.lines[: ties.base_entries])
    assert ties.exact and not ties.absent and not ties.refused


def test_no_entry_has_a_line_whose_words_it_contradicts() -> None:
    for created in every_history().values():
        for text in every_dockerfile().values():
            dockerfile = parse_dockerfile(text)
            by_line = {one.line: one for stage in dockerfile.stages for one in stage.instructions}
            for entry, line in zip(created, tie_lines(created, dockerfile).lines, strict=True):
                assert line is None or agreement(entry, by_line[line]) is not Agreement.OTHER


def test_the_dockerfile_of_another_image_is_refused() -> None:
    # What stands on an image has its instructions; these three are versions of one Dockerfile.
    alike = {"sinatra/after/Dockerfile", "sinatra/same-base.Dockerfile", "guide/Dockerfile.refactored"}
    for history, created in every_history().items():
        for name, text in every_dockerfile().items():
            if (
                name == history.split()[0]
                or {name, history} <= alike
                or (name, history[:9]) == ("trigger", "triggered")
            ):
                continue
            ties = tie_lines(created, parse_dockerfile(text))
            assert ties.refused and not any(ties.lines) and not ties.base_entries, (history, name)
            assert not ties.exact and ties.absent


def test_the_dockerfile_of_what_an_image_stands_on_is_not_exact() -> None:
    created = entries(RECORDED["triggered"]["classic"])
    ties = tie_lines(created, parse_dockerfile(RECORDED["trigger"]["dockerfile"]))
    assert ties.lines[:8] == (None, 2, 3, 4, 5, 6, 7, None)
    assert not ties.exact and not ties.absent


@pytest.mark.parametrize(
    ("edit", "gone", "lines", "exact"),
    [
        (("USER nobody", "USER root"), [15], (None, 2, 3, 4, 12, 13, 14, None, 16, 17, 18), True),
        (("curl\"", "wget\""), [4], (None, 2, 3, None, 12, 13, 14, 15, 16, 17, 18), False),
        (("app.conf /etc", "new.conf /etc"), [12], (None, 2, 3, 4, None, 13, 14, 15, 16, 17, 18), False),
        (("ENV PORT", "ENV DOOR"), [2], (None, None, 3, 4, 12, 13, 14, 15, 16, 17, 18), True),
    ],
)  # fmt: skip
def test_an_edited_instruction_alone_loses_its_line(
    edit: tuple[str, str], gone: list[int], lines: tuple[int | None, ...], exact: bool
) -> None:
    dockerfile = parse_dockerfile(RECORDED["web"]["dockerfile"].replace(*edit))
    ties = tie_lines(entries(RECORDED["web"]["buildkit"]), dockerfile)
    assert [one.line for one in ties.absent] == gone
    assert (ties.lines, ties.exact) == (lines, exact)


def test_a_first_instruction_that_is_missing_leaves_the_base_unclear() -> None:
    text = RECORDED["node"]["dockerfile"].replace("WORKDIR /app", "WORKDIR /other")
    ties = tie_lines(entries(RECORDED["node"]["buildkit"]), parse_dockerfile(text))
    assert ties.lines == (None, None, 3, 4, 5, 6, 7, 8)
    assert not ties.base_entries and not ties.exact


@pytest.mark.parametrize(
    ("instruction", "created_by", "said"),
    [
        ("ENV A=1 B=2", "ENV A=1 B=2", "same"),
        ("ENV A=$X B=2", "/bin/sh -c #(nop)  ENV A=9 B=2", "same"),
        ("ENV A=1", "ENV A=2", "other"),
        ("ARG A=1", "ARG A=2", "same"),  # the build gave a value
        ("ARG A", "ARG B", "other"),
        ('CMD ["a", "b"]', 'CMD ["a" "b"]', "same"),
        ("CMD a b", '/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "a b"]', "same"),
        ("CMD a b", '/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "a c"]', "other"),
        ("CMD $A", 'CMD ["/bin/sh" "-c" "$A"]', "open"),
        ("EXPOSE 80", "EXPOSE map[80/tcp:{}]", "same"),
        ("EXPOSE 80", "EXPOSE [81/tcp]", "other"),
        ("HEALTHCHECK --interval=60s CMD a", 'HEALTHCHECK &{["CMD-SHELL" "a"] "1m0s"}', "same"),
        ("COPY ${A}/x /y", "COPY v/x /y # buildkit", "same"),
        ("COPY ${A} /y", "COPY v /y # buildkit", "same"),
        ("COPY ${A} .", "COPY v . # buildkit", "open"),
        ("COPY ${A} /y", "COPY v /z # buildkit", "other"),
        ("COPY a ./", "/bin/sh -c #(nop) COPY file:12 in /app/ ", "open"),
        ("RUN make", "/bin/sh -c #(nop)  CMD make", "other"),
        ("WORKDIR a", "WORKDIR /b/a", "same"),
        ("WORKDIR a", "WORKDIR /b/c", "other"),
        ("RUN <<E\nmake all\nE", "RUN /bin/sh -c make all\n # buildkit", "same"),
        ("RUN <<E\nmake all\nE", "RUN /bin/sh -c make some\n # buildkit", "other"),
    ],
)  # fmt: skip
def test_what_an_entry_says_beside_an_instruction(instruction: str, created_by: str, said: str) -> None:
    dockerfile = parse_dockerfile(f"FROM a\n{instruction}\n")
    assert agreement(parse_created_by(created_by), dockerfile.stages[0].instructions[0]).value == said


# Of two Dockerfiles: words that the one has and the other has not.
COMMANDS = ("apk add {0}", "make {0} install", "echo {0} > /etc/{0}")
FORMS = ("RUN {0}", "COPY {0} /srv/{0}", "ENV {0}=1", "LABEL by={0}", "WORKDIR /srv/{0}", "USER {0}", "CMD {0} --serve")
WORDS = st.lists(
    st.tuples(st.sampled_from((*FORMS, *(f"RUN {one}" for one in COMMANDS))), st.integers(0, 40)),
    min_size=2,
    max_size=12,
)


def written(one: str) -> str:
    """The entry that BuildKit writes for an instruction."""
    keyword, words = one.split(" ", 1)
    if keyword == "RUN":
        return f"RUN /bin/sh -c {words} # buildkit"
    if keyword == "CMD":
        return f'CMD ["/bin/sh" "-c" "{words}"]'
    return f"{one} # buildkit" if keyword == "COPY" else one


@given(WORDS, WORDS, st.integers(0, 3))
def test_generated_dockerfiles_are_known_again_and_others_are_not(
    own: list[tuple[str, int]], other: list[tuple[str, int]], below: int
) -> None:
    mine, theirs = (
        [form.format(f"{name}{n}") for form, n in words] for name, words in (("own", own), ("other", other))
    )
    created = entries([*(f"RUN /bin/sh -c base {n} # buildkit" for n in range(below)), *map(written, mine)])
    ties = tie_lines(created, parse_dockerfile("\n".join(["FROM a", *mine])))
    assert ties.lines == (*[None] * below, *range(2, len(mine) + 2))
    assert ties.exact and ties.base_entries == below
    assert tie_lines(created, parse_dockerfile("\n".join(["FROM a", *theirs]))).refused
    mixed = list(chain.from_iterable(zip(mine, theirs, strict=False)))
    half = tie_lines(created, parse_dockerfile("\n".join(["FROM a", *mixed])))
    assert all(line is None or mixed[line - 2] in mine for line in half.lines)


def test_thousands_of_instructions_are_aligned_in_bounded_work() -> None:
    created = entries([f"RUN /bin/sh -c step {n} # buildkit" for n in range(2000)])
    own = [f"RUN step {n}" for n in range(2000)]
    assert tie_lines(created, parse_dockerfile("\n".join(["FROM a", *own]))).exact
    other = tie_lines(created, parse_dockerfile("\n".join(["FROM a", *own, "RUN another"])))
    assert other.refused and not other.absent
