"""The status update: one form, one transaction, and never an open case without an owned next action."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import Channel, Contact, EntryKind, Representation, Stage, Wellbeing, YesNo
from db.commands.update_status import update_status
from db.errors import Invalid, Stale
from db.models import Action, Audit, Case, Entry, Flag, StageEvent, Volunteer
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    count,
    last,
    plain_update,
    refused,
    rows,
    run,
    the_case,
)
from tests.factories import Casework

TOMORROW = clock.today() + timedelta(days=1)
TRIAGE: dict[str, Any] = {
    "move_to": Stage.TRIAGE,
    "move_values": {"representation": Representation.MDO, "limit_dates": "None known", "scope": "Ours"},
}


def an_update(casework: Casework, **changes: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"what_changed": "Spoke about the rota.", "contact": Contact.REACHED}
    more = {
        "wellbeing": Wellbeing.WORSE,
        "danger": YesNo.NO,
        "next_action": "Send the chronology",
        "action_due_on": TOMORROW,
    }
    return plain_update(casework, **(said | more | changes))


def test_an_update_is_kept_with_its_next_action_and_audit_row(casework: Casework) -> None:
    before = the_case(casework)
    assert_recorded(
        casework, "update_status", update_status, **an_update(casework, blocked_by="HR", help_wanted="A lawyer")
    )
    entry = last(casework.database, Entry, kind=EntryKind.UPDATE)
    assert (entry.text, entry.contact, entry.wellbeing) == ("Spoke about the rota.", Contact.REACHED, Wellbeing.WORSE)
    assert (entry.blocked_by, entry.help_wanted, entry.author_id) == ("HR", "A lawyer", casework.on_case)
    first, second = rows(casework.database, Action)
    assert first.done_at is not None
    assert (second.text, second.owner_id, second.due_on, second.done_at) == (
        "Send the chronology",
        casework.on_case,
        TOMORROW,
        None,
    )
    case = the_case(casework)
    assert case.version > before.version
    assert case.updated_by_id == casework.on_case
    assert (case.next_action_id, case.next_action_on) == (second.id, TOMORROW)
    assert case.update_at == case.reached_at == entry.at


def test_worse_asks_about_danger_and_raises_the_flag_in_the_same_save(casework: Casework) -> None:
    worse = an_update(casework, wellbeing=Wellbeing.WORSE)
    with refused(casework.database, "Is the doctor in danger now?", error=Invalid):
        run(casework, update_status, **(worse | {"danger": None}))
    run(casework, update_status, **(worse | {"danger": YesNo.NO}))
    assert count(casework.database, Flag) == 0
    run(casework, update_status, **an_update(casework, danger=YesNo.YES))
    flag = last(casework.database, Flag)
    assert (flag.code, flag.why, flag.set_by_id, flag.review_on) == (
        "CRISIS",
        "The doctor is in danger now. Spoke about the rota.",
        casework.on_case,
        TOMORROW,
    )
    assert [row.action for row in rows(casework.database, Audit)][-3:].count("raise_flag") == 1
    run(casework, update_status, **an_update(casework, danger=YesNo.YES))
    assert count(casework.database, Flag) == 1


def test_the_flag_may_be_raised_to_be_safe(casework: Casework) -> None:
    run(casework, update_status, **an_update(casework, danger=YesNo.NOT_ASKED, raise_crisis=True, what_changed=""))
    assert last(casework.database, Flag).why == "The doctor is worse."
    assert the_case(casework).flags == "CRISIS"


def test_an_unchanged_action_is_only_dated_anew(casework: Casework) -> None:
    run(casework, update_status, **an_update(casework))
    later = TOMORROW + timedelta(days=6)
    run(casework, update_status, **an_update(casework, action_due_on=later))
    assert [row.due_on for row in rows(casework.database, Action) if row.done_at is None] == [later]
    assert count(casework.database, Action) == 2
    run(casework, update_status, **an_update(casework, action_owner_id=casework.lead))
    assert count(casework.database, Action) == 3


def test_no_words_and_no_contact_still_say_no_change(casework: Casework) -> None:
    run(casework, update_status, **an_update(casework, what_changed=" ", contact=Contact.NONE))
    assert last(casework.database, Entry, kind=EntryKind.UPDATE).text == "No change."
    run(casework, update_status, **an_update(casework, what_changed="", contact=Contact.TRIED))
    assert last(casework.database, Entry, kind=EntryKind.UPDATE).text == "Tried, not reached."


def test_a_move_comes_with_the_update_or_not_at_all(casework: Casework) -> None:
    run(casework, update_status, **an_update(casework, **TRIAGE))
    assert the_case(casework).stage is Stage.TRIAGE
    assert last(casework.database, StageEvent).reason == "Spoke about the rota."
    bad = {"move_to": Stage.REVIEW, "move_values": {}}
    with refused(casework.database, "First contact", error=Invalid) as caught:
        run(casework, update_status, **an_update(casework, **bad))
    assert set(caught().problems) == {"first_contact", "documents"}


def test_each_thing_wrong_with_the_next_action_is_named(casework: Casework) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "next_action": {"next_action": " \u200b"},
        "action_due_on": {"action_due_on": None},
    }
    for field, changes in wrong.items():
        with refused(casework.database, ".+", error=Invalid) as caught:
            run(casework, update_status, **an_update(casework, **changes))
        assert set(caught().problems) == {field}
    with refused(casework.database, "today or a later day", error=Invalid):
        run(casework, update_status, **an_update(casework, action_due_on=clock.today() - timedelta(days=1)))
    run(casework, update_status, **an_update(casework, action_due_on=clock.today()))


def test_the_owner_is_somebody_who_can_do_it_and_a_barred_one_is_not_pointed_at(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(active=False))
    said = set()
    for owner in (casework.in_conflict, casework.observer, casework.off_case, 999_999):
        with refused(casework.database, "Owner", error=Invalid) as caught:
            run(casework, update_status, **an_update(casework, action_owner_id=owner))
        said.add(str(caught().problems))
    assert len(said) == 1


def test_a_stale_form_is_told_who_and_when_and_nothing_is_lost(casework: Casework) -> None:
    seen = the_case(casework).version
    run(casework, update_status, casework.lead, **an_update(casework))
    with refused(casework.database, r"^Lena changed this case at \d\d:\d\d on \d+ \w+,", error=Stale) as caught:
        run(casework, update_status, **an_update(casework, seen_version=seen))
    assert caught().changed_by == "Lena"
    run(casework, update_status, **an_update(casework))


def test_a_change_by_no_person_is_somebodys(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).values(updated_by_id=None))
    with refused(casework.database, "^Somebody changed", error=Stale):
        run(casework, update_status, **an_update(casework, seen_version=999))


def test_only_the_team_and_leads_may_update(casework: Casework) -> None:
    assert_for_the_team_only(casework, update_status, **an_update(casework))
    run(casework, update_status, casework.lead, **an_update(casework))


def test_a_closed_case_takes_no_update_save_its_reopening(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).values(stage=Stage.CLOSED, is_open=False))
    with refused(casework.database, "not open"):
        run(casework, update_status, casework.lead, **an_update(casework))
    reopen = {"move_to": Stage.TRIAGE, "move_values": {"cause": "It came back"}}
    run(casework, update_status, casework.lead, **an_update(casework, **reopen))
    assert the_case(casework).is_open


def test_of_two_updates_at_once_one_is_refused_in_words(casework: Casework) -> None:
    form = an_update(casework)

    def save(words: str) -> Any:
        def send(session: Any) -> None:
            update_status(
                session, actor_id=casework.lead, reference=casework.reference, **(form | {"what_changed": words})
            )

        return send

    refusal = at_once(casework.database, save("First"), save("Second"))
    assert refusal is not None
    assert "Nothing you typed is lost" in refusal.message
    assert [row.text for row in rows(casework.database, Entry, kind=EntryKind.UPDATE)] == ["First"]


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, update_status, **an_update(casework, **TRIAGE))


@pytest.mark.parametrize("field", ["what_changed", "next_action", "blocked_by", "help_wanted"])
def test_hostile_text_is_kept_as_plain_text_or_refused(casework: Casework, field: str) -> None:
    assert_hostile_text_is_plain(
        casework,
        lambda words: run(casework, update_status, **an_update(casework, **{field: words})),
        lambda: (
            last(casework.database, Action).text
            if field == "next_action"
            else getattr(last(casework.database, Entry, kind=EntryKind.UPDATE), field.replace("what_changed", "text"))
        ),
    )


def test_pasted_spaces_and_lines_do_not_run_words_together(casework: Casework) -> None:
    pasted = "Dr\u00a0Smith\u2009said\r\nthat\u2028all\x0bwas\x85well \u200f"
    run(casework, update_status, **an_update(casework, what_changed=pasted))
    assert last(casework.database, Entry, kind=EntryKind.UPDATE).text.split() == [
        "Dr",
        "Smith",
        "said",
        "that",
        "all",
        "was",
        "well",
        "\u200f",
    ]


def test_the_audit_row_holds_no_free_text(casework: Casework) -> None:
    run(casework, update_status, **an_update(casework, **TRIAGE))
    details = " ".join(str(row.details) for row in rows(casework.database, Audit))
    for words in ("rota", "chronology", "None known"):
        assert words not in details
    assert Channel.EMAIL in details
