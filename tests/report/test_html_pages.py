"""The HTML reports: nothing from the input becomes markup, nothing is fetched, unknown is a word."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from layerscope.analysis.answers.comparison import ComparedSide, Comparison
from layerscope.analysis.answers.file_changes import ChangedFiles, FileChanges
from layerscope.analysis.answers.image import ImageCost, SizeSource
from layerscope.analysis.answers.instruction_cost import InstructionCost
from layerscope.analysis.answers.scenarios import Scenario
from layerscope.analysis.answers.simulation import Simulation, StepOutcome
from layerscope.analysis.answers.step_changes import ComparedRow, StepChange
from layerscope.analysis.answers.summary import Summary
from layerscope.analysis.cause import FileCause
from layerscope.analysis.compare import Transfer
from layerscope.analysis.verdicts import Change
from layerscope.answer import Assumption
from layerscope.cost.model import UNKNOWN_COST, Cost
from layerscope.figures import Source
from layerscope.graph.outcomes import Outcome
from layerscope.image.layers.efficiency import WastedFile
from layerscope.report.formats import page as page_of
from layerscope.report.json import dumps
from layerscope.values import replace

HOSTILE = "a<script>alert(1)</script>\u202ecod\n\"'&lt;\udcff</script><!--<a href='https://evil.example'>b</a>"
PLOTLY = 'id="plotly-code"'


def step(name: str, outcome: str, seconds: float | None = None, files: tuple[str, ...] = ()) -> StepOutcome:
    cost = UNKNOWN_COST if seconds is None else Cost(seconds, Source.MEASURED)
    causes = tuple(map(FileCause, files))
    return StepOutcome(name, "stage-0", 3, (), "RUN", name, outcome, f"`{name}` changed", causes, cost, 10)


def simulation(name: str = "[2/3] RUN make", seconds: float | None = 4.0, outcome: str = Outcome.REBUILT) -> Simulation:
    steps = (step("[1/3] COPY . .", Outcome.CACHED, seconds), step(name, outcome, seconds, (name,)))
    rebuilt = int(outcome == Outcome.REBUILT)
    summary = Summary(1, rebuilt, 1 - rebuilt, seconds, seconds or 0.0, seconds, seconds)
    taken = (Assumption("base-config", name, "unknown"),)
    return Simulation("buildkit", "0.25", steps, summary, taken, name, (name,))


def comparison(name: str = "RUN make", seconds: float | None = 4.0, size: int | None = 5_000_000) -> Comparison:
    def row(text: str, line: int) -> ComparedRow:
        return ComparedRow(f"[{line}/3] {text}", line, text, size, seconds)

    def side(reference: str) -> ComparedSide:
        return ComparedSide(reference, None if size is None else 4 * size, 3, seconds, size)

    unchanged = None if seconds is None else 0.0
    steps = (
        StepChange(Change.REMOVED, row(name, 1), None, size, seconds),
        StepChange(Change.EDITED, row(name, 2), row(f"{name} all", 1), 0, unchanged),
        StepChange(Change.MOVED, row("COPY . .", 3), row("COPY . .", 4), 0, unchanged),
        StepChange(Change.ADDED, None, row("WORKDIR /x", 3), size, seconds),
    )
    scenario = Scenario((name,), simulation(name, seconds), simulation("[2/3] RUN make", seconds))
    return Comparison(side(name), side("after"), steps, (scenario,), Transfer(size, 1, 2))


def image(name: str = "RUN make", size: int | None = 5_000) -> ImageCost:
    def entry(index: int, text: str, *, base: bool) -> InstructionCost:
        files = (None if size is None else 2,) * 3
        return InstructionCost(
            index, "RUN", text, text, None, None, False, "sha256:0", None, base, size, size, *files, UNKNOWN_COST
        )

    rows = (entry(0, "", base=True), entry(1, name, base=False))
    total = None if size is None else 2 * size
    wasted = None if size is None else (WastedFile(name, 2, 10),)
    measured = (None if size is None else 0.9, None if size is None else 10, wasted)
    return ImageCost(name, "linux/amd64", None, None, total, SizeSource.LAYERS, total, 2, rows, *measured, True, ())


HOSTILE_PAGES = {
    "simulate": lambda: (page_of(simulation(HOSTILE)), simulation(HOSTILE).to_dict()),
    "compare": lambda: (page_of(comparison(HOSTILE)), comparison(HOSTILE).to_dict()),
    "image": lambda: (page_of(image(HOSTILE)), image(HOSTILE).to_dict()),
}


@pytest.mark.parametrize("kind", HOSTILE_PAGES)
def test_nothing_from_the_input_becomes_markup(kind: str) -> None:
    page, document = HOSTILE_PAGES[kind]()

    assert "<script>alert" not in page
    assert "<a " not in page
    assert "<!--<" not in page
    assert not any(c in page for c in "\u202e\udcff"), "controls and broken characters are written out"
    assert "\\u202e" in page
    assert page.count("<script") == page.count("</script>") == 5
    assert page.encode("utf-8")
    assert json.loads(embedded(page)) == json.loads(dumps(document))


@pytest.mark.parametrize("kind", HOSTILE_PAGES)
def test_labels_that_plotly_draws_hold_no_tags(kind: str) -> None:
    page, _ = HOSTILE_PAGES[kind]()

    charts = json.loads(script(page, "layerscope-charts"))

    assert not re.findall(r"<(?!/?i>|br>)[^>]*>", "".join(strings_in(charts)))


@pytest.mark.parametrize("kind", HOSTILE_PAGES)
def test_pages_fetch_nothing_and_are_the_same_each_time(kind: str) -> None:
    page, _ = HOSTILE_PAGES[kind]()

    assert page == HOSTILE_PAGES[kind]()[0]
    assert not attributes(page) & {"src", "href", "srcset", "xlink:href", "action", "data"}
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page
    assert page.count(PLOTLY) == 1


@pytest.mark.parametrize(
    "page",
    [
        lambda: page_of(simulation(seconds=None)),
        lambda: page_of(comparison(seconds=None, size=None)),
        lambda: page_of(image(size=None)),
    ],
)
def test_without_figures_there_is_no_chart_but_a_word_and_an_option(page: object) -> None:
    assert callable(page)
    text = page()

    assert PLOTLY not in text
    assert len(text) < 60_000
    assert "unknown" in text
    assert re.search(r"<code>--(timings|image|history)", text)
    assert not re.search(r"\b0 s\b", visible_part(text))


def test_one_unknown_step_is_written_in_words_and_has_no_bar() -> None:
    whole = simulation()
    partly = replace(whole, steps=(*whole.steps, step("[3/3] RUN test", Outcome.REBUILT)))

    chart = json.loads(script(page_of(partly), "layerscope-charts"))["chart-costs"]

    assert sum(len(trace["x"]) for trace in chart["data"]) == 2
    assert "<i>seconds unknown, re-runs</i>" in [note["text"] for note in chart["layout"]["annotations"]]


def test_comparison_joins_moved_steps_and_names_every_change() -> None:
    page = page_of(comparison())

    assert '<path class="moved"' in page
    assert "moves to line 4" in page
    assert "moved from line 3" in page
    for change in ("removed", "edited", "added"):
        assert f'class="badge {change}"' in page


def test_a_base_is_drawn_once_whether_or_not_the_rows_hold_it() -> None:
    rows = comparison().steps
    inside = tuple(change for change in rows if change.change is Change.EDITED)
    of_images = replace(
        comparison(),
        steps=inside,
        before=ComparedSide("before", 5_000_000, 1, None, 5_000_000),
        after=ComparedSide("after", 5_000_000, 1, None, 5_000_000),
    )

    chart = json.loads(script(page_of(of_images), "layerscope-charts"))["chart-sizes"]

    assert [trace["name"] for trace in chart["data"]] == ["base image"]
    assert chart["layout"]["meta"]["longest"] == 5_000_000


def test_what_may_re_run_is_striped_and_says_so() -> None:
    page = page_of(simulation(outcome=Outcome.OUTPUT_DEPENDENT))

    stripes = [
        trace["marker"]["pattern"]["shape"]
        for trace in json.loads(script(page, "layerscope-charts"))["chart-costs"]["data"]
    ]
    assert stripes == ["", "/"]
    assert "may re-run" in page


def test_what_a_picture_tells_is_folded_under_it_and_the_steps_are_not() -> None:
    compared, simulated = page_of(comparison()), page_of(simulation())

    assert compared.count("<details>") == 2
    assert (
        compared.index('class="tiles"') < compared.index("Both sides in all, as a table") < compared.index("<h2>What a")
    )
    assert "<h2>Step by step</h2>" in simulated
    assert "<details>" not in simulated


def test_a_table_of_nothing_says_so() -> None:
    none = ChangedFiles(0, 0)
    page = page_of(replace(comparison(), files=FileChanges(none, none, none, none, none, none, ())))

    assert "Nothing to list." in page
    assert '<th scope="col" class="wrap name">path</th>' not in page


def test_a_headline_breaks_long_paths_after_slashes_and_keeps_figures_with_their_units() -> None:
    page = page_of(image("registry.example/some/where/app"))

    assert "<h1>registry.example/<wbr>some/<wbr>where/<wbr>app: 10kB" in page
    assert "<title>registry.example/some/where/app: 10kB" in page
    assert "re-run, 4.0&nbsp;s:" in page_of(simulation())


@pytest.mark.parametrize(("seconds", "longest", "unit"), [(179.0, 179, " s"), (240.0, 4, " min"), (9000.0, 2.5, " h")])
def test_an_axis_of_times_counts_in_what_people_do(seconds: float, longest: float, unit: str) -> None:
    chart = json.loads(script(page_of(simulation(seconds=seconds)), "layerscope-charts"))["chart-costs"]

    assert chart["layout"]["meta"]["longest"] == longest
    assert chart["layout"]["xaxis"]["ticksuffix"] == unit


def attributes(page: str) -> set[str]:
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.update(name for name, _ in attrs)

    Reader().feed(page)
    return found


def embedded(page: str) -> str:
    return script(page, "layerscope-document")


def script(page: str, element: str) -> str:
    found = re.search(rf'<script type="application/json" id="{element}">(.*?)</script>', page, re.DOTALL)
    assert found
    return found[1]


def visible_part(page: str) -> str:
    return re.sub(r"<style>.*?</style>|<script.*?</script>", "", page, flags=re.DOTALL)


def strings_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings_in(part)]
    return [text for part in value for text in strings_in(part)] if isinstance(value, list) else []
