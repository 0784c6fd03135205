"""The processed set for other programs: one zip from the command line, and the lines that read a file."""

from __future__ import annotations

import html
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard import words
from dashboard.charts.markup import Html
from pipelines import feed, publishing, schema, series_files
from pipelines.declarations import Config
from pipelines.publishing import DESCRIPTION, DICTIONARY, PACKAGE, README

FORMATS = {"csv": "CSV", "parquet": "Parquet", "geojson": "GeoJSON", "gpkg": "GeoPackage"}


def write(config: Config, out: Path) -> int:
    """Write the package of the present build to `out`, whole or not at all; returns its size in bytes.

    Raises publishing.NothingBuilt where there are no tables and OSError where `out` cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="farol-") as aside:
        folder = Path(aside)
        publishing.write(config, folder)
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = out.with_name(f".{out.name}.partial")
        shutil.copyfile(folder / PACKAGE, partial)
        partial.replace(out)
    return out.stat().st_size


def size(count: int) -> str:
    """A file's size in words: `354 kB`, `4,3 MB`."""
    if count < 1_000_000:
        return f"{words.number(max(count / 1000, 1))}{words.NBSP}kB"
    return f"{words.number(count / 1_000_000, 1)}{words.NBSP}MB"


def files(description: Mapping[str, Any], base: str) -> pd.DataFrame:
    """The published tables, one row each: table, title, note, rows, addresses and sizes (both by format).

    `base`: the address of the published folder.
    """
    tables: dict[str, dict[str, Any]] = {}
    for resource in description["resources"]:
        name = Path(resource["path"]).stem
        if name not in schema.dictionary() or "/" in resource["path"]:
            continue
        row = tables.setdefault(
            name,
            {
                "table": name,
                "title": resource["title"],
                "note": resource["description"],
                "addresses": {},
                "sizes": {},
            },
        )
        if "rows" in resource:
            row["rows"] = resource["rows"]
        row["addresses"][resource["format"]] = f"{base}/{resource['path']}"
        row["sizes"][resource["format"]] = resource["bytes"]
    return pd.DataFrame(list(tables.values()))


def addresses(frame: pd.DataFrame, table: str) -> Mapping[str, str]:
    """Where a published table is, by format; `frame`: of `files`."""
    return next(
        found for name, found in zip(frame["table"], frame["addresses"], strict=True) if name == table
    )


def others(base: str) -> list[tuple[str, str, str]]:
    """The files that are no table: name, address, what it is."""
    return [
        (
            PACKAGE,
            f"{base}/{PACKAGE}",
            "Todas as tabelas em CSV e Parquet, os limites em GeoParquet, GeoJSON e GeoPackage, a "
            "descrição para programas "
            "e o dicionário em português.",
        ),
        (
            DESCRIPTION,
            f"{base}/{DESCRIPTION}",
            "Descrição para programas (Frictionless Data Package): tipos, unidades, licenças e fontes.",
        ),
        (DICTIONARY, f"{base}/{DICTIONARY}", "Dicionário de dados: o que cada coluna quer dizer."),
        (feed.FILE, f"{base}/{feed.FILE}", publishing.FEED_NOTE),
        (README, f"{base}/{README}", "Leia-me: como os arquivos são feitos, fontes e licenças."),
    ]  # fmt: skip


def lines(addresses: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The line that reads a table in each tool: tool, line, what to know.

    `addresses`: format -> address, at least csv and parquet.
    """
    text, table = addresses["csv"], addresses["parquet"]
    file = table.rsplit("/", 1)[-1]
    found = [
        (
            "pandas (Python)",
            f'import pandas; dados = pandas.read_parquet("{table}")',
            "Precisa do pacote pyarrow.",
        ),
        (
            "DuckDB",
            f"SELECT * FROM read_parquet('{table}');",
            "Direto do endereço, o DuckDB usa a extensão httpfs, que ele mesmo baixa na primeira vez. "
            f"Sem ela, baixe o arquivo e use: SELECT * FROM '{file}';",
        ),
        (
            "R",
            f'dados <- read.csv("{text}", fileEncoding = "UTF-8", '
            'colClasses = c(municipality_code = "character"))'
            if "municipality_code" in _columns(file)
            else f'dados <- read.csv("{text}", fileEncoding = "UTF-8")',
            "Sem pacotes. Com o pacote arrow, read_parquet lê o Parquet.",
        ),
        (
            "Power BI",
            f'= Parquet.Document(Web.Contents("{table}"))',
            "Em Obter dados, Consulta nula, Editor avançado.",
        ),
    ]
    if "gpkg" in addresses:
        found.append(("QGIS", f"/vsicurl/{addresses['gpkg']}", "Em Adicionar camada vetorial, tipo Arquivo."))
    else:
        found.append(
            (
                "QGIS",
                f"/vsicurl/{text}",
                "Em Adicionar camada vetorial; una aos municípios por municipality_code.",
            )
        )
    return found


def _columns(file: str) -> Mapping[str, str]:
    entry = schema.dictionary().get(Path(file).stem)
    return entry.fields if entry is not None else {}


def markup(frame: pd.DataFrame) -> Html:
    """The published tables as HTML: what each is, how many rows, and a link per format that downloads it."""
    rows = []
    for row in frame.to_dict("records"):
        links = " · ".join(
            f'<a href="{html.escape(row["addresses"][ending], quote=True)}" download>{label}</a> '
            f'<span class="quiet">{size(row["sizes"][ending])}</span>'
            for ending, label in FORMATS.items()
            if ending in row["addresses"]
        )
        # A question ends itself.
        end = "" if row["title"].endswith("?") else "."
        rows.append(
            f'<tr><th scope="row" data-head="Tabela"><code>{html.escape(row["table"])}</code></th>'
            f"<td><b>{html.escape(row['title'])}{end}</b> {html.escape(row['note'])}</td>"
            f'<td class="n">{words.number(row["rows"])}</td><td>{links}</td></tr>'
        )
    heads = "".join(
        f'<th scope="col"{kind}>{head}</th>'
        for head, kind in (("Tabela", ""), ("O que é", ""), ("Linhas", ' class="n"'), ("Arquivos", ""))
    )
    return Html(
        '<div class="data files" role="region" aria-label="Tabelas publicadas" tabindex="0"><table>'
        "<caption>Tabelas "
        f"publicadas</caption><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def feed_markup(base: str) -> Html:
    """Where the feed is, for a program that follows it; `base`: the address of the published folder."""
    address = html.escape(f"{base}/{feed.FILE}", quote=True)
    return Html(
        f'<p class="note"><a href="{address}" type="application/atom+xml">Acompanhar por um leitor de notícias '
        "(Atom)</a>: edições novas, revisões e retiradas, a cada construção das tabelas.</p>"
    )


def addresses_markup(base: str) -> Html:
    """Where the series of an indicator and all of a municipality are, said by the pattern of their addresses."""
    patterns = (
        (f"{series_files.SERIES}/<indicador>.csv", "a série de um indicador em todos os municípios"),
        (
            f"{series_files.SERIES}/<indicador>.json",
            "a mesma, com unidade, fonte e licença ao lado dos valores",
        ),
        (f"{series_files.MUNICIPALITY}/<código>.json", "todos os indicadores e leituras de um município"),
    )
    rows = "".join(
        f"<li><code>{html.escape(path)}</code>: {html.escape(what)}</li>" for path, what in patterns
    )
    return Html(
        f'<p class="note">Depois de <code>{html.escape(base)}/</code>, com o código do indicador (tabela indicators) ou '
        f'o do município no IBGE:</p><ul class="note">{rows}</ul>'
    )


def others_markup(base: str, zip_size: int) -> Html:
    """The whole package as a button and the files that describe it as links; all of them download."""
    (_, address, note), *rest = others(base)
    items = " · ".join(
        f'<a href="{html.escape(address, quote=True)}" download title="{html.escape(note, quote=True)}">'
        f"{html.escape(name)}</a>"
        for name, address, note in rest
    )
    return Html(
        f'<p class="takeaway"><a class="button" href="{html.escape(address, quote=True)}" download>'
        f'Baixar tudo <span>(ZIP, {size(zip_size)})</span></a> <span class="about">{items}</span></p>'
        f'<p class="note">{html.escape(note)}</p>'
    )


def title(frame: pd.DataFrame) -> str:
    """The finding of the page: how many tables and rows are open."""
    return (
        f"{words.counted(len(frame), 'tabela aberta', 'tabelas abertas')}, com "
        f"{words.number(frame['rows'].sum())} linhas, "
        "para qualquer programa ler"
    )
