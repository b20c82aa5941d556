"""Cases as data under tests/cases: the contexts as directories, what engines did with them as expected.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Recording:
    """What was done with a case. store: of images. release: of BuildKit. cache: the policy that its cache had."""

    builder: str
    store: str
    release: str
    actual: list[Actual]
    cache: str = UNBOUNDED

    @property
    def key(self) -> tuple[str, str, str, str]:
        """A later recording of the same is in place of it."""
        return self.builder, self.store, self.release, self.cache


def save_actual(folder: Path, engine: str, recording: Recording) -> None:
    """Put what an engine did beside the case, in place of an earlier recording of the same kind."""
    path = folder / "expected.json"
    kept = json.loads(path.read_text())["recordings"] if path.exists() else []
    kept = [old for old in kept if _recording(old).key != recording.key]
    builds = [
        {
            "steps": {name: "cached" if cached else "rebuilt" for name, cached in sorted(real.steps.items())},
            "refusal": real.refusal,
        }
        for real in recording.actual
    ]
    policy = {} if recording.cache == UNBOUNDED else {"cache": recording.cache}
    made = {"builder": recording.builder, "store": recording.store, "builder_version": recording.release, **policy}
    kept.append({**made, "engine": engine, "builds": builds})
    _write(path, {"recordings": sorted(kept, key=lambda one: _recording(one).key)})


def load_actual(folder: Path) -> list[Recording]:
    """What was done with a case, by each that it was recorded on."""
    return [_recording(one) for one in json.loads((folder / "expected.json").read_text())["recordings"]]


def _recording(one: dict[str, Any]) -> Recording:
    actual = [
        Actual({name: outcome == "cached" for name, outcome in build["steps"].items()}, build["refusal"])
        for build in one["builds"]
    ]
    return Recording(one["builder"], one["store"], one["builder_version"], actual, one.get("cache", UNBOUNDED))


def _rarely_given(build: Build) -> dict[str, Any]:
    given = {
        "beside": {name: _entries(files) for name, files in build.beside.items()},
        "contexts": dict(build.contexts),
        "images": dict(build.images),
        "cold": build.cold,
    }
    return {name: value for name, value in given.items() if value}


def _attributes(entry: Entry) -> dict[str, Any]:
    return {"attributes": dict(entry.attributes)} if entry.attributes else {}


def _entries(files: Files) -> dict[str, dict[str, Any]]:
    return {
        path: {"kind": entry.kind, "mode": f"{entry.mode:o}", "text": entry.text, **_attributes(entry)}
        for path, entry in sorted(files.items())
    }


def _files(entries: dict[str, dict[str, Any]]) -> dict[str, Entry]:
    return {
        path: Entry(_KINDS[one["kind"]], one["text"], int(one["mode"], 8), tuple(one.get("attributes", {}).items()))
        for path, one in entries.items()
    }


def _survives_a_checkout(path: str, entry: Entry) -> bool:
    plain = entry.kind == "file" and entry.mode in {0o644, 0o755} and not entry.attributes
    return plain and ".git" not in path.split("/") and _is_text(entry)


def _is_text(entry: Entry) -> bool:
    return all(char.isprintable() or char in "\n\t" for char in entry.text)


def _plain(entry: Entry) -> Entry:
    return replace(entry, attributes=(), mode=0o755 if entry.kind == "directory" or entry.mode & 0o100 else 0o644)


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n")
