"""The cautions of a reading, each on the figures that the repository holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import declarations, gathering, rejudging
from pipelines.declarations import Config
from pipelines.panel import grounds_of_tables
from pipelines.plan_files import of_source
from pipelines.plan_files.plan import target_of
from pipelines.verdicts import Observation, Target, Verdict, judge
from pipelines.verdicts.many import Known, Observed, judge_many

AS_OF = dt.date(2026, 11, 22)

Judged = Callable[..., Verdict | None]


@pytest.fixture
def judged(built: duckdb.DuckDBPyConnection) -> Judged:
    """Judges a target from a municipality's own published value of a year; None where it has none of that year."""

    def judging(
        indicator: str, code: str, baseline_year: int, as_of: dt.date = AS_OF, **given: object
    ) -> Verdict | None:
        facts = declarations.indicators()[indicator]
        seen = [
            Observation(*row)
            for row in built.execute(
                """select year, value, numerator, denominator, flag, break_before, period from "values"
                where indicator = ? and municipality_code = ? order by period""",
                [indicator, code],
            ).fetchall()
        ]
        start = next((one.value for one in seen if one.year == baseline_year), None)
        if start is None:
            return None
        target: Target = target_of(
            facts, municipality_code=code, kind="goal", baseline_year=baseline_year, baseline_value=start,
            target_year=2030, **given,
        )  # fmt: skip
        target = of_source(target, declarations.sources()[facts.source])
        return judge(target, seen, as_of, grounds_of_tables(built, indicator, code))

    return judging


def test_the_targets_of_the_build_read_by_column_as_one_by_one(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[tuple[Verdict, Verdict]] = []

    def both(targets: Sequence[Target], seen: Observed, as_of: dt.date, known: Known) -> list[Verdict]:
        found = judge_many(targets, seen, as_of, known)
        for target, one in zip(targets, found, strict=True):
            pair = target.indicator, target.municipality_code
            observed = seen.get(pair, [])
            grounds = known.grounds(*pair, (each.year for each in observed))
            judged.append((one, judge(target, observed, as_of, grounds)))
        return found

    monkeypatch.setattr(gathering, "judge_many", both)
    with rejudging.prepared(config) as (folder, _):
        rows = pq.read_metadata(folder / "verdicts.parquet").num_rows
    assert len(judged) == rows > 1000
    assert [one for one, other in judged if one != other] == []


def codes(built: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        code
        for (code,) in built.execute("select municipality_code from municipalities order by 1").fetchall()
    ]


@pytest.mark.parametrize(("indicator", "target"), [("agua_atendimento", 99.0), ("esgoto_atendimento", 90.0)])
def test_nothing_is_read_across_the_census_of_snis(
    built: duckdb.DuckDBPyConnection, judged: Judged, indicator: str, target: float
) -> None:
    found = [judged(indicator, code, 2021, target_value=target) for code in codes(built)]
    read = [one for one in found if one is not None and one.latest_year == 2022]
    assert len(read) > 60
    assert {one.status for one in read if one.latest_value is not None} == {"not_judged"}
    # All that seemed to fall fell in that one step; no pace is told over it.
    assert all(one.pace is None and one.observed_per_year is None for one in read)
    # The fact, the distance and the pace that is asked are said all the same.
    assert all(one.gap is not None and one.required_per_year is not None for one in read)


def test_what_prints_alike_stands_still_and_has_not_fallen(
    built: duckdb.DuckDBPyConnection, judged: Judged
) -> None:
    # Losses of water that moved against the target by less than a point between 2021 and 2022.
    still = 0
    for code in codes(built):
        found = judged("agua_perdas", code, 2021, dt.date(2023, 6, 1), target_value=10.0)
        if found is None or found.pace is None or found.observed_per_year is None or found.pace >= 0:
            continue
        small = abs(found.observed_per_year) < 1
        assert found.status == ("off_track" if small else "worsening"), code
        assert found.reason.startswith("Parado desde 2021") == small, found.reason
        still += small
    assert still >= 3


def test_old_debt_is_no_reading_and_targets_that_are_over_do_not_expire(
    built: duckdb.DuckDBPyConnection,
) -> None:
    debt = built.execute(
        """select status, cause, strength, count(*), count(latest_value), count(gap), bool_and(reason like
        'O dado mais recente é de 2018 (%) e vale por 24 meses%') from verdicts
        where plan = 'divida_consolidada_liquida_limite' group by all"""
    ).fetchall()
    assert debt == [("no_data", "stale", None, 79, 79, 79, True)]
    assert built.execute(
        "select count(*) from verdicts where plan like 'ideb%2021' and cause = 'stale'"
    ).fetchall() == [(0,)]


def test_what_passes_100_is_not_read_and_keeps_fact_and_distance(built: duckdb.DuckDBPyConnection) -> None:
    beyond = """select v.plan, v.indicator, v.municipality_code from verdicts v join "values" s
        using (indicator, municipality_code) where s.year = v.latest_year and s.flag = 'implausible' and v.plan like 'vacina%'"""
    found = built.execute(
        f"""select status, cause, strength, count(*), count(latest_value), count(gap), min(latest_value) > 100
        from verdicts where (plan, indicator, municipality_code) in ({beyond}) group by all"""
    ).fetchall()
    assert found == [("not_judged", "implausible", None, 76, 76, 76, True)]
    assert built.execute(
        """select count(*) from verdicts where plan like 'vacina%' and latest_value > 100 and status != 'not_judged'"""
    ).fetchall() == [(0,)]


def test_a_cohorts_fall_needs_more_than_towns_of_its_size_swing(
    built: duckdb.DuckDBPyConnection, judged: Judged
) -> None:
    # Of those that fell from 2023 to 2024 every one was once "Em retrocesso"; few are beyond chance.
    fell, said = 0, []
    for code in codes(built):
        found = judged("crianca_alfabetizada_municipal", code, 2023, dt.date(2025, 3, 1), target_value=100.0)
        if found is None or found.pace is None or found.pace >= 0:
            continue
        fell += 1
        if found.status == "worsening":
            said.append(found.strength)
        else:
            assert found.status == "off_track" and "compatível com o acaso" in found.reason
    assert fell > len(said)
    assert set(said) <= {"firm", "likely"}
