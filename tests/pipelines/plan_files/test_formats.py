from __future__ import annotations

import pytest

from pipelines.plan_files import formats


@pytest.mark.parametrize(
    ("value", "code", "number", "shown"),
    [
        (95, '0"%"', 95, "95%"),
        (95, r"0\%", 95, "95%"),
        (95, "0_%", 95, "95"),
        (0.95, "0%", 95, "95%"),
        (0.946, "0%", 94.6, "95%"),
        (0.95, '"até "0%" da meta"', 95, "até 95% da meta"),
        (0.95, "[>0.5]0%;0", 95, "95%"),
        (0.25, "[>0.5]0%;0.00", 0.25, "0,25"),
        (-0.95, '0%;-0"%"', -0.95, "-1%"),
        (-0.95, "0%;-0%", -95, "-95%"),
        (0, '0%;-0%;"zero: "0', 0, "zero: 0"),
        (1234.5, "#,##0.00", 1234.5, "1.234,50"),
        (1234.5, "[$R$-416] #,##0.00", 1234.5, "R$ 1.234,50"),
        (12.5, "General", 12.5, "12,5"),
        (5, "000", 5, "005"),
        (2028, "0", 2028, "2028"),
    ],
)
def test_a_number_is_the_one_that_the_cell_shows(value: float, code: str, number: float, shown: str) -> None:
    assert formats.scaled(value, code) == pytest.approx(number)
    assert formats.shown(value, code) == shown
    assert not formats.misleads(value, code)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (47000, "0,"),
        (-5, "0;0"),
        (95, '"1"0'),
        (95, '0"0"'),
        (95, r"0\,0"),
        (95, ";;;"),
        (95, '"n.d."'),
        (9, "[>10]0;[<5]0"),
    ],
)
def test_a_picture_of_another_number_is_told(value: float, code: str) -> None:
    assert formats.misleads(value, code)


def test_a_negative_in_brackets_is_no_other_number() -> None:
    assert not formats.misleads(-5, "0;(0)")
    assert formats.shown(-5, "0;(0)") == "(5)"
