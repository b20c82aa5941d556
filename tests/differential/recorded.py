"""Cases as data under tests/cases: the contexts as directories, what engines did with them as expected.json."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from tests.differential.case import Build, Case, Entry, Files, Kind, Rule, lay_out, read_back
from tests.differential.real_builds import Actual

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
UNBOUNDED = "unbounded"  # the policy of a cache that keeps all
STATES = ("before", "after", "later", *(f"build-{number}" for number in range(3, 10)))


def save_case(case: Case, folder: Path, rule: Rule) -> None:
    """Write the contexts of a case, and in case.json its rule and what a checkout would not keep."""
    about: dict[str, Any] = {
        "rule": rule.text,
        "source": list(rule.sources) if len(rule.sources) > 1 else next(iter(rule.sources), None),
        "builds": [],
        "open_steps": sorted(case.open_steps),
        "changes": list(case.changes),
    }
    for state, build in zip(STATES, case.builds, strict=False):
        kept = {path: entry for path, entry in build.files.items() if _survives_a_checkout(path, entry)}
        lay_out(kept, folder / state)
        about["builds"].append(
            {
                "directory": state,
                "file": build.file,
                "target": build.target,
                "build_args": dict(build.build_args),
                "options": list(build.options),
                "touched": sorted(build.touched),
                "entries": _entries({path: entry for path, entry in build.files.items() if path not in kept}),
                **_rarely_given(build),
            }
        )
    _write(folder / "case.json", about)


def load_case(folder: Path) -> Case:
    """The case that was written to a folder. The modes of a checkout (umask) do not count: 0644 or 0755."""
    about = json.loads((folder / "case.json").read_text())
    builds = []
    for build in about["builds"]:
        here = folder / build["directory"]
        files = {path: _plain(entry) for path, entry in (read_back(here) if here.exists() else {}).items()}
        files |= _files(build["entries"])
        builds.append(
            Build(
                files,
                build["file"],
                build["target"],
                tuple(build["build_args"].items()),
                tuple(build["options"]),
                frozenset(build["touched"]),
                {name: _files(entries) for name, entries in build.get("beside", {}).items()},
                tuple(build.get("contexts", {}).items()),
                tuple(build.get("images", {}).items()),
                build.get("cold", False),
            )
        )
    return Case(folder.name, tuple(builds), tuple(about["changes"]), frozenset(about["open_steps"]))


def load_rule(folder: Path) -> Rule:
    """What the case that was written to a folder shows."""
    about = json.loads((folder / "case.json").read_text())
    source = about["source"]
    return Rule(about["rule"], (source,) if isinstance(source, str) else tuple(source or ()))


def save_actual(
    folder: Path, builder: str, store: str, engine: str, actual: list[Actual], cache: str = UNBOUNDED
) -> None:
    """Put what an engine did beside the case, in place of an earlier recording of that builder, store and cache."""
    path = folder / "expected.json"
    recordings = json.loads(path.read_text())["recordings"] if path.exists() else []
    recordings = [old for old in recordings if _kind(old) != (builder, store, cache)]
    builds = [
        {
            "steps": {name: "cached" if cached else "rebuilt" for name, cached in sorted(real.steps.items())},
            "refusal": real.refusal,
        }
        for real in actual
    ]
    kept = {} if cache == UNBOUNDED else {"cache": cache}
    recordings.append({"builder": builder, "store": store, **kept, "engine": engine, "builds": builds})
    _write(path, {"recordings": sorted(recordings, key=_kind)})


def _kind(recording: dict[str, Any]) -> tuple[str, str, str]:
    return recording["builder"], recording["store"], recording.get("cache", UNBOUNDED)


def load_actual(folder: Path) -> list[tuple[str, str, str, list[Actual]]]:
    """Builder, store, policy of the cache and what was done, per recording."""
    return [
        (
            *_kind(one),
            [
                Actual({name: outcome == "cached" for name, outcome in build["steps"].items()}, build["refusal"])
                for build in one["builds"]
            ],
        )
        for one in json.loads((folder / "expected.json").read_text())["recordings"]
    ]


def _rarely_given(build: Build) -> dict[str, Any]:
    given = {
        "beside": {name: _entries(files) for name, files in build.beside.items()},
        "contexts": dict(build.contexts),
        "images": dict(build.images),
        "cold": build.cold,
    }
    return {name: value for name, value in given.items() if value}


def _entries(files: Files) -> dict[str, dict[str, str]]:
    return {
        path: {"kind": entry.kind, "mode": f"{entry.mode:o}", "text": entry.text}
        for path, entry in sorted(files.items())
    }


def _files(entries: dict[str, dict[str, str]]) -> dict[str, Entry]:
    return {path: Entry(_KINDS[one["kind"]], one["text"], int(one["mode"], 8)) for path, one in entries.items()}


def _survives_a_checkout(path: str, entry: Entry) -> bool:
    return entry.kind == "file" and entry.mode in {0o644, 0o755} and ".git" not in path.split("/") and _is_text(entry)


def _is_text(entry: Entry) -> bool:
    return all(char.isprintable() or char in "\n\t" for char in entry.text)


def _plain(entry: Entry) -> Entry:
    return replace(entry, mode=0o755 if entry.kind == "directory" or entry.mode & 0o100 else 0o644)


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n")
