"""The lines of the raw files that each value comes from, as the build carries them along."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import duckdb
import pytest

from pipelines import accounts, build, declarations, tracing
from pipelines.declarations import Config
from pipelines.raw_files import quoted, read_query

GRANDE = "5002704"


@pytest.fixture(scope="module")
def con(config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        build.build_tables(found, config, dt.date(2026, 11, 22))
        yield found


def sql(name: str) -> str:
    return read_query(declarations.HERE / "indicators" / f"{name}.sql")


@pytest.mark.parametrize("name", declarations.indicators())
def test_carrying_lines_changes_nothing_that_a_query_says(con: duckdb.DuckDBPyConnection, name: str) -> None:
    query = sql(name)
    carried, _ = tracing.carrying(con, query)
    columns = [row[0] for row in con.execute(f"describe {query}").fetchall()]
    told = ", ".join(map(quoted, columns))
    plain = Counter(con.execute(f"select hash({told}) from ({query})").fetchall())
    assert plain == Counter(con.execute(f"select hash({told}) from ({carried})").fetchall())


def test_every_value_has_its_lines_and_they_are_its_own(con: duckdb.DuckDBPyConnection) -> None:
    without = con.execute(
        """select indicator, count(*) from "values" anti join lines using (indicator, municipality_code, period)
        where value is not null group by all"""
    ).fetchall()
    assert without == []
    sources = [row[0] for row in con.execute("select distinct source from lines").fetchall()]
    assert len(sources) > 30
    for source in sources:
        strangers = f"""select * from lines l anti join raw.{quoted(source)} r
            on r.line = l.line and r.municipality_code = l.municipality_code where l.source = ?"""
        assert con.execute(strangers, [source]).fetchall() == [], source


@pytest.mark.parametrize(
    "name",
    [
        "agua_atendimento_sinisa", "crianca_alfabetizada_municipal", "cvli_taxa", "vacina_bcg", "mortalidade_infantil",
        "ideb_anos_finais_publica", "saldo_empregos_por_mil", "cauc_pendencias",
    ],
)  # fmt: skip
def test_a_value_depends_on_its_lines_and_on_no_other(con: duckdb.DuckDBPyConnection, name: str) -> None:
    query = sql(name)
    whole = accounts.rows_of(con, query)
    source = declarations.indicators()[name].source
    [(period,)] = con.execute(
        'select max(period) from "values" where indicator = ? and municipality_code = ? and value is not null',
        [name, GRANDE],
    ).fetchall()
    asked = [name, GRANDE, period, source]
    own = "select line from lines where indicator = ? and municipality_code = ? and period = ? and source = ?"
    mine = [line for (line,) in con.execute(own, asked).fetchall()]
    assert mine and (GRANDE, period) in accounts.depending(con, query, whole, source, mine)
    others = con.execute(
        f"select line from source.{quoted(source)} where municipality_code = ? and line not in (select unnest(?::integer[]))",
        [GRANDE, mine],
    ).fetchall()
    assert (GRANDE, period) not in accounts.depending(con, query, whole, source, [line for (line,) in others])


def test_three_years_put_together_come_from_three_lines(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        """select period, count(*) from lines where indicator = 'mortalidade_infantil_trienal'
        and municipality_code = ? group by period order by period desc limit 1""",
        [GRANDE],
    ).fetchall()
    assert rows == [(dt.date(2024, 12, 31), 3)]


def test_a_query_of_another_form_has_no_lines_and_stands(con: duckdb.DuckDBPyConnection) -> None:
    query = "select distinct municipality_code, period, 1.0 as value from source.snis"
    assert tracing.carrying(con, query) == ("", False)
    tracing.trace(con, "another_form", query)
    assert con.execute("select count(*) from lines where indicator = 'another_form'").fetchall() == [(0,)]
