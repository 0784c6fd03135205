"""A small, seeded part of the torture of builds."""

from __future__ import annotations

from pathlib import Path

from pipelines.declarations import Config
from tests.torture import builds


def test_a_build_killed_at_any_moment_leaves_whole_tables_and_files_of_one_build(
    config: Config, tmp_path: Path
) -> None:
    house = builds.prepare(tmp_path, 7, config)
    for kind in (builds.killed, builds.killed_at_the_swap):
        builds.one(house, kind)
    assert house.faults == []
    assert house.counts["stood"] == house.counts["tried"] == 2
