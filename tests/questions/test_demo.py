"""The guide's story on its recorded builds: predictions against the logs, and figures that follow the input."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fixtures_path import RECORDED, SINATRA

from layerscope.analysis.side import Side
from layerscope.analysis.simulate import simulate
from layerscope.context.paths import with_entries
from layerscope.cost.logs.open import read_log
from layerscope.graph.options import BuildOptions
from layerscope.inputs.contexts import open_context
from layerscope.questions.demo import demo
from layerscope.report.formats import Format, render
from layerscope.values import replace

VERSIONS = {"before": ("before", None), "after": ("after", None), "same-base": ("after", "same-base.Dockerfile")}
LOGS = {"buildkit": ("buildkit.{}.rawjson", "buildkit.{}.plain.log"), "classic": ("classic.{}.log",)}


def _side(version: str, builder: str) -> Side:
    context, file = VERSIONS[version]
    return open_context(
        str(SINATRA / context), file=str(SINATRA / file) if file else None, options=BuildOptions(builder=builder)
    )


def _with_changed_app(side: Side) -> Side:
    edited = open_context(str(SINATRA / "edits"), file=str(SINATRA / "before" / "Dockerfile")).tree.children["app.rb"]
    return replace(side, tree=with_entries(side.tree, {"app.rb": edited}))


CASES = [
    (version, builder, situation, log)
    for version in VERSIONS
    for builder in LOGS
    for situation in ("unchanged", "changed")
    for log in LOGS[builder]
]


@pytest.mark.parametrize(("version", "builder", "situation", "log"), CASES)
def test_prediction_is_what_the_recorded_rebuild_did(version: str, builder: str, situation: str, log: str) -> None:
    before = _side(version, builder)
    after = _with_changed_app(before) if situation == "changed" else before
    predicted = {
        step.name: step.outcome for step in simulate(before, after).steps if step.instruction not in {"FROM", "ARG"}
    }
    (build,) = read_log(RECORDED / version / log.format(situation))
    recorded = {step.name: "cached" if step.cached else "rebuilt" for step in build.steps if " FROM " not in step.name}
    assert predicted == recorded
    assert ("rebuilt" in predicted.values()) is (situation == "changed")


@pytest.mark.parametrize(("version", "builder"), [(v, b) for v in VERSIONS for b in LOGS])
def test_a_first_build_runs_everything(version: str, builder: str) -> None:
    side = _side(version, builder)
    assert {s.outcome for s in simulate(side, side, cold=True).steps if s.counted} == {"rebuilt"}


def _copy_of_fixtures(place: Path) -> Path:
    return Path(shutil.copytree(SINATRA, place / "sinatra"))


def test_demo_figures_follow_an_edit_of_the_dockerfile(tmp_path: Path) -> None:
    place = _copy_of_fixtures(tmp_path)
    dockerfile = place / "before" / "Dockerfile"
    lines = dockerfile.read_text().splitlines(keepends=True)
    copy = next(line for line in lines if line.startswith("COPY"))
    lines.remove(copy)
    install = next(number for number, line in enumerate(lines) if line.startswith("RUN bundle"))
    lines.insert(install, copy.replace("COPY . ", "COPY Gemfile* "))
    lines.insert(install + 2, copy)
    dockerfile.write_text("".join(lines))
    recorded, edited = demo(SINATRA), demo(place)
    assert recorded.before.rebuild.summary.rebuilt == 3
    assert edited.before.rebuild.summary.rebuilt == 1
    assert render(recorded, Format.table) != render(edited, Format.table)


def test_demo_figures_follow_the_recorded_seconds_and_sizes(tmp_path: Path) -> None:
    place = _copy_of_fixtures(tmp_path)
    for log in (place / "recorded" / "before").glob("buildkit.*.rawjson"):
        log.unlink()
    shutil.copy(place / "recorded/before/buildkit.first.plain.log", place / "recorded/before/buildkit.x.rawjson")
    history = place / "recorded" / "before" / "history.bytes.json"
    history.write_text(history.read_text().replace('"Size":"4096"', '"Size":"8192"'))
    recorded, edited = demo(SINATRA), demo(place)
    assert recorded.before.cold_seconds != edited.before.cold_seconds
    assert recorded.before.image.size is not None
    assert edited.before.image.size is not None
    assert edited.before.image.size - recorded.before.image.size == 2 * 4096


def test_the_story_has_no_unknown_figure() -> None:
    text = render(demo(SINATRA), Format.table)
    assert " - " not in text
    assert "re-runs (app.rb)" in text
