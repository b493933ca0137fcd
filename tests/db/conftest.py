"""For tests of the record: a clock they move by hand."""

import pytest

from db import clock
from tests.db.helpers import Clock


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the record, which stands still until the test moves it on."""
    told = Clock()
    monkeypatch.setattr(clock, "now", told.now)
    return told
