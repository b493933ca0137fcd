"""What intake tells before it saves: only of cases one may read, and not as often as one likes."""

import pytest

from db.choices import AuditAction, Role
from db.commands.looks import FREE_LOOKS, note_look
from db.errors import CommandRefused, NotAllowed
from db.models import AccessLog
from db.queries.intake import likely_duplicates
from tests.db.helpers import Clock, refused, rows, viewer
from tests.factories import INTAKE, Casework, make_case, make_volunteer

WAYS = ["TEST.doctor@Example.org", " test.doctor@example.org ", "mailto:test.doctor@example.org"]


def told(casework: Casework, who: str, contact: str = "", processes: tuple[str, ...] = ()) -> list[str]:
    with casework.database.read() as session:
        return likely_duplicates(session, viewer(casework, who), contact, casework.body, processes)


@pytest.mark.parametrize("contact", WAYS)
def test_whoever_reads_the_case_is_told_of_it(casework: Casework, contact: str) -> None:
    for who in ("on_case", "lead"):
        assert told(casework, who, contact) == told(casework, who, "", ("MHPS",)) == [casework.reference]


@pytest.mark.parametrize("who", ["off_case", "in_conflict", "observer"])
def test_nobody_else_learns_by_contact_or_by_body_whose_case_it_is(casework: Casework, who: str) -> None:
    assert told(casework, who, INTAKE.contact, ("MHPS",)) == []
    with casework.database.write() as session:
        make_case(session, actor_id=casework.lead, body=casework.body, contact="07700 900987", processes=("MHPS",))
    assert told(casework, who, "+44 7700 900987", ("MHPS",)) == []


def test_nothing_typed_finds_nothing(casework: Casework) -> None:
    for nothing in ("", " ", "\u200b", "’"):
        assert told(casework, "lead", nothing) == []


def look(casework: Casework, who: int) -> None:
    with casework.database.log() as session:
        note_look(session, actor_id=who)


def test_looks_are_logged_without_a_word_and_slowed_like_sign_ins(casework: Casework, time: Clock) -> None:
    for _ in range(FREE_LOOKS):
        look(casework, casework.off_case)
    logged = rows(casework.database, AccessLog, action=AuditAction.SEARCH)
    assert [(row.actor_id, row.case_id, row.reason) for row in logged] == [(casework.off_case, None, None)] * FREE_LOOKS
    waits = []
    for _ in range(3):
        with refused(casework.database, "many times") as refusal:
            look(casework, casework.off_case)
        wait = int("".join(c for c in refusal().message if c.isdigit()))
        time.on(seconds=wait + 1)
        look(casework, casework.off_case)
        waits.append(wait)
    assert waits == [15, 30, 60]
    look(casework, casework.lead)
    time.on(minutes=16)
    look(casework, casework.off_case)


def test_observers_do_not_look_and_a_sign_in_name_uses_up_nobodys_looks(casework: Casework) -> None:
    from db.commands.throttle import note_failure

    with refused(casework.database, "Only volunteers", error=NotAllowed):
        look(casework, casework.observer)
    with casework.database.log() as session:
        for _ in range(FREE_LOOKS + 1):
            note_failure(session, name=f"look\0{casework.lead}")
    look(casework, casework.lead)


def test_an_ended_account_does_not_look(casework: Casework) -> None:
    with casework.database.write() as session:
        gone = make_volunteer(session, "gone", Role.LEAD, active=False)
    with pytest.raises(CommandRefused, match="not active"):
        look(casework, gone)
