from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest

from pipelines.plan_files import PlanFile, read_plan
from programme import evidence, plans, progress
from programme.desk import Asked, Desk, NoAccess, Refused
from programme.evidence import Upload
from programme.plans import Faulty
from tests.pipelines.plan_files.samples import MEASURES, PLACES
from tests.programme.conftest import Clock, Team
from tests.programme.samples import FIRST, PLAN, accepted, edited, sent, version
from tests.programme.test_evidence import PDF

FOLDER = f"plans/{PLAN}-v1"


@pytest.fixture
def team_at_work(desk: Desk, team: Team) -> Team:
    accepted(desk, team.officer, team.coordinator)
    return team


def published(desk: Desk, number: int = 1) -> PlanFile:
    found = read_plan(desk.folder / f"plans/{PLAN}-v{number}", "plano", PLACES, MEASURES)
    assert isinstance(found, PlanFile)
    return found


def report(desk: Desk, who: Any, **given: Any) -> Any:
    facts = {"status": "in_progress", "percent": 60, "sentence": "Três das cinco turmas formadas.", **given}
    return progress.report(desk, who, PLAN, "E2", **facts)


def test_what_is_told_is_in_the_plan_s_folder_with_its_receipt(desk: Desk, team_at_work: Team) -> None:
    got = report(
        desk,
        team_at_work.officer,
        percent="60%",
        files=[Upload("ata.pdf", PDF)],
        addresses=["https://www.ms.gov.br/ata"],
    )
    item = published(desk).deliverables[1]
    assert (item.status, item.percent, item.updated_at) == ("in_progress", 60.0, dt.date(2026, 11, 22))
    [told] = progress.history(desk, team_at_work.reference, PLAN, "E2")
    assert (told.sentence, told.version, told.number) == ("Três das cinco turmas formadas.", 1, got.number)
    assert [one.kind for one in told.evidence] == ["pdf", "address"]
    event = desk.store.event(got.number)
    assert event is not None
    assert event.before == {"status": "to_do", "percent": None, "date": None}


def test_two_people_on_one_deliverable_are_both_kept_and_the_second_is_told(
    desk: Desk, team_at_work: Team, clock: Clock
) -> None:
    one = report(desk, team_at_work.officer, seen=0)
    assert one.told == ""
    clock.on(minutes=5)
    two = report(desk, team_at_work.reference, seen=0, percent=40)
    assert two.told == (
        "Olga Oliveira atualizou esta entrega em 22/11/2026 às 09:00 (Em andamento, 60%), depois que você a abriu. "
        "A sua atualização é a que vale agora; as duas ficam no histórico."
    )
    assert [one.percent for one in progress.history(desk, team_at_work.officer, PLAN, "E2")] == [60, 40]
    assert published(desk).deliverables[1].percent == 40
    assert report(desk, team_at_work.officer, seen=two.number).told == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"percent": "muito"}, "não é um percentual"),
        ({"percent": 101}, "101 não é um percentual"),
        ({"percent": -1}, "não é um percentual"),
        ({"status": "feito"}, "a situação não existe"),
        ({"status": "done", "percent": 80}, "concluída com 80%"),
        ({"status": "to_do", "percent": 10}, "está como A fazer"),
        ({"status": "suspended", "sentence": ""}, "motivo: está em branco"),
        ({"date": dt.date(2026, 11, 23)}, "ainda não chegou"),
        ({"date": dt.date(1026, 11, 22)}, "fora do calendário"),
        ({"sentence": "x" * 501}, "mais de 500 letras"),
        ({"sentence": "a\x00bcd"}, "não pode ser guardado"),
        ({"addresses": ["javascript:alert(1)"]}, "não é um endereço"),
        ({"files": [Upload("a.exe", b"MZ\x90\x00")]}, "não é aceito"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    desk: Desk, team_at_work: Team, given: dict[str, Any], said: str
) -> None:
    before = desk.store.state().last
    with pytest.raises(Refused, match=said):
        report(desk, team_at_work.officer, **given)
    assert desk.store.state().last == before


def test_everything_wrong_with_a_progress_is_told_at_once(desk: Desk, team_at_work: Team) -> None:
    with pytest.raises(Refused) as told:
        report(desk, team_at_work.officer, percent=200, date=dt.date(2027, 1, 1), sentence="x" * 501)
    assert len(told.value.faults) == 3


@pytest.mark.parametrize("percent", [0.6, "0,6", "0,6%"])
def test_six_tenths_are_asked_back(desk: Desk, team_at_work: Team, percent: Any) -> None:
    with pytest.raises(Asked, match="andamento de 0,6% ou de 60%"):
        report(desk, team_at_work.officer, percent=percent)
    report(desk, team_at_work.officer, percent=percent, sure=True)
    assert published(desk).deliverables[1].percent == 0.6


def test_done_is_a_hundred_and_a_reason_of_stopping_goes_into_the_plan(
    desk: Desk, team_at_work: Team
) -> None:
    report(desk, team_at_work.officer, status="done", percent=None)
    assert published(desk).deliverables[1].percent == 100
    report(desk, team_at_work.officer, status="suspended", percent=None, sentence="Licitação suspensa.")
    assert published(desk).deliverables[1].status_reason == "Licitação suspensa."


def test_others_neither_tell_nor_look(desk: Desk, team_at_work: Team) -> None:
    got = report(desk, team_at_work.officer, files=[Upload("ata.pdf", PDF)])
    sha256 = desk.store.state().progress[PLAN, "E2"][0].evidence[0].sha256
    last = desk.store.state().last
    for who in (team_at_work.other, team_at_work.reader):
        with pytest.raises(NoAccess):
            report(desk, who, files=[Upload("outra.pdf", PDF + b"%%EOF")])
        with pytest.raises(NoAccess):
            progress.history(desk, who, PLAN, "E2")
        with pytest.raises(NoAccess):
            progress.sheet(desk, who, PLAN)
        with pytest.raises(NoAccess):
            evidence.download(desk, who, PLAN, "E2", sha256)
    kinds = {one.kind for one in desk.store.events(after=last)}
    assert kinds <= {"access.refused"}
    assert len(list((desk.folder / "files").rglob("*/*"))) == 2
    found = evidence.download(desk, team_at_work.coordinator, PLAN, "E2", sha256)
    assert (found.name, found.mime, found.data) == ("ata.pdf", "application/pdf", PDF)
    assert got.protocol
    with pytest.raises(NoAccess):
        evidence.download(desk, team_at_work.coordinator, PLAN, "E1", sha256)


def test_only_what_was_accepted_takes_progress(desk: Desk, team: Team) -> None:
    sent(desk, team.officer)
    with pytest.raises(NoAccess):
        report(desk, team.officer)


def test_a_new_version_that_knows_more_holds_and_an_old_progress_stays_with_the_old(
    desk: Desk, team_at_work: Team, clock: Clock
) -> None:
    report(desk, team_at_work.officer, percent=60)
    clock.on(days=10)
    known = replace(
        FIRST.deliverables[1], status="in_progress", percent=75.0, updated_at=dt.date(2026, 11, 30)
    )
    newer = replace(version(2), deliverables=(FIRST.deliverables[0], known))
    # A coordinator's session is over by then.
    accepted(desk, team_at_work.officer, team_at_work.reference, newer)
    assert published(desk, 2).deliverables[1].percent == 75
    assert published(desk, 1).deliverables[1].percent == 60
    report(desk, team_at_work.officer, percent=90)
    assert published(desk, 2).deliverables[1].percent == 90
    assert published(desk, 1).deliverables[1].percent == 60


def test_a_new_version_that_knows_less_keeps_what_was_told(desk: Desk, team_at_work: Team) -> None:
    report(desk, team_at_work.officer, percent=60)
    accepted(desk, team_at_work.officer, team_at_work.coordinator, version(2))
    assert published(desk, 2).deliverables[1].percent == 60


def in_sheet(**cells: Any) -> Any:
    def change(book: Any) -> None:
        for cell, value in cells.items():
            book["Ações e Entregas"][cell] = value

    return change


def test_in_bulk_the_same_sheet_goes_out_and_in_without_a_new_version(desk: Desk, team_at_work: Team) -> None:
    sheet = progress.sheet(desk, team_at_work.officer, PLAN)
    assert sheet.name == f"{PLAN}-entregas.xlsx"
    filled = edited(sheet.data, in_sheet(H3="Em andamento", I3=35, H2="Suspensa", I2=None, K2="Obra parada."))
    got = progress.take_sheet(desk, team_at_work.officer, PLAN, filled, sheet.name)
    assert got.told == "2 entregas atualizadas."
    one, two = published(desk).deliverables
    assert (one.status, one.status_reason, one.updated_at) == (
        "suspended",
        "Obra parada.",
        dt.date(2026, 11, 22),
    )
    assert (two.status, two.percent) == ("in_progress", 35)
    with pytest.raises(Refused, match="nenhuma atualização"):
        progress.take_sheet(
            desk, team_at_work.officer, PLAN, progress.sheet(desk, team_at_work.officer, PLAN).data, "a.xlsx"
        )
    assert desk.store.state().accepted(PLAN).version == 1  # type: ignore[union-attr]


def test_in_bulk_as_csv_too(desk: Desk, team_at_work: Team) -> None:
    sheet = progress.sheet(desk, team_at_work.officer, PLAN, "csv")
    text = sheet.data.decode("utf-8-sig").replace("A fazer;;", "Em andamento;35;")
    progress.take_sheet(desk, team_at_work.officer, PLAN, text.encode(), sheet.name)
    assert published(desk).deliverables[1].percent == 35


def test_a_sheet_that_was_handed_out_before_a_later_update_takes_nothing_back(
    desk: Desk, team_at_work: Team, clock: Clock
) -> None:
    sheet = progress.sheet(desk, team_at_work.officer, PLAN)
    clock.on(days=1)
    report(desk, team_at_work.reference, percent=80)
    filled = edited(sheet.data, in_sheet(H2="Suspensa", I2=None, K2="Obra parada."))
    got = progress.take_sheet(desk, team_at_work.officer, PLAN, filled, sheet.name)
    assert got.told == "Uma entrega atualizada."
    assert published(desk).deliverables[1].percent == 80


def test_a_sheet_changes_nothing_but_progress(desk: Desk, team_at_work: Team) -> None:
    data = progress.sheet(desk, team_at_work.officer, PLAN).data

    def target(book: Any) -> None:
        book["Metas"]["I2"] = 40

    for change, said in (
        (target, "meta: 70% → 40%"),
        (in_sheet(G3=dt.date(2027, 6, 30)), "prazo: 31/12/2026 → 30/06/2027"),
        (in_sheet(D3="Menos visitas"), "o texto não é o do plano aceito"),
        (in_sheet(A3="E9"), "E2: prazo 31/12/2026 → retirada.*E9: não está no plano aceito"),
    ):
        with pytest.raises(Refused, match=said):
            progress.take_sheet(desk, team_at_work.officer, PLAN, edited(data, change), "a.xlsx")
    with pytest.raises(Asked, match="0,6% ou de 60%"):
        progress.take_sheet(
            desk, team_at_work.officer, PLAN, edited(data, in_sheet(H3="Em andamento", I3=0.6)), "a.xlsx"
        )
    with pytest.raises(Faulty, match="não é uma das opções"):
        progress.take_sheet(desk, team_at_work.officer, PLAN, edited(data, in_sheet(H3="Quase")), "a.xlsx")
    assert desk.store.state().progress == {}


def test_a_sheet_out_opens_as_a_plan_of_the_template(desk: Desk, team_at_work: Team) -> None:
    report(desk, team_at_work.officer)
    data = progress.sheet(desk, team_at_work.officer, PLAN).data
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames[3] == "Ações e Entregas"
    found = read_plan(data, "a.xlsx", PLACES, MEASURES)
    assert isinstance(found, PlanFile)
    assert found.deliverables[1].percent == 60
    assert plans.queue(desk.store.state()) == []
