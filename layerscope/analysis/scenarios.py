"""Changes worth trying when the user names none: manifests of dependencies first, then sources."""

from __future__ import annotations

import posixpath

from layerscope.analysis.side import Side
from layerscope.context.paths import files_below, lookup

MOST = 10
_MANIFESTS = frozenset(
    {
        *("Gemfile", "Gemfile.lock", "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"),
        *("requirements.txt", "pyproject.toml", "poetry.lock", "uv.lock", "Pipfile", "Pipfile.lock", "setup.py"),
        *("go.mod", "go.sum", "Cargo.toml", "Cargo.lock", "pom.xml", "build.gradle", "build.gradle.kts"),
        *("composer.json", "composer.lock", "mix.exs", "mix.lock"),
    }
)


def chosen_changes(before: Side, after: Side) -> list[tuple[str, ...]]:
    """At most ten single-file changes, of files that both sides send: sources nearest the root, then manifests.

    One file per directory and kind stands for its like, so that the ten say different things.
    """
    manifests: list[str] = []
    sources: list[str] = []
    seen: set[tuple[str, str]] = set()
    for path, _ in files_below(after.sent):
        name = posixpath.basename(path)
        if lookup(before.sent, path) is None or _describes_the_build(name):
            continue
        if name in _MANIFESTS:
            manifests.append(path)
            continue
        kind = (posixpath.dirname(path), posixpath.splitext(name)[1])
        if kind not in seen and len(seen) < 1000:
            seen.add(kind)
            sources.append(path)
    manifests.sort(key=lambda path: (path.count("/"), path))
    sources.sort(key=lambda path: (path.count("/"), path))
    of_manifests = manifests[: MOST // 2]
    return [(path,) for path in [*sources[: MOST - len(of_manifests)], *of_manifests]]


def _describes_the_build(name: str) -> bool:
    return name.lower().endswith(("dockerfile", ".dockerignore")) or name.lower().startswith("dockerfile")
