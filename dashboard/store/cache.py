"""Caches that all visitors of a process share; the least recently used answers go first. Nobody may change what comes
out of one."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

import pandas as pd
from cachetools import LRUCache, cached

MOST = 600


class Latest:
    """What was last made for each key, for whoever can bring it up to date for less than it takes to make it anew."""

    def __init__(self, most: int) -> None:
        self._kept: LRUCache[Hashable, Any] = LRUCache(most)
        self._lock = Lock()

    def get(self, key: Hashable) -> Any:
        """None where nothing is cached."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Hashable, made: Any) -> None:
        with self._lock:
            self._kept[key] = made

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


class Cache:
    """Not `st.cache_data`, which hashes each argument and copies each answer by pickling, on every read of every rerun:
    a quarter of what the queue cost."""

    def __init__(self, most: int = MOST) -> None:
        self._answer = cached(LRUCache(most), key=_key, lock=Lock())(_make)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made for this key, or made now. Two who ask at once may both make it."""
        answer = self._answer(key, make)
        # Pandas copies on write: a shallow copy can be changed without changing what is cached.
        return answer.copy(deep=False) if isinstance(answer, pd.DataFrame) else answer


def _key(key: Hashable, _make: Callable[[], Any]) -> Hashable:
    return key


def _make(_key: Hashable, make: Callable[[], Any]) -> Any:
    return make()
