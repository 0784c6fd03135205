from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from pipelines import declarations
from pipelines.declarations import ROOT
from programme import store
from programme.desk import Desk
from programme.events import Base
from programme.store import Store, StoreError, verified
from tests.programme.conftest import SERVER, Clock


def written(found: Store, *texts: str) -> None:
    with found.writing() as write:
        for said in texts:
            write.add("console", "notice.posted", f"notice:{said}", notice(said))


def notice(said: str) -> dict[str, object]:
    return {"text": said, "municipalities": [], "until": "2026-12-01"}


def test_nothing_is_changed_nor_deleted_nor_put_in_between(desk: Desk, address: str) -> None:
    written(desk.store, "um", "dois")
    before = desk.store.lines()
    engine = create_engine(address)
    columns = ", ".join(before[0])
    copied = "number, moment, actor, kind, subject, municipality_code, before, after, once, hash"
    tries = [
        "update events set actor = 'outro' where number = 1",
        "delete from events where number = 2",
        "delete from events",
        f"insert into events ({columns}) select number + 5, {copied.partition(', ')[2].replace('hash', 'substr(hash, 2)')} from events where number = 1",
        f"insert into events ({columns}) select 2, {copied.partition(', ')[2]} from events where number = 1",
    ]
    if SERVER:
        tries.append("truncate events")
    else:
        # Without a trigger of its own a replacement would take the line away.
        tries += [
            f"insert or replace into events ({columns}) select 1, {copied.partition(', ')[2]} from events where number = 1",
            f"insert or replace into events ({columns}) select 3, {copied.partition(', ')[2]} from events where number = 1",
        ]
    for statement in tries:
        with pytest.raises(DBAPIError), engine.connect() as connection, connection.begin():
            connection.execute(text(statement))
    engine.dispose()
    assert desk.store.lines() == before
    assert len(verified(before)) == 2


def test_a_line_changed_under_the_triggers_shows(desk: Desk) -> None:
    written(desk.store, "um", "dois", "três")
    lines = desk.store.lines()
    for damaged in (
        [lines[0], {**lines[1], "after": lines[1]["after"].replace("dois", "dez")}, lines[2]],
        [lines[0], lines[2]],
        [lines[0], lines[2], lines[1]],
        [lines[0], {**lines[1], "moment": lines[2]["moment"], "actor": "outro"}, lines[2]],
    ):
        with pytest.raises(StoreError, match="registro 2"):
            verified(damaged)


def test_an_exception_in_a_write_leaves_nothing(desk: Desk) -> None:
    written(desk.store, "um")
    with pytest.raises(RuntimeError), desk.store.writing() as write:
        write.add("console", "notice.posted", "notice:dois", notice("dois"))
        assert "dois" in write.state.posts
        raise RuntimeError
    assert set(desk.store.state().posts) == {"um"}
    assert desk.store.state().last == 1


def test_the_state_is_the_same_from_the_start_and_step_by_step(
    desk: Desk, address: str, clock: Clock
) -> None:
    for said in ("um", "dois", "três"):
        written(desk.store, said)
        desk.store.state()
    other = Store(address, clock)
    assert other.state() == desk.store.state()
    other.close()


def test_writers_of_many_threads_and_stores_follow_each_other(desk: Desk, address: str, clock: Clock) -> None:
    other = Store(address, clock)

    def write(found: Store, name: str) -> None:
        for number in range(10):
            written(found, f"{name}{number}a", f"{name}{number}b")

    threads = [
        threading.Thread(target=write, args=(found, name))
        for found, name in ((desk.store, "x"), (desk.store, "y"), (other, "z"), (other, "w"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = verified(desk.store.lines())
    assert len(lines) == 80
    # The two of a write stand together.
    subjects = [line["subject"] for line in lines]
    assert all(one[:-1] == two[:-1] for one, two in zip(subjects[::2], subjects[1::2], strict=True))
    other.close()


def test_a_clock_set_back_puts_no_event_before_an_earlier_one(desk: Desk, clock: Clock) -> None:
    written(desk.store, "um")
    clock.on(hours=-5)
    written(desk.store, "dois")
    one, two = desk.store.events()
    assert one.moment <= two.moment


def test_opening_again_migrates_nothing_and_keeps_everything(desk: Desk, address: str, clock: Clock) -> None:
    written(desk.store, "um")
    again = Store(address, clock)
    assert again.state().last == 1
    again.close()


def test_the_file_is_its_owner_s_alone(tmp_path: Path, clock: Clock) -> None:
    found = Store(f"sqlite:///{tmp_path / 'programme.db'}", clock)
    written(found, "um")
    held = list(tmp_path.glob("programme.db*"))
    assert held
    assert all(path.stat().st_mode & 0o077 == 0 for path in held)
    found.close()


def test_the_migrations_make_what_the_models_say(desk: Desk, address: str) -> None:
    engine = create_engine(address)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()
    assert found == []


@pytest.mark.parametrize(
    "wrong",
    ["isto não é um endereço", "mysql+nada://x", "postgresql+psycopg://fulano:segredo@127.0.0.1:9/banco"],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(wrong: str, clock: Clock) -> None:
    with pytest.raises(StoreError) as told:
        Store(wrong, clock)
    assert "segredo" not in str(told.value)
    assert "farol.toml" in str(told.value)


def test_the_configuration_says_where_the_store_is(tmp_path: Path) -> None:
    text_of = (ROOT / "farol.toml").read_text("utf-8")
    file = tmp_path / "farol.toml"
    file.write_text(text_of, "utf-8")
    assert (
        store.address_of(declarations.read_config(file)) == f"sqlite:///{tmp_path / 'data' / 'programme.db'}"
    )
    assert not store.exists(declarations.read_config(file))
    named = "postgresql+psycopg://farol@banco/farol"
    file.write_text(text_of.replace("[programme]", f'[programme]\nstore = "{named}"'), "utf-8")
    found = declarations.read_config(file)
    assert store.address_of(found) == named
    assert "banco" not in repr(found)


WRITER = """
import sys, datetime as dt
from programme.store import Store
found = Store(sys.argv[1], lambda: dt.datetime.now(dt.UTC))
print("ready", flush=True)
number = found.state().last
while True:
    number += 1
    with found.writing() as write:
        for part in "abc":
            after = {"text": part, "municipalities": [], "until": "2026-12-01"}
            event = write.add("console", "notice.posted", f"notice:{number}{part}", after)
    print(event.protocol, event.hash, flush=True)
"""


def test_killed_at_any_moment_a_write_is_there_whole_or_not_at_all(
    desk: Desk, address: str, tmp_path: Path
) -> None:
    """Each kill at another moment; what had a receipt is there, and of the write under way all three parts or none."""
    chance = random.Random(20261122)
    receipts: dict[str, str] = {}
    for _ in range(6):
        with (tmp_path / "said").open("w+", encoding="utf-8") as said:
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, address], stdout=said, cwd=ROOT, env={**os.environ}
            )
            while "\n" not in (tmp_path / "said").read_text("utf-8"):
                assert writer.poll() is None
                threading.Event().wait(0.02)
            threading.Event().wait(0.05 + chance.random() / 5)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        lines = (tmp_path / "said").read_text("utf-8").splitlines()[1:]
        receipts |= dict(
            line.split() for line in lines if len(line.split()) == 2 and len(line.split()[1]) == 64
        )
    held = verified(desk.store.lines())
    assert len(receipts) > 6
    assert len(held) % 3 == 0
    assert set(receipts.values()) <= {line["hash"] for line in held}
    written(desk.store, "depois")
    assert desk.store.state().last == len(held) + 1


def test_a_thousand_events_are_read_within_a_blink(desk: Desk, address: str, clock: Clock) -> None:
    with desk.store.writing() as write:
        for number in range(1000):
            write.add("console", "notice.posted", f"notice:{number}", notice(str(number)))
    fresh = Store(address, clock)
    start = dt.datetime.now()
    assert fresh.state().last == 1000
    first = (dt.datetime.now() - start).total_seconds()
    start = dt.datetime.now()
    fresh.state()
    again = (dt.datetime.now() - start).total_seconds()
    fresh.close()
    assert first < 1.5
    assert again < first
