"""Counting on a distributed engine that exists already: Spark, by its master's address.

The records are read by Spark's own readers, all columns as text; no Python runs on its workers. Casts follow ANSI, days
are read in UTC, and the query is the one that DuckDB runs, carried over.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipelines.declarations import DeclarationError
from pipelines.microdata.contract import BROKEN, Row
from pipelines.microdata.declaring import Microdata, check_columns
from pipelines.microdata.inputs import Input, RecordsError, is_remote

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

EXTRA = "Instale-o: pip install -r requirements-spark.txt"
# Seconds for a master to answer.
PATIENCE = 10

SETTINGS: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    # Every line is held against its whole header, also where few columns are asked for.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # As many parts as the result needs, not two hundred.
    "spark.sql.adaptive.enabled": "true",
}
CSV: Mapping[str, Any] = {
    "header": True,
    "quote": '"',
    # A quote is doubled, as by the publishers; Spark's own habit is a backslash.
    "escape": '"',
    "encoding": "ISO-8859-1",
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": BROKEN,
    "unescapedQuoteHandling": "STOP_AT_DELIMITER",
}


class OnSpark:
    """One count by Spark. `master`: its address; `options`: settings by name, with or without `spark.` before them.

    Raises RecordsError where Spark, Java or the master is not there.
    """

    def __init__(self, master: str, options: Mapping[str, str]) -> None:
        try:
            import pyspark
            import sqlglot  # noqa: F401  asked for here, so that what is missing is said at once
        except ImportError as error:
            raise RecordsError(f"--engine spark: falta o pacote {error.name}. {EXTRA}") from None
        if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
            raise RecordsError(
                "--engine spark: não há Java nesta máquina. Instale o do sistema (openjdk-17-jre-headless) e rode de novo."
            )
        _reached(master)
        self.name = f"spark {pyspark.__version__}"
        self._master, self._options = master, options
        self._held: SparkSession | None = None

    @property
    def _session(self) -> SparkSession:
        """The session, opened at the first need: a query that does not carry over never gets here."""
        if self._held is None:
            from pyspark.sql import SparkSession

            builder = SparkSession.builder.master(self._master).appName("farol-microdata")
            named = {_setting(name): value for name, value in self._options.items()}
            for name, value in {**SETTINGS, **named}.items():
                builder = builder.config(name, value)
            try:
                self._held = builder.getOrCreate()
            except Exception as error:
                raise RecordsError(
                    f"O Spark em {self._master} não abriu a sessão ({_said(error)}). Confira-o."
                ) from None
            self._held.sparkContext.setLogLevel("OFF")
        return self._held

    def close(self) -> None:
        """End the session; the engine itself goes on."""
        if self._held is not None:
            self._held.stop()

    def check(self, asked: Microdata) -> None:
        """Carry the query over. Raises DeclarationError, with file and line."""
        from pipelines.microdata.carrying import carried

        carried(asked.query, asked.file)

    def header(self, asked: Microdata, address: str) -> list[str]:
        """The columns of what lies at an address. Raises RecordsError."""
        read = self._session.read
        try:
            if address.rstrip("/").endswith(".parquet"):
                return list(read.parquet(address).columns)
            return list(read.options(**CSV).option("sep", asked.separator).csv(address).columns)
        except Exception as error:
            raise RecordsError(
                f"{address}: o Spark não conseguiu ler ({_said(error)}). Confira o endereço e as opções."
            ) from None

    def count(self, asked: Microdata, inputs: Sequence[Input], codes: Sequence[tuple[str, str]]) -> list[Row]:
        """Run the query over the inputs. `codes`: (published, municipality_code). Raises RecordsError, DeclarationError."""
        from pyspark.errors import AnalysisException

        from pipelines.microdata.carrying import carried

        query = carried(asked.query, asked.file)
        session = self._session
        try:
            records = _records(session, asked, inputs)
        except Exception as error:
            raise RecordsError(
                f"O Spark não conseguiu abrir os registros ({_said(error)}). Confira os caminhos."
            ) from None
        records.createOrReplaceTempView("records")
        # By Arrow, which no worker's Python has to read.
        table = pa.table({"published": [a for a, _ in codes], "municipality_code": [b for _, b in codes]})
        session.createDataFrame(table).createOrReplaceTempView("codes")
        try:
            asked_for = session.sql(query)
        except AnalysisException as error:
            raise DeclarationError(
                f"{asked.file}, linha {_query_line(asked.query, error)}: o Spark não roda a consulta ({_said(error)})."
            ) from None
        check_columns(asked, asked_for.columns)
        try:
            return [row.asDict() for row in asked_for.collect()]
        except Exception as error:
            raise RecordsError(
                f"O Spark não chegou ao fim ({_said(error)}). Confira os arquivos e o motor."
            ) from None


def _records(session: SparkSession, asked: Microdata, inputs: Sequence[Input]) -> DataFrame:
    """The declared columns of all inputs as trimmed text, and BROKEN, beside which nothing else is said."""
    from pyspark.sql import functions, types

    parts: list[DataFrame] = []
    ordered = sorted(inputs, key=lambda one: (one.parquet, one.header))
    for (parquet, header), group in groupby(ordered, key=lambda one: (one.parquet, one.header)):
        files = list(group)
        # A bare path is of the cluster's own file system, whatever that is.
        paths = [
            one.address if is_remote(one.address) else f"file://{Path(one.address).resolve()}"
            for one in files
        ]
        if parquet:
            scan = session.read.parquet(*paths).withColumn(BROKEN, functions.lit(None).cast("string"))
        else:
            named = [*(f"c{place}" for place in range(len(header))), BROKEN]
            schema = types.StructType([types.StructField(name, types.StringType()) for name in named])
            scan = session.read.schema(schema).options(**CSV).option("sep", asked.separator).csv(paths)
        told = []
        for name in (*asked.columns, *asked.optional):
            at = files[0].column(name)
            if at is None:
                cell = functions.lit(None).cast("string")
            else:
                source = scan[f"`{at}`"] if parquet else scan[f"c{header.index(at)}"]
                cell = functions.nullif(functions.trim(source.cast("string")), functions.lit(""))
                cell = functions.when(scan[BROKEN].isNull(), cell)
            told.append(cell.alias(name))
        parts.append(scan.select(*told, BROKEN))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.unionByName(part)
    return whole


def _setting(name: str) -> str:
    """A setting's full name: what is not Spark's own goes on to Hadoop, which reads the stores (fs.s3a.endpoint)."""
    return name if name.startswith("spark.") else f"spark.hadoop.{name}"


def _reached(master: str) -> None:
    """Raise RecordsError where nobody answers at a master's address; what is no address of a master is Spark's to read."""
    match = re.fullmatch(r"spark://([^:/]+):(\d+)", master)
    if match:
        try:
            socket.create_connection((match[1], int(match[2])), PATIENCE).close()
        except OSError:
            raise RecordsError(
                f"--master {master}: ninguém responde nesse endereço. Confira o endereço e o motor."
            ) from None
    elif not re.match(r"local(\[|$)|yarn|k8s://", master):
        raise RecordsError(f"--master {master}: não é um endereço do Spark, como spark://maquina:7077.")


def _query_line(query: str, error: Exception) -> int:
    """The line of the first word that the error names; Spark itself is given the query in one line."""
    for name in re.findall(r"`([^`]+)`", str(error)):
        found = re.search(rf"\b{re.escape(name)}\b", query)
        if found:
            return query[: found.start()].count("\n") + 1
    return 1


def _said(error: Exception) -> str:
    """The cause that Spark gives, without its stack: the innermost one that it names."""
    text = str(error)
    causes = re.findall(r"(?m)^(?:Caused by: |: )?(?:[\w$.]+\.)?(\w+(?:Exception|Error)): ([^\n]*)", text)
    if causes:
        name, message = causes[-1]
        return f"{name}: {message}"[:200]
    return text.strip().splitlines()[0][:200] if text.strip() else type(error).__name__
