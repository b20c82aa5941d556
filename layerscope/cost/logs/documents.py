"""What is no log and tells of a build all the same: provenance, image configs, saved histories."""

from __future__ import annotations

from layerscope.cost.build_log import BuildLog
from layerscope.cost.history_times import history_build
from layerscope.cost.provenance_times import provenance_times, sampled_builds
from layerscope.docker.history import find_histories, parse_config_history
from layerscope.docker.history_table import is_header
from layerscope.docker.predicate import find_predicates
from layerscope.errors import InputError


def document_builds(document: object, name: str) -> tuple[BuildLog, ...]:
    """What a JSON document tells that is provenance, or an image's config; none of any other."""
    provenances = [provenance_times(predicate) for predicate in find_predicates(document, name)]
    builds = sampled_builds(provenances, name)
    if provenances and not builds:
        text = "this provenance tells of the build as a whole, and of no step's time: a log or an exported record does"
        raise InputError(text, name)
    if builds:
        return builds
    history = parse_config_history(document, name)
    return (history_build(history, name),) if history else ()


def history_builds(text: str, name: str) -> tuple[BuildLog, ...]:
    """The newest builds of the images whose histories a text holds; none of a text that holds none."""
    histories = find_histories(text, name, sized=False)
    entries = [entry for history in histories for entry in history]
    if any(map(is_header, text.split("\n"))) and all(entry.created is None for entry in entries):
        if not entries:
            return ()
        ages = "this table of docker history tells ages, and no times: write it with --no-trunc --format json"
        raise InputError(ages, name)
    return tuple(history_build(history, name) for history in histories)
