"""A plan that is sent is read, let go, and told; one that cannot come in is told too, in Portuguese."""

from __future__ import annotations

from functools import partial

from playwright.sync_api import Route

from dashboard.screens import uploads
from pipelines.declarations import ROOT
from tests.e2e.test_framework import Visitor, english

PLAN = ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx"


def refuse(status: int, route: Route) -> None:
    route.fulfill(status=status, body=uploads.FULL)


def test_a_plan_that_was_read_is_held_no_longer(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("conferir")
    reader.page.set_input_files("input[type=file]", PLAN)
    reader.page.get_by_text("Nenhuma falha").wait_for()
    reader.wait()
    said = reader.page.request.get(f"{reader.address}/_stcore/metrics").text()
    assert "st_session_state" in said and "UploadedFileManager" not in said
    # What was found in it stays on the page through other choices, until the reader takes the file away.
    reader.choose("Município em foco", "Água Clara")
    reader.until(lambda: reader.link.get("municipio") == "5000203", "the municipality in the link")
    reader.wait()
    assert "Nenhuma falha" in reader.text
    reader.page.get_by_role("button", name=f"Tirar {PLAN.name}").click()
    reader.until(lambda: "Nenhuma falha" not in reader.text, "a page without the plan")


def test_a_file_too_many_is_told_in_portuguese(visitor: Visitor) -> None:
    reader = visitor()
    for status, told in ((503, "recebendo arquivos demais"), (413, "grande demais"), (500, "O envio falhou")):
        reader.open("conferir")
        answer = partial(refuse, status)
        reader.page.route("**/_stcore/upload_file/**", answer)
        reader.page.set_input_files("input[type=file]", PLAN)
        reader.page.locator("[data-testid=stFileChip] [role=alert]").filter(has_text=told).wait_for(
            state="attached"
        )
        assert not english(reader)
        reader.page.unroute("**/_stcore/upload_file/**", answer)
