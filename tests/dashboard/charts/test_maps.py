"""Maps: nothing missing is classed, every reason has its mark."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pandas as pd
import pytest

from dashboard import charts
from dashboard.charts import Chart
from dashboard.charts.palettes import PALETTES, fill
from tests.dashboard.samples import (
    GEO,
    WATER,
    frame,
    mesh,
)


def shapes(chart: Chart) -> list[dict[str, Any]]:
    return [trace for trace in chart.figure["data"] if trace["type"] == "choropleth"]


def test_missing_is_grey_with_a_ring_and_never_classed() -> None:
    chart = charts.choropleth(frame([10, None, 95]), WATER, **GEO)
    classed, absent = shapes(chart)[:2]
    assert classed["locations"] == ["5000000", "5000002"]
    assert absent["locations"] == ["5000001"]
    assert absent["colorscale"][0][1] == PALETTES["light"].missing
    rings = [
        trace for trace in chart.figure["data"] if trace.get("marker", {}).get("symbol") == "circle-open"
    ]
    assert [len(trace["lat"]) for trace in rings] == [1]
    names = [trace["name"] for trace in chart.figure["data"] if trace.get("name")]
    assert names == ["menos de 50% (1)", "90% ou mais (1)", "○ sem dado (1)"]
    assert chart.frame["Água encanada (%)"].isna().tolist() == [False, True, False]


def test_reasons_for_missing_values_are_told_apart() -> None:
    rows = frame([10, None, None, None, 95])
    rows["flag"] = [None, "not_eligible", "not_available", "not_eligible", None]
    chart = charts.choropleth(rows, WATER, **GEO)
    names = [trace["name"] for trace in chart.figure["data"] if trace.get("name")]
    assert names[-2:] == ["○ não elegível (2)", "□ não disponível na fonte (1)"]
    rings = [
        trace
        for trace in chart.figure["data"]
        if trace["type"] == "scattergeo" and len(trace["lat"]) and trace["lat"][0]
    ]
    assert [(trace["marker"]["symbol"], len(trace["lat"])) for trace in rings] == [
        ("circle-open", 2),
        ("square-open", 1),
    ]
    assert chart.sentence.endswith("3 sem dado (não elegível: 2; não disponível na fonte: 1).")


def test_map_of_nothing_still_shows_everyone() -> None:
    chart = charts.choropleth(frame([None, None]), WATER, **GEO)
    assert shapes(chart)[0]["locations"] == ["5000000", "5000001"]
    assert "nenhum município com dado" in chart.sentence


def test_the_colour_of_a_shape_is_that_of_its_class() -> None:
    trace = shapes(charts.choropleth(frame([10, 55, 70, 85, 95]), WATER, **GEO))[0]
    low, high = trace["zmin"], trace["zmax"]
    for z, expected in zip(trace["z"], PALETTES["light"].sequential[5], strict=True):
        share = (z - low) / (high - low)
        steps = trace["colorscale"]
        inside = [a[1] for a, b in itertools.pairwise(steps) if a[0] <= share <= b[0] and a[1] == b[1]]
        assert inside == [expected]


def test_a_click_finds_the_code_and_the_chosen_is_outlined_last() -> None:
    chart = charts.choropleth(frame([10, 20]), WATER, selected="5000001", **GEO)
    outlines = [trace for trace in shapes(chart) if trace["locations"] == ["5000001"]]
    assert [trace["marker"]["line"]["width"] for trace in outlines] == [4.5, 2.2]
    assert [trace["text"] for trace in chart.figure["data"] if trace.get("mode") == "text"] == [
        ["<b>Município 1</b>"]
    ]
    unknown = charts.choropleth(frame([10, 20]), WATER, selected="5099999", **GEO)
    assert len(shapes(unknown)) == len(shapes(chart)) - 2


def told(trace: dict[str, Any], place: int) -> list[str]:
    """The lines that a reader sees who points at a mark; the name is the mesh's."""
    template = trace["hovertemplate"].removesuffix("<extra></extra>")
    [shape] = [
        shape for shape in mesh(6)["m.geojson"]["features"] if shape["id"] == trace["locations"][place]
    ]
    template = template.replace("%{properties.name}", shape["properties"]["name"])
    for number, text in enumerate(trace["customdata"][place] if trace["customdata"] else ()):
        template = template.replace(f"%{{customdata[{number}]}}", text)
    return re.sub("</?b>", "", template).split("<br>")


def test_hover_gives_value_year_and_place() -> None:
    chart = charts.choropleth(frame([10, 20, None]), WATER, **GEO)
    assert told(shapes(chart)[0], 0) == ["Município 0", "10,0% em 2024", "2º de 2 com dado"]
    assert told(shapes(chart)[0], 1) == ["Município 1", "20,0% em 2024", "1º de 2 com dado"]
    assert told(shapes(chart)[1], 0) == ["Município 2", "n.d. (não disponível na fonte) em 2024"]


def test_what_a_status_map_says_of_a_mark_fits_beside_it() -> None:
    sentence = "De 26,0% em 2023 para 65,0% em 2025: andou 255% do caminho; a meta de 2025, de Inep e MEC, era 41,3%."
    # What is left for the last line fits in it as it is.
    rest = "Alfabetizadas, municipal: De 41,7% em 2023 para 69,2% em 2024: andou 452% do caminho; a meta de 2024, de Inep e MEC, era 47,8%."
    rows = frame([10, 20]).assign(status="on_track", detail=[sentence, rest])
    for place, detail in enumerate((sentence, rest)):
        lines = told(shapes(charts.status_map(rows, "Metas", **GEO))[0], place)
        assert " ".join(lines[2:]) == detail and max(map(len, lines)) <= 44 and len(lines) == 5


def test_a_map_without_room_for_borders_says_name_and_reading_alone_and_is_made_once() -> None:
    rows = frame(list(range(1200))).assign(status="on_track", detail="Uma frase.")
    one, other = (
        charts.status_map(rows, "Metas", selected=code, **GEO) for code in rows["municipality_code"][:2]
    )
    assert "Uma frase" not in one.written.decode() and one.frame["Detalhe"].eq("Uma frase.").all()
    assert told(shapes(one)[0], 0)[1:] == ["No ritmo"]
    assert one.table is other.table and one.written != other.written
    values = charts.choropleth(frame(list(range(1200))), WATER, **GEO)
    assert len(told(shapes(values)[0], 0)) == 2


def test_what_all_hovers_say_is_sent_once_and_names_are_the_meshs() -> None:
    same = charts.choropleth(frame([10, 10, 10]), WATER, **GEO)
    trace = shapes(same)[0]
    assert trace["customdata"] == [] and "Município" not in str(same.figure["data"][0])
    assert told(trace, 2) == ["Município 2", "10,0% em 2024", "empatado com outros 2 em 1º de 3"]
    lone = charts.choropleth(frame([10]), WATER, **GEO)
    assert told(shapes(lone)[0], 0)[1] == "10,0% em 2024"


def test_status_map_keeps_what_goes_well_quiet() -> None:
    rows = frame([1, 2, 3], status=["on_track", "worsening", None])
    chart = charts.status_map(rows, "Metas", **GEO)
    glyphs = [trace["marker"]["symbol"] for trace in chart.figure["data"] if trace["type"] == "scattergeo"]
    assert glyphs == ["triangle-left"]
    assert chart.sentence == "Metas: no ritmo em 1 e em retrocesso em 1."
    assert chart.frame["Situação"].tolist() == ["No ritmo", "Em retrocesso", "Sem meta"]


def test_a_map_of_statuses_says_how_sure_each_is_in_words() -> None:
    rows = frame(
        [1, 2, 3], status=["on_track", "on_track", "achieved"], sureness=["firm", "likely", "unclear"]
    )
    chart = charts.status_map(rows, "Metas", **GEO, legend=True)
    assert chart.sentence == (
        "Metas: meta alcançada em 1 (1 não dá para dizer) e no ritmo em 2 (1 certa, 1 provável)."
    )
    entries = {trace["name"]: trace["marker"]["color"] for trace in chart.figure["data"] if trace.get("name")}
    assert entries == {
        "★ Meta alcançada (não dá para dizer) (1)": fill("achieved", "unclear", "light"),
        "► No ritmo (1)": fill("on_track", "firm", "light"),
        "► No ritmo (provável) (1)": fill("on_track", "likely", "light"),
    }
    assert chart.symbols["★ Meta alcançada (não dá para dizer) (1)"] == "star-open"


def test_what_cannot_be_is_hollow_and_of_no_class() -> None:
    rows = frame([10, 95, 150])
    rows["flag"] = [None, None, "implausible"]
    chart = charts.choropleth(rows, WATER, **GEO)
    hollow = next(trace for trace in shapes(chart) if trace["locations"] == ["5000002"])
    assert hollow["colorscale"][0][1] == PALETTES["light"].surface
    names = [trace["name"] for trace in chart.figure["data"] if trace.get("name")]
    assert names == ["acima de 100%, não dá para ler (1)", "menos de 50% (1)", "90% ou mais (1)"]
    assert chart.frame["Água encanada (%)"].tolist() == [10, 95, 150]


def test_a_map_of_floors_says_floor() -> None:
    rows = frame([10, 95]).assign(status=["outside", "within"], demand=">=")
    chart = charts.status_map(rows, "Metas", **GEO, legend=True)
    assert "abaixo do mínimo em 1" in chart.sentence and "mínimo alcançado em 1" in chart.sentence
    assert chart.frame["Situação"].tolist() == ["Abaixo do mínimo", "Mínimo alcançado"]
    mixed = charts.status_map(rows.assign(demand=[">=", "<="]), "Metas", **GEO)
    assert mixed.frame["Situação"].tolist() == ["Abaixo do mínimo", "Máximo respeitado"]
    assert "fora do limite em 1" in mixed.sentence


def test_a_map_of_statuses_says_how_sure_and_one_colon() -> None:
    rows = frame([1, 2], status=["within", "outside"], sureness=["likely", "unclear"], demand=[">=", ">="])
    said = charts.status_map(rows, "Vacina: penta", **GEO).sentence
    assert said == (
        "Vacina, penta: mínimo alcançado em 1 (1 provável) e abaixo do mínimo em 1 (1 não dá para dizer)."
    )


def many(count: int, **columns: Any) -> pd.DataFrame:
    """Municipalities by the hundred, one in seven without a value, for two reasons."""
    values = [None if row % 7 == 0 else float(row % 100) for row in range(count)]
    rows = frame(values, **columns)
    rows["flag"] = [
        None if row % 7 else "not_eligible" if row % 14 else "not_available" for row in range(count)
    ]
    return rows


def marks(chart: Chart) -> list[dict[str, Any]]:
    """The traces of marks that lie on the map; those of the legend lie nowhere."""
    return [
        trace
        for trace in chart.figure["data"]
        if trace["type"] == "scattergeo" and any(spot is not None for spot in trace["lat"])
    ]


def test_hundreds_have_no_marks_and_missing_is_one_class_that_the_sentence_tells_apart() -> None:
    few, hundreds = (charts.choropleth(many(count), WATER, **GEO) for count in (250, 251))
    assert len(marks(few)) == 2 and not marks(hundreds)
    names = [trace["name"] for trace in hundreds.figure["data"] if trace.get("name")]
    assert names[-1] == "sem dado (36)"
    assert "36 sem dado (não disponível na fonte: 18; não elegível: 18)" in hundreds.sentence
    widths = [
        next(trace for trace in shapes(chart) if len(trace["locations"]) > 100)["marker"]["line"]["width"]
        for chart in (few, hundreds)
    ]
    assert widths == [0.7, 0.35]


@pytest.mark.parametrize(
    "given", [(1001, GEO), (79, {**GEO, "bounds": (-74.0, -34.0, -32.0, 5.0)})], ids=["many", "wide"]
)
def test_where_borders_have_no_room_each_colour_borders_itself_and_everyone_is_drawn_once(
    given: tuple[int, dict[str, Any]],
) -> None:
    count, place = given
    chart = charts.choropleth(many(count), WATER, **place)
    municipal = [trace for trace in shapes(chart) if trace["geojson"] == GEO["geometry_url"]]
    assert sorted(code for trace in municipal for code in trace["locations"]) == sorted(
        many(count)["municipality_code"]
    )
    for trace in municipal:
        assert {step[1] for step in trace["colorscale"]} == {trace["marker"]["line"]["color"]}
    colours = [trace["marker"]["line"]["color"] for trace in municipal]
    assert len(colours) == len(set(colours)) >= 4
    [outline] = [trace for trace in shapes(chart) if trace["geojson"] == GEO["outline_url"]]
    assert outline["marker"]["line"]["color"] == PALETTES["light"].outline


def test_a_map_of_hundreds_of_statuses_is_read_by_its_fills() -> None:
    rows = many(1001, status=["worsening", "on_track", "at_risk"] * 333 + [None, "missed"])
    chart = charts.status_map(rows, "Metas", **GEO, legend=True)
    assert not marks(chart)
    said = {trace["name"]: trace["marker"]["color"] for trace in chart.figure["data"] if trace.get("name")}
    drawn = {
        trace["marker"]["line"]["color"]
        for trace in shapes(chart)
        if trace["geojson"] == GEO["geometry_url"] and len(trace["locations"]) > 1
    }
    assert drawn <= set(said.values()) and len(drawn) == 3
    assert "em retrocesso em 333" in chart.sentence


def test_thousands_keep_their_dot_in_the_legend() -> None:
    rows = many(1300, status=["worsening"] * 1250 + ["missed"] * 50)
    chart = charts.status_map(rows, "Metas", **GEO, legend=True)
    names = [trace["name"] for trace in chart.figure["data"] if trace.get("name")]
    assert names == ["◄ Em retrocesso (1.250)", "✕ Prazo vencido (50)"]
