"""Counting on this machine: DuckDB, as much memory as it is given and no more, the rest on the disk."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.cells import quoted, text_of
from pipelines.declarations import DeclarationError
from pipelines.microdata.contract import BROKEN, Row
from pipelines.microdata.declaring import Microdata, check_columns
from pipelines.microdata.inputs import Input, RecordsError
from pipelines.microdata.lines import cells

MEMORY = "1GB"
# Lines that a reader refuses; more of them, and the file is of another form.
MOST_REFUSED = 100_000


class OnDuckDB:
    """One count by DuckDB. `options`: its settings by name (memory_limit, threads, s3_region), as its documentation has them."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.name = f"duckdb {duckdb.__version__}"
        self._spill = tempfile.TemporaryDirectory(prefix="farol-microdata-")
        self._con = duckdb.connect()
        held = {
            "memory_limit": MEMORY,
            "temp_directory": self._spill.name,
            "preserve_insertion_order": "false",
            # It would write into what this command says.
            "enable_progress_bar": "false",
            **options,
        }
        known = {name for (name,) in self._con.execute("select name from duckdb_settings()").fetchall()}
        for name, value in held.items():
            # Those of the extension that reads stores are known once it is loaded.
            if name.startswith("s3_"):
                self._reach_stores(name)
            elif name not in known:
                raise RecordsError(f"--option {name}: o DuckDB não tem essa opção. Confira o nome.")
            try:
                self._con.execute(f"set {quoted(name)} = {text_of(value)}")
            except duckdb.Error as error:
                raise RecordsError(
                    f"--option {name}={value}: {_first_line(error)}. Confira o valor."
                ) from None

    def close(self) -> None:
        """Let go of the memory and of what was written aside."""
        self._con.close()
        self._spill.cleanup()

    def _reach_stores(self, what: str) -> None:
        try:
            self._con.execute("load httpfs")
        except duckdb.Error:
            raise RecordsError(
                f"{what}: para ler de um armazenamento o DuckDB precisa da extensão httpfs, que não está instalada. "
                "Instale-a (INSTALL httpfs), traga os arquivos para uma pasta ou use --engine spark."
            ) from None

    def check(self, asked: Microdata) -> None:
        """Bind the query to tables without a row. Raises DeclarationError, with file and line."""
        names = ", ".join(
            f"null::varchar as {quoted(name)}" for name in (*asked.columns, *asked.optional, BROKEN)
        )
        self._con.execute(f"create or replace temp view records as select {names} where false")
        self._con.execute("create or replace temp table codes (published varchar, municipality_code varchar)")
        try:
            given = [str(column[0]) for column in self._con.execute(asked.query).description or []]
        except duckdb.Error as error:
            line = re.search(r"LINE (\d+):", str(error))
            where = f", linha {line[1]}" if line else ""
            raise DeclarationError(
                f"{asked.file}{where}: o DuckDB não roda a consulta ({_first_line(error)}). Corrija-a."
            ) from None
        check_columns(asked, given)

    def header(self, asked: Microdata, address: str) -> list[str]:
        """The columns of what lies at an address in a store. Raises RecordsError."""
        self._reach_stores(address)
        try:
            if address.endswith(".parquet"):
                found = self._con.execute("select * from read_parquet(?) limit 0", [_address(address)])
                return [str(column[0]) for column in found.description or []]
            [(line,)] = self._con.execute(
                "select line from read_csv(?, auto_detect = false, header = false, columns = {'line': 'varchar'}, "
                "delim = '\x1f', quote = '', escape = '', encoding = 'latin-1') limit 1",
                [_address(address)],
            ).fetchall()
        except duckdb.Error as error:
            raise RecordsError(
                f"{address}: não pôde ser lido ({_first_line(error)}). Confira o endereço."
            ) from None
        return [cell.strip() for cell in cells(line, asked.separator)]

    def count(self, asked: Microdata, inputs: Sequence[Input], codes: Sequence[tuple[str, str]]) -> list[Row]:
        """Run the query over the inputs. `codes`: (published, municipality_code). Raises RecordsError."""
        self._con.register(
            "listed", pa.table({"published": [a for a, _ in codes], "code": [b for _, b in codes]})
        )
        self._con.execute(
            "create or replace temp table codes as select published, code as municipality_code from listed"
        )
        parts = _parts(asked, inputs)
        rows = self._asked(asked, parts)
        refused = self._refused_lines(asked, inputs)
        if not refused:
            return rows
        # Few: what this reader refuses, line by line.
        names = [*asked.columns, *asked.optional, BROKEN]
        self._con.register("refused", pa.table({name: [row.get(name) for row in refused] for name in names}))
        beside = f"select {', '.join(_trimmed(quoted(name), name) for name in names)} from refused"
        more = self._asked(asked, [beside])
        keys = {_key(row) for row in rows}
        if not any(_key(row) in keys for row in more):
            return rows + more
        # Aside: with `ignore_errors` alone the reader passes over good lines that follow a quote left open.
        aside = "store_rejects = true, rejects_table = 'again', rejects_scan = 'again_scans'"
        return self._asked(asked, [*(part.replace("store_rejects = true", aside) for part in parts), beside])

    def _asked(self, asked: Microdata, parts: Sequence[str]) -> list[Row]:
        con = self._con
        con.execute(f"create or replace temp view records as {' union all by name '.join(parts)}")
        try:
            con.execute(f"create or replace temp table counted as {asked.query}")
        except duckdb.OutOfMemoryException:
            raise RecordsError(
                "A memória não bastou. Dê mais, como --option memory_limit=4GB, ou use --engine spark."
            ) from None
        except duckdb.Error as error:
            raise RecordsError(
                f"Os registros não puderam ser lidos ({_first_line(error)}). Confira os arquivos."
            ) from None
        found = con.execute("from counted")
        columns = [str(column[0]) for column in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

    def _refused_lines(self, asked: Microdata, inputs: Sequence[Input]) -> list[dict[str, str]]:
        """The lines that the reader refused: the cells of those that are a record by themselves, the others whole."""
        if all(one.parquet for one in inputs):
            return []
        found = self._con.execute(
            "select distinct s.file_path, r.line_byte_position, r.csv_line from reject_errors r "
            f"join reject_scans s using (scan_id, file_id) limit {MOST_REFUSED + 1}"
        ).fetchall()
        if len(found) > MOST_REFUSED:
            raise RecordsError(
                f"{found[0][0]}: mais de {MOST_REFUSED} linhas não têm as colunas do cabeçalho. O arquivo é de outra forma."
            )
        headers = {_address(one.address): one for one in inputs}
        refused = []
        for path, _, text in found:
            one = headers[path]
            for line in filter(None, re.split(r"\r\n|\r|\n", text)):
                cut = cells(line, asked.separator)
                if len(cut) == len(one.header):
                    places = {name: one.column(name) for name in (*asked.columns, *asked.optional)}
                    refused.append(
                        {name: cut[one.header.index(at)] for name, at in places.items() if at is not None}
                    )
                else:
                    refused.append({BROKEN: line})
        return refused


def _parts(asked: Microdata, inputs: Sequence[Input]) -> list[str]:
    """A select of the declared columns for each group of files that have the same header."""
    parts = []
    ordered = sorted(inputs, key=lambda one: (one.parquet, one.header))
    for (parquet, header), group in groupby(ordered, key=lambda one: (one.parquet, one.header)):
        files = list(group)
        paths = f"[{', '.join(text_of(_address(one.address)) for one in files)}]"
        if parquet:
            scan = f"read_parquet({paths})"
        else:
            # By place: a name may be written twice among the columns that nobody asks for.
            columns = ", ".join(f"'c{place}': 'varchar'" for place in range(len(header)))
            scan = (
                f"read_csv({paths}, auto_detect = false, header = true, delim = {text_of(asked.separator)}, quote = '\"', "
                f"escape = '\"', encoding = 'latin-1', columns = {{{columns}}}, store_rejects = true)"
            )
        told = []
        for name in (*asked.columns, *asked.optional):
            at = files[0].column(name)
            if at is None:
                told.append(f"null::varchar as {quoted(name)}")
            else:
                cell = quoted(at) if parquet else f"c{header.index(at)}"
                told.append(_trimmed(cell, name))
        parts.append(f"select {', '.join(told)}, null::varchar as {BROKEN} from {scan}")
    return parts


def _trimmed(cell: str, name: str) -> str:
    """SQL: a cell as text without blanks around it, null where nothing is left."""
    return f"nullif(trim({cell}::varchar), '') as {quoted(name)}"


def _key(row: Row) -> tuple[object, ...]:
    return row["municipality_code"], row["period"], row["left_out"], row["refused"]


def _address(address: str) -> str:
    """An address as DuckDB names it."""
    return re.sub("^s3a://", "s3://", address)


def _first_line(error: Exception) -> str:
    said: Any = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__
