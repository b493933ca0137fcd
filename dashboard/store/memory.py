"""Answers kept in memory, the least used ones forgotten first. Nobody may change what comes out of it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

import pandas as pd

MOST = 600


class Memory:
    """A dictionary with an end. `st.cache_data` hashes each argument and copies each answer by pickling, on every
    read of every rerun: a quarter of what the queue cost."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made for this key, or made now. Two who ask at once may both make it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return _safe(self._kept[key])
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return _safe(made)


def _safe(answer: Any) -> Any:
    # Pandas copies on write: a shallow copy can be changed without changing what is kept.
    return answer.copy(deep=False) if isinstance(answer, pd.DataFrame) else answer
