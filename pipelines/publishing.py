"""The built tables as files for other programs, at addresses that do not change: static/data.

Every table as CSV and Parquet, the mesh as GeoParquet, GeoJSON and GeoPackage, a Frictionless description
(datapackage.json), a dictionary in Portuguese, and all of it as one zip; beside them the series of each indicator, a
file for each municipality, and a feed of what is new. The folder is written aside and swapped in whole, once per
build; the same build gives the same bytes.
"""

from __future__ import annotations

import csv
import datetime as dt
import errno
import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from pipelines import feed, rejudging, series_files
from pipelines.build import bounded, prepared, read_manifest
from pipelines.declarations import FLAGS, Config, DeclarationError
from pipelines.formulas import harmless_sql
from pipelines.manifest import manifest_of
from pipelines.raw_files import quoted
from pipelines.schema import TYPES, Column, dictionary
from pipelines.swapping import Progress, alone, clear_dead, refusals_in_words, silent, swap

PACKAGE = "farol-municipal.zip"
DESCRIPTION = "datapackage.json"
DICTIONARY = "dicionario.csv"
DICTIONARY_HEADS = ("tabela", "coluna", "titulo", "tipo", "unidade", "descricao")
README = "LEIA-ME.txt"
FEED_NOTE = (
    "Feed que um leitor de notícias acompanha: edições que chegaram, valores revistos e valores retirados."
)
MESH = "municipalities"
CHUNK = 1 << 20
# Of DuckDB while it writes; the same for a state and for the country.
MEMORY = "256MB"
TYPE_WORDS = {
    "string": "texto",
    "number": "número",
    "integer": "inteiro",
    "boolean": "verdadeiro ou falso",
    "date": "data (AAAA-MM-DD)",
    "array": "lista JSON de textos",
}
MEDIA = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "json": "application/json",
    "xml": "application/atom+xml",
}
# Which column points to which table's key.
REFERENCES = {"municipality_code": "municipalities", "indicator": "indicators", "source": "sources"}


class NothingBuilt(Exception):
    """There are no tables to publish; the message is one sentence in Portuguese."""


def provenance(
    con: duckdb.DuckDBPyConnection, config: Config, manifest: Mapping[str, Any], table: str
) -> dict[str, str]:
    """What every file says of itself: title, source, edition, date of the build and where it comes from.

    `con` has the table `sources`. Keys are Portuguese words without accents, as in Parquet metadata.
    """
    rows = con.execute("select distinct publisher, edition from sources order by all").fetchall()
    if table == MESH:
        rows = con.execute(
            "select distinct publisher, dataset || ' (' || edition || ')' from sources "
            "where source in ('ibge_municipios', 'ibge_malha', 'ibge_populacao') order by all"
        ).fetchall()
    entry = dictionary()[table]
    return {
        "titulo": f"{entry.title}, {config.territory.name}",
        "descricao": entry.note,
        "fonte": "; ".join(dict.fromkeys(publisher for publisher, _ in rows)),
        "edicao": "; ".join(dict.fromkeys(edition for _, edition in rows)),
        "tabelas_construidas_em": str(manifest["built_at"])[:10],
        "construcao": str(manifest["build"]),
        "endereco": f"dados?tabela={table}",
    }


def _write_csv(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], path: Path) -> None:
    """A table as CSV: comma, decimal point, UTF-8, ISO dates, lists as JSON, nothing for a missing value.

    A text that a spreadsheet would run as a formula has an apostrophe before it, as in every export.
    """
    shown = ", ".join(f"{_cell(quoted(name), kind)} as {quoted(name)}" for name, kind in columns.items())
    con.execute(
        f"copy (select {shown} from {quoted(table)}) to '{path.as_posix()}' (format csv, header, "
        "delimiter ',')"
    )


def _cell(column: str, kind: str) -> str:
    if kind == "array":
        return f"to_json({column})::varchar"
    return harmless_sql(column) if kind == "string" else column


def _write_parquet(origin: Path, path: Path, about: Mapping[str, str]) -> None:
    """The built Parquet with what it says of itself added; row group by row group."""
    built = pq.ParquetFile(origin)
    schema = built.schema_arrow
    kept = {**(schema.metadata or {}), **{name.encode(): text.encode() for name, text in about.items()}}
    with pq.ParquetWriter(path, schema.with_metadata(kept), compression="zstd") as writer:
        for place in range(built.num_row_groups):
            writer.write_table(built.read_row_group(place).replace_schema_metadata(kept))


def _write_mesh(origin: Path, folder: Path, about: Mapping[str, str], built_at: str) -> None:
    """The municipalities with their limits as GeoJSON (RFC 7946) and GeoPackage."""
    # Here and not above: see `geometry`.
    import geopandas as gpd
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

    frame = gpd.read_parquet(origin)
    said = ". ".join(f"{name}: {text.rstrip('.')}" for name, text in about.items()) + "."
    # GDAL stamps a GeoPackage with the time of writing; the same build should give the same bytes.
    moment = dt.datetime.fromisoformat(built_at).astimezone(dt.UTC)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"})
    try:
        pyogrio.write_dataframe(
            frame,
            folder / f"{MESH}.geojson",
            driver="GeoJSON",
            layer_options={"RFC7946": "YES", "DESCRIPTION": said},
        )
        pyogrio.write_dataframe(
            frame, folder / f"{MESH}.gpkg", driver="GPKG", layer=MESH, layer_metadata=dict(about),
            layer_options={"DESCRIPTION": said, "IDENTIFIER": about["titulo"]},
        )  # fmt: skip
    except (DataLayerError, DataSourceError, FeatureError) as error:
        # GDAL says that it could not write, and not why.
        full = shutil.disk_usage(folder).free < CHUNK
        raise OSError(errno.ENOSPC if full else errno.EIO, str(error), str(folder)) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _field(column: Column) -> dict[str, Any]:
    """A column as Frictionless describes it."""
    kind = TYPES[column.type.upper()]
    field: dict[str, Any] = {
        "name": column.name,
        "type": kind,
        "title": column.title,
        "description": column.text,
    }
    if kind == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    return field | ({"unit": column.unit} if column.unit else {})


def _fields(name: str) -> list[dict[str, Any]]:
    entry = dictionary()[name]
    fields = []
    for column in entry.columns:
        rules: dict[str, Any] = {"required": True} if column.name in entry.key else {}
        if column.name == "municipality_code":
            rules["pattern"] = "[0-9]{7}"
        if (name, column.name) == ("values", "flag"):
            rules["enum"] = list(FLAGS)
        fields.append(_field(column) | ({"constraints": rules} if rules else {}))
    return fields


def _schema(name: str, columns: Mapping[str, str]) -> dict[str, Any]:
    entry = dictionary()[name]
    links = [
        {"fields": [column], "reference": {"resource": table, "fields": [column]}}
        for column, table in REFERENCES.items()
        if column in columns and table != name and name != "rejected"
    ]
    schema: dict[str, Any] = {"fields": _fields(name), "missingValues": [""]}
    if entry.key:
        schema["primaryKey"] = list(entry.key)
    return schema | ({"foreignKeys": links} if links else {})


def _stamp(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return {"bytes": path.stat().st_size, "hash": f"sha256:{digest.hexdigest()}"}


def _resource(path: Path, name: str, title: str, note: str, within: str = "", **more: Any) -> dict[str, Any]:
    ending = path.suffix[1:]
    kind = (
        {"profile": "tabular-data-resource", "type": "table", "encoding": "utf-8"}
        if ending == "csv"
        else {"type": "file"}
    )
    return {
        "name": name,
        "path": f"{within}{path.name}",
        "title": title,
        "description": note,
        "format": ending,
        "mediatype": MEDIA[ending],
        **kind,
        **_stamp(path),
        **more,
    }


def _describe(
    con: duckdb.DuckDBPyConnection, config: Config, manifest: Mapping[str, Any], resources: list[Any]
) -> dict[str, Any]:
    """The Frictionless description of the folder (Data Package, version 1)."""
    sources = con.execute(
        "select publisher, dataset, edition, licence, url from sources order by source"
    ).fetchall()
    licences: dict[str, str] = {}
    for _, _, _, licence, url in sources:
        licences.setdefault(licence, url)
    return {
        "profile": "data-package",
        "name": PACKAGE.removesuffix(".zip"),
        "id": manifest["build"],
        "title": f"Farol Municipal: indicadores e metas dos municípios {config.territory.of_name}",
        "description": (
            "Todas as tabelas do painel. A licença de cada número é a da sua fonte, na tabela sources. "
            "O que falta vem vazio e com o motivo, nunca como zero."
        ),
        "version": manifest["as_of"],
        "created": manifest["built_at"],
        "keywords": ["municípios", "indicadores", "metas", config.territory.name],
        "licenses": [{"title": licence, "path": url} for licence, url in licences.items()],
        "sources": [
            {"title": f"{publisher}: {dataset}, edição {edition}", "path": url}
            for publisher, dataset, edition, _, url in sources
        ],
        "resources": resources,
    }


def _write_dictionary(path: Path, tables: Mapping[str, Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(DICTIONARY_HEADS)
        for name, columns in tables.items():
            told = {column.name: column for column in dictionary()[name].columns}
            writer.writerows(
                [name, column, told[column].title, TYPE_WORDS[kind], told[column].unit, told[column].text]
                for column, kind in columns.items()
            )


def _readme(config: Config, manifest: Mapping[str, Any], sources: Iterable[tuple[str, ...]]) -> str:
    tables = "\n".join(f"  {name}: {entry.title}. {entry.note}" for name, entry in dictionary().items())
    cited = "\n".join(
        f"  {publisher}: {dataset}, edição {edition}. {licence}. {url}"
        for publisher, dataset, edition, licence, url in sources
    )
    return f"""Farol Municipal: indicadores e metas dos municípios {config.territory.of_name}
Tabelas construídas em {str(manifest["built_at"])[:10]}; metas julgadas em {manifest["as_of"]};
construção {manifest["build"]}.
No painel: a página “Dados abertos” (endereço /dados) lista estes arquivos.

Cada tabela vem em CSV (UTF-8, vírgula, ponto decimal, datas AAAA-MM-DD) e em Parquet, com o mesmo nome.
Um endereço para cada coisa, que não muda: {series_files.SERIES}/<indicador>.csv e .json trazem a série de um indicador
(no JSON, com unidade, fonte e licença ao lado dos valores); {series_files.MUNICIPALITY}/<código>.json, tudo de um
município. Não vão no zip, que já tem todos os valores. {feed.FILE} é um feed Atom do que chegou, mudou e saiu.
Os limites dos municípios vêm em GeoParquet, GeoJSON e GeoPackage. {DESCRIPTION} descreve tudo para programas
(Frictionless Data Package); {DICTIONARY} descreve cada coluna para pessoas.
Nos CSV, um texto que uma planilha leria como fórmula vem com um apóstrofo na frente; o Parquet o traz como é.
O código do município é texto de 7 dígitos. Célula vazia é dado que falta, nunca zero; em values, flag diz
o motivo.

Tabelas
{tables}

Fontes, edições e licenças
{cited}
"""


def _check(name: str, columns: Iterable[str]) -> None:
    if name not in dictionary() or set(dictionary()[name].fields) != set(columns):
        told = set(dictionary()[name].fields) if name in dictionary() else set()
        wrong = ", ".join(sorted(told ^ set(columns))) or name
        raise DeclarationError(f"pipelines/dictionary.toml, [{name}]: confira as colunas {wrong}.")


def write(config: Config, folder: Path, tables: Path | None = None) -> None:
    """Write every published file of a build into an empty folder, the zip last.

    `tables`: the folder of the build's tables; when not given, of the present build, which no other may
    replace meanwhile. Raises NothingBuilt where there is no build, DeclarationError where a column is not
    described.
    """
    if tables is None:
        with alone(config):
            _write_all(config, folder, config.processed)
    else:
        _write_all(config, folder, tables)


def _write_all(config: Config, folder: Path, tables: Path) -> None:
    manifest = manifest_of(tables)
    if manifest is None:
        raise NothingBuilt("Ainda não há tabelas. Rode: python -m pipelines build")
    resources: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    described: dict[str, dict[str, str]] = {}
    with ExitStack() as stack:
        con = stack.enter_context(duckdb.connect())
        con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        con.execute("set enable_progress_bar = false")
        stack.enter_context(bounded(con, folder, MEMORY))
        origins = {path.stem: path for path in tables.glob("*.parquet")}
        for name, path in origins.items():
            kept = "* exclude (geometry)" if name == MESH else "*"
            con.execute(f"create view {quoted(name)} as select {kept} from read_parquet('{path.as_posix()}')")
        # Beside the rest, on a connection of its own: hundreds of small files.
        own = stack.enter_context(con.cursor())
        pool = stack.enter_context(ThreadPoolExecutor(1))
        of_series = pool.submit(lambda: list(series_files.write(own, config, manifest, folder)))
        order = list(dictionary())
        for name in sorted(
            origins, key=lambda name: (name not in order, name in order and order.index(name))
        ):
            rows = con.execute(f"describe {quoted(name)}").fetchall()
            _check(name, [row[0] for row in rows])
            columns = {row[0]: TYPES[row[1]] for row in rows}
            described[name] = columns
            entry, about = dictionary()[name], provenance(con, config, manifest, name)
            count = con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]
            _write_csv(con, name, columns, folder / f"{name}.csv")
            _write_parquet(origins[name], folder / f"{name}.parquet", about)
            text = _resource(
                folder / f"{name}.csv",
                name,
                entry.title,
                entry.note,
                rows=count,
                schema=_schema(name, columns),
            )
            resources.append(text)
            kind = " (GeoParquet)" if name == MESH else ""
            shapes.append(
                _resource(folder / f"{name}.parquet", f"{name}-parquet", f"{entry.title}{kind}", entry.note)
            )
            if name == MESH:
                _write_mesh(origins[name], folder, about, str(manifest["built_at"]))
                for ending, word in (("geojson", "GeoJSON"), ("gpkg", "GeoPackage")):
                    shapes.append(
                        _resource(
                            folder / f"{name}.{ending}",
                            f"{name}-{ending}",
                            f"{entry.title} ({word})",
                            entry.note,
                        )
                    )
        _write_dictionary(folder / DICTIONARY, described)
        resources.append(
            _resource(
                folder / DICTIONARY,
                "dicionario",
                "Dicionário de dados",
                "O que cada coluna de cada tabela quer dizer.",
                schema={"fields": [{"name": head, "type": "string"} for head in DICTIONARY_HEADS]},
                rows=sum(len(columns) for columns in described.values()),
            )
        )  # fmt: skip
        feed.write(con, config, manifest, folder / feed.FILE)
        shapes.append(
            _resource(folder / feed.FILE, "novidades", "Dados novos, revistos e retirados (Atom)", FEED_NOTE)
        )
        alone = _describe(con, config, manifest, [*resources, *shapes])
        shapes += map(_of_series, of_series.result())
        package = alone | {"resources": [*resources, *shapes]}
        (folder / DESCRIPTION).write_text(_written(package), "utf-8")
        sources = con.execute(
            "select publisher, dataset, edition, licence, url from sources order by source"
        ).fetchall()
        (folder / README).write_text(_readme(config, manifest, sources), "utf-8")
    # The zip has every value once: its description leaves out the files of one indicator or one municipality.
    zip_files(folder, folder / PACKAGE, str(manifest["built_at"]), {DESCRIPTION: _written(alone).encode()})


def _written(package: Mapping[str, Any]) -> str:
    return json.dumps(package, ensure_ascii=False, indent=1)


def _of_series(file: series_files.SeriesFile) -> dict[str, Any]:
    """The description of a file of one indicator or of one municipality."""
    more: dict[str, Any] = {}
    if file.columns is not None:
        fields = [_field(column) for column in file.columns]
        key = ["municipality_code", "period"]
        more = {"rows": file.rows, "schema": {"fields": fields, "missingValues": [""], "primaryKey": key}}
    return _resource(file.path, file.name, file.title, file.note, f"{file.path.parent.name}/", **more)


def zip_files(folder: Path, out: Path, built_at: str, instead: Mapping[str, bytes] | None = None) -> None:
    """Put a folder's files into one zip, in alphabetical order and all dated at the build; block by block.

    `instead`: what stands in the zip under the names of some of them.
    """
    year, month, day, hour, minute, second = dt.datetime.fromisoformat(built_at).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(folder.iterdir()):
            if path.suffix == ".zip" or not path.is_file():
                continue
            entry = zipfile.ZipInfo(path.name, (year, month, day, hour, minute, second))
            # Parquet is compressed already.
            entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            if instead and path.name in instead:
                archive.writestr(entry, instead[path.name])
                continue
            with path.open("rb") as file, archive.open(entry, "w", force_zip64=True) as inside:
                shutil.copyfileobj(file, inside, CHUNK)


def published(folder: Path) -> dict[str, Any] | None:
    """The description of what is published, or None where there is nothing that can be used."""
    try:
        found = json.loads((folder / DESCRIPTION).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("resources"), list) else None


@contextmanager
def _folder_beside(place: Path) -> Iterator[Path]:
    place.parent.mkdir(parents=True, exist_ok=True)
    clear_dead(place.parent, f".{place.name}-*")
    folder = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build(
    config: Config,
    as_of: dt.date | None = None,
    tell: Progress = silent,
    place: Path | None = None,
    plans_only: bool = False,
) -> dict[str, Any]:
    """Build all tables and their published files, and swap both in, or neither.

    As `build.build`: what is said there of tables holds here for both. A kill between the two exchanges leaves
    new tables beside old files, and the next start publishes (`ensure`). `plans_only`: where nothing but municipal
    plans has changed, they are judged on the tables that stand.
    """
    place = place or config.published
    make = rejudging.prepared if plans_only else prepared
    with make(config, as_of, tell) as (tables, manifest), _folder_beside(place) as folder:
        tell(0.93, "Gravando os arquivos publicados")
        write(config, folder, tables)
        swap((tables, config.processed), (folder, place))
    tell(1.0, "Pronto")
    return manifest


def publish(config: Config, place: Path) -> None:
    """Write the published files aside and put them in the place of the old ones at one moment.

    Raises BuildError where the system refuses to write.
    """
    with refusals_in_words(), alone(config), _folder_beside(place) as folder:
        write(config, folder)
        swap((folder, place))


def ensure(config: Config, place: Path | None = None) -> bool:
    """Publish where what is published comes from another build; returns whether it did."""
    place = place or config.published
    if _agree(config, place):
        return False
    with refusals_in_words(), alone(config):
        # Whoever held the lock until now may have published.
        if _agree(config, place):
            return False
        publish(config, place)
    return True


def _agree(config: Config, place: Path) -> bool:
    manifest, held = read_manifest(config), published(place)
    return manifest is not None and held is not None and held.get("id") == manifest["build"]
