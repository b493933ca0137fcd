"""Minutes as a file: each reader's own, whole, and with every word that somebody typed as a word."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document

from dashboard.reports import minutes_file
from dashboard.store.accounts import person_of
from db import clock
from db.access import viewer_of
from db.choices import ConsentPurpose, Decision, DownloadKind
from db.commands.accounts import start_session
from db.commands.consents import record_consent
from db.commands.meeting_notes import close_meeting, decide, go_to_item, note_item, open_meeting
from db.commands.meetings import plan_meeting
from db.downloads import may_download
from db.errors import NotFound
from db.models import MeetingItem
from db.queries.session import Person
from tests.db.helpers import rows, run, the_case
from tests.factories import Casework

HOSTILE = "<script>alert(1)</script> & \u2028 “quoted”"
Read = Callable[[int, str], str]


@pytest.fixture
def about(app_casework: Casework) -> dict[str, str]:
    """A closed meeting in which the case was discussed, and somebody had to leave for it."""
    work = app_casework
    run(work, record_consent, work.lead, purpose=ConsentPurpose.MEETING, given=True)
    everybody = [work.lead, work.on_case, work.off_case, work.in_conflict]
    people: dict[str, Any] = {"chair_id": work.lead, "note_taker_id": work.off_case, "attendee_ids": everybody}
    with work.database.write() as session:
        meeting = plan_meeting(session, actor_id=work.lead, held_on=clock.today(), **people)
        open_meeting(session, actor_id=work.lead, meeting_id=meeting, came_ids=everybody)
    [item] = rows(work.database, MeetingItem, case_id=the_case(work).id)
    by: dict[str, Any] = {"actor_id": work.lead, "meeting_id": meeting, "item_id": item.id}
    with work.database.write() as session:
        go_to_item(session, **by)
        note_item(session, **by, text=HOSTILE)
        decide(session, **by, decision=Decision.NOTED, text="We go with her")
        close_meeting(session, actor_id=work.lead, meeting_id=meeting)
    return {"meeting": str(meeting), "held_on": clock.today().isoformat()}


@pytest.fixture
def read(app_casework: Casework, about: dict[str, str]) -> Read:
    def content(who: int, form: str) -> str:
        made = minutes_file.made(person(app_casework, who), {**about, "form": form})
        if form == "html":
            return made.decode()
        file = Document(io.BytesIO(made))
        cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in file.paragraphs), *cells])

    return content


def person(work: Casework, who: int) -> Person:
    with work.database.log() as session:
        token = start_session(session, volunteer_id=who, device="test", days=1)
    found = person_of(token)
    assert found is not None
    return found


@pytest.mark.parametrize("form", ["docx", "html"])
def test_the_chairs_minutes_have_it_all_and_those_of_who_left_have_nothing_of_it(
    app_casework: Casework, read: Read, form: str
) -> None:
    chair, left = read(app_casework.lead, form), read(app_casework.in_conflict, form)
    for words in (app_casework.reference, "We go with her", "Out of the room: Con"):
        assert words in chair
        assert words not in left
    assert "You were out of the room" in left


def test_what_was_typed_is_never_code(app_casework: Casework, read: Read) -> None:
    page = read(app_casework.lead, "html")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page
    assert "<script>alert(1)</script> &" in read(app_casework.lead, "docx")


def test_only_leads_and_whoever_was_asked_may_have_them(app_casework: Casework, about: dict[str, str]) -> None:
    def may(who: int, **other: str) -> None:
        with app_casework.database.read() as session:
            may_download(session, viewer_of(session, who), DownloadKind.MINUTES, {**about, "form": "docx", **other})

    may(app_casework.lead)
    may(app_casework.off_case)
    for forged in ({"meeting": "999"}, {"meeting": "-1"}, {"form": "exe"}, {"held_on": "2020-01-01"}, {"more": "x"}):
        with pytest.raises(NotFound):
            may(app_casework.lead, **forged)
    with pytest.raises(NotFound):
        may(app_casework.observer)
