"""Answers kept in memory, the least used ones forgotten first. Nobody may change what comes out of it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

import pandas as pd

MOST = 600


class Latest:
    """What was last made for each key, for whoever can bring it up to date for less than it takes to make it anew."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Any:
        """None where nothing is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, made: Any) -> None:
        with self._lock:
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


class Memory:
    """A dictionary with an end. `st.cache_data` hashes each argument and copies each answer by pickling, on every
    read of every rerun: a quarter of what the queue cost."""

    def __init__(self, most: int = MOST) -> None:
        self._kept = Latest(most)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made for this key, or made now. Two who ask at once may both make it."""
        kept = self._kept.get(key)
        if kept is None:
            # Wrapped, as nothing may be the answer.
            kept = (make(),)
            self._kept.put(key, kept)
        return _safe(kept[0])


def _safe(answer: Any) -> Any:
    # Pandas copies on write: a shallow copy can be changed without changing what is kept.
    return answer.copy(deep=False) if isinstance(answer, pd.DataFrame) else answer
