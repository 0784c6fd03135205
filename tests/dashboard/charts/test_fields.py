"""Points joined where they are neighbours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts import fields

SPOT = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(SPOT, SPOT), min_size=1, max_size=60))
def test_each_point_stands_in_one_group_of_its_neighbours(spots: list[tuple[float, float]]) -> None:
    xs, ys = ([spot[axis] for spot in spots] for axis in (0, 1))
    groups = fields.joined(xs, ys)
    assert sorted(point for group in groups for point in group) == list(range(len(spots)))
    assert [len(group) for group in groups] == sorted(map(len, groups), reverse=True)
    for column, parts in ((xs, 30), (ys, 22)):
        step = (max(column) - min(column)) / parts
        for group in groups:
            held = [column[point] for point in group]
            assert max(held) - min(held) <= step * 1.0001 + 1e-9


def test_the_area_of_a_circle_is_how_many_it_holds() -> None:
    one, four, hundred = fields.sizes([[0], [1, 2, 3, 4], list(range(5, 105))])[::1]
    assert hundred == 18.0 and four == 3.6 and one == 3.0


def test_few_are_named_and_many_are_counted() -> None:
    names = ["A<b>", "B", "C", "D"]
    assert fields.head(names, [0, 2], "município", "municípios") == "A&lt;b&gt; e C"
    assert fields.head(names, [0, 1, 2, 3], "município", "municípios") == "4 municípios"
    assert fields.spread([3, 1, 2], [0, 2], str) == "2 a 3"
    assert fields.spread([3, 1, 3], [0, 2], str) == "3"
