"""What is asked of plans: readings with what they rest on."""

from __future__ import annotations

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
