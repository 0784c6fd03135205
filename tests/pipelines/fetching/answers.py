"""The publishers' answers for three municipalities, in the forms that public clients and recordings show (11/2026)."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl

from tests.pipelines.fetching.publisher import Publishers, Query, Reply

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CLARA, GRANDE, FIGUEIRAO = "5000203", "5002704", "5003900"
TOWNS = {CLARA: "Água Clara", GRANDE: "Campo Grande", FIGUEIRAO: "Figueirão"}
SIDRA = "servicodados.ibge.gov.br/api/v3/agregados/{}/periodos/all/variaveis/{}"
PLACES = "servicodados.ibge.gov.br/api/v1/localidades/estados/50/municipios"
TREASURY = "www.tesourotransparente.gov.br/ckan"
SICONFI = "apidatalake.tesouro.gov.br/ords/siconfi/tt"
INEP = "download.inep.gov.br"
SIOPS = "siops-consulta-publica-api.saude.gov.br/v1/indicador/municipal"
HOMICIDES = "www.ipea.gov.br/dados-api/series-values/20/4"
IPEADATA = "www.ipeadata.gov.br/api/odata4/ValoresSerie(SERCODIGO='ADH_{}')"


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "."), body)
    return data.getvalue()


def sidra(*variables: tuple[str, str, dict[str, dict[str, str]]]) -> list[dict[str, Any]]:
    """An answer of the aggregates: (id, unit, values by municipality and year)."""
    return [
        {
            "id": name,
            "variavel": name,
            "unidade": unit,
            "resultados": [
                {
                    "classificacoes": [],
                    "series": [
                        {
                            "localidade": {
                                "id": code,
                                "nivel": {"id": "N6", "nome": "Município"},
                                "nome": TOWNS.get(code, code),
                            },
                            "serie": series,
                        }
                        for code, series in values.items()
                    ],
                }
            ],
        }
        for name, unit, values in variables
    ]


def on_file(rows: list[dict[str, str]], column: str, **only: str) -> dict[str, dict[str, str]]:
    """Values by municipality and year as they are on file, so that only what a test changes is a change."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if all(row[name] == value for name, value in only.items()):
            found.setdefault(row["municipality_code"], {})[row["period"]] = row[column]
    return found


def place(code: str, name: str, immediate: tuple[int, str], micro: tuple[int, str] | None) -> dict[str, Any]:
    state = {"id": 50, "sigla": "MS", "nome": "Mato Grosso do Sul"}
    middle = {"id": 5001, "nome": "Campo Grande", "UF": state}
    found = None
    if micro:
        found = {
            "id": micro[0],
            "nome": micro[1],
            "mesorregiao": {"id": 5003, "nome": "Mesorregião X", "UF": state},
        }
    return {
        "id": int(code),
        "nome": name,
        "microrregiao": found,
        "regiao-imediata": {"id": immediate[0], "nome": immediate[1], "regiao-intermediaria": middle},
    }


def paged(items: list[dict[str, Any]], limit: int = 2) -> Any:
    """The Treasury's envelope, a few items a page."""

    def answer(query: Query) -> dict[str, Any]:
        start = int(query.get("offset", 0))
        page = items[start : start + limit]
        more = start + limit < len(items)
        return {"items": page, "hasMore": more, "limit": limit, "offset": start, "count": len(page)}

    return answer


def siconfi(publishers: Publishers, service: str, items: list[dict[str, Any]], limit: int = 2) -> None:
    """A service that filters as the real one does, by every field that is asked for."""

    def answer(query: Query) -> Any:
        wanted = {
            "an_exercicio": "exercicio", "id_ente": "cod_ibge", "no_anexo": "anexo", "in_periodicidade": "periodicidade",
            "nr_periodo": "periodo", "co_tipo_demonstrativo": "demonstrativo",
        }  # fmt: skip
        found = [
            item
            for item in items
            if all(
                str(item[field]) == query[name]
                for name, field in wanted.items()
                if name in query and field in item
            )
        ]
        return paged(found, limit)(query)

    publishers.answers[f"{SICONFI}/{service}"] = answer


def rgf(
    code: str, year: int, rhythm: str, annex: str, account: str, column: str, value: float
) -> dict[str, Any]:
    number = {"Q": 3, "S": 2}[rhythm]
    return {
        "exercicio": year, "periodo": number, "periodicidade": rhythm, "instituicao": "Prefeitura", "uf": "MS",
        "cod_ibge": int(code), "co_poder": "E", "populacao": 1, "anexo": annex, "esfera": "M", "rotulo": "Padrão",
        "demonstrativo": "RGF", "coluna": column, "cod_conta": account, "conta": "(XII) = ...", "valor": value,
    }  # fmt: skip


def catalogue(*resources: tuple[str, str, str]) -> dict[str, Any]:
    """An answer of package_show: (name, format, address)."""
    return {
        "success": True,
        "result": {"resources": [{"name": n, "format": f, "url": u} for n, f, u in resources]},
    }


def capag_book(grades: dict[str, list[object]]) -> bytes:
    head = ["cod_ibge", "municipio", "uf", "CAPAG", "Indicador 1", "Nota 1", "Indicador 2", "Nota 2"]
    head += ["Indicador 3", "Nota 3", "ICF", "Observação"]
    rows: list[list[object]] = [["CAPAG Municípios: posição 01/09/2026"], [], list(head)]
    rows += [[int(code), TOWNS[code], "MS", *values] for code, values in grades.items()]
    return workbook({"Leia-me": [["Notas"]], "Prévia da CAPAG": rows})


def capag(publishers: Publishers, book: bytes | None = None) -> str:
    host = "https://www.tesourotransparente.gov.br/ckan/dataset/x"
    publishers.answers[f"{TREASURY}/api/3/action/package_show"] = lambda query: catalogue(
        ("Metadados", "PDF", f"{host}/metadados.pdf"),
        ("Capag Municípios 2025 - 09/11/2025", "XLSX", f"{host}/capag-municipios-posicao-2025-nov-09.xlsx"),
        ("Capag Municípios 2026", "XLSX", f"{host}/capag-municipios-posicao-2026-set.xlsx"),
    )
    usual = capag_book(
        {
            CLARA: ["A+", 0.0175, "A", 0.7012, "A", 0.41, "A", "Aicf", ""],
            GRANDE: ["C", "41,20%", "A", "96,07%", "C", "-3,00%", "C", "Cicf", "Nota rebaixada"],
            FIGUEIRAO: ["n.d.", "n.d.", "n.d.", 0.93, "B", "n.d.", "n.d.", "Dicf", ""],
        }
    )
    path = f"{TREASURY}/dataset/x/capag-municipios-posicao-2026-set.xlsx"
    publishers.answers[path] = Reply(usual if book is None else book, XLSX, headers={"ETag": '"capag-1"'})
    return path


def ideb_book(stage: str, values: dict[str, tuple[object, ...]], columns: tuple[str, ...]) -> bytes:
    head = ["SG_UF", "CO_MUNICIPIO", "NO_MUNICIPIO", "REDE", *columns]
    rows: list[list[object]] = [[f"Nota {number}"] for number in range(9)]
    rows += [list(head)]
    rows += [
        ["MS", int(code), TOWNS[code], network, *cells]
        for code, cells in values.items()
        for network in ("Estadual", "Municipal", "Pública")
    ]
    rows += [["Fonte: MEC/Inep."], ["Nota: ND, sem média."]]
    return zipped(**{f"divulgacao_{stage}__xlsx": workbook({f"IDEB_{stage}": rows}), "leia__txt": b"Leia"})
