"""How municipalities stand: strong and weak points, places, what asks for attention."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from dashboard import charts, sentences, words
from dashboard.findings import indicators, places
from dashboard.tables import Tables
from pipelines import serving
from pipelines.declarations import Config
from tests.dashboard.samples import ELSEWHERE, of_two_states


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


def test_a_fifth_is_said_only_where_the_whole_range_of_places_lies_in_it(tables: Tables) -> None:
    frame = tables.latest()
    assert frame.loc[frame["position"].isna(), "fifth"].isna().all()
    for row in frame[frame["position"].notna() & (frame["ranked"] > 1)].to_dict("records"):
        # From the places alone: 1 is the most favourable.
        best, worst = (
            (row["ranked"] - row[name]) / (row["ranked"] - 1) for name in ("rank_low", "rank_high")
        )
        told = min(4, int(best * 5)) == min(4, int(worst * 5))
        item, fit = tables.indicators[row["indicator"]], tables.oscillation(row["indicator"])
        by_counts = pd.notna(row["low"]) and pd.notna(row["numerator"])
        if item.cohort and (fit is None or fit.at_most_likely) and not by_counts:
            assert pd.isna(row["fifth"]), row
        elif pd.notna(row["low"]):
            assert pd.notna(row["fifth"]) == told, row
        if pd.notna(row["fifth"]) and told:
            assert row["fifth"] == min(4, int(best * 5)), row


def test_chance_alone_makes_no_strong_point(tables: Tables) -> None:
    # Three births a week: Figueirão had no infant death in three years, and yet may stand anywhere.
    standing = _standing(tables)
    row = standing[
        (standing["municipality_code"] == "5003900")
        & (standing["indicator"] == "mortalidade_infantil_trienal")
    ]
    assert row["value"].item() == 0
    assert row["fifth"].isna().item()
    best, worst = places.ends(tables, "5003900")
    assert not [text for text in (*best, *worst) if "Mortalidade infantil" in text]


def _standing(tables: Tables) -> pd.DataFrame:
    latest = tables.latest()
    return latest[latest["position"].notna()]


def _recent(tables: Tables) -> pd.DataFrame:
    standing = _standing(tables)
    sources = tables.declared_sources
    lives = [sources[tables.indicators[name].source].shelf_life for name in standing["indicator"]]
    first = [pd.Timestamp(tables.as_of) - pd.DateOffset(months=life) for life in lives]
    return standing[standing["period"] >= pd.Series(first, index=standing.index)]


def test_a_closed_series_is_no_strong_point_beside_the_one_that_followed_it(tables: Tables) -> None:
    # In 2022 Snis told 12.5% of losses in Jaraguari, in 2023 Sinisa 40%.
    texts = [text for side in places.ends(tables, "5004908") for text in side]
    assert texts and not [text for text in texts if "em 2022" in text and "Sinisa" not in text], texts
    told = [item for item in tables.indicators.values() if "serie_encerrada" in item.caveats]
    assert told and not {item.indicator for item in told if item.source == "snis"} & set(
        tables.latest().loc[lambda frame: frame["recent"], "indicator"]
    )


def test_points_are_within_their_shelf_life_one_a_family_and_no_balance_of_a_month(tables: Tables) -> None:
    recent, titles = _recent(tables), {item.title: item for item in tables.indicators.values()}
    for code in tables.names():
        own = recent[recent["municipality_code"] == code]
        for fifth, texts in zip((places.MOST, places.LEAST), places.ends(tables, code), strict=True):
            sure = set(own.loc[own["fifth"].eq(fifth).fillna(False), "indicator"])
            told = [
                next(item for title, item in titles.items() if text.startswith(f"{title}: "))
                for text in texts
            ]
            assert {item.indicator for item in told} <= sure, texts
            assert len({serving.family(item) for item in told}) == len(told), texts
            assert not [item for item in told if item.indicator.startswith("saldo_")], texts
            assert all("º" in text or "empatado" in text for text in texts), texts


def test_the_series_that_opens_is_the_weakest(tables: Tables) -> None:
    recent = _recent(tables)
    for code in tables.names():
        name = places.weakest(tables, code, "")
        own = recent[recent["municipality_code"].eq(code) & recent["fifth"].eq(places.LEAST).fillna(False)]
        own = own[[serving.lasting(tables.indicators[item]) for item in own["indicator"]]]
        if name:
            assert own.set_index("indicator").loc[name, "position"] == own["position"].min()
        else:
            assert own.empty


def test_attention_counts_families_of_data_within_their_shelf_life(tables: Tables) -> None:
    frame = places.attention(tables, tuple(tables.names()), most=79)
    assert frame["share"].is_monotonic_decreasing
    assert (frame["share"] == 100 * frame["weak"] / frame["judged"]).all() and frame["weak"].gt(0).all()
    recent = _recent(tables)
    recent = recent[[serving.lasting(tables.indicators[item]) for item in recent["indicator"]]]
    first = frame.iloc[0]
    own = recent[recent["municipality_code"] == first["municipality_code"]]
    votes: dict[tuple[str, str, str], list[bool]] = {}
    for name, fifth in zip(own["indicator"], own["fifth"], strict=True):
        weak = pd.notna(fifth) and fifth == places.LEAST
        votes.setdefault(serving.family(tables.indicators[name]), []).append(weak)
    assert first["judged"] == len(votes)
    assert first["weak"] == sum(sum(held) * 2 >= len(held) for held in votes.values())
    # All vaccines of the one source are one vote.
    vaccines = [item for item in tables.indicators.values() if item.indicator.startswith("vacina_")]
    assert len(vaccines) == 13 and len({serving.family(item) for item in vaccines}) == 1


def test_what_cannot_be_is_shown_and_stands_nowhere(tables: Tables) -> None:
    frame = tables.latest()
    strange = frame[frame["flag"].eq("implausible").fillna(False)]
    assert len(strange) > 100 and strange["value"].gt(100).all()
    assert strange[["position", "rank_low", "rank_high", "fifth", "low"]].isna().all(axis=None)
    for name, group in frame[frame["indicator"].isin(strange["indicator"])].groupby("indicator"):
        kept = group[group["value"].notna() & ~group["flag"].eq("implausible").fillna(False)]
        assert group["ranked"].eq(len(kept)).all() and kept["rank_high"].max() <= len(kept), name
        item = tables.indicators[str(name)]
        if item.aggregation == "median":
            assert indicators.aggregate(group, item) == pytest.approx(kept["value"].median()), name
            row = tables.aggregates(item.indicator, "state").iloc[-1]
            assert row["value"] == pytest.approx(kept["value"].median()), name
            assert row["municipalities_with_data"] == len(kept), name
        title = sentences.finding(item, "2025", group["value"].tolist(), flags=group["flag"].tolist())
        if ":" in title.removeprefix(words.named(item)):
            assert title.endswith(
                f"; {len(group) - len(kept) - group['value'].isna().sum()} acima de 100%: não dá para ler"
            )


def test_cohorts_without_counts_are_ranked_by_their_usual_oscillation(tables: Tables) -> None:
    frame = tables.latest()
    for name in ("crianca_alfabetizada_municipal", "ideb_anos_iniciais_publica"):
        item, fit = tables.indicators[name], tables.oscillation(name)
        assert fit is not None
        own = frame[frame["indicator"].eq(name) & frame["value"].notna()]
        for row in own.to_dict("records"):
            half = 1.96 * fit.level_deviation(
                float(tables.municipalities().at[row["municipality_code"], "population"])
            )
            assert row["low"] == pytest.approx(max(row["value"] - half, item.range[0]))
            assert row["high"] == pytest.approx(min(row["value"] + half, item.range[1]))
        assert (own["rank_high"] > own["rank_low"]).mean() > 0.9
    assert tables.oscillation("idhm") is None


def test_a_median_goes_by_its_own_name(tables: Tables) -> None:
    state = str(tables.municipalities()["state"].iloc[0])
    for name, item in tables.indicators.items():
        whole = tables.whole_series(name)
        if item.aggregation != "median" or whole.empty or len(tables.benchmark(name, "state")):
            continue
        assert set(whole["place"]) == set(whole["short"]) == {"Mediana dos municípios"}, name
        assert state not in set(whole["name"])
    rows, _ = places.profile_rows(tables, "5003207", "light", str, str)
    titles = {item.title: item for item in tables.indicators.values()}
    for head, cells in rows:
        reference, item = cells[-1], titles[head.title]
        if (
            reference.text
            and item.aggregation == "median"
            and tables.benchmark(item.indicator, "state").empty
        ):
            assert reference.text.startswith("mediana "), head


def test_what_nobody_in_the_state_has_is_no_row_and_is_said(
    config: Config, tables: Tables, tmp_path: Path
) -> None:
    known = "agua_atendimento_sinisa"
    two = of_two_states(config, tmp_path, known)
    rows, groups = places.profile_rows(two, ELSEWHERE, "light", str, str)
    short = two.indicators[known].short
    assert [head.text for head, _ in rows] == [short] and len(groups) == 1
    # Beside places among all stands its own state's reference, which says whose it is.
    told = [cells[-1].text for _, cells in places.profile_rows(two, "5002704", "light", str, str)[0]]
    assert any(told) and all(re.match(r"(mediana )?MS \S|$", one) for one in told), told
    said = places.left_out(two, ELSEWHERE)
    absent = two.absent_in("51")
    assert f"do estado (MT) nesta cópia das fontes: {len(absent)} indicadores." in said
    assert known not in absent and len(absent) == len(two.available()) - 1
    assert f"; {tables.indicators['idhm_renda'].short};" in said and f" {short};" not in said
    # Of one state nothing is left out, with or without a value of its own.
    assert tables.absent_in("50") == () and places.left_out(tables, "5002704") == ""
    assert len(places.profile_rows(tables, "5002704", "light", str, str)[0]) == len(tables.profile("5002704"))
    note = places.attention_note(two, tuple(two.names()), places.attention(two, tuple(two.names())))
    assert places.PARTIAL in note
    assert places.PARTIAL not in places.attention_note(tables, (), places.attention(tables, ()))


def test_a_line_of_grades_rises_with_the_better_one(tables: Tables) -> None:
    grade = tables.indicators["capag_nota"]
    best, worst = (grade.categories.index(name) + 1 for name in ("A", "D"))
    drawn = charts.sparkline(places.as_drawn([worst, worst, best], grade))
    heights = [float(spot.split()[1]) for spot in drawn.split('"M')[1].split('"')[0].split("L")]
    assert heights[0] > heights[-1]
    water = tables.indicators["agua_atendimento_sinisa"]
    assert places.as_drawn([1.0, None, 2.0], water) == [1.0, None, 2.0]
    assert places.as_drawn([None, 2.0], grade) == [None, -2.0]


def test_places_in_the_file_of_a_profile_are_whole_numbers(
    monkeypatch: pytest.MonkeyPatch, tables: Tables
) -> None:
    table = places.profile_table(tables, "5002704")
    whole = [head for head in table if head.startswith(("Posição", "Municípios com dado"))] + ["Ano anterior"]
    assert len(whole) > 4 and {str(table[head].dtype) for head in whole} == {"Int64"}
    monkeypatch.setattr(Tables, "profile_rows", lambda data, code: [])
    assert places.profile_table(tables, "5002704").empty


def test_many_that_tie_are_counted_and_not_named(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> None:
    def areas(others: int, weak: list[int]) -> str:
        row = {
            "area": "saude", "indicators": 9, "families": 4, "first_year": 2020, "last_year": 2024,
            "names": ["Anta", "Bela", "Caju"], "weak": weak, "others": others,
        }  # fmt: skip
        monkeypatch.setattr(Tables, "areas", lambda data, codes: pd.DataFrame([row]))
        return str(places.areas(tables, ())["names"].item())

    assert areas(0, [3, 2, 1]) == "Anta (3 de 4); Bela (2 de 4); Caju (1 de 4)"
    assert areas(2, [3, 1, 1]) == "Anta (3 de 4); Bela (1 de 4); Caju (1 de 4); e 2 outros com 1 de 4"
    assert areas(1024, [3, 1, 1]) == "Anta (3 de 4); 1.026 municípios com 1 de 4"
    assert areas(1024, [1, 1, 1]) == "1.027 municípios com 1 de 4"
    assert areas(5000, [2, 0, 0]) == "Anta (2 de 4)" and areas(5000, [0, 0, 0]) == "nenhum"
