"""The commands, run as people run them: in a process of their own, over a configuration of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.declarations import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    (tmp_path / "farol.toml").write_text((ROOT / "farol.toml").read_text("utf-8"), "utf-8")
    return tmp_path


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "programme", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120,
        check=False, env={**os.environ, "FAROL_CONFIG": str(home / "farol.toml")},
    )  # fmt: skip


def test_without_a_store_pages_are_for_reading_and_looking_makes_none(home: Path) -> None:
    found = run(home, "status")
    assert found.returncode == 0
    assert "só para leitura" in found.stdout
    assert "python -m programme invite --role coordinator --name NOME" in found.stdout
    assert not (home / "data" / "programme.db").exists()


def test_from_the_first_coordinator_to_a_backup_and_back(home: Path, tmp_path: Path) -> None:
    made = run(home, "invite", "--role", "coordinator", "--name", "Carla Coordena")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("http://127.0.0.1:8501/entrar#")
    assert "só serve neste computador" in made.stderr
    officer = run(home, "invite", "--role", "officer", "--name", "Olga Oliveira", "--municipality", "5002704")
    assert officer.returncode == 0, officer.stderr
    listed = run(home, "people").stdout
    assert "Carla Coordena" in listed
    assert "5002704 Campo Grande" in listed
    person = next(line.split()[0] for line in listed.splitlines() if "Olga" in line)
    ended = run(home, "revoke", person)
    assert ended.stdout.startswith("Protocolo 2")
    assert "encerrada" in run(home, "people").stdout
    assert "evento(s), em sequência" in run(home, "verify").stdout
    assert run(home, "export", "--out", str(tmp_path / "fora")).returncode == 0
    assert (tmp_path / "fora" / "events.csv").is_file()
    assert run(home, "backup", "--out", str(tmp_path / "c.zip")).returncode == 0
    for command, what in (("import", "fora"), ("restore", "c.zip")):
        refused = run(home, command, str(tmp_path / what))
        assert refused.returncode == 1
        assert "já tem registros" in refused.stderr
        for path in (home / "data").glob("programme.db*"):
            path.unlink()
        assert run(home, command, str(tmp_path / what)).returncode == 0
        assert "Olga Oliveira" in run(home, "people").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("invite", "--role", "officer", "--name", "Olga"), "um município, e só um"),
        (("revoke", "ninguem"), "Não há pessoa nem convite"),
        (("import", "/nao/existe"), "não tem events.csv"),
        (("restore", "/nao/existe.zip"), "não existe"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(home: Path, arguments: tuple[str, ...], said: str) -> None:
    found = run(home, *arguments)
    assert found.returncode == 1
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_make_run_tells_how_to_begin() -> None:
    said = (ROOT / "Makefile").read_text("utf-8")
    steps = said[said.index("\nrun:") : said.index("\nbuild:")]
    assert "-m programme status" in steps
