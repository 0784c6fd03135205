"""Side by side, two against each other, and trends in words."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dashboard.findings import comparisons
from dashboard.findings.comparisons import Column
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config
from tests.dashboard.samples import ELSEWHERE, WATER, of_two_states

CAPITAL, CORUMBA, BONITO = "5002704", "5003207", "5002209"
# The immediate region of Dourados.
DOURADOS = "500005"


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


@pytest.fixture(scope="module")
def columns(tables: Tables) -> list[Column]:
    return [
        Column("Corumbá", code=CORUMBA),
        Column("Bonito", code=BONITO),
        Column("Estado", scope="state", place="50"),
        Column("Dourados (região imediata)", scope="immediate_region", place=DOURADOS),
    ]


def test_every_set_has_the_indicators_it_says(tables: Tables) -> None:
    available = tables.available()
    for chosen, label in comparisons.sets(tables).items():
        names = comparisons.members(tables, chosen)
        assert names and f"({len(names)})" in label
        assert list(names) == [name for name in available if name in names]
    assert comparisons.members(tables, comparisons.EVERY) == tuple(available)


def test_side_by_side_shows_the_published_values(tables: Tables, columns: list[Column]) -> None:
    names = comparisons.members(tables, comparisons.EVERY)
    rows, groups = comparisons.side_by_side(
        tables, names, columns, "area", lambda name: f"indicador?indicador={name}"
    )
    assert len(rows) == len(names) and set(groups.values()) <= set(declarations.AREAS.values())
    by_link = {head.href: cells for head, cells in rows}
    for name in names:
        year, *cells = by_link[f"indicador?indicador={name}"]
        frame = tables.at(name, tables.years(name)[0]).set_index("municipality_code")
        assert str(tables.years(name)[0]) in year.text
        for cell, code in zip(cells, (CORUMBA, BONITO), strict=False):
            assert cell.missing == bool(frame["value"].isna()[code])
            indicator = declarations.indicators()[name]
            if cell.missing or indicator.better == "none" or not indicator.comparable:
                assert cell.shade is None
            else:
                # No colour where the margin of error reaches into another fifth.
                fifth = tables.profile(code).loc[name, "fifth"]
                assert cell.shade == (None if pd.isna(fifth) else fifth)


def test_a_regions_value_is_the_built_aggregate(tables: Tables, columns: list[Column]) -> None:
    held = comparisons.entries(tables, columns[3])
    for name in ("agua_atendimento", "mortalidade_infantil", "populacao"):
        built = tables.aggregates(name, "immediate_region", DOURADOS).iloc[-1]
        assert held[name].value == built["value"] and held[name].told
    assert held["populacao"].position is None
    level = held["agua_atendimento"]
    assert level.position is not None and 0 <= level.position <= 1


def test_a_position_counts_ties_half_and_follows_the_direction() -> None:
    # Below it, the same, all: of 10, 20, 20 and 30.
    assert comparisons._place_among((1, 2, 4), "higher") == 0.5
    assert comparisons._place_among((4, 0, 4), "higher") == 1
    assert comparisons._place_among((4, 0, 4), "lower") == 0
    assert comparisons._place_among((1, 2, 4), "none") is None
    assert comparisons._place_among(None, "higher") is None


def test_places_among_are_counted_over_the_values_that_can_be(tables: Tables) -> None:
    latest = tables.latest("agua_atendimento")
    value = float(latest["value"].median())
    able = latest[latest["value"].notna() & ~latest["flag"].eq("implausible").fillna(False)]["value"]
    found = tables.places_among(("agua_atendimento",), (value,))
    assert found == {"agua_atendimento": (int((able < value).sum()), int((able == value).sum()), len(able))}


def test_the_orders_order(tables: Tables, columns: list[Column]) -> None:
    names = comparisons.members(tables, comparisons.RECOGNISED)
    held = [comparisons.entries(tables, column) for column in columns[:2]]
    assert comparisons.ordered(names, held, "area") == list(names)
    apart = comparisons.ordered(names, held, "diferenca")

    def gap(name: str) -> float:
        first, second = (item[name].position for item in held)
        return -1 if first is None or second is None else abs(first - second)

    gaps = [gap(name) for name in apart]
    assert gaps == sorted(gaps, reverse=True)
    needs = [held[0][name].position for name in comparisons.ordered(names, held, "atencao")]
    known = [need for need in needs if need is not None]
    assert known == sorted(known) and needs[: len(known)] == known
    for order in comparisons.ORDERS:
        assert sorted(comparisons.ordered(names, held, order)) == sorted(names)


def test_the_title_counts_who_leads(tables: Tables, columns: list[Column]) -> None:
    names = comparisons.members(tables, comparisons.RECOGNISED)
    counts, read = comparisons.leads(tables, names, columns)
    mine = 0
    for name in names:
        frame = tables.at(name, tables.years(name)[0]).set_index("municipality_code")
        first, second = (float(frame["value"][code]) for code in (CORUMBA, BONITO))
        indicator = declarations.indicators()[name]
        if indicator.better != "none" and indicator.comparable:
            # Nothing is above or below a value that is missing.
            mine += first > second if indicator.better == "higher" else first < second
    # Whose margins reach into one another, nobody leads: fewer than values alone would say.
    assert 0 < counts[CORUMBA] < mine and sum(counts.values()) <= read <= len(names)
    sure = [comparisons.entries(tables, column) for column in columns[:2]]
    for name in names:
        held = [entry[name].places for entry in sure]
        if None not in held and tables.indicators[name].cohort:
            assert held[0] != held[1] or held[0][0] < held[0][1]  # type: ignore[index]
    said = comparisons.title(tables, names, columns)
    assert "tem com segurança o valor mais favorável em" in said or said.endswith("lado a lado")
    assert comparisons.title(tables, names, columns).count("Corumbá") == 1
    assert comparisons.title(tables, names, columns[:1]) == "Corumbá ao lado de quem?"
    assert comparisons.title(tables, names, []) == "Quem você quer comparar?"


def test_the_whole_matrix_is_sorted_and_keeps_what_is_missing(tables: Tables) -> None:
    codes = list(tables.municipalities().index)
    names = comparisons.members(tables, comparisons.EVERY)
    heads, rows = comparisons.matrix(tables, names, codes, "idhm", str)
    assert len(rows) == len(codes) and len(heads) == len(names) + 1
    latest = tables.latest()
    missing = latest[latest["indicator"].isin(names)]["value"].isna().sum()
    assert sum(cell.missing for _, cells in rows for cell in cells) == missing > 0
    place = names.index("idhm")
    shown = [cells[place].text for _, cells in rows]
    values = [float(text.replace(",", ".")) for text in shown if text != "n.d."]
    assert values == sorted(values) and shown[len(values) :] == ["n.d."] * (len(shown) - len(values))
    assert all(cell.text == "n.d." or cell.text not in ("", "nan") for _, cells in rows for cell in cells)
    plain = comparisons.matrix(tables, names, codes, "", str)[1]
    assert [head.href for head, _ in plain] == codes


def test_the_tables_to_take_away_keep_every_digit(tables: Tables, columns: list[Column]) -> None:
    wide = comparisons.wide_table(tables, ("idhm", "capag_nota"), [CAPITAL, CORUMBA]).set_index("Código IBGE")
    idhm = tables.at("idhm", 2010).set_index("municipality_code")["value"]
    head = next(name for name in wide.columns if "IDHM" in name)
    assert wide.at[CAPITAL, head] == idhm[CAPITAL] and "(2010)" in head
    assert set(wide[next(name for name in wide.columns if "Capag" in name)]) <= {
        "A+",
        "A",
        "B+",
        "B",
        "C",
        "D",
        "n.d.",
    }
    frame = comparisons.long_table(tables, ("idhm", "capag_nota"), columns)
    assert len(frame) == 2 * len(columns)
    assert frame[frame["Código IBGE"] == CORUMBA]["Valor"].iloc[0] == idhm[CORUMBA]


# Correlation


def test_the_interval_is_bonett_and_wrights() -> None:
    # Worked by hand: rho 0.5 of 30 pairs: z 0.5493, width 1.96 * sqrt(1.125 / 27) = 0.4001.
    rng = np.random.default_rng(7)
    x = rng.normal(size=30)
    y = x + rng.normal(size=30)
    found = comparisons.correlation(x.tolist(), y.tolist())
    assert found is not None and found.count == 30
    assert found.rho == pytest.approx(stats.spearmanr(x, y).statistic)
    width = 1.959964 * math.sqrt((1 + found.rho**2 / 2) / 27)
    assert math.atanh(found.high) - math.atanh(found.low) == pytest.approx(2 * width, rel=1e-6)
    assert found.low < found.rho < found.high


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    truth = 6 / math.pi * math.asin(0.6 / 2)  # Spearman's rho of a normal pair whose correlation is 0.6
    inside = 0
    for _ in range(400):
        x = rng.normal(size=60)
        y = 0.6 * x + 0.8 * rng.normal(size=60)
        found = comparisons.correlation(x.tolist(), y.tolist())
        assert found is not None
        inside += found.low <= truth <= found.high
    assert 0.92 <= inside / 400 <= 0.98


def test_the_correlation_is_spearmans_with_ties() -> None:
    rng = random.Random(5)
    for _ in range(20):
        xs, ys = ([float(rng.randrange(12)) for _ in range(40)] for _ in range(2))
        found = comparisons.correlation(xs, ys)
        assert found is not None and found.rho == pytest.approx(
            float(stats.spearmanr(xs, ys).statistic), abs=1e-14
        )


def test_only_ranks_count_and_missing_pairs_are_left_out() -> None:
    values = [float(value) for value in range(1, 21)]
    grown = [math.exp(value) for value in values]
    shuffled = random.Random(3).sample(values, len(values))
    one, other = comparisons.correlation(values, shuffled), comparisons.correlation(grown, shuffled)
    assert one is not None and other is not None and one.rho == pytest.approx(other.rho)
    holed = comparisons.correlation([*values, None, 5.0], [*shuffled, 1.0, float("nan")])
    assert holed == one


@pytest.mark.parametrize(
    ("xs", "ys"),
    [([1.0] * 9, [2.0] * 9), ([1.0] * 20, list(range(20))), (list(range(20)), [3.0] * 20), ([], [])],
)
def test_too_little_gives_no_correlation(xs: list[float], ys: list[float]) -> None:
    assert comparisons.correlation(xs, ys) is None
    assert "não há correlação a calcular" in comparisons.strength(None)


def test_every_strength_warns_that_it_is_no_cause() -> None:
    for rho, low, high in ((0.8, 0.7, 0.9), (-0.5, -0.6, -0.3), (0.1, -0.1, 0.3)):
        said = comparisons.strength(comparisons.Correlation(rho, low, high, 79))
        assert "não prova causa" in said
        assert ("Sem associação clara" in said) == (low <= 0 <= high)
        assert "postos" not in said and "provavelmente entre" in said
    perfect = comparisons.correlation(list(range(12)), list(range(12)))
    assert perfect is not None and (perfect.low, perfect.high) == (1, 1)


def test_the_title_of_a_relation_says_strength_years_and_direction() -> None:
    other = replace(WATER, indicator="outro", short="Ideb")
    titles = [
        comparisons.relation_title(WATER, other, comparisons.Correlation(rho, low, high, 69), (2010, 2021))
        for rho, low, high in ((0.31, 0.1, 0.5), (-0.75, -0.9, -0.6), (0.1, -0.1, 0.3))
    ]
    head = "Água encanada e Ideb (2010\u00a0×\u00a02021): "
    assert titles == [
        head + "associação fraca no mesmo sentido, em 69 municípios",
        head + "associação forte em sentidos opostos, em 69 municípios",
        head + "sem associação clara entre os municípios",
    ]
    assert comparisons.relation_title(WATER, other, None, (2022, 2022)).startswith(
        "Água encanada e Ideb (2022):"
    )


# Trend


def points(values: list[float | None], first: int = 2018, step: int = 1, width: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "year": [first + step * place for place in range(len(values))],
            "value": values,
            "low": [None if value is None else value - width for value in values],
            "high": [None if value is None else value + width for value in values],
            "break_before": [False] * len(values),
        }
    )


PUBLISHED = replace(WATER, interval="proportion")


def test_trends_in_words() -> None:
    rising = points([50, 60, 70, 80, 90])
    assert comparisons.trend_sentence("Bonito", rising, PUBLISHED) == (
        "Bonito: tendência de alta, de melhora, nos últimos cinco dados (2018 a 2022)."
    )
    worse = comparisons.trend_sentence("Bonito", rising, replace(PUBLISHED, better="lower"))
    assert "alta, de piora" in worse
    assert "alta, nos" in comparisons.trend_sentence("Bonito", rising, replace(PUBLISHED, better="none"))
    flat = comparisons.trend_sentence("Bonito", points([50, 51, 50, 51, 50], width=5), PUBLISHED)
    assert "sem tendência" in flat and "acaso" in flat


@pytest.mark.parametrize(
    ("frame", "indicator", "why"),
    [
        (
            points([50, 60, 70, 80, 90]),
            replace(PUBLISHED, interval="none", aggregation="median"),
            "não publica as contagens",
        ),
        (points([50, 60]), replace(PUBLISHED, interval="none", unit="R$"), "é dinheiro, sem margem de erro"),
        (
            points([50, 60]),
            replace(PUBLISHED, interval="none", unit="pessoas", comparable=False),
            "é um total",
        ),
        (
            points([50, 60]),
            replace(PUBLISHED, interval="none", unit="pessoas", aggregation="sum"),
            "é um total",
        ),
        (points([50, 60]), replace(PUBLISHED, interval="none", aggregation="ratio"), "é uma razão"),
        (points([5, 6]), replace(PUBLISHED, interval="none", unit="nota"), "é um índice ou uma média"),
        (points([50, 60, 70, 80, 90]), replace(PUBLISHED, window=3), "se sobrepõem"),
        (points([50, 60, 70, 80, 90]), replace(PUBLISHED, kind="category", categories=("A",)), "categorias"),
        (points([50, 60, 70]), PUBLISHED, "há 3 períodos comparáveis e são precisos 5"),
        (points([50, None, 70, 80, 90]), PUBLISHED, "falta o dado de 2019"),
        (points([50, 60, 70, 80, 90], width=0), PUBLISHED, "não tem margem de erro"),
        (
            pd.concat([points([40], first=2010), points([50, 60, 70, 80])]),
            PUBLISHED,
            "não são igualmente espaçados",
        ),
    ],
)
def test_a_trend_that_cannot_be_computed_says_why(
    frame: pd.DataFrame, indicator: declarations.Indicator, why: str
) -> None:
    said = comparisons.trend_sentence("Bonito", frame.reset_index(drop=True), indicator)
    assert said.startswith("Bonito: a tendência não pode ser calculada (") and why in said


def test_one_period_has_no_trend_to_speak_of() -> None:
    for frame in (points([50]), points([50, None]), points([])):
        for indicator in (PUBLISHED, replace(PUBLISHED, interval="none")):
            assert comparisons.trend_sentence("Bonito", frame, indicator) == ""


def test_a_trend_starts_after_a_change_of_method_and_may_step_by_two_years() -> None:
    frame = points([50, 60, 70, 80, 90])
    frame.loc[2, "break_before"] = True
    assert "há 3 períodos comparáveis" in comparisons.trend_sentence("Bonito", frame, PUBLISHED)
    assert "tendência de alta" in comparisons.trend_sentence(
        "Bonito", points([50, 60, 70, 80, 90], step=2), PUBLISHED
    )


def test_every_series_has_a_trend_or_a_reason(tables: Tables) -> None:
    for name in tables.available():
        indicator = declarations.indicators()[name]
        for code in (CAPITAL, "5006275"):
            spans = tables.spans(name, code)
            said = comparisons.trend_sentence("Lugar", spans, indicator)
            assert (said == "") == (spans["value"].notna().sum() < 2)
            if not said:
                continue
            assert said.startswith("Lugar: ") and said.endswith(".") and "None" not in said
            computed = "não pode ser calculada" not in said
            assert not (computed and indicator.interval == "none")


def test_what_none_of_the_columns_has_is_no_row_and_is_said(
    config: Config, tables: Tables, tmp_path: Path
) -> None:
    known = "agua_atendimento_sinisa"
    two = of_two_states(config, tmp_path, known)
    names, alone = (known, "idhm", "capag_nota"), [Column("Fora", code=ELSEWHERE)]
    assert comparisons.told(two, names, alone) == (known,)
    assert comparisons.untold(two, names, alone) == (
        f"Fora da tabela, sem dado em nenhuma das colunas: 2 indicadores. {two.indicators['idhm'].short}; "
        f"{two.indicators['capag_nota'].short}."
    )
    both = [*alone, Column("Bonito", code=BONITO)]
    assert comparisons.told(two, names, both) == names and comparisons.untold(two, names, both) == ""
    # Where nothing is known at all, the table says so of each.
    assert comparisons.told(two, names[1:], alone) == names[1:]


def test_a_relation_has_the_latest_values_of_whom_it_is_asked_for(tables: Tables) -> None:
    every = tuple(tables.names())
    for codes in (every, (CORUMBA, CAPITAL)):
        frame = comparisons.relation(tables, "agua_atendimento", "ideb_anos_finais_publica", codes, "")
        assert frame["municipality_code"].tolist() == list(codes)
        assert frame["name"].tolist() == [tables.names()[code] for code in codes]
        for axis, name in (("x", "agua_atendimento"), ("y", "ideb_anos_finais_publica")):
            latest = tables.latest(name).set_index("municipality_code")["value"].reindex(list(codes))
            pd.testing.assert_series_equal(
                frame[axis].reset_index(drop=True), latest.reset_index(drop=True), check_names=False
            )
