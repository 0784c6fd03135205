"""Things made once and kept for as long as there is room for them."""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

import pandas as pd

R = TypeVar("R")


def _weight(thing: Any) -> int:
    """How many bytes a thing holds: as a data frame counts itself, or else as it would be written down.

    What cannot be written (a drawing with a function in it) counts as a large chart.
    """
    if isinstance(thing, str):
        return len(thing)
    if isinstance(thing, pd.DataFrame):
        return 2_000 + int(thing.memory_usage(deep=True).sum())
    try:
        return len(pickle.dumps(thing, protocol=pickle.HIGHEST_PROTOCOL))
    except (pickle.PicklingError, TypeError, AttributeError):
        return 200_000


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
            finally:
                with self._lock:
                    self._making.pop(key, None)
            weight = _weight(made)
            with self._lock:
                self.held[key] = (made, weight)
                self.weight += weight
                while self.weight > self.most and len(self.held) > 1:
                    self.weight -= self.held.popitem(last=False)[1][1]
            return made
