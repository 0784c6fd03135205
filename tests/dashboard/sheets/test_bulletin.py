"""The bulletin: what changed, in both forms."""

from __future__ import annotations

import datetime as dt

from dashboard import sheets
from dashboard.findings import deliverables
from dashboard.tables import Tables
from pipelines.declarations import Config
from tests.dashboard.sheets.reading import (
    ADDRESS,
    CAPITAL,
    DEMONSTRATED,
    SMALL,
    Make,
    plain,
    reader,
    said,
    squeezed,
    structure,
)


def test_a_bulletin_says_what_changed_in_both_forms(config: Config, altered: Make) -> None:
    tables = altered(
        f"""insert into verdict_history select plan, plan_version, municipality_code, indicator, date '2026-08-01',
            'on_track', null, 'new_data' from verdicts
            where plan = 'crianca_alfabetizada' and municipality_code in ('{CAPITAL}', '{SMALL}')""",
        f"""insert into verdict_history select plan, plan_version, municipality_code, indicator, date '2026-10-05',
            'worsening', null, 'revised_data' from verdicts
            where plan = 'crianca_alfabetizada' and municipality_code in ('{CAPITAL}', '{SMALL}')""",
    )
    flip = "era no ritmo, passou a em retrocesso (dado revisto pela fonte, 05/10/2026)."
    for code in ("", CAPITAL):
        made = sheets.bulletin(tables, code, dt.date(2026, 9, 1), config=config, address=ADDRESS)
        assert squeezed(flip) in squeezed(made.text)
        assert squeezed(flip) in squeezed(said(made.pdf))
        assert ("Campo Grande, " in made.text) == (code == "")
        assert all(len(line) <= 72 or "https://" in line for line in made.text.splitlines())
        structure(reader(made.pdf))
    quiet = sheets.bulletin(tables, CAPITAL, dt.date(2026, 11, 1), config=config)
    assert "Nenhuma meta mudou de situação desde 01/11/2026." in plain(quiet.text)


def test_a_bulletin_says_what_was_revised_and_what_a_status_was_before(config: Config, altered: Make) -> None:
    literate = "crianca_alfabetizada_municipal"
    tables = altered(
        f"""insert into verdict_history select plan, plan_version, municipality_code, indicator, date '2026-10-05',
            status, 'achieved', 'revised_data' from verdicts
            where plan = 'crianca_alfabetizada' and municipality_code = '{CAPITAL}'""",
        f"""insert into revisions select '{literate}', code, date '2024-12-31', 'inep_alfabetizacao', '2026-10-04',
            date '2026-10-04', 'revised', 81.25, 51.76 from (values ('{CAPITAL}'), ('{SMALL}')) t(code)""",
        # Of an edition too old to have brought the change.
        f"""insert into revisions values ('{literate}', '{CAPITAL}', '2023-12-31', 'inep_alfabetizacao', '2026-01-04',
            '2026-01-04', 'withdrawn', 12, null)""",
    )
    told = "2024, revisado em 10/2026: era 81,3%, passou a 51,8%"
    own = plain(sheets.bulletin(tables, CAPITAL, dt.date(2026, 9, 1), config=config).text)
    assert "era meta alcançada, passou a" in own and f"(dado revisto pela fonte: {told}, 05/10/2026)" in own
    assert own.count(told) == 2 and "2023, retirado" not in own
    whole = plain(sheets.bulletin(tables, "", dt.date(2026, 1, 1), config=config).text)
    assert whole.count(told) == 3 and "2023, retirado em 01/2026: era 12,0%." in whole
    quiet = plain(sheets.bulletin(tables, CAPITAL, dt.date(2026, 11, 1), config=config).text)
    assert "Nenhum valor já publicado foi revisto desde 01/11/2026." in quiet


def test_a_bulletin_of_the_demonstration_lists_deliverables_and_is_marked(
    config: Config, data: Tables
) -> None:
    made = sheets.bulletin(data, DEMONSTRATED, config=config, address=ADDRESS, demonstration=True)
    assert "DEMONSTRAÇÃO" in made.text and "ENTREGAS ATRASADAS" in made.text
    for row in deliverables.overdue(data.deliverables(True), dt.date(2026, 11, 22)).to_dict("records"):
        assert squeezed(row["deliverable"]) in squeezed(made.text)
    assert all(page.extract_text().count("DEMONSTRAÇÃO") >= 1 for page in reader(made.pdf).pages)
    assert f"{ADDRESS}/plano?municipio={DEMONSTRATED}&demonstracao=sim" in made.text
    assert "nan" not in made.text.split()
