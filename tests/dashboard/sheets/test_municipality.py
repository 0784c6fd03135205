"""The sheet of a municipality: whole pages, the same numbers as the tables, tags that hold."""

from __future__ import annotations

import datetime as dt

import pytest

from dashboard import sheets, words
from dashboard.charts import plane_drawing
from dashboard.charts.palettes import PALETTES
from dashboard.findings import deliverables, readings
from dashboard.sheets import fitting, municipality, typesetting
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config
from pipelines.verdicts import status_word
from tests.dashboard.sheets.reading import (
    ADDRESS,
    CAPITAL,
    DEMONSTRATED,
    LONG,
    SMALL,
    SOME,
    Make,
    assert_whole,
    fonts,
    links,
    own_plan,
    plain,
    reader,
    said,
    squeezed,
    structure,
)


def test_a_sheet_is_one_tagged_page_in_the_shipped_font(config: Config, data: Tables) -> None:
    pdf = sheets.municipality_pdf(data, CAPITAL, config=config, address=ADDRESS)
    assert_whole(pdf, 1)
    book = reader(pdf)
    assert book.root_object["/Lang"] == "pt-BR"
    assert book.root_object["/MarkInfo"]["/Marked"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in book.root_object["/Metadata"].get_data()
    assert book.metadata is not None and book.metadata.title == "Ficha de Campo Grande"
    kinds = structure(book)
    assert kinds["/H1"] == 1 and kinds["/Table"] == 2 and kinds["/Figure"] == 2
    assert fonts(book) == {"SourceSans3-Regular", "SourceSans3-Semibold"}
    assert links(book.pages[0]) == [f"{ADDRESS}/municipio?municipio={CAPITAL}"]


def test_every_number_of_a_sheet_is_the_tables_own(config: Config, data: Tables) -> None:
    for code in (CAPITAL, SMALL):
        text = squeezed(said(sheets.municipality_pdf(data, code, config=config)))
        place = data.municipalities().loc[code]
        assert code in text
        assert squeezed(str(place["name"])) in text
        assert (
            squeezed(f"{words.number(place['population'])} habitantes em {place['population_year']}") in text
        )
        frame = data.verdicts()
        for found in readings.each(data, frame[frame["municipality_code"] == code]):
            indicator, verdict = found.indicator, found.verdict
            assert squeezed(indicator.title) in text
            assert squeezed(status_word(found.status, found.target.demand)) in text
            assert squeezed(readings.aim(found)) in text
            if verdict.latest_value is not None:
                # Of the day of a picture, and told apart from a bound that it does not stand on.
                assert squeezed(f"{readings.latest(found)} ({found.when})") in text
        for name in data.prominent("sheet"):
            row = data.at(name, data.years(name)[0]).set_index("municipality_code").loc[code]
            indicator = declarations.indicators()[name]
            assert squeezed(indicator.title) in text
            assert squeezed(words.with_unit(row["value"], indicator, short=True)) in text


def test_the_main_indicators_exist_and_span_the_areas(data: Tables) -> None:
    declared = declarations.indicators()
    assert set(data.prominent("sheet")) <= set(declared)
    assert len({declared[name].area for name in data.prominent("sheet")}) >= 7


def test_a_municipality_without_a_plan_shows_the_official_commitments_and_says_so(
    config: Config, data: Tables
) -> None:
    text = plain(said(sheets.municipality_pdf(data, SMALL, config=config)))
    assert "O município ainda não tem plano próprio aqui" in text
    assert "Compromissos oficiais" in text and "Base legal" in text
    assert "Desafios do plano" not in text and "DEMONSTRAÇÃO" not in text


def test_the_demonstration_is_shown_only_when_asked_for_and_marked_on_every_page(
    config: Config, data: Tables
) -> None:
    assert "DEMONSTRAÇÃO" not in said(sheets.municipality_pdf(data, DEMONSTRATED, config=config))
    pdf = sheets.municipality_pdf(data, DEMONSTRATED, config=config, demonstration=True, address=ADDRESS)
    assert_whole(pdf, 2)
    book = reader(pdf)
    for page in book.pages:
        text = page.extract_text()
        # Once across the page and once in words.
        assert text.count("DEMONSTRAÇÃO") >= 2
    structure(book)
    assert links(book.pages[0]) == [f"{ADDRESS}/plano?municipio={DEMONSTRATED}&demonstracao=sim"]


@pytest.mark.parametrize("count", [1, 2, 5, 8, 12])
def test_a_plan_of_any_size_keeps_the_form_of_the_pages(config: Config, altered: Make, count: int) -> None:
    tables = altered(*own_plan(CAPITAL, count, "Garantir o que falta", deliverables=6))
    pdf = sheets.municipality_pdf(tables, CAPITAL, config=config)
    assert_whole(pdf, 2)
    structure(reader(pdf))
    first, second = (squeezed(page.extract_text()) for page in reader(pdf).pages)
    frame = tables.verdicts()
    own = frame[(frame["municipality_code"] == CAPITAL) & (frame["origin"] == "municipal")]
    assert len(own) == count
    for found in readings.each(tables, own):
        assert squeezed(found.indicator.title) in first
        assert squeezed(readings.sentence(found)) in second
    late = deliverables.overdue(tables.deliverables(), dt.date(2026, 11, 22))
    assert len(late) and all(
        squeezed(text) in first for text in late["deliverable"][late["plan"] == "proprio"]
    )
    assert all(f"Entrega{number}:" in second for number in range(1, 7))


def test_long_names_are_never_cut(config: Config, altered: Make) -> None:
    tables = altered(*own_plan(CAPITAL, 4, LONG, deliverables=3))
    pdf = sheets.municipality_pdf(tables, CAPITAL, config=config)
    assert_whole(pdf, 2)
    pages = [squeezed(page.extract_text()) for page in reader(pdf).pages]
    assert all(page.count(squeezed(LONG)) == 4 for page in pages)


def test_a_plan_too_long_for_a_page_goes_on_to_another(config: Config, altered: Make) -> None:
    tables = altered(*own_plan(CAPITAL, 12, LONG, deliverables=40))
    pdf = sheets.municipality_pdf(tables, CAPITAL, config=config)
    text = squeezed(said(pdf))
    assert len(reader(pdf).pages) > 2
    assert text.count(squeezed(LONG)) == 24
    assert all(f"Entrega{number}:" in text for number in range(1, 41))


def test_a_municipality_without_data_or_targets_keeps_the_form(config: Config, altered: Make) -> None:
    tables = altered(
        f"delete from targets where municipality_code = '{SMALL}'",
        f"delete from verdicts where municipality_code = '{SMALL}'",
        f"""update "values" set value = null, numerator = null, denominator = null, flag = 'not_available'
            where municipality_code = '{SMALL}'""",
    )
    pdf = sheets.municipality_pdf(tables, SMALL, config=config)
    assert_whole(pdf, 1)
    text = squeezed(said(pdf))
    assert squeezed("Nenhuma meta para acompanhar") in text
    assert text.count(squeezed("n.d. (não disponível na fonte)")) == len(tables.prominent("sheet"))
    assert "0,0%" not in text


def test_the_first_build_without_any_plan_gives_sheets_and_bulletins(config: Config, altered: Make) -> None:
    names = ("plans", "targets", "milestones", "deliverables", "verdicts", "verdict_history")
    tables = altered(*(f"delete from {name}" for name in names))
    assert_whole(sheets.municipality_pdf(tables, CAPITAL, config=config), 1)
    made = sheets.bulletin(tables, config=config)
    assert "Nenhuma meta para acompanhar" in made.text
    assert "Ainda não há histórico" in made.text


def test_an_unknown_code_is_said_in_one_sentence(config: Config, data: Tables) -> None:
    with pytest.raises(
        sheets.UnknownMunicipalityError, match=r"^O código 9999999 não é de nenhum município .*\.$"
    ):
        sheets.municipality_pdf(data, "9999999", config=config)
    with pytest.raises(sheets.UnknownMunicipalityError):
        sheets.bulletin(data, "9999999", config=config)


def test_letters_the_font_does_not_have_never_cost_the_sheet(config: Config, altered: Make) -> None:
    tables = altered(*own_plan(CAPITAL, 1, "Ler 📚 e contar 数", deliverables=1))
    text = plain(said(sheets.municipality_pdf(tables, CAPITAL, config=config)))
    assert "Ler ? e contar ?" in text
    assert typesetting.printable("Coração, 1º, ½, R$ − “…” n\u0303") == "Coração, 1º, ½, R$ − “…” ñ"


def test_labels_of_a_narrow_path_chart_do_not_lie_on_each_other(config: Config, data: Tables) -> None:
    colours = {PALETTES["light"].data, PALETTES["light"].target}
    facts = municipality._Facts(data, True)
    for code in SOME:
        for found in facts.read(code):
            chart = municipality._path_chart(found, facts, fitting.CHART_WIDTHS[3], fitting.GOOD_CHART)
            if chart is None:
                continue
            labels = [
                plane_drawing._box([text]) for text in chart["drawing"]["texts"] if text["fill"] in colours
            ]
            for place, box in enumerate(labels):
                # A hair's breadth is left to the lines of one label.
                left, top, right, bottom = box
                assert not plane_drawing._meets((left, top + 1, right, bottom - 1), labels[place + 1 :]), (
                    found.key
                )
