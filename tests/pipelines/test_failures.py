"""What the system refuses is said in words, with the path and the mend."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

import duckdb
import pyogrio
import pytest
from pyogrio.errors import DataSourceError

from pipelines import build, declarations, failures, publishing, swapping
from pipelines.__main__ import main
from pipelines.declarations import Config
from tests.conftest import AS_OF

FULL = (
    'IO Error: Async write failed: {"exception_message":"Could not write file \\"/dados/.build-x1/values.parquet'
    '\\": No space left on device","errno":"28"}'
)


@pytest.mark.parametrize("number", failures.WORDS)
def test_the_usual_refusals_are_in_portuguese(number: int) -> None:
    said = failures.sentence(OSError(number, os.strerror(number), "/dados/values.csv"))
    assert re.fullmatch(r"/dados/values\.csv: .+\. .+\.", said)
    assert os.strerror(number) not in said


def test_what_is_not_in_the_list_is_still_said() -> None:
    assert failures.sentence(OSError("strange")) == (
        "O sistema recusou a operação. Confira as permissões e o espaço em disco."
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (duckdb.IOException(FULL), "/dados: o disco está cheio. Libere espaço"),
        (
            duckdb.IOException('IO Error: Cannot open file "/dados/values.csv": Permission denied'),
            "/dados/values.csv: sem permissão. ",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/dados/.build-x1"), "/dados: sem permissão. "),
    ],
)
def test_a_path_is_told_and_not_the_folder_that_a_build_makes_for_itself(error: Exception, said: str) -> None:
    assert failures.sentence(error).startswith(said)


def refusing(monkeypatch: pytest.MonkeyPatch, refused: Path) -> None:
    """Make a file unreadable, also for the user root."""
    read = Path.read_bytes

    def denied(path: Path) -> bytes:
        if path == refused:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", denied)


def test_a_file_that_cannot_be_read_leaves_only_its_source_out(
    copied: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = build.inputs_fingerprint(copied)
    refusing(monkeypatch, copied.raw / "snis" / "values.csv")
    assert build.inputs_fingerprint(copied) != whole
    with duckdb.connect() as con:
        build.build_tables(con, copied, AS_OF)
        told = con.execute("select reason from rejected where source = 'snis'").fetchall()
        left = con.execute("select rows from sources where source = 'ibge_pib'").fetchall()
    assert len(told) == 1
    assert "snis/values.csv não pôde ser aberto: sem permissão" in told[0][0]
    assert left[0][0] > 0


def test_a_folder_in_the_place_of_a_file_is_said(copied: Config) -> None:
    path = copied.raw / "snis" / "values.csv"
    path.unlink()
    path.mkdir()
    with duckdb.connect() as con:
        build.build_tables(con, copied, AS_OF)
        [(reason,)] = con.execute("select reason from rejected where source = 'snis'").fetchall()
    assert "é uma pasta, e ali se espera um arquivo" in reason


# Figures are written in a thread of their own while plans are judged.
@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("_write_figures", OSError(errno.ENOSPC, "No space left on device")),
        ("_write_places", OSError(errno.ENOSPC, "No space left on device")),
        ("_write_readings", duckdb.IOException(FULL)),
    ],
)
def test_a_full_disk_ends_the_build_in_words_and_leaves_nothing_behind(
    copied: Config,
    written: str,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(declarations, "read_config", lambda: copied)
    monkeypatch.setattr(build, written, full)
    assert main(["build"]) == 1
    said = capsys.readouterr().err
    assert "disco está cheio" in said
    # None were there before, and none is said to be in use.
    assert "Não há tabelas em uso" in said and "continuam" not in said
    assert [path.name for path in copied.data.iterdir()] == ["raw"]


def test_a_mesh_that_the_system_does_not_take_is_said(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DataSourceError("sqlite3_exec failed")

    monkeypatch.setattr(pyogrio, "write_dataframe", refuse)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
    with pytest.raises(swapping.BuildError, match=f"{tmp_path}: o disco está cheio"):
        publishing.publish(config, tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(declarations.DeclarationError, match="é uma pasta"):
        declarations.read_config(tmp_path)
