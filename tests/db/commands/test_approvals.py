"""Four eyes: asked by one lead, agreed to by another, done by the same functions; and what one did alone."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from db import clock
from db.access import Viewer
from db.choices import PartyRole, Role
from db.commands import affiliations, approvals, people, second_factor, wall
from db.commands.accounts import link_opens, start_session
from db.errors import CommandRefused, NotAllowed
from db.models import Affiliation, Approval, Audit, OneTimeLink, Party, SecondFactor, SignInSession, Volunteer
from db.queries.approvals import Desk, asked_about, desk, unanswerable
from db.rules.four_eyes import APPROVAL_DAYS, ApprovalKind, ApprovalOutcome
from db.sign_in import has_factor
from tests.db.helpers import at_once, barred, last, refused, rows
from tests.factories import Casework, make_volunteer

TODAY = clock.today()
SIGNED = "a password's hash"


@pytest.fixture
def work(casework: Casework) -> Casework:
    """Everybody has signed in; `lead` may see the case, `in_conflict` is a lead who may not."""
    with casework.database.write() as session:
        session.execute(update(Volunteer).values(password_hash=SIGNED))
        wall.fill_name_hashes(session)
        session.add(SecondFactor(volunteer_id=casework.on_case, confirmed_at=clock.now()))
    return casework


@pytest.fixture
def third(work: Casework) -> int:
    with work.database.write() as session:
        return make_volunteer(session, "thea", Role.LEAD, password_hash=SIGNED)


def do(work: Casework, command: Callable[..., Any], actor: int, **fields: Any) -> Any:
    with work.database.write() as session:
        return command(session, actor_id=actor, **fields)


def asked(work: Casework) -> int:
    return int(last_asked(work).id)


def last_asked(work: Casework) -> Approval:
    with work.database.read() as session:
        return session.scalars(select(Approval).order_by(Approval.asked_at.desc(), Approval.id)).first()  # type: ignore[return-value]


def agree(work: Casework, actor: int, approval: int | None = None) -> Any:
    return do(work, approvals.agree_approval, actor, approval_id=approval or asked(work))


def of(work: Casework, volunteer: int) -> Volunteer:
    with work.database.read() as session:
        return session.get_one(Volunteer, volunteer)


def told(work: Casework, who: int, role: Role = Role.LEAD) -> Desk:
    with work.database.read() as session:
        return desk(session, Viewer(who, role), 0)


def changed(work: Casework, volunteer: int, **changes: Any) -> dict[str, Any]:
    now = of(work, volunteer)
    kept: dict[str, Any] = {
        "name": now.name,
        "role": now.role,
        "email": now.email or "",
        "pledged_hours": 4,
        "skills": (),
        "says_full": False,
    }
    return {"volunteer_id": volunteer, "seen_version": now.version} | kept | changes


def ask_link(work: Casework) -> int:
    assert do(work, people.send_link, work.lead, volunteer_id=work.on_case) is None
    return asked(work)


# Each kind, once agreed


def test_a_new_account_is_made_and_its_link_is_the_second_leads_to_pass_on(work: Casework) -> None:
    fields = {"username": "nia", "name": "Nia New", "role": Role.LEAD, "email": "nia@example.org", "skills": ["GMC"]}
    assert do(work, people.add_volunteer, work.lead, **fields) is None
    link = agree(work, work.in_conflict)
    with work.database.read() as session:
        assert link_opens(session, link.token) == (False, "nia")
        made = session.scalars(select(Volunteer).where(Volunteer.username == "nia")).one()
    assert (made.role, made.email, made.skills, made.password_hash) == (Role.LEAD, "nia@example.org", ["GMC"], None)
    assert "token" not in repr(link)
    assert last_asked(work).volunteer_id == made.id


def test_a_link_works_once_agreed_and_the_asker_is_given_none(work: Casework) -> None:
    ask_link(work)
    link = agree(work, work.in_conflict)
    with work.database.read() as session:
        assert link_opens(session, link.token) == (False, "vik")
    assert told(work, work.lead).waiting == ()


def test_somebody_is_let_back_in(work: Casework) -> None:
    assert do(work, people.deactivate, work.lead, volunteer_id=work.on_case) is False
    assert do(work, people.reactivate, work.lead, volunteer_id=work.on_case) is None
    assert not of(work, work.on_case).active
    assert agree(work, work.in_conflict).name == "Vik"
    assert of(work, work.on_case).active


def test_a_second_factor_is_taken_away(work: Casework) -> None:
    assert do(work, second_factor.reset_factor, work.lead, volunteer_id=work.on_case)
    assert agree(work, work.in_conflict) is None
    assert rows(work.database, SignInSession) == []
    with work.database.read() as session:
        assert not has_factor(session, work.on_case)


def test_an_employment_that_ended_earlier_bars_no_longer(work: Casework) -> None:
    with work.database.write() as session:
        third = make_volunteer(session, "thea", Role.LEAD)
    fields = {"affiliation_id": 1, "ended_on": date(2020, 1, 2)}
    assert do(work, affiliations.end_affiliation, work.lead, **fields)
    with refused(work.database, "about you"):
        agree(work, work.in_conflict)
    agree(work, third)
    assert not barred(work, work.in_conflict)


def test_an_employment_of_somebody_else_that_ends_today_needs_nobody(work: Casework) -> None:
    assert not do(work, affiliations.end_affiliation, work.lead, affiliation_id=1, ended_on=TODAY)
    assert rows(work.database, Approval) == []
    assert barred(work, work.in_conflict)


def test_a_name_noted_by_mistake_goes_and_its_wall_falls(work: Casework, third: int) -> None:
    do(work, wall.name_party, work.lead, reference=work.reference, role=PartyRole.WITNESS, name="Uma")
    assert barred(work, work.off_case)
    party = last(work.database, Party).id
    assert do(work, wall.remove_party, work.lead, reference=work.reference, party_id=party)
    assert barred(work, work.off_case)
    agree(work, third)
    assert not barred(work, work.off_case)
    assert last(work.database, Audit, action="remove_party").actor_id == third


def test_role_address_and_own_name_wait_and_the_rest_is_done_at_once(work: Casework) -> None:
    changes = {"role": Role.LEAD, "email": "vik@example.org", "name": "Vik Renamed", "pledged_hours": 7}
    assert do(work, people.change_volunteer, work.lead, **changed(work, work.on_case, **changes))
    now = of(work, work.on_case)
    assert (now.role, now.email, now.name, now.pledged_hours) == (Role.VOLUNTEER, None, "Vik Renamed", 7)
    (ask,) = told(work, work.in_conflict).waiting
    assert (ask.now, ask.was) == (
        {"email": "vik@example.org", "role": "lead"},
        {"email": "", "role": "volunteer"},
    )
    assert agree(work, work.in_conflict) is None
    now = of(work, work.on_case)
    assert (now.role, now.email, now.password_hash) == (Role.LEAD, "vik@example.org", SIGNED)
    assert now.email_changed_at is not None


def test_ones_own_address_and_hours_need_nobody(work: Casework) -> None:
    fields = changed(work, work.lead, email="lena@example.org", pledged_hours=9)
    assert not do(work, people.change_volunteer, work.lead, **fields)
    assert (of(work, work.lead).email, rows(work.database, Approval)) == ("lena@example.org", [])


def test_an_account_that_rises_from_observer_begins_anew(work: Casework) -> None:
    """One lead alone could have opened it until now."""
    assert do(work, people.send_link, work.lead, volunteer_id=work.observer)
    with work.database.log() as session:
        start_session(session, volunteer_id=work.observer, device="x", days=1)
    assert do(work, people.change_volunteer, work.lead, **changed(work, work.observer, role=Role.VOLUNTEER))
    link = agree(work, work.in_conflict)
    now = of(work, work.observer)
    assert (now.role, now.password_hash) == (Role.VOLUNTEER, None)
    assert [row.ended_at is not None for row in rows(work.database, SignInSession)] == [True]
    assert [row.used_at is None for row in rows(work.database, OneTimeLink)] == [False, True]
    with work.database.read() as session:
        assert link_opens(session, link.token) == (False, "ola")


def test_a_leads_account_ends_with_two_others_and_their_sign_ins_at_once(work: Casework, third: int) -> None:
    with work.database.log() as session:
        start_session(session, volunteer_id=third, device="x", days=1)
    assert do(work, people.deactivate, work.lead, volunteer_id=third)
    assert of(work, third).active
    assert last(work.database, SignInSession).ended_at is not None
    agree(work, work.in_conflict)
    assert not of(work, third).active


# Who may


def test_neither_whoever_asked_nor_whom_it_is_about_nor_anybody_but_a_lead_agrees(work: Casework, third: int) -> None:
    do(work, people.deactivate, work.lead, volunteer_id=third)
    with refused(work.database, "this takes two people"):
        agree(work, work.lead)
    for answer in (approvals.agree_approval, approvals.refuse_approval):
        with refused(work.database, "about you"):
            do(work, answer, third, approval_id=asked(work))
        for who in (work.on_case, work.observer):
            with refused(work.database, "Only a lead", error=NotAllowed):
                do(work, answer, who, approval_id=asked(work))


def test_the_database_itself_holds_to_two_people(work: Casework) -> None:
    ask_link(work)
    for who in (work.lead, work.on_case):
        values = {"outcome": ApprovalOutcome.AGREED, "settled_by_id": who, "settled_at": clock.now()}
        with pytest.raises(IntegrityError), work.database.log() as session:
            session.execute(update(Approval).values(values))


def test_refused_or_taken_back_nothing_happens_and_it_may_be_asked_again(work: Casework) -> None:
    for who, outcome in ((work.in_conflict, ApprovalOutcome.REFUSED), (work.lead, ApprovalOutcome.WITHDRAWN)):
        approval = ask_link(work)
        with refused(work.database, "already been asked"):
            do(work, people.send_link, work.lead, volunteer_id=work.on_case)
        do(work, approvals.refuse_approval, who, approval_id=approval)
        with refused(work.database, "no longer waiting"):
            agree(work, work.in_conflict, approval)
        with work.database.read() as session:
            assert session.get_one(Approval, approval).outcome is outcome
    assert rows(work.database, OneTimeLink) == []


def test_a_name_on_a_case_is_asked_and_told_behind_its_wall_to_nobody(work: Casework, third: int) -> None:
    do(work, wall.name_party, work.lead, reference=work.reference, role=PartyRole.WITNESS, name="Uma")
    do(work, wall.remove_party, work.lead, reference=work.reference, party_id=last(work.database, Party).id)
    assert [ask.reference for ask in told(work, third).waiting] == [work.reference]
    assert told(work, work.in_conflict).waiting == ()
    said = []
    for approval in (asked(work), 7):
        with refused(work.database, "no longer waiting") as refusal:
            agree(work, work.in_conflict, approval)
        said.append(str(refusal()))
    assert said[0] == said[1]
    with work.database.read() as session:
        assert asked_about(session, Viewer(work.off_case, Role.VOLUNTEER)) == ()


def test_all_leads_and_the_person_concerned_see_it_and_nobody_else(work: Casework) -> None:
    ask_link(work)
    for who in (work.lead, work.in_conflict):
        assert [ask.name for ask in told(work, who).waiting] == ["Vik"]
    for who in (work.on_case, work.off_case, work.observer):
        assert told(work, who, of(work, who).role).waiting == ()
    with work.database.read() as session:
        assert [ask.asked_by for ask in asked_about(session, Viewer(work.on_case, Role.VOLUNTEER))] == ["Lena"]
        assert asked_about(session, Viewer(work.off_case, Role.VOLUNTEER)) == ()


# What has changed since


def test_it_lapses_after_some_days(work: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_link(work)
    later = clock.now() + timedelta(days=APPROVAL_DAYS, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert told(work, work.in_conflict).waiting == ()
    with refused(work.database, "no longer waiting"):
        agree(work, work.in_conflict)


def test_what_somebody_asked_lapses_for_good_when_they_are_a_lead_no_longer(work: Casework, third: int) -> None:
    approval = ask_link(work)
    do(work, people.deactivate, third, volunteer_id=work.lead)
    agree(work, work.in_conflict)
    with refused(work.database, "no longer waiting"):
        agree(work, work.in_conflict, approval)
    do(work, people.reactivate, third, volunteer_id=work.lead)
    agree(work, work.in_conflict)
    assert told(work, third).waiting == ()
    assert last(work.database, Audit, action="lapse_approval").details == {"kind": "link"}


def test_a_link_goes_to_no_address_that_was_changed_meanwhile(work: Casework) -> None:
    approval = ask_link(work)
    do(work, people.change_volunteer, work.lead, **changed(work, work.on_case, email="mallory@example.org"))
    agree(work, work.in_conflict)
    with refused(work.database, "address has changed"):
        agree(work, work.in_conflict, approval)
    do(work, approvals.refuse_approval, work.lead, approval_id=approval)
    ask_link(work)
    (ask,) = told(work, work.in_conflict).waiting
    assert ask.email == "mallory@example.org"
    assert ask.email_changed_at is not None


def test_what_stands_otherwise_by_now_is_refused(work: Casework, third: int) -> None:
    do(work, affiliations.end_affiliation, work.lead, affiliation_id=1, ended_on=date(2020, 1, 2))
    backdated = asked(work)
    do(work, affiliations.end_affiliation, work.lead, affiliation_id=1, ended_on=TODAY)
    with refused(work.database, "Something has changed"):
        agree(work, third, backdated)
    do(work, people.change_volunteer, work.lead, **changed(work, work.off_case, role=Role.LEAD))
    raised = asked(work)
    with work.database.log() as session:
        session.get_one(Volunteer, work.off_case).role = Role.OBSERVER
    with refused(work.database, "Something has changed"):
        agree(work, third, raised)


def test_of_two_who_answer_at_once_one_wins(work: Casework, third: int) -> None:
    def answer(command: Any, who: int) -> Any:
        return lambda session: command(session, actor_id=who, approval_id=approval)

    for second in (answer(approvals.agree_approval, third), answer(approvals.refuse_approval, work.lead)):
        approval = ask_link(work)
        approval_of = approval
        before = len(rows(work.database, OneTimeLink))
        told_second = at_once(work.database, answer(approvals.agree_approval, work.in_conflict), second)
        assert told_second is not None
        assert "no longer waiting" in told_second.message
        assert len(rows(work.database, OneTimeLink)) == before + 1
        with work.database.read() as session:
            assert session.get_one(Approval, approval_of).settled_by_id == work.in_conflict


def test_two_leads_do_not_end_each_other_at_once(work: Casework, third: int) -> None:
    do(work, people.deactivate, work.lead, volunteer_id=third)
    one = asked(work)
    do(work, people.deactivate, third, volunteer_id=work.lead)
    (other,) = {row.id for row in rows(work.database, Approval)} - {one}

    def ends(approval: int) -> Any:
        return lambda session: approvals.agree_approval(session, actor_id=work.in_conflict, approval_id=approval)

    assert at_once(work.database, ends(one), ends(other)) is not None
    assert of(work, work.lead).active


# One lead alone


def test_with_one_lead_alone_it_happens_is_marked_and_the_next_lead_looks_at_it(casework: Casework) -> None:
    """The other lead has never signed in, so could agree to nothing."""
    assert do(casework, people.send_link, casework.lead, volunteer_id=casework.on_case)
    row = last(casework.database, Audit, action="done_alone")
    assert row.details == {"kind": "link", "volunteer_id": casework.on_case, "alone": True}
    assert told(casework, casework.lead).alone == ()
    (done,) = told(casework, casework.in_conflict).alone
    assert (done.kind, done.name, done.asked_by) == (ApprovalKind.LINK, "Vik", "Lena")
    with refused(casework.database, "no longer waiting"):
        do(casework, approvals.see_alone, casework.lead, approval_id=done.id)
    do(casework, approvals.see_alone, casework.in_conflict, approval_id=done.id)
    assert told(casework, casework.in_conflict).alone == ()


def test_the_command_line_asks_nobody_and_is_audited(work: Casework) -> None:
    with work.database.write() as session:
        assert people.send_link(session, actor_id=None, volunteer_id=work.on_case)
        assert not second_factor.reset_factor(session, actor_id=None, volunteer_id=work.on_case)
    assert last(work.database, Audit, action="send_link").actor_id is None
    assert rows(work.database, Approval) == []


def test_what_nobody_is_left_to_answer_is_told_to_the_operator(work: Casework) -> None:
    do(work, people.send_link, work.lead, volunteer_id=work.in_conflict)
    assert not told(work, work.lead).waiting[0].can_be_agreed
    with work.database.read() as session:
        assert unanswerable(session) == 1


# Declarations


def declare(work: Casework, who: int, body: int) -> None:
    do(work, affiliations.add_affiliation, who, volunteer_id=who, organisation_id=body, started_on=date(2021, 1, 1))


def test_every_lead_hears_of_a_declaration_save_one_in_conflict_there(work: Casework) -> None:
    declare(work, work.off_case, work.body)
    declare(work, work.off_case, work.other_body)
    bodies = {"lead": ["EX002", "EX001"], "in_conflict": ["EX002"]}
    for who, expected in bodies.items():
        found = told(work, getattr(work, who)).declared
        assert [str(one.what.body)[-5:] for one in found] == expected
        assert found[0].waits
        assert found[0].is_new
    assert told(work, work.on_case, Role.VOLUNTEER).declared == ()


def test_the_second_counts_in_full_once_a_lead_who_is_not_in_conflict_says_so(work: Casework) -> None:
    declare(work, work.off_case, work.other_body)
    declare(work, work.off_case, work.body)
    waiting = last(work.database, Affiliation)
    for who, said, error in (
        (work.off_case, "Only a lead", NotAllowed),
        (work.in_conflict, "no longer waiting", CommandRefused),
    ):
        with refused(work.database, said, error=error):
            do(work, affiliations.agree_declaration, who, affiliation_id=waiting.id)
    do(work, affiliations.agree_declaration, work.lead, affiliation_id=waiting.id)
    assert not last(work.database, Affiliation).waits
    with refused(work.database, "no longer waiting"):
        do(work, affiliations.agree_declaration, work.lead, affiliation_id=waiting.id)


def test_of_two_declared_at_once_one_waits(work: Casework) -> None:
    def go(body: int) -> Any:
        return lambda session: affiliations.add_affiliation(
            session, actor_id=work.off_case, volunteer_id=work.off_case, organisation_id=body, started_on=TODAY
        )

    assert at_once(work.database, go(work.body), go(work.other_body)) is None
    mine = rows(work.database, Affiliation, volunteer_id=work.off_case)
    assert sorted(row.waits for row in mine) == [False, True]


def test_a_place_there_ends_at_once_though_the_card_stays(work: Casework) -> None:
    declare(work, work.on_case, work.other_body)
    declare(work, work.on_case, work.body)
    with refused(work.database, "Not found"):
        do(work, wall.name_party, work.on_case, reference=work.reference, role=PartyRole.OTHER, name="Ann Example")
