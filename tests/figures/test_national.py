"""The drawn national set of the bench: a project that the real pipeline builds, the same from the same seed."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench import brazil, national

INDICATORS, YEARS = 4, 3


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted((folder / "data" / "raw").glob("sorteio_*/*"))
    }


def test_a_seed_draws_the_same_figures(tmp_path: Path) -> None:
    found = []
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        (tmp_path / name).mkdir()
        national.project(tmp_path / name, seed, INDICATORS, YEARS)
        found.append(files(tmp_path / name))
    one, again, other = found
    assert one == again and one.keys() == other.keys() and one != other


def test_the_drawn_set_is_built_by_the_real_pipeline(tmp_path: Path) -> None:
    """Of one small state, from raw files of the whole country."""
    file = national.project(tmp_path, indicators=INDICATORS, years=YEARS)
    file.write_text(file.read_text("utf-8").replace('state = "BR"', 'state = "14"'), "utf-8")
    work = brazil.worked(brazil.BUILD, tmp_path, file)
    assert work.seconds > 0 and work.megabytes > 50
    tables = tmp_path / "data" / "processed-brasil"
    with duckdb.connect() as con:
        for name in ("values", "verdicts", "rejected"):
            con.execute(f"create view \"{name}\" as from read_parquet('{tables / name}.parquet')")
        told = con.execute(
            """select count(distinct indicator), count(distinct municipality_code), count(distinct year),
                count(*), count(value) from "values" """
        ).fetchall()
        assert told == [(INDICATORS, 15, YEARS, INDICATORS * 15 * YEARS, INDICATORS * 15 * YEARS)]
        # A goal for every tenth indicator, read in every municipality.
        assert con.execute("select count(*) from verdicts").fetchall() == [(15,)]
        assert con.execute("select count(*) from rejected").fetchall() == [(0,)]
