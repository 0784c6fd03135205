"""What is made once and kept for all readers: weighed by what it holds, bounded, made by one of those who ask.

Streamlit collects garbage after every run, which walks over everything that the process holds. What is kept lives as
long as the build and is therefore taken out of the collector's sight (`gc.freeze`).
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import pandas as pd

R = TypeVar("R")

# After so many freezes what is frozen is looked through once: sessions that have ended may lie among it.
LOOKED_THROUGH = 100


def weight(thing: Any) -> int:
    """How many bytes a thing and all that it holds take; what stands in several places in it counts once.

    Classes and functions belong to the program and weigh nothing, nor does what says of itself `kept_elsewhere`.
    """
    seen: set[int] = set()
    waiting, total = [thing], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, (str, bytes, int, float)):
            total += sys.getsizeof(one)
        elif isinstance(one, (set, frozenset)):
            total += sys.getsizeof(one)
            waiting.extend(one)
        elif isinstance(one, (list, tuple, dict)):
            total += sys.getsizeof(one)
            found = _sampled([*one.items()] if isinstance(one, dict) else one)
            parts = [*one.keys(), *one.values()] if isinstance(one, dict) else one
            if found is not None:
                total += round(found)
            else:
                # Most that is kept is short runs of plain things: those need not wait.
                plain = {id(part): part for part in parts if type(part) in _KINDS and id(part) not in seen}
                seen.update(plain)
                total += sum(map(sys.getsizeof, plain.values()))
                waiting.extend(part for part in parts if type(part) not in _KINDS)
        elif isinstance(one, (pd.DataFrame, pd.Series)):
            total += 2_000
            # By its blocks: `memory_usage` makes a series of every column, which costs more than many a drawing.
            waiting.extend([*one._mgr.arrays, one.index])
        elif isinstance(one, np.ndarray):
            total += one.nbytes
            waiting.extend(one.ravel() if one.dtype == object else ())
        elif isinstance(one, (pd.Index, pd.api.extensions.ExtensionArray)):
            total += 500 + int(one.nbytes)
        elif (
            hasattr(one, "__dict__")
            and not getattr(one, "kept_elsewhere", False)
            and not isinstance(one, type)
            and not callable(one)
        ):
            total += sys.getsizeof(one)
            waiting.append(vars(one))
    return total


# Of a longer run of plain things so many are weighed, and stand for the rest; of rows that have their cells by name, fewer,
# since each has many.
WEIGHED, ROWS_WEIGHED = 500, 8


_PLAIN = (str, int, float, dt.date, type(pd.NA), type(pd.NaT))
# The same, and nothing made of them: what a set finds without asking for its ancestors.
_KINDS = {*_PLAIN, bytes, bool, dt.datetime, pd.Timestamp, type(None)}


def _sampled(things: Sequence[Any]) -> float | None:
    """The bytes of a long run of texts and numbers, or of rows of them, by a sample of it; None where it is short or holds
    other things.
    """
    most = ROWS_WEIGHED if things and isinstance(things[0], dict) else WEIGHED
    if len(things) <= 4 * most:
        return None
    sample = things[:: len(things) // most]
    if _KINDS.issuperset(map(type, sample)):
        return sum(map(sys.getsizeof, sample)) * len(things) / len(sample)
    found = 0
    for one in sample:
        cells = [*one.values()] if isinstance(one, dict) else one if isinstance(one, (list, tuple)) else ()
        if not all(cell is None or isinstance(cell, _PLAIN) for cell in cells or (one,)):
            return None
        found += sys.getsizeof(one) + sum(map(sys.getsizeof, cells))
    return found * len(things) / len(sample)


# Of so many things, those asked for last, is kept what was made of them: nothing else weighs it.
MOST_REMEMBERED = 12
_made: OrderedDict[int, tuple[weakref.ref[Any], dict[Hashable, Any]]] = OrderedDict()


def once(thing: object, key: Hashable, make: Callable[[], R]) -> R:
    """What was made of a thing that nobody changes (a data frame, most often), made now if it was not; gone with it, and
    when enough others have been asked for since.
    """
    place = id(thing)
    held = _made.get(place)
    if held is None or held[0]() is not thing:
        held = weakref.ref(thing, lambda _: _made.pop(place, None)), {}
        _made[place] = held
    with suppress(KeyError):
        _made.move_to_end(place)
    while len(_made) > MOST_REMEMBERED:
        _made.popitem(last=False)
    if key not in held[1]:
        held[1][key] = make()
    found: R = held[1][key]
    return found


class Heap:
    """What the garbage collector of this process need not look at. One for each process, since the collector is."""

    def __init__(self) -> None:
        _hold_little()
        self._grown = threading.Event()
        self._lock = threading.Lock()
        self._times = 0

    def grown(self) -> None:
        """Something was made that stays."""
        self._grown.set()

    def settle(self) -> None:
        """Freeze what was made since the last time; called when a run begins, which is after the last was collected.

        A freeze moves a list and costs nothing. What it takes in by chance, of another session's run, is looked
        through every so often.
        """
        if not self._grown.is_set():
            return
        with self._lock:
            self._grown.clear()
            self._times += 1
            if self._times < LOOKED_THROUGH:
                gc.freeze()
                return
        self.renew()

    def renew(self) -> None:
        """Put everything back, throw away what nobody holds, and freeze the rest: after a swap, and every so often."""
        with self._lock:
            self._times = 0
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            _give_back()


def _library(name: str) -> Callable[..., int] | None:
    """A function of the C library, where it has it (glibc)."""
    found: Callable[..., int] | None = (
        getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    )
    return found


def _give_back() -> None:
    """Return to the system what the C library still holds of freed memory."""
    if trim := _library("malloc_trim"):
        trim(0)


# Of mallopt(3): the parameters, and what is asked of each. Freed memory goes back to the system at once, however large the
# pieces were that came before, and threads, of which each run of a script has its own, share two heaps.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_FRUGAL = {_TRIM_THRESHOLD: 131_072, _MMAP_THRESHOLD: 131_072, _ARENA_MAX: 2}


def _hold_little() -> None:
    """Have the C library hold little of what was freed; Arrow asks it for all, as the package says."""
    if adjust := _library("mallopt"):
        for parameter, value in _FRUGAL.items():
            adjust(parameter, value)


HEAP = Heap()


class Shelf:
    """Things made once, by key. The oldest give way, so that a server that runs for weeks stays small."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self.weight = 0
        self._lock = threading.Lock()
        self._making: dict[Any, threading.RLock] = {}

    def keep(self, key: tuple[Any, ...], make: Callable[[], R]) -> R:
        """What was made for `key`, made now if it was not.

        After a rebuild everybody asks for the same things at once: one makes each, the others wait for it.
        """
        with self._lock:
            if key in self.held:
                self.held.move_to_end(key)
                thing: R = self.held[key][0]
                return thing
            making = self._making.setdefault(key, threading.RLock())
        with making:
            with self._lock:
                if key in self.held:
                    made: R = self.held[key][0]
                    return made
            try:
                made = make()
                weighs = weight(made)
            except BaseException:
                with self._lock:
                    self._making.pop(key, None)
                raise
            with self._lock:
                # Not before it is held: whoever asks in between would make and weigh it again.
                self._making.pop(key, None)
                self.held[key] = (made, weighs)
                self.weight += weighs
                while self.weight > self.most and len(self.held) > 1:
                    self.weight -= self.held.popitem(last=False)[1][1]
            HEAP.grown()
            return made
