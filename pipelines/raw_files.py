"""Raw files read and checked, cell by cell, against their declaration.

Every fault is kept as a row that names file, line, column, value and reason. A fault of one cell empties the
cell; a fault of one row leaves the row out; a fault of the file leaves the source out. The rest goes on.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv

from pipelines import failures
from pipelines.declarations import Source


def one_value(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> Any:
    """The first cell of a query's result; None without rows."""
    # fetchall, not fetchone: DuckDB 2 refuses other work on a connection with an unfinished result.
    rows = con.execute(query, parameters or []).fetchall()
    return rows[0][0] if rows else None


REGISTRY = "ibge_municipios"
# The two forms of a raw file; a folder holds one of them.
PLAIN, PACKED = "values.csv", "values.csv.gz"
# A few kilobytes of gzip can unpack to terabytes; the largest national table has 8 MB.
LARGEST = 200_000_000
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# Text to value. A thousands dot is only dropped where three digits follow, so that '7.52' is not read as 752;
# an underscore between digits is a programmer's number, no publisher's.
MACROS = r"""
create or replace macro number(cell) as case when not contains(cell, '_') then try_cast(trim(cell) as double) end;
create or replace macro number_br(cell) as
    case when regexp_matches(trim(cell), '^(R\$ ?)?[-+−]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?( ?%)?$')
    then try_cast(replace(replace(regexp_replace(trim(cell), '[R$ %.]', '', 'g'), ',', '.'), '−', '-') as double) end;
create or replace macro period_end(cell) as
    case
        when regexp_matches(cell, '^\d{4}$') then try_cast(cell || '-12-31' as date)
        when regexp_matches(cell, '^\d{4}-\d{2}$') then last_day(try_cast(cell || '-01' as date))
        when regexp_matches(cell, '^\d{4}-\d{2}-\d{2}$') then try_cast(cell as date)
    end;
"""


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


def quoted(name: str) -> str:
    """An SQL identifier, quoted: names of columns come from publishers and may hold anything."""
    return '"' + name.replace('"', '""') + '"'


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
    than LARGEST bytes.
    """
    file = f"{source}/{path.name}"
    reason = ""
    try:
        data = path.read_bytes()
        if path.name == PACKED:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as opened:
                data = opened.read(LARGEST + 1)
        if len(data) > LARGEST:
            reason = f"O arquivo {file} passa de {LARGEST // 1_000_000} MB. Busque-o de novo na fonte."
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
        if "municipality_code" in (cell.strip().strip('"') for cell in head.split(mark)[:-1]):
            reason = f"O arquivo está separado por {name}. Salve-o separado por vírgula."
    if reason:
        raise SourceError(Fault(source.source, file, 1, None, head[:200], reason))


def _header_checked(source: Source, file: str, found: list[str]) -> None:
    expected = list(
        dict.fromkeys(("municipality_code", "period", *source.key, *(c.name for c in source.columns)))
    )
    missing = [name for name in expected if name not in found]
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


def read_table(source: Source, path: Path) -> tuple[pa.Table, list[Fault], str]:
    """Read one raw file as text.

    Returns the table (all columns text, plus `line`), the rows refused for their shape, and the sha256 found:
    that of the unpacked bytes, so that a seal does not depend on who compressed the file.
    Raises SourceError where the file as a whole cannot be used: absent, another encoding, other columns, cut.
    """
    file = f"{source.source}/{path.name}"
    data = content(source.source, path)
    _decoded(source, file, data)
    data = data.removeprefix(b"\xef\xbb\xbf")
    _separators_checked(source, file, data)
    header = data.split(b"\n", 1)[0].decode().strip().split(",")
    _header_checked(source, file, [name.strip('"') for name in header])

    faults: list[Fault] = []
    bad_lines: set[int] = set()

    def refuse(row: pa.csv.InvalidRow) -> str:
        line = row.number or 0
        bad_lines.add(line)
        reason = f"A linha tem {row.actual_columns} colunas; o cabeçalho tem {row.expected_columns}."
        faults.append(Fault(source.source, file, line, None, str(row.text)[:200], reason))
        return "skip"

    try:
        table = pa.csv.read_csv(
            pa.BufferReader(data),
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=1 << 25),
            parse_options=pa.csv.ParseOptions(invalid_row_handler=refuse, ignore_empty_lines=False),
            convert_options=pa.csv.ConvertOptions(
                column_types={name.strip('"'): pa.string() for name in header},
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

    found = fingerprint(data)
    if found != source.sha256:
        reason = (
            "O arquivo mudou desde que foi declarado (o sha256 é outro). As linhas boas entraram. "
            f"Se a mudança é desejada, rode: python -m pipelines seal {source.source}"
        )
        faults.append(Fault(source.source, file, None, None, found, reason))
    lines = [line for line in range(2, table.num_rows + len(bad_lines) + 2) if line not in bad_lines]
    return table.append_column("line", pa.array(lines, pa.int32())), faults, found


def read_sheet(source: str, path: Path) -> list[tuple[int, dict[str, str]]]:
    """A small table that somebody here wrote in a spreadsheet: its rows by column, each with its line.

    Unlike a publisher's file it is taken as spreadsheets save it: UTF-8 or Windows-1252, separated by comma,
    semicolon or tab, with any line ends. Blank lines are skipped, cells trimmed. Raises SourceError.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        what, mend = failures.in_words(error)
        reason = f"O arquivo {path.name} não pôde ser aberto: {what}. {mend}."
        raise SourceError(Fault(source, path.name, None, None, None, reason)) from None
    if b"\0" in data:
        reason = "O arquivo não é um CSV. Abra-o na planilha e salve como CSV."
        raise SourceError(Fault(source, path.name, None, None, None, reason))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    filled = ((reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row)))
    try:
        _, names = next(filled, (1, []))
        return [(line, dict(zip(names, row, strict=False))) for line, row in filled]
    except csv.Error:
        reason = "O arquivo não pôde ser lido como CSV. Abra-o na planilha e salve como CSV."
        raise SourceError(Fault(source, path.name, reader.line_num, None, None, reason)) from None


def _broken_cell(data: bytes) -> int | None:
    """The line on which a quoted cell that goes on in the next line begins; None where there is none."""
    if b'"' not in data:
        return None
    before = 0
    reader = csv.reader(io.StringIO(data.decode(), newline=""))
    for _ in reader:
        if reader.line_num > before + 1:
            # Quotes that never close are another fault, told as such.
            return None if reader.line_num == data.count(b"\n") else before + 1
        before = reader.line_num
    return None


def keep(con: duckdb.DuckDBPyConnection, faults: list[Fault]) -> None:
    """Add faults to the table `rejected`."""
    if faults:
        # No workbook can hold control characters, and a reader sees nothing in them.
        rows = [
            (
                f.source,
                f.file,
                f.line,
                f.column,
                None if f.value is None else CONTROL.sub(" ", f.value),
                f.reason,
            )
            for f in faults
        ]
        con.executemany("insert into rejected values (?, ?, ?, ?, ?, ?)", rows)


def _reject(
    con: duckdb.DuckDBPyConnection, source: Source, file: str, column: str, condition: str, reason: str
) -> int:
    """Keep the rows of the table `incoming` that meet a condition as rejected, `reason` being an SQL text.

    Returns how many they are.
    """
    [(found,)] = con.execute(
        f"""
        insert into rejected
        select ?, ?, line, ?, left(regexp_replace({quoted(column)}, '[[:cntrl:]]', ' ', 'g'), 200), {reason}
        from incoming where {condition}
        """,
        [source.source, file, column],
    ).fetchall()
    return int(found)


def load(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> str:
    """Read, check and load one source into raw.<source>; returns the sha256 found.

    Needs the table `codes` (published, municipality_code) for every source but the registry itself, and the
    table `rejected`, where the faults go. Raises SourceError.
    """
    table, faults, sha256 = read_table(source, path)
    keep(con, faults)
    file = f"{source.source}/{path.name}"
    con.register("incoming_file", table)
    con.execute("create or replace temp table incoming as select * from incoming_file")
    con.unregister("incoming_file")

    texts = ", ".join(f"trim({quoted(name)})" for name in table.column_names if name != "line")
    blank = f"concat_ws('', {texts}) = ''"
    if _reject(con, source, file, "municipality_code", blank, "'Linha em branco. Apague-a.'"):
        con.execute(f"delete from incoming where {blank}")

    if source.source == REGISTRY:
        unknown = "not regexp_matches(coalesce(municipality_code, ''), '^[0-9]{7}$')"
        why = "'O código do município precisa ter sete dígitos.'"
    else:
        unknown = "municipality_code is null or municipality_code not in (select published from codes)"
        why = "'Município desconhecido: o código não está na lista de municípios do IBGE. Confira o código.'"
    if _reject(con, source, file, "municipality_code", unknown, why):
        con.execute(f"delete from incoming where {unknown}")

    undated = "period is null or period_end(period) is null"
    if _reject(con, source, file, "period", undated, "'O período precisa ser AAAA, AAAA-MM ou AAAA-MM-DD.'"):
        con.execute(f"delete from incoming where {undated}")
    # One slip into the future would become the latest period of everybody.
    newest = source.retrieved.year
    strange = f"year(period_end(period)) not between 1900 and {newest}"
    if _reject(
        con, source, file, "period", strange, f"'O período está fora do possível, de 1900 a {newest}.'"
    ):
        con.execute(f"delete from incoming where {strange}")
    if source.source != REGISTRY:
        con.execute(
            "update incoming set municipality_code = codes.municipality_code from codes "
            "where incoming.municipality_code = codes.published"
        )

    for column in source.columns:
        _check_cells(con, source, file, column.name)
    _check_keys(con, source, file)
    con.execute(
        f"create or replace table raw.{quoted(source.source)} as select * from incoming order by line"
    )
    return sha256


def _check_cells(con: duckdb.DuckDBPyConnection, source: Source, file: str, name: str) -> None:
    column = next(item for item in source.columns if item.name == name)
    cell = quoted(name)
    if column.missing:
        # A declared sign of absence is emptied here, so that no SQL downstream can take it for a value.
        kept = ", ".join("'" + text.replace("'", "''") + "'" for text in column.missing)
        con.execute(f"update incoming set {cell} = null where trim({cell}) in ({kept})")
    if column.required:
        empty = f"coalesce(trim({cell}), '') = ''"
        if _reject(
            con, source, file, name, empty, "'Célula vazia onde toda linha tem um valor. Preencha-a.'"
        ):
            con.execute(f"update incoming set {cell} = null where {empty}")
    if column.format == "text":
        if column.allowed:
            known = ", ".join("'" + text.replace("'", "''") + "'" for text in column.allowed)
            unknown = f"trim({cell}) not in ({known})"
            said = ", ".join(column.allowed).replace("'", "''")
            why = f"'Texto desconhecido; a célula ficou sem valor. Os conhecidos: {said}.'"
            if _reject(con, source, file, name, unknown, why):
                con.execute(f"update incoming set {cell} = null where {unknown}")
        return
    parsed = f"{column.format}({cell})"
    wrong = f"{cell} is not null and ({parsed} is null or not isfinite({parsed}))"
    if _reject(con, source, file, name, wrong, "'Texto onde se espera um número; a célula ficou sem valor.'"):
        con.execute(f"update incoming set {cell} = null where {wrong}")
    if column.range:
        low, high = column.range
        outside = f"{parsed} < {float(low)} or {parsed} > {float(high)}"
        why = f"'Fora do intervalo possível, de {low:g} a {high:g}; a célula ficou sem valor.'"
        if _reject(con, source, file, name, outside, why):
            con.execute(f"update incoming set {cell} = null where {outside}")


def _check_keys(con: duckdb.DuckDBPyConnection, source: Source, file: str) -> None:
    """Of equal rows keep the first; of rows that contradict each other keep none, since none is known true."""
    key = ", ".join(quoted(name) for name in source.key)
    others = [quoted(column.name) for column in source.columns if column.name not in source.key]
    content = f"hash({', '.join(others)})" if others else "0"
    con.execute(
        f"""
        create or replace temp table repeated as
        select line, first_line, variants from (
            select line, min(line) over w as first_line, count(*) over w as copies,
                min({content}) over w != max({content}) over w as variants
            from incoming window w as (partition by {key})
        ) where copies > 1 and (variants or line > first_line)
        """
    )
    if not con.execute("select 1 from repeated limit 1").fetchall():
        return
    con.execute(
        f"""
        insert into rejected
        select ?, ?, line, ?, concat_ws(' · ', {key}),
            case when variants then 'Chave repetida com valores diferentes (a partir da linha ' || first_line
                || '): nenhuma das linhas entrou. Deixe uma só.'
            else 'Linha repetida: igual à linha ' || first_line || '.' end
        from incoming join repeated using (line)
        """,
        [source.source, file, ", ".join(source.key)],
    )
    con.execute("delete from incoming where line in (select line from repeated)")


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
