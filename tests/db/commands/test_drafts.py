"""Drafts: for whoever typed them and one case only, sealed, no change of the record, and never kept for ever."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from db import clock
from db.commands.drafts import forget_draft, keep_draft, tidy_all_drafts, tidy_drafts
from db.commands.recusals import recuse
from db.models import Audit, Case, Draft, Volunteer
from db.queries.drafts import drafts_of
from db.rules.kept_values import Kept
from db.rules.limits import Limits
from tests.db.helpers import HOSTILE, assert_for_the_team_only, count, revision, rows, run, viewer
from tests.factories import Casework, give_place, give_second, make_case

TYPED: dict[str, Kept] = {"what_changed": "Half a sentence about Dr Invented"}


def kept(casework: Casework, who: str = "on_case", reference: str = "", form: str = "quick") -> dict[str, Kept] | None:
    with casework.database.read() as session:
        found = drafts_of(session, viewer(casework, who), Limits()).get((reference or casework.reference, form))
    return found.typed if found else None


def keep(
    casework: Casework, typed: dict[str, Kept] = TYPED, who: int | None = None, form: str = "quick", **at: Any
) -> None:
    run(casework, keep_draft, who, form=form, typed=typed, **at)


def test_it_is_there_again_for_the_same_person_case_and_form_only(casework: Casework) -> None:
    keep(casework)
    assert kept(casework) == TYPED
    assert kept(casework, form="other") is None
    assert kept(casework, "lead") is None
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="b@example.org")
        give_place(session, lead=casework.lead, volunteer=casework.on_case, reference=other)
        give_second(session, casework)
    assert kept(casework, reference=other) is None
    assert kept(casework, "off_case") is None


def test_it_is_kept_for_the_team_only(casework: Casework) -> None:
    assert_for_the_team_only(casework, keep_draft, form="quick", typed=TYPED)


def test_typing_on_replaces_it_and_emptying_forgets_it(casework: Casework) -> None:
    keep(casework)
    # What was filled in beforehand and is emptied is a change too.
    keep(casework, {"what_changed": "A whole sentence", "next_action": ""})
    assert kept(casework) == {"what_changed": "A whole sentence", "next_action": ""}
    assert count(casework.database, Draft) == 1
    keep(casework, {})
    assert count(casework.database, Draft) == 0


def test_it_is_sealed_and_changes_nothing_of_the_record(casework: Casework) -> None:
    audits, stamp = count(casework.database, Audit), revision(casework.database)
    with casework.database.log() as session:
        keep_draft(session, actor_id=casework.on_case, reference=casework.reference, form="quick", typed=TYPED)
    assert count(casework.database, Audit) == audits
    assert revision(casework.database) == stamp
    sealed = rows(casework.database, Draft)[0].sealed
    assert b"Invented" not in sealed
    assert b"what_changed" not in sealed


def test_a_draft_that_no_key_opens_is_none(casework: Casework) -> None:
    keep(casework)
    with casework.database.write() as session:
        session.execute(update(Draft).values(sealed=b"of another key"))
    assert kept(casework) is None


def test_hostile_words_come_back_or_are_made_harmless(casework: Casework) -> None:
    for words in HOSTILE.values():
        keep(casework, {"what_changed": words})
        found = kept(casework)
        assert found is not None
        assert str(found["what_changed"])[:20].encode("utf-8", "replace") == words[:20].encode("utf-8", "replace")
    keep(casework, {f"field{n}": "x" for n in range(1000)})
    assert len(kept(casework) or {}) < 100


def test_behind_the_wall_it_is_not_shown_and_then_gone(casework: Casework) -> None:
    keep(casework)
    run(casework, recuse, volunteer_id=casework.on_case, reason="A friend")
    assert kept(casework) is None
    with casework.database.log() as session:
        tidy_drafts(session, actor_id=casework.on_case, days=14)
    assert count(casework.database, Draft) == 0


def test_tidying_for_one_person_leaves_other_peoples(casework: Casework) -> None:
    keep(casework)
    keep(casework, who=casework.lead)
    with casework.database.log() as session:
        tidy_drafts(session, actor_id=casework.in_conflict, days=14)
        tidy_drafts(session, actor_id=casework.on_case, days=14)
    assert count(casework.database, Draft) == 2


def test_a_case_that_is_over_has_forms_too(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).values(is_open=False))
    keep(casework, who=casework.lead)
    assert kept(casework, "lead") == TYPED


def test_forms_without_a_case_are_kept_by_person_and_form(casework: Casework) -> None:
    keep(casework, reference=None)
    keep(casework, {"name": "Second"}, form="intake", reference=None)
    keep(casework, {"name": "Third"}, form="intake", reference=None)
    with casework.database.read() as session:
        mine = drafts_of(session, viewer(casework, "on_case"), Limits())
        assert drafts_of(session, viewer(casework, "lead"), Limits()) == {}
    assert {place: draft.typed for place, draft in mine.items()} == {
        ("", "quick"): TYPED,
        ("", "intake"): {"name": "Third"},
    }
    with casework.database.log() as session:
        tidy_drafts(session, actor_id=casework.on_case, days=14)
    assert count(casework.database, Draft) == 2


def test_saving_forgets_what_was_kept_by_then_and_not_what_another_tab_typed_since(casework: Casework) -> None:
    with casework.database.log() as session:
        mine: dict[str, Any] = {"actor_id": casework.on_case, "reference": casework.reference, "form": "quick"}
        first = keep_draft(session, **mine, typed=TYPED)
        assert first is not None
        keep_draft(session, **mine, typed={"what_changed": "Of the other tab"})
        forget_draft(session, **mine, kept_at=first)
    assert kept(casework) == {"what_changed": "Of the other tab"}
    with casework.database.log() as session:
        forget_draft(session, **mine, kept_at=clock.now())
    assert kept(casework) is None


def test_after_some_days_it_is_neither_shown_nor_kept(casework: Casework) -> None:
    keep(casework)
    keep(casework, who=casework.lead)
    with casework.database.write() as session:
        old = clock.now() - timedelta(days=15)
        session.execute(update(Draft).where(Draft.volunteer_id == casework.on_case).values(saved_at=old))
    assert kept(casework) is None
    with casework.database.log() as session:
        tidy_drafts(session, actor_id=casework.lead, days=14)
    assert [row.volunteer_id for row in rows(casework.database, Draft)] == [casework.lead]


def test_nobodys_drafts_outlive_their_account_or_the_longest_time(casework: Casework) -> None:
    keep(casework)
    keep(casework, who=casework.lead)
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.on_case).values(active=False))
        tidy_all_drafts(session, days=14)
    assert [row.volunteer_id for row in rows(casework.database, Draft)] == [casework.lead]
    with casework.database.write() as session:
        session.execute(update(Draft).values(saved_at=clock.now() - timedelta(days=91)))
        tidy_drafts(session, actor_id=casework.lead, days=10_000)
    assert count(casework.database, Draft) == 0
