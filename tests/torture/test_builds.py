"""A small, seeded part of the torture of builds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture import builds, faulty_builds


@pytest.fixture
def house(tmp_path: Path) -> Iterator[builds.House]:
    found = builds.prepare(tmp_path, 7)
    yield found
    assert found.faults == []
    assert found.counts["stood"] == found.counts["tried"] > 0


def test_a_build_killed_at_any_moment_leaves_whole_tables_and_files_of_one_build(house: builds.House) -> None:
    for kind in (builds.killed, builds.killed_at_the_swap):
        builds.one(house, kind)


def test_a_build_goes_on_over_damaged_files_of_the_one_before(house: builds.House) -> None:
    for _ in range(3):
        builds.one(house, builds.damaged)


def test_whatever_is_spoiled_a_build_goes_on_or_ends_in_words(
    house: builds.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in dict.fromkeys(faulty_builds.KINDS):
        monkeypatch.setattr(faulty_builds, "KINDS", (kind,))
        builds.one(house, builds.faulty)
    assert house.counts["refused in words"] and house.counts["accepted, and told what was left out"]


def test_another_figure_without_a_word_is_seen(house: builds.House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.counts.update(tried=1, stood=1)
    house.shown |= {"values: gone"}
    monkeypatch.setattr(faulty_builds, "KINDS", (faulty_builds.the_registry_as_saved,))
    with pytest.raises(AssertionError, match="another figure without a word"):
        builds.faulty(house)
