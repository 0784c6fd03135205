"""Pieces of pages as strings: escaped, accessible, and honest about what is missing."""

from __future__ import annotations

import pandas as pd

from dashboard import charts
from dashboard.charts import Cell, markup, palettes
from dashboard.charts.palettes import MARKS, PALETTES
from tests.dashboard.samples import (
    EVIL,
    WATER,
    history,
)


def test_html_pieces_escape_what_comes_from_data() -> None:
    rows = history({2020: 1, 2021: 2}, EVIL)
    pieces = [
        charts.tile(EVIL, EVIL, EVIL, EVIL),
        charts.ribbon({("achieved", "firm"): 1}, label=EVIL + '"'),
        charts.heat_table(
            EVIL, [EVIL, (EVIL, EVIL)], [(EVIL, [charts.Cell(EVIL, 1, EVIL, href=EVIL)])], groups={0: EVIL}
        ),
        charts.data_table(pd.DataFrame({EVIL: [EVIL]}), EVIL),
        charts.panels(rows, WATER),
        charts.inset(charts.Outlines({"1": "M0 0"}, 10, 10), "1", EVIL),
    ]
    for piece in pieces:
        assert "<script" not in piece
        assert "<b>Vila" not in piece


def test_tables_are_accessible_and_missing_is_said() -> None:
    html = charts.data_table(
        pd.DataFrame({"Nome": ["A", "B"], "Valor": [1234.5, None]}), "Valores", {"Valor": 1}
    )
    assert "<caption>Valores</caption>" in html
    assert '<th scope="col">Nome</th>' in html
    assert '<th scope="row">A</th>' in html
    assert '<td class="n">1.234,5</td>' in html
    assert '<td class="n nd">n.d.</td>' in html


def test_long_tables_say_what_they_leave_out() -> None:
    html = charts.data_table(pd.DataFrame({"Nome": [str(row) for row in range(200)]}), "Todos", limit=10)
    assert html.count("<tr>") == 11
    assert "10 de 200 linhas" in html


def test_value_cells() -> None:
    missing = charts.value_cell(None, "not_eligible", WATER, None, "2024")
    assert (missing.text, missing.missing, missing.title) == ("n.d.", True, "n.d. (não elegível) em 2024")
    known = charts.value_cell(1234.5, "provisional", WATER, 3, "2024")
    assert (known.text, known.shade, known.title) == ("1.234,5*", 3, "1.234,5% em 2024 (provisório)")


def test_sparklines_are_cut_too() -> None:
    # Two pieces, and the dot on the last point.
    assert charts.sparkline([1, 2, None, 3, 4]).count("M") == 3
    assert charts.sparkline([1, 2, 3, 4], breaks=[False, False, True, False]).count("M") == 3
    assert charts.sparkline([None]) == ""
    assert "nan" not in charts.sparkline([5, 5, 5, None])


def test_two_values_make_no_sparkline() -> None:
    assert charts.sparkline([5, 6]) == charts.sparkline([5, None, 6, None]) == ""
    assert charts.sparkline([5, None, 6, 7]) != ""


def test_ribbon_counts_in_words() -> None:
    html = charts.ribbon({("achieved", "firm"): 5, ("worsening", "firm"): 9, ("worsening", "unclear"): 7})
    said = "Meta alcançada: 5 e Em retrocesso: 16 (9 certas, 7 não dá para dizer)"
    assert f'aria-label="Situação das metas. {said}"' in html
    assert "Prazo vencido" not in html
    # Grouped by status: two of the three parts are of one.
    assert html.count("flex:") == 3 and html.count("<li>") == 2


def test_fills_follow_how_sure_a_reading_is() -> None:
    html = charts.ribbon({("missed", "firm"): 1, ("missed", "likely"): 1, ("missed", "unclear"): 1})
    whole, half, none = (palettes.fill("missed", sure, "light") for sure in ("firm", "likely", "unclear"))
    assert len({whole, half, none}) == 3 and none == PALETTES["light"].surface
    assert [html.count(f"background:{colour}") for colour in (whole, half, none)] == [1, 1, 1]
    # Less than certain comes with an edge in the ink of its status, never with the colour alone.
    assert html.count(f"box-shadow:inset 0 0 0 1.5px {MARKS['missed'].ink['light']}") == 2


def test_a_chip_says_what_is_less_than_certain() -> None:
    assert "background:transparent" in charts.chip("off_track", sureness="unclear")
    assert "não dá para dizer" in charts.chip("off_track", sureness="unclear")
    likely = charts.chip("worsening", sureness="likely")
    assert "provável" in likely and "border:1px solid" in likely and "background:rgba" in likely
    assert "background:rgba" in charts.chip("worsening") and "doubt" not in charts.chip("worsening")


def test_outlines_keep_shapes_inside_their_box() -> None:
    ring = [[-58, -24], [-58, -17], [-50, -17], [-50, -24], [-58, -24]]
    collection = {"features": [{"id": "1", "geometry": {"type": "Polygon", "coordinates": [ring]}}]}
    found = charts.outlines(collection, 100)
    numbers = [float(part) for part in found.paths["1"].strip("MZ").replace("L", " ").split()]
    assert max(numbers[::2]) <= 100
    assert max(numbers[1::2]) <= found.height
    assert 80 < found.height < 100


def test_pieces_of_text_are_what_their_names_say() -> None:
    assert markup.section("Saúde & vida", 2) == '<h2 class="section">Saúde &amp; vida</h2>'
    assert markup.sentence("a < b") == '<p class="sentence">a &lt; b</p>'
    assert markup.note("Fonte: IBGE.") == '<p class="note">Fonte: IBGE.</p>'
    assert markup.points(["um", "dois & três"]) == (
        '<ul class="points"><li>um</li><li>dois &amp; três</li></ul>'
    )


def test_tiles_leave_out_a_unit_that_is_not_there() -> None:
    row = charts.tiles([("População", "1.234", "habitantes", "em 2024"), ("Área", "10", "", "")])
    assert row.count('<div class="tile">') == 2
    assert '1.234 <span class="unit">habitantes</span>' in row
    assert '<div class="value">10</div>' in row


def test_heads_of_a_heat_table_stand_over_their_figures() -> None:
    cells = [
        Cell("10,0%", 4, "10,0% em 2024"),
        Cell("subiu", number=False),
        Cell("", markup=markup.Html("<svg></svg>")),
    ]
    table = charts.heat_table(
        "Notas", ["Nome", ("Val.", "Valor"), "Como", "Série"], [("Água", cells)], {0: "Tudo"}
    )
    assert '<th scope="col" class="n" title="Valor">Val.</th><th scope="col">Como</th>' in table
    assert (
        '<td class="heat-4" title="10,0% em 2024">10,0%</td><td class="t">subiu</td><td><svg></svg></td>'
        in table
    )
    assert '<tr class="group"><th scope="colgroup" colspan="4">Tudo</th></tr>' in table
    missing = charts.heat_table("Notas", ["Nome", "Valor"], [("Água", [Cell("n.d.", 3, missing=True)])])
    assert '<td class="nd">n.d.</td>' in missing and "heat-3" not in missing


def test_the_heads_of_rows_lead_where_they_are_told() -> None:
    rows = pd.DataFrame({"Nome": ["A & B"], "Nota": ["x"]})
    table = charts.data_table(rows, "Lista", links=["?m=1&n=2"])
    assert '<th scope="row"><a href="?m=1&amp;n=2">A &amp; B</a></th><td>x</td>' in table


def test_the_place_lies_over_its_territory_in_one_box() -> None:
    shapes = charts.Outlines({"1": "M0 0L1 1Z", "2": "M2 2L3 3Z"}, 30, 20)
    ground, place = charts.territory(shapes), charts.inset(shapes, "2", "Bonito", "dark")
    box = 'width="30" height="20" viewBox="0 0 30 20"'
    assert box in ground and box in place
    assert 'd="M0 0L1 1ZM2 2L3 3Z"' in ground and "aria-label" not in ground
    assert 'd="M2 2L3 3Z"' in place and 'aria-label="Localização de Bonito"' in place
    assert PALETTES["dark"].data in place
    assert 'd=""' in charts.inset(shapes, "9", "Nenhum")


def test_marks_of_a_line_are_dots_where_it_has_no_neighbours() -> None:
    drawn = charts.sparkline([1, None, 2, 3])
    assert drawn.count('stroke-width="2.4"') == 1 and 'aria-hidden="true"' in drawn
    assert charts.sparkline([1, 2, 3]).count('stroke-width="2.4"') == 0


def test_floors_and_ceilings_have_words_of_their_own() -> None:
    assert "Abaixo do mínimo" in charts.chip("outside", demand=">=")
    assert "Acima do máximo" in charts.chip("outside", demand="<=")
    floors = charts.ribbon({("within", "firm"): 2, ("outside", "likely"): 1}, demand=">=")
    assert "Mínimo alcançado: 2 e Abaixo do mínimo: 1" in floors and "limite" not in floors
    assert "Fora do limite: 1" in charts.ribbon({("outside", "firm"): 1})
    # A grade has no limit, and what is in alert respects its maximum too.
    assert "Fora das aceitas" in charts.chip("outside", demand="category")
    warned = charts.ribbon({("within", "firm"): 9, ("alert", "firm"): 53}, demand="<")
    assert "Máximo respeitado, sem alerta: 9 e Em alerta: 53" in warned
