"""A release's table as a file: released values only, with what must be known to read them inside it."""

import csv
import io
import itertools
import re

import pytest

from dashboard.reports import heatmap_file
from dashboard.store.accounts import person_of
from db import clock
from db.access import viewer_of
from db.choices import EXAMINED, Dimension, DownloadKind, Measure, RowOrder
from db.commands.accounts import start_session
from db.downloads import may_download
from db.errors import NotFound
from db.queries.session import Person
from db.rules.quarters import quarter_before, quarter_of
from tests.db.heatmap_record import Record
from tests.db.releases import sign_release_of
from tests.factories import Casework

LAST = quarter_before(quarter_of(clock.today()))
ABOUT = {
    "quarter": LAST,
    "against": Dimension.REGION.value,
    "period": "all",
    "findings": "",
    "measure": Measure.DOCTORS.value,
    "order": RowOrder.LISTED.value,
    "form": "csv",
}


@pytest.fixture
def released(app_casework: Casework) -> Casework:
    with app_casework.database.write() as session:
        record = Record(session, beside="more")
        for number in range(40):
            record.case(None, "P04", *(["U06"] if number % 2 else []), region="london" if number % 3 else "wales")
    sign_release_of(app_casework, LAST)
    return app_casework


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def signed_in(work: Casework, who: int) -> Person:
    with work.database.write() as session:
        token = start_session(session, volunteer_id=who, device="test", days=1)
    found = person_of(token)
    assert found is not None
    return found


def test_what_is_saved_is_what_was_released_says_what_it_is_and_nothing_else_is_offered(released: Casework) -> None:
    person = signed_in(released, released.observer)
    told = lines(heatmap_file.made(person, ABOUT))
    head = " ".join(line[0] for line in itertools.takewhile(bool, told))
    wanted = ("Doctors by finding and region", "n withheld", "signed on", "rounded to the nearest 5", "not a rate")
    for words in wanted:
        assert words in head
    cells = {cell for line in told[len(list(itertools.takewhile(bool, told))) + 2 :] for cell in line[1:]}
    assert cells <= {"0-7", "*", *(str(number) for number in range(10, 60, 5))}
    drawn = heatmap_file.made(person, ABOUT | {"form": "svg"}).decode()
    assert "n withheld" in drawn
    assert "not a rate" in drawn
    assert not re.search(r">[1-7]<", drawn)
    assert heatmap_file.made(person, ABOUT | {"form": "png", "against": EXAMINED})[:4] == b"\x89PNG"
    for measure in Measure:
        assert heatmap_file.made(person, ABOUT | {"measure": measure.value, "order": "likeness"})
    assert_only_what_is_offered(released)


def assert_only_what_is_offered(released: Casework) -> None:
    with released.database.read() as session:
        for who in (released.lead, released.on_case, released.observer):
            may_download(session, viewer_of(session, who), DownloadKind.HEATMAP, ABOUT)
        wrong = (
            {"against": "organisation"},
            {"against": "finding"},
            {"quarter": "2019Q1"},
            {"period": "\x00"},
            {"measure": "raw"},
            {"findings": "'"},
            {"form": "html"},
            {"more": "x"},
        )
        for one in wrong:
            with pytest.raises(NotFound):
                may_download(session, viewer_of(session, released.lead), DownloadKind.HEATMAP, ABOUT | one)
