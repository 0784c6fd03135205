"""Raw files read and checked, cell by cell, against their declaration.

Every fault is kept as a row that names file, line, column, value and reason. A fault of one cell empties the
cell; a fault of one row leaves the row out; a fault of the file leaves the source out. The rest goes on.
What a value may be is judged in two steps: by its own text here, by its neighbours in `plausible`.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipelines import declarations, failures, plausible
from pipelines.cells import CONTROL, numeric_fault, text_fault, text_of, tidy
from pipelines.cells import MACROS as MACROS
from pipelines.cells import quoted as quoted
from pipelines.declarations import (
    NUMERIC,
    PERIOD_FORMS,
    Column,
    DeclarationError,
    Source,
)
from pipelines.failures import read_bounded
from pipelines.schema import arrow
from pipelines.states import PLACES
from pipelines.written import MOST_WRITTEN


def one_value(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> Any:
    """The first cell of a query's result; None without rows."""
    # fetchall, not fetchone: DuckDB 2 refuses other work on a connection with an unfinished result.
    rows = con.execute(query, parameters or []).fetchall()
    return rows[0][0] if rows else None


REGISTRY = "ibge_municipios"
# Why a row of a municipality that the registry does not know is refused; who fetches tells these rows apart.
UNKNOWN_PLACE = "Município desconhecido: o código não está na lista de municípios do IBGE. Confira o código."
# The two forms of a raw file; a folder holds one of them.
PLAIN, PACKED = "values.csv", "values.csv.gz"
# Bytes: many times the largest file that a publisher sends, unpacked too (a few kilobytes of gzip can unpack to
# terabytes), and what a list written here may come to.
MOST_RAW = 1 << 28
MOST_SHEET = 1 << 24


@dataclass(frozen=True)
class Fault:
    """One thing that was refused; `line` counts from 1, the header being line 1; None for a whole file."""

    source: str
    file: str
    line: int | None
    column: str | None
    value: str | None
    reason: str


class SourceError(Exception):
    """A raw file that cannot be used at all; carries the fault to keep."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def fingerprint(data: bytes) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def raw_path(folder: Path) -> Path:
    """The raw file of a source's folder: values.csv.gz where there is one, else values.csv."""
    packed = folder / PACKED
    return packed if packed.exists() else folder / PLAIN


def packed(data: bytes) -> bytes:
    """The content of a values.csv as that of a values.csv.gz; the same bytes give the same file on any day."""
    return gzip.compress(data, 9, mtime=0)


def content(source: str, path: Path) -> bytes:
    """The bytes of a raw file, unpacked where it is compressed. Raises SourceError.

    Refused: a file that cannot be opened, one that stands beside its other form, a damaged gzip, and more
    than MOST_RAW bytes.
    """
    file = f"{source}/{path.name}"
    reason = ""
    try:
        data = read_bounded(path, MOST_RAW)
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as opened:
                data = opened.read(MOST_RAW + 1)
        if len(data) > MOST_RAW:
            reason = f"O arquivo {file} passa de {MOST_RAW // 1_000_000} MB. Busque-o de novo na fonte."
    except FileNotFoundError:
        reason = f"O arquivo {file} não existe em data/raw. Busque-o de novo na fonte."
    # A file that is no gzip raises an OSError too, with no number of the system.
    except (gzip.BadGzipFile, EOFError, zlib.error):
        reason = f"O arquivo {file} não é um gzip inteiro. Busque-o de novo na fonte."
    except OSError as error:
        what, mend = failures.in_words(error)
        reason = f"O arquivo {file} não pôde ser aberto: {what}. {mend}."
    if not reason and all((path.parent / name).exists() for name in (PLAIN, PACKED)):
        reason = f"Há {PLAIN} e {PACKED} na mesma pasta, e não se sabe qual vale. Deixe um só."
    if reason:
        raise SourceError(Fault(source, file, None, None, None, reason))
    return data


def _decoded(source: Source, file: str, data: bytes) -> None:
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        reason = "O arquivo traz um byte nulo, que não é texto. Busque-o de novo na fonte."
        raise SourceError(Fault(source.source, file, line, None, None, reason))
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        value = data[max(0, error.start - 20) : error.start + 20].decode("latin-1")
        raise SourceError(
            Fault(source.source, file, line, None, value, "O arquivo não está em UTF-8. Salve-o em UTF-8.")
        ) from None


def _separators_checked(source: Source, file: str, data: bytes) -> None:
    """Refuse what a spreadsheet writes when asked for another kind of text: no comma, or no line ends of ours."""
    if not data.strip():
        raise SourceError(
            Fault(source.source, file, 1, None, None, "O arquivo está vazio. Busque-o de novo na fonte.")
        )
    head = re.split(rb"[\r\n]", data, maxsplit=1)[0].decode()
    reason = ""
    if b"\r" in data and b"\n" not in data:
        reason = (
            "As linhas terminam só com CR, à maneira de computadores antigos. Salve o arquivo como CSV UTF-8."
        )
    for mark, name in ((";", "ponto e vírgula"), ("\t", "tabulação")):
        cells = [cell.strip().strip('"') for cell in head.split(mark)]
        if "municipality_code" in cells[:-1] and "," not in head:
            reason = f"O arquivo está separado por {name}. Salve-o separado por vírgula."
    if reason:
        raise SourceError(Fault(source.source, file, 1, None, head[:200], reason))


def _header_checked(source: Source, file: str, found: list[str]) -> None:
    expected = list(
        dict.fromkeys(("municipality_code", "period", *source.key, *(c.name for c in source.columns)))
    )
    may_lack = {column.name for column in source.columns if column.optional and column.name not in source.key}
    missing = [name for name in expected if name not in found and name not in may_lack]
    # A file that is no table has all of itself for a header.
    unknown = [name[:60] for name in found if name not in expected][:20]
    if missing:
        hint = f" O arquivo traz, sem declaração: {', '.join(unknown)}." if unknown else ""
        reason = f"Falta a coluna '{missing[0]}' no cabeçalho.{hint} Devolva o nome declarado."
        raise SourceError(Fault(source.source, file, 1, ", ".join(missing), ",".join(found)[:200], reason))
    if unknown:
        reason = f"A coluna '{unknown[0]}' não está declarada. Declare-a ou retire-a."
        raise SourceError(Fault(source.source, file, 1, ", ".join(unknown), ",".join(found)[:200], reason))
    repeated = sorted({name for name in found if found.count(name) > 1})
    if repeated:
        reason = f"A coluna '{repeated[0]}' aparece duas vezes no cabeçalho."
        raise SourceError(Fault(source.source, file, 1, ", ".join(repeated), None, reason))


# A column as it is read: each of its different texts once. A million cells have some thousand texts.
CODED = pa.dictionary(pa.int32(), pa.string())


def _tidied(cells: pa.ChunkedArray, column: Column | None) -> pa.ChunkedArray:
    """A column of a raw file, each cell tidied; a text that differs from a declared one in case alone becomes it."""
    declared = {text.casefold(): text for text in (*column.allowed, *column.missing)} if column else {}
    if cells.type != CODED:
        return cells
    import pyarrow.compute as pc  # heavy, and only a build reads

    coded = cells.combine_chunks()
    if not declared and not pc.any(pc.match_substring_regex(coded.dictionary, "[^!-~]")).as_py():
        return pa.chunked_array([coded])
    texts = coded.dictionary.to_pylist()
    clean = [declared.get(kept.casefold(), kept) or None for kept in map(tidy, texts)]
    if clean != texts:
        # Two texts may be one now, or none.
        coded = pc.dictionary_encode(pa.array(clean, pa.string()).take(coded.indices))
    return pa.chunked_array([coded])


def _headed(data: bytes) -> tuple[list[str], bytes]:
    """The tidied names in the header of a file, and the file with them for its header."""
    head, _, rest = data.partition(b"\n")
    written = head.decode().rstrip("\r")
    try:
        names = [tidy(name) for name in next(csv.reader([written]), [])]
    except csv.Error:
        names = [written[:200]]
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(names)
    return names, line.getvalue().encode() + rest


def _in_common_form(data: bytes) -> bytes:
    """A table that somebody saved from a spreadsheet, as UTF-8 with commas; as it is where it already is.

    Lines stay where they were, blank ones too.
    """
    text, mark = _sheet_text(data)
    if mark == "," and "\r" not in text:
        return text.encode()
    written = io.StringIO()
    try:
        csv.writer(written, lineterminator="\n").writerows(
            csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        )
    except csv.Error:
        return data
    return written.getvalue().encode()


def _sheet_text(data: bytes) -> tuple[str, str]:
    """The text of what a spreadsheet saved, in UTF-8 or Windows-1252, and what separates its cells."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head = next((line for line in text.splitlines() if line.strip()), "")
    return text, max(",;\t", key=head.count)


def read_table(source: Source, path: Path) -> tuple[pa.Table, list[Fault], str]:
    """Read one raw file as text.

    Returns the table (all columns text, coded by their different texts but for geometry, plus `line`), the rows refused for their shape, and the sha256 found:
    that of the unpacked bytes, so that a seal does not depend on who compressed the file.
    Raises SourceError where the file as a whole cannot be used: absent, another encoding, other columns, cut.
    """
    from pyarrow import csv as tables  # heavy, and only a build reads

    file = f"{source.source}/{path.name}"
    data = content(source.source, path)
    if source.source == REGISTRY and b"\0" not in data and data.strip():
        # People here keep this list, in spreadsheets.
        data = _in_common_form(data)
    _decoded(source, file, data)
    data = data.removeprefix(b"\xef\xbb\xbf")
    _separators_checked(source, file, data)
    found = fingerprint(data)
    header, data = _headed(data)
    _header_checked(source, file, header)

    faults: list[Fault] = []
    bad_lines: set[int] = set()

    def refuse(row: tables.InvalidRow) -> str:
        line = row.number or 0
        bad_lines.add(line)
        reason = f"A linha tem {row.actual_columns} colunas; o cabeçalho tem {row.expected_columns}."
        faults.append(Fault(source.source, file, line, None, str(row.text)[:200], reason))
        return "skip"

    declared = {column.name: column for column in source.columns}
    whole = {name for name, column in declared.items() if column.kind == "geometry"}
    try:
        table = tables.read_csv(
            pa.BufferReader(data),
            read_options=tables.ReadOptions(use_threads=False, block_size=1 << 25),
            parse_options=tables.ParseOptions(invalid_row_handler=refuse, ignore_empty_lines=False),
            convert_options=tables.ConvertOptions(
                column_types={name: pa.string() if name in whole else CODED for name in header},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        reason = "O arquivo não pôde ser lido como CSV. Busque-o de novo na fonte."
        raise SourceError(Fault(source.source, file, None, None, str(error)[:200], reason)) from None

    # Lines are counted by their ends, so a cell with a line end of its own would shift all that follow.
    if data.endswith(b"\n") and (broken := _broken_cell(data)):
        reason = f"A célula da linha {broken} tem quebra de linha dentro de aspas. Junte-a em uma linha só."
        raise SourceError(Fault(source.source, file, broken, None, None, reason))
    if table.num_rows + len(bad_lines) < source.rows or not data.endswith(b"\n"):
        last = table.num_rows + len(bad_lines) + 1
        tail = data.rsplit(b"\n", 2)[-1 if not data.endswith(b"\n") else -2].decode(errors="replace")
        end = f"termina na linha {last}; a declaração diz {source.rows + 1}"
        if last > source.rows:
            end = f"a linha {last} não termina com quebra de linha"
        elif data.count(b"\n") > source.rows:
            end = f"a linha {last} tem aspas que não se fecham"
        reason = f"O arquivo parece cortado: {end}. Busque-o de novo na fonte."
        raise SourceError(Fault(source.source, file, last, None, tail[:200], reason))

    if found != source.sha256:
        reason = (
            "O arquivo mudou desde que foi declarado (o sha256 é outro). As linhas boas entraram. "
            f"Se a mudança é desejada, rode: python -m pipelines seal {source.source}"
        )
        faults.append(Fault(source.source, file, None, None, found, reason))
    lines = np.arange(2, table.num_rows + len(bad_lines) + 2, dtype=np.int32)
    lines = lines[~np.isin(lines, list(bad_lines))] if bad_lines else lines
    tidied = {name: _tidied(table[name], declared.get(name)) for name in table.column_names}
    # A column that this copy lacks.
    empty = {name: pa.nulls(table.num_rows, pa.string()) for name in declared if name not in tidied}
    coded = {name: pa.chunked_array([cells.dictionary_encode()]) for name, cells in empty.items()}
    return pa.table({**tidied, **coded, "line": lines}), faults, found


def read_registry(raw: Path) -> dict[str, str]:
    """The municipalities of the registry in a folder of raw files, by code: as the build reads and names them.

    Raises DeclarationError where the list cannot be read.
    """
    try:
        table, _, _ = read_table(declarations.sources()[REGISTRY], raw_path(raw / REGISTRY))
    except SourceError as error:
        raise DeclarationError(f"A lista de municípios ({REGISTRY}) não pôde ser lida. {error}") from None
    pairs = zip(table["municipality_code"].to_pylist(), table["name"].to_pylist(), strict=True)
    return {code: name or code for code, name in pairs if re.fullmatch(r"[0-9]{7}", code or "")}


def read_query(path: Path) -> str:
    """The one query of an SQL file, without its semicolon; DeclarationError where it is anything else."""
    try:
        text = read_bounded(path, MOST_WRITTEN).decode("utf-8")
        kinds = [statement.type for statement in duckdb.extract_statements(text)]
    except OSError as error:
        raise DeclarationError(failures.sentence(error)) from None
    except UnicodeDecodeError:
        raise DeclarationError(f"{path}: não está em UTF-8. Salve-o em UTF-8.") from None
    except duckdb.Error as error:
        said = str(error).strip().splitlines()[0]
        raise DeclarationError(f"{path}: não é um SQL válido ({said}). Corrija a consulta.") from None
    if kinds != [duckdb.StatementType.SELECT]:
        raise DeclarationError(f"{path}: precisa ser uma consulta só, um select. Retire o que vai além dela.")
    return text.rstrip().rstrip(";")


def read_sheet(source: str, path: Path) -> list[tuple[int, dict[str, str]]]:
    """A small table that somebody here wrote in a spreadsheet: its rows by column, each with its line.

    Unlike a publisher's file it is taken as spreadsheets save it: UTF-8 or Windows-1252, separated by comma,
    semicolon or tab, with any line ends. Blank lines are skipped, cells trimmed. Raises SourceError.
    """
    try:
        data = read_bounded(path, MOST_SHEET)
    except OSError as error:
        what, mend = failures.in_words(error)
        reason = f"O arquivo {path.name} não pôde ser aberto: {what}. {mend}."
        raise SourceError(Fault(source, path.name, None, None, None, reason)) from None
    if b"\0" in data:
        reason = "O arquivo não é um CSV. Abra-o na planilha e salve como CSV."
        raise SourceError(Fault(source, path.name, None, None, None, reason))
    text, mark = _sheet_text(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    filled = ((reader.line_num, list(map(tidy, row))) for row in reader if any(map(tidy, row)))
    try:
        _, names = next(filled, (1, []))
        return [(line, dict(zip(names, row, strict=False))) for line, row in filled]
    except csv.Error:
        reason = "O arquivo não pôde ser lido como CSV. Abra-o na planilha e salve como CSV."
        raise SourceError(Fault(source, path.name, reader.line_num, None, None, reason)) from None


def _broken_cell(data: bytes) -> int | None:
    """The line on which a quoted cell that goes on in the next line begins; None where there is none."""
    if b'"' not in data or not any(line.count(b'"') % 2 for line in data.split(b"\n")):
        return None
    before = 0
    reader = csv.reader(io.StringIO(data.decode(), newline=""))
    try:
        for _ in reader:
            if reader.line_num > before + 1:
                # Quotes that never close are another fault, told as such.
                return None if reader.line_num == data.count(b"\n") else before + 1
            before = reader.line_num
    except csv.Error:
        # A cell longer than the reader takes, behind a quote that does not close on its line.
        return before + 1
    return None


def keep(con: duckdb.DuckDBPyConnection, faults: list[Fault]) -> None:
    """Add faults to the table `rejected`."""
    if not faults:
        return
    rows = [
        {
            "source": fault.source,
            "file": fault.file,
            "line": fault.line,
            "column": fault.column,
            # No workbook can hold control characters, and a reader sees nothing in them.
            "value": None if fault.value is None else CONTROL.sub(" ", fault.value),
            "reason": fault.reason,
        }
        for fault in faults
    ]
    # As one table: a file can hold a fault in each of a hundred thousand lines.
    con.register("faults", pa.Table.from_pylist(rows, arrow("rejected")))
    con.execute("insert into rejected select * from faults")
    con.unregister("faults")


# The different texts of each column as read, a null among them where a cell is empty.
Texts = Mapping[str, pa.Array]
# Where only the cells themselves will do.
UNTOLD: Texts = {}


def _texts(table: pa.Table) -> Texts:
    found = {}
    for name in table.column_names:
        if table[name].type == CODED:
            texts = table[name].combine_chunks().dictionary
            found[name] = pa.concat_arrays([texts, pa.nulls(min(table[name].null_count, 1), pa.string())])
    return found


def _may_be(con: duckdb.DuckDBPyConnection, texts: Texts, column: str, condition: str) -> bool:
    """Whether a cell of a column can meet an SQL condition that looks at nothing but the cell."""
    if column not in texts:
        return True
    con.register("different_texts", pa.table({column: texts[column]}))
    found = con.execute(f"select 1 from different_texts where {condition} limit 1").fetchall()
    con.unregister("different_texts")
    return bool(found)


def _without(texts: Texts, column: Column) -> Texts:
    """What may stand in a column once its signs of absence are emptied."""
    if column.name not in texts:
        return UNTOLD
    left = [text for text in texts[column.name].to_pylist() if text not in column.missing]
    return {column.name: pa.array([*left, None], pa.string())}


def _refuse(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    file: str,
    column: str,
    reason: str,
    whole_row: bool,
    texts: Texts,
) -> None:
    """Keep as rejected the cells of raw.<source> for which the SQL text `reason` is not null.

    They are emptied, or their rows taken out. `texts`: all that may stand in the column, where `reason` looks at
    nothing but the cell.
    """
    if not _may_be(con, texts, column, f"({reason}) is not null"):
        return
    cell, rows = quoted(column), plausible.rows_of(source)
    con.execute(
        f"create or replace temp table faulty as "
        f"select line, left({cell}, 200) as cell, {reason} as reason from {rows} where {reason} is not null"
    )
    if not con.execute("select 1 from faulty limit 1").fetchall():
        return
    con.execute(
        "insert into rejected select ?, ?, line, ?, cell, reason from faulty", [source.source, file, column]
    )
    change = f"delete from {rows}" if whole_row else f"update {rows} set {cell} = null"
    con.execute(f"{change} where line in (select line from faulty)")


def load(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> str:
    """Read, check and load one source into raw.<source>; returns the sha256 found.

    Needs the table `codes` (published, municipality_code) for every source but the registry itself, and the
    table `rejected`, where the faults go. Values are held against their neighbours by `plausible.check`, which reads the
    table `people`. A source that awaits its first figures is loaded empty. Raises SourceError.
    """
    if source.origin == declarations.AWAITED and not path.exists():
        names = dict.fromkeys(("municipality_code", "period", *source.key, *(c.name for c in source.columns)))
        columns = ", ".join(f"{quoted(name)} varchar" for name in names)
        con.execute(f"create or replace table raw.{quoted(source.source)} ({columns}, line integer)")
        return ""
    table, faults, sha256 = read_table(source, path)
    keep(con, faults)
    file = f"{source.source}/{path.name}"
    con.register("incoming_file", table)
    con.execute(f"create or replace table {plausible.rows_of(source)} as from incoming_file")
    con.unregister("incoming_file")
    texts = _texts(table)
    _check_rows(con, source, file, texts)
    _set_stated_aside(con, source, file)
    for column in source.columns:
        _check_cells(con, source, file, column, texts)
    if not _keys_differ(source, table):
        _check_keys(con, source, file)
    plausible.check(con, source, file, table)
    return sha256


def _set_stated_aside(con: duckdb.DuckDBPyConnection, source: Source, file: str) -> None:
    """Move what the publisher states for states and country out of raw.<source>, into stated.<source>, checked.

    They are sums of what municipalities have: no bound of a municipality's figure holds for them but that of a share.
    """
    rows, stated = plausible.rows_of(source), f"stated.{quoted(source.source)}"
    whole = f"municipality_code in ({', '.join(map(text_of, sorted(PLACES)))})"
    con.execute("create schema if not exists stated")
    if not con.execute(f"select 1 from {rows} where {whole} limit 1").fetchall():
        con.execute(f"drop table if exists {stated}")
        return
    # Each in their order; those without a code of a place are refused by now.
    con.execute(f"create or replace temp table others as from {rows} where not ({whole})")
    con.execute(f"create or replace table {rows} as from {rows} where {whole}")
    for column in source.columns:
        summed = column.kind in ("count", "money")
        _check_cells(con, source, file, replace(column, range=(0, 1e15)) if summed else column, UNTOLD)
    _check_keys(con, source, file)
    con.execute(f"create or replace table {stated} as from {rows} order by line")
    con.execute(f"create or replace table {rows} as from others; drop table others")


def _check_rows(con: duckdb.DuckDBPyConnection, source: Source, file: str, texts: Texts) -> None:
    """Take out of raw.<source> the rows that say nothing, of nowhere, or of no time; codes get their seven digits."""
    # A row that says nothing does not say where.
    if _may_be(con, texts, "municipality_code", "municipality_code is null"):
        cells = ", ".join(quoted(column.name) for column in source.columns)
        blank = f"case when concat_ws('', municipality_code, period, {cells}) = '' then 'Linha em branco. Apague-a.' end"
        _refuse(con, source, file, "municipality_code", blank, True, UNTOLD)

    if source.source == REGISTRY:
        unknown = "not regexp_full_match(coalesce(municipality_code, ''), '[0-9]{7}')"
        why = "'O código do município precisa ter sete dígitos.'"
    else:
        places = ", ".join(map(text_of, sorted(PLACES)))
        unknown = (
            "municipality_code is null or municipality_code not in (select published from codes) "
            f"and municipality_code not in ({places})"
        )
        why = text_of(UNKNOWN_PLACE)
    _refuse(con, source, file, "municipality_code", f"case when {unknown} then {why} end", True, texts)

    form, said = PERIOD_FORMS[source.period_form]
    # One slip into the future would become the latest period of everybody.
    newest = source.retrieved or dt.date.max
    begins = "try_cast(rpad(period, 10, '-01-01') as date)"
    undated = f"""case
        when not regexp_full_match(coalesce(period, ''), '{form}') or period_end(period) is null
            then 'O período precisa ser {said} nesta fonte.'
        when {begins} not between date '1900-01-01' and date '{newest}'
            then 'O período está fora do possível, de 1900 a {newest.year}: esta cópia é de {newest:%d/%m/%Y}.'
        end"""
    _refuse(con, source, file, "period", undated, True, texts)
    if source.source != REGISTRY:
        con.execute(
            f"update {plausible.rows_of(source)} as held set municipality_code = codes.municipality_code from codes "
            "where held.municipality_code = codes.published and codes.published != codes.municipality_code"
        )


def _check_cells(
    con: duckdb.DuckDBPyConnection, source: Source, file: str, column: Column, texts: Texts
) -> None:
    cell = quoted(column.name)
    in_key = column.name in source.key
    left = "a linha não entrou" if column.row or in_key else "a célula ficou sem valor"
    empty = f"case when {cell} is null then 'Célula vazia onde toda linha tem um valor. Preencha-a.' end"
    if column.row or in_key:
        _refuse(con, source, file, column.name, empty, True, texts)
    signs = f"{cell} in ({', '.join(map(text_of, column.missing))})"
    if column.missing and _may_be(con, texts, column.name, signs):
        # A declared sign of absence is emptied here, so that no SQL downstream can take it for a value.
        con.execute(f"update {plausible.rows_of(source)} set {cell} = null where {signs}")
        texts = _without(texts, column)
    if column.required and not column.row:
        _refuse(con, source, file, column.name, empty, False, texts)
    fault = numeric_fault(column, left) if column.kind in NUMERIC else text_fault(column, left)
    if fault:
        _refuse(con, source, file, column.name, fault, column.row or in_key, texts)


# Cells of the room in which each key gets a place of its own.
_MOST_KEYS = 1 << 24


def _keys_differ(source: Source, table: pa.Table) -> bool:
    """Whether all keys of a file as it was read differ, and go on to do so whatever is refused; False where not told."""
    place, room = np.zeros(table.num_rows, dtype=np.int64), 1
    for column in source.columns:
        if column.name in source.key and column.missing:
            return False
    for name in source.key:
        cells = table[name].combine_chunks()
        texts = cells.dictionary
        # A municipality may be written with six digits and with seven.
        if name == "municipality_code" and set(map(len, filter(None, texts.to_pylist()))) - {7}:
            return False
        many = len(texts) + 1
        room *= many
        if room > _MOST_KEYS:
            return False
        place = place * many + cells.indices.fill_null(many - 1).to_numpy()
    taken = np.zeros(room, dtype=bool)
    taken[place] = True
    return bool(np.count_nonzero(taken) == table.num_rows)


def _check_keys(con: duckdb.DuckDBPyConnection, source: Source, file: str) -> None:
    """Of equal rows keep the first; of rows that contradict each other keep none, since none is known true."""
    key, rows = ", ".join(quoted(name) for name in source.key), plausible.rows_of(source)
    # Equal keys have equal hashes; whether different ones do is looked at below.
    if one_value(con, f"select count(*) = count(distinct hash({key})) from {rows}"):
        return
    others = [quoted(column.name) for column in source.columns if column.name not in source.key]
    content = f"hash({', '.join(others)})" if others else "0"
    con.execute(
        f"""
        create or replace temp table repeated as
        select line, first_line, variants from (
            select line, min(line) over w as first_line, count(*) over w as copies,
                min({content}) over w != max({content}) over w as variants
            from {rows} window w as (partition by {key})
        ) where copies > 1 and (variants or line > first_line)
        """
    )
    con.execute(
        f"""
        insert into rejected
        select ?, ?, line, ?, concat_ws(' · ', {key}),
            case when variants then 'Chave repetida com valores diferentes (a partir da linha ' || first_line
                || '): nenhuma das linhas entrou. Deixe uma só.'
            else 'Linha repetida: igual à linha ' || first_line || '.' end
        from {rows} join repeated using (line)
        """,
        [source.source, file, ", ".join(source.key)],
    )
    con.execute(f"delete from {rows} where line in (select line from repeated)")


def seal(declaration: Path, raw: Path) -> str:
    """Write the sha256 and the number of rows of the raw file as it stands into its declaration.

    `raw`: the file, plain or compressed. Returns one sentence in Portuguese about what was written.
    Raises SourceError.
    """
    # Without a byte order mark, as `read_table` takes it.
    data = content(declaration.stem, raw).removeprefix(b"\xef\xbb\xbf")
    rows = data.count(b"\n") - 1
    text = declaration.read_text("utf-8")
    text = re.sub(r'(?m)^sha256 = "[0-9a-f]*"', f'sha256 = "{fingerprint(data)}"', text)
    text = re.sub(r"(?m)^rows = \d+", f"rows = {rows}", text)
    declaration.write_text(text, "utf-8")
    return f"{declaration.name}: {rows} linhas declaradas."
