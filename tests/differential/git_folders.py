"""Histories whose builds are sent git's own folder, and whose steps and ignore rules single things out of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from tests.differential.case import Build, Case, file

# Of what a checkout without a branch has, those that every commit changes, and those that none does.
_CHANGED = (".git", ".git/HEAD", ".git/logs", ".git/logs/HEAD", ".git/objects")
_THE_SAME = (".git/config", ".git/description", ".git/hooks", ".git/info", ".git/info/exclude", ".git/refs/tags")
_PATTERNS = (".g*", ".*", ".git/H*", ".git/[cd]*", "*/HEAD", ".git/inf?")
_RULES = (
    ".git", ".git/", "**/.git", ".git/*", ".git/objects", ".git/**", ".g*", ".git/objects\n.git/logs\n.git/index",
    ".git/*\n!.git/HEAD", ".git\n!.git/HEAD", ".git/*\n!.git/config", ".git\n!.git/info", "**/HEAD", "*\n!.git",
    ".git/*\n!.git/refs", "**/*\n!**/HEAD",
)  # fmt: skip


def with_git_steps(case: Case, *, buildkit: bool) -> Case:
    """The history with such steps at the end of its Dockerfiles, and such rules in some or all of its commits."""
    rng = random.Random(f"git {case.name}")
    rules = rng.choice(_RULES) if rng.random() < 0.5 else None
    by_name = rules is None or rng.random() < 0.1  # what is named and kept out ends a history
    steps = [_step(rng, buildkit=buildkit, by_name=by_name) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))]
    begins, ends = sorted(rng.choice((0, 0, 2, 4, len(case.builds))) for _ in range(2))

    def changed(number: int, build: Build) -> Build:
        files = dict(build.files)
        place = build.file or "Dockerfile"
        files[place] = replace(files[place], text=files[place].text.rstrip("\n") + "\n" + "".join(steps))
        if rules is not None and begins <= number < max(ends, begins + 1):
            there = files[".dockerignore"].text if ".dockerignore" in files else ""
            files[".dockerignore"] = file(f"{there.rstrip()}\n{rules}\n".lstrip())
        return replace(build, files=files)

    return replace(case, builds=_with_empty(rng, tuple(changed(*each) for each in enumerate(case.builds))))


def _with_empty(rng: random.Random, builds: tuple[Build, ...]) -> tuple[Build, ...]:
    """One of them also as a commit that changes nothing."""
    again = rng.randrange(len(builds))
    return (*builds[: again + 1], *builds[again:])


def _step(rng: random.Random, *, buildkit: bool, by_name: bool) -> str:
    of_git = rng.choice((*_CHANGED, *_THE_SAME, *_THE_SAME))
    forms: list[Callable[[], str]] = [lambda: "COPY . /all/\n", lambda: "ADD * /each/\nWORKDIR /after\n"]
    if buildkit:
        forms += [
            lambda: "RUN --mount=type=bind,target=/m exit 0\n",
            lambda: "COPY --exclude=.git . /not/\n",
            lambda: f"COPY --exclude={rng.choice(('.git/objects', '**/HEAD', '.git/*'))} . /but/\n",
        ]
    if by_name:
        forms = [
            *forms[-1:],
            lambda: f"COPY {of_git} /of-git/\n",
            lambda: f"COPY {of_git} /one\n",
            lambda: f"ADD {rng.choice(_PATTERNS)} /some/\n",
            lambda: f"COPY {rng.choice(_PATTERNS)} {of_git} /more/\nWORKDIR /after\n",
            *([lambda: f"RUN --mount=type=bind,source={of_git},target=/m exit 0\n"] if buildkit else []),
        ]
    return rng.choice(forms)()
