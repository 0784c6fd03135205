from __future__ import annotations

import datetime as dt
import math
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipelines import verdicts
from pipelines.verdicts import (
    Observation,
    Target,
    changed,
    deliverable_state,
    judge,
    linear_pace,
    lint,
    pooled,
    wilson_interval,
)

AS_OF = dt.date(2026, 11, 22)


def goal(**given: object) -> Target:
    start: dict[str, object] = {
        "kind": "goal",
        "better": "higher",
        "baseline_year": 2020,
        "baseline_value": 40.0,
        "target_year": 2030,
        "target_value": 80.0,
    }
    return Target(**{**start, **given})  # type: ignore[arg-type]


def status(target: Target, *observations: Observation, as_of: dt.date = AS_OF) -> str:
    return judge(target, observations, as_of).status


class TestOrderOfRules:
    def test_1_no_target(self) -> None:
        assert status(goal(target_value=None), Observation(2024, 90.0)) == "not_judged"

    def test_1_no_direction(self) -> None:
        assert status(goal(better="none"), Observation(2024, 90.0)) == "not_judged"
        assert status(goal(better=None), Observation(2024, 90.0)) == "not_judged"
        assert status(goal(better=None, operator=">="), Observation(2024, 90.0)) == "achieved"

    def test_1_method_break_before_achieved(self) -> None:
        broken = Observation(2023, 90.0, None, None, None, True)
        verdict = judge(goal(), [Observation(2020, 40.0), broken], AS_OF)
        assert verdict.status == "not_judged"
        assert "método mudou" in verdict.reason
        assert [verdict.pace, verdict.cagr_ratio, verdict.concordance] == [None] * 3
        # A break at the baseline itself, or after the latest value, separates nothing.
        first = Observation(2020, 40.0, None, None, None, True)
        assert status(goal(), first, Observation(2023, 90.0)) == "achieved"
        later = Observation(2024, None, None, None, "not_available", True)
        assert status(goal(), Observation(2020, 40.0), Observation(2023, 90.0), later) == "achieved"

    def test_2_no_observation_after_the_baseline(self) -> None:
        assert status(goal(), Observation(2020, 40.0)) == "no_data"
        assert status(goal()) == "no_data"
        assert status(goal(), Observation(2023, None, None, None, "not_available")) == "no_data"

    def test_2_the_future_is_not_seen(self) -> None:
        observations = [Observation(2020, 40.0), Observation(2023, 90.0)]
        assert status(goal(), *observations, as_of=dt.date(2022, 6, 30)) == "no_data"
        assert status(goal(), *observations, as_of=dt.date(2023, 12, 31)) == "achieved"

    def test_3_achieved_at_the_bound_despite_floats(self) -> None:
        assert status(goal(target_value=57.0), Observation(2024, 57 / 100 * 100)) == "achieved"
        assert status(goal(target_value=57.0), Observation(2024, 56.999)) != "achieved"
        falling = goal(better="lower", baseline_value=10.0, target_value=0.0)
        assert status(falling, Observation(2024, 0.0)) == "achieved"

    def test_4_lost_after_being_beyond(self) -> None:
        # The raw pace of this municipality is 1.84, which would be "on track".
        lost = goal(baseline_year=2023, baseline_value=97.0, milestones={2024: 80.0})
        raw = linear_pace(97.0, 2023, 65.69, 2024, 80.0, 2030, {2024: 80.0})
        assert raw == pytest.approx(1.8418, abs=1e-4)
        verdict = judge(lost, [Observation(2023, 97.01), Observation(2024, 65.69)], AS_OF)
        assert verdict.status == "worsening"
        assert "estava além da meta" in verdict.reason
        assert verdict.pace is None
        assert verdict.un_q is None
        assert verdict.concordance == "1/1"

    def test_4_wins_over_the_deadline(self) -> None:
        lost = goal(baseline_value=90.0, target_year=2022)
        assert status(lost, Observation(2022, 70.0)) == "worsening"

    def test_5_missed_on_the_value_of_the_target_year(self) -> None:
        series = [Observation(2020, 40.0), Observation(2022, 79.0), Observation(2024, 95.0)]
        verdict = judge(goal(target_year=2022), series, AS_OF)
        assert verdict.status == "missed"
        assert (verdict.latest_year, verdict.latest_value) == (2022, 79.0)
        assert "95,0 em 2024" in verdict.reason
        assert verdict.required_per_year is None

    def test_5_later_fall_does_not_undo_an_achieved_target(self) -> None:
        ended = goal(target_year=2022)
        assert status(ended, Observation(2022, 80.0), Observation(2024, 20.0)) == "achieved"

    def test_5_deadline_without_a_value(self) -> None:
        ended = goal(target_year=2022)
        verdict = judge(ended, [Observation(2020, 40.0), Observation(2021, 60.0)], AS_OF)
        assert verdict.status == "missed"
        assert verdict.reason.startswith(
            "Prazo vencido sem dado do ano 2022: o último valor até ele é de 2021"
        )
        assert verdict.required_per_year is None
        # In the last day of the target year there is still time.
        assert status(ended, Observation(2021, 60.0), as_of=dt.date(2022, 12, 31)) == "on_track"
        only_later = judge(ended, [Observation(2024, 99.0)], AS_OF)
        assert only_later.status == "missed"
        assert only_later.latest_value is None

    def test_6_no_baseline_or_flat_path(self) -> None:
        assert status(goal(baseline_value=None), Observation(2024, 50.0)) == "not_judged"
        assert status(goal(baseline_value=None), Observation(2024, 80.0)) == "achieved"
        assert status(goal(milestones={2024: 40.0}), Observation(2024, 50.0)) == "not_judged"
        assert status(goal(target_year=None), Observation(2024, 50.0)) == "not_judged"

    def test_6_a_path_that_goes_backwards_has_no_pace(self) -> None:
        # Above a milestone that lies below the baseline, the raw pace would be negative: "worsening".
        assert status(goal(milestones={2024: 35.0}), Observation(2024, 50.0)) == "not_judged"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [(59.0, "on_track"), (58.999, "at_risk"), (52.0, "at_risk"), (51.99, "off_track"),
         (40.0, "off_track"), (39.99, "worsening")],
    )  # fmt: skip
    def test_7_to_10_thresholds(self, value: float, expected: str) -> None:
        # Expected for 2025: 60, that is a change of 20.
        assert status(goal(), Observation(2025, value)) == expected


def test_numbers_of_a_verdict_by_hand() -> None:
    verdict = judge(goal(), [Observation(2020, 40.0), Observation(2024, 50.0)], AS_OF)
    assert verdict.expected_value == pytest.approx(56.0)
    assert verdict.pace == pytest.approx(10 / 16)
    assert verdict.observed_per_year == pytest.approx(2.5)
    assert verdict.required_per_year == pytest.approx(5.0)
    assert verdict.gap == pytest.approx(30.0)
    assert verdict.gap_cases is None
    assert verdict.cagr_ratio == pytest.approx(((50 / 40) ** (1 / 4) - 1) / ((80 / 40) ** (1 / 10) - 1))
    assert verdict.un_q == pytest.approx((50 * (50 / 40) ** (6 / 4) - 40) / 40)
    # Pace 0.63: behind; ratio 0.80: behind; UN 0.75: behind.
    assert verdict.concordance == "3/3"


def test_methods_disagree_in_the_published_case() -> None:
    target = goal(baseline_year=2015, baseline_value=0.37, target_year=2030, target_value=60.0)
    verdict = judge(target, [Observation(2025, 9.53)], AS_OF)
    assert (verdict.status, verdict.cagr_status, verdict.un_status) == ("off_track", "on_track", "fair")
    assert verdict.concordance == "2/3"


def test_a_target_of_zero_has_pace_but_no_growth_method() -> None:
    target = goal(better="lower", baseline_value=10.0, target_value=0.0)
    verdict = judge(target, [Observation(2024, 6.0)], AS_OF)
    assert verdict.status == "on_track"
    assert verdict.cagr_ratio is None
    assert verdict.cagr_status is None
    assert verdict.un_q is None
    assert verdict.concordance == "1/1"


def test_gap_in_cases() -> None:
    target = goal(multiplier=100)
    verdict = judge(target, [Observation(2020, 40.0, 40, 100), Observation(2024, 70.0, 49, 70)], AS_OF)
    assert verdict.gap == pytest.approx(10.0)
    assert verdict.gap_cases == 7
    reached = judge(target, [Observation(2024, 90.0, 63, 70)], AS_OF)
    assert reached.gap_cases == 0


class TestCertainty:
    def births(self, deaths: int, births: int, year: int) -> Observation:
        return Observation(year, deaths / births * 1000, deaths, births)

    def target(self, **given: object) -> Target:
        return goal(better="lower", multiplier=1000, **given)

    def test_counts_of_the_latest_value_decide_the_side(self) -> None:
        # On the way from 40 to 80 in ten years the line of 2024 is 40 + 0.95 x 16 = 55.2.
        series = [Observation(2020, 40.0), Observation(2024, 60.0, 60, 100)]
        verdict = judge(goal(multiplier=100), series, AS_OF)
        assert (verdict.status, verdict.claim, verdict.strength_basis) == ("on_track", "ahead", "counts")
        assert verdict.claim_line == pytest.approx(55.2)
        assert verdict.probability == pytest.approx(stats.beta(60.5, 40.5).sf(0.552), abs=1e-9)
        assert (verdict.strength, verdict.certain) == ("likely", False)

    def test_a_register_is_a_fact_without_probability(self) -> None:
        verdict = judge(goal(), [Observation(2020, 40.0), Observation(2024, 60.0)], AS_OF)
        assert (verdict.probability, verdict.strength, verdict.certain) == (None, None, None)
        assert verdict.strength_basis == "register"
        assert (verdict.certain_reason or "").startswith("Registro oficial")

    def test_proportions_by_jeffreys(self) -> None:
        base = Observation(2020, 40.0, 400, 1000)
        small = judge(goal(multiplier=100), [base, Observation(2024, 54.5, 545, 1000)], AS_OF)
        assert (small.status, small.strength, small.certain) == ("at_risk", "unclear", False)
        large = judge(goal(multiplier=100), [base, Observation(2024, 60.0, 600, 1000)], AS_OF)
        assert (large.strength, large.certain) == ("firm", True)
        assert (large.interval_low, large.interval_high) == pytest.approx(
            tuple(limit * 100 for limit in wilson_interval(600, 1000))
        )

    def test_rates_by_gamma(self) -> None:
        base = self.births(40, 2000, 2020)
        target = self.target(baseline_value=20.0, target_value=5.0)
        verdict = judge(target, [base, self.births(25, 2000, 2024)], AS_OF)
        # The line of 2024 is 20 - 0.95 x 6 = 14.3 a thousand; 25 of 2,000 are 12.5.
        assert verdict.status == "on_track" and verdict.claim_line == pytest.approx(14.3)
        chance = stats.gamma(25.5, scale=1 / 2000).cdf(0.0143)
        assert verdict.probability == pytest.approx(chance, abs=1e-9)
        assert verdict.strength == "unclear"

    def test_a_fall_needs_the_move_and_the_side(self) -> None:
        base = Observation(2020, 40.0, 400, 1000)
        small = judge(goal(multiplier=100), [base, Observation(2024, 39.5, 395, 1000)], AS_OF)
        assert (small.status, small.claim) == ("off_track", "behind")
        assert "compatível com o acaso" in small.reason
        likely = judge(goal(multiplier=100), [base, Observation(2024, 38.0, 380, 1000)], AS_OF)
        assert (likely.status, likely.strength) == ("worsening", "likely")
        firm = judge(goal(multiplier=100), [base, Observation(2024, 35.0, 350, 1000)], AS_OF)
        assert (firm.status, firm.strength) == ("worsening", "firm")

    def test_a_change_under_the_meaningful_one_stands_still(self) -> None:
        series = [Observation(2020, 40.0), Observation(2024, 39.96)]
        still = judge(goal(meaningful=1.0, unit="%"), series, AS_OF)
        assert still.status == "off_track"
        assert still.reason.startswith("Parado desde 2020, em 40,0%")
        assert "de 40,0% para 40,0%" not in still.reason
        fallen = judge(goal(meaningful=1.0, unit="%"), [Observation(2024, 38.9)], AS_OF)
        assert (fallen.status, fallen.strength_basis) == ("worsening", "register")

    def test_achieved_needs_the_whole_interval(self) -> None:
        target = goal(multiplier=100, target_value=60.0)
        base = Observation(2020, 40.0, 400, 1000)
        near = judge(target, [base, Observation(2024, 61.0, 610, 1000)], AS_OF)
        assert (near.status, near.certain) == ("achieved", False)
        far = judge(target, [base, Observation(2024, 70.0, 700, 1000)], AS_OF)
        assert (far.status, far.certain) == ("achieved", True)

    def test_money_is_no_count(self) -> None:
        base = Observation(2020, 40.0, 4_000_000, 10_000_000)
        target = goal(multiplier=100, interval="none")
        verdict = judge(target, [base, Observation(2024, 50.0, 5_000_000, 10_000_000)], AS_OF)
        assert verdict.certain is None
        assert verdict.interval_low is None
        assert verdict.strength_basis == "register"

    def test_a_baseline_of_another_figure_borrows_no_counts(self) -> None:
        # The plan says 52; published are 40: the move from 52 to 39 has no counts to test.
        base = Observation(2020, 40.0, 400, 1000)
        target = goal(multiplier=100, baseline_value=52.0)
        verdict = judge(target, [base, Observation(2024, 39.0, 390, 1000)], AS_OF)
        assert (verdict.status, verdict.strength) == ("off_track", "firm")

    def test_small_counts_are_pooled_with_disjoint_windows(self) -> None:
        deaths = {2018: 3, 2019: 2, 2020: 4, 2021: 3, 2022: 2, 2023: 1, 2024: 0}
        observations = [self.births(count, 100, year) for year, count in deaths.items()]
        target = self.target(baseline_value=40.0, target_value=5.0)
        verdict = judge(target, observations, AS_OF)
        assert verdict.latest_value == pytest.approx(3 / 300 * 1000)
        # Baseline 9 / 300 = 30, and the path to 5 in 2030 expects 20 in 2024.
        assert verdict.expected_value == pytest.approx(20.0)
        assert verdict.pace == pytest.approx((10 - 30) / (20 - 30))
        assert verdict.observed_per_year == pytest.approx(-5.0)
        assert "três anos somados" in verdict.reason
        assert "2018 a 2020" in verdict.reason
        assert verdict.certain is False

    def test_overlapping_windows_are_not_judged(self) -> None:
        observations = [self.births(3, 100, year) for year in range(2018, 2023)]
        verdict = judge(self.target(baseline_value=30.0, target_value=5.0), observations, AS_OF)
        assert verdict.status == "not_judged"
        assert "janelas sobrepostas" in verdict.reason

    def test_a_year_missing_from_a_window_is_not_judged(self) -> None:
        observations = [self.births(3, 100, year) for year in (2019, 2020, 2022, 2023, 2024)]
        verdict = judge(self.target(baseline_value=30.0, target_value=5.0), observations, AS_OF)
        assert verdict.status == "not_judged"
        assert "2018 a 2020" in verdict.reason

    def test_a_triennial_indicator_is_not_pooled_again(self) -> None:
        observations = [self.births(9, 300, 2020), self.births(3, 300, 2024)]
        verdict = judge(self.target(baseline_value=30.0, target_value=5.0, window=3), observations, AS_OF)
        assert verdict.status == "on_track"
        assert verdict.latest_value == pytest.approx(10.0)

    def test_a_break_inside_a_pooled_window_is_not_judged(self) -> None:
        observations = [self.births(3, 100, year) for year in range(2018, 2025)]
        observations[1] = replace(observations[1], break_before=True)
        assert status(self.target(baseline_value=30.0, target_value=5.0), *observations) == "not_judged"


def test_pooled_carries_flags_and_refuses_gaps() -> None:
    years = [Observation(year, 10.0, 1, 100) for year in (2022, 2023)]
    last = Observation(2024, 20.0, 2, 100, "provisional")
    found = pooled([*years, last], 2024, 1000)
    assert found == Observation(2024, 4 / 300 * 1000, 4, 300, "provisional")
    assert pooled([*years, replace(last, numerator=None)], 2024, 1000) is None
    assert pooled(years, 2024, 1000) is None
    absent = Observation(2022, None, 0, 0, "not_in_existence")
    assert pooled([absent, years[1], last], 2024, 1000) is None


class TestLimits:
    staff = Target(kind="limit", operator="<=", target_value=54, alert_value=48.6, prudential_value=51.3)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [(40.0, "within"), (48.6, "within"), (48.61, "alert"), (51.3, "alert"), (51.31, "prudential"),
         (54.0, "prudential"), (54.01, "outside")],
    )  # fmt: skip
    def test_ceiling_with_alerts(self, value: float, expected: str) -> None:
        verdict = judge(self.staff, [Observation(2025, value)], AS_OF)
        assert verdict.status == expected
        assert verdict.gap == pytest.approx(value - 54)
        assert [verdict.pace, verdict.cagr_ratio, verdict.un_q, verdict.concordance] == [None] * 4
        assert verdict.expected_value is None

    @pytest.mark.parametrize(
        ("operator", "at_the_bound"),
        [(">=", "within"), ("<=", "within"), ("=", "within"), (">", "outside"), ("<", "outside")],
    )
    def test_a_value_equal_to_the_bound(self, operator: str, at_the_bound: str) -> None:
        target = Target(kind="limit", operator=operator, target_value=57)
        assert status(target, Observation(2025, 57 / 100 * 100)) == at_the_bound

    def test_the_latest_year_alone_counts(self) -> None:
        floor = Target(kind="limit", operator=">=", target_value=95, unit="%")
        verdict = judge(floor, [Observation(2023, 99.0), Observation(2024, 94.9)], AS_OF)
        assert verdict.status == "outside"
        assert "1 dos 2 anos" in verdict.reason
        missing = Observation(2025, None, None, None, "not_available")
        silent = judge(floor, [Observation(2024, 99.0), missing], AS_OF)
        assert silent.status == "no_data"
        assert "99,0% " not in silent.reason
        assert "2024" in silent.reason

    def test_a_year_beyond_the_plausible_reached_nothing(self) -> None:
        floor = Target(kind="limit", operator=">=", target_value=90, unit="%")
        beyond, low = Observation(2022, 113.9, flag="implausible"), Observation(2024, 55.6)
        assert "Alcançou" not in judge(floor, [beyond, low], AS_OF).reason
        three = judge(floor, [beyond, Observation(2023, 95.0), low], AS_OF)
        assert three.reason.endswith(" Alcançou o mínimo em 1 dos 2 anos que dá para ler.")

    def test_history_counts_the_years_since_the_last_change_of_method(self) -> None:
        floor = Target(kind="limit", operator=">=", target_value=95)
        values = {2019: 99.0, 2020: 99.0, 2021: 80.0, 2022: 90.0, 2023: 96.0, 2024: 97.0}

        def reason(*breaks: int, missing: int = 0) -> str:
            series = [
                Observation(year, None if year == missing else value, break_before=year in breaks)
                for year, value in values.items()
            ]
            return judge(floor, series, AS_OF).reason

        assert reason().endswith(" Alcançou o mínimo em 4 dos 6 anos com dado.")
        assert reason(2022).endswith(" Alcançou o mínimo em 2 dos 3 anos comparáveis.")
        assert reason(2020, 2023).endswith(" Alcançou o mínimo em 2 dos 2 anos comparáveis.")
        # A year without a value may carry the change too.
        assert reason(2022, missing=2022).endswith(" Alcançou o mínimo em 2 dos 2 anos comparáveis.")
        assert "Alcançou" not in reason(2024)

    @pytest.mark.parametrize(
        ("operator", "bound", "unit", "value", "said"),
        [
            (">=", 95, "%", 89.2, "89,2% em 2025; o mínimo é 95,0%."),
            ("<=", 120, "%", 40.0, "40,0% em 2025; o máximo é 120,0%."),
            ("<", 95, "%", 88.0, "88,0% em 2025; precisa ficar abaixo de 95,0%."),
            ("=", 0, "pendências", 2, "2 pendências em 2025; o esperado é nenhuma."),
            ("=", 0, "itens", 1, "1 item em 2025; o esperado é nenhum."),
            ("=", 1, "internações", 0, "0 internações em 2025; o esperado é 1 internação."),
            ("=", 0, "%", 2, "2,0% em 2025; o esperado é 0,0%."),
        ],
    )
    def test_floors_ceilings_and_what_is_expected_read_as_such(
        self, operator: str, bound: float, unit: str, value: float, said: str
    ) -> None:
        decimals = 1 if unit == "%" else 0
        target = Target(kind="limit", operator=operator, target_value=bound, unit=unit, decimals=decimals)
        assert judge(target, [Observation(2025, value)], AS_OF).reason == said

    def test_the_picture_of_a_day_says_the_day(self) -> None:
        none = Target(kind="limit", operator="=", target_value=0, unit="pendências", decimals=0)
        seen = Observation(2026, 2, period=dt.date(2026, 8, 21))
        assert judge(none, [seen], AS_OF).reason == "2 pendências em 21/08/2026; o esperado é nenhuma."
        assert seen == Observation(2026, 2)

    def test_certain_when_the_interval_lies_on_one_side(self) -> None:
        floor = Target(kind="limit", operator=">=", target_value=95, multiplier=100)
        cases = [
            (990, "within", True),
            (960, "within", False),
            (945, "outside", False),
            (700, "outside", True),
        ]
        for numerator, expected, certain in cases:
            verdict = judge(floor, [Observation(2024, numerator / 10, numerator, 1000)], AS_OF)
            assert (verdict.status, verdict.certain) == (expected, certain)
        assert judge(floor, [Observation(2024, 99.0)], AS_OF).certain is None

    def test_a_coverage_beyond_100_is_no_proportion(self) -> None:
        floor = Target(kind="limit", operator=">=", target_value=95, multiplier=100)
        verdict = judge(floor, [Observation(2024, 110.0, 110, 100)], AS_OF)
        assert verdict.interval_high is not None
        assert verdict.interval_high > 110

    def test_without_bound_or_side(self) -> None:
        assert status(Target(kind="limit", operator="<="), Observation(2024, 1.0)) == "not_judged"
        three = Target(kind="limit", target_value=3)
        assert status(three, Observation(2024, 1.0)) == "not_judged"
        assert status(replace(three, better="lower"), Observation(2024, 1.0)) == "within"


class TestCategories:
    grades = ("A+", "A", "B+", "B", "C", "D")

    def target(self, accepted: object) -> Target:
        return Target(kind="category", categories=self.grades, target_categories=accepted)  # type: ignore[arg-type]

    @pytest.mark.parametrize("accepted", [("A", "B"), "A|B", ("A+", "A", "B+", "B")])
    def test_a_or_b_accepts_the_plus_grades(self, accepted: object) -> None:
        found = [status(self.target(accepted), Observation(2024, place)) for place in range(1, 7)]
        assert found == ["within"] * 4 + ["outside"] * 2

    def test_a_plus_alone_does_not_accept_a(self) -> None:
        assert status(self.target(("A+",)), Observation(2024, 2)) == "outside"

    def test_no_grade_is_never_outside(self) -> None:
        for flag in ("not_available", "not_eligible"):
            missing = Observation(2024, None, None, None, flag)
            assert status(self.target("A|B"), Observation(2023, 1), missing) == "no_data"

    def test_history_counts_the_years_since_the_last_change_of_method(self) -> None:
        series = [Observation(2021, 5), Observation(2022, 5), Observation(2023, 1), Observation(2024, 2)]
        whole = judge(self.target("A|B"), series, AS_OF).reason
        assert whole.endswith(" Esteve entre elas em 2 dos 4 anos com dado.")
        series[1] = replace(series[1], break_before=True)
        since = judge(self.target("A|B"), series, AS_OF).reason
        assert since.endswith(" Esteve entre elas em 2 dos 3 anos comparáveis.")

    def test_unknown_grade_or_no_target(self) -> None:
        assert status(self.target("A|B"), Observation(2024, 7)) == "not_judged"
        assert status(self.target("A|B"), Observation(2024, 1.5)) == "not_judged"
        assert status(self.target(()), Observation(2024, 1)) == "not_judged"


def test_a_reading_from_a_base_that_nobody_published_says_so() -> None:
    said = "O valor de base é o do plano: não há valor publicado de 2020"
    before = [Observation(2022, 45.0), Observation(2024, 50.0)]
    assert judge(goal(), before, AS_OF).reason.endswith(f"{said}; a série começa em 2022.")
    # A hole in the series, told without a beginning; and a year of a missing value is published for nobody.
    hole = [Observation(2019, 38.0), *before]
    assert judge(goal(), hole, AS_OF).reason.endswith(f"{said}.")
    missing = [Observation(2020, None, None, None, "not_available"), *before]
    assert judge(goal(), missing, AS_OF).reason.endswith(f"{said}.")
    assert "O valor de base" not in judge(goal(), [Observation(2020, 40.0), *before], AS_OF).reason


def test_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="kind"):
        judge(Target(kind="wish"), [], AS_OF)


def test_missing_numbers_of_data_frames_are_missing() -> None:
    nan = float("nan")
    assert status(goal(target_value=nan), Observation(2024, 90.0)) == "not_judged"
    assert status(goal(), Observation(2024, nan)) == "no_data"
    assert status(goal(baseline_value=nan), Observation(2024, 50.0)) == "not_judged"
    floor = Target(kind="limit", operator=">=", target_value=5, alert_value=nan, interval="none")
    assert status(floor, Observation(2024, nan)) == "no_data"
    assert judge(floor, [Observation(2024, 9.0, nan, nan)], AS_OF).strength_basis == "register"
    grades = Target(kind="category", categories="A|B", target_categories="A")
    assert status(grades, Observation(2024, nan)) == "no_data"


@pytest.mark.parametrize("column", ["numerator", "denominator"])
@pytest.mark.parametrize("year", [2018, 2020, 2023, 2024])
def test_a_missing_count_of_data_frames_is_no_count_to_add_up(column: str, year: int) -> None:
    series = [Observation(at, 30.0, 3, 100) for at in range(2018, 2025)]
    series[year - 2018] = replace(series[year - 2018], **{column: math.nan})  # type: ignore[arg-type]
    falling = goal(better="lower", multiplier=1000, baseline_value=30.0, target_value=5.0)
    verdict = judge(falling, series, AS_OF)
    assert verdict.status == "not_judged"
    assert "faltam contagens" in verdict.reason
    assert "nan" not in verdict.reason
    assert pooled(series, 2024 if year > 2021 else 2020, 1000) is None


def test_verdict_has_the_columns_of_the_table() -> None:
    expected = (
        "plan plan_version municipality_code indicator status reason latest_year latest_value expected_value "
        "pace observed_per_year required_per_year gap gap_cases certain certain_reason interval_low "
        "interval_high cagr_ratio cagr_status un_q un_status concordance claim claim_line probability strength "
        "strength_basis pooled pooled_reason cause"
    )
    assert [item.name for item in fields(verdicts.Verdict)] == expected.split()


def test_every_status_has_a_label() -> None:
    assert len(verdicts.STATUS_LABELS) == len(set(verdicts.STATUS_LABELS.values())) == 12


def test_deliverables() -> None:
    yesterday, tomorrow = dt.date(2026, 11, 21), dt.date(2026, 11, 23)
    assert deliverable_state("to_do", yesterday, tomorrow, AS_OF) == "overdue"
    assert deliverable_state("done", yesterday, None, AS_OF) == "done"
    assert deliverable_state("in_progress", AS_OF, yesterday, AS_OF) == "in_progress"
    assert deliverable_state("to_do", tomorrow, yesterday, AS_OF) == "to_do"
    assert deliverable_state(None, None, None, AS_OF) == "never_updated"


class TestLint:
    target = goal(unit="%", decimals=1, range_low=0, range_high=100, multiplier=100)
    series = (Observation(2020, 40.0, 400, 1000), Observation(2021, 42.0, 420, 1000))

    def ids(self, target: Target, *observations: Observation, years: tuple[int, ...] = ()) -> list[str]:
        return [remark.id for remark in lint(target, observations or self.series, years)]

    def test_a_good_target_has_no_remark(self) -> None:
        assert self.ids(self.target, years=(2019, 2020, 2021)) == []

    def test_each_remark(self) -> None:
        target = self.target
        assert self.ids(replace(target, target_value=40.0)) == ["already_met", "gap_inside_noise"]
        assert self.ids(replace(target, target_value=30.0)) == ["already_met", "wrong_direction"]
        assert self.ids(replace(target, operator="<=")) == ["wrong_direction"]
        assert self.ids(replace(target, target_value=101.0)) == ["out_of_range"]
        assert self.ids(replace(target, baseline_value=40.1)) == ["baseline_differs"]
        assert self.ids(replace(target, baseline_value=40.04)) == []
        early = ["deadline_before_publication"]
        assert self.ids(replace(target, target_year=2021), years=(2020, 2021)) == early
        assert self.ids(replace(target, target_year=2029), years=(2010, 2022)) == early
        assert self.ids(replace(target, target_value=41.0)) == ["gap_inside_noise"]
        missing = Observation(2020, None, None, None, "not_available")
        assert self.ids(target, missing) == ["no_published_value"]
        assert "unit_slip" in self.ids(replace(target, target_value=0.95))
        assert self.ids(replace(target, baseline_value=None)) == ["no_baseline"]
        assert self.ids(replace(target, better="none")) == ["no_direction"]

    def test_a_true_small_percentage_is_no_slip(self) -> None:
        low = replace(self.target, better="lower", baseline_value=0.9, target_value=0.5)
        assert "unit_slip" not in self.ids(low, Observation(2020, 0.9))


# The first call of a SciPy distribution is slow, which says nothing about the function under test.
steady = settings(deadline=None)
years = st.integers(2000, 2020)
values = st.floats(-1e6, 1e6)


observations = st.lists(
    st.builds(
        Observation,
        st.integers(2010, 2030),
        st.one_of(st.sampled_from([None, math.nan]), st.floats(0, 100)),
        st.one_of(st.sampled_from([None, math.nan]), st.integers(0, 100)),
        st.one_of(st.sampled_from([None, math.nan]), st.integers(0, 100)),
        st.sampled_from([None, "provisional", "not_available"]),
        st.booleans(),
    ),
    max_size=8,
)
targets = st.builds(
    Target,
    kind=st.sampled_from(["goal", "limit", "category"]),
    operator=st.sampled_from([None, ">=", "<=", "<", ">", "="]),
    baseline_year=st.one_of(st.none(), st.integers(2010, 2025)),
    baseline_value=st.one_of(st.sampled_from([None, math.nan]), st.floats(0, 100)),
    target_year=st.one_of(st.none(), st.integers(2010, 2035)),
    target_value=st.one_of(st.none(), st.floats(0, 100)),
    target_categories=st.sampled_from([(), "A|B", ("A",)]),
    categories=st.sampled_from([(), ("A", "B", "C")]),
    alert_value=st.one_of(st.none(), st.floats(0, 100)),
    better=st.sampled_from([None, "higher", "lower", "none"]),
    multiplier=st.sampled_from([1, 100, 1000]),
    milestones=st.dictionaries(st.integers(2010, 2035), st.floats(0, 100), max_size=4),
)


@steady
@given(targets, observations)
def test_any_target_gets_a_verdict_that_hangs_together(target: Target, series: list[Observation]) -> None:
    verdict = judge(target, series, AS_OF)
    assert verdict.status in verdicts.STATUS_LABELS
    assert verdict.reason
    assert "nan" not in f"{verdict.reason} {verdict.certain_reason}"
    for item in fields(verdict):
        value = getattr(verdict, item.name)
        assert not isinstance(value, float) or math.isfinite(value)
    if verdict.status in {"not_judged", "no_data"}:
        assert [verdict.pace, verdict.certain, verdict.concordance] == [None] * 3
    if target.kind != "goal":
        assert [verdict.pace, verdict.cagr_ratio, verdict.un_q, verdict.concordance] == [None] * 4
    if verdict.concordance:
        agreeing, computable = map(int, verdict.concordance.split("/"))
        assert 0 <= agreeing <= computable <= 3
    assert judge(target, reversed(series), AS_OF).status in verdicts.STATUS_LABELS


@steady
@given(st.floats(1, 99), st.floats(1, 99), st.floats(1, 99), st.integers(2021, 2026))
def test_mirrored_goals_get_mirrored_verdicts(y0: float, yi: float, bound: float, year: int) -> None:
    up = judge(goal(baseline_value=y0, target_value=bound), [Observation(year, yi)], AS_OF)
    down = judge(
        goal(baseline_value=-y0, target_value=-bound, better="lower"), [Observation(year, -yi)], AS_OF
    )
    assert up.status == down.status
    assert up.gap == down.gap


def test_a_copy_with_other_values_is_what_replace_makes() -> None:
    observation = Observation(2020, 1.5, 3, 2, None, True, dt.date(2020, 12, 31))
    target = Target(plan="p", baseline_year=2020, milestones={2024: 2.0})
    silent = changed(observation, value=None)
    assert vars(silent) == vars(replace(observation, value=None)) and silent == replace(
        observation, value=None
    )
    later = changed(target, target_year=2030, unit="%")
    assert vars(later) == vars(replace(target, target_year=2030, unit="%")) and later.milestones == {
        2024: 2.0
    }
    assert observation.value == 1.5
    with pytest.raises(TypeError, match="reason"):
        changed(observation, reason="x")
