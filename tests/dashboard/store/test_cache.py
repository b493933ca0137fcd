"""The cache that all readers of a process share."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pytest

from dashboard.store.cache import Cache, Latest


def never() -> Any:
    pytest.fail("made again")


def test_an_answer_is_made_once_even_when_it_is_none() -> None:
    cache = Cache()
    assert cache.get("a", lambda: None) is None
    assert cache.get("a", never) is None


def test_the_least_recently_used_goes_first() -> None:
    cache = Cache(most=2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, key.upper)
    assert cache.get("a", never) == "A"
    assert cache.get("c", never) == "C"
    assert cache.get("b", lambda: "made again") == "made again"


def test_what_fails_is_not_cached() -> None:
    cache = Cache()
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 1) == 1


def test_a_frame_that_a_reader_changes_is_whole_for_the_next() -> None:
    cache = Cache()
    frame = pd.DataFrame({"days": [1, 2]})
    for _ in range(2):
        seen = cache.get("a", lambda: frame)
        assert list(seen.columns) == ["days"]
        assert list(seen["days"]) == [1, 2]
        seen.loc[0, "days"] = 99
        seen["more"] = 0


def test_what_is_latest_is_forgotten_when_told_to() -> None:
    latest = Latest(most=2)
    for key in ("a", "b", "c"):
        latest.put(key, key)
    assert [latest.get(key) for key in ("a", "b", "c")] == [None, "b", "c"]
    latest.clear()
    assert latest.get("c") is None


def test_many_readers_at_once_get_their_own_answers() -> None:
    cache, latest = Cache(most=5), Latest(most=5)

    def read(number: int) -> bool:
        key = number % 9
        latest.put(key, key)
        return cache.get(key, lambda: key) == key and latest.get(key) in {key, None}

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(5_000)))
