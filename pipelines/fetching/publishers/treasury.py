"""Tesouro Transparente (CKAN): Capag and Cauc, files that are found through the catalogue of their dataset.

Seen 11/2026 in public clients and their tests: `package_show?id=` answers `{success, result: {resources: [{name, format,
url}]}}`. Capag: one workbook per position, named `Capag Municípios 2026 - 01/09/2026` or by its address
(`…posicao-2026-set…`, `…posicao-2025-nov-09…`, `20241015capag…`); one sheet has `CAPAG, Indicador 1, Nota 1, … ICF` and
the code under one of three names; a position of a year stands for the base year before it. Cauc: latin-1, `;`, lines
above the header of which one says `Data da Pesquisa`, seven columns of identification, then one per item.
Not known: the name of the code's column in Cauc (any that says IBGE is taken), and whether a percentage comes as a
fraction or as a text with `%` in the next workbook; both are read, another scale is refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import statistics
from collections.abc import Iterator

from pipelines.fetching import archives
from pipelines.fetching.contract import Connector, FetchError, Harvest, Row, Scope
from pipelines.fetching.web import CSV, XLSX, Client

HOST = "www.tesourotransparente.gov.br"
CATALOGUE = f"https://{HOST}/ckan/api/3/action/package_show?id="
PUBLISHER = "Tesouro Transparente"

MONTHS = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
CAPAG = ("CAPAG", "Indicador 1", "Nota 1", "Indicador 2", "Nota 2", "Indicador 3", "Nota 3", "ICF")
CODES = ("cod_ibge", "Código Município Completo", "Código IBGE", "Cod.IBGE")
# Current expenditure is about as large as current revenue: beyond this the indicator is no fraction any more.
LARGEST_FRACTION = 5.0


def _resources(client: Client, dataset: str, kind: str) -> list[tuple[str, str]]:
    """Name and address of the files of a kind in a dataset, as listed."""
    answer = client.json(CATALOGUE + dataset)
    if not answer["success"]:
        raise FetchError(
            f"O catálogo do Tesouro Transparente não abriu o conjunto '{dataset}'. Rode de novo mais tarde."
        )
    listed = answer["result"]["resources"]
    found = [(r["name"] or "", r["url"]) for r in listed if (r["format"] or "").upper().lstrip(".") == kind]
    if not found:
        raise FetchError(
            f"O conjunto '{dataset}' não tem arquivo {kind} no catálogo. O conector precisa ser revisto."
        )
    return found


def position(name: str, url: str) -> dt.date | None:
    """The day a Capag workbook stands for, from its title or its address; None where neither says.

    >>> position("Capag Municípios 2026 - 01/09/2026", "x/capag-municipios-posicao-2026-set.xlsx")
    datetime.date(2026, 9, 1)
    >>> position("Capag", "x/capag-municipios-posicao-2025-nov-09---processamento-2025-nov-10.xlsx")
    datetime.date(2025, 11, 9)
    >>> position("Capag", "x/20241015capag-municipios.xlsx")
    datetime.date(2024, 10, 15)
    """
    file = url.rsplit("/", 1)[-1].lower()
    try:
        if found := re.search(r"(\d{2})/(\d{2})/(\d{4})", name):
            return dt.date(int(found[3]), int(found[2]), int(found[1]))
        if found := re.search(rf"posicao-(\d{{4}})-({'|'.join(MONTHS)})(?:-(\d{{2}}))?", file):
            return dt.date(int(found[1]), MONTHS.index(found[2]) + 1, int(found[3] or 1))
        if found := re.match(r"(20\d{2})(\d{2})(\d{2})", file):
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    return None


def capag(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """The newest position of the payment capacity; older base years stay as they are on file."""
    client.expect(2)
    dated = [(position(name, url), url) for name, url in _resources(client, "capag-municipios", "XLSX")]
    day, url = max(((day, url) for day, url in dated if day and day <= scope.today), default=(None, ""))
    if day is None:
        raise FetchError("Nenhuma planilha da Capag diz a data da posição. O conector precisa ser revisto.")
    data = client.file(url, XLSX) or b""
    base = str(day.year - 1)
    rows = [_capag_row(row, base) for row in archives.sheet(data, CAPAG, "A planilha da Capag")]
    rows = [row for row in rows if re.fullmatch(r"\d{7}", row["municipality_code"])]
    shares = [float(r["Indicador 2"]) for r in rows if re.fullmatch(r"-?[\d.]+", r["Indicador 2"])]
    if shares and statistics.median(shares) > LARGEST_FRACTION:
        raise FetchError(
            "A planilha da Capag traz o Indicador 2 em outra escala, e não em fração. Nada foi trocado."
        )
    return Harvest(rows, f"ano-base {base}, posição de {day:%d/%m/%Y}", lambda row: row["period"] == base)


def _capag_row(row: Row, base: str) -> Row:
    code = next((row[name] for name in CODES if name in row), "")
    told = {"municipality_code": code, "period": base, "CAPAG": row["CAPAG"], "ICF": row["ICF"]}
    for number in "123":
        indicator = row[f"Indicador {number}"]
        percent = indicator.endswith("%")
        told[f"Indicador {number}"] = "" if percent else indicator
        told[f"Indicador {number} (%)"] = indicator if percent else ""
        told[f"Nota {number}"] = row[f"Nota {number}"]
    return told


def cauc(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """The requirements as they stand on the day of the file, which replaces the day on file."""
    client.expect(2)
    listed = [item for item in _resources(client, "cauc", "CSV") if "munic" in item[0].lower()]
    whole = [item for item in listed if "todas" in item[1].lower()] or listed
    if not whole:
        raise FetchError(
            "O conjunto 'cauc' não tem CSV de municípios no catálogo. O conector precisa ser revisto."
        )
    text = (client.file(whole[-1][1], CSV) or b"").decode("latin-1")
    day, rows = _cauc_rows(text)
    return Harvest(list(rows), f"consulta de {day:%d/%m/%Y}", lambda _: True)


def _cauc_rows(text: str) -> tuple[dt.date, Iterator[Row]]:
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    place = next((n for n, line in enumerate(lines[:20]) if line and line[0].strip().upper() == "UF"), None)
    above = " ".join(" ".join(line) for line in lines[:place])
    found = re.search(r"Data da Pesquisa\D*(\d{2})/(\d{2})/(\d{4})", above, re.IGNORECASE)
    if place is None or found is None:
        raise FetchError(
            "O CSV do Cauc não tem o cabeçalho ou a data da pesquisa. O conector precisa ser revisto."
        )
    day = dt.date(int(found[3]), int(found[2]), int(found[1]))
    head = [name.strip() for name in lines[place]]
    code = next((n for n, name in enumerate(head) if "IBGE" in name.upper()), None)
    items = [n for n, name in enumerate(head) if re.fullmatch(r"\d+(\.\d+)+", name)]
    if code is None or not items:
        raise FetchError(
            "O CSV do Cauc não traz o código do IBGE ou os itens. O conector precisa ser revisto."
        )
    return day, _cauc_lines(lines[place + 1 :], head, code, items, day)


def _cauc_lines(
    lines: list[list[str]], head: list[str], code: int, items: list[int], day: dt.date
) -> Iterator[Row]:
    for line in lines:
        if len(line) == len(head) and re.fullmatch(r"\d{7}", line[code].strip()):
            told = {head[n]: line[n].strip() for n in items}
            yield {"municipality_code": line[code].strip(), "period": day.isoformat(), **told}


CONNECTORS = (
    Connector("stn_capag", PUBLISHER, (HOST,), capag),
    Connector("stn_cauc", PUBLISHER, (HOST,), cauc),
)
