"""The file that pages ask: it says what the tables say, is shared, and is no part of what is published."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from dashboard.tables import Tables
from pipelines import publishing, rejudging, serving, swapping, verdicts
from pipelines.declarations import Config, Indicator
from pipelines.margins import IMPLAUSIBLE
from tests.conftest import AS_OF
from tests.dashboard.samples import of_two_states

TOWNS = ("5002704", "5003900", "5008305")
# A count, a rate, a share, a category, a cohort's mark, a balance of months.
KINDS = (
    "estoque_empregos_formais", "mortalidade_infantil", "agua_atendimento", "capag_nota",
    "ideb_anos_iniciais_publica", "saldo_empregos_por_mil",
)  # fmt: skip


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


@pytest.fixture(scope="module")
def without(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The same tables as a build of an earlier version left them: without the file."""
    folder = tmp_path_factory.mktemp("antigas") / "processed"
    shutil.copytree(config.processed, folder, ignore=shutil.ignore_patterns(serving.FILE))
    return Tables(folder)


def test_tables_without_the_file_give_the_same_answers(tables: Tables, without: Tables) -> None:
    everyone = tuple(tables.names())

    def answers(data: Tables) -> list[pd.DataFrame]:
        newest = [(name, data.years(name)[0]) for name in KINDS]
        return [
            *(data.latest(), data.coverage(), data.attention(everyone, 20), data.areas(everyone[::2])),
            *(data.history(code) for code in TOWNS),
            *(data.at(*asked) for asked in newest),
            *(data.changes(*asked) for asked in newest),
        ]

    pairs = list(zip(answers(tables), answers(without), strict=True))
    assert all(len(one) for one, _ in pairs[: -len(KINDS)]) and any(
        len(one) for one, _ in pairs[-len(KINDS) :]
    )
    for one, other in pairs:
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_damaged_file_is_none(config: Config, tmp_path: Path, tables: Tables) -> None:
    shutil.copytree(config.processed, tmp_path / "processed")
    (tmp_path / "processed" / serving.FILE).write_bytes(b"half of a file")
    found = Tables(tmp_path / "processed").profile(TOWNS[0])
    pd.testing.assert_frame_equal(found, tables.profile(TOWNS[0]), check_exact=True)


def row_interval(
    indicator: Indicator, row: dict[str, object], deviation: float | None
) -> tuple[float | None, float | None]:
    """The 95% interval of one value, by the functions of one row."""
    value, over, under, flag = (row[name] for name in ("value", "numerator", "denominator", "flag"))
    if value is None or flag == IMPLAUSIBLE:
        return None, None
    counted: tuple[float, float] | None = None
    if over is not None and under:
        if indicator.interval == "proportion" and 0 <= over <= under:  # type: ignore[operator]
            low, high = verdicts.wilson_interval(over, under)  # type: ignore[arg-type]
            counted = low * indicator.multiplier, high * indicator.multiplier
        elif indicator.interval == "rate":
            counted = verdicts.rate_interval(over, under, indicator.multiplier)  # type: ignore[arg-type]
    if deviation is None or (counted and flag != "estimated"):
        return counted or (None, None)
    top = min(indicator.range[1], 100) if "pode_passar_de_100" in indicator.caveats else indicator.range[1]
    wide = verdicts.MOVE_DEVIATIONS["firm"] * deviation
    low, high = max(value - wide, indicator.range[0]), min(value + wide, top)  # type: ignore[operator]
    return (low, high) if counted is None else (min(low, counted[0]), max(high, counted[1]))


def test_every_latest_value_has_the_margin_and_the_places_of_one_row(tables: Tables) -> None:
    people, margins = tables.municipalities()["population"], 0
    for name, frame in tables.latest().groupby("indicator"):
        indicator, swing = tables.indicators[str(name)], tables.oscillation(str(name))
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        wanted = [
            row_interval(
                indicator, row, swing.level_deviation(float(people[row["municipality_code"]])) if swing else None
            )
            for row in rows
        ]  # fmt: skip
        assert [(row["low"], row["high"]) for row in rows] == wanted, name
        margins += sum(low is not None for low, _ in wanted)
        values = [None if row["flag"] == IMPLAUSIBLE else row["value"] for row in rows]
        better = indicator.better if indicator.comparable else "none"
        places = verdicts.rank_interval(
            values, [low for low, _ in wanted], [high for _, high in wanted], better
        )
        assert [
            None if row["rank_low"] is None else (row["rank_low"], row["rank_high"]) for row in rows
        ] == places
    assert margins > 1000


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_every_latest_position_is_the_share_of_the_others_that_stand_behind(
    tables: Tables, better: str
) -> None:
    told = ties = 0
    for name, frame in tables.latest().groupby("indicator"):
        indicator = tables.indicators[str(name)]
        if indicator.better != better:
            continue
        able = frame[frame["value"].notna() & (frame["flag"] != IMPLAUSIBLE)]
        assert (frame["ranked"] == len(able)).all()
        values = able["value"] if better == "higher" else -able["value"]
        for place, merit in values.items():
            equal = int((values == merit).sum()) - 1
            behind = int((values < merit).sum()) + equal / 2.0
            wanted = behind / (len(able) - 1) if indicator.comparable and len(able) > 1 else np.nan
            np.testing.assert_equal(frame.loc[place, "position"], wanted)
            told, ties = told + 1, ties + (equal > 0)
        assert frame.loc[frame.index.difference(able.index), "position"].isna().all()
    assert told > 1000 and ties > 10


def test_what_is_known_of_one_state_says_nothing_of_two(config: Config, tmp_path: Path) -> None:
    known = "agua_atendimento_sinisa"
    frame = of_two_states(config, tmp_path, known).latest()
    assert set(frame.loc[frame["recent"], "indicator"]) == {known}
    everything = Tables(config.processed).latest()
    assert everything.loc[everything["recent"], "indicator"].nunique() > 30
    # Their places among those with a value are told as before.
    assert frame["rank_low"].notna().sum() > everything["rank_low"].notna().sum()


@pytest.mark.parametrize(("held", "wanted"), [(1, 1), (2, 2), (26, 26), (27, 26)])
def test_all_states_count_and_of_the_country_all_but_one(held: int, wanted: int) -> None:
    assert serving.fewest_states(held) == wanted


def test_changes_are_those_of_one_series_after_another(tables: Tables) -> None:
    told, everyone = 0, tuple(tables.names())
    for name, year in [(kind, year) for kind in KINDS for year in tables.years(kind)[:2]]:
        indicator = tables.indicators[name]
        series, until = tables.series(name, everyone), tables.at(name, year)["period"].iloc[0]
        wanted = []
        for code, rows in series[series["period"] <= until].groupby("municipality_code"):
            held: list[Any] = []
            for row in rows.itertuples():
                held = [] if row.break_before else held
                if row.flag != IMPLAUSIBLE and pd.notna(row.value):
                    held.append(row)
            if len(held) > 1 and held[-1].period == until:
                old, new = held[-2:]
                change, before, now = (
                    new.value - old.value,
                    (old.numerator, old.denominator),
                    (new.numerator, new.denominator),
                )
                sure = verdicts.sure_change(indicator.interval, before, now, change, new.swing)
                wanted.append((code, new.value, old.value, old.year, change, sure))
        found = tables.changes(name, year).drop(columns="name")
        assert list(found.itertuples(index=False, name=None)) == wanted
        told += len(wanted)
    assert told > 500


def test_what_pages_list_stands_in_one_order(tables: Tables) -> None:
    refused = tables.rejected()
    keys = refused[["source", "file", "line", "column", "reason"]].astype(object)
    assert refused.equals(refused.loc[keys.sort_values([*keys], na_position="last", kind="stable").index])
    for code in TOWNS:
        history = tables.history(code)
        assert len(history) and history[["indicator", "period"]].apply(tuple, axis=1).is_monotonic_increasing


def test_questions_to_the_file_take_little_memory_and_write_nothing(config: Config, tables: Tables) -> None:
    held = tables.query("select path, readonly from duckdb_databases() where database_name = 'figures'")
    assert held["readonly"].all() and Path(held["path"].item()) == config.processed / serving.FILE
    limit = tables.query("select current_setting('memory_limit') as most")["most"].item()
    assert float(limit.split()[0]) < 300 and limit.endswith("MiB")
    with pytest.raises(duckdb.Error, match="read-only"):
        tables.query("insert into figures.newest values ('x', current_date)")


def test_both_orders_have_the_same_rows_each_sorted(config: Config) -> None:
    with duckdb.connect(config.processed / serving.FILE, read_only=True) as con:
        for table, order in (
            ('"values"', "indicator, period, municipality_code"),
            (serving.BY_MUNICIPALITY, "municipality_code, indicator, period"),
        ):
            rows = con.execute(f"select {order} from {table}").fetchall()
            assert rows == sorted(rows), table
        assert con.execute(f'from "values" except all from {serving.BY_MUNICIPALITY}').fetchall() == []


@pytest.mark.parametrize("together", [1, 20_000, 10_000_000])
def test_the_other_order_is_the_same_however_few_municipalities_are_sorted_at_once(
    config: Config, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(serving, "MOST_SORTED", together)
    with duckdb.connect() as con:
        serving.take(con, config.processed, "values")
        codes = [
            code for (code,) in con.execute('select distinct municipality_code from "values"').fetchall()
        ]
        # Whoever has many rows among those with few.
        con.execute('delete from "values" where municipality_code > ? and year < 2020', [sorted(codes)[1]])
        serving.sort_by_municipality(con)
        rows = con.execute(
            f"select municipality_code, indicator, period from {serving.BY_MUNICIPALITY}"
        ).fetchall()
        assert rows == sorted(rows) and len({code for code, *_ in rows}) == len(codes)
        assert con.execute(f'from "values" except all from {serving.BY_MUNICIPALITY}').fetchall() == []


def test_plans_judged_alone_share_the_file(config: Config, tmp_path: Path) -> None:
    own = replace(config, data=tmp_path)
    shutil.copytree(config.processed, own.processed)
    (tmp_path / "raw").symlink_to(config.raw)
    before = (own.processed / serving.FILE).stat().st_ino
    asked = Tables(own.processed)
    assert rejudging.standing(own, AS_OF) is not None
    with rejudging.prepared(own, AS_OF) as (folder, _):
        assert (folder / serving.FILE).stat().st_ino == before
        swapping.swap((folder, own.processed))
    # Whoever has the old tables open goes on asking them.
    assert np.isfinite(asked.at("idhm", 2010)["value"]).any()
    assert len(Tables(own.processed).latest()) == len(asked.latest())


def test_the_file_is_not_published(config: Config, tmp_path: Path) -> None:
    publishing.publish(config, tmp_path / "data")
    assert not list((tmp_path / "data").rglob("*.duckdb"))
