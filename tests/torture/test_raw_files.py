"""A small, seeded part of the torture of raw files."""

from __future__ import annotations

from pipelines.raw_files import raw_path
from tests.torture import raw_files

# Small files of every form of number and period.
SOURCES = (
    "snis", "stn_capag", "stn_cauc", "mte_caged", "mte_estoque", "stn_finbra", "stn_rgf", "mds_pobreza", "ms_aps",
    "ibge_alfabetizacao", "ibge_internet", "inep_alfabetizacao",
)  # fmt: skip


def test_damaged_raw_files_are_refused_in_words_or_read_right() -> None:
    tally = raw_files.run(seed=20, seconds=60, most=60, names=SOURCES)
    assert tally.faults == []
    assert tally.unaccounted == 0
    assert tally.tried == 60 and tally.refused > 30


def test_every_source_that_has_a_file_can_be_tried() -> None:
    assert set(SOURCES) < set(raw_files.held())
    assert [name for name in raw_files.held() if not raw_path(raw_files.RAW / name).is_file()] == []
