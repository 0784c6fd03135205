"""The printed sheets: whole pages, the same numbers as the tables, tags that hold, and what goes in."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pypdf import PdfReader

from dashboard import __main__, sheets, words
from dashboard.charts import pictures
from dashboard.charts.palettes import PALETTES, text_width
from dashboard.findings import deliverables, targets
from dashboard.sheets import binding, fitting, municipality, shapes, typesetting
from dashboard.tables import Tables, open_tables
from pipelines import declarations
from pipelines.declarations import Config
from pipelines.verdicts import STATUS_LABELS

CAPITAL, SMALL, DEMONSTRATED = "5002704", "5003900", "5006002"
# By name: the capital, the ones founded last, those with the longest names, and one in each corner.
SOME = ("5001003", CAPITAL, SMALL, DEMONSTRATED, "5006259", "5006275", "5007406", "5008008")
ADDRESS = "https://painel.example.org/farol"
LONG = (
    "Garantir que todas as crianças de todas as escolas do campo, das aldeias e da cidade aprendam a ler e a "
    "escrever com compreensão até o fim do segundo ano do ensino fundamental, com apoio às famílias"
)
Make = Callable[..., Tables]


@pytest.fixture(scope="module")
def data(config: Config) -> Tables:
    return open_tables(config)


@pytest.fixture(scope="module")
def package(config: Config, data: Tables) -> sheets.Package:
    """The sheets of some municipalities, the one with the demonstration plan among them."""
    return sheets.meeting_package(data, SOME, config=config, address=ADDRESS, demonstration=True)


@pytest.fixture
def altered(config: Config, tmp_path: Path) -> Make:
    """The built tables after some changes, each an SQL statement, as tables of their own."""

    def make(*statements: str) -> Tables:
        folder = tmp_path / "processed"
        shutil.copytree(config.processed, folder)
        with duckdb.connect() as con:
            files = [path for path in folder.glob("*.parquet") if path.stem != "municipalities"]
            for path in files:
                con.execute(f"create table \"{path.stem}\" as select * from read_parquet('{path}')")
            for statement in statements:
                con.execute(statement)
            for path in files:
                con.execute(f"copy \"{path.stem}\" to '{path}' (format parquet)")
        return Tables(folder)

    return make


def own_plan(code: str, count: int, challenge: str, deliverables: int = 0) -> list[str]:
    """Statements that give a municipality a plan of its own, made of its first official targets."""
    picked = (
        f"select indicator from targets where municipality_code = '{code}' and plan != 'proprio' "
        f"order by indicator limit {count}"
    )
    origin = f"municipality_code = '{code}' and indicator in ({picked}) and plan != 'proprio'"
    return [
        "insert into plans select 'proprio', 1, 'Plano de ação 2026-2028', 'municipal', date '2026-02-01', null, null, "
        "'proprio.xlsx', 'x'",
        f"""insert into targets select * replace ('proprio' as plan, 1 as plan_version,
            '{challenge}' as challenge, 'Secretaria de Educação' as responsible) from targets where {origin}""",
        f"insert into verdicts select * replace ('proprio' as plan, 1 as plan_version) from verdicts where {origin}",
        f"insert into milestones select * replace ('proprio' as plan, 1 as plan_version) from milestones where {origin}",
        f"""insert into deliverables select 'proprio', 1, '{code}', 'E' || n, null, '{challenge}', 'Ação ' || n,
            'Entrega ' || n || ': material comprado, distribuído e usado nas escolas', 'Equipe ' || n,
            date '2026-03-01', date '2026-10-01' + interval (n * 10) day, 'in_progress', 10.0 * n,
            case when n % 2 = 0 then date '2026-11-01' end, null
        from range(1, {deliverables} + 1) as numbers(n)""",
    ]  # fmt: skip


def reader(pdf: bytes) -> Any:
    # pypdf types what it reads as any object of a PDF, so that each step would need a cast.
    return PdfReader(io.BytesIO(pdf), strict=True)


def plain(text: str) -> str:
    """Text without line breaks, hyphenation and kinds of spaces."""
    return re.sub(r"\s+", " ", re.sub(r"[-\u00ad]\n", "", text.replace(words.NBSP, " "))).strip()


def squeezed(text: str) -> str:
    """Text without any space or hyphen: what was broken into lines compares with what was not."""
    return re.sub(r"[\s\u00ad-]+", "", text.replace(words.NBSP, ""))


def said(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in reader(pdf).pages)


def pieces(page: Any) -> list[tuple[float, float, float, str]]:
    """The upright texts of a page: left, baseline, size, text."""
    found: list[tuple[float, float, float, str]] = []

    def hear(text: str, outer: list[float], inner: list[float], _font: Any, size: float) -> None:
        # A hyphen at the end of a line comes by itself; a turned text is the mark across the page.
        if not text.strip("\u00ad \n") or abs(outer[1]) > 1e-6:
            return
        scale = abs(outer[0])
        x, y = outer[4] + inner[4] * outer[0], outer[5] + inner[5] * outer[3]
        found.append((x, y, size * scale, text.strip()))

    page.extract_text(visitor_text=hear)
    return found


def assert_whole(pdf: bytes, pages: int) -> None:
    """As many pages as it should have; no text beyond the margins or upon another one."""
    book = reader(pdf)
    assert len(book.pages) == pages
    for page in book.pages:
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        assert (round(width), round(height)) == (595, 842)
        spots = pieces(page)
        assert spots
        for x, y, size, text in spots:
            assert x >= 30, text
            assert x + 0.93 * text_width(text.split("\n")[0], size) <= width - 30, text
            assert 20 <= y <= height - 25, text
        for place, (x, y, size, text) in enumerate(spots):
            end = x + 0.9 * text_width(text.split("\n")[0], size)
            for other_x, other_y, other_size, other in spots[place + 1 :]:
                on_line = abs(y - other_y) < 0.35 * min(size, other_size)
                assert not (on_line and x + 0.5 < other_x < end - 2), (text, other)


def structure(book: Any) -> dict[str, int]:
    """Walk the structure tree and hold every link of it; how many of each kind of element there are."""
    tree = book.root_object["/StructTreeRoot"]
    numbers = tree["/ParentTree"]["/Nums"]
    parents = {int(numbers[place]): numbers[place + 1].get_object() for place in range(0, len(numbers), 2)}
    names = tree["/IDTree"]["/Names"] if "/IDTree" in tree else []
    ids = [str(names[place]) for place in range(0, len(names), 2)]
    assert ids == sorted(ids) and len(set(ids)) == len(ids)
    kinds: dict[str, int] = {}
    contents: dict[int, dict[int, Any]] = {}

    def listed(value: Any) -> Sequence[Any]:
        held = value.get_object()
        return held if isinstance(held, list) else [value]

    def walk(element: Any, parent: Any) -> None:
        assert element["/P"].get_object() is parent
        kinds[str(element["/S"])] = kinds.get(str(element["/S"]), 0) + 1
        if element["/S"] == "/Figure":
            assert str(element["/Alt"]).strip()
        assert "/ID" not in element or str(element["/ID"]) in ids
        for attributes in listed(element["/A"]) if "/A" in element else []:
            assert set(map(str, attributes.get_object().get("/Headers", []))) <= set(ids)
        for child in listed(element["/K"]) if "/K" in element else []:
            held = child.get_object()
            if isinstance(held, int):
                contents.setdefault(element.raw_get("/Pg").idnum, {})[int(held)] = element
            elif held.get("/Type") == "/OBJR":
                assert parents[int(held["/Obj"]["/StructParent"])] is element
            elif "/MCID" in held:
                page = held.raw_get("/Pg") if "/Pg" in held else element.raw_get("/Pg")
                contents.setdefault(page.idnum, {})[int(held["/MCID"])] = element
            else:
                walk(held, element)

    for top in tree["/K"]:
        walk(top.get_object(), tree)
    for page in book.pages:
        marked = parents[int(page["/StructParents"])]
        held = contents.get(page.indirect_reference.idnum, {})
        assert set(held) <= set(range(len(marked)))
        assert all(marked[place].get_object() is element for place, element in held.items())
    return kinds


def fonts(book: Any) -> set[str]:
    found = set()
    for page in book.pages:
        for font in page["/Resources"]["/Font"].values():
            found.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
    return found


def links(page: Any) -> list[str]:
    return [
        str(entry.get_object()["/A"]["/URI"])
        for entry in page.get("/Annots", [])
        if "/A" in entry.get_object()
    ]


# The municipality's sheet


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
        for row in targets.cards(frame[frame["municipality_code"] == code]):
            indicator = targets.indicator_of(row)
            assert squeezed(indicator.title) in text
            assert squeezed(STATUS_LABELS[row["status"]]) in text
            assert squeezed(targets.aim(row)) in text
            if not words.is_missing(row["latest_value"]):
                value = words.with_unit(row["latest_value"], indicator, short=True)
                assert squeezed(f"{value} ({int(row['latest_year'])})") in text
        for name in municipality.MAIN:
            row = data.at(name, data.years(name)[0]).set_index("municipality_code").loc[code]
            indicator = declarations.indicators()[name]
            assert squeezed(indicator.title) in text
            assert squeezed(words.with_unit(row["value"], indicator, short=True)) in text


def test_the_main_indicators_exist_and_span_the_areas() -> None:
    declared = declarations.indicators()
    assert set(municipality.MAIN) <= set(declared)
    assert len({declared[name].area for name in municipality.MAIN}) >= 7


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
    for row in targets.cards(own):
        assert squeezed(targets.indicator_of(row).title) in first
        assert squeezed(targets.sentence(row)) in second
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
    assert text.count(squeezed("n.d. (não disponível na fonte)")) == len(municipality.MAIN)
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


def test_the_shape_of_each_status_is_its_own_even_without_colour() -> None:
    # A limit borrows the shapes of goals; within either kind all differ.
    for group in (
        ("achieved", "on_track", "at_risk", "off_track", "worsening", "missed", "no_data", "not_judged"),
        ("within", "alert", "prudential", "outside", "no_data", "not_judged"),
    ):
        bare = {re.sub(r"#[0-9A-Fa-f]{6}", "", shapes.icon(status)) for status in group}
        assert len(bare) == len(group)


def test_labels_of_a_narrow_path_chart_do_not_lie_on_each_other(config: Config, data: Tables) -> None:
    colours = {PALETTES["light"].data, PALETTES["light"].target}
    facts = municipality._Facts(data, True)
    for code in SOME:
        for row in facts.rows[code]:
            chart = municipality._path_chart(row, facts, fitting.CHART_WIDTHS[3], fitting.GOOD_CHART)
            if chart is None:
                continue
            labels = [pictures._box([text]) for text in chart["drawing"]["texts"] if text["fill"] in colours]
            for place, box in enumerate(labels):
                # A hair's breadth is left to the lines of one label.
                left, top, right, bottom = box
                assert not pictures._meets((left, top + 1, right, bottom - 1), labels[place + 1 :]), row[
                    "indicator"
                ]


# The package


def test_the_package_binds_every_sheet_behind_its_contents(data: Tables, package: sheets.Package) -> None:
    names = [str(data.municipalities().at[code, "name"]) for code in SOME]
    lengths = {name: binding.pages_of(pdf) for name, pdf in package.sheets.items()}
    assert list(lengths) == [sheets.file_name(data, code) for code in SOME]
    book = reader(package.joint)
    pages = list(book.pages)
    assert len(pages) == 1 + sum(lengths.values())
    contents = plain(pages[0].extract_text())
    starts: list[int] = []
    following = 1
    for length, name in zip(lengths.values(), names, strict=True):
        start = following
        following += length
        starts.append(start)
        text = pages[start].extract_text()
        assert name in text.split("\n")
        assert f"página {start + 1} de {len(pages)}" in text
        assert re.search(rf"{re.escape(name)}[ .]+[^.]*? {start + 1}\b", contents), name
    assert [item.title for item in book.outline] == [f"Ficha de {name}" for name in names]
    entries = [entry.get_object() for entry in pages[0]["/Annots"]]
    inside = [entry["/Dest"][0].get_object() for entry in entries if "/Dest" in entry]
    assert [pages.index(page) for page in inside] == starts


def test_every_municipality_has_a_sheet_of_one_page(config: Config, data: Tables) -> None:
    codes = tuple(data.municipalities()["municipality_code"])
    made = sheets.municipality_pdfs(data, codes, config=config)
    assert list(made) == [sheets.file_name(data, code) for code in codes]
    assert {binding.pages_of(pdf) for pdf in made.values()} == {1}


def test_the_bound_book_is_as_accessible_as_its_sheets(package: sheets.Package) -> None:
    book = reader(package.joint)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in book.root_object["/Metadata"].get_data()
    assert book.root_object["/Lang"] == "pt-BR"
    kinds = structure(book)
    single = [structure(reader(pdf)) for pdf in package.sheets.values()]
    for kind in ("/Table", "/Figure", "/TH", "/TD"):
        assert kinds[kind] >= sum(one.get(kind, 0) for one in single)
    assert kinds["/Part"] >= len(single)
    assert fonts(book) == {"SourceSans3-Regular", "SourceSans3-Semibold"}


def test_nothing_is_cut_or_overlaps_on_any_sheet(package: sheets.Package) -> None:
    for name, pdf in package.sheets.items():
        assert_whole(pdf, 2 if DEMONSTRATED in name else 1)


def test_the_zip_holds_the_book_and_every_sheet(package: sheets.Package) -> None:
    with zipfile.ZipFile(io.BytesIO(package.zipped())) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["pacote-da-reuniao.pdf", *package.sheets]
        assert archive.read(names[0]) == package.joint


def test_a_package_tells_how_far_it_is_and_needs_a_municipality(config: Config, data: Tables) -> None:
    told: list[tuple[float, str]] = []
    sheets.meeting_package(
        data, (SMALL, CAPITAL), lambda share, text: told.append((share, text)), config=config
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert told[1][1] == "Montando as fichas: Campo Grande"
    with pytest.raises(ValueError):
        sheets.meeting_package(data, (), config=config)


def test_binding_refuses_what_it_does_not_read() -> None:
    with pytest.raises(binding.UnreadablePdfError):
        binding.bind(b"%PDF-1.7\nnothing", [], b"")


# The indicator's sheet


@pytest.mark.parametrize(
    "indicator", ["agua_atendimento", "mortalidade_infantil", "capag_nota", "populacao", "cauc_pendencias"]
)
def test_an_indicator_sheet_holds_map_ranking_series_method_and_caveats(
    config: Config, data: Tables, indicator: str
) -> None:
    year = data.years(indicator)[0]
    pdf = sheets.indicator_pdf(data, indicator, year, config=config, address=ADDRESS)
    book = reader(pdf)
    assert len(book.pages) == 1
    declared = declarations.indicators()[indicator]
    text = squeezed(said(pdf))
    for sentence in (declared.title, declared.note, *words.caveats(declared)):
        assert squeezed(sentence) in text
    assert structure(book)["/Figure"] >= 3
    assert links(book.pages[0]) == [f"{ADDRESS}/indicador?indicador={indicator}&ano={year}"]


def test_an_indicator_sheet_of_a_year_without_data_takes_the_last_one(config: Config, data: Tables) -> None:
    text = plain(said(sheets.indicator_pdf(data, "agua_atendimento", 1999, config=config)))
    assert f"No mapa, {data.years('agua_atendimento')[0]}" in text


def test_every_indicator_has_a_sheet(config: Config, data: Tables) -> None:
    for indicator in data.available()[::9]:
        assert len(reader(sheets.indicator_pdf(data, indicator, 0, config=config)).pages) <= 2, indicator


# The bulletin


def test_a_bulletin_says_what_changed_in_both_forms(config: Config, altered: Make) -> None:
    tables = altered(
        f"""insert into verdict_history select plan, plan_version, municipality_code, indicator, date '2026-08-01',
            'on_track', 'new_data' from verdicts
            where plan = 'crianca_alfabetizada' and municipality_code in ('{CAPITAL}', '{SMALL}')""",
        f"""insert into verdict_history select plan, plan_version, municipality_code, indicator, date '2026-10-05',
            'worsening', 'revised_data' from verdicts
            where plan = 'crianca_alfabetizada' and municipality_code in ('{CAPITAL}', '{SMALL}')""",
    )
    flip = "era no ritmo, passou a em retrocesso (dado revisto pela fonte, 05/10/2026)."
    for code in ("", CAPITAL):
        made = sheets.bulletin(tables, code, dt.date(2026, 9, 1), config=config, address=ADDRESS)
        assert squeezed(flip) in squeezed(made.text)
        assert squeezed(flip) in squeezed(said(made.pdf))
        assert ("Campo Grande, " in made.text) == (code == "")
        assert all(len(line) <= 72 or "https://" in line for line in made.text.splitlines())
        structure(reader(made.pdf))
    quiet = sheets.bulletin(tables, CAPITAL, dt.date(2026, 11, 1), config=config)
    assert "Nenhuma meta mudou de situação desde 01/11/2026." in plain(quiet.text)


def test_a_bulletin_of_the_demonstration_lists_deliverables_and_is_marked(
    config: Config, data: Tables
) -> None:
    made = sheets.bulletin(data, DEMONSTRATED, config=config, address=ADDRESS, demonstration=True)
    assert "DEMONSTRAÇÃO" in made.text and "ENTREGAS ATRASADAS" in made.text
    for row in deliverables.overdue(data.deliverables(True), dt.date(2026, 11, 22)).to_dict("records"):
        assert squeezed(row["deliverable"]) in squeezed(made.text)
    assert all(page.extract_text().count("DEMONSTRAÇÃO") >= 1 for page in reader(made.pdf).pages)
    assert f"{ADDRESS}/plano?municipio={DEMONSTRATED}&demonstracao=sim" in made.text
    assert "nan" not in made.text.split()


# The command


@pytest.fixture
def configured(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The command over this run's tables; yields a folder to write into."""
    text = declarations.read_config().file.read_text("utf-8")
    file = tmp_path / "farol.toml"
    file.write_text(re.sub(r'folder = ".*"', f'folder = "{config.data.as_posix()}"', text), "utf-8")
    monkeypatch.setenv("FAROL_CONFIG", str(file))
    yield tmp_path / "out"


def test_the_command_writes_one_sheet(configured: Path) -> None:
    assert __main__.main(["report", "--municipality", CAPITAL, "--out", str(configured)]) == 0
    [file] = configured.iterdir()
    assert file.name == "ficha-5002704-campo-grande.pdf"
    assert len(PdfReader(file).pages) == 1


def test_the_command_refuses_an_unknown_code_in_one_sentence(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["report", "--municipality", "9999999", "--out", str(configured)]) != 0
    said_there = capsys.readouterr().err.strip()
    assert said_there.count("\n") == 0 and said_there.endswith(".") and "9999999" in said_there
    assert not configured.exists()


def test_the_command_writes_the_bulletin_in_both_forms(configured: Path) -> None:
    assert __main__.main(["bulletin", "--since", "2026-09-01", "--out", str(configured)]) == 0
    assert {file.suffix for file in configured.iterdir()} == {".pdf", ".txt"}
