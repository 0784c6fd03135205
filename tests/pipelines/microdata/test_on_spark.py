"""The same records counted by both engines, on the Spark that `make test-spark` starts on loopback."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import declarations
from pipelines.declarations import DeclarationError
from pipelines.fetching import settling
from pipelines.microdata import declaring, inputs
from pipelines.microdata.contract import Row
from pipelines.microdata.inputs import RecordsError
from pipelines.microdata.on_duckdb import OnDuckDB
from pipelines.microdata.on_spark import OnSpark
from pipelines.raw_files import REGISTRY
from tests.pipelines.microdata import records, samples

pytestmark = pytest.mark.spark

TOTAL, SEED = 5_000_000, 14
LOOPBACK = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "1g",
}


@pytest.fixture(scope="module")
def master() -> str:
    return os.environ["FAROL_TEST_SPARK"]


@pytest.fixture(scope="module")
def spark(master: str) -> Iterator[OnSpark]:
    engine = OnSpark(master, LOOPBACK)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def codes() -> list[tuple[str, str]]:
    rows = settling.on_file(declarations.read_config(), REGISTRY)
    return [
        (text, row["municipality_code"])
        for row in rows
        for text in (row["municipality_code"][:6], row["municipality_code"])
    ]


@pytest.fixture(scope="module")
def millions(codes: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> records.Written:
    return records.write(tmp_path_factory.mktemp("records"), TOTAL, SEED, sorted({code for _, code in codes}))


def keyed(rows: list[Row]) -> dict[tuple[str, ...], Row]:
    found = {tuple(str(row[name]) for name in declaring.CONTRACT[:4]): row for row in rows}
    assert len(found) == len(rows)
    return found


def same(ours: list[Row], theirs: list[Row]) -> int:
    """Compare every value of two counts: texts and counts equal, ratios within 1e-9. Returns how many were compared."""
    left, right = keyed(ours), keyed(theirs)
    assert left.keys() == right.keys()
    compared = 0
    for key, row in left.items():
        other = right[key]
        assert row.keys() == other.keys()
        for name, value in row.items():
            if isinstance(value, float) and other[name] is not None:
                assert math.isclose(value, other[name], rel_tol=1e-9, abs_tol=1e-9), (key, name)
            else:
                assert value == other[name], (key, name)
            compared += 1
    return compared


# Ends by itself with the seconds and the megabytes of one count by DuckDB, in a process of its own.
ALONE = """
import json, resource, sys, time
from pipelines.microdata import declaring, inputs
from pipelines.microdata.on_duckdb import OnDuckDB
asked = declaring.declared(sys.argv[1])
codes = [tuple(line.split()) for line in open(sys.argv[2])]
start = time.monotonic()
engine = OnDuckDB({})
rows = engine.count(asked, inputs.found(asked, sys.argv[4:], lambda _: []), codes)
seconds = time.monotonic() - start
with open(sys.argv[3], "w") as file:
    json.dump(rows, file)
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak(process: int) -> int:
    """The most memory that a process held, in megabytes."""
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except FileNotFoundError:
        return 0
    # One that has ended holds none.
    return int(status.split("VmHWM:")[1].split()[0]) // 1024 if "VmHWM:" in status else 0


def children(process: int) -> list[int]:
    found = [
        int(text)
        for task in Path(f"/proc/{process}/task").iterdir()
        for text in (task / "children").read_text().split()
    ]
    return [*found, *(other for one in found for other in children(one))]


@pytest.mark.parametrize("name", declaring.names())
def test_both_engines_count_five_million_records_alike(
    name: str, spark: OnSpark, codes: list[tuple[str, str]], millions: records.Written, tmp_path: Path
) -> None:
    assert sum(len(files) for files in millions.files.values()) == 9
    asked = declaring.declared(name)
    files = [str(path) for path in millions.files[name]]
    found = inputs.found(asked, files, lambda _: [])
    listed = tmp_path / "codes"
    listed.write_text("".join(f"{text} {code}\n" for text, code in codes), "utf-8")
    counted = tmp_path / "rows"
    run = subprocess.run(
        [sys.executable, "-c", ALONE, name, str(listed), str(counted), *files],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = run.stdout.split()
    ours = json.loads(counted.read_text("utf-8"))
    assert spark._session  # opened before the clock starts
    start = time.monotonic()
    theirs = spark.count(asked, found, codes)
    taken = time.monotonic() - start
    compared = same(ours, theirs)
    total = sum(row["records"] for row in ours)
    held = [
        peak(process)
        for pid in map(int, os.environ["FAROL_TEST_SPARK_PIDS"].split())
        for process in (pid, *children(pid))
    ]
    driver = [peak(process) for process in children(os.getpid())]
    assert total == millions.records[name] and compared > 50_000
    print(
        f"\n{name}: {total} records, {compared} values equal; DuckDB {float(seconds):.1f} s, {memory} MB; Spark {taken:.1f} s "
        f"({taken / float(seconds):.1f} times), up to {sum(held) + sum(driver)} MB in all its processes"
    )


@pytest.mark.parametrize("name", declaring.names())
def test_both_engines_read_every_strange_record_alike(
    name: str, spark: OnSpark, codes: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Records written by hand, whose counts tests of DuckDB say one by one."""
    asked = declaring.declared(name)
    files = samples.write(tmp_path, name)
    found = inputs.found(asked, [str(path) for path in files], lambda _: [])
    engine = OnDuckDB({})
    assert same(engine.count(asked, found, codes), spark.count(asked, found, codes))
    engine.close()


def test_an_address_in_a_store_reaches_the_reader_with_its_options(master: str, spark: OnSpark) -> None:
    asked = declaring.declared("nascimentos")
    with pytest.raises(
        RecordsError, match=r"s3a://registros/SINASC_2023.csv: o Spark não conseguiu ler \(.*S3AFileSystem"
    ):
        inputs.found(asked, ["s3a://registros/SINASC_2023.csv"], lambda address: spark.header(asked, address))
    spark.close()
    other = OnSpark(master, {**LOOPBACK, "fs.s3a.endpoint": "http://127.0.0.1:9000"})
    try:
        held = other._session.sparkContext._jsc.hadoopConfiguration()
        assert held.get("fs.s3a.endpoint") == "http://127.0.0.1:9000"
    finally:
        other.close()
        spark._held = None


def test_what_spark_itself_refuses_is_told_with_file_and_line(
    spark: OnSpark, codes: list[tuple[str, str]], tmp_path: Path
) -> None:
    asked = samples.with_query(
        "nascimentos", tmp_path, 'select "DTNASC" as a,\n    nowhere as b\nfrom records'
    )
    found = inputs.found(asked, [str(path) for path in samples.write(tmp_path, "nascimentos")], lambda _: [])
    with pytest.raises(DeclarationError, match=r"changed\.sql, linha 2: o Spark não roda a consulta"):
        spark.count(asked, found, codes)


def test_what_does_not_go_over_is_told_before_a_session_is_opened(master: str, tmp_path: Path) -> None:
    engine = OnSpark(master, LOOPBACK)
    asked = samples.with_query("nascimentos", tmp_path, "select\n    count(*) // 2 as half\nfrom records")
    with pytest.raises(
        DeclarationError, match=r"changed\.sql, linha 2: 'intdiv' não passa do DuckDB ao Spark"
    ):
        engine.check(asked)
    assert engine._held is None


def test_nobody_at_the_address_is_told_at_once() -> None:
    start = time.monotonic()
    with pytest.raises(RecordsError, match="ninguém responde nesse endereço"):
        OnSpark("spark://127.0.0.1:9", {})
    with pytest.raises(RecordsError, match="não é um endereço do Spark"):
        OnSpark("http://127.0.0.1:7077", {})
    assert time.monotonic() - start < 5


def test_peak_memory_is_a_number() -> None:
    assert peak(os.getpid()) >= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2048 > 0
