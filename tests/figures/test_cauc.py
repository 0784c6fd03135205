"""The items of Cauc: each under its name, with its own date, and read at the day of judging."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from pipelines import declarations
from pipelines.gathering import read_measures
from pipelines.observations import read_observations
from pipelines.plan_files import target_of
from pipelines.verdicts import Grounds, Item, Verdict, judge

INDICATOR = "cauc_pendencias"
CAMPO_GRANDE, ELDORADO, PARAISO_DAS_AGUAS, AGUA_CLARA = "5002704", "5003751", "5006275", "5000203"
PICTURE, LATER = dt.date(2026, 8, 21), dt.date(2026, 11, 26)


def items_of(built: duckdb.DuckDBPyConnection, code: str) -> list[Item]:
    rows = built.execute(
        "select item, state, valid_until from items where municipality_code = ? order by all", [code]
    ).fetchall()
    return [Item(*row) for row in rows]


def read_at(
    built: duckdb.DuckDBPyConnection, code: str, as_of: dt.date, next_meeting: dt.date | None = None
) -> Verdict:
    """The commitment of no pending item, of one municipality, judged at a day on the real picture."""
    target = target_of(
        read_measures(built)[INDICATOR],
        plan="cauc_sem_pendencias", plan_version=1, front="", challenge="", kind="limit", operator="=",
        legal_basis="", municipality_code=code, baseline_year=None, baseline_value=None, target_year=None,
        target_value=0.0, alert_value=None, prudential_value=None, target_categories=(), milestones={},
    )  # fmt: skip
    seen = read_observations(built, as_of, [INDICATOR])[INDICATOR, code]
    return judge(target, seen, as_of, Grounds(items=items_of(built, code), next_meeting=next_meeting))


def test_every_item_has_its_name_and_one_of_three_states(built: duckdb.DuckDBPyConnection) -> None:
    states = dict(built.execute("select state, count(*) from items group by all").fetchall())
    # 28 items of 79 municipalities; the FGTS item was switched off for everybody on that day.
    assert states == {"in_force": 2084, "pending": 49, "unchecked": 79}
    off = built.execute("select distinct item from items where state = 'unchecked'").fetchall()
    assert off == [("1.3 Regularidade quanto a Contribuições para o FGTS",)]
    titles = {column.title for column in declarations.sources()["stn_cauc"].columns}
    names = {row[0] for row in built.execute("select distinct item from items").fetchall()}
    assert names == titles
    assert len(names) == 28


def test_only_items_in_force_have_a_date_and_none_is_older_than_the_picture(
    built: duckdb.DuckDBPyConnection,
) -> None:
    dated = built.execute(
        "select state, count(valid_until), min(valid_until) from items group by all order by all"
    ).fetchall()
    assert dated == [("in_force", 2084, PICTURE), ("pending", 0, None), ("unchecked", 0, None)]


def test_the_number_of_pending_items_is_the_value(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        """select value from "values" v where indicator = ? and value != (select count(*) from items i
            where i.municipality_code = v.municipality_code and i.period = v.period and state = 'pending')""",
        [INDICATOR],
    ).fetchall()
    assert rows == []


@pytest.mark.parametrize(
    ("code", "then", "now", "pending", "expired"),
    [
        # Counted by hand in the file: 8 or 9 items of the picture's own day, the RREO until 30/09, the MSC until 31/08.
        (AGUA_CLARA, "within", "no_data", 0, 14),
        # Its RGF, PPP and credit too ran until 30/09, its pension certificate until 14/11.
        (CAMPO_GRANDE, "within", "no_data", 0, 19),
        (PARAISO_DAS_AGUAS, "outside", "outside", 2, 14),
        (ELDORADO, "outside", "outside", 12, 8),
    ],
)
def test_readings_at_the_day_of_the_picture_and_three_months_later(
    built: duckdb.DuckDBPyConnection, code: str, then: str, now: str, pending: int, expired: int
) -> None:
    before, after = read_at(built, code, PICTURE), read_at(built, code, LATER)
    assert (before.status, after.status) == (then, now)
    told = "Nenhuma pendência" if not pending else f"{pending} pendências"
    assert before.reason.startswith(f"{told} em 21/08/2026")
    assert "desde então" not in before.reason
    assert after.reason.startswith(f"{told} em 21/08/2026")
    assert f"{expired} itens venceram desde então" in after.reason
    assert after.reason.endswith("não se sabe como está hoje.")


def test_pending_items_are_named(built: duckdb.DuckDBPyConnection) -> None:
    reason = read_at(built, PARAISO_DAS_AGUAS, PICTURE).reason
    assert reason == (
        "2 pendências em 21/08/2026: 1.5 Regularidade perante o Poder Público Federal; "
        "3.1.1 Publicação do Relatório de Gestão Fiscal."
    )


def test_items_that_expire_before_the_next_meeting_are_named(built: duckdb.DuckDBPyConnection) -> None:
    reason = read_at(built, CAMPO_GRANDE, PICTURE, dt.date(2026, 9, 30)).reason
    assert "Vence antes da próxima reunião: 1.2 Regularidade no pagamento de precatórios judiciais" in reason
    assert "3.4.1 Encaminhamento da Matriz de Saldos Contábeis Mensal (31/08/2026)" in reason
    # Its pension certificate ran until 14/11: after that meeting, before one in December.
    assert "4.2 Regularidade Previdenciária" not in reason
    later = read_at(built, CAMPO_GRANDE, PICTURE, dt.date(2026, 12, 15)).reason
    assert "4.2 Regularidade Previdenciária (14/11/2026)" in later
    assert "1.1 Regularidade quanto a Tributos" not in later


def marks(mark: str) -> list[tuple[object, ...]]:
    """What the indicator's SQL makes of a picture in which one item has a given mark."""
    query = (declarations.HERE / "indicators" / f"{INDICATOR}.sql").read_text("utf-8")
    numbers = [column.name.replace(".", "_") for column in declarations.sources()["stn_cauc"].columns]
    with duckdb.connect() as con:
        con.execute("create schema source")
        cells = ", ".join(
            f"{'?' if number == '4_2' else repr('30/01/27')} as item_{number}" for number in numbers
        )
        con.execute(
            f"create table source.stn_cauc as select '5000203' as municipality_code, date '2026-08-21' as period, {cells}",
            [mark],
        )
        return con.execute(
            f"""select value, flag, list_filter(items, lambda item: starts_with(item.name, '4.2 '))[1].state,
            list_filter(items, lambda item: starts_with(item.name, '4.2 '))[1].valid_until from ({query})"""
        ).fetchall()


@pytest.mark.parametrize(
    ("mark", "read"),
    [
        ("!", (1, None, "pending", None)),
        ("Desabilitado", (0, None, "unchecked", None)),
        ("05/01/27", (0, None, "in_force", dt.date(2027, 1, 5))),
        ("05/01/2027", (0, None, "in_force", dt.date(2027, 1, 5))),
        # Older than its own picture: its last day in force is past, and the judge says that nobody knows.
        ("20/08/26", (0, None, "in_force", dt.date(2026, 8, 20))),
        ("31/02/27", (None, "31/02/27", None, None)),
        ("Em análise", (None, "Em análise", None, None)),
    ],
)
def test_a_mark_is_read_as_it_stands_or_refused(mark: str, read: tuple[object, ...]) -> None:
    assert marks(mark) == [read]
