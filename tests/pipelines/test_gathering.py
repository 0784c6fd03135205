from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import build, declarations, gathering, plan_files
from pipelines import schema as table_schema
from pipelines.declarations import Config, DeclarationError
from pipelines.observations import read_observations
from pipelines.panel import grounds_of_tables
from pipelines.plan_files import Measure, PlanFile, of_source, write_plan
from pipelines.verdicts import Observation, Target, Verdict, judge

AS_OF = dt.date(2026, 11, 22)
# What the judging makes; `reach` is made after it, from the trajectories of all municipalities.
JUDGED = [table for table in table_schema.GATHERED if table != "reach"]
PLACES = {"5000001": "Alfa", "5000002": "Beta", "5000003": "Gama"}
SHARE = Measure("parte", "Parte atendida", "Saúde", "%", 1, "higher", "number", (), 0, 100, 100, None)
GRADE = Measure(
    "nota", "Nota", "Finanças", "nota", 0, "lower", "category", ("A+", "A", "B", "C"), 1, 4, 1, None
)

COMMITMENT = """
title = "Compromisso de teste"
origin = "official"
challenge = "Atender a todos"
front = "Saúde"
indicators = ["parte"]
kind = "goal"
operator = ">="
legal_basis = "Lei 1/2020, art. 1º"
valid_from = 2020-01-01
note = "Nota."
"""
GOALS = """
select municipality_code, 'parte' as indicator, 2020 as baseline_year, 40 as baseline_value,
    2030 as target_year, 80.0 as target_value, map {2024: 50.0, 2025: null} as milestones
from municipalities
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A small database as a build leaves it before judging: three municipalities, two indicators."""
    with duckdb.connect() as found:
        found.execute("create schema source")
        found.execute(f"create table rejected ({table_schema.ddl('rejected')})")
        found.execute("create table municipalities (municipality_code varchar, name varchar)")
        found.executemany("insert into municipalities values (?, ?)", list(PLACES.items()))
        for table in ("indicators", "values"):
            found.execute(f'create table "{table}" ({table_schema.ddl(table)})')
        for facts in (SHARE, GRADE):
            found.execute(
                "insert into indicators by name select ? as indicator, ? as title, ? as front, ? as unit, "
                "? as decimals, ? as better, ? as kind, ?::varchar[] as categories, ? as range_low, "
                "? as range_high, ? as multiplier",
                [
                    facts.indicator, facts.title, facts.front, facts.unit, facts.decimals, facts.better, facts.kind,
                    list(facts.categories), *facts.range, facts.multiplier,
                ],
            )  # fmt: skip
        observe(found, "5000001", 2020, 40.0)
        observe(found, "5000001", 2024, 55.0)
        observe(found, "5000002", 2020, 40.0)
        observe(found, "5000002", 2024, 30.0)
        yield found


def observe(con: duckdb.DuckDBPyConnection, code: str, year: int, value: float | None, **given: Any) -> None:
    con.execute(
        """insert into "values" by name select ? as indicator, ? as municipality_code, ?::date as period,
        ?::integer as year, ? as value, ? as numerator, ? as denominator, ? as flag, ? as break_before""",
        [
            given.get("indicator", "parte"), code, given.get("period", dt.date(year, 12, 31)), year, value,
            given.get("numerator"), given.get("denominator"), given.get("flag"),
            given.get("break_before", False),
        ],
    )  # fmt: skip


@pytest.fixture
def official(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of commitments with one in it, in the place of the repository's."""
    folder = tmp_path / "commitments"
    folder.mkdir()
    (folder / "teste.toml").write_text(COMMITMENT, "utf-8")
    (folder / "teste.sql").write_text(GOALS, "utf-8")
    monkeypatch.setattr(gathering, "PLANS", folder)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Config:
    """A configuration whose raw folder is empty."""
    (tmp_path / "data" / "raw" / "plans").mkdir(parents=True)
    return replace(declarations.read_config(), data=tmp_path / "data")


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def save(con: duckdb.DuckDBPyConnection, folder: Path, as_of: dt.date = AS_OF) -> Path:
    """Write the tables as a build does, as the previous build of the next one."""
    folder.mkdir(exist_ok=True)
    for table in (*JUDGED, "values", "indicators"):
        con.execute(f"copy \"{table}\" to '{(folder / table).as_posix()}.parquet'")
    (folder / "build.json").write_text(json.dumps({"as_of": as_of.isoformat()}), "utf-8")
    return folder


def municipal(**given: Any) -> PlanFile:
    target = plan_files.target_of(
        SHARE, plan="plano-alfa", plan_version=1, municipality_code="5000001", front="Saúde",
        challenge="Atender", kind="goal", operator=">=", baseline_year=2020, baseline_value=40.0,
        target_year=2028, target_value=60.0,
    )  # fmt: skip
    item = plan_files.Deliverable(
        "E1",
        "parte",
        "Atender",
        "Ampliar",
        "Rede pronta",
        None,
        None,
        dt.date(2026, 5, 1),
        "to_do",
        None,
        None,
    )
    start: dict[str, Any] = {
        "plan": "plano-alfa", "plan_version": 1, "title": "Plano de Alfa", "origin": "municipal",
        "municipality_code": "5000001", "valid_from": dt.date(2026, 1, 1), "legal_basis": None,
        "responsible": None, "targets": (target,), "deliverables": (item,),
    }  # fmt: skip
    return PlanFile(**{**start, **given})


def drop(place: Config, name: str, plan: PlanFile) -> Path:
    path = place.raw / "plans" / name
    write_plan(path, plan, PLACES, {"parte": SHARE, "nota": GRADE})
    return path


def test_tables_have_the_columns_of_the_contract(
    con: duckdb.DuckDBPyConnection, official: Path, place: Config
) -> None:
    gathering.judge_plans(con, place, AS_OF, None)
    for table in JUDGED:
        schema = table_schema.arrow(table)
        found = [row[0] for row in con.execute(f"describe {table}").fetchall()]
        assert found == schema.names
    assert table_schema.arrow("verdicts").names == [item.name for item in fields(Verdict)]
    columns = [item.name for item in fields(Target)]
    assert table_schema.arrow("targets").names == columns[: columns.index("better")]


def test_commitments_are_judged(con: duckdb.DuckDBPyConnection, official: Path, place: Config) -> None:
    gathering.judge_plans(con, place, AS_OF, None)
    assert rows(con, "select plan, plan_version, origin, valid_from, superseded_by, file from plans") == [
        ("teste", 1, "official", dt.date(2020, 1, 1), None, "teste.toml")
    ]
    assert rows(con, "select municipality_code, status, expected_value from verdicts order by all") == [
        ("5000001", "on_track", 50.0),
        ("5000002", "worsening", 50.0),
        ("5000003", "no_data", None),
    ]
    # A step without a value is no step.
    assert rows(con, "select distinct year, value from milestones") == [(2024, 50.0)]
    assert rows(con, "select count(*) from verdict_history") == [(0,)]


def test_a_state_that_a_source_does_not_bring_is_left_out_and_said(
    con: duckdb.DuckDBPyConnection, official: Path, place: Config
) -> None:
    """Whoever lacks what others of the state have is judged as without data; of whom nobody has any, nothing is read."""
    con.execute("insert into municipalities values ('5100001', 'Delta'), ('5100002', 'Épsilon')")
    gathering.judge_plans(con, place, AS_OF, None)
    judged = dict(con.execute("select municipality_code, status from verdicts").fetchall())
    assert set(judged) == set(PLACES) and judged["5000003"] == "no_data"
    said = con.execute('select file, "column", reason from rejected').fetchall()
    assert said == [
        (
            "teste.sql",
            "parte",
            "A fonte não traz nenhum dado de “Parte atendida” em MT: as metas dos 2 municípios ficaram de fora. "
            "Confira se a fonte tem edição nacional.",
        )
    ]


def test_a_commitment_without_any_figure_in_the_territory_is_left_out_and_said(
    con: duckdb.DuckDBPyConnection, official: Path, place: Config
) -> None:
    con.execute('delete from "values"')
    gathering.judge_plans(con, place, AS_OF, None)
    for table in ("plans", "targets", "verdicts"):
        assert con.execute(f"select count(*) from {table}").fetchall() == [(0,)]
    [(reason,)] = con.execute("select reason from rejected").fetchall()
    assert "em MS: as metas dos 3 municípios ficaram de fora" in reason


def test_latest_period_of_a_year_with_a_value(con: duckdb.DuckDBPyConnection) -> None:
    for month, value in ((4, 10.0), (8, 20.0), (11, None), (12, 99.0)):
        observe(con, "5000003", 2026, value, period=dt.date(2026, month, 28), break_before=month == 4)
    series = read_observations(con, AS_OF, ["parte"])
    [found] = [one for one in series["parte", "5000003"] if one.year == 2026]
    # December lies after the date of judging, November has no value; the break of April counts for the year.
    assert found == Observation(2026, 20.0, None, None, None, True)


def test_only_the_series_that_are_asked_for_are_read(con: duckdb.DuckDBPyConnection) -> None:
    observe(con, "5000003", 2025, 20.0)
    whole = read_observations(con, AS_OF, ["parte"])
    asked = ("parte", "5000003")
    assert asked in whole and len(whole) > 1
    assert read_observations(con, AS_OF, ["parte"], {asked, ("parte", "9999999")}) == {asked: whole[asked]}


def test_faulty_plan_is_left_out_whole_and_others_arrive(
    con: duckdb.DuckDBPyConnection, official: Path, place: Config
) -> None:
    drop(place, "bom.xlsx", municipal())
    bad = municipal(plan="plano-beta", municipality_code="5000002", deliverables=())
    drop(place, "ruim", replace(bad, targets=(replace(bad.targets[0], target_year=2019, challenge=None),)))
    (place.raw / "plans" / "velho.xls").write_bytes(b"x")
    (place.raw / "plans" / "~$bom.xlsx").write_bytes(b"lock")
    (place.raw / "plans" / "sumiu.xlsx").symlink_to("nada.xlsx")
    gathering.judge_plans(con, place, AS_OF, None)
    assert rows(con, "select plan, origin from plans order by plan") == [
        ("plano-alfa", "municipal"), ("teste", "official")
    ]  # fmt: skip
    assert rows(con, "select plan, status from verdicts where plan = 'plano-alfa'") == [
        ("plano-alfa", "on_track")
    ]
    assert rows(con, "select deliverable_id, challenge, due from deliverables") == [
        ("E1", "Atender", dt.date(2026, 5, 1))
    ]
    found = rows(con, 'select source, file, line, "column" from rejected order by all')
    assert found == [
        ("plans", "plans/ruim", 2, "Ano da meta"),
        ("plans", "plans/ruim", 2, "Desafio"),
        ("plans", "plans/sumiu.xlsx", None, None),
        ("plans", "plans/velho.xls", None, None),
    ]


def test_a_new_version_supersedes_and_both_stay(
    con: duckdb.DuckDBPyConnection, official: Path, place: Config
) -> None:
    first = municipal()
    drop(place, "v1.xlsx", first)
    drop(place, "v2.xlsx", replace(first, plan_version=2, valid_from=dt.date(2026, 6, 1)))
    gathering.judge_plans(con, place, AS_OF, None)
    found = rows(con, "select plan_version, superseded_by from plans where origin = 'municipal' order by all")
    assert found == [(1, 2), (2, None)]
    assert rows(con, "select count(*) from verdicts where plan = 'plano-alfa'") == [(2,)]


@pytest.mark.parametrize(
    ("as_of", "plans", "judged"),
    [
        (AS_OF, [(1, None), (2, None)], [1]),
        (dt.date(2027, 6, 1), [(1, 2), (2, None)], [1, 2]),
        (dt.date(2025, 12, 31), [(1, None), (2, None)], []),
    ],
)
def test_a_version_supersedes_from_its_first_day(
    con: duckdb.DuckDBPyConnection,
    official: Path,
    place: Config,
    as_of: dt.date,
    plans: list[tuple[int, int | None]],
    judged: list[int],
) -> None:
    first = municipal()
    drop(place, "v1.xlsx", first)
    drop(place, "v2.xlsx", replace(first, plan_version=2, valid_from=dt.date(2027, 6, 1)))
    gathering.judge_plans(con, place, as_of, None)
    own = "origin = 'municipal'"
    assert rows(con, f"select plan_version, superseded_by from plans where {own} order by all") == plans
    found = rows(con, "select plan_version from verdicts where plan = 'plano-alfa' order by all")
    assert found == [(version,) for version in judged]
    # What is to come keeps its targets in the tables all the same.
    assert rows(con, "select count(*) from targets where plan = 'plano-alfa'") == [(2,)]


def test_clashing_plans_are_refused(con: duckdb.DuckDBPyConnection, official: Path, place: Config) -> None:
    first = municipal()
    drop(place, "a.xlsx", first)
    drop(place, "b.xlsx", first)
    drop(place, "c.xlsx", municipal(plan="teste"))
    drop(place, "d.xlsx", municipal(plan_version=2, municipality_code="5000002"))
    gathering.judge_plans(con, place, AS_OF, None)
    reasons = dict(rows(con, "select file, reason from rejected"))
    assert set(reasons) == {"plans/b.xlsx", "plans/c.xlsx", "plans/d.xlsx"}
    assert "já está em a.xlsx" in reasons["plans/b.xlsx"]
    assert "compromisso oficial" in reasons["plans/c.xlsx"]
    assert "Alfa" in reasons["plans/d.xlsx"]


class TestCommitmentFaults:
    def failing(self, con: duckdb.DuckDBPyConnection, place: Config) -> str:
        with pytest.raises(DeclarationError) as caught:
            gathering.judge_plans(con, place, AS_OF, None)
        return str(caught.value)

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ('kind = "goal"', 'kind = "wish"', "wish"),
            ('operator = ">="', 'operator = "!="', "!="),
            ('origin = "official"', 'origin = "municipal"', "origin"),
            ('title = "Compromisso de teste"', "", "title"),
            ('note = "Nota."', 'nota = "x"', "nota"),
            ('indicators = ["parte"]', 'indicators = ["nada"]', "nada"),
            ('indicators = ["parte"]', 'indicators = "parte"', "indicators precisa ser uma lista"),
            ('indicators = ["parte"]', "indicators = [1]", "indicators precisa ser uma lista"),
            ('indicators = ["parte"]', "indicators = []", "indicators está vazia"),
            ('note = "Nota."', "note = 3", "note precisa ser um texto entre aspas"),
            ('note = "Nota."', 'note = "Nota."\nversion = true', "version precisa ser um número inteiro"),
            ("valid_from = 2020-01-01", 'valid_from = "2020"', "valid_from precisa ser uma data"),
            ('note = "Nota."', 'note = "Nota."\nplan = "outro"', "plan"),
        ],
    )
    def test_toml(
        self, con: duckdb.DuckDBPyConnection, official: Path, place: Config, old: str, new: str, named: str
    ) -> None:
        (official / "teste.toml").write_text(COMMITMENT.replace(old, new), "utf-8")
        message = self.failing(con, place)
        assert "teste.toml" in message
        assert named in message

    @pytest.mark.parametrize(
        ("query", "named"),
        [
            ("select 1 as municipality_code", "indicator"),
            ("select '5000001' as municipality_code, 'parte' as indicator, 1 as tgt", "tgt"),
            ("select '5000001' as municipality_code, 'nota' as indicator", "nota"),
            (f"{GOALS} union all {GOALS}", "duas vezes"),
            ("select nothing from municipalities", "teste.sql"),
            ("select * from source.nothing_declared", "teste.sql"),
        ],
    )
    def test_sql(
        self, con: duckdb.DuckDBPyConnection, official: Path, place: Config, query: str, named: str
    ) -> None:
        (official / "teste.sql").write_text(query, "utf-8")
        assert named in self.failing(con, place)

    def test_a_file_alone(self, con: duckdb.DuckDBPyConnection, official: Path, place: Config) -> None:
        (official / "teste.sql").unlink()
        assert "teste" in self.failing(con, place)

    def test_a_refused_source_leaves_its_commitment_out(
        self, con: duckdb.DuckDBPyConnection, official: Path, place: Config
    ) -> None:
        (official / "teste.sql").write_text("select * from source.snis", "utf-8")
        gathering.judge_plans(con, place, AS_OF, None)
        assert rows(con, "select count(*) from plans") == [(0,)]
        [(file, reason)] = rows(con, "select file, reason from rejected")
        assert file == "teste.sql"
        assert "snis" in reason


class TestHistory:
    def judged(
        self, con: duckdb.DuckDBPyConnection, place: Config, as_of: dt.date, previous: Path | None
    ) -> list[tuple[Any, ...]]:
        gathering.judge_plans(con, place, as_of, previous)
        return rows(
            con,
            "select plan, plan_version, municipality_code, judged_at, status, reason_of_change "
            "from verdict_history order by all",
        )

    later = dt.date(2026, 12, 15)

    @pytest.fixture
    def before(self, con: duckdb.DuckDBPyConnection, official: Path, place: Config, tmp_path: Path) -> Path:
        assert self.judged(con, place, AS_OF, None) == []
        return save(con, tmp_path / "before")

    def test_nothing_changed(self, con: duckdb.DuckDBPyConnection, place: Config, before: Path) -> None:
        assert self.judged(con, place, self.later, before) == []

    def test_revised_value(self, con: duckdb.DuckDBPyConnection, place: Config, before: Path) -> None:
        con.execute("""update "values" set value = 41 where municipality_code = '5000001' and year = 2024""")
        assert self.judged(con, place, self.later, before) == [
            ("teste", 1, "5000001", self.later, "off_track", "revised_data")
        ]

    def test_new_value(self, con: duckdb.DuckDBPyConnection, place: Config, before: Path) -> None:
        observe(con, "5000001", 2025, 90.0)
        observe(con, "5000002", 2025, 31.0)
        assert self.judged(con, place, self.later, before) == [
            ("teste", 1, "5000001", self.later, "achieved", "new_data")
        ]

    def test_revised_target(
        self, con: duckdb.DuckDBPyConnection, place: Config, before: Path, official: Path
    ) -> None:
        (official / "teste.sql").write_text(GOALS.replace("80.0", "55.0"), "utf-8")
        assert self.judged(con, place, self.later, before) == [
            ("teste", 1, "5000001", self.later, "achieved", "target_revised")
        ]

    def test_new_version_of_a_plan(
        self, con: duckdb.DuckDBPyConnection, place: Config, official: Path, tmp_path: Path
    ) -> None:
        first = municipal()
        drop(place, "v1.xlsx", first)
        self.judged(con, place, AS_OF, None)
        before = save(con, tmp_path / "before")
        harder = replace(first.targets[0], plan_version=2, target_value=99.0)
        drop(place, "v2.xlsx", replace(first, plan_version=2, targets=(harder,)))
        assert self.judged(con, place, self.later, before) == [
            ("plano-alfa", 2, "5000001", self.later, "off_track", "target_revised")
        ]

    def test_method_break(self, con: duckdb.DuckDBPyConnection, place: Config, before: Path) -> None:
        con.execute("""update "values" set break_before = true where year = 2024""")
        found = self.judged(con, place, self.later, before)
        assert {row[4:] for row in found} == {("not_judged", "method_changed")}

    def test_direction_turned(self, con: duckdb.DuckDBPyConnection, place: Config, before: Path) -> None:
        con.execute("update indicators set better = 'lower' where indicator = 'parte'")
        found = self.judged(con, place, self.later, before)
        assert {row[5] for row in found} == {"method_changed"}

    def test_deadline_passed(self, con: duckdb.DuckDBPyConnection, place: Config, before: Path) -> None:
        after = dt.date(2031, 1, 1)
        assert self.judged(con, place, after, before) == [
            ("teste", 1, "5000001", after, "missed", "deadline_passed"),
            ("teste", 1, "5000002", after, "missed", "deadline_passed"),
        ]

    def test_history_is_carried_and_reproducible(
        self, con: duckdb.DuckDBPyConnection, place: Config, before: Path, tmp_path: Path
    ) -> None:
        observe(con, "5000001", 2025, 90.0)
        first = self.judged(con, place, self.later, before)
        assert self.judged(con, place, self.later, before) == first
        again = save(con, tmp_path / "again", self.later)
        assert self.judged(con, place, dt.date(2027, 1, 5), again) == first
        # Judged as of a date before the previous build, nothing is compared and nothing is lost.
        assert self.judged(con, place, dt.date(2024, 1, 1), again) == first

    def test_an_older_build_without_verdicts_is_no_history(
        self, con: duckdb.DuckDBPyConnection, place: Config, official: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "older").mkdir()
        assert self.judged(con, place, AS_OF, tmp_path / "older") == []


def test_five_thousand_municipalities_are_judged_in_seconds(
    con: duckdb.DuckDBPyConnection, official: Path, place: Config
) -> None:
    con.execute("insert into municipalities select (1000000 + i)::varchar, 'M' || i from range(5000) t(i)")
    con.execute(
        """insert into "values" by name
        select 'parte' as indicator, (1000000 + i)::varchar as municipality_code,
            make_date(year, 12, 31) as period, year, n / 2.0 as value, n as numerator, 200 as denominator
        from range(5000) t(i), range(2018, 2025) y(year), lateral (select (i * year) % 200 as n)"""
    )
    started = time.perf_counter()
    gathering.judge_plans(con, place, AS_OF, None)
    assert time.perf_counter() - started < 30
    assert rows(con, "select count(*) from verdicts") == [(5003,)]


class TestRealCommitments:
    """The repository's own plans over its own data."""

    def counts(self, built: duckdb.DuckDBPyConnection, plan: str) -> dict[str, int]:
        return dict(
            rows(built, f"select status, count(*) from verdicts where plan = '{plan}' group by status")
        )

    def test_literacy(self, built: duckdb.DuckDBPyConnection) -> None:
        # Nine stand on the wrong side of their baseline; of three alone a fall can be said.
        assert self.counts(built, "crianca_alfabetizada") == {
            "achieved": 15, "on_track": 47, "at_risk": 4, "off_track": 10, "worsening": 3
        }  # fmt: skip
        lost = rows(
            built,
            """select municipality_code, round(latest_value, 2) from verdicts
            where plan = 'crianca_alfabetizada' and status = 'worsening'
                and reason like '%estava além da meta%' order by 1""",
        )
        assert lost == [("5003454", 58)]
        # The two others that lost their target did so by as much as towns of their size swing.
        unsure = rows(
            built,
            """select municipality_code, status, strength from verdicts where plan = 'crianca_alfabetizada'
            and municipality_code in ('5005251', '5005681') order by 1""",
        )
        assert unsure == [("5005251", "off_track", "unclear"), ("5005681", "off_track", "unclear")]

    def test_literacy_of_the_capital_by_hand(self, built: duckdb.DuckDBPyConnection) -> None:
        [(baseline, target, expected)] = rows(
            built,
            """select t.baseline_value, t.target_value, m.value from targets t
            join milestones m using (plan, plan_version, municipality_code, indicator)
            where plan = 'crianca_alfabetizada' and municipality_code = '5002704' and year = 2025""",
        )
        assert (baseline, target) == (41.6, 80.0)
        [(status, pace, required)] = rows(
            built,
            """select status, pace, required_per_year from verdicts
            where plan = 'crianca_alfabetizada' and municipality_code = '5002704'""",
        )
        assert status == "on_track"
        assert pace == pytest.approx((64 - 41.6) / (expected - 41.6))
        assert required == pytest.approx((80 - 64) / 5)

    def test_sanitation_waits_for_the_edition_after_its_baseline(
        self, built: duckdb.DuckDBPyConnection
    ) -> None:
        assert self.counts(built, "marco_saneamento") == {"no_data": 158}
        assert rows(
            built,
            """select indicator, count(baseline_value), any_value(target_value) from targets
            where plan = 'marco_saneamento' and baseline_year = 2023 and target_year = 2033 group by all order by all""",
        ) == [("agua_atendimento_sinisa", 77, 99.0), ("esgoto_atendimento_sinisa", 65, 90.0)]

    def test_official_targets_that_one_copy_lacked_came_from_another(
        self, built: duckdb.DuckDBPyConnection
    ) -> None:
        [(milestones, targets)] = rows(
            built,
            """select (select count(*) from milestones where plan = 'ideb_anos_finais_2021'),
                (select count(target_value) from targets where plan = 'ideb_anos_finais_2021')""",
        )
        assert (milestones, targets) == (549, 79)

    def test_capag(self, built: duckdb.DuckDBPyConnection) -> None:
        assert self.counts(built, "capag_a_ou_b") == {"within": 47, "outside": 19, "no_data": 13}

    def test_ideb_is_judged_on_2021_and_shows_what_came_later(self, built: duckdb.DuckDBPyConnection) -> None:
        found = rows(
            built,
            "select distinct latest_year from verdicts where plan like 'ideb%' and latest_year is not null",
        )
        assert max(year for (year,) in found) == 2021
        later = rows(
            built,
            """select count(*) from verdicts
            where plan = 'ideb_anos_finais_2021' and status = 'missed'
                and reason like '%Depois do prazo%em 2025%'""",
        )
        assert later[0][0] > 50

    def test_every_municipality_has_its_commitments(self, built: duckdb.DuckDBPyConnection) -> None:
        [(municipalities,)] = rows(built, "select count(*) from municipalities")
        found = rows(
            built,
            "select plan, indicator, count(*) from targets join plans using (plan, plan_version) "
            "where origin = 'official' group by all",
        )
        assert len(found) >= 14
        assert {count for _, _, count in found} == {municipalities}

    def test_legal_basis_and_national_reference(self, built: duckdb.DuckDBPyConnection) -> None:
        found = rows(built, "select plan, title, legal_basis from plans where origin = 'official'")
        for plan, title, basis in found:
            assert "art." in basis or "meta" in basis or "Portaria" in basis, plan
            if "PNE), meta 11" in basis:
                assert "referência nacional" in title
                assert "referência nacional" in basis

    def test_anyone_can_recompute_the_verdicts_from_the_tables(
        self, built: duckdb.DuckDBPyConnection
    ) -> None:
        """The published tables alone, through the public function, give every published verdict again."""
        names = [item.name for item in fields(Target)]
        columns = names[: names.index("better")]
        given = rows(
            built,
            f"""select {", ".join("t." + name for name in columns)},
                i.better, i.multiplier, i.decimals, i.unit, i.categories, i.range_low, i.range_high
            from targets t join indicators i using (indicator)""",
        )
        steps: dict[tuple[Any, ...], dict[int, float]] = {}
        for *key, year, value in rows(
            built, "select plan, plan_version, municipality_code, indicator, year, value from milestones"
        ):
            steps.setdefault(tuple(key), {})[year] = value
        series: dict[tuple[str, str], list[Observation]] = {}
        for indicator, code, *seen in rows(
            built,
            """select indicator, municipality_code, year, value, numerator, denominator, flag, break_before, period
            from "values" where indicator in (select indicator from targets) order by period""",
        ):
            series.setdefault((indicator, code), []).append(Observation(*seen))
        published = {
            row[:4]: row
            for row in rows(built, f"select {', '.join(item.name for item in fields(Verdict))} from verdicts")
        }
        declared, sources = declarations.indicators(), declarations.sources()
        whose = {name: plan.steps_of for name, plan in declarations.commitments(gathering.PLANS).items()}
        for row in given:
            target = Target(
                **dict(
                    zip(
                        [
                            *columns,
                            "better",
                            "multiplier",
                            "decimals",
                            "unit",
                            "categories",
                            "range_low",
                            "range_high",
                        ],
                        row,
                        strict=True,
                    )
                ),
                interval=declared[row[3]].interval,
                window=declared[row[3]].window,
                cohort=declared[row[3]].cohort or "",
                meaningful=declared[row[3]].meaningful,
                share=declarations.PASSES in declared[row[3]].caveats,
                steps_of=whose.get(row[0], ""),
                milestones=steps.get(row[:4], {}),
            )
            target = of_source(target, sources[declared[row[3]].source])
            grounds = grounds_of_tables(built, target.indicator, target.municipality_code)
            seen = series[target.indicator, target.municipality_code]
            verdict = judge(target, seen, AS_OF, grounds)
            assert tuple(vars(verdict).values()) == published[row[:4]]
        assert len(given) == len(published)

    def test_the_demonstration_is_marked(self, built: duckdb.DuckDBPyConnection) -> None:
        assert rows(built, "select plan, plan_version from plans where origin = 'demonstration'") == [
            ("demonstracao", 1)
        ]


def test_one_changed_value_gives_one_flip(copied: Config) -> None:
    shutil.rmtree(copied.raw / "plans")
    build.build(copied)
    history = copied.processed / "verdict_history.parquet"
    with duckdb.connect() as con:
        assert rows(con, f"select count(*) from '{history}'") == [(0,)]
    path = copied.raw / "inep_alfabetizacao" / "values.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        if (line["municipality_code"], line["period"], line["network"]) == ("5002704", "2025", "Municipal"):
            line["taxa_alfabetizacao"] = "81.0"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    # A look back at a day that has passed sees the change and writes no history.
    build.build(copied, AS_OF)
    with duckdb.connect() as con:
        assert rows(con, f"select count(*) from '{history}'") == [(0,)]
    later = build.build(copied)["as_of"]
    with duckdb.connect() as con:
        found = rows(
            con,
            f"select plan, municipality_code, judged_at::varchar, status, reason_of_change from '{history}'",
        )
    assert found == [("crianca_alfabetizada", "5002704", later, "achieved", "revised_data")]
