"""Words that several answers say: sentences, and the names of rules."""

from __future__ import annotations

from layerscope.graph.outcomes import Outcome

ESTIMATED = "~ is an estimate by kind of work and bytes, not a measurement; --rates sets its figures."
COMPRESSED_ESTIMATED = (
    "~ compressed is an estimate from a sample of each layer: this archive holds plain tars, which no registry keeps."
)
NO_SECONDS = "Seconds are unknown: --timings FILE takes a build log with times, rawjson or plain."
NO_SECONDS_OR_ESTIMATE = f"{NO_SECONDS[:-1]}; --estimate guesses."
RERUN_WITHOUT_SECONDS = "the seconds of a step that re-runs are not known"
RERUN_RULES = {Outcome.REBUILT: "step-re-runs", Outcome.OUTPUT_DEPENDENT: "step-may-re-run"}
