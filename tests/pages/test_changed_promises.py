"""What accepted versions changed of what was promised: on the card, in Monitoramento, bulletin, sheet and history.

Over a store and its build. Three versions after one another change a target twice, a deadline, a baseline and the
deadline of a deliverable.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import sheets
from dashboard.screens import plans as cards
from dashboard.tables import Tables, open_tables
from pipelines import declarations
from pipelines.declarations import ROOT, Config
from pipelines.plan_files import PlanFile
from programme import access, appearing, open_desk, plans
from programme.desk import Desk
from tests.dashboard.sheets.reading import said, squeezed
from tests.e2e.test_programme import CAPITAL, PLAN, file_of, plan_of
from tests.pages.conftest import visiting
from tests.pages.screens import assert_sound, text

Visit = Callable[..., AppTest]
TITLE = "Crianças alfabetizadas no 2º ano, rede municipal"
# By version: what it changes, in the order of the plan, and why.
SECOND = {
    f"{TITLE}, meta: 80% → 65%": "Cortes na formação",
    f"{TITLE}, linha de base: 40% → 38,5%": "O INEP corrigiu a série",
    f"{TITLE}, prazo: 2030 → 2032": "A obra atrasou",
    "Entrega E1, prazo: 30/06/2028 → 31/12/2028": "A licitação foi refeita",
}
THIRD = {f"{TITLE}, meta: 65% → 50%": "Falta de professores"}


def versions(desk: Desk) -> Iterator[tuple[PlanFile, dict[str, str]]]:
    """The three versions, each with the reasons of what it changes."""
    first = plan_of(desk)
    yield first, {}
    [goal], [item] = first.targets, first.deliverables
    second = replace(goal, plan_version=2, target_value=65.0, baseline_value=38.5, target_year=2032)
    later = replace(item, due=dt.date(2028, 12, 31))
    yield replace(first, plan_version=2, targets=(second,), deliverables=(later,)), SECOND
    third = replace(second, plan_version=3, target_value=50.0)
    yield replace(first, plan_version=3, targets=(third,), deliverables=(later,)), THIRD


@pytest.fixture(scope="module")
def changed(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """A configuration whose store took the three versions, with the tables that judge them."""
    folder = tmp_path_factory.mktemp("mudado")
    (folder / "data").mkdir()
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    shutil.copytree(config.processed, folder / "data" / "processed")
    shutil.copy(ROOT / "farol.toml", folder)
    found = declarations.read_config(folder / "farol.toml")
    with pytest.MonkeyPatch.context() as patch:
        visiting(found, patch)
        desk = open_desk(found)
        for plan, reasons in versions(desk):
            send(desk, folder, plan, reasons)
        assert appearing.appear(desk) == []
        desk.close()
    yield found


def send(desk: Desk, folder: Path, plan: PlanFile, reasons: dict[str, str]) -> None:
    data = file_of(desk, folder, plan)
    found = plans.check(desk, access.console(), data, "plano.xlsx").changes
    assert [one.text for one in found] == list(reasons)
    plans.save_draft(desk, access.console(), data, "plano.xlsx")
    given = {one.key: reasons[one.text] for one in found}
    plans.send(desk, access.console(), PLAN, plan.plan_version, given)
    plans.accept(desk, access.console(), PLAN, plan.plan_version)


@pytest.fixture
def visit(changed: Config, monkeypatch: pytest.MonkeyPatch) -> Visit:
    # Folded parts stand open.
    monkeypatch.setattr(cards, "folded", lambda _title, key, _count=None: st.container(key=key))
    monkeypatch.setattr("dashboard.screens.folded", lambda _title, key, _count=None: st.container(key=key))
    return visiting(changed, monkeypatch)


def lines(*of: dict[str, str]) -> list[str]:
    return [f"{change}, na versão" for each in of for change in each]


def whys(*of: dict[str, str]) -> list[str]:
    return [f"Motivo: {why}." for each in of for why in each.values()]


def test_the_card_and_the_history_say_each_change_with_its_reason(visit: Visit) -> None:
    at = visit("pages/acompanhar/plano.py", municipio=CAPITAL)
    assert_sound(at)
    words = text(at)
    for line in (*lines(SECOND, THIRD), *whys(SECOND, THIRD)):
        # On the card of the version in force, and with the version that each took the place of.
        assert words.count(line) == 2, line
    card = words.index("Mudou do que foi prometido")
    places = [words.index(line, card) for line in lines(SECOND, THIRD)]
    assert places == sorted(places)
    for number, change, other in ((2, SECOND, THIRD), (3, THIRD, SECOND)):
        place = words.index(f"O que a versão {number} mudou")
        after = words[place : place + 900].partition("O que a versão")[2].partition("O que a versão")[0]
        assert all(line in after for line in lines(change))
        assert not any(line in after for line in lines(other))


@pytest.mark.parametrize("since", ["2026-01-01", "2026-12-31"])
def test_monitoramento_says_them_before_and_after_the_next_meeting(visit: Visit, since: str) -> None:
    at = visit("pages/acompanhar/monitoramento.py", desde=since)
    assert_sound(at)
    words = text(at)
    for line in lines(SECOND, THIRD):
        assert words.count(f"Campo Grande: {line}") == 1, line
    assert all(why in words for why in whys(SECOND, THIRD))
    later = since == "2026-12-31"
    assert ("Metas e prazos que os municípios mudaram" in words) is not later
    assert ("Valem desde antes" in words) is later


@pytest.fixture(scope="module")
def tables(changed: Config) -> Tables:
    return open_tables(changed)


@pytest.mark.parametrize("code", ["", CAPITAL])
@pytest.mark.parametrize("since", [dt.date(2026, 1, 1), dt.date(2026, 12, 31)])
def test_the_bulletin_prints_them_in_both_forms(
    changed: Config, tables: Tables, code: str, since: dt.date
) -> None:
    made = sheets.bulletin(tables, code, since, config=changed)
    heading = "METAS E PRAZOS MUDADOS" + (" ANTES DE 31/12/2026" if since.month == 12 else "")
    assert heading in made.text
    for form in (squeezed(made.text), squeezed(said(made.pdf))):
        for line in (*lines(SECOND, THIRD), *whys(SECOND, THIRD)):
            assert squeezed(line) in form, line


def test_the_sheet_of_the_municipality_prints_them(tables: Tables, changed: Config) -> None:
    printed = squeezed(said(sheets.municipality_pdf(tables, CAPITAL, config=changed)))
    for line in (*lines(SECOND, THIRD), *whys(SECOND, THIRD)):
        assert squeezed(line) in printed, line
