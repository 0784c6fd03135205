"""What a bench prints: a ratio or a size with its bound, and works measured in turn."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One ratio: what was measured, the two numbers behind it, and the bound it should keep (None: only told)."""

    what: str
    ratio: float
    bound: float | None
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.bound is None or self.ratio <= self.bound


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_in_turn(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The median seconds of each work, all measured in turn so that load on the machine falls on all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for place, work in enumerate(works):
            times[place].append(seconds(work))
    return [statistics.median(found) for found in times]


def told(lines: list[Line]) -> list[Line]:
    """Print lines as soon as they are known."""
    for line in lines:
        bound = "" if line.bound is None else f"(at most {line.bound:g}) {'ok' if line.holds else 'MISSED'}"
        print(f"{line.what:<42} {line.ratio:8.2f}  {line.detail:<24} {bound}", flush=True)
    return lines
