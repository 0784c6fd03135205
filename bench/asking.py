"""What a page asks of a whole country: its questions against plain SQL, its clicks against those of one state.

python -m bench.asking, and part of make bench-brazil.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd

from bench import memory, views
from bench.client import reading
from bench.lines import Line, median_in_turn, told
from bench.servers import current, dashboard
from dashboard.tables import Tables
from pipelines import declarations, serving
from pipelines.declarations import ROOT

BRAZIL = ROOT / "farol-brasil.toml"
ROUNDS = 7

# The questions as somebody would write them who has the sorted file and no dashboard: the same rows and columns, but the
# margins of error and what is certain, which no SQL tells.
_HISTORY = """select v.*, m.name from values_by_municipality v join municipalities m using (municipality_code)
    where v.municipality_code = $code order by v.indicator, v.period"""
_SERIES = """select v.*, m.name from "values" v join municipalities m using (municipality_code)
    where v.indicator = $indicator and v.municipality_code in (select unnest($codes::varchar[]))
    order by v.municipality_code, v.period"""
_AT = """select m.*, v.*, rank() over (order by v.value) as ranked
    from "values" v join municipalities m using (municipality_code)
    where v.indicator = $indicator and v.period = $period order by m.place"""
_LATEST = """select l.*, m.name from latest l join municipalities m using (municipality_code)
    order by l.indicator, m.place"""
_PROFILE = """select l.*, m.name from latest l join municipalities m using (municipality_code)
    where l.municipality_code = $code"""
_CHANGES = """with held as (
        select *, sum(break_before::int) over (partition by municipality_code order by period) as method
        from "values" where indicator = $indicator and period <= $period
    ), moved as (
        select municipality_code, period, value, lag(value) over w as earlier_value, lag(year) over w as earlier_year,
            lag(numerator) over w as numerator, lag(denominator) over w as denominator
        from held where value is not null window w as (partition by municipality_code, method order by period)
    )
    select m.name, v.*, v.value - earlier_value as change from moved v join municipalities m using (municipality_code)
    where period = $period and earlier_value is not null order by municipality_code"""


def questions(tables: Path) -> list[Line]:
    """Each question of a page, asked for the first time, against its plain SQL on the same sorted file.

    `tables`: a folder of built tables. Latencies in milliseconds, medians of runs in turn.
    """
    data = Tables(tables)
    indicator = max(data.available(), key=lambda name: len(data.years(name)))
    year, codes = data.years(indicator)[0], tuple(data.names())
    given = {
        "indicator": indicator,
        "period": data.newest(indicator).date(),
        "code": codes[len(codes) // 2],
        "codes": list(codes[:: len(codes) // 8][:8]),
    }
    asked: dict[str, tuple[Callable[[], object], str]] = {
        "at": (lambda: data.at(indicator, year), _AT),
        "latest": (data.latest, _LATEST),
        "profile": (lambda: data.profile(given["code"]), _PROFILE),
        "history": (lambda: data.history(given["code"]), _HISTORY),
        "series of eight": (lambda: data.series(indicator, tuple(given["codes"])), _SERIES),
        "changes": (lambda: data.changes(indicator, year), _CHANGES),
    }
    lines = []
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"attach '{(tables / serving.FILE).as_posix()}' as figures (read_only); use figures")
        for name, (ask, sql) in asked.items():
            named = {key: given[key] for key in re.findall(r"\$(\w+)", sql)}

            def anew(ask: Callable[[], object] = ask, name: str = name.split()[0]) -> None:
                _forget(data, name)
                ask()

            def plain(sql: str = sql, named: dict[str, object] = named) -> pd.DataFrame:
                return con.execute(sql, named).df()

            mine, theirs = (1e3 * took for took in median_in_turn((anew, plain), ROUNDS))
            lines.append(
                Line(f"question {name} / plain SQL", mine / theirs, 2, f"{mine:.1f} / {theirs:.1f} ms")
            )
    return lines


def _forget(data: Tables, question: str) -> None:
    """Have a question asked anew; what others have left behind stays, as in a process that has run for a while."""
    held = data.answers.held
    # What is kept of a year is kept of its period.
    for key in [key for key in held if key[0] in (question, f"_{question}")]:
        data.answers.weight -= held.pop(key)[1]


def clicks(country: Path = BRAZIL, state: Path | None = None) -> Iterator[list[Line]]:
    """Each click that changes a view, of a country against the same one of a state; then what both servers hold.

    `country`, `state`: their configurations; what is not current is built.
    """
    held = [current(country), current(state)]
    with ExitStack() as stack:
        (here, process), (there, other) = (stack.enter_context(dashboard(config.file)) for config in held)
        visits = partial(reading, here, process), partial(reading, there, other)
        for found in views.beside(visits, (views.towns(held[0]), views.towns(held[1]))):
            name = found.page or "panorama"
            yield [
                Line(f"{name}: {found.kind}, country / state", found.ratio, 2, found.detail),
                Line(
                    f"{name}: {found.kind}, kB on the wire", found.wire, 300, f"{found.sent:.0f} kB unpacked"
                ),
            ]
        yield [
            Line("MB of the country's process", memory.megabytes(process), 800, ""),
            Line("MB of the state's process", memory.megabytes(other), 400, ""),
        ]


def main() -> int:
    """Measure and print each line with its bound."""
    lines = told(questions(declarations.read_config(BRAZIL).processed))
    for found in clicks():
        lines += told(found)
    lines += told(memory.rebuilds(800, BRAZIL))
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
