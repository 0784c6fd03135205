"""A plan whose every text tries something: it is shown as typed, draws nothing, runs nothing and calls nobody."""

from __future__ import annotations

import io
import itertools
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Dialog, Page, Request
from pypdf import PdfReader

from dashboard.screens.link import EVERYWHERE
from dashboard.screens.messages import JOINER
from pipelines import build, declarations
from pipelines.declarations import ROOT
from tests.conftest import AS_OF, serving
from tests.e2e.reader import ADDRESSES, Reader, downloads, reading
from tests.pages.test_every_page import WRONG

OUTSIDE = "malvado.example"
PAYLOADS = (
    f"![x](http://{OUTSIDE}/m.png) [y](javascript:alert(1)) **z** :red[w] :smile: -> # t www.{OUTSIDE}",
    f"<img src=http://{OUTSIDE}/h.png onerror=alert(2)><script>alert(3)</script><a href=//{OUTSIDE}>q</a>",
    r"$\frac{1}{2}$ $$x^2$$ `código` ~~riscado~~",
    f'#image("http://{OUTSIDE}/t.png") #lorem(50) @ref <rotulo> *n* _i_ \\u{{41}}',
    f'=HYPERLINK("http://{OUTSIDE}/f","x")',
)
PLACE = "5003207"
NAMES = {"Plano": (), "Metas": ("A", "B", "M", "N"), "Ações e Entregas": ("C", "D", "E", "K")}
# A name of a file and a text of a raw file come from outside too. No name of a file holds a stroke.
FILE_NAME = f"![x](http:{OUTSIDE}) <img src=x onerror=alert(5)> $x^2$ #lorem(9).xlsx"
CODES = ("<img src=x onerror=alert(6)>", "![](http://m.example/c)", '=HYPERLINK("http://e","x")')


def hostile(path: Path) -> list[str]:
    """Write a plan of Corumbá whose texts are payloads, each with a number of its own; the challenges written."""
    book = openpyxl.load_workbook(ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx")
    plan = book["Plano"]
    count = 0
    challenges = []

    def put(cell: openpyxl.cell.Cell, payload: str) -> str:
        nonlocal count
        count += 1
        cell.value = f"{payload} {count}"
        # As a text: a formula of the file is another matter.
        cell.data_type = "s"
        return str(cell.value)

    plan["B2"], plan["B5"] = "hostil", "5003207 Corumbá"
    for cell, payload in (("B4", " ".join(PAYLOADS[:2])), ("B7", PAYLOADS[1]), ("B8", PAYLOADS[0])):
        put(plan[cell], payload)
    plan["B9"] = "não"
    for sheet, columns in NAMES.items():
        for place, column in enumerate(columns):
            for row in range(2, 9 if sheet != "Metas" else 7):
                written = put(book[sheet][f"{column}{row}"], PAYLOADS[(row + place) % len(PAYLOADS)])
                if column == "A":
                    challenges.append(written)
    deliveries = book["Ações e Entregas"]
    # The plan that ships is older than this column.
    deliveries["K1"] = "Motivo"
    for row, code in enumerate(CODES, start=2):
        deliveries[f"A{row}"] = code
        deliveries[f"A{row}"].data_type = "s"
    for row in range(2, 9):
        # A reason belongs to what was set aside.
        deliveries[f"H{row}"], deliveries[f"I{row}"] = ("Suspensa" if row % 2 else "Cancelada"), None
    book.save(path)
    return challenges


@pytest.fixture(scope="module")
def challenges(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of a build that holds the hostile plan, and the plan's challenges."""
    folder = tmp_path_factory.mktemp("hostil")
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    for source in (ROOT / "data" / "raw").iterdir():
        if source.name not in ("plans", "mte_estoque"):
            (raw / source.name).symlink_to(source)
    for name in ("plans", "mte_estoque"):
        shutil.copytree(ROOT / "data" / "raw" / name, raw / name)
    text = (raw / "mte_estoque" / "values.csv").read_text("utf-8").split("\n")
    for line, payload in enumerate(PAYLOADS, start=1):
        code, period, *_ = text[line].split(",")
        quoted = payload.replace('"', '""')
        text[line] = f'{code},{period},"{quoted}","{quoted}"'
    (raw / "mte_estoque" / "values.csv").write_text("\n".join(text), "utf-8")
    (raw / "plans" / FILE_NAME).write_bytes(b"no plan")
    written = hostile(raw / "plans" / "hostil.xlsx")
    shutil.copy(ROOT / "farol.toml", folder)
    build.build(declarations.read_config(folder / "farol.toml"), AS_OF)
    return folder, written


@pytest.fixture(scope="module")
def served(challenges: tuple[Path, list[str]]) -> Iterator[str]:
    with serving(challenges[0] / "farol.toml") as address:
        yield address


@pytest.fixture
def reader(browser: Browser, served: str) -> Iterator[Reader]:
    with reading(browser, served) as found:
        dialogs: list[str] = []

        def dismissed(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        found.page.on("dialog", dismissed)
        yield found
        assert not dialogs


def _noted(asked: list[str], request: Request) -> None:
    asked.append(request.url)


def harmless(page: Page) -> None:
    """Nothing of the payloads became an element, and nothing points outside."""
    found = page.evaluate(
        """outside => [...document.querySelectorAll('img, a, iframe, script, link, object, image, use')].filter(
            each => /^(javascript|data:text)/.test(each.href || '')
                || ['src', 'href', 'srcset', 'data'].some(name => (each.getAttribute(name) || '').includes(outside))
        ).map(each => each.outerHTML.slice(0, 200))""",
        OUTSIDE,
    )
    assert not found
    assert page.locator(".katex, [data-testid=stMarkdownContainer] img").count() == 0


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text.replace(JOINER, ""))


@pytest.mark.parametrize("page", ADDRESSES)
def test_no_page_reads_a_text_as_anything_else(reader: Reader, page: str) -> None:
    for link in ({"municipio": PLACE}, {"plano": "hostil"})[: 2 if "monitoramento" in page else 1]:
        reader.open(ADDRESSES[page], **link)
        for folded in reader.page.locator("[data-testid=stExpander] summary").all():
            folded.click()
            reader.wait()
        harmless(reader.page)


def test_a_plan_is_shown_as_it_was_typed(reader: Reader, challenges: tuple[Path, list[str]]) -> None:
    reader.open("plano", municipio=PLACE)
    said = plain(reader.text)
    for challenge in challenges[1]:
        assert plain(challenge) in said, challenge
    harmless(reader.page)


def test_a_refused_file_and_its_cells_are_shown_as_they_were_written(reader: Reader) -> None:
    reader.open("fontes")
    for folded in reader.page.locator("[data-testid=stExpander] summary").all():
        folded.click()
        reader.wait()
    said = plain(reader.text)
    assert plain(FILE_NAME) in said
    for payload in PAYLOADS:
        assert plain(payload)[:60] in said, payload
    harmless(reader.page)


def test_a_faulty_plan_is_told_as_it_was_typed(
    reader: Reader, challenges: tuple[Path, list[str]], tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(challenges[0] / "data" / "raw" / "plans" / "hostil.xlsx")
    for column, payload in zip("CDEFI", PAYLOADS, strict=True):
        book["Metas"][f"{column}2"] = payload
        book["Metas"][f"{column}2"].data_type = "s"
    path = tmp_path / FILE_NAME
    book.save(path)
    reader.open("conferir")
    reader.page.set_input_files("input[type=file]", path)
    alert = reader.page.locator("[data-testid=stAlert]").first
    alert.wait_for()
    reader.wait()
    assert plain(FILE_NAME) in plain(alert.inner_text())
    said = plain(reader.text)
    for payload in PAYLOADS:
        assert plain(payload)[:40] in said, payload
    harmless(reader.page)


@pytest.mark.parametrize("page", ADDRESSES)
def test_a_link_is_shown_as_it_was_typed(reader: Reader, page: str) -> None:
    tried = dict(zip(WRONG, itertools.cycle(PAYLOADS), strict=False))
    reader.open(ADDRESSES[page], **tried)
    harmless(reader.page)
    alerts = plain(" ".join(reader.page.locator("[data-testid=stAlert]").all_inner_texts()))
    for payload in {tried[name] for name in EVERYWHERE}:
        assert plain(payload[:30]) in alerts


def test_a_checked_plan_is_shown_as_it_was_typed(reader: Reader, challenges: tuple[Path, list[str]]) -> None:
    reader.open("conferir")
    reader.page.set_input_files("input[type=file]", challenges[0] / "data" / "raw" / "plans" / "hostil.xlsx")
    alert = reader.page.locator("[data-testid=stAlert]").first
    alert.wait_for()
    reader.wait()
    assert plain(" ".join(PAYLOADS[:2])) in plain(alert.inner_text())
    harmless(reader.page)


def test_what_is_taken_away_is_as_harmless(
    reader: Reader, challenges: tuple[Path, list[str]], tmp_path: Path
) -> None:
    reader.open("plano", municipio=PLACE)
    menus = reader.page.locator("[class*='st-key-baixar-']").evaluate_all(
        "all => all.map(each => [...each.classList].find(name => name.startsWith('st-key-baixar-')).slice(14))"
    )
    assert menus
    kinds: dict[str, int] = {}
    for key in menus[:1] + menus[-1:]:
        for name, content in downloads(reader, key).items():
            kinds[name.rpartition(".")[2]] = kinds.get(name.rpartition(".")[2], 0) + 1
            if name.endswith(".xlsx"):
                for sheet in openpyxl.load_workbook(io.BytesIO(content)):
                    cells = [cell for row in sheet.iter_rows() for cell in row]
                    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
            if name.endswith(".excel.csv"):
                assert not re.findall(r'(?m)(?:^|[;"])=HYPERLINK', content.decode("utf-8-sig"))
            if name.endswith((".html", ".svg")):
                file = tmp_path / f"levado.{name.rpartition('.')[2]}"
                file.write_bytes(content)
                before = len(reader.requests)
                other = reader.page.context.new_page()
                asked: list[str] = []
                other.on("request", partial(_noted, asked))
                other.goto(file.as_uri())
                other.wait_for_timeout(500)
                assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
                harmless(other)
                other.close()
                assert len(reader.requests) == before
        reader.page.keyboard.press("Escape")
    assert {"xlsx", "csv", "parquet"} <= set(kinds)


@pytest.mark.parametrize("button", ["Baixar ficha (PDF)", "Boletim (PDF)", "Boletim (texto para e-mail)"])
def test_sheets_print_a_text_as_it_was_typed(
    reader: Reader, challenges: tuple[Path, list[str]], button: str
) -> None:
    reader.open("plano", municipio=PLACE)
    with reader.page.expect_download(timeout=90_000) as waiting:
        reader.page.get_by_role("button", name=button, exact=True).click()
    content = waiting.value.path().read_bytes()
    if button.endswith("e-mail)"):
        said = content.decode("utf-8")
    else:
        book = PdfReader(io.BytesIO(content))
        said = "".join(page.extract_text() for page in book.pages)
        links = [
            str(note.get_object().get("/A", {}).get("/URI", ""))
            for page in book.pages
            for note in page.get("/Annots", [])
        ]
        assert not [link for link in links if OUTSIDE in link or link.startswith("javascript")]
    # Nothing was carried out: the words of a placeholder text are not there, and the text that asks for them is.
    assert "dolor sit amet" not in said
    if button == "Baixar ficha (PDF)":
        assert "#lorem(50)" in plain(said) and "<script>" in plain(said)
