from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from programme.changes import changes_between
from tests.pipelines.plan_files.samples import CATEGORY, DONE, GOAL, GOOD, LIMIT, MEASURES, TO_DO


@pytest.mark.parametrize(
    ("was", "now", "text", "eased"),
    [
        (GOAL, {"target_value": 80.5}, "Crianças alfabetizadas, meta: 70% → 80,5%", False),
        (
            GOAL,
            {"target_year": 2027, "milestones": GOAL.milestones},
            "Crianças alfabetizadas, prazo: 2028 → 2027",
            False,
        ),
        (GOAL, {"baseline_value": 50.0}, "Crianças alfabetizadas, linha de base: 41,6% → 50%", None),
        (GOAL, {"baseline_year": 2024}, "Crianças alfabetizadas, ano de base: 2023 → 2024", None),
        (GOAL, {"operator": ">"}, "Crianças alfabetizadas, sentido: pelo menos → acima de", None),
        (GOAL, {"milestones": {2025: 50.5}}, "Crianças alfabetizadas, marco de 2026: 58% → sem valor", True),
        (LIMIT, {"target_value": 13.0}, "Mortalidade infantil, limite: 12 por mil → 13 por mil", True),
        (LIMIT, {"alert_value": 11.0}, "Mortalidade infantil, alerta: 10,8 por mil → 11 por mil", None),
        (
            CATEGORY,
            {"target_categories": ("A", "B", "C")},
            "Capag, categorias aceitas: A ou B → A ou B ou C",
            True,
        ),
        (CATEGORY, {"target_categories": ("A",)}, "Capag, categorias aceitas: A ou B → A", False),
    ],
)
def test_each_change_is_said_with_its_unit_and_side(
    was: object, now: dict[str, object], text: str, eased: bool | None
) -> None:
    targets = tuple(replace(one, **now) if one is was else one for one in GOOD.targets)  # type: ignore[arg-type]
    found = changes_between(GOOD, replace(GOOD, targets=targets), MEASURES)
    assert [(one.text, one.eased) for one in found] == [(text, eased)]


def test_what_is_taken_out_is_the_largest_change() -> None:
    found = changes_between(GOOD, replace(GOOD, targets=(GOAL, CATEGORY), deliverables=(DONE,)), MEASURES)
    assert [one.text for one in found] == [
        "Mortalidade infantil, meta: 12 por mil → retirada",
        "Entrega E2: prazo 31/12/2026 → retirada",
    ]
    assert all(one.eased for one in found)


def test_a_deadline_of_a_deliverable_is_a_deadline() -> None:
    later = replace(TO_DO, due=dt.date(2027, 3, 31))
    [found] = changes_between(GOOD, replace(GOOD, deliverables=(DONE, later)), MEASURES)
    assert (found.text, found.eased) == ("Entrega E2, prazo: 31/12/2026 → 31/03/2027", True)


def test_what_is_new_or_only_worded_otherwise_asks_for_no_reason() -> None:
    more = replace(TO_DO, deliverable_id="E3")
    worded = tuple(replace(one, challenge="Outro desafio", responsible="Outra") for one in GOOD.targets)
    now = replace(GOOD, title="Outro título", targets=worded, deliverables=(*GOOD.deliverables, more))
    assert changes_between(GOOD, now, MEASURES) == []
    assert changes_between(replace(GOOD, targets=(GOAL,)), GOOD, MEASURES) == []
