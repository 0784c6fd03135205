"""Bad files: each fault is refused with file, line, column, value and reason, and the rest still arrives."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipelines import build, declarations, plan_files, raw_files, schema
from pipelines.declarations import Column, Config, Source
from pipelines.raw_files import SourceError
from tests.conftest import AS_OF

HEADER = "municipality_code,period,network,share,money\n"
GOOD = (
    HEADER
    + '5002704,2023,Municipal,97.5,"1.234,56"\n'
    + '500020,2023,Municipal,-,"0,5"\n'
    + "5000252,2023,Municipal,3,\n"
)


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    return ready()


def ready() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema raw")
    con.execute(raw_files.MACROS)
    con.execute(f"create table rejected ({schema.ddl('rejected')})")
    con.execute("create table codes (published varchar, municipality_code varchar)")
    for code in ("5002704", "5000203", "5000252"):
        con.execute("insert into codes values (?, ?), (?, ?)", [code, code, code[:6], code])
    return con


def declared(text: bytes | str, **changes: object) -> Source:
    data = text.encode() if isinstance(text, str) else text
    source = declarations.sources()["snis"]
    return dataclasses.replace(
        source,
        source="amostra",
        key=("municipality_code", "period", "network"),
        columns=(
            Column("network", "Rede", "category", allowed=("Municipal", "Estadual")),
            Column("share", "Parcela", "percent", "1234.5", missing=("-",), range=(0, 100)),
            Column("money", "Valor", "money", "1.234,5", range=(0, 1e9)),
        ),
        rows=data.count(b"\n") - 1,
        sha256=raw_files.fingerprint(data),
        **changes,  # type: ignore[arg-type]
    )


def load(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, text: bytes | str, source: Source | None = None
) -> None:
    data = text.encode() if isinstance(text, str) else text
    path = tmp_path / "values.csv"
    path.write_bytes(data)
    raw_files.load(con, source or declared(text), path)


def rejected(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute('select file, line, "column", value, reason from rejected order by line').fetchall()


def rows(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "select line, municipality_code, number(share), number_br(money) from raw.amostra order by line"
    ).fetchall()


def test_a_good_file_comes_in_whole_with_six_digits_resolved(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(con, tmp_path, GOOD)
    assert rows(con) == [(2, "5002704", 97.5, 1234.56), (3, "5000203", None, 0.5), (4, "5000252", 3.0, None)]
    assert rejected(con) == []


@pytest.mark.parametrize(
    ("line", "column", "value", "reason", "left"),
    [
        ('5002704,2023,Estadual,muito,"1,0"', "share", "muito", "número", 4),
        ('5002704,2023,Estadual,101,"1,0"', "share", "101", "Fora do intervalo", 4),
        ('5002704,2023,Estadual,-5,"1,0"', "share", "-5", "Número negativo", 4),
        ('5002704,2023,Estadual,nan,"1,0"', "share", "nan", "número", 4),
        ('5002704,2023,Estadual,1e999,"1,0"', "share", "1e999", "número", 4),
        ('5002704,2023,Estadual,1e-400,"1,0"', "share", "1e-400", "número", 4),
        ('5002704,2023,Estadual,1_0,"1,0"', "share", "1_0", "número", 4),
        ('5002704,2023,Estadual,5%,"1,0"', "share", "5%", "porcentagem, como 1234.5", 4),
        ('5002704,2023,Estadual,"5,5","1,0"', "share", "5,5", "número", 4),
        ("5002704,2023,Estadual,5,R$ 14", "money", "R$ 14", "dinheiro, como 1.234,5", 4),
        ('5002704,2023,Estadual,5,"47,739,264"', "money", "47,739,264", "número", 4),
        ("5002704,2023,Estadual,5,12.34.5", "money", "12.34.5", "número", 4),
        ('5002704,2023,Federal,5,"1,0"', "network", "Federal", "Texto desconhecido; a linha não entrou", 3),
        ('5002704,2023,,5,"1,0"', "network", None, "Célula vazia", 3),
        ('5002704,2062,Estadual,5,"1,0"', "period", "2062", "fora do possível, de 1900 a", 3),
        ('5002704,2023-12-31,Estadual,5,"1,0"', "period", "2023-12-31", "precisa ser AAAA nesta fonte", 3),
        ('5002704,2023-06,Estadual,5,"1,0"', "period", "2023-06", "precisa ser AAAA nesta fonte", 3),
        ('9999999,2023,Estadual,5,"1,0"', "municipality_code", "9999999", "Município desconhecido", 3),
        (',2023,Estadual,5,"1,0"', "municipality_code", None, "Município desconhecido", 3),
        ('5002704,23,Estadual,5,"1,0"', "period", "23", "período", 3),
    ],
)
def test_a_bad_cell_is_kept_with_line_column_value_and_reason(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, line: str, column: str, value: str, reason: str, left: int
) -> None:
    load(con, tmp_path, GOOD + line + "\n")
    [(file, at, name, cell, why)] = rejected(con)
    assert (file, at, name, cell) == ("amostra/values.csv", 5, column, value)
    assert reason in str(why)
    assert len(rows(con)) == left


HOSTILE = (
    ("5002704", "500020", "5000252", "9999999", "", " 5002704"),
    ("2023", "2022", "2062", "23", "2023-06", ""),
    ("Municipal", "estadual ", "Federal", "", "\u00a0Municipal"),
    ("97.5", "-", " - ", "", "101", "-5", "nan", "1e999", "5%", "0", "\u200b3", "12\u00a0"),
    ('"1.234,56"', "0", "", "12.34.5", '"-1,0"', "R$ 14", '" 7,5 "'),
)


@pytest.mark.parametrize("seed", range(12))
def test_different_texts_looked_at_once_tell_what_every_cell_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    pick = random.Random(seed)
    # Of each column some kinds of cell, so that some columns are wholly good and some are not.
    kinds = [cells[: pick.randint(1, len(cells))] for cells in HOSTILE]
    text = HEADER + "".join(",".join(map(pick.choice, kinds)) + "\n" for _ in range(40))
    source = declared(text)
    if seed % 2:
        required = [dataclasses.replace(column, required=True) for column in source.columns]
        source = dataclasses.replace(source, columns=tuple(required))
    told = []
    for every_cell in (False, True):
        if every_cell:
            monkeypatch.setattr(raw_files, "_texts", lambda _table: raw_files.UNTOLD)
        con = ready()
        load(con, tmp_path, text, source)
        told.append(
            (con.execute("from raw.amostra").fetchall(), con.execute("from rejected order by all").fetchall())
        )
    assert told[0] == told[1]
    lines = [row[-1] for row in told[0][0]]
    assert lines == sorted(lines)


@pytest.mark.parametrize("blank", ["", ",,,,", '" ",,,,'])
def test_a_blank_line_is_told_as_such(con: duckdb.DuckDBPyConnection, tmp_path: Path, blank: str) -> None:
    text = GOOD.replace("500020,", f"{blank}\n500020,")
    load(con, tmp_path, text)
    [(_, line, _, _, reason)] = rejected(con)
    assert (line, reason) == (3, "Linha em branco. Apague-a.")
    assert [row[0] for row in rows(con)] == [2, 4, 5]


@pytest.mark.parametrize("empty", ["", '" "', "-"])
def test_an_empty_cell_where_every_row_has_a_value_is_told(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, empty: str
) -> None:
    text = GOOD.replace("500020,2023,Municipal,-", f"500020,2023,Municipal,{empty}")
    source = declared(text)
    columns = tuple(dataclasses.replace(column, required=column.name == "share") for column in source.columns)
    load(con, tmp_path, text, dataclasses.replace(source, columns=columns))
    [(file, line, column, _, reason)] = rejected(con)
    assert (file, line, column) == ("amostra/values.csv", 3, "share")
    assert reason == "Célula vazia onde toda linha tem um valor. Preencha-a."
    assert rows(con)[1] == (3, "5000203", None, 0.5)


def test_a_row_of_another_width_is_refused_and_later_lines_keep_their_number(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = GOOD.replace('500020,2023,Municipal,-,"0,5"', "500020,2023")
    load(con, tmp_path, text)
    [(_, line, _, value, reason)] = rejected(con)
    assert (line, value) == (3, "500020,2023")
    assert "2 colunas" in str(reason)
    assert [row[0] for row in rows(con)] == [2, 4]


def test_equal_rows_leave_one_and_contradicting_rows_leave_none(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = GOOD + "5000252,2023,Municipal,3,\n" + '5002704,2023,Municipal,90,"1.234,56"\n'
    load(con, tmp_path, text)
    assert [(line, str(reason).split(":")[0].split(" (")[0]) for _, line, _, _, reason in rejected(con)] == [
        (2, "Chave repetida com valores diferentes"),
        (5, "Linha repetida"),
        (6, "Chave repetida com valores diferentes"),
    ]
    assert [row[0] for row in rows(con)] == [3, 4]


@pytest.mark.parametrize(
    ("damage", "line", "reason"),
    [
        (lambda text: text.encode("latin-1").replace(b"Municipal", b"Munic\xedpio"), 2, "UTF-8"),
        (lambda text: text.replace("share", "parcela").encode(), 1, "Falta a coluna 'share'"),
        (lambda text: text.replace(",money", "", 1).encode(), 1, "Falta a coluna 'money'"),
        (lambda text: text.replace("money", "money,extra", 1).encode(), 1, "não está declarada"),
        (lambda text: text.replace("\n5000252,2023,Municipal,3,\n", "\n").encode(), 3, "cortado"),
        (lambda text: text[:-8].encode(), 4, "cortado"),
        (lambda text: b"", 1, "O arquivo está vazio. Busque-o"),
        (lambda text: b"\xef\xbb\xbf\r\n", 1, "O arquivo está vazio. Busque-o"),
        (
            lambda text: text.replace(",", ";").encode(),
            1,
            "separado por ponto e vírgula. Salve-o separado por vírgula",
        ),
        (
            lambda text: text.replace(",", "\t").encode(),
            1,
            "separado por tabulação. Salve-o separado por vírgula",
        ),
        (lambda text: text.replace("\n", "\r").encode(), 1, "terminam só com CR"),
        (lambda text: text.rstrip("\n").encode(), 4, "não termina com quebra de linha"),
        (
            lambda text: text.replace("2023,Municipal,97.5", '2023,"Munici\npal",97.5').encode(),
            2,
            "dentro de aspas",
        ),
        (lambda text: text.replace("97.5", "97\0.5").encode(), 2, "byte nulo"),
        (
            lambda text: text.replace("2023,Municipal,97.5", f'2023,"{"x" * 200_000}\n",97.5').encode(),
            2,
            "dentro de aspas",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, damage: Callable[[str], bytes], line: int, reason: str
) -> None:
    with pytest.raises(SourceError) as caught:
        load(con, tmp_path, damage(GOOD), declared(GOOD))
    fault = caught.value.fault
    assert (fault.file, fault.line) == ("amostra/values.csv", line)
    assert reason in fault.reason


def test_a_changed_file_comes_in_and_is_told(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load(con, tmp_path, GOOD.replace("97.5", "98.5"), declared(GOOD))
    [(_, line, _, _, reason)] = rejected(con)
    assert line is None
    assert "python -m pipelines seal amostra" in str(reason)
    assert rows(con)[0][2] == 98.5


def test_numbers_as_brazilians_write_them(con: duckdb.DuckDBPyConnection) -> None:
    cells = {
        "1.234,56": 1234.56, "17,91%": 17.91, " 9.390.254,0 ": 9390254.0, "7.521": 7521.0, "-32,76": -32.76,
        "0,00%": 0.0, "757": 757.0, "R$ 1.000,00": 1000.0, "7.52": None, "1,2,3": None, "": None, "n.d.": None,
    }  # fmt: skip
    for cell, expected in cells.items():
        assert con.execute("select number_br(?)", [cell]).fetchall() == [(expected,)], cell


def test_one_bad_source_leaves_the_others_and_names_itself(copied: Config) -> None:
    path = copied.raw / "snis" / "values.csv"
    path.write_bytes(path.read_bytes()[:500])
    build.build(copied)
    with duckdb.connect() as con:
        refused = con.execute(
            "select source, line, reason from read_parquet(?)", [str(copied.processed / "rejected.parquet")]
        ).fetchall()
        found = {
            row[0]
            for row in con.execute(
                "select distinct indicator from read_parquet(?)", [str(copied.processed / "values.parquet")]
            ).fetchall()
        }
        told = con.execute(
            "select rows, rejected from read_parquet(?) where source = 'snis'",
            [str(copied.processed / "sources.parquet")],
        ).fetchall()
    assert [(source, "cortado" in reason) for source, _, reason in refused if source == "snis"] == [
        ("snis", True)
    ]
    assert told == [(0, 1)]
    assert "agua_atendimento" not in found
    assert {"populacao", "idhm", "mortalidade_infantil"} <= found


# Spreadsheets put a byte order mark before a file, which is not part of what was published.
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_seal_declares_the_file_as_it_stands(tmp_path: Path, mark: str) -> None:
    declaration = tmp_path / "amostra.toml"
    declaration.write_text('publisher = "X"\nsha256 = "00"\nrows = 1\n', "utf-8")
    raw = tmp_path / "values.csv"
    raw.write_text(mark + GOOD, "utf-8")
    raw_files.seal(declaration, raw)
    assert f'sha256 = "{raw_files.fingerprint(GOOD.encode())}"' in declaration.read_text("utf-8")
    assert "rows = 3" in declaration.read_text("utf-8")


def test_a_cell_of_any_length_costs_itself_alone(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load(con, tmp_path, GOOD.replace("97.5", "9" * 200_000))
    [(_, line, column, value, _)] = [row for row in rejected(con) if row[1]]
    assert (line, column, value) == (2, "share", "9" * 200)
    assert [row[2] for row in rows(con)] == [None, None, 3.0]


@pytest.mark.parametrize("header", ["{} ", " {}\t", "{}\u00a0", '"{}"', "\u200b{}"])
def test_blanks_around_the_names_of_columns_do_not_matter(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, header: str
) -> None:
    written = ",".join(header.format(name) for name in HEADER.strip().split(","))
    load(con, tmp_path, GOOD.replace(HEADER.strip(), written))
    assert [row[2:] for row in rows(con)] == [(97.5, 1234.56), (None, 0.5), (3.0, None)]


@pytest.mark.parametrize(
    "spelling",
    [
        "Municipal ",
        " municipal",
        "MUNICIPAL",
        "Municipal\u00a0",
        "Muni\u200bcipal",
        "\ufeffMunicipal",
        "Municipal\t",
    ],
)
def test_a_key_is_known_however_it_is_spelled(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, spelling: str
) -> None:
    load(con, tmp_path, GOOD.replace("2023,Municipal,97.5", f"2023,{spelling},97.5"))
    assert [row for row in rejected(con) if row[1]] == []
    assert con.execute("select distinct network from raw.amostra").fetchall() == [("Municipal",)]


def test_spellings_of_one_key_are_one_key(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load(con, tmp_path, GOOD + '5002704,2023,municipal\u00a0,90,"1.234,56"\n')
    assert {(line, "Chave repetida" in str(reason)) for _, line, _, _, reason in rejected(con) if line} == {
        (2, True),
        (5, True),
    }


@pytest.mark.parametrize(
    ("written", "good", "bad"),
    [
        (
            "1234",
            ["0", "16741"],
            ["16.741", "16,741", "16741.0", "1%", "R$ 14", "-1", "1e3", "007", "47,739", "١٢"],
        ),
        ("1234.0", ["15776.0"], ["15776", "15.776", "15776.5", "15776.00"]),
        ("1.234", ["757", "7.521", "1.234.567"], ["7521", "7.52", "7,521", "7.521,0"]),
        ("1234.5", ["66", "66.54", "0.925"], ["66,54", "1.234.5", "6e1", "66.", ".5", "66%"]),
        ("1234,5", ["65935075,25"], ["65935075.25", "65.935.075,25", "5"]),
        ("1.234,5", ["47.739.264,0", "0,5"], ["47739264,0", "47,739,264.0", "47.739.264"]),
        ("12,5%", ["56,74%"], ["56,74", "56.74%", "56,74 %", "0,5674%%"]),
        ("12.5%", ["5.17%", "75%"], ["5,17%", "5.17"]),
        ("1.5e-06", ["0.07", "3.33702301644953e-05"], ["3e5", "1e-400", "3,3e-05"]),
    ],
)
def test_a_number_is_only_read_in_the_form_of_its_publisher(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, written: str, good: list[str], bad: list[str]
) -> None:
    kind = "percent" if "%" in written else "count" if written in declarations.WHOLE else "money"
    cells = [*good, *bad]
    codes = [f"50{number:05}" for number in range(len(cells))]
    con.executemany("insert into codes values (?, ?)", [(code, code) for code in codes])
    text = "municipality_code,period,x\n" + "".join(
        f'{code},2023,"{cell}"\n' for code, cell in zip(codes, cells, strict=True)
    )
    columns = (Column("x", "X", kind, written, range=(0, 1e12)),)
    source = dataclasses.replace(declared(text), key=("municipality_code", "period"), columns=columns)
    load(con, tmp_path, text, source)
    kept = con.execute("select x from raw.amostra where x is not null order by line").fetchall()
    assert [cell for (cell,) in kept] == good
    assert [value for _, _, _, value, _ in rejected(con)] == bad


def test_a_day_that_no_calendar_has_leaves_its_row_out(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = "municipality_code,period,x\n5002704,2023,31/02/27\n5000203,2023,!\n5000252,2023,\n"
    columns = (Column("x", "Item", "validity", missing=("Desabilitado",), row=True),)
    source = dataclasses.replace(declared(text), key=("municipality_code", "period"), columns=columns)
    load(con, tmp_path, text, source)
    assert [(line, str(reason).split(";")[0].split(".")[0]) for _, line, _, _, reason in rejected(con)] == [
        (2, "Data que não existe"),
        (4, "Célula vazia onde toda linha tem um valor"),
    ]
    assert con.execute("select municipality_code from raw.amostra").fetchall() == [("5000203",)]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_device_or_a_pipe_is_refused_unopened(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "values.csv")
    with pytest.raises(SourceError, match="não é um arquivo comum"):
        raw_files.load(con, declared(GOOD), tmp_path / "values.csv")
    with pytest.raises(SourceError, match="não é um arquivo comum"):
        raw_files.read_sheet("participantes", tmp_path / "values.csv")


def test_a_file_beyond_every_publisher_is_refused_unread(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with (tmp_path / "values.csv").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SourceError, match="passou do tamanho permitido"):
        raw_files.load(con, declared(GOOD), tmp_path / "values.csv")


def test_a_hundred_thousand_bad_lines_are_told_in_seconds(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    started = time.monotonic()
    load(con, tmp_path, GOOD + "5002704,2023\n" * 100_000)
    assert time.monotonic() - started < 10
    assert con.execute("select count(*) from rejected where line is not null").fetchall() == [(100_000,)]


@pytest.mark.parametrize(
    "save",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace('"', "").replace(",", ";").encode(),
        lambda text: text.replace('"', "").replace(",", ";").encode("cp1252"),
        lambda text: text.replace("\n", "\r\n").encode("cp1252"),
    ],
)
def test_the_registry_is_read_the_same_everywhere_however_it_was_saved(
    con: duckdb.DuckDBPyConnection, copied: Config, save: Callable[[str], bytes]
) -> None:
    path = copied.raw / raw_files.REGISTRY / "values.csv"
    # Semicolons between cells, none within.
    text = path.read_text("utf-8").replace(";", " e").replace("cap. 2 (document.onl) e", "cap. 2 e")
    plain = "\n".join(
        ",".join(cell.replace(",", " ") for cell in row) for row in csv.reader(text.splitlines())
    )
    path.write_bytes(save(plain + "\n"))
    names = raw_files.read_registry(copied.raw)
    assert len(names) == 5570
    assert names["5000203"] == "Água Clara"
    inside = {code: name for code, name in names.items() if code.startswith("50")}
    assert len(inside) == 79
    assert plan_files.template_lists(copied)[0] == inside
    raw_files.load(con, declarations.sources()[raw_files.REGISTRY], path)
    found = con.execute(f"select municipality_code, name from raw.{raw_files.REGISTRY}").fetchall()
    assert dict(found) == names


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("select 'é'".encode("latin-1"), "não está em UTF-8"),
        (b"select 1; drop table x", "uma consulta só"),
        (b"drop table x", "uma consulta só"),
        (b"selec 1", "não é um SQL válido"),
        (b"", "uma consulta só"),
    ],
)
def test_an_sql_file_is_one_query(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.sql"
    path.write_bytes(content)
    with pytest.raises(declarations.DeclarationError, match=said):
        raw_files.read_query(path)


# --- compressed files --------------------------------------------------------------------------------


def load_packed(con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / raw_files.PACKED
    path.write_bytes(content)
    raw_files.load(con, declared(GOOD), path)


def test_a_compressed_file_is_read_as_the_plain_one(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    # The same text packed by another program seals alike.
    load_packed(con, tmp_path, gzip.compress(GOOD.encode(), 1))
    assert rows(con) == [(2, "5002704", 97.5, 1234.56), (3, "5000203", None, 0.5), (4, "5000252", 3.0, None)]
    assert rejected(con) == []
    assert raw_files.raw_path(tmp_path) == tmp_path / "values.csv.gz"


def test_a_fault_in_a_compressed_file_names_it(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load_packed(con, tmp_path, raw_files.packed(GOOD.replace("97.5", "muito").encode()))
    [(file, line, column, value, _), of_file] = rejected(con)
    assert "O arquivo mudou" in str(of_file[4])
    assert (file, line, column, value) == ("amostra/values.csv.gz", 2, "share", "muito")


def test_packing_gives_the_same_bytes_on_any_day(monkeypatch: pytest.MonkeyPatch) -> None:
    first = raw_files.packed(GOOD.encode())
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert raw_files.packed(GOOD.encode()) == first
    assert gzip.decompress(first) == GOOD.encode()


def damaged() -> bytes:
    whole = bytearray(raw_files.packed(GOOD.encode() * 50))
    whole[40] ^= 0xFF
    return bytes(whole)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        raw_files.packed(GOOD.encode())[:-9],
        raw_files.packed(GOOD.encode())[:-4] + b"\0\0\0\0",
        damaged(),
    ],
    ids=["plain text", "cut", "another size", "flipped bits"],
)
def test_a_damaged_compressed_file_is_a_fault_of_the_file(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(SourceError) as caught:
        load_packed(con, tmp_path, content)
    fault = caught.value.fault
    assert (fault.file, fault.line) == ("amostra/values.csv.gz", None)
    assert "não é um gzip inteiro" in fault.reason


def test_what_unpacks_beyond_the_limit_is_refused_before_it_fills_the_memory(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_files, "MOST_RAW", 1_000_000)
    with pytest.raises(SourceError, match="passa de 1 MB"):
        load_packed(con, tmp_path, gzip.compress(b"\0" * 50_000_000))
    (tmp_path / "values.csv.gz").unlink()
    with pytest.raises(SourceError, match="passou do tamanho permitido"):
        load(con, tmp_path, "0" * 1_000_001, declared(GOOD))


def test_both_forms_in_one_folder_are_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "values.csv").write_text(GOOD, "utf-8")
    with pytest.raises(SourceError, match=r"Há values\.csv e values\.csv\.gz .* Deixe um só\."):
        load_packed(con, tmp_path, raw_files.packed(GOOD.encode()))
    with pytest.raises(SourceError, match="Deixe um só"):
        load(con, tmp_path, GOOD)


def test_a_damaged_compressed_source_leaves_the_others(copied: Config) -> None:
    path = copied.raw / "snis" / "values.csv"
    path.with_name("values.csv.gz").write_bytes(raw_files.packed(path.read_bytes())[:-20])
    path.unlink()
    with duckdb.connect() as con:
        build.build_tables(con, copied, AS_OF)
        told = con.execute("select file, reason from rejected where source = 'snis'").fetchall()
        [(left,)] = con.execute("select rows from sources where source = 'ibge_pib'").fetchall()
    assert [(file, "não é um gzip inteiro" in reason) for file, reason in told] == [
        ("snis/values.csv.gz", True)
    ]
    assert left > 0


def test_a_seal_is_that_of_the_unpacked_text(tmp_path: Path) -> None:
    declaration = tmp_path / "amostra.toml"
    declaration.write_text('publisher = "X"\nsha256 = "00"\nrows = 1\n', "utf-8")
    raw = tmp_path / "values.csv.gz"
    raw.write_bytes(raw_files.packed(GOOD.encode()))
    raw_files.seal(declaration, raw)
    assert f'sha256 = "{raw_files.fingerprint(GOOD.encode())}"' in declaration.read_text("utf-8")
    assert "rows = 3" in declaration.read_text("utf-8")
    raw.write_bytes(b"nada")
    with pytest.raises(SourceError, match="não é um gzip inteiro"):
        raw_files.seal(declaration, raw)


def test_every_compressed_file_of_the_repository_is_packed_alike() -> None:
    paths = sorted((declarations.ROOT / "data" / "raw").glob("*/values.csv.gz"))
    assert len(paths) >= 15
    for path in paths:
        content = path.read_bytes()
        # Bytes 4 to 7 are the time of packing.
        assert content[4:8] == b"\0\0\0\0", path
        assert declarations.sources()[path.parent.name].sha256 == raw_files.fingerprint(
            gzip.decompress(content)
        )


def test_a_column_that_some_copies_lack_holds_no_value_in_them(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    more = Column("cases", "Casos", "count", "1234", range=(0, 100), unbound="Amostra.", optional=True)
    source = declared(GOOD)
    load(con, tmp_path, GOOD, dataclasses.replace(source, columns=(*source.columns, more)))
    [(rows_there, with_value)] = con.execute("select count(*), count(cases) from raw.amostra").fetchall()
    assert (rows_there, with_value) == (3, 0) and rejected(con) == []
    # One that may not be lacking still stops the file.
    needed = dataclasses.replace(more, optional=False)
    with pytest.raises(SourceError, match="Falta a coluna 'cases'"):
        load(con, tmp_path, GOOD, dataclasses.replace(source, columns=(*source.columns, needed)))


@pytest.mark.parametrize("missing", [(), ("-",)])
def test_keys_told_apart_by_their_texts_leave_what_a_look_at_every_row_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:
    told_apart = raw_files._keys_differ
    found = {True: 0, False: 0}
    for seed in range(30):
        pick = random.Random(seed)
        places = ["5002704", "5000203", "5000252", *(["500270", "9999999", "x"] if seed % 3 == 2 else [])]
        networks = ["Municipal", "Estadual", "-", *(["estadual", " Municipal", "", "Federal"] * (seed % 2))]
        keys = [(place, year, network) for place in places for year in (2022, 2023) for network in networks]
        # Some with a key twice, with the same cells or with others.
        rows = pick.sample(keys, pick.randint(2, len(keys))) + pick.choices(keys, k=pick.choice([0, 0, 2]))
        cells = [
            f"{place},{year},{network},{pick.choice(['1', '2', '900'])},\n" for place, year, network in rows
        ]
        text = HEADER + "".join(cells)
        network, *others = declared(text).columns
        network = dataclasses.replace(network, allowed=("Municipal", "Estadual", "-"), missing=missing)
        source = dataclasses.replace(declared(text), columns=(network, *others))
        left = []
        for short in (True, False):
            with monkeypatch.context() as patch, ready() as con:
                # The short way as it is, noting what it said; then without it.
                def noted(source: Source, table: pa.Table, short: bool = short) -> bool:
                    differ = told_apart(source, table)
                    found[differ] += 1
                    return differ and short

                patch.setattr(raw_files, "_keys_differ", noted)
                load(con, tmp_path, text, source)
                left.append(
                    [
                        con.execute(f"from {table} order by all").fetchall()
                        for table in ("raw.amostra", "rejected")
                    ]
                )
        assert left[0] == left[1], seed
    assert found[False] > 20 and (found[True] > 10) is not bool(missing)
