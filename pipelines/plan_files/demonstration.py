"""The plan that ships as an example, known by its content: a mark can be deleted, invented texts stay invented.

Of a plan its challenges (with their indicator) and its deliverables (with their action) are taken as pieces, each
without capitals and accents, and each as the start of its sha256. A plan is the demonstration where at least half of
its pieces, and no fewer than three, are pieces of the demonstration, or where it holds at least half of those: title,
identifier, municipality, numbers, dates, names and the mark itself may all have been changed. Somebody who fills the
example with challenges and deliverables of their own has a plan of their own, and so has one who took over a phrase.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pipelines.plan_files.cells import plain_value
from pipelines.plan_files.plan import Deliverable
from pipelines.verdicts import Target

# The pieces of data/raw/plans/demonstracao.xlsx, as `pieces` tells them.
PIECES = frozenset(
    [
        "1f50f576cfa9",
        "307d697282e5",
        "416ec3d06b37",
        "4b6b8f5ce1ff",
        "562f951e9e80",
        "82004f516c1c",
        "82314740e27c",
        "84ddd004afe4",
        "919c2e93d87e",
        "9269e867a576",
        "bcaf7cd1d8ad",
        "c7acfb371db0",
        "cae06fa04330",
        "d346e3251a6a",
    ]
)
SHARE = 0.5
FEWEST = 3


def pieces(targets: Iterable[Target], deliverables: Iterable[Deliverable]) -> frozenset[str]:
    """The pieces of a plan's content, which its mark, names, numbers and dates are no part of."""
    texts = [f"{target.indicator} {target.challenge}" for target in targets]
    texts += [f"{item.action} {item.deliverable}" for item in deliverables]
    return frozenset(_piece(text) for text in texts)


def _piece(text: str) -> str:
    return hashlib.sha256(plain_value(text).encode()).hexdigest()[:12]


def is_demonstration(targets: Iterable[Target], deliverables: Iterable[Deliverable]) -> bool:
    """Whether a plan's content is the demonstration's, edited or not."""
    found = pieces(targets, deliverables)
    shared = len(found & PIECES)
    return shared >= max(FEWEST, SHARE * min(len(found), len(PIECES)))
