"""Sentences that several answers say."""

from __future__ import annotations

ESTIMATED = "~ is an estimate by kind of work and bytes, not a measurement; --rates sets its figures."
NO_SECONDS = "Seconds are unknown: --timings FILE takes a build log with times, rawjson or plain."
NO_SECONDS_OR_ESTIMATE = f"{NO_SECONDS[:-1]}; --estimate guesses."
