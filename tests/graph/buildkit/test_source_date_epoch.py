"""What a build takes for SOURCE_DATE_EPOCH, by the rules of each frontend that reads it in another way."""

from __future__ import annotations

import pytest

from layerscope.graph.buildkit.source_date_epoch import NAME, SourceDateEpoch, source_date_epoch
from layerscope.graph.buildkit.versions import FRONTENDS

OLDEST, OF_ARGUMENT, BY_NAME = "1.19", "1.23", "1.24"


def settled(version: str, given: str | None, default: str | None = None) -> SourceDateEpoch:
    build_args = {} if given is None else {NAME: given}
    defaults = {} if default is None and given is None else {NAME: given if given is not None else default or ""}
    global_args = defaults if default is not None else {}
    return source_date_epoch(build_args, global_args, {"named"}, ["fetching"], lambda: FRONTENDS[version])


@pytest.mark.parametrize("version", FRONTENDS)
def test_a_number_is_a_time_on_every_version(version: str) -> None:
    found = settled(version, "5", "1")
    assert (found.time, found.build_args, found.fetched) == ("5", {NAME: "5"}, None)
    assert settled(version, None).time is None


def test_a_default_counts_since_it_may_be_an_argument() -> None:
    assert [settled(version, None, "7").time for version in (OLDEST, OF_ARGUMENT, BY_NAME)] == [None, "7", "7"]
    assert settled(OLDEST, None, "soon").time is None
    for version in (OF_ARGUMENT, BY_NAME):
        with pytest.raises(ValueError, match=f"invalid {NAME}: soon"):
            settled(version, None, "soon")


@pytest.mark.parametrize("given", ["01", "+1", "1"])
def test_a_number_is_written_as_one(given: str) -> None:
    older, newer = settled(OF_ARGUMENT, given), settled(BY_NAME, given)
    assert (older.time, older.build_args) == ("1", {NAME: given})
    assert (newer.time, newer.build_args) == ("1", {NAME: "1"})


def test_an_empty_one_is_none() -> None:
    assert (settled(OF_ARGUMENT, "").time, settled(OF_ARGUMENT, "").build_args) == (None, {NAME: ""})
    assert (settled(BY_NAME, "").time, settled(BY_NAME, "").build_args) == (None, {})


@pytest.mark.parametrize("name", ["context", "named"])
def test_what_is_sent_has_no_time(name: str) -> None:
    found = settled(BY_NAME, name)
    assert (found.time, found.build_args, found.assumption) == (None, {}, None)
    with pytest.raises(ValueError, match=f"invalid {NAME}: {name}"):
        settled(OF_ARGUMENT, name)


def test_a_stage_has_the_time_of_what_it_fetches() -> None:
    found = settled(BY_NAME, "Fetching")
    assert found.time == settled(BY_NAME, "fetching").time != settled(BY_NAME, "1").time
    assert found.assumption is not None
    assert found.assumption.subject == "fetching"
    with pytest.raises(ValueError, match=f"invalid {NAME}: other"):
        settled(BY_NAME, "other")
