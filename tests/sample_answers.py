"""One answer of every kind, small and complete, for tests of what answers declare and of how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fixtures_path import RECORDED, SINATRA

from layerscope.analysis.answers.explanation import Explanations
from layerscope.analysis.answers.registry_use import ImageUse, RegistryUse, RepositoryUse, SharedLayer
from layerscope.analysis.answers.saved_outputs import SavedBuilds, SavedOutput, SavedOutputs
from layerscope.analysis.answers.simulation import Simulation, StepOutcome
from layerscope.analysis.answers.story import Story
from layerscope.analysis.answers.summary import Summary
from layerscope.analysis.answers.timings import StepTimings
from layerscope.analysis.answers.transfer import RebuiltLayers, SentContext, Transfer
from layerscope.analysis.answers.verification import Verification, VerifiedStep
from layerscope.analysis.cause import ArgumentCause, FileCause, StepCause
from layerscope.analysis.context_use import ContextUse, context_use
from layerscope.analysis.explain import explain
from layerscope.analysis.file_parts import FilePart
from layerscope.analysis.price import Price
from layerscope.answer import Answer, Assumption
from layerscope.context.edits import edited
from layerscope.cost.logs.open import read_log
from layerscope.cost.model import UNKNOWN_COST, Cost, Timing
from layerscope.cost.timings_file import load_timings
from layerscope.demo import demo_story
from layerscope.docker.image_listing import ImageListing, ListedImage
from layerscope.docker.push_log import LayerState, Push, PushedLayer, PushLog
from layerscope.docker.registry_tree import ListedRepository, RegistryTree
from layerscope.figures import Source
from layerscope.graph.outcomes import Outcome
from layerscope.inputs import open_context
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
    ]
    return SavedOutputs(tuple(outputs[kind] for kind in kinds))


@cache
def _story() -> Story:
    return demo_story(SINATRA)


ANSWERS: dict[str, Callable[[], Answer]] = {
    "simulate": simulation,
    "simulate, partly unknown": lambda: simulation(known=False),
    "simulate, estimated": lambda: simulation(source=Source.ESTIMATED),
    "explain": _explanations,
    "explain one": lambda: _explanations("COPY"),
    "verify": _verification,
    "context": _context_use,
    "registry": _registry_use,
    "timings": _timings,
    "read": lambda: _saved_outputs(0, 1, 2, 3),
    "read builds": lambda: _saved_outputs(0),
    "read images": lambda: _saved_outputs(1),
    "read a push": lambda: _saved_outputs(2),
    "read a registry": lambda: _saved_outputs(3),
    "demo": _story,
}
