"""What the contributor's page and the scheduled run say, held against the code."""

from __future__ import annotations

import re

import pytest

from pipelines import declarations, editions
from pipelines.__main__ import main
from pipelines.declarations import ROOT
from pipelines.fetching import checking
from pipelines.fetching.publishers import CONNECTORS
from pipelines.fetching.web import Limits

PAGE = (ROOT / "docs" / "connectors.md").read_text("utf-8")


def test_the_page_names_the_sources_that_await_a_connector() -> None:
    named = re.findall(r"`(\w+)`", PAGE.split("## Sources that await a connector")[1])
    collected = {connector.source for connector in CONNECTORS}
    assert sorted(named) == sorted(set(declarations.sources()) - collected)
    # The pages read it in the declarations, which know of no connector.
    assert {name for name, source in declarations.sources().items() if source.connector} == collected


def test_the_page_says_the_limits_that_hold() -> None:
    words = " ".join(PAGE.split())
    limits = Limits()
    assert (limits.bytes, limits.seconds, limits.attempts) == (300_000_000, 600, 4)
    assert "300 MB and ten minutes a download" in words and "tried four times" in words
    assert f"{checking.KEPT:.0%} of the municipalities and half of the rows" in words and checking.ROWS == 0.5
    assert checking.ARRIVED == checking.REVISED == 0.5
    assert f"at most {checking.TOLERATED:.0%} of the rows" in words
    assert f"the newest {editions.KEPT_NEWEST}, the first of each year" in words


@pytest.mark.parametrize("name", ["farol-fetch.service", "farol-fetch.cron"])
def test_the_scheduled_run_calls_commands_that_exist(name: str) -> None:
    called = re.findall(r"-m pipelines ([^\n;]+)", (ROOT / "deploy" / name).read_text("utf-8"))
    assert [words.split()[0] for words in called] == ["fetch", "build"]
    for words in called:
        with pytest.raises(SystemExit) as ended:
            main([*words.split(), "--help"])
        assert ended.value.code == 0
