"""The counts from records on a real Spark: a master and two workers on loopback for the run, and ended after it.

Java is the system's: found, else installed, else a clear refusal. What was not run on the engine is not known to hold
there, so nothing is skipped.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.conftest import free_port
from tests.programs import quiet

JAVA = "openjdk-17-jre-headless"
WORKERS = 2
# Seconds for master and workers to stand.
PATIENCE = 180


def java() -> str | None:
    """The path of a Java; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    own = Path(home) / "bin" / "java" if home else None
    return str(own) if own and own.exists() else shutil.which("java")


def install() -> str:
    """Java's path, installing the package where there is none; exits saying what to install where that fails."""
    if found := java():
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Java with the system's package manager…", flush=True)
        quiet("apt-get", "update")
        quiet("apt-get", "install", "-y", "--no-install-recommends", JAVA)
    if found := java():
        return found
    sys.exit(f"No Java for the tests on Spark. Install the package '{JAVA}' and run again.")


@contextmanager
def _process(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as said:
        running = subprocess.Popen(
            command, stdout=said, stderr=subprocess.STDOUT, env=environment, cwd=log.parent
        )
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(20)


@contextmanager
def cluster() -> Iterator[tuple[str, list[int]]]:
    """The address of a master of its own with two workers of one core each, and their process ids, until the block ends."""
    place = importlib.util.find_spec("pyspark")
    if place is None or not place.origin:
        sys.exit("No PySpark for the tests on Spark. Run make test-spark, which makes its own environment.")
    home = Path(place.origin).parent
    folder = Path(tempfile.mkdtemp(prefix="farol-spark-"))
    port, shown = free_port(), free_port()
    address = f"spark://127.0.0.1:{port}"
    environment = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "local"), "SPARK_NO_DAEMONIZE": "1", "JAVA_HOME": str(Path(install()).resolve().parents[1]),
    }  # fmt: skip
    start = [str(home / "bin" / "spark-class")]
    master = [*start, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port)]
    worker = [
        *start,
        "org.apache.spark.deploy.worker.Worker",
        "--host",
        "127.0.0.1",
        "--cores",
        "1",
        "--memory",
        "1500m",
    ]
    try:
        with ExitStack() as stack:
            opened = [
                stack.enter_context(
                    _process([*master, "--webui-port", str(shown)], folder / "master.log", environment)
                )
            ]
            _wait(f"http://127.0.0.1:{shown}/json/", 0, opened, folder)
            for number in range(WORKERS):
                command = [*worker, "--webui-port", str(free_port()), address]
                opened.append(
                    stack.enter_context(_process(command, folder / f"worker{number}.log", environment))
                )
            _wait(f"http://127.0.0.1:{shown}/json/", WORKERS, opened, folder)
            yield address, [one.pid for one in opened]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(page: str, workers: int, opened: list[subprocess.Popen[bytes]], folder: Path) -> None:
    """Wait until the master counts so many workers; exits with what the logs say last where one ends before."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and all(one.poll() is None for one in opened):
        try:
            with urllib.request.urlopen(page, timeout=2) as answer:
                if json.load(answer)["aliveworkers"] >= workers:
                    return
        except OSError:
            pass
        time.sleep(0.3)
    said = [
        line
        for log in sorted(folder.glob("*.log"))
        for line in log.read_text("utf-8", "replace").splitlines()[-3:]
    ]
    sys.exit("Spark did not start on loopback: " + " | ".join(said))


def main(arguments: list[str]) -> int:
    """Run the tests that are marked for Spark on the cluster; returns pytest's exit status."""
    # Whoever is asked to end ends master and workers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with cluster() as (address, pids):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-s",
            "-m",
            "spark",
            *(arguments or ["tests/pipelines/microdata"]),
        ]
        told = {
            "FAROL_TEST_SPARK": address, "FAROL_TEST_SPARK_PIDS": " ".join(map(str, pids)), "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
        }  # fmt: skip
        return subprocess.run(command, env={**os.environ, **told}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
