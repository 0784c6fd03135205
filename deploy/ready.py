"""ready.py PORT [SECONDS]: waits until the process on that port of this machine can show the tables.

Ends with 0 as soon as it can; with 1 and a sentence where it still cannot after SECONDS (1, if not given). For systemd,
containers and whoever restarts one process after another; needs nothing but Python.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request


def fault(port: int) -> str:
    """Why the process on a port cannot show the tables; empty where it can."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/pronto", timeout=10) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        try:
            return str(json.loads(error.read())["dito"])
        except (ValueError, KeyError, TypeError):
            return f"o processo respondeu {error.code}."
    except OSError as error:
        return f"o processo não responde ({error})."
    return ""


def main(arguments: list[str]) -> int:
    """Wait; returns the exit status."""
    port, seconds = int(arguments[0]), float(arguments[1]) if len(arguments) > 1 else 1.0
    until = time.monotonic() + seconds
    while said := fault(port):
        if time.monotonic() >= until:
            print(f"Porta {port}: {said}", file=sys.stderr)
            return 1
        time.sleep(0.25)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
