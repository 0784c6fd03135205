"""Reach in the built tables: which trajectories are counted, what the table says, and the covers that are kept."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from pipelines import reaching
from pipelines.__main__ import main
from pipelines.declarations import POPULATION_BANDS, ROOT, Config
from pipelines.raw_files import raw_path
from pipelines.verdicts import reach
from pipelines.verdicts.reach import Panel
from tests.pipelines.verdicts.panels import panel_of

COVERS = ROOT / "docs" / "covers.md"


@pytest.fixture(scope="module")
def trajectories(config: Config) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    path = config.processed / reaching.TRAJECTORIES
    con.execute(f"create view trajectories as from read_parquet('{path.as_posix()}')")
    return con


def panel(config: Config, indicator: str, pooled: bool = False) -> Panel:
    return reaching.panels(reaching.traced(config.processed))(indicator, pooled)


def test_trajectories_hold_whole_years_of_indicators_with_a_side(
    trajectories: duckdb.DuckDBPyConnection, built: duckdb.DuckDBPyConnection
) -> None:
    held = {
        name for (name,) in trajectories.execute("select distinct indicator from trajectories").fetchall()
    }
    sides = dict(built.execute("select indicator, better from indicators").fetchall())
    assert held and all(sides[name] != "none" for name in held)
    # Three editions of literacy give no record of two start years; pictures of one month are no year.
    assert "ideb_anos_iniciais_publica" in held
    assert not held & {"crianca_alfabetizada_municipal", "idhm", "cauc_pendencias", "pobreza_populacao"}
    repeated = (
        "select indicator from trajectories group by indicator, municipality_code, year having count(*) > 1"
    )
    assert not trajectories.execute(repeated).fetchall()


def test_pooled_values_are_three_years_added_up(
    trajectories: duckdb.DuckDBPyConnection, built: duckdb.DuckDBPyConnection
) -> None:
    [(code, year, pooled)] = trajectories.execute(
        """select municipality_code, year, pooled from trajectories where indicator = 'mortalidade_infantil'
        and pooled > 0 and left(municipality_code, 2) = '50' order by year desc, municipality_code limit 1"""
    ).fetchall()
    [(deaths, births)] = built.execute(
        """select sum(numerator), sum(denominator) from "values" where indicator = 'mortalidade_infantil'
        and municipality_code = ? and year between ? and ?""",
        [code, year - 2, year],
    ).fetchall()
    assert pooled == pytest.approx(deaths / births * 1000)
    first = "select min(year), min(year) filter (pooled is not null) from trajectories where indicator = ?"
    [(start, earliest)] = trajectories.execute(first, ["mortalidade_infantil"]).fetchall()
    assert earliest == start + 2


def test_the_table_has_each_goal_with_a_deadline_ahead_and_hides_what_is_no_guide(
    built: duckdb.DuckDBPyConnection,
) -> None:
    rows = built.sql("from reach").to_arrow_table().to_pylist()
    wanted = built.execute(
        """select count(*) from targets t join verdicts v using (plan, plan_version, municipality_code, indicator)
        join plans p using (plan, plan_version)
        where t.kind = 'goal' and p.superseded_by is null and v.required_per_year is not null
            and v.status != 'achieved' and t.target_year >= 2026"""
    ).fetchall()
    assert len(rows) == wanted[0][0] > 200
    for row in rows:
        guided = row["windows"] is not None
        assert guided == row["trusted"] == (row["obstacle"] is None)
        if row["obstacle"] == "too_short":
            assert row["years"] is None
        else:
            assert row["years_left"] / 2 <= row["years"] <= row["years_left"]
        if guided:
            low, high = reach.TRUSTED_COVER
            assert low <= row["cover"] <= high and row["cover_starts"] >= reach.FEWEST_STARTS
            assert row["windows"] >= reach.FEWEST_IN_CLASS and 0 <= row["kept"] <= row["windows"]
            assert row["word"] == reach.reach_word(row["kept"] / row["windows"])


def test_a_row_is_what_the_class_says_counted_again(config: Config, built: duckdb.DuckDBPyConnection) -> None:
    [row] = (
        built.execute("select * from reach where trusted and indicator = 'mortalidade_infantil'")
        .df()
        .to_dict("records")
    )
    [(value, pooled, pace)] = built.execute(
        """select latest_value, pooled, required_per_year from verdicts
        where plan = ? and municipality_code = ? and indicator = 'mortalidade_infantil'""",
        [row["plan"], row["municipality_code"]],
    ).fetchall()
    assert pooled  # fewer than twenty deaths: three years are added up, here as in the reading
    windows = panel(config, "mortalidade_infantil", True).windows(int(row["years"]))
    inside = (windows.start >= row["class_low"]) & (windows.start <= row["class_high"])
    of_band = inside & (
        windows.band == panel(config, "mortalidade_infantil", True).band_number(row["class_band"])
    )
    assert of_band.sum() == row["windows"]
    assert row["class_low"] <= value <= row["class_high"]
    assert (windows.change[of_band] <= pace * row["years"] + 1e-9).sum() == row["kept"]


def test_the_record_of_ideb_to_2019_is_the_reference(config: Config) -> None:
    whole = panel(config, "ideb_anos_iniciais_publica")
    until = whole.year <= 2019
    eight = Panel(
        whole.municipality[until], whole.year[until], whole.value[until], whole.band[until],
        whole.stretch[until], whole.band_names,
    )  # fmt: skip
    shares = [reach.record_cover(eight.windows(years)).share for years in (2, 4, 6)]
    assert shares == pytest.approx([0.82, 0.80, 0.80], abs=0.02)


def test_the_record_of_families_in_the_single_register_is_the_reference(config: Config) -> None:
    # How many families have their record up to date is no indicator here; its swings of policy are the same for
    # all, so that classes of the past held 38 of 100 windows of two years, and are no guide.
    with duckdb.connect() as con:
        rows = con.execute(
            """select municipality_code, period::integer, cadun_qtd_familias_atualizadas_i::double
            from read_csv(?, all_varchar = true) where cadun_qtd_familias_atualizadas_i is not null""",
            [str(config.raw / "mds_cadunico" / "values.csv.gz")],
        ).fetchall()
        people = dict(
            con.execute(
                "select municipality_code, arg_max(populacao::double, period) "
                "from read_csv(?, all_varchar = true) where populacao is not null group by all",
                [str(raw_path(config.raw / "ibge_populacao"))],
            ).fetchall()
        )
    codes, years, families = zip(*rows, strict=True)
    bands = [next(label for limit, label in POPULATION_BANDS if people[code] <= limit) for code in codes]
    windows = panel_of(codes, years, families, bands).windows(2)
    found = reach.record_cover(windows)
    assert len(windows) == 38990 and found.starts == 5
    assert found.share == pytest.approx(0.38, abs=0.002)
    assert not found.trusted


def test_covers_are_printed_as_they_are_kept(config: Config, capsys: pytest.CaptureFixture[str],
                                             monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    kept = [line for line in COVERS.read_text("utf-8").splitlines() if line.startswith("| ")]
    sample = ("ideb_anos_finais_publica", "mortalidade_infantil", "excesso_peso_0_a_5")
    monkeypatch.setattr("pipelines.declarations.read_config", lambda *_: config)
    assert main(["covers", *sample]) == 0
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(printed) > 25
    assert printed == [line for line in kept if line.split(" | ")[0][2:] in (*sample, "indicador", "---")]
    assert main(["covers", "nenhum"]) == 1
    assert "'nenhum' não existe" in capsys.readouterr().err


def test_a_build_without_trajectories_says_nothing(config: Config, tmp_path: Path) -> None:
    shutil.copy(config.processed / "reach.parquet", tmp_path)
    none = reaching.panels(reaching.traced(tmp_path))("ideb_anos_iniciais_publica", False)
    asked = reaching.Asked("ideb_anos_iniciais_publica", 5.0, 2025, 2029, "higher", None)
    assert reaching.answer(asked, none).obstacle == "too_short"


def test_a_table_of_goals_says_what_each_of_them_is_answered() -> None:
    draw = np.random.default_rng(7)
    towns = [f"{code:07}" for code in range(240)]
    bands = ["pequeno" if draw.random() < 0.8 else "grande" if draw.random() < 0.8 else None for _ in towns]
    rows = [
        (town, year, round(float(level + 2 * (year - 2000) + draw.normal(0, 9)), 1), band)
        for town, band, level in zip(towns, bands, draw.integers(10, 60, len(towns)), strict=True)
        for year in range(2000, 2013)
        if draw.random() < 0.95
    ]
    whole = panel_of(*zip(*rows, strict=True))
    none = panel_of([], [], [], [])
    asked = [
        reaching.Asked(
            str(draw.choice(["a", "b", "vazio"])), float(round(draw.normal(45, 25), 1)), 2012,
            int(2012 + draw.integers(1, 26)), str(draw.choice(["higher", "lower"])),
            [None, "pequeno", "grande", "nenhum"][draw.integers(4)], bool(draw.integers(2)), float(draw.normal(1, 2)),
        )
        for _ in range(400)
    ]  # fmt: skip
    told = reaching._told(asked, lambda name, _pooled: none if name == "vazio" else whole)
    obstacles = set()
    for place, one in enumerate(asked):
        panel = none if one.indicator == "vazio" else whole
        found = reaching.answer(one, panel)
        row = {name: column[place] for name, column in told.items()}
        obstacles.add(found.obstacle)
        assert row["years_left"] == one.target_year - one.year and row["obstacle"] == found.obstacle
        assert row["trusted"] == (found.found is not None)
        assert row["years"] == (found.windows.years if found.windows else None)
        assert (row["cover"], row["cover_starts"]) == (found.cover.share, found.cover.starts or None)
        near = found.found
        given = (
            row[name]
            for name in ("windows", "municipalities", "class_low", "class_high", "class_band", "kept", "word",
                         "one_in_ten", "half", "nine_in_ten")
        )  # fmt: skip
        expected = (
            (near.windows, near.municipalities, near.low, near.high, found.band, near.kept, near.word, near.one_in_ten,
             near.half, near.nine_in_ten) if near else (None,) * 10
        )  # fmt: skip
        assert tuple(given) == expected, one
        others = reach.leave_one_out_cover(found.windows).share if found.windows else None
        assert place > 20 or row["cover_others"] == others
    assert obstacles == {None, "too_short", "no_record"}


# What `Trajectories` gives, a row at a time and slowly.
TRACED = """
    with held as (
        select p.*, multiplier, (select count(*) from breaks b where b.indicator = p.indicator and b.period <= p.period)
            ::integer as stretch
        from panel p join indicators using (indicator) where better != 'none' and kind = 'number' and month(period) = 12
    ),
    editions as (select indicator, stretch, year from held group by all having count(*) >= 30),
    recorded as (select indicator, stretch from editions group by all having count(*) >= 4)
    select indicator, municipality_code, year, value,
        case when lag(year) over own = year - 1 and lag(year, 2) over own = year - 2
            and lag(denominator, 2) over own + lag(denominator) over own + denominator > 0
            then (lag(numerator, 2) over own + lag(numerator) over own + numerator)
                / (lag(denominator, 2) over own + lag(denominator) over own + denominator) * multiplier end as pooled,
        case when population is null then null when population <= 5000 then 'até 5 mil' else '5 a 10 mil' end as band,
        stretch
    from held semi join recorded using (indicator, stretch) left join panel_population using (municipality_code)
    window own as (partition by indicator, municipality_code, stretch order by year)
    order by indicator, municipality_code, year
"""


def test_trajectories_are_what_a_window_of_each_row_says(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    rows = []
    for name, first in (("a", 2001), ("b", 2004), ("c", 2009), ("d", 2001), ("e", 2001), ("f", 2001)):
        for town in draw.permutation(40):
            for year in draw.permutation(np.arange(first, 2012)):
                if draw.random() < 0.1 or (name == "f" and town % 2):
                    continue
                over, under = (float(number) for number in draw.integers(0, 9, 2))
                month, day = (11, 30) if name == "e" and year > 2005 else (12, 31)
                rows.append({
                    "indicator": name, "municipality_code": f"{town:07}", "state": "50", "year": int(year),
                    "period": dt.date(int(year), month, day), "value": float(draw.normal()),
                    "numerator": None if draw.random() < 0.05 else over,
                    "denominator": None if draw.random() < 0.05 else under * (draw.random() < 0.9),
                })  # fmt: skip
    with duckdb.connect() as con:
        con.register("given", pa.Table.from_pylist(rows))
        con.execute(
            """create temp table panel as from given;
            create table indicators (indicator varchar, better varchar, kind varchar, multiplier double);
            insert into indicators values ('a', 'higher', 'number', 100), ('b', 'lower', 'number', 1000),
                ('c', 'lower', 'number', 1), ('d', 'none', 'number', 1), ('e', 'higher', 'number', 1),
                ('f', 'higher', 'number', 1);
            create temp table breaks (indicator varchar, period date);
            insert into breaks values ('b', '2008-12-31'), ('a', '2003-06-30'), ('b', '2006-01-01');
            create temp table panel_population as select distinct municipality_code,
                municipality_code::integer * 200 + 1000.0 as population from panel where municipality_code != '0000007'"""
        )
        expected = con.execute(TRACED).fetchall()
        found = reaching.Trajectories(con)
        assert {row[0] for row in expected} == {"a", "b", "e"} and {row[6] for row in expected} == {0, 1, 2}
        assert {row[5] for row in expected} == {None, "até 5 mil", "5 a 10 mil"}
        assert sum(row[4] is not None for row in expected) > 100
        told = [tuple(row.values()) for table in found.tables() for row in table.to_pylist()]
        assert told == expected
        reaching.keep_trajectories(con, tmp_path)
        kept = reaching.panels(reaching.traced(tmp_path))
        for name in ("a", "b", "c"):
            for pooled in (False, True):
                one, other = kept(name, pooled), found.panel(name, pooled)
                assert one.band_names == other.band_names
                for part in ("municipality", "year", "value", "band", "stretch"):
                    assert (getattr(one, part) == getattr(other, part)).all(), (name, part)
        assert len(found.panel("c", False).value) == 0 < len(found.panel("b", True).value)
