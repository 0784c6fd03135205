"""The built tables: their contract, whole or nothing, and nothing missing drawn as a number."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import geopandas as gpd
import pytest

from pipelines import (
    aggregating,
    build,
    declarations,
    publishing,
    raw_files,
    schema,
    staging,
    swapping,
)
from pipelines.declarations import ROOT, Config
from tests.conftest import AS_OF, copy_raw

CONTRACT = {
    "municipalities": (
        "municipality_code name state latitude longitude area_km2 population population_year population_band "
        "immediate_region_code immediate_region intermediate_region_code intermediate_region microregion_code "
        "microregion mesoregion_code mesoregion planning_region_code planning_region planning_region_confirmed "
        "health_region_code health_region participant geometry"
    ),
    "indicators": (
        "indicator title area front unit decimals better kind categories range_low range_high multiplier "
        "aggregation periodicity next_release source note caveats"
    ),
    "values": (
        "indicator municipality_code period year value numerator denominator flag break_before edition"
    ),
    "aggregates": "indicator scope place_code place period value method municipalities_with_data municipalities_total",
    "plans": "plan plan_version title origin valid_from superseded_by legal_basis file sha256",
    "targets": (
        "plan plan_version municipality_code indicator front challenge kind operator baseline_year "
        "baseline_value target_year target_value target_categories alert_value prudential_value responsible "
        "legal_basis"
    ),
    "milestones": "plan plan_version municipality_code indicator year value",
    "deliverables": (
        "plan plan_version municipality_code deliverable_id indicator challenge action deliverable responsible "
        "start due status percent updated_at status_reason"
    ),
    "verdicts": (
        "plan plan_version municipality_code indicator status reason latest_year latest_value expected_value "
        "pace observed_per_year required_per_year gap gap_cases certain certain_reason interval_low "
        "interval_high cagr_ratio cagr_status un_q un_status concordance claim claim_line probability strength "
        "strength_basis pooled pooled_reason cause"
    ),
    "verdict_history": "plan plan_version municipality_code indicator judged_at status status_before reason_of_change",
    "sources": (
        "source publisher dataset url edition licence retrieved sha256 periods municipalities rows rejected origin "
        "first_period last_period"
    ),
    "editions": ("source label retrieved origin edition rows sha256 kept in_use revised withdrawn readings"),
    "revisions": "indicator municipality_code period source label revised_at kind before after",
    "lineage": "indicator source column",
    "rejected": "source file line column value reason",
    "benchmarks": "indicator scope place period value edition",
    "items": "indicator municipality_code period item state valid_until",
    "oscillation": "indicator a b k k60 changes municipalities first_year last_year",
    "reach": (
        "plan plan_version municipality_code indicator years_left years windows municipalities class_low "
        "class_high class_band kept word one_in_ten half nine_in_ten cover cover_starts cover_others trusted "
        "obstacle"
    ),
}
KEYS = {
    "municipalities": "municipality_code",
    "indicators": "indicator",
    "values": "indicator, municipality_code, period",
    "aggregates": "scope, place_code, indicator, period",
    "plans": "plan, plan_version",
    "targets": "plan, plan_version, municipality_code, indicator",
    "milestones": "plan, plan_version, municipality_code, indicator, year",
    "deliverables": "plan, plan_version, municipality_code, deliverable_id",
    "verdicts": "plan, plan_version, municipality_code, indicator",
    "sources": "source",
    "editions": "source, label",
    "revisions": "indicator, municipality_code, period, source, label",
    "benchmarks": "indicator, scope, place, period",
    "items": "indicator, municipality_code, period, item",
    "oscillation": "indicator",
    "reach": "plan, plan_version, municipality_code, indicator",
}
Rows = list[tuple[object, ...]]


def ask(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> Rows:
    return con.execute(query, list(values)).fetchall()


RIO_BRANCO = "1200401"


def line_of(source: str, start: str) -> int:
    """The line of the raw file of a source that starts with a text."""
    text = raw_files.content(source, raw_files.raw_path(ROOT / "data" / "raw" / source)).decode()
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def damage(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("table", CONTRACT)
def test_tables_have_exactly_the_columns_that_others_read(
    built: duckdb.DuckDBPyConnection, table: str
) -> None:
    assert [row[0] for row in ask(built, f'describe "{table}"')] == CONTRACT[table].split()


@pytest.mark.parametrize("table", KEYS)
def test_keys_are_unique(built: duckdb.DuckDBPyConnection, table: str) -> None:
    assert ask(built, f'select {KEYS[table]} from "{table}" group by all having count(*) > 1') == []


def test_types_that_other_programs_count_on(built: duckdb.DuckDBPyConnection) -> None:
    types = {row[0]: row[1] for row in ask(built, 'describe "values"')}
    assert types["period"] == "DATE"
    assert types["value"] == types["numerator"] == types["denominator"] == "DOUBLE"
    assert types["break_before"] == "BOOLEAN"
    types = {row[0]: row[1] for row in ask(built, "describe municipalities")}
    assert types["municipality_code"] == "VARCHAR"
    assert types["participant"] == types["planning_region_confirmed"] == "BOOLEAN"


MUNICIPALITY_TYPES = {
    "municipality_code": "VARCHAR", "name": "VARCHAR", "state": "VARCHAR", "latitude": "DOUBLE",
    "longitude": "DOUBLE", "area_km2": "DOUBLE", "population": "BIGINT", "population_year": "INTEGER",
    "population_band": "VARCHAR", "immediate_region": "VARCHAR", "intermediate_region": "VARCHAR",
    "microregion": "VARCHAR", "mesoregion": "VARCHAR", "planning_region": "VARCHAR",
    "planning_region_confirmed": "BOOLEAN", "health_region": "VARCHAR", "participant": "BOOLEAN",
    **{f"{scope}_code": "VARCHAR" for scope in declarations.SCOPES},
}  # fmt: skip


def as_another_state(config: Config) -> None:
    """Make of the raw files those of a state, 12, of which its own divisions into regions are not known."""
    shutil.rmtree(config.raw / "plans", ignore_errors=True)
    # The codes of both states change places, so that nobody is there twice.
    other = {"12": "50", "50": "12"}
    for path in config.raw.glob("*/values.csv"):
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"(?m)^(12|50)(?=\d{4,5},)", lambda found: other[found[1]], text), "utf-8")
    registry = config.raw / "ibge_municipios" / "values.csv"
    with registry.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with registry.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            gone = ("planning_region", "planning_region_source", "health_region", "health_macroregion")
            if row["municipality_code"].startswith("12"):
                row |= {"state": "AC"} | dict.fromkeys(gone, "")
            writer.writerow(row)


def test_another_state_without_regions_of_its_own_has_the_same_types(copied: Config, tmp_path: Path) -> None:
    as_another_state(copied)
    elsewhere = replace(
        copied, territory=replace(copied.territory, state="12", name="Acre", of_name="do Acre")
    )
    # One municipality without population: an integer with a gap stays an integer.
    people = copied.raw / "ibge_populacao" / "values.csv"
    people.write_text(
        re.sub(r"(?m)^(1202704,[^,]*,[^,]*),[^,\n]*", r"\1,", people.read_text("utf-8")), "utf-8"
    )
    build.build(elsewhere)
    path = elsewhere.processed / "municipalities.parquet"
    with duckdb.connect() as con:
        types = {
            row[0]: row[1]
            for row in ask(con, "describe select * exclude (geometry) from read_parquet(?)", str(path))
        }
    assert types == MUNICIPALITY_TYPES
    frame = gpd.read_parquet(path)
    assert (len(frame), frame.crs.to_epsg()) == (79, 4674)
    assert frame["health_region"].isna().all()
    assert frame["population"].isna().sum() == 1
    out = tmp_path / "out"
    publishing.publish(elsewhere, out)
    with (out / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        assert {row["planning_region"] for row in csv.DictReader(file)} == {""}


def test_only_what_cannot_be_true_is_rejected(built: duckdb.DuckDBPyConnection) -> None:
    told = ask(built, 'select file, line, "column", value from rejected order by all')
    assert told == [
        # Negative cash makes a negative index, better than the best.
        ("stn_capag/values.csv.gz", 25519, "Indicador 3", "-0.0763001793779245"),
        ("stn_capag/values.csv.gz", 25520, "Indicador 3", "-0.207358838111998"),
        # Accounts sent in part.
        ("stn_dca/values.csv", 117, "Receita_Corrente", "39236202.43"),
        ("stn_dca/values.csv", 136, "Receita_Corrente", "15662625.59"),
        ("stn_dca/values.csv", 169, "Receita_Corrente", "63110885.78"),
        ("stn_dca/values.csv", 240, "Receita_Corrente", "34655994.7"),
        # The Treasury published a negative gross debt for one municipality; no debt is below zero.
        ("stn_rgf/values.csv.gz", 4984, "dc_pct_rcl", "-0,06"),
    ]


def test_periods_and_municipalities_of_a_source_are_those_that_came_in(
    built: duckdb.DuckDBPyConnection, slips: duckdb.DuckDBPyConnection
) -> None:
    assert ask(built, "select source, periods from sources order by source") == [
        (name, source.periods or None) for name, source in declarations.sources().items()
    ]
    assert ask(
        slips, "select rows, periods, municipalities from sources where source = 'ipea_homicidios'"
    ) == [(0, None, 0)]
    # There are more lines, of another state and other years.
    assert ask(slips, "select rows, periods, municipalities from sources where source = 'ibge_internet'") == [
        (79, "2022", 79)
    ]


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        ([], None),
        (["2022"], "2022"),
        (["2010", "2022"], "2010, 2022"),
        (["2005", "2007", "2009", "2011"], "2005-2011"),
        (["2022", "2023"], "2022-2023"),
        (["2026-01", "2026-02", "2026-03"], "2026-01 a 2026-03"),
    ],
)
def test_periods_are_said_as_people_do(periods: list[str], said: str | None) -> None:
    assert staging.span(periods) == said


def test_accounts_that_are_left_out_are_told_with_their_reason(built: duckdb.DuckDBPyConnection) -> None:
    [(reasons,)] = ask(built, "select list(distinct reason) from rejected where source = 'stn_dca'")
    assert "parece enviada pela metade" in str(reasons)
    assert ask(
        built,
        """select indicator, flag from "values" where municipality_code = '5003801' and year = 2022
        and value is null and indicator in (select indicator from indicators where source = 'stn_dca')
        order by all""",
    ) == [
        (name, "not_available")
        for name in (
            "despesa_capital_participacao", "despesa_capital_por_habitante",
            "despesa_corrente_receita_corrente", "receita_corrente_por_habitante",
        )
    ]  # fmt: skip
    assert ask(
        built, "select rejected from sources where source in ('stn_capag', 'stn_dca') order by source"
    ) == [
        (2,),
        (4,),
    ]


def test_municipalities_are_geoparquet_in_sirgas_2000(config: Config) -> None:
    frame = gpd.read_parquet(config.processed / "municipalities.parquet")
    assert frame.crs.to_epsg() == 4674
    assert frame.geometry.notna().all()
    assert frame.geometry.is_valid.all()
    # IBGE: the state has 357,142.081 km2 and 2,757,013 people in the census of 2022.
    assert frame["area_km2"].sum() == pytest.approx(357_142.081, abs=1)
    assert frame["participant"].isna().all()


def test_every_municipality_stands_at_every_period_with_a_value_or_a_reason(
    built: duckdb.DuckDBPyConnection,
) -> None:
    [(municipalities,)] = ask(built, "select count(*) from municipalities")
    uneven = ask(
        built,
        'select indicator, period, count(*) from "values" group by all having count(*) != ?',
        municipalities,
    )
    assert uneven == []
    missing = "('not_available', 'not_eligible', 'suppressed', 'not_in_existence')"
    assert ask(
        built,
        f'select count(*) from "values" where (value is null) != coalesce(flag in {missing}, false) '
        f"or (value is null and (numerator is not null or denominator is not null))",
    ) == [(0,)]


def test_values_are_numerator_over_denominator(built: duckdb.DuckDBPyConnection) -> None:
    [(checked, wrong)] = ask(
        built,
        """select count(*), count(*) filter (abs(value - numerator / denominator * multiplier)
            > 1e-9 * greatest(1, abs(value)))
        from "values" join indicators using (indicator) where value is not null and denominator is not null""",
    )
    assert checked > 10_000  # type: ignore[operator]
    assert wrong == 0


def test_a_zero_before_the_municipality_existed_is_no_observation(built: duckdb.DuckDBPyConnection) -> None:
    for code, since in (("5006275", 2013), ("5003900", 2005)):
        early = ask(
            built,
            'select distinct flag from "values" where municipality_code = ? and year < ? and value is null',
            code,
            since,
        )
        assert ("not_in_existence",) in early
        assert ask(
            built,
            'select count(*) from "values" where municipality_code = ? and year < ? and value = 0',
            code,
            since,
        ) == [(0,)]


def test_breaks_stand_before_the_first_period_of_the_new_method(built: duckdb.DuckDBPyConnection) -> None:
    declared = {name for name, item in declarations.indicators().items() if item.breaks}
    marked = {row[0] for row in ask(built, 'select distinct indicator from "values" where break_before')}
    assert marked <= declared


def test_aggregates_follow_the_declared_method(built: duckdb.DuckDBPyConnection) -> None:
    [(total, with_data, of)] = ask(
        built,
        "select value, municipalities_with_data, municipalities_total from aggregates "
        "where indicator = 'populacao' and scope = 'state' and period = date '2022-12-31'",
    )
    assert (total, with_data, of) == (2_757_013, 79, 79)
    # Census 2022: 5.39% of people of 15 or more cannot read and write, so 94.61% can.
    [(rate,)] = ask(
        built,
        "select value from aggregates where indicator = 'taxa_alfabetizacao' and scope = 'state' and year(period) = 2022",
    )
    assert rate == pytest.approx(94.61, abs=0.005)
    [(median,)] = ask(
        built,
        "select value from aggregates where indicator = 'idhm' and scope = 'state' and year(period) = 2010",
    )
    [(expected,)] = ask(
        built, "select median(value) from \"values\" where indicator = 'idhm' and year = 2010"
    )
    assert median == expected
    assert ask(
        built, "select count(*) from aggregates where method = 'distribution' and value is not null"
    ) == [(0,)]


def test_coverage_is_the_accepted_one(built: duckdb.DuckDBPyConnection) -> None:
    with (ROOT / "tests" / "pipelines" / "coverage.csv").open(encoding="utf-8", newline="") as file:
        accepted = {
            (row["indicator"], row["period"]): int(row["municipalities"]) for row in csv.DictReader(file)
        }
    found = {
        (str(indicator), str(period)): count
        for indicator, period, count in ask(
            built, 'select indicator, period, count(value) from "values" group by all'
        )
    }
    changed = {
        key: (accepted.get(key), found.get(key))
        for key in accepted | found
        if accepted.get(key) != found.get(key)
    }
    assert not changed, f"coverage changed (accepted, found); read it, then `make accept`: {changed}"


def test_a_wrong_value_is_refused_with_its_line_and_the_rest_stays(copied: Config) -> None:
    raw = copied.raw / "pnud_idhm" / "values.csv"
    lines = raw.read_text("utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("5002704,2010"))
    damage(raw, lines[place], lines[place].replace("0.784", "7.84", 1))
    build.build(copied)
    with duckdb.connect() as con:
        told = ask(
            con,
            "select line, 'x', value, reason from read_parquet(?) where source = 'pnud_idhm' and line is not null",
            str(copied.processed / "rejected.parquet"),
        )
        left = ask(
            con,
            "select count(value) from read_parquet(?) where indicator = 'idhm' and year = 2010",
            str(copied.processed / "values.parquet"),
        )
    assert [(line, float(str(value))) for line, _, value, _ in told] == [(place + 1, 7.84)]
    assert "intervalo" in str(told[0][3])
    assert left == [(77,)]


@pytest.fixture(scope="module")
def slips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a build, not written, over raw files with some slips of their publishers."""
    folder = tmp_path_factory.mktemp("slips")
    copy_raw(folder / "data" / "raw")
    found = replace(declarations.read_config(), data=folder / "data")
    mesh = found.raw / "ibge_malha" / "values.csv"
    lines = mesh.read_text("utf-8").splitlines(keepends=True)
    agua_clara = next(place for place, line in enumerate(lines) if line.startswith("5000203,"))
    lines[agua_clara] = '5000203,2022,"POINT (-54 -20)"\n'
    lines[agua_clara + 1] = lines[agua_clara + 1].replace("5000252", "5099999", 1)
    # A bow tie: its ring crosses itself.
    name, year, _ = lines[agua_clara + 2].split(",", 2)
    lines[agua_clara + 2] = f'{name},{year},"POLYGON ((-54 -20, -53 -19, -53 -20, -54 -19, -54 -20))"\n'
    mesh.write_text("".join(lines), "utf-8")
    damage(
        found.raw / "stn_cauc" / "values.csv", "5000203,2026-08-21,15/02/27", "5000203,2026-08-21,Em análise"
    )
    registry = found.raw / "ibge_municipios" / "values.csv"
    damage(registry, "5000203,2022,Água Clara,MS,", "5000203,2022,,,")
    damage(registry, ",500004,Coxim,", ",500004,,")
    homes = found.raw / "ibge_internet" / "values.csv"
    with homes.open("a", encoding="utf-8") as file:
        file.write(f"{RIO_BRANCO},2021,100,50\n{RIO_BRANCO},2020,100,muitos\n{RIO_BRANCO},2019,50,100\n")
    (found.raw / "ipea_homicidios" / "values.csv").write_text("", "utf-8")
    damage(found.raw / "ibge_pib" / "values.csv", "5000203,2002,131033.61", "5000203,2002,-131033.61")
    damage(found.raw / "ibge_pib" / "values.csv", "5000203,2003,184123.09", "5000203,2003,2000000001")
    vaccines = found.raw / "ms_vacinas" / "values.csv"
    vaccines.write_text(vaccines.read_text("utf-8").replace("Penta (DTP/HepB/Hib)", "Pentavalente"), "utf-8")
    with duckdb.connect() as con:
        build.build_tables(con, found, dt.date(2026, 11, 22))
        yield con


def refused(con: duckdb.DuckDBPyConnection, source: str, column: str) -> Rows:
    return ask(
        con,
        'select line, value, reason from rejected where source = ? and "column" = ? order by line nulls last',
        source,
        column,
    )


def test_what_lies_outside_the_territory_is_in_no_table_and_is_no_refusal(
    slips: duckdb.DuckDBPyConnection,
) -> None:
    # Of three rows of another state one cell is no number, and one share passes of 100%.
    assert ask(slips, "select count(*) from raw.ibge_internet where municipality_code = ?", RIO_BRANCO) == [
        (3,)
    ]
    assert ask(slips, "select * from rejected where source = 'ibge_internet' and line is not null") == []
    for table in ("values", "municipalities", "targets", "verdicts"):
        outside = f"""select distinct municipality_code from "{table}" where not starts_with(municipality_code, '50')"""
        assert ask(slips, outside) == []
    assert ask(slips, "select place from aggregates where scope = 'state'  and place != 'MS'") == []
    # What is there of the whole country stays at hand, for whoever fits something on all of it.
    [(everyone,)] = ask(
        slips, "select count(distinct municipality_code) from staged where indicator = 'populacao'"
    )
    assert everyone == 5570


def test_no_figure_of_the_territory_depends_on_the_other_states(config: Config) -> None:
    """The same build over raw files that hold the territory alone gives the same tables; the country's are gone."""
    own = {
        "values": 'select * from "values" order by all',
        "aggregates": "select * from aggregates where scope != 'country' order by all",
    }
    with duckdb.connect() as con:
        build.build_tables(con, config, AS_OF)
        whole = {table: ask(con, query) for table, query in own.items()}
        targets = ask(con, "from targets")
        assert ask(con, "select count(*) > 100 from aggregates where scope = 'country'") == [(True,)]
        for (table,) in ask(con, "select table_name from duckdb_tables() where schema_name = 'source'"):
            con.execute(f"delete from source.\"{table}\" where not starts_with(municipality_code, '50')")
        for table in ("indicators", "values", "aggregates", "lineage"):
            con.execute(f'delete from "{table}"')
        stands = build.standing(config, AS_OF)
        staging.stage_indicators(con, declarations.indicators(), stands, swapping.silent)
        staging.check_values(con, stands)
        build._mark_implausible(con)
        build._values(con)
        aggregating.fill(con, config)
        aggregating.fill_country(con, config)
        for table, query in own.items():
            assert ask(con, query) == whole[table]
        assert ask(con, "from aggregates where scope = 'country'") == []
    assert len(targets) > 1000


def test_a_figure_outside_its_declared_range_is_refused(slips: duckdb.DuckDBPyConnection) -> None:
    negative, large = refused(slips, "ibge_pib", "pib_mil_reais")
    place = line_of("ibge_pib", "5000203,2002,")
    assert negative[:2] == (place, "-131033.61")
    assert large[:2] == (place + 1, "2000000001")
    assert "Número negativo" in str(negative[2])
    assert "Fora do intervalo possível, de 0 a 2.000.000.000;" in str(large[2])
    assert ask(
        slips,
        """select year, value, flag from "values"
        where indicator = 'pib' and municipality_code = '5000203' and year in (2002, 2003) order by year""",
    ) == [(2002, None, "not_available"), (2003, None, "not_available")]


def test_an_empty_cell_of_the_registry_is_told_and_nobody_is_left_without_a_name(
    slips: duckdb.DuckDBPyConnection,
) -> None:
    place = line_of("ibge_municipios", "5000203,")
    for column, line in (("name", place), ("state", place), ("immediate_region", place + 1)):
        [(found, value, reason)] = refused(slips, "ibge_municipios", column)
        assert (found, value) == (line, None)
        assert "Célula vazia" in str(reason)
    assert ask(slips, "select name, state from municipalities where municipality_code = '5000203'") == [
        ("5000203", "MS")
    ]


def test_an_unknown_mark_is_kept_and_is_not_taken_for_regular(slips: duckdb.DuckDBPyConnection) -> None:
    [(line, value, reason)] = refused(slips, "stn_cauc", "cauc_pendencias")
    assert (line, value) == (2, "Em análise")
    assert "Marca desconhecida" in str(reason)
    assert ask(
        slips,
        """select value, flag from "values"
        where indicator = 'cauc_pendencias' and municipality_code = '5000203'""",
    ) == [(None, "not_available")]
    assert ask(
        slips,
        "select status from verdicts where indicator = 'cauc_pendencias' and municipality_code = '5000203'",
    ) == [("no_data",)]


def test_an_indicator_that_no_line_serves_is_told(slips: duckdb.DuckDBPyConnection) -> None:
    [(line, _, reason)] = refused(slips, "ms_vacinas", "vacina_penta")
    assert line is None
    assert "Nenhuma linha serve ao indicador 'Cobertura vacinal: pentavalente'" in str(reason)
    assert "se um nome mudou na fonte" in str(reason)
    assert ask(slips, "select count(*) from \"values\" where indicator = 'vacina_penta'") == [(0,)]
    assert ask(slips, "select count(value) > 0 from \"values\" where indicator = 'vacina_bcg'") == [(True,)]


def test_a_municipality_without_outline_and_an_outline_without_municipality_are_told(
    slips: duckdb.DuckDBPyConnection,
) -> None:
    (line, value, reason), (crossed, _, repaired) = refused(slips, "ibge_malha", "geometry")
    assert value == "POINT (-54 -20)"
    assert "não é um polígono" in str(reason)
    start = int(str(line))
    assert (crossed, "foi reparado" in str(repaired)) == (start + 2, True)
    unknown, undrawn = refused(slips, "ibge_malha", "municipality_code")
    assert unknown[:2] == (start + 1, "5099999")
    assert "Município desconhecido" in str(unknown[2])
    assert undrawn[:2] == (None, "5000252")
    assert "não traz o contorno de Alcinópolis" in str(undrawn[2])
    assert ask(
        slips,
        """select municipality_code from municipalities left join source.ibge_malha using (municipality_code)
        where wkt is null order by all""",
    ) == [("5000203",), ("5000252",)]


def test_a_refused_value_names_its_line_only_where_there_is_one() -> None:
    with duckdb.connect() as con:
        for table in ("indicators", "sources", "rejected"):
            con.execute(f"create table {table} ({schema.ddl(table)})")
        con.execute(
            """insert into indicators by name
            select 'crianca_alfabetizada_municipal' as indicator, 'number' as kind, 0 as range_low, 100 as range_high"""
        )
        con.execute(
            "create table municipalities as select unnest(['5002704', '5003207']) as municipality_code"
        )
        con.execute("create schema source")
        con.execute(
            """create table source.inep_alfabetizacao as
            select *, date '2024-12-31' as period
            from (values (2, '5002704'), (3, '5002704'), (4, '5003207')) t(line, municipality_code)"""
        )
        con.execute(
            """create table staged as
            select 'crianca_alfabetizada_municipal' as indicator, municipality_code, date '2024-12-31' as period,
                101.0 as value, null::double as numerator, null::double as denominator, null::varchar as flag
            from (values ('5002704'), ('5003207')) t(municipality_code)"""
        )
        con.execute(raw_files.MACROS)
        staging.check_values(con, build.standing(declarations.read_config(), AS_OF))
        told = ask(con, "select line, value, reason from rejected order by reason")
    assert [(line, float(str(value))) for line, value, _ in told] == [(None, 101), (4, 101)]
    assert "Município 5002704" in str(told[0][2])
    assert "Município 5003207" in str(told[1][2])


def test_a_failed_build_leaves_the_old_tables(copied: Config) -> None:
    before = build.build(copied)
    registry = copied.raw / "ibge_municipios" / "values.csv"
    text = registry.read_text("utf-8")
    faults = {
        "municipality_code,period\n": "Falta a coluna",
        text.replace("municipality_code", "codigo", 1): "Falta a coluna 'municipality_code'",
        text[: len(text) // 2]: "parece cortado",
        text.replace("\n5000203,", "\n500020,", 1): "precisa ter sete dígitos",
        "": "não existe",
    }
    for fault, told in faults.items():
        registry.unlink()
        if fault:
            registry.write_text(fault, "utf-8")
        with pytest.raises(swapping.BuildError, match="indispensável") as caught:
            build.build(copied)
        assert told in str(caught.value)
        after = build.read_manifest(copied)
        assert after is not None
        assert after["build"] == before["build"]
        assert all((copied.processed / f"{table}.parquet").exists() for table in CONTRACT)
        assert not list(copied.data.glob(".build-*"))


def test_a_territory_that_does_not_exist_is_said(copied: Config) -> None:
    elsewhere = replace(copied, territory=replace(copied.territory, state="99"))
    with pytest.raises(swapping.BuildError, match="nenhum município no território '99'"):
        build.build(elsewhere)


def test_participants_are_read_and_faults_told(copied: Config, tmp_path: Path) -> None:
    (tmp_path / "lista.csv").write_text(
        "municipality_code,participant\n5002704,sim\n5000203,não\n9999999,sim\n5000252,talvez\n"
        f"500320,Sim\n500270,não\n5003207,sim\n{RIO_BRANCO},sim\n",
        "utf-8",
    )
    told = replace(
        copied, file=tmp_path / "farol.toml", programme=replace(copied.programme, participants="lista.csv")
    )
    told.file.write_text((ROOT / "farol.toml").read_text("utf-8"), "utf-8")
    build.build(told)
    with duckdb.connect() as con:
        known = set(
            ask(
                con,
                "select municipality_code, participant from read_parquet(?) where participant is not null",
                str(told.processed / "municipalities.parquet"),
            )
        )
        rejected = ask(
            con,
            "select line, value, reason from read_parquet(?) where source = 'participantes' order by line",
            str(told.processed / "rejected.parquet"),
        )
    assert known == {("5002704", True), ("5000203", False), ("5003207", True)}
    assert [(line, value) for line, value, _ in rejected] == [
        (4, "9999999"), (5, "talvez"), (7, "500270"), (8, "5003207"), (9, RIO_BRANCO)
    ]  # fmt: skip
    assert all("vale a primeira linha" in str(reason) for *_, reason in rejected[2:4])
    assert "Município desconhecido" in str(rejected[4][2])


LIST = "municipality_code;participant;observação\n5002704;sim;\n\n5000203;não;reunião\n9999999;sim;\n"


def participants_of(
    config: Config, folder: Path, content: bytes | None
) -> tuple[Rows, list[tuple[object, ...]]]:
    """What a list makes of a build's table of participants, and what of it was refused."""
    path = folder / "lista.csv"
    if content is not None:
        path.write_bytes(content)
    told = replace(
        config,
        file=folder / "farol.toml",
        programme=replace(config.programme, participants="lista.csv"),
    )
    with duckdb.connect() as con:
        con.execute(f"create table rejected ({schema.ddl('rejected')})")
        con.execute(
            "create table codes as select * from (values ('5002704', '5002704'), ('500020', '5000203'), "
            "('5000203', '5000203')) t(published, municipality_code)"
        )
        build._participants(con, told)
        return (
            ask(con, "select * from participants order by all"),
            ask(con, "select file, line, value, reason from rejected"),
        )


@pytest.mark.parametrize(
    "content",
    [
        LIST.encode(),
        LIST.encode("cp1252"),
        LIST.encode("utf-8-sig"),
        LIST.replace("\n", "\r\n").encode("cp1252"),
        LIST.replace("\n", "\r").encode(),
        LIST.replace(";", ",").encode("cp1252"),
        LIST.replace(";", "\t").encode(),
    ],
)
def test_participants_are_read_as_spreadsheets_save_them(
    config: Config, tmp_path: Path, content: bytes
) -> None:
    known, [(file, line, value, reason)] = participants_of(config, tmp_path, content)
    assert known == [("5000203", False), ("5002704", True)]
    assert (file, line, value) == ("lista.csv", 5, "9999999")
    assert "Município desconhecido" in str(reason)


def test_a_list_of_participants_that_explodes_is_told_in_short(config: Config, tmp_path: Path) -> None:
    line = "5002704,sim\n"
    started = time.perf_counter()
    known, found = participants_of(
        config, tmp_path, b"municipality_code,participant\n" + (line * 200_000).encode()
    )
    # Reading so many lines takes its time; telling them does not.
    assert time.perf_counter() - started < 10
    assert known == [("5002704", True)]
    assert len(found) == build.MOST_FAULTS + 1
    assert any("Há mais 199799 linhas com falhas" in str(reason) for *_, reason in found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "O arquivo lista.csv não pôde ser aberto: não existe. Confira o nome e a pasta."),
        (b"", "está vazia ou sem as colunas municipality_code e participant"),
        (b"codigo;participa\n5002704;sim\n", "está vazia ou sem as colunas municipality_code e participant"),
        (b"PK\x03\x04\0\0", "não é um CSV. Abra-o na planilha"),
    ],
)
def test_a_list_of_participants_that_cannot_be_read_is_told_and_the_build_goes_on(
    config: Config, tmp_path: Path, content: bytes | None, said: str
) -> None:
    known, [(file, *_, reason)] = participants_of(config, tmp_path, content)
    assert known == []
    assert file == "lista.csv"
    assert said in str(reason)


@pytest.mark.parametrize("what", ["device", "pipe", "huge"])
def test_participants_that_are_no_plain_file_are_told_at_once(
    config: Config, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "lista.csv"
    if what == "device":
        path.symlink_to("/dev/zero")
    elif what == "pipe":
        os.mkfifo(path)
    else:
        with path.open("wb") as file:
            file.truncate(build.MOST_PARTICIPANTS + 1)
    known, [(file_name, *_, reason)] = participants_of(config, tmp_path, None)
    assert (known, file_name) == ([], "lista.csv")
    assert ("mais de 5 MB" if what == "huge" else "não é um arquivo comum") in str(reason)


def test_only_changed_inputs_are_built_again(copied: Config) -> None:
    build.build(copied)
    assert build.is_current(copied)
    damage(copied.raw / "snis" / "values.csv", "\n5", "\n5")
    assert build.is_current(copied)
    (copied.raw / "ics_idsc" / "values.csv").write_bytes(b"x")
    assert not build.is_current(copied)


def test_building_again_gives_the_same_values_and_holds_no_longer_what_is_written_and_never_read_again(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raw").symlink_to(config.raw)
    again, held, finish = replace(config, data=tmp_path), set(), build._write_readings

    def finishing(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        held.update(ask(con, "select schema_name, table_name from duckdb_tables()"))
        finish(con, folder)

    monkeypatch.setattr(build, "_write_readings", finishing)
    build.build(again, dt.date.fromisoformat(str((build.read_manifest(config) or {})["as_of"])))
    assert ("main", "verdicts") in held and ("main", "lines") not in held
    assert "raw" not in {schema for schema, _ in held}
    with duckdb.connect() as con:
        for table in ("values", "aggregates", "targets", "verdicts"):
            pair = [str(folder / f"{table}.parquet") for folder in (config.processed, again.processed)]
            assert ask(
                con, "select count(*) from (from read_parquet(?) except from read_parquet(?))", *pair
            ) == [(0,)]


def test_a_source_says_its_first_and_last_period_as_dates(config: Config) -> None:
    path = (config.processed / "sources.parquet").as_posix()
    for name, periods, first, last in duckdb.execute(
        f"select source, periods, first_period, last_period from read_parquet('{path}')"
    ).fetchall():
        assert (first is None) == (last is None) == (periods is None), name
        years = re.findall(r"\d{4}(?=-\d\d\b|\b)", periods or "")
        assert first is None or [first.year, last.year] == [int(years[0]), int(years[-1])], (name, periods)
