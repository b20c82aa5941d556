"""Documents are written as the standard library writes them, byte for byte."""

from __future__ import annotations

import json
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.report.json_text import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(["\udcff"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(VALUES)
def test_as_the_standard_library_writes_it(value: object) -> None:
    assert json_text(value) == json.dumps(value, indent=1)


class Word(str, Enum):
    ONE = "one"


@pytest.mark.parametrize("value", [Word.ONE, [Word.ONE], {"a": Word.ONE}, 1e300, -0.0, 10**30])
def test_values_that_are_no_plain_ones(value: object) -> None:
    assert json_text(value) == json.dumps(value, indent=1)
