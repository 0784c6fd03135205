"""What publishers answered last time, so that they can say "nothing changed" (ETag, Last-Modified).

Lies in data/.fetch/, may be deleted at any moment, and holds only answers of sources that were collected whole.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from pipelines.raw_files import fingerprint

# An address nobody asked for in this time is forgotten.
KEPT_DAYS = 400
# What one source may hold of answers; what is larger is asked for again each time.
LARGEST = 100_000_000


@dataclass(frozen=True)
class Answer:
    """The body at an address, with what the publisher said of its state; `kind` is the content type."""

    url: str
    body: bytes
    kind: str
    etag: str = ""
    last_modified: str = ""

    @property
    def stamps(self) -> dict[str, str]:
        """What the index of editions keeps of it."""
        said = {"etag": self.etag, "last_modified": self.last_modified}
        return {"url": self.url, "sha256": fingerprint(self.body), **{k: v for k, v in said.items() if v}}


class Memory:
    """Answers by address, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _paths(self, url: str) -> tuple[Path, Path]:
        name = fingerprint(url.encode())[:32]
        return self.folder / f"{name}.json", self.folder / f"{name}.body"

    def recall(self, url: str) -> Answer | None:
        """The answer of last time; None where there is none or it is not whole."""
        told, body = self._paths(url)
        try:
            said = json.loads(told.read_text("utf-8"))
            data = body.read_bytes()
            if fingerprint(data) != said["sha256"]:
                return None
            return Answer(url, data, said["kind"], said["etag"], said["last_modified"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, answers: list[Answer]) -> None:
        """Remember what came with a stamp; forget what nobody asked for in a long time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for answer in answers:
            if not (answer.etag or answer.last_modified):
                continue
            told, body = self._paths(answer.url)
            said = {
                **answer.stamps,
                "kind": answer.kind,
                "etag": answer.etag,
                "last_modified": answer.last_modified,
            }
            for path, data in ((body, answer.body), (told, json.dumps(said).encode())):
                aside = path.with_suffix(path.suffix + ".new")
                aside.write_bytes(data)
                aside.replace(path)
        limit = time.time() - KEPT_DAYS * 86_400
        for path in self.folder.iterdir():
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
