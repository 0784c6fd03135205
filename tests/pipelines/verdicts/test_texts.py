"""What a reading says, held against what it was made of."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import replace

import pytest

from pipelines import declarations
from pipelines.plan_files.plan import target_of
from pipelines.verdicts import (
    Field,
    Grounds,
    Item,
    Observation,
    Oscillation,
    Target,
    judge,
    parting,
    status_word,
)
from pipelines.verdicts.texts import Texts, _formats, _written, rounded

DAY = dt.date(2026, 11, 26)
SAVINGS = Target(
    kind="limit", operator="<", target_value=95, alert_value=85, better="lower", unit="%", indicator="poupanca"
)  # fmt: skip
FLOOR = Target(kind="limit", operator=">=", target_value=95, better="higher", unit="%", interval="proportion")
LITERACY = Target(
    kind="goal", baseline_year=2023, baseline_value=38.5, target_year=2030, target_value=80, better="higher", unit="%",
    cohort="crianças", meaningful=1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("target", "value", "said"),
    [
        # 94.99 is under 95, and "95,0%; precisa ficar abaixo de 95,0%. Cumpriu" would be no sentence to sign.
        (SAVINGS, 94.99, "94,99% em 2024; precisa ficar abaixo de 95,0%"),
        (SAVINGS, 95.0, "95,0% em 2024; precisa ficar abaixo de 95,0%"),
        (FLOOR, 94.96, "94,96% em 2024; o mínimo é 95,0%"),
        (FLOOR, 94.2, "94,2% em 2024; o mínimo é 95,0%"),
    ],
)
def test_a_value_never_prints_like_a_bound_that_it_does_not_stand_on(
    target: Target, value: float, said: str
) -> None:
    assert judge(target, [Observation(2024, value)], DAY).reason.startswith(said)


def test_a_goal_missed_by_a_hair_prints_apart_from_it() -> None:
    goal = Target(baseline_year=2005, baseline_value=4.0, target_year=2021, target_value=5.5, better="higher")
    found = judge(goal, [Observation(2021, 5.46)], DAY)
    assert (
        found.status == "missed" and found.reason == "Prazo vencido em 2021: ficou em 5,46; a meta era 5,5."
    )
    assert parting(5.5, 1, 5.5) == 1 and parting(5.46, 1, None, 9.0) == 1


def test_an_alert_says_where_it_begins() -> None:
    found = judge(SAVINGS, [Observation(2023, 90), Observation(2024, 92.24)], DAY)
    assert found.status == "alert" and "e o alerta começa em 85,0%" in found.reason
    within = judge(SAVINGS, [Observation(2024, 80)], DAY)
    assert within.status == "within" and "alerta" not in within.reason
    debt = Target(
        kind="limit", operator="<=", target_value=54, prudential_value=51.3, better="lower", unit="%"
    )
    assert "o limite prudencial começa acima de 51,3%" in judge(debt, [Observation(2025, 52)], DAY).reason


def test_of_what_cannot_be_the_distance_is_shown_and_no_interval_or_people_are_made() -> None:
    found = judge(FLOOR, [Observation(2024, 106.9, 31, 29, "implausible")], DAY)
    assert (found.status, found.latest_value) == ("not_judged", 106.9)
    assert found.gap == pytest.approx(95 - 106.9)
    assert (found.gap_cases, found.interval_low, found.interval_high) == (None, None, None)


def test_only_a_share_has_a_denominator_that_is_too_low() -> None:
    beyond = [Observation(2018, 449.7, flag="implausible")]
    debt = Target(kind="limit", operator="<=", target_value=120, better="lower", unit="%")
    assert "destoa dos outros anos ou municípios" in judge(debt, beyond, DAY).reason
    assert "o denominador da fonte está subestimado" in judge(replace(FLOOR, share=True), beyond, DAY).reason
    held = {name: target_of(item).share for name, item in declarations.indicators().items()}
    assert held["vacina_penta"] and not held["divida_consolidada_liquida"]


def test_pending_items_are_of_their_day_and_none_pending_then_is_no_distance() -> None:
    target = Target(kind="limit", operator="=", target_value=0, better="lower", unit="pendências", decimals=0)
    seen = [Observation(2026, 1, period=dt.date(2026, 8, 21))]
    pending = judge(target, seen, DAY, Grounds(items=[Item("3.2.4 Anexo 12", "pending", None)]))
    assert "É o retrato desse dia: o que foi regularizado depois não aparece." in pending.reason
    expired = [Item("1.2 Precatórios", "in_force", dt.date(2026, 8, 31))]
    silent = judge(target, [Observation(2026, 0, period=dt.date(2026, 8, 21))], DAY, Grounds(items=expired))
    assert (silent.status, silent.gap) == ("no_data", None)


def test_a_strength_names_its_line_and_what_moved_its_probability() -> None:
    swing = Oscillation(a=21.98, b=1_262_600, k=2.341, k60=0.85, changes=5396)
    grounds = Grounds(population=7480, oscillation=swing, fields={2025: Field(69, 15, 60)})
    reached = judge(LITERACY, [Observation(2025, 82)], DAY, grounds)
    # 82 of 80 is more likely beyond than not, by its own swing: what says 23% is the state's middle.
    assert reached.status == "achieved" and reached.probability is not None and reached.probability < 0.5
    assert "com o valor puxado para a mediana do estado" in (reached.certain_reason or "")
    assert "do caminho previsto" not in (reached.certain_reason or "")
    plain = judge(LITERACY, [Observation(2025, 82)], DAY, Grounds(population=7480, oscillation=swing))
    assert "puxado" not in (plain.certain_reason or "")
    behind = judge(LITERACY, [Observation(2025, 45)], DAY, grounds)
    assert "(95% do caminho previsto)" in (behind.certain_reason or "")
    assert "95 em cada 100 mudam até" in (behind.certain_reason or "")


def test_nothing_published_is_nothing_published() -> None:
    never = Target(baseline_year=2023, target_year=2033, target_value=90, better="higher")
    assert judge(never, [], DAY).reason == "Nenhum dado publicado."
    since = Target(
        baseline_year=2023, baseline_value=76.4, target_year=2033, target_value=99, better="higher"
    )
    assert judge(since, [Observation(2023, 76.4)], DAY).reason == "Nenhum dado publicado depois de 2023."


def test_methods_agree_on_nothing_where_the_year_of_the_deadline_has_no_value() -> None:
    goal = Target(baseline_year=2005, baseline_value=3.4, target_year=2021, target_value=5.5, better="higher")
    found = judge(goal, [Observation(2017, 5.0)], DAY)
    assert (found.status, found.concordance) == ("missed", None) and found.cagr_ratio is not None


GRADES = Target(kind="category", categories=("A", "B", "C"), target_categories=("A", "B"))
WAY = Target(baseline_year=2005, baseline_value=4.0, target_year=2021, target_value=5.5, better="higher")


@pytest.mark.parametrize(
    ("target", "seen", "said"),
    [
        (WAY, [Observation(2021, 5.6)], "5,6 em 2021, para uma meta de 5,5."),
        (WAY, [Observation(2021, 5.0)], "Prazo vencido em 2021: ficou em 5,0; a meta era 5,5."),
        (WAY, [], "Prazo vencido sem dado do ano: nada publicado depois de 2005 e até 2021."),
        (GRADES, [Observation(2024, 1.0)], "A em 2024; aceitas: A, B."),
        (GRADES, [Observation(2024, 3.0)], "C em 2024; aceitas: A, B."),
        (GRADES, [Observation(2024, None)], "O dado de 2024 não está disponível na fonte."),
        (
            GRADES,
            [Observation(2024, None, flag="not_eligible")],
            "O município não era elegível em 2024.",
        ),
        (FLOOR, [Observation(2024, None, flag="suppressed")], "O dado de 2024 foi omitido por sigilo."),
    ],
)
def test_a_reason_does_not_say_its_status_again(target: Target, seen: list[Observation], said: str) -> None:
    """Status and reason are read one after the other: "Meta alcançada. Meta alcançada: 5,6 em 2021"."""
    later = [] if seen else [Observation(2025, 5.0)]
    found = judge(target, [*seen, *later], DAY)
    assert found.reason.removesuffix(" Depois do prazo: 5,0 em 2025.") == said
    # A closed deadline is told with its year.
    if found.status != "missed":
        assert status_word(found.status, target.demand).lower() not in found.reason.lower()


@pytest.mark.parametrize(
    "target",
    [
        replace(WAY, target_value=None),
        replace(WAY, better="none"),
        replace(FLOOR, target_value=None),
        replace(GRADES, target_categories=()),
    ],
)
def test_where_nothing_is_asked_the_fact_is_still_told(target: Target) -> None:
    found = judge(target, [Observation(2021, 2.0), Observation(2023, None)], DAY)
    assert (found.status, found.latest_year, found.latest_value) == ("not_judged", 2021, 2.0)
    assert found.gap is None and found.strength is None and found.probability is None


def test_what_python_formats_is_what_a_decimal_is_rounded_to() -> None:
    draw = random.Random(5)
    values = [draw.uniform(-1, 1) * 10 ** draw.randint(-6, 11) for _ in range(4000)]
    values += [round(value, places) for value in values[:1500] for places in (1, 2, 3)]
    # Halves, on the decimal that a reader would write; what is rounded away; whole numbers; neighbours of all.
    values += [number / 2 * 10.0**-places for number in range(-41, 42) for places in range(7)]
    values += [math.nextafter(value, way) for value in values[-500:] for way in (-math.inf, math.inf)]
    values += [0.0, -0.0, -0.04, 2.675, 1e9, -1e16, 1e22, 5e-324]
    fast = 0
    for value in values:
        for decimals in range(5):
            shown = str(rounded(value, decimals))
            fast += _formats(value, decimals)
            assert _written(value, decimals) == shown, (value, decimals)
            assert _written(value, decimals, ",") == f"{rounded(value, decimals):,f}"
    # Of five ways to print one that is not too large or too small for it, four at the least.
    plain = [value for value in values if abs(value) < 1e9 and "e" not in repr(value)]
    assert fast > len(plain) * 4


def test_a_value_is_shown_as_it_is_rounded_inside_what_is_possible() -> None:
    draw = random.Random(6)
    for _ in range(3000):
        low, high = draw.choice([(0, 100), (None, 100), (0.0, None), (None, None)])
        decimals = draw.randint(0, 2)
        value = draw.choice(
            [draw.uniform(-0.1, 0.1), 100 - draw.uniform(-0.1, 0.1), round(draw.uniform(0, 100), 3), 0, 100]
        )
        text = Texts(Target(decimals=decimals, range_low=low, range_high=high))
        exact = (
            f"{rounded(value, decimals, low, high):,f}".replace(".", ";").replace(",", ".").replace(";", ",")
        )
        assert text.value(value) == exact.replace("-", "\u2212"), (value, low, high)
