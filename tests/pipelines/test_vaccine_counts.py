"""The counts behind the vaccination fractions: recovered exactly, and only where the fractions agree."""

from __future__ import annotations

import math

import duckdb
import pytest

from pipelines import declarations, raw_files
from pipelines.declarations import ROOT
from pipelines.vaccine_counts import (
    AGES,
    SHOWN,
    SOURCE,
    as_csv,
    nearest_multiple,
    read,
    recovered,
    smallest,
    solved,
)

RAW = ROOT / "data" / "raw"
FRACTIONS, BIRTHS = read(RAW)
VACCINES = [name for name in declarations.indicators() if name.startswith("vacina_")]
AGUA_CLARA, CAMPO_GRANDE = "500020", "500270"


def test_the_raw_table_is_what_the_fractions_give() -> None:
    committed = raw_files.content(SOURCE, raw_files.raw_path(RAW / SOURCE)).decode()
    assert committed == as_csv(recovered(FRACTIONS, BIRTHS))
    assert committed.count("\n") == 1 + 79 * 2 * 13


def test_one_population_explains_all_ages_of_every_municipality_and_year() -> None:
    assert len(FRACTIONS) == 158
    for (code, year), given in FRACTIONS.items():
        known = [given[name] for names in AGES.values() for name in names]
        population = smallest(known)
        assert population is not None
        assert all(abs(value * population - round(value * population)) < 1e-8 for value in known)
        assert set(solved(given, BIRTHS[code, year]).values()) == {population}


def test_in_2023_it_is_the_births_of_the_year_and_in_2024_part_of_them() -> None:
    found = {
        key: population / BIRTHS[key] - 1
        for key, given in FRACTIONS.items()
        for population in solved(given, BIRTHS[key]).values()
    }
    apart = {key: abs(share) * BIRTHS[key] for key, share in found.items() if key[1] == "2023"}
    assert sum(value < 0.5 for value in apart.values()) == 69
    assert max(apart.values()) == pytest.approx(2)
    partial = [share + 1 for key, share in found.items() if key[1] == "2024"]
    assert min(partial) == pytest.approx(77 / 282)
    assert max(partial) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("code", "year", "vaccine", "doses", "population"),
    [
        # 0.925 of 280 born; 0.85 of 120, scaled to 240, the multiple nearest the 229 born.
        (AGUA_CLARA, "2023", "BCG", 259, 280),
        (AGUA_CLARA, "2024", "Penta (DTP/HepB/Hib)", 204, 240),
        # 0.870699... of 11,918 born; 0.802471... of 5,098, twice (11,483 born).
        (CAMPO_GRANDE, "2023", "Penta (DTP/HepB/Hib)", 10377, 11918),
        (CAMPO_GRANDE, "2024", "Penta (DTP/HepB/Hib)", 8182, 10196),
    ],
)
def test_counts_worked_out_by_hand(code: str, year: str, vaccine: str, doses: int, population: int) -> None:
    key = (code, year)
    [one] = [count for count in recovered({key: FRACTIONS[key]}, BIRTHS) if count.vaccine == vaccine]
    assert (one.doses, one.population) == (doses, population)


def test_of_the_multiples_the_nearest_to_the_births_is_taken() -> None:
    assert nearest_multiple(120, 229) == 240
    assert nearest_multiple(20, 33) == 40
    assert nearest_multiple(280, 257) == 280
    assert nearest_multiple(10, 15) == 10
    assert nearest_multiple(77, 0) == 77


def test_an_age_whose_fractions_do_not_agree_has_no_counts_and_the_others_keep_theirs() -> None:
    given = dict(FRACTIONS[AGUA_CLARA, "2024"])
    given["Penta (DTP/HepB/Hib)"] = 0.8501
    found = solved(given, 229)
    assert not set(found) & set(AGES["menores de 1 ano"])
    assert {found[name] for age in ("ao nascer", "1 ano") for name in AGES[age]} == {120}
    # No fraction of whole numbers below two hundred thousand.
    given["Penta (DTP/HepB/Hib)"] = math.pi / 4
    assert not set(solved(given, 229)) & set(AGES["menores de 1 ano"])
    assert solved(FRACTIONS[AGUA_CLARA, "2024"], 0) == {}


def test_every_indicator_shows_a_vaccine_with_counts() -> None:
    queries = "".join(
        (declarations.HERE / "indicators" / f"{name}.sql").read_text("utf-8") for name in VACCINES
    )
    assert len(SHOWN) == len(VACCINES)
    assert all(f"'{vaccine}'" in queries for vaccine in SHOWN)
    assert set(SHOWN) <= {name for names in AGES.values() for name in names}


@pytest.mark.parametrize("indicator", VACCINES)
def test_values_stay_as_published_and_carry_their_counts(
    built: duckdb.DuckDBPyConnection, indicator: str
) -> None:
    rows = built.execute(
        'select value, numerator, denominator, flag from "values" where indicator = ?', [indicator]
    ).fetchall()
    assert len(rows) == 158
    for value, doses, population, flag in rows:
        assert doses == int(doses)
        assert population == int(population)
        assert value == pytest.approx(doses / population * 100, rel=1e-12)
        assert flag == ("implausible" if value > 100 else "estimated")
    assert declarations.indicators()[indicator].range == (0, 300)


def test_missing_children_are_counted_and_claims_are_at_most_likely(built: duckdb.DuckDBPyConnection) -> None:
    [(gap, basis, strength)] = built.execute(
        """select gap_cases, strength_basis, strength from verdicts
        where indicator = 'vacina_penta' and plan = 'vacinacao_infantil' and municipality_code = '5000203'"""
    ).fetchall()
    # 95% of 240 are 228, of which 204 are vaccinated.
    assert (gap, basis, strength) == (24, "counts", "likely")
    strengths = built.execute(
        "select distinct strength from verdicts where plan in ('vacinacao_infantil', 'vacinacao_bcg_rotavirus')"
    ).fetchall()
    assert {row[0] for row in strengths} == {"likely", "unclear", None}


def test_counts_of_another_edition_are_left_out() -> None:
    query = (declarations.HERE / "indicators" / "vacina_bcg.sql").read_text("utf-8")
    with duckdb.connect() as con:
        con.execute("create schema source")
        con.execute(
            """create table source.ms_vacinas as select * from (values
                ('5000203', date '2023-12-31', 'BCG', 92.5), ('5000252', date '2023-12-31', 'BCG', 92.5),
                ('5000609', date '2023-12-31', 'BCG', 120.0), ('5000708', date '2023-12-31', 'BCG', 50.0)
            ) as t(municipality_code, period, vaccine, coverage)"""
        )
        con.execute(
            """create table source.ms_vacinas_contagens as select * from (values
                ('5000203', date '2023-12-31', 'BCG', 259, 280), ('5000252', date '2023-12-31', 'BCG', 258, 280),
                ('5000609', date '2023-12-31', 'BCG', 24, 20)
            ) as t(municipality_code, period, vaccine, doses, target_population)"""
        )
        rows = con.execute(f"from ({query}) order by municipality_code").fetchall()
    assert [row[2:] for row in rows] == [
        (92.5, 259, 280, "estimated"),
        (92.5, None, None, None),
        (120, 24, 20, None),
        (50, None, None, None),
    ]
