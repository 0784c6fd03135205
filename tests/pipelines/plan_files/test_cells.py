from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.plan_files import (
    number_of,
)


@settings(deadline=None)
@given(st.floats(-1e9, 1e9, allow_nan=False), st.integers(0, 6))
def test_numbers_written_the_brazilian_way_are_read(value: float, decimals: int) -> None:
    written = f"{value:,.{decimals}f}"
    brazilian = written.translate(str.maketrans(",.", ".,"))
    found = number_of(brazilian)
    if "," not in brazilian and brazilian.count(".") == 1:
        assert found is None
    else:
        assert found == float(written.replace(",", ""))


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_number_or_none(text: str) -> None:
    found = number_of(text)
    assert found is None or isinstance(found, float)
