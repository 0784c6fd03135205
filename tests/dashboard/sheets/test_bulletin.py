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
            'on_track', 'new_data' from verdicts
            where plan = 'crianca_alfabetizada' and municipality_code in ('{CAPITAL}', '{SMALL}')""",
        f"""insert into verdict_history select plan, plan_version, municipality_code, indicator, date '2026-10-05',
            'worsening', 'revised_data' from verdicts
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
