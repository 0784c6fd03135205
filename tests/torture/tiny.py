"""An installation of a few municipalities and sources, built in about a second: for whole builds by the hundred.

Its folder holds everything that a build reads and writes (raw files, declarations, configuration, list of participants,
plans, tables and published files), cut out of the repository's own, so that any of them can be damaged. A build runs in a
process of its own by the command that people use.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

from pipelines import __main__ as command
from pipelines import declarations, gathering, raw_files
from pipelines.declarations import ROOT, Config
from tests.torture import plan_files

SOURCES = (
    "ibge_malha", "ibge_municipios", "ibge_pib", "ibge_populacao", "ms_vacinas", "ms_vacinas_contagens",
)  # fmt: skip
INDICATORS = (
    "pib", "pib_per_capita", "populacao", "vacina_bcg", "vacina_penta", "vacina_pneumo_10",
    "vacina_polio_injetavel", "vacina_triplice_viral_d1",
)  # fmt: skip
PLANS = ("vacinacao_infantil",)
# Of the territory, and enough for peers to be told apart from slips (`plausible.FEWEST`).
MUNICIPALITIES = 16
PARTICIPANTS = "participantes.csv"
SAID = "said.txt"
# Seconds of the longest build here; beyond them it hangs.
PATIENCE = 120


@dataclass(frozen=True)
class Answer:
    """What came of a build: its exit status (None: it never ended, negative: a signal) and what it said."""

    status: int | None
    said: str

    @property
    def in_words(self) -> bool:
        """Whether it ended well or with a refusal in a sentence."""
        if "Traceback" in self.said:
            return False
        return self.status == 0 or (self.status == 1 and "Não foi possível: " in self.said)


def plan() -> bytes:
    """A plan of the first municipality without faults, as a workbook."""
    made = plan_files.draft()
    made.sheets["Metas"] = [
        row for row in made.sheets["Metas"] if row[2] not in ("Mortes de bebês", "Nota das contas")
    ]
    made.sheets["Ações e Entregas"] = [row for row in made.sheets["Ações e Entregas"] if row[0] != "E2"]
    for rows in made.sheets.values():
        for row in rows:
            row[:] = ["Cobertura vacinal: pentavalente" if cell == "Parte atendida" else cell for cell in row]
    return plan_files.workbook(made)


def furnish(folder: Path) -> Config:
    """Cut an installation out of the repository into an empty folder; nothing is built yet."""
    here = folder / "pipelines"
    for room, names in (("sources", SOURCES), ("indicators", INDICATORS), ("plans", PLANS)):
        (here / room).mkdir(parents=True)
        for name in names:
            for ending in ("toml", "sql"):
                shutil.copy(ROOT / "pipelines" / room / f"{name}.{ending}", here / room)
    shutil.copy(ROOT / "pipelines" / "canon.toml", here)
    (here / "benchmarks.toml").write_text("", "utf-8")
    states = declarations.states_of(declarations.read_config(ROOT / "farol.toml").territory.state)
    kept: set[str] = set()
    for name in ("ibge_municipios", *SOURCES):
        text = raw_files.content(name, raw_files.raw_path(ROOT / "data" / "raw" / name)).decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        at = header.index("municipality_code")
        if not kept:
            kept = set(sorted(row[at][:6] for row in rows if row[at].startswith(states))[:MUNICIPALITIES])
        place = folder / "data" / "raw" / name / raw_files.PLAIN
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [header, *(row for row in rows if row[at][:6] in kept)]
            )
        raw_files.seal(here / "sources" / f"{name}.toml", place)
    plans = folder / "data" / "raw" / "plans"
    plans.mkdir()
    (plans / "plano.xlsx").write_bytes(plan())
    lines = ["municipality_code,participant", *(f"{code},sim" for code in sorted(kept)[:3])]
    (folder / PARTICIPANTS).write_text("\n".join(lines) + "\n", "utf-8")
    told = (ROOT / "farol.toml").read_text("utf-8")
    assert 'participants = ""' in told
    (folder / "farol.toml").write_text(
        told.replace('participants = ""', f'participants = "{PARTICIPANTS}"'), "utf-8"
    )
    return declarations.read_config(folder / "farol.toml")


def _inhabit(folder: Path) -> None:
    """Make this process one of the installation in a folder; no other installation can be asked for afterwards."""
    os.environ["FAROL_CONFIG"] = str(folder / "farol.toml")
    declarations.HERE = folder / "pipelines"
    gathering.PLANS = declarations.HERE / "plans"
    declarations.STATIC = folder / "static"


def _child(folder: Path, arguments: list[str], limits: Mapping[int, int]) -> None:
    """Run the command in the installation of a folder, what it says going into a file there."""
    said = os.open(folder / SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(said, stream)
    # Beyond the size of a file the system sends a signal first.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))
    _inhabit(folder)
    sys.exit(command.main(arguments))


def start(
    folder: Path, arguments: tuple[str, ...] = ("build",), limits: Mapping[int, int] | None = None
) -> BaseProcess:
    """A build that runs, in a process forked from one that has loaded all that a build needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tests.torture.tiny", "geopandas", "pyogrio", "pipelines.publishing", "tqdm"]
    )
    process = context.Process(target=_child, args=(folder, list(arguments), dict(limits or {})))
    # The child runs the file of `__main__` first; what a page's test left there under that name is no program of ours.
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = program
    return process


def answer(process: BaseProcess, folder: Path) -> Answer:
    """What came of a build, once it has ended; one that hangs is killed."""
    process.join(PATIENCE)
    status = process.exitcode
    if status is None:
        process.kill()
        process.join()
    try:
        said = (folder / SAID).read_text("utf-8", errors="replace")
    except OSError:
        said = ""
    return Answer(status, said)


def ran(
    folder: Path, arguments: tuple[str, ...] = ("build",), limits: Mapping[int, int] | None = None
) -> Answer:
    """Run a build to its end."""
    return answer(start(folder, arguments, limits), folder)


def kept_whole(folder: Path, name: str = "pristine") -> Callable[[], None]:
    """Keep what a build reads under another name; returns what puts it back."""
    parts = ("data/raw", "pipelines", "farol.toml", PARTICIPANTS)
    pristine = folder / name
    for part in parts:
        _copy(folder / part, pristine / part)

    def restore() -> None:
        for part in parts:
            place = folder / part
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
            _copy(pristine / part, place)

    return restore


def _copy(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    if old.is_dir():
        shutil.copytree(old, new)
    else:
        shutil.copy(old, new)
