"""What was changed of what had been promised, as pages say it: what, why and when, and nobody's name."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, cast

from dashboard import promises
from dashboard.tables import Tables
from programme import folders
from programme.desk import Desk
from tests.programme.conftest import CAPITAL, Team
from tests.programme.conftest import address as address
from tests.programme.conftest import clock as clock
from tests.programme.conftest import desk as desk
from tests.programme.conftest import team as team
from tests.programme.samples import PLAN, accepted, version


class Fake:
    """As much of the tables as the room asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remember(self, _key: Any, make: Any) -> Any:
        return make()

    def names(self) -> dict[str, str]:
        return {CAPITAL: "Campo Grande"}


def test_a_lowered_target_is_told_with_its_reason_for_as_long_as_the_plan_lives(
    desk: Desk, team: Team
) -> None:
    data = cast(Tables, Fake(desk.config.data / "processed"))
    assert promises.changed(data) == ()
    accepted(desk, team.officer, team.coordinator, version(1))
    assert promises.changed(data) == ()
    reason = {"alfabetizacao/target_value": "Cortes na formação"}
    accepted(desk, team.officer, team.coordinator, version(2, target_value=25.0), reason)
    told = (
        "Crianças alfabetizadas, meta: 70% → 25%, na versão 2, em 22/11/2026. Pede menos, ou mais tarde. "
        "Motivo: Cortes na formação."
    )
    assert promises.of_target(data, PLAN, 2, "alfabetizacao") == [told]
    # The first version knows nothing of it, and a later one goes on saying it.
    assert promises.of_target(data, PLAN, 1, "alfabetizacao") == []
    assert promises.of_target(data, PLAN, 7, "alfabetizacao") == [told]
    assert promises.of_version(data, PLAN, 2) == [told]
    named = [f"Campo Grande: {told}"]
    assert promises.told(data, [CAPITAL], dt.date(2026, 11, 22)) == (named, [])
    # A meeting later it is still told, apart from what is new.
    assert promises.told(data, [CAPITAL], dt.date(2026, 11, 23)) == ([], named)
    assert promises.told(data, [], dt.date(2026, 1, 1)) == ([], [])
    written = (desk.folder / folders.PROMISES).read_text("utf-8")
    assert len(json.loads(written)) == 1
    assert "Olga" not in written and "Carla" not in written and team.officer.person not in written
