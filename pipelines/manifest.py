"""What a folder of tables says about the build that made it: build.json."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

MANIFEST = "build.json"
# The files of geometry that the maps on screen cannot do without.
DRAWN = ("municipalities", "outline")


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The build's own words, checked: build, built_at, as_of, as_of_given, fingerprint and geometry.

    None where there are none or they cannot be used: an empty file, half of one, another thing under its name.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        dt.date.fromisoformat(found["as_of"])
        dt.datetime.fromisoformat(found["built_at"])
        texts = [found["build"], found["fingerprint"], *(found["geometry"][name] for name in DRAWN)]
        if all(isinstance(text, str) for text in texts) and isinstance(found["as_of_given"], bool):
            manifest: dict[str, Any] = found
            return manifest
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return None
