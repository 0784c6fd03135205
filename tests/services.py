"""The store's suite on a real PostgreSQL, and the deployment behind a real nginx: found, else installed; started on loopback
for the run, and ended after it.

Fails where they cannot be had: what was not run on the engine is not known to hold there.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import proxy
from tests.conftest import free_port
from tests.programs import install_chromium, quiet

# Where Debian keeps the programs of each version.
DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, of the newest version; None where there is none."""
    newest = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    if newest:
        return newest[0].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def install() -> Path:
    """The programs' folder, installing the package where there is none; exits saying what to install where that fails."""
    if found := programs():
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing PostgreSQL with the system's package manager…", flush=True)
        quiet("apt-get", "update")
        quiet("apt-get", "install", "-y", "--no-install-recommends", "postgresql")
    if found := programs():
        return found
    sys.exit("No PostgreSQL for the store's tests. Install the package 'postgresql' and run again.")


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a server of its own on loopback, until the block ends."""
    where = install()
    # The server refuses to run as root.
    alone = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="farol-postgresql-"))
    port = free_port()
    try:
        if alone:
            shutil.chown(folder, "postgres")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run(
            [*alone, str(where / "initdb"), "-D", str(folder / "data"), "-U", "farol", "--auth=trust", "-E", "UTF8"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        subprocess.run(
            [*alone, str(where / "pg_ctl"), "-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o", options,
             "start"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        try:
            yield f"postgresql+psycopg://farol@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(
                [*alone, str(where / "pg_ctl"), "-D", str(folder / "data"), "-w", "-m", "fast", "stop"],
                check=False, stdout=subprocess.DEVNULL, cwd=folder,
            )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


STORE = ("tests/programme",)
DEPLOYMENT = (
    *("-m", "deploy or many"),
    *(f"tests/e2e/{name}.py" for name in ("test_deploy", "test_behind_proxy", "test_many")),
)


def tested(*arguments: str, **environment: str) -> int:
    """Run a part of the suite; pytest's exit status."""
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


def main(arguments: list[str]) -> int:
    """Run the store's suite on the server, then the deployment's; or what is given, on the server. Pytest's exit status."""
    # Whoever is asked to end ends the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with postgresql() as address:
        failed = tested(*(arguments or STORE), FAROL_TEST_STORE=address)
    if arguments:
        return failed
    proxy.install()
    install_chromium()
    return tested(*DEPLOYMENT) or failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
