"""python -m bench.brazil: what takes minutes, of the whole country and of a drawn national set; make bench-brazil."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import asking, memory, national
from bench.lines import Line, told
from pipelines.declarations import ROOT


@dataclass(frozen=True)
class Work:
    """What a work in a process of its own took: seconds, and MB at its peak, imports included."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Built:
    """A project whose tables stand: its configuration, the folder of its tables, and what building them took."""

    file: Path
    tables: Path
    work: Work


# The peak is read from the system, since the one of getrusage begins with that of the process before.
_TIMED = """
import re, sys, time
from pathlib import Path
{prepare}
start = time.perf_counter()
{work}
took = time.perf_counter() - start
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(f"{{took:.2f}} {{peak / 1000:.0f}}")
"""
PREPARE = "import tempfile\nfrom pipelines import build, declarations, publishing\nconfig = declarations.read_config()"
BUILD = "build.build(config)"
PUBLISH = "with tempfile.TemporaryDirectory() as folder: publishing.write(config, Path(folder))"
COPY = (
    "with tempfile.TemporaryDirectory() as folder: sorted_copy(sorted(map(Path, sys.argv[1:])), Path(folder))"
)


def worked(work: str, project: Path, file: Path, *given: str, prepare: str = PREPARE) -> Work:
    """A work in an interpreter of its own, with the pipelines of a project and its configuration."""
    environment = {**os.environ, "FAROL_CONFIG": str(file), "PYTHONPATH": str(project)}
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(prepare=prepare, work=work), *given],
        cwd=project, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    took, peak = map(float, done.stdout.split()[-2:])
    return Work(took, peak)


@contextmanager
def synthetic() -> Iterator[Built]:
    """The drawn national set, built by the real pipeline in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        file = national.project(Path(folder))
        work = worked(BUILD, Path(folder), file)
        yield Built(file, Path(folder) / "data" / "processed-brasil", work)


def against_copy(built: Built) -> list[Line]:
    """The build of the drawn set against DuckDB's sorted COPY of the same raw files."""
    files = sorted(str(path) for path in (built.file.parent / "data" / "raw").glob("*/values.csv*"))
    bare = worked(
        COPY, ROOT, built.file, *files, prepare="import tempfile\nfrom bench.national import sorted_copy"
    )
    values = national.INDICATORS * national.YEARS * 5570 / 1e6
    return [
        Line(
            f"build of {values:.1f} million / sorted COPY",
            built.work.seconds / bare.seconds,
            6,
            f"{built.work.seconds:.1f} s / {bare.seconds:.1f} s",
        ),
        Line("MB at its peak", built.work.megabytes, 1500, f"COPY: {bare.megabytes:.0f}"),
    ]


def country() -> list[Line]:
    """Seconds and memory of the build of Brazil's real tables, and of writing its published files."""
    file = ROOT / "farol-brasil.toml"
    build, publish = worked(BUILD, ROOT, file), worked(PUBLISH, ROOT, file)
    return [
        Line("Brazil: seconds of its build", build.seconds, 50, "two idle cores"),
        Line("Brazil: MB at its peak", build.megabytes, 1500, ""),
        Line("Brazil: seconds of the published files", publish.seconds, None, f"{publish.megabytes:.0f} MB"),
    ]


def main() -> int:
    """Measure the long ones and print each with its bound."""
    lines = told(country())
    with synthetic() as built:
        lines += told(against_copy(built))
        lines += told(asking.questions(built.tables))
    for found in asking.clicks():
        lines += told(found)
    lines += told(memory.rebuilds(800, asking.BRAZIL))
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
