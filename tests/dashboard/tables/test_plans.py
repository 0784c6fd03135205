"""What is asked of plans: readings with what they rest on."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest

from dashboard.tables import Tables
from pipelines.declarations import Config


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


def test_people_that_are_missing_by_estimated_counts_are_told(tables: Tables) -> None:
    values = tables.query(
        'select indicator, municipality_code, year, flag, numerator, denominator from "values"'
    )
    deduced = values["flag"].eq("estimated").fillna(False) | (
        values["numerator"].isna() & values["denominator"].notna()
    )
    estimated = set(
        values.loc[deduced, ["indicator", "municipality_code", "year"]].itertuples(index=False, name=None)
    )
    frame = tables.verdicts(True)
    keys = zip(frame["indicator"], frame["municipality_code"], frame["latest_year"].fillna(0), strict=True)
    wanted = [key in estimated for key in keys]
    found = frame["counts_estimated"]
    assert found.tolist() == (pd.Series(wanted) & frame["gap_cases"].notna()).tolist()
    assert 0 < found.sum() < frame["gap_cases"].notna().sum()
    told = set(values.loc[deduced, "indicator"])
    assert {name for name in tables.available() if tables.deduced(name)} == told & set(tables.available())


def test_indicators_with_goals_are_those_of_plans_in_force(tables: Tables) -> None:
    frame = tables.verdicts(True)
    assert tables.with_goals() == set(frame.loc[frame["kind"] == "goal", "indicator"])


def test_a_reading_stands_beside_the_last_period_of_its_year(tables: Tables) -> None:
    values = tables.query(
        'select indicator, year as latest_year, max(period) as last from "values" group by all'
    )
    frame = tables.verdicts(True).merge(values, how="left", on=["indicator", "latest_year"])
    assert frame["period"].notna().sum() > 500
    pd.testing.assert_series_equal(frame["period"], frame["last"], check_names=False)


def test_changes_of_one_day_and_town_stand_in_one_order(config: Config, tmp_path: Path) -> None:
    """Readers of two processes, or of one after a restart, see the same list."""
    shutil.copytree(config.processed, tmp_path / "processed")
    history = pd.read_parquet(config.processed / "verdict_history.parquet")
    held = pd.read_parquet(config.processed / "verdicts.parquet").sample(300, random_state=1)
    told = held.reindex(columns=history.columns).assign(
        judged_at=dt.date(2020, 1, 2), status_before="no_data"
    )
    told.to_parquet(tmp_path / "processed" / "verdict_history.parquet")
    frame = Tables(tmp_path / "processed").flips("0001-01-01", True)
    assert frame.duplicated(["judged_at", "name"]).sum() > 50
    keys = [frame[name].tolist() for name in ("name", "municipality_code", "plan", "indicator")]
    rows = list(zip(*keys, strict=True))
    assert rows == sorted(rows)
