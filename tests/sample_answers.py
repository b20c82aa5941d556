"""One answer of every kind, small and complete, for tests of what answers declare and of how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fixtures_path import RECORDED, SINATRA

from layerscope.analysis.answers.compared_history import ComparedHistory, HistorySum, LostCommit
from layerscope.analysis.answers.comparison import ComparedSide, Comparison
from layerscope.analysis.answers.explanation import Explanations
from layerscope.analysis.answers.file_changes import ChangedFile, ChangedFiles, FileChanges
from layerscope.analysis.answers.image import ImageCost, LinesFrom, SizeSource
from layerscope.analysis.answers.image_contents import FoundLeftover, ImageContents, LargePath
from layerscope.analysis.answers.instruction_cost import InstructionCost
from layerscope.analysis.answers.registry_use import ImageUse, RegistryUse, RepositoryUse, SharedLayer
from layerscope.analysis.answers.replay import Replay, ReplayedCosts
from layerscope.analysis.answers.replayed_commits import BuiltCommit, ReplayedStep
from layerscope.analysis.answers.saved_outputs import SavedBuilds, SavedOutput, SavedOutputs
from layerscope.analysis.answers.scenarios import Scenario
from layerscope.analysis.answers.simulation import Simulation, StepOutcome
from layerscope.analysis.answers.step_changes import ComparedRow, StepChange
from layerscope.analysis.answers.story import Story
from layerscope.analysis.answers.summary import Summary
from layerscope.analysis.answers.timings import StepTimings
from layerscope.analysis.answers.transfer import RebuiltLayers, SentContext, Transfer
from layerscope.analysis.answers.verification import Verification, VerifiedStep
from layerscope.analysis.cause import ArgumentCause, FileCause, StepCause
from layerscope.analysis.compared_history import held_against
from layerscope.analysis.context_use import ContextUse, context_use
from layerscope.analysis.explain import explain
from layerscope.analysis.file_parts import FilePart
from layerscope.analysis.price import Price
from layerscope.analysis.replay import summed_up
from layerscope.analysis.verdicts import Change, FileChange
from layerscope.answer import Answer, Assumption
from layerscope.context.edits import edited
from layerscope.cost.build_log import Timing
from layerscope.cost.logs.open import read_log
from layerscope.cost.model import UNKNOWN_COST, Bytes, Cost, Costs, no_costs, unknown_bytes
from layerscope.cost.timings_file import load_timings
from layerscope.docker.disk_usage import CacheRecord, CacheUsage, DiskUsage, UsageTotal
from layerscope.docker.image_listing import ImageListing, ListedImage
from layerscope.docker.load_log import LoadedLayer, LoadLog
from layerscope.docker.model import HistoryEntry
from layerscope.docker.pull_log import Pull, PulledLayer, PullLog, PullState
from layerscope.docker.push_log import LayerState, Push, PushedLayer, PushLog
from layerscope.docker.registry_tree import ListedRepository, RegistryTree
from layerscope.docker.saved_output import SavedHistory
from layerscope.figures import Source
from layerscope.graph.outcomes import Outcome
from layerscope.image.layers.duplicates import Duplicate
from layerscope.image.layers.efficiency import WastedFile
from layerscope.inputs.contexts import open_context
from layerscope.questions.demo import demo
from layerscope.values import replace

DIGEST = "sha256:" + 8 * "01234567"
LOG = RECORDED / "before" / "buildkit.changed.rawjson"
ASSUMED = (Assumption("base-config", "ruby:3.1", "its ENV is not known"), Assumption("remote", "ruby:3.1", "unmoved"))


def simulation(name: str = "[2/3] RUN make", *, known: bool = True, source: Source = Source.MEASURED) -> Simulation:
    """A copy whose file changed, a RUN that follows, a step that hangs on its bytes. known: the RUN's seconds."""
    causes = (FileCause("app.rb", FilePart.CONTENT), ArgumentCause("VERSION", "Dockerfile", 1))
    rows = (
        StepOutcome(
            "[1/4] COPY . .", "base", 2, (5,), "COPY", "COPY . .", Outcome.REBUILT, "app.rb changed", causes,
            Cost(0.5, source), 2_000_000, own=causes,
        ),
        StepOutcome(
            name, "base", 3, (), "RUN", name, Outcome.REBUILT, f"follows `{name}`, which runs again", causes,
            Cost(12.0, source) if known else UNKNOWN_COST, None,
        ),
        StepOutcome(
            "[3/4] COPY --from=base /o /", "stage-1", 6, (), "COPY", "COPY --from=base /o /", Outcome.OUTPUT_DEPENDENT,
            "hangs on the bytes that `RUN make` will write", (StepCause("RUN make"),), Cost(1.0, Source.MEASURED), 10,
        ),
        StepOutcome(
            "[4/4] WORKDIR /x", "stage-1", 7, (), "WORKDIR", "WORKDIR /x", Outcome.CACHED,
            "nothing it depends on has changed", (), Cost(0.1, Source.MEASURED), 0,
        ),
    )  # fmt: skip
    seconds = 12.5 if known else None
    most = 13.5 if known else None
    known_seconds = 12.5 if known else 0.5
    summary = Summary(1, 2, 1, seconds, known_seconds, seconds, most, most, source, source, known_seconds)
    layers = RebuiltLayers(Transfer(900, 1, 2, 80), Transfer(None, 0, 3, 0), 2_000_000, None, "app:latest")
    sent = SentContext(12, 5_000, 1, 40)
    return Simulation(
        "buildkit", "0.25", rows, summary, ASSUMED, "Dockerfile", ("notes.txt",), layers=layers, context=sent,
        price=Price(0.008, "$"),
    )  # fmt: skip


def _explanations(step: str | None = None) -> Explanations:
    before = open_context(str(SINATRA / "before"))
    tree, _ = edited(before.tree, change=["app.rb"])
    return explain(before, replace(before, tree=tree), step)


def _verification() -> Verification:
    steps = (
        VerifiedStep("[1/4] COPY . .", Outcome.REBUILT, Outcome.REBUILT, agrees=True, line=2),
        VerifiedStep("[2/4] RUN make", Outcome.CACHED, Outcome.REBUILT, agrees=False, line=3),
        VerifiedStep("[3/4] RUN test", Outcome.OUTPUT_DEPENDENT, None, agrees=False, line=4),
        VerifiedStep("[4/4] RUN more", None, Outcome.CACHED, agrees=False),
    )
    return Verification("buildkit", "0.25", steps, 1, ASSUMED, "Dockerfile")


def _context_use() -> ContextUse:
    side = open_context(str(SINATRA / "before"))
    return context_use(side, load_timings([str(LOG)]).cost)


def _registry_use() -> RegistryUse:
    repositories = (RepositoryUse("app", ("v1", "v2"), 900, 400), RepositoryUse("lib", (), 600, 100))
    images = (ImageUse("app", ("v1", "v2"), DIGEST, 900, 400), ImageUse("lib", ("x",), DIGEST, 600, 100))
    shared = (SharedLayer(DIGEST, 500, ("app", "lib")),)
    return RegistryUse("/srv/registry", repositories, images, shared, 7, 1_100, 2, 100, 1_000, 500, ASSUMED)


def _timings() -> StepTimings:
    steps = (Timing("[2/3] RUN make", "RUN make", 12.0, 0.5, 3), Timing("RUN test", "RUN test", 3.0, 0, 1, "history"))
    return StepTimings(steps)


def _saved_outputs(*kinds: int) -> SavedOutputs:
    outputs: list[SavedOutput] = [
        SavedBuilds("build.log", read_log(LOG)),
        ImageListing("images.txt", (ListedImage("0123", ("app:v1", "app:v2"), 900), ListedImage("4567", (), None))),
        PushLog(
            "push.log",
            (Push("r/app", tuple(PushedLayer(f"{state}", state, "r/lib") for state in LayerState), "v1", DIGEST, 5),),
        ),
        RegistryTree("tree.txt", (ListedRepository("app", ("v1",), (DIGEST,), (DIGEST,)),), (DIGEST,), (DIGEST,)),
        SavedHistory("history.txt", (HistoryEntry("RUN make", size=7), HistoryEntry("COPY . .", size=None))),
        PullLog("pull.log", (Pull("r/app", "v1", tuple(PulledLayer(f"{state}", state, 3) for state in PullState)),)),
        LoadLog("load.log", (LoadedLayer("0123", 5), LoadedLayer("4567", None)), ()),
        CacheUsage("du.txt", (CacheRecord("0123", 5, True, False, "regular", "RUN x"), CacheRecord("4567", None)), 9),
        DiskUsage("df.txt", (UsageTotal("Images", 3, 5, 4), UsageTotal("Build Cache", None, None, None))),
    ]
    return SavedOutputs(tuple(outputs[kind] for kind in kinds))


def image(*, read: bool = True, asked: bool = False, source: Source = Source.MEASURED) -> ImageCost:
    """A base, a copy, a RUN, a label. read: whether its layers were. asked: for its contents and duplicates, too."""

    def row(index: int, text: str, size: int, line: int | None, *, base: bool = False) -> InstructionCost:
        empty, layer = not size, DIGEST if size else None
        files = (3, 1, 0, None) if read else (None, None, None, None)
        cost = UNKNOWN_COST if base or empty else Cost(4.0, source)
        known = size if read or empty else None
        return InstructionCost(
            index, text.partition(" ")[0], text, f"{text} # buildkit", None, line, empty, layer, layer, base,
            known, known, *files[:3], cost, index if read else None,
        )  # fmt: skip

    rows = (
        row(0, "", 900, None, base=True),
        row(1, "COPY . .", 400, 3),
        row(2, "RUN make", 700, 4),
        row(3, "LABEL a=b", 0, None),
    )
    wasted = (WastedFile("/app/a", 3, 40), WastedFile("/app/b", 2, 5))
    contents = ImageContents(
        (LargePath("/usr/lib/x.so", 600, 1, 0), LargePath("/app/a", 20, 1, 1)),
        (LargePath("/usr/lib", 900, 7, None),),
        (FoundLeftover("pip cache", 300, 2, ("/root/.cache/pip", "/home/.cache/pip"), "RUN --mount=type=cache", (2,)),),
    )
    return ImageCost(
        "app:latest", "linux/amd64", DIGEST, DIGEST, 2_000 if read else None, SizeSource.LAYERS if read else None,
        1_500 if read else None, 3, rows, 0.97 if read else None, 45 if read else None, wasted if read else None,
        True, ASSUMED, None, contents if asked else None, (Duplicate(("/a", "/b"), 5, 5),) if asked else None,
        1, LinesFrom.HISTORY,
    )  # fmt: skip


def comparison(*, known: bool = True, source: Source = Source.MEASURED) -> Comparison:
    """Of two contexts, with a scenario and a history. known: all seconds of the after side."""
    was, now = ComparedRow("[2/3] RUN make", 3, "RUN make", 900, 12.0), ComparedRow("[2/3] RUN a", 4, "RUN a", 700, 9.0)
    steps = (
        StepChange(Change.SAME, was, was, 0, 0.0),
        StepChange(Change.MOVED, was, replace(was, line=9), 0, 0.0),
        StepChange(Change.EDITED, was, now, -200, -3.0),
        StepChange(Change.ADDED, None, now, None, None),
        StepChange(Change.REMOVED, was, None, -900, -12.0),
    )
    lost = tuple(LostCommit(40 * digit, "after", "lock: no such file") for digit in "12")
    later = HistorySum(7, 40.0 if known else None, 40.0 if known else 5.0, source)
    return Comparison(
        ComparedSide("before", 5_000, 3, 30.0, 1_000, source, SentContext(2, 70, 2, 70)),
        ComparedSide("after", 4_000, 3, 21.0, 1_000, source, SentContext(2, 60, 2, 60)),
        steps, (Scenario(("app.rb",), simulation(source=source), simulation(known=known, source=source)),),
        Transfer(900, 1, 2, 80), ASSUMED, chosen=True, price=Price(0.6, "$"),
        history=ComparedHistory(20, lost, HistorySum(31, 300.0, 300.0, source), later),
    )  # fmt: skip


def compared_images() -> Comparison:
    """Of two images, whose layers were read."""
    row = ComparedRow("RUN make", None, "RUN make", 900, None, DIGEST)
    changed = (
        ChangedFile(FileChange.REMOVED, "/a", 900, None),
        ChangedFile(FileChange.CHANGED, "/b", 10, 20),
        ChangedFile(FileChange.ADDED, "/c", None, 5),
    )
    files = FileChanges(*(ChangedFiles(1, size) for size in (5, 10, -900, 0, 3, 7)), changed)
    return Comparison(
        ComparedSide("app:v1", 5_000, 3, None),
        ComparedSide("app:v2", 4_000, 3, None),
        (StepChange(Change.EDITED, row, replace(row, text=""), None, None),),
        transfer=Transfer(900, 1, 2, 80),
        files=files,
        push=Transfer(900, 1, 2, 80, "layer already exists"),
    )


def replay(costs: Costs = no_costs, *, runs: bool = True) -> Replay:
    """Four commits of two weeks: the first build, one that re-runs all, one that re-runs little, one without any.

    runs: whether the RUN ever re-runs.
    """
    file, argument = FileCause("app.rb", FilePart.CONTENT), ArgumentCause("VERSION", "Dockerfile", 1)
    copy, make = (
        ReplayedStep(f"[{number}/3] {text}", number, Outcome.CACHED, (), ("base", text, 0), counted=True, costed=True)
        for number, text in ((2, "COPY . ."), (3, "RUN make"))
    )
    layout = (copy, make)
    both = ((0, copy.run(Outcome.REBUILT, (file,))), (1, make.run(Outcome.REBUILT, (file, argument))))
    open_one = (both[0], (1, make.run(Outcome.OUTPUT_DEPENDENT, (StepCause("COPY . ."),))))
    if not runs:
        both = open_one = both[:1]
    commits = (
        BuiltCommit(40 * "0", "2026-01-05T10:00:00+00:00", "begin", None, layout, both, ASSUMED),
        BuiltCommit(40 * "1", "2026-01-06T10:00:00+00:00", "change", None, layout, both, ASSUMED),
        BuiltCommit(40 * "2", "2026-01-13T10:00:00+00:00", "tidy", None, layout, open_one, ASSUMED),
        BuiltCommit(40 * "3", "2026-01-14T10:00:00+00:00", "break", "Dockerfile:1: unknown instruction"),
    )
    return summed_up(commits, costs)


def costs_of(**seconds: float) -> Costs:
    """Measured seconds by the keyword of a step; of others nothing is known."""

    def costs(name: str, _handled: Bytes = unknown_bytes, _platform: str = "") -> Cost:
        known = seconds.get(name.partition("] ")[2].partition(" ")[0])
        return UNKNOWN_COST if known is None else Cost(known, Source.MEASURED)

    return costs


def replayed(**seconds: float) -> ReplayedCosts:
    """With another Dockerfile, under which the RUN is cached, and in money."""
    other = replay(costs_of(**seconds), runs=False)
    return held_against(replay(costs_of(**seconds)), other, "Dockerfile.new", costs_of(**seconds), Price(0.6, "$"))


@cache
def _story() -> Story:
    return demo(SINATRA)


ANSWERS: dict[str, Callable[[], Answer]] = {
    "simulate": simulation,
    "simulate, partly unknown": lambda: simulation(known=False),
    "simulate, estimated": lambda: simulation(source=Source.ESTIMATED),
    "image": image,
    "image, with contents": lambda: image(asked=True),
    "image, not read": lambda: image(read=False),
    "image, estimated": lambda: image(source=Source.ESTIMATED),
    "compare": comparison,
    "compare, partly unknown": lambda: comparison(known=False, source=Source.ESTIMATED),
    "compare images": compared_images,
    "replay": lambda: replayed(COPY=0.5, RUN=12.0),
    "replay, partly unknown": lambda: replayed(COPY=0.5),
    "replay, unknown": replay,
    "explain": _explanations,
    "explain one": lambda: _explanations("COPY"),
    "verify": _verification,
    "context": _context_use,
    "registry": _registry_use,
    "timings": _timings,
    "read": lambda: _saved_outputs(*range(9)),
    "read builds": lambda: _saved_outputs(0),
    "read images": lambda: _saved_outputs(1),
    "read a push": lambda: _saved_outputs(2),
    "read a registry": lambda: _saved_outputs(3),
    "read a history": lambda: _saved_outputs(4),
    "read a pull": lambda: _saved_outputs(5),
    "read a load": lambda: _saved_outputs(6),
    "read a cache": lambda: _saved_outputs(7),
    "read disk usage": lambda: _saved_outputs(8),
    "demo": _story,
}
