from __future__ import annotations

import csv
import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from programme import access, folders, meetings, progress, transfer
from programme.desk import Desk, Refused
from programme.evidence import Upload
from programme.store import StoreError
from tests.programme.conftest import CAPITAL, SERVER, TOWN_HALL, Clock, Team, desk_at
from tests.programme.samples import PLAN, accepted, version
from tests.programme.test_evidence import PDF


@pytest.fixture
def lived(desk: Desk, team: Team) -> Desk:
    """A desk at which some of everything happened."""
    accepted(desk, team.officer, team.coordinator)
    reasons = {"alfabetizacao/target_value": "+Turmas fechadas."}
    accepted(desk, team.officer, team.coordinator, version(2, target_value=60.0), reasons)
    progress.report(
        desk, team.officer, PLAN, "E2", status="in_progress", percent=12.5, sentence="+Começou; \"já\"", once="toque-0001",
        files=[Upload("ata.pdf", PDF)], addresses=["https://www.ms.gov.br/a"],
    )  # fmt: skip
    day = dt.date(2026, 12, 1)
    meetings.call(desk, team.coordinator, "Reunião", day)
    meetings.decide(desk, team.coordinator, "Refazer.", "Obras", day, municipality=CAPITAL)
    meetings.ask(desk, team.coordinator, CAPITAL, "Envie a ata.", day)
    meetings.post(desk, team.coordinator, "Aviso a todos.", day)
    access.invite(desk, access.console(), role="reader", name="Espera Ainda", email="espera@ms.gov.br")
    return desk


@pytest.fixture
def empty(tmp_path: Path, clock: Clock) -> Desk:
    return desk_at(f"sqlite:///{tmp_path / 'outro.db'}", tmp_path / "outro", clock)


def files_of(desk: Desk) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (desk.folder / "files").rglob("*") if path.is_file()}


def folders_of(desk: Desk) -> dict[str, bytes]:
    place = desk.folder / folders.FOLDER
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_everything_goes_out_and_comes_back(lived: Desk, empty: Desk, tmp_path: Path) -> None:
    count = transfer.export(lived, tmp_path / "fora")
    assert transfer.bring(empty, tmp_path / "fora") == count == lived.store.state().last
    assert empty.store.lines() == lived.store.lines()
    assert empty.store.state() == lived.store.state()
    assert files_of(empty) == files_of(lived)
    assert folders_of(empty) == folders_of(lived)
    transfer.export(empty, tmp_path / "de novo")
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}
        for name in ("fora", "de novo")
    )
    assert one == two


def test_a_store_brought_back_goes_on(lived: Desk, empty: Desk, team: Team, tmp_path: Path) -> None:
    transfer.export(lived, tmp_path / "fora")
    transfer.bring(empty, tmp_path / "fora")
    last = empty.store.state().last
    progress.report(empty, team.officer, PLAN, "E2", status="in_progress", percent=50)
    assert empty.store.state().last == last + 1


def test_tables_for_people_hold_no_formula_and_no_token(lived: Desk, tmp_path: Path) -> None:
    transfer.export(lived, tmp_path / "fora")
    with (tmp_path / "fora" / "andamento.csv").open(encoding="utf-8-sig", newline="") as file:
        [row] = list(csv.DictReader(file, delimiter=";"))
    assert (row["frase"], row["andamento"], row["quem"]) == ('\'+Começou; "já"', "12,5", "Olga Oliveira")
    changed = (tmp_path / "fora" / "mudancas.csv").read_text("utf-8-sig")
    assert "70%;60%;'+Turmas fechadas." in changed
    held = "".join(path.read_text("utf-8-sig") for path in (tmp_path / "fora").glob("*.csv"))
    assert "/entrar#" not in held


def damage_text(folder: Path) -> None:
    path = folder / transfer.EVENTS
    path.write_text(path.read_text("utf-8").replace("Refazer.", "Desfazer."), "utf-8")


def drop_line(folder: Path) -> None:
    path = folder / transfer.EVENTS
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines[:5], *lines[6:]]), "utf-8")


def drop_file(folder: Path) -> None:
    next((folder / transfer.FILES).iterdir()).unlink()


def other_file(folder: Path) -> None:
    next((folder / transfer.FILES).iterdir()).write_bytes(b"outra coisa")


def cut(folder: Path) -> None:
    path = folder / transfer.EVENTS
    path.write_bytes(path.read_bytes()[:-40])


def no_events(folder: Path) -> None:
    (folder / transfer.EVENTS).unlink()


@pytest.mark.parametrize("harm", [damage_text, drop_line, drop_file, other_file, cut, no_events])
def test_what_was_damaged_comes_back_not_at_all(
    lived: Desk, empty: Desk, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    transfer.export(lived, tmp_path / "fora")
    harm(tmp_path / "fora")
    with pytest.raises(StoreError):
        transfer.bring(empty, tmp_path / "fora")
    assert empty.store.state().last == 0


def test_nothing_comes_over_what_is_there(lived: Desk, tmp_path: Path) -> None:
    transfer.export(lived, tmp_path / "fora")
    last = lived.store.state().last
    with pytest.raises(StoreError, match="já tem registros"):
        transfer.bring(lived, tmp_path / "fora")
    assert lived.store.state().last == last
    with pytest.raises(Refused, match="não está vazia"):
        transfer.export(lived, tmp_path / "fora")


def test_a_lost_file_is_told_by_the_way_out(lived: Desk, tmp_path: Path) -> None:
    next(path for path in (lived.folder / "files").rglob("*") if path.is_file()).unlink()
    with pytest.raises(StoreError, match="não está no servidor"):
        transfer.export(lived, tmp_path / "fora")
    assert not (tmp_path / "fora").exists()


def test_a_backup_is_one_file_and_brings_everything_back(
    lived: Desk, empty: Desk, team: Team, tmp_path: Path
) -> None:
    count = transfer.backup(lived, tmp_path / "copias" / "programa.zip")
    # What happens after it is not in it.
    access.leave(lived, team.officer)
    assert transfer.restore(empty, tmp_path / "copias" / "programa.zip") == count
    assert empty.store.lines() == lived.store.lines()[:count]
    assert files_of(empty) == files_of(lived)
    assert [path.name for path in (tmp_path / "copias").iterdir()] == ["programa.zip"]
    assert (tmp_path / "copias" / "programa.zip").stat().st_mode & 0o077 == 0


def test_an_archive_that_is_none_or_writes_elsewhere_restores_nothing(
    lived: Desk, empty: Desk, tmp_path: Path
) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 nada")
    with pytest.raises(StoreError, match="não é uma cópia inteira"):
        transfer.restore(empty, tmp_path / "a.zip")
    with pytest.raises(StoreError, match="não existe"):
        transfer.restore(empty, tmp_path / "nenhum.zip")
    transfer.backup(lived, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "a") as archive:
        archive.writestr("../../fora.txt", "x")
        archive.writestr("files/../../fora.txt", "x")
    transfer.restore(empty, tmp_path / "b.zip")
    assert not list(tmp_path.rglob("fora.txt"))


def test_a_link_made_before_works_after_coming_back(desk: Desk, empty: Desk, tmp_path: Path) -> None:
    made = access.invite(desk, access.console(), role="coordinator", name="Carla Coordena")
    transfer.export(desk, tmp_path / "fora")
    transfer.bring(empty, tmp_path / "fora")
    assert access.exchange(empty, made.token, TOWN_HALL).person.name == "Carla Coordena"


def test_the_suite_runs_on_the_engine_that_it_says(desk: Desk) -> None:
    name = desk.store._engine.dialect.name
    assert name == ("postgresql" if SERVER else "sqlite")
    if not SERVER:
        with desk.store._engine.connect() as connection:
            assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
