"""Every torture in turn: python -m tests.torture --seconds 600 --seed 1.

Each prints what it tried, what was refused in words, what was accepted, and what is unaccounted for; the exit status
is 1 if anything is.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

# Of the time, in parts: a whole build takes a hundred times as long as the reading of one file.
KINDS = {"raw_files": 3, "plan_files": 2, "builds": 5}


def main() -> int:
    """Share the time between the kinds; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    whole = sum(KINDS.values())
    failed = [
        kind
        for kind, part in KINDS.items()
        if subprocess.run(
            [
                sys.executable,
                "-m",
                f"tests.torture.{kind}",
                "--seconds",
                str(max(given.seconds * part // whole, 1)),
                "--seed",
                str(given.seed),
            ],
            check=False,
        ).returncode
    ]
    if failed:
        print(f"unaccounted in: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
