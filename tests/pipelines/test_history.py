"""What a build takes over from the one before it, whatever state that is in; and no day of the future."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import build, declarations, history
from pipelines.__main__ import main
from pipelines.declarations import Config, DeclarationError
from pipelines.schema import arrow
from tests.conftest import AS_OF

TODAY = AS_OF + dt.timedelta(days=3)
TABLES = (history.HISTORY, *history.BASE)


def flip(day: dt.date) -> dict[str, object]:
    return {
        "plan": "plano", "plan_version": 1, "municipality_code": "5000203", "indicator": "idhm", "judged_at": day,
        "status": "on_track", "reason_of_change": "new_data",
    }  # fmt: skip


@pytest.fixture
def old(config: Config, tmp_path: Path) -> Config:
    """Tables of a build whose history tells of one change and of one that no day has seen yet."""
    found = replace(config, data=tmp_path / "data")
    shutil.copytree(config.processed, found.processed)
    (found.data / "raw").symlink_to(config.raw)
    # As if built on the day itself: to judge a day that has passed is to look back.
    manifest = json.loads((found.processed / "build.json").read_text("utf-8"))
    (found.processed / "build.json").write_text(json.dumps(manifest | {"looks_back": False}), "utf-8")
    rows = [flip(AS_OF), flip(dt.date(2062, 11, 26))]
    table = pa.Table.from_pylist(rows, schema=arrow(history.HISTORY))
    pq.write_table(table, found.processed / f"{history.HISTORY}.parquet")
    return found


def read(config: Config, today: dt.date = TODAY) -> tuple[history.Previous, list[str]]:
    found, faults = history.read(
        config.processed, config.data, today, today, {("outro", 1, "5002704", "agua_atendimento"): "no_data"}
    )
    return found, [f"{fault.file}: {fault.reason}" for fault in faults]


def test_changes_of_the_future_are_set_aside_and_the_others_stay(old: Config) -> None:
    written = (old.processed / f"{history.HISTORY}.parquet").read_bytes()
    found, [told] = read(old)
    assert [row["judged_at"] for row in found.flips] == [AS_OF]
    assert found.base is not None and found.base.as_of == AS_OF
    assert "1 mudança(s) de situação tinham data que ainda não chegou (até 2062-11-26)" in told
    [kept] = (old.data / history.SET_ASIDE).iterdir()
    assert f"data/set-aside/{kept.name}" in told and kept.read_bytes() == written


def test_nothing_is_compared_with_a_build_of_the_future(old: Config) -> None:
    found, told = read(old, AS_OF - dt.timedelta(days=1))
    assert found.base is None and found.flips == []
    assert any("que ainda não chegou; as situações de agora não se comparam" in text for text in told)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda data: data[: len(data) // 2],
    "garbage": lambda _: b"\x00\xffPAR1" * 300,
    "other": lambda _: b'{"as_of": 3}',
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", ["build.json", *(f"{table}.parquet" for table in TABLES)])
def test_a_damaged_file_is_kept_told_and_done_without(old: Config, name: str, how: str) -> None:
    path = old.processed / name
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    found, told = read(old)
    [line] = [text for text in told if text.startswith(f"processed/{name}: ") and "danificado" in text]
    kept = line.split("guardado em data/")[1].split(";")[0].rstrip(".")
    assert (old.data / kept).read_bytes() == path.read_bytes()
    if name == "build.json":
        assert build.read_manifest(old) is None and found.base is not None
    elif name == f"{history.HISTORY}.parquet":
        assert found.flips == [] and found.base is not None
    else:
        assert [row["judged_at"] for row in found.flips] == [AS_OF] and found.base is None


def test_a_table_of_another_form_is_taken_for_damaged(old: Config) -> None:
    pq.write_table(pa.table({"plan": [1]}), old.processed / f"{history.HISTORY}.parquet")
    pq.write_table(pa.table({"indicator": [1.5], "value": ["x"]}), old.processed / "values.parquet")
    (old.processed / "targets.parquet").unlink()
    found, told = read(old)
    assert (found.flips, found.base) == ([], None)
    assert any(
        text.startswith("processed/targets.parquet: Falta entre as tabelas anteriores") for text in told
    )
    assert len(list((old.data / history.SET_ASIDE).iterdir())) == 2


def test_a_build_goes_on_over_a_past_of_which_nothing_can_be_read(
    old: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("build.json", *(f"{table}.parquet" for table in TABLES)):
        (old.processed / name).write_bytes(b"PAR1 no more")
    monkeypatch.setattr(declarations, "read_config", lambda: old)
    monkeypatch.setattr(declarations, "STATIC", tmp_path / "static")
    assert main(["build", "--if-needed"]) == 0
    said = capsys.readouterr()
    assert "processed/verdict_history.parquet: O arquivo estava danificado e foi guardado em" in said.out
    assert "Traceback" not in said.err
    manifest = build.read_manifest(old)
    assert manifest is not None and manifest["as_of"] == old.today().isoformat()


def test_a_day_that_has_not_come_is_refused_and_nothing_is_recorded(
    old: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in old.processed.iterdir()}
    monkeypatch.setattr(declarations, "read_config", lambda: old)
    tomorrow = old.today() + dt.timedelta(days=1)
    for day in ("2062-11-26", tomorrow.isoformat()):
        assert main(["build", "--as-of", day]) == 1
        said = capsys.readouterr().err
        assert f"{day} ainda não chegou: hoje é {old.today().isoformat()} (America/Campo_Grande)" in said
        assert "As tabelas anteriores continuam em uso, construídas em" in said
    assert {path.name: path.read_bytes() for path in old.processed.iterdir()} == before


def test_the_daily_build_does_not_stop_at_tables_of_a_given_date(config: Config) -> None:
    # A server that starts over them leaves them; the daily command asks for today.
    assert build.is_current(config) and build.is_current(config, AS_OF)
    assert not build.is_current(config, AS_OF + dt.timedelta(days=1))


def test_a_look_back_is_no_day_of_the_history(old: Config, tmp_path: Path) -> None:
    back = tmp_path / "back"
    back.mkdir()
    history.carry(old.processed, back, dt.date(2024, 1, 1), TODAY)
    for name in ("build.json", *(f"{table}.parquet" for table in TABLES)):
        shutil.copy(old.processed / name, back)
    (back / "build.json").write_text('{"as_of": "2024-01-01"}', "utf-8")
    found, _ = history.read(back, old.data, TODAY, TODAY, {})
    assert found.base is not None and found.base.as_of == AS_OF
    # Another look back carries it on; a build of a later day is the next to be compared with.
    further, onward = tmp_path / "further", tmp_path / "onward"
    for folder, day in ((further, dt.date(2023, 1, 1)), (onward, TODAY)):
        folder.mkdir()
        history.carry(back, folder, day, TODAY)
    assert (further / history.BEFORE / "verdicts.parquet").exists()
    assert list(onward.iterdir()) == []


def test_today_is_the_territorys(config: Config, tmp_path: Path) -> None:
    def in_zone(name: str) -> Config:
        return replace(config, territory=replace(config.territory, timezone=name))

    # These two never share a date, whatever clock the server keeps.
    assert in_zone("Pacific/Kiritimati").today() > in_zone("Pacific/Pago_Pago").today()
    text = config.file.read_text("utf-8")
    for wrong, told in (
        (None, "timezone"),
        ("Mato Grosso", "não é um fuso horário"),
        ("../x", "fuso"),
        ("", "fuso"),
    ):
        line = "" if wrong is None else f'timezone = "{wrong}"'
        (tmp_path / "farol.toml").write_text(
            "\n".join(line if part.startswith("timezone") else part for part in text.split("\n")), "utf-8"
        )
        with pytest.raises(DeclarationError, match=told):
            declarations.read_config(tmp_path / "farol.toml")


def test_bulletins_and_pages_end_at_the_date_of_judging(old: Config) -> None:
    from dashboard.findings import targets
    from dashboard.tables import Tables

    with duckdb.connect() as con:
        plan, version = con.execute(
            "select plan, plan_version from read_parquet(?) where origin = 'official' limit 1",
            [str(old.processed / "plans.parquet")],
        ).fetchall()[0]
    rows = [flip(day) | {"plan": plan, "plan_version": version} for day in (AS_OF, TODAY)]
    table = pa.Table.from_pylist(rows, schema=arrow(history.HISTORY))
    pq.write_table(table, old.processed / f"{history.HISTORY}.parquet")
    data = Tables(old.processed)
    assert data.flips("2020-01-01")["judged_at"].dt.date.tolist() == [AS_OF]
    assert targets.new_data(data, dt.date(2000, 1, 1), AS_OF)
    assert targets.new_data(data, dt.date(2000, 1, 1), dt.date(2001, 1, 1)) == []
