"""What of a query goes over to Spark, and that everything else is refused with its line before a record is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.declarations import DeclarationError
from pipelines.microdata import declaring

# Of the optional extra, like what it tests: `make test-spark`.
pytestmark = pytest.mark.spark
FILE = Path("pipelines/microdata/x.sql")


def carried(text: str) -> str:
    from pipelines.microdata import carrying

    return carrying.carried(text, FILE)


@pytest.mark.parametrize("name", declaring.names())
def test_every_query_of_the_house_goes_over(name: str) -> None:
    asked = declaring.declared(name)
    assert "RLIKE" in carried(asked.query)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("select strptime(a, '%d%m%Y') from records", "'strtotime'"),
        ("select list_sum([1]) from records", "'list_sum'"),
        ("select a // 2 from records", "'intdiv'"),
        ("select a / b from records", "essa divisão"),
        ("select count(*) / nullif(count(a), 0) from records", "essa divisão"),
        ("select cast(a as integer) from records", "esse cast"),
        ("select a::double from records", "esse cast"),
        ("select try_cast(a as integer) from records", "esse try_cast"),
        (
            "select try_cast(case when regexp_matches(a, '^[0-9]$') then a end as time) from records",
            "esse try_cast",
        ),
        ("select regexp_matches(a, '[0-9]') from records", "essa expressão regular"),
        (r"select regexp_matches(a, '^\d$') from records", "essa expressão regular"),
        ("select concat(a, b) from records", "'concat'"),
        ("select 1.5 from records", "o número 1.5"),
        ("select a, count(*) from records group by all", "'group by all'"),
        ("select a from records qualify row_number() over () = 1", "'qualify'"),
        ("select a from records join codes using (published)", "esse join"),
        ("select a from records asof join codes on a >= b", "esse join"),
        ("select a from records union all by name select b from codes", "'union by name'"),
        ("select a from records order by a", "'order"),
        ("select a from records limit 1", "'limit'"),
        ("select distinct a from records", "'distinct'"),
        ("select * exclude (a) from records", "essa lista de colunas"),
        ("select count(distinct a) from records", "'distinct'"),
        ("select a from records union all select a from records", "ler records mais de uma vez"),
        ("select a from records where (select 1 from", "a consulta"),
    ],
)
def test_what_would_not_mean_the_same_is_refused_with_file_and_line(line: str, what: str) -> None:
    with pytest.raises(DeclarationError) as told:
        carried(f"-- One.\n\n{line}")
    said = str(told.value)
    assert what in said
    assert said.startswith("pipelines/microdata/x.sql, linha 3: ") or what == "ler records mais de uma vez", (
        said
    )
