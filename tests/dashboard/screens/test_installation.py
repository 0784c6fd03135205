"""What the server knows of its tables: a fault ends with the tables that had it."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.screens import installation
from pipelines import build, declarations, publishing
from pipelines.declarations import Config
from tests.conftest import AS_OF


@pytest.fixture
def served(copied: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Tables in a folder of this test, as a new process would meet them."""
    served = replace(copied, file=tmp_path / "farol.toml")
    monkeypatch.setattr(declarations, "STATIC", tmp_path / "static")
    monkeypatch.setattr(installation, "_checked", {})
    monkeypatch.setattr(installation, "config", lambda: served)
    return served


def published() -> str:
    return str((publishing.published(declarations.STATIC / "data") or {}).get("id"))


def test_a_fault_ends_with_a_later_build(served: Config) -> None:
    registry = served.raw / "ibge_municipios" / "values.csv"
    whole = registry.read_bytes()
    registry.write_bytes(whole[:200])
    assert "indispensável" in installation.checked_tables(str(served.file))[1]
    registry.write_bytes(whole)
    # Nothing was built since: the fault stands, and no run of a page builds again.
    assert "indispensável" in installation.checked_tables(str(served.file))[1]
    publishing.build(served, AS_OF)
    assert installation.checked_tables(str(served.file)) == (True, "")


def test_published_files_of_another_build_are_noticed_and_nothing_new_costs_nothing(
    served: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publishing.build(served, AS_OF)
    assert installation.checked_tables(str(served.file)) == (True, "")
    assert published() == first["build"]
    second = build.build(served, AS_OF)
    assert installation.checked_tables(str(served.file)) == (True, "")
    assert published() == second["build"]

    description = declarations.STATIC / "data" / publishing.DESCRIPTION
    description.write_text(json.dumps({"id": "other"}), "utf-8")
    assert installation.checked_tables(str(served.file)) == (True, "")
    assert published() == second["build"]

    def dear(*_: object) -> None:
        raise AssertionError("read on a run that has nothing new")

    for name in ("is_current", "read_manifest", "build"):
        monkeypatch.setattr(build, name, dear)
    monkeypatch.setattr(publishing, "ensure", dear)
    assert installation.checked_tables(str(served.file)) == (True, "")


def test_files_that_cannot_be_published_are_a_fault_that_ends_too(
    served: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.build(served, AS_OF)
    assert installation.checked_tables(str(served.file)) == (True, "")
    build.build(served, AS_OF)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "write", full)
        assert "disco está cheio" in installation.checked_tables(str(served.file))[1]
    publishing.build(served, AS_OF)
    assert installation.checked_tables(str(served.file)) == (True, "")


def test_a_fault_of_published_files_ends_when_they_are_published_again(
    served: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.build(served, AS_OF)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "write", full)
        assert "disco está cheio" in installation.checked_tables(str(served.file))[1]
    # By somebody else, over the same tables.
    assert publishing.ensure(served)
    assert installation.checked_tables(str(served.file)) == (True, "")
