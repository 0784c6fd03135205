"""What is said of one indicator over its municipalities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from dashboard import charts, words
from dashboard.findings import indicators
from dashboard.tables import Tables
from pipelines.declarations import Config
from tests.dashboard.samples import WATER, frame, of_two_states


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


def test_a_change_within_the_usual_oscillation_is_told_as_such(tables: Tables) -> None:
    name = "crianca_alfabetizada_municipal"
    fit, item = tables.oscillation(name), tables.indicators[name]
    assert fit is not None
    found = tables.changes(name, tables.years(name)[0])
    for row in found.to_dict("records"):
        limit = fit.limit(float(tables.municipalities().at[row["municipality_code"], "population"]))
        assert row["certain"] == (abs(row["change"]) > limit)
    better, worse, chance = indicators.moved(found, item)
    assert chance > better + worse > 0
    usual = found[found["certain"].eq(False) & found["change"].abs().gt(1)].iloc[0]
    chart = charts.series(tables.series(name, (usual["municipality_code"],)), item)
    assert "dentro do que costuma oscilar num município deste porte" in chart.sentence


def test_how_many_people_and_where_most_of_them(tables: Tables) -> None:
    item = tables.indicators["mortalidade_infantil"]
    year = tables.years(item.indicator)[0]
    frame = tables.at(item.indicator, year)
    text = indicators.people(frame, item, str(year))
    total = round(frame["numerator"].sum())
    assert text.startswith(f"{words.number(total)} óbitos ao todo, em {year}")
    three = tables.indicators["mortalidade_infantil_trienal"]
    pooled = indicators.people(tables.at(three.indicator, year), three, str(year))
    assert f" óbitos ao todo, em 3 anos, até {year}" in pooled
    assert f" óbitos, em 3 anos, até {year}." in indicators.people(
        tables.at(three.indicator, year).nlargest(1, "numerator"), three, str(year)
    )
    most = frame.sort_values("numerator", ascending=False).iloc[0]
    assert f"{most['name']} ({words.number(round(most['numerator']))})" in text
    assert indicators.people(frame, tables.indicators["idhm"], str(year)) == ""


def test_thousands_have_their_dot() -> None:
    held = [*[float(place % 90) for place in range(4000)], *[None] * 1570]
    many = frame(held, numerator=None, denominator=None)
    grown = many.head(4000).assign(change=1.0, certain=None, earlier_year=2020)
    said = " ".join(
        f"{tile.value}{tile.unit} {tile.context}" for tile in indicators.tiles(many, grown, WATER, "2024")
    )
    for number in ("4.000 de 5.570 com dado", "4.000 de 4.000", "1.570 de 5.570", "mais 1.568"):
        assert number in said, said
    assert indicators.ranking_title(WATER, 5570, 5570).startswith("Os 5.570 municípios")


def test_one_municipality_is_compared_with_nobody(tables: Tables) -> None:
    name = tables.first("panorama")
    item, year = tables.indicators[name], tables.newest(name).year
    alone = tables.at(name, year)
    alone = alone[alone["value"].notna()].head(1)
    assert indicators.ranking_title(item, 12, 1) == "O único município"
    spread = indicators.tiles(alone, tables.changes(name, year).head(0), item, str(year))[1]
    assert (spread.value, spread.context) == (words.MISSING, f"só {alone['name'].iloc[0]} tem dado")


def test_what_cannot_be_is_no_median_and_no_end() -> None:
    rows = frame([140.0, 150.0], flag=words.IMPLAUSIBLE, numerator=None, denominator=None)
    none = rows.head(0)[["name"]].assign(change=0.0, certain=None, earlier_year=0)
    whole, spread, *_ = indicators.tiles(rows, none, replace(WATER, aggregation="none"), "2024")
    assert whole.value == spread.value == words.MISSING and "2 acima de 100%" in whole.context
    assert spread.context == "nenhum município com dado"


def test_states_without_any_data_are_said() -> None:
    def said(*known: str, absent: tuple[str, ...] = ()) -> str:
        codes = [f"{state}00{place:03d}" for state in (*known, *absent) for place in range(2)]
        # One of each state is missing: that is no missing state.
        values = [1.0 if code[:2] in known and code.endswith("0") else None for code in codes]
        return indicators.partial(frame(values).assign(municipality_code=codes))

    assert said("50") == said("50", "22", "11") == said(absent=("50", "22")) == ""
    assert said("50", absent=("11", "22")) == (
        "Só há dado de 1 dos 3 estados nesta cópia da fonte: Mato Grosso do Sul."
    )
    assert said("50", "22", "11", "12", absent=("53", "14")) == (
        "Sem nenhum dado nesta cópia da fonte: Roraima e Distrito Federal."
    )
    assert said("50", "22", "11", "12", absent=("53", "14", "35", "31")) == (
        "Há dado de 4 dos 8 estados nesta cópia da fonte."
    )


def test_why_there_is_no_series(config: Config, tables: Tables, tmp_path: Path) -> None:
    people, grade = tables.indicators["populacao"], tables.indicators["capag_nota"]
    found = tables.aggregates("populacao", "state", "50").dropna(subset="value").iloc[-1]
    assert indicators.no_series(tables, people, False).startswith(
        f"Os municípios do estado somam {words.with_unit(found['value'], people)} em {found['year']}. "
    )
    assert "não se soma no estado" in indicators.no_series(tables, grade, False)
    assert "não têm dado" in indicators.no_series(tables, people, True)
    two = of_two_states(config, tmp_path, "agua_atendimento_sinisa")
    assert "faltam estados inteiros" in indicators.no_series(two, two.indicators["idhm"], False)


def test_no_page_opens_on_what_few_municipalities_have(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = len(tables.municipalities()) // 2
    held = {"rara": [half - 1, 1], "comum": [1, half + 1]}
    monkeypatch.setattr(type(tables), "periods", lambda _, name: pd.DataFrame({"with_data": held[name]}))
    for declared, opened in (["rara", "comum"], "comum"), (["rara"], "rara"), ([], ""):
        monkeypatch.setattr(type(tables), "prominent", lambda _, place, declared=declared: declared)
        # What a place opens on is asked once a build.
        assert tables.first(f"of {declared}") == opened
