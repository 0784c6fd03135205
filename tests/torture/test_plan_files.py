from __future__ import annotations

from pipelines.plan_files import read_plan
from tests.torture import plan_files


def test_every_kind_is_refused_in_words_or_read_with_the_right_value() -> None:
    tally = plan_files.run(seed=11, seconds=8, most=300)
    assert not tally.strange, tally.strange[:5]
    assert tally.accepted > 0
    assert tally.refused > 0
    assert tally.tried == tally.refused + tally.accepted


def test_a_wrong_value_does_not_pass() -> None:
    tally = plan_files.Tally()
    found = read_plan(
        plan_files.workbook(plan_files.draft()), "plano.xlsx", plan_files.PLACES, plan_files.MEASURES
    )
    tally.take("too much", found, lambda _: 7000.0, 70.0)
    tally.take("let in", found, lambda _: 70.0, None)
    tally.take("kept out", [], lambda _: None, None)
    assert len(tally.strange) == 3
