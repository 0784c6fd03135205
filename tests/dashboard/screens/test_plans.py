from __future__ import annotations

import datetime as dt

from dashboard.screens.plans import meeting_note

DAY = dt.date(2026, 11, 22)


def test_a_meeting_in_the_past_is_not_called_the_next() -> None:
    assert meeting_note(dt.date(2026, 12, 15), DAY) == "Julgado em 22/11/2026. Próxima reunião: 15/12/2026."
    said = meeting_note(dt.date(2026, 10, 1), DAY)
    assert "A última reunião informada foi em 01/10/2026" in said and "Próxima reunião" not in said
    assert "ainda não foi informada" in meeting_note(None, DAY)
