"""Calendar addresses and the wish for a digest: one's own, stopped at once, nothing behind a wall."""

from datetime import timedelta

import pytest

from db import clock
from db.choices import DeadlineKind, Whose
from db.commands.deadlines import add_deadline
from db.commands.people import deactivate
from db.commands.recusals import recuse
from db.commands.reminders import make_calendar, set_digest, stop_calendar, take_calendar
from db.commands.update_status import update_status
from db.commands.waiting import begin_waiting
from db.models import Audit, Reminders, Volunteer
from db.queries.calendar import Item, calendar_items
from db.queries.reminders import reminder_choices
from tests.db.helpers import plain_update, refused, rows, run, viewer
from tests.factories import Casework

TODAY = clock.today()


def made(casework: Casework, who: int) -> str:
    with casework.database.write() as session:
        return make_calendar(session, actor_id=who)


def items(casework: Casework, token: str) -> list[Item] | None:
    with casework.database.log() as session:
        reader = take_calendar(session, token)
        return calendar_items(session, reader) if reader else None


def test_the_calendar_has_ones_dates_by_rule_name_and_no_word_anybody_wrote(casework: Casework) -> None:
    soon = TODAY + timedelta(days=3)
    run(casework, add_deadline, name="Letter to Dr Secret", due_on=soon, kind=DeadlineKind.LOCAL, whose=Whose.OURS)
    run(
        casework,
        add_deadline,
        name="",
        due_on=None,
        kind=DeadlineKind.LOCAL,
        whose=Whose.OURS,
        rule="SAR-RESPONSE-1M",
        trigger_on=TODAY,
        confirmed_by="Union",
    )
    run(casework, begin_waiting, on_whom="Dr Secret", chase_on=soon)
    run(
        casework,
        update_status,
        **plain_update(casework, what_changed="x", next_action="Ring Dr Secret", action_due_on=soon),
    )
    found = items(casework, made(casework, casework.on_case))
    assert found is not None
    assert {(item.what, item.label, item.whose, item.sure) for item in found} == {
        ("deadline", "Local policy deadline", Whose.OURS, False),
        ("deadline", "Access request: answer due", Whose.BODY, True),
        ("chase", "Follow-up", Whose.OURS, True),
        ("action", "Next action", Whose.OURS, True),
    }
    assert "Secret" not in str(found)


def test_only_a_hash_of_the_address_is_kept_and_a_new_one_stops_the_old(casework: Casework) -> None:
    first = made(casework, casework.on_case)
    with casework.database.read() as session:
        assert first not in str(vars(session.get_one(Reminders, casework.on_case)))
    second = made(casework, casework.on_case)
    assert items(casework, first) is None
    assert items(casework, second) is not None
    with casework.database.write() as session:
        stop_calendar(session, actor_id=casework.on_case)
    assert items(casework, second) is None
    with refused(casework.database, "no calendar address"), casework.database.write() as session:
        stop_calendar(session, actor_id=casework.on_case)
    kinds = [row.action for row in rows(casework.database, Audit)]
    assert kinds[-3:] == ["make_calendar", "make_calendar", "stop_calendar"]


def test_a_leavers_calendar_stops_with_their_account(casework: Casework) -> None:
    token = made(casework, casework.off_case)
    with casework.database.write() as session:
        deactivate(session, actor_id=casework.lead, volunteer_id=casework.off_case)
    assert items(casework, token) is None


def test_a_case_behind_the_wall_leaves_the_calendar(casework: Casework) -> None:
    token = made(casework, casework.on_case)
    run(casework, begin_waiting, on_whom="HR", chase_on=TODAY)
    assert any(item.reference == casework.reference for item in items(casework, token) or [])
    run(casework, recuse, casework.on_case, volunteer_id=casework.on_case, reason="Knows the doctor")
    assert items(casework, token) == []


def test_an_observer_has_no_calendar_and_no_digest(casework: Casework) -> None:
    with refused(casework.database, "observers have none"):
        made(casework, casework.observer)
    with refused(casework.database, "observers have none"), casework.database.write() as session:
        set_digest(session, actor_id=casework.observer, wants_digest=True)


@pytest.mark.parametrize("email", [None, "vik@example.org"])
def test_the_digest_needs_an_address(casework: Casework, email: str | None) -> None:
    with casework.database.write() as session:
        session.get_one(Volunteer, casework.on_case).email = email

    def wish() -> None:
        with casework.database.write() as session:
            set_digest(session, actor_id=casework.on_case, wants_digest=True)

    if email is None:
        with refused(casework.database, "no email address", field="wants_digest"):
            wish()
    else:
        wish()
    with casework.database.read() as session:
        chosen = reminder_choices(session, viewer(casework, "on_case"))
    assert (chosen.wants_digest, chosen.email) == (email is not None, email or "")
