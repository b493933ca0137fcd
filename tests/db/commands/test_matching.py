"""A case whose body is on no list stands behind a provisional wall until a lead has matched it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from db import clock
from db.access import full_cases, is_barred, read_case, see_card, viewer_of, visible_cases
from db.choices import AssignmentRole, AssignmentStatus, Channel, Role
from db.commands import assignments
from db.commands.actions import add_action
from db.commands.affiliations import add_affiliation
from db.commands.assignments import offer_case
from db.commands.conflicts import see_bodies
from db.commands.handover import offer_handover
from db.commands.matching import match_body, match_new_body, step_back_from_body
from db.commands.processes import add_process
from db.errors import CommandRefused, Invalid, NotAllowed, NotFound
from db.models import (
    Affiliation,
    Assignment,
    Audit,
    Case,
    CaseProcess,
    ConflictCheck,
    Entry,
    Organisation,
    OrganisationAlias,
    Recusal,
)
from db.queries.concerning import concerning
from db.queries.home import my_attention
from db.queries.inbox import inbox
from db.queries.matching import bodies_to_match
from db.queries.offers import bodies_to_answer, offerable, own_offers
from db.queries.queue import QueueFilters, case_queue, condition_counts
from db.queries.reference import find_bodies
from db.queries.suggestions import allocation
from db.rules.families import NOT_MATCHED
from db.rules.limits import Limits
from db.unled import count_unled
from tests.db.helpers import assert_all_or_nothing, at_once, last, refused, rows, the_case
from tests.factories import Casework, answer_offer, make_body, make_case, make_room, make_volunteer

TODAY, LIMITS = clock.today(), Limits()
TYPED = "St. Example’s, Sampleton"


@pytest.fixture
def work(casework: Casework) -> Casework:
    with casework.database.write() as session:
        make_room(session, lead=casework.lead, volunteer=casework.off_case)
    return casework


def unmatched(work: Casework, actor: int | None = None, typed: str = TYPED, **more: Any) -> str:
    contact = f"{len(rows(work.database, Case))}@example.org"
    with work.database.write() as session:
        return make_case(
            session,
            actor_id=actor or work.lead,
            body=None,
            body_text=typed,
            contact=contact,
            processes=("MHPS",),
            **more,
        )


def do(work: Casework, command: Any, actor: int | None = None, **fields: Any) -> Any:
    with work.database.write() as session:
        return command(session, actor_id=actor or work.lead, **fields)


def offer(work: Casework, reference: str, to: int | None = None, role: Any = AssignmentRole.LEAD) -> int:
    do(
        work,
        offer_case,
        reference=reference,
        volunteer_id=to or work.off_case,
        role=role,
        reason="Room",
        unchecked=True,
    )
    return int(last(work.database, Assignment).id)


def sees(work: Casework, who: int, reference: str) -> bool:
    """By card, in full, on the queue, by search and by count: all the same."""
    with work.database.read() as session:
        viewer = viewer_of(session, who)
        card = reference in session.scalars(select(Case.reference).where(visible_cases(viewer))).all()
        page = case_queue(session, viewer, QueueFilters(search=reference), TODAY, LIMITS)
        assert bool(page.total) is card
        try:
            assert see_card(session, viewer, reference).reference == reference
        except NotFound:
            assert not card
        if not card:
            assert reference not in session.scalars(select(Case.reference).where(full_cases(viewer))).all()
    return card


def counts(work: Casework, who: int) -> Any:
    with work.database.read() as session:
        viewer = viewer_of(session, who)
        page = case_queue(session, viewer, QueueFilters(), TODAY, LIMITS)
        load = allocation(session, viewer, TODAY, LIMITS)
        return page.total, condition_counts(session, viewer, TODAY, LIMITS), load.total, list(load.people["points"])


def test_a_volunteer_without_a_place_sees_nothing_of_it(work: Casework) -> None:
    before = counts(work, work.off_case), counts(work, work.on_case)
    reference = unmatched(work)
    assert not sees(work, work.off_case, reference)
    assert (counts(work, work.off_case), counts(work, work.on_case)) == before
    assert sees(work, work.lead, reference), "leads see it as before"


def test_whoever_took_it_says_that_they_never_worked_there_and_keeps_it(work: Casework) -> None:
    with refused(work.database, "say whether you work", error=Invalid):
        unmatched(work, work.off_case)
    reference = unmatched(work, work.off_case, body_link=False)
    assert sees(work, work.off_case, reference)
    place = last(work.database, Assignment)
    assert (place.volunteer_id, place.role, place.no_conflict) == (work.off_case, AssignmentRole.INTERIM, True)


def test_whoever_has_a_link_is_recused_as_it_is_saved_and_a_lead_has_it(work: Casework) -> None:
    reference = unmatched(work, work.off_case, body_link=True)
    assert not sees(work, work.off_case, reference)
    assert last(work.database, Assignment).volunteer_id == work.lead
    assert last(work.database, Recusal).volunteer_id == work.off_case
    with work.database.read() as session:
        told = [notice.action for notice in inbox(session, viewer_of(session, work.lead), 0)]
    assert "declare_conflict" in told


def test_an_import_needs_no_such_answer(work: Casework) -> None:
    assert unmatched(work, channel=Channel.IMPORT)


def test_it_is_offered_by_a_lead_only_in_so_many_words(work: Casework) -> None:
    reference = unmatched(work)
    place: dict[str, Any] = {"reference": reference, "volunteer_id": work.off_case, "reason": "Room"}
    with refused(work.database, NOT_MATCHED, field="unchecked"):
        do(work, offer_case, role=AssignmentRole.LEAD, **place)
    with work.database.read() as session:
        found = allocation(session, viewer_of(session, work.lead), TODAY, LIMITS)
        assert reference not in found.suggestions, "and nobody is suggested as “no known conflict”"
    do(work, offer_case, role=AssignmentRole.LEAD, unchecked=True, **place)
    assert NOT_MATCHED in last(work.database, Entry).text
    answer_as(work, last(work.database, Assignment).id)
    with work.database.write() as session:
        third = make_volunteer(session, "third")
    with refused(work.database, NOT_MATCHED, field="unchecked"):
        do(work, offer_handover, reference=reference, volunteer_id=third, reason="x", handover="x")


def answer_as(work: Casework, offer_id: int, who: int | None = None, **answer: Any) -> str:
    fields: dict[str, Any] = {"accept": True, "no_conflict": True} | answer
    return str(do(work, answer_offer, who or work.off_case, assignment_id=offer_id, **fields))


def test_whoever_is_offered_it_sees_the_typed_name_and_nothing_else_until_they_answer(work: Casework) -> None:
    reference = unmatched(work)
    offer_id = offer(work, reference)
    assert not sees(work, work.off_case, reference)
    accept: dict[str, Any] = {"assignment_id": offer_id, "accept": True}
    with refused(work.database, "See the organisation’s name first", field="no_conflict"):
        do(work, assignments.answer_offer, work.off_case, **accept, no_conflict=True)
    with work.database.read() as session:
        viewer = viewer_of(session, work.off_case)
        (shown,) = own_offers(session, viewer, reference)
        assert (shown.reference, shown.card, shown.is_matched, shown.shown) == (reference, False, False, None)
        assert bodies_to_answer(session, viewer, reference) is None, "not before they asked to see it, which is logged"
        told = [line.what for line in my_attention(session, viewer, TODAY, LIMITS) if line.reference == reference]
        assert told == ["offer"]
    do(work, see_bodies, work.off_case, reference=reference)
    assert last(work.database, Audit, action="see_bodies").actor_id == work.off_case
    with work.database.read() as session:
        names = bodies_to_answer(session, viewer_of(session, work.off_case), reference)
    assert names is not None
    assert (names.names, names.is_matched) == ((TYPED,), False)
    with refused(work.database, "whether you have or had a link", field="no_conflict"):
        do(work, assignments.answer_offer, work.off_case, **accept)
    do(work, assignments.answer_offer, work.off_case, **accept, no_conflict=True)
    assert sees(work, work.off_case, reference)


def test_nobody_else_is_shown_the_name_and_nobody_after_the_offer(work: Casework) -> None:
    reference = unmatched(work)
    for who in (work.off_case, work.on_case, work.observer):
        with pytest.raises(NotFound):
            do(work, see_bodies, who, reference=reference)
    offer_id = offer(work, reference)
    do(work, see_bodies, work.off_case, reference=reference)
    with pytest.raises(NotFound):
        do(work, see_bodies, work.on_case, reference=reference)
    answer_as(work, offer_id, accept=False, no_conflict=False, reason="No time")
    with work.database.read() as session, pytest.raises(NotFound):
        bodies_to_answer(session, viewer_of(session, work.off_case), reference)


def test_an_answer_holds_for_the_name_that_was_in_view(work: Casework) -> None:
    """A form drawn before the match must not say of the trust what was said of a nickname."""
    reference = unmatched(work)
    offer_id = offer(work, reference)
    do(work, see_bodies, work.off_case, reference=reference)
    do(work, match_body, reference=reference, organisation_id=work.other_body)
    with refused(work.database, "See the organisation’s name first", field="no_conflict"):
        do(work, assignments.answer_offer, work.off_case, assignment_id=offer_id, accept=True, no_conflict=True)


def test_actions_of_it_go_to_leads_and_whoever_is_on_it(work: Casework) -> None:
    reference = unmatched(work)
    with work.database.read() as session:
        lead = viewer_of(session, work.lead)
        assert work.off_case not in offerable(session, lead, reference)
        assert work.off_case in offerable(session, lead, reference, place=True)
    fields: dict[str, Any] = {"reference": reference, "next_action": "Ring", "action_due_on": TODAY}
    with pytest.raises(Invalid):
        do(work, add_action, **fields, action_owner_id=work.off_case)
    answer_as(work, offer(work, reference, role=AssignmentRole.SECOND))
    do(work, add_action, **fields, action_owner_id=work.off_case)


# Matching -----------------------------------------------------------------------------------------------------


def to_match(work: Casework, who: int | None = None) -> Any:
    with work.database.read() as session:
        return bodies_to_match(session, viewer_of(session, who or work.lead))


def hospital(work: Casework) -> tuple[int, int]:
    """(trust, site)."""
    with work.database.write() as session:
        trust = make_body(session, "RX0", name="Example Northern Trust")
        site = make_body(session, "RX001", name="St Example's Hospital", parent_id=trust, town="Sampleton")
    return trust, site


def test_the_list_has_each_typed_name_with_the_likeliest_first_until_it_is_empty(work: Casework) -> None:
    _, site = hospital(work)
    one, two = unmatched(work), unmatched(work, typed="st examples  SAMPLETON")
    other = unmatched(work, typed="Nowhere Clinic")
    found = to_match(work)
    assert found.total == 2
    assert [name.references for name in found.names] == [(one, two), (other,)]
    best = found.names[0].suggested[0]
    assert (best.id, best.town, best.parent) == (site, "Sampleton", "Example Northern Trust")
    assert found.names[1].suggested == ()
    assert to_match(work, work.on_case).names == (), "for leads only"
    for reference in (one, two, other):
        do(work, match_body, reference=reference, organisation_id=site)
    assert to_match(work).total == 0


def test_matching_to_a_site_bars_at_once_whoever_works_for_the_trust(work: Casework) -> None:
    trust, site = hospital(work)
    do(work, add_affiliation, volunteer_id=work.off_case, organisation_id=trust, started_on=date(2020, 1, 1))
    reference = unmatched(work, work.off_case, body_link=False)
    assert sees(work, work.off_case, reference)
    assert do(work, match_body, reference=reference, organisation_id=site) == 1
    assert not sees(work, work.off_case, reference)
    place = last(work.database, Assignment, volunteer_id=work.off_case)
    assert (place.status, place.ended_reason) == (AssignmentStatus.ENDED, "Conflict of interest")
    case = the_case(work, reference)
    assert (case.organisation_id, case.body_kind, case.region) == (site, "acute", "london")
    assert {process.organisation_id for process in rows(work.database, CaseProcess, case_id=case.id)} == {site}
    assert any(TYPED in line.text for line in rows(work.database, Entry, case_id=case.id))
    with pytest.raises(CommandRefused):
        offer(work, reference)


def test_one_match_serves_all_cases_with_that_name_that_the_lead_may_see(work: Casework) -> None:
    _, site = hospital(work)
    one, two, hidden, other = (unmatched(work), unmatched(work), unmatched(work), unmatched(work, typed="Elsewhere"))
    with work.database.write() as session:
        session.add(Recusal(volunteer_id=work.lead, case_id=the_case(work, hidden).id, reason="x", at=clock.now()))
    assert to_match(work).names[0].references == (one, two), "a case behind the lead's wall is not counted in"
    assert do(work, match_body, reference=one, organisation_id=site, all_same=True, remember=True) == 2
    left = [the_case(work, reference).organisation_id for reference in (one, two, hidden, other)]
    assert left == [site, site, None, None]
    assert last(work.database, OrganisationAlias).name == TYPED
    with work.database.read() as session:
        assert [body.id for body in find_bodies(session, "st examples sampleton")][:1] == [site]


def test_a_body_on_no_list_is_added_and_matched(work: Casework) -> None:
    trust, _ = hospital(work)
    reference = unmatched(work)
    new: dict[str, Any] = {"reference": reference, "kind": "acute", "region": "london", "nation": "england"}
    with refused(work.database, "fill this in", error=Invalid):
        do(work, match_new_body, **new, name=" ’ ")
    with refused(work.database, "choose from the list", error=Invalid):
        do(work, match_new_body, **(new | {"kind": "nonsense"}), name="x")
    do(work, match_new_body, **new, name="Example Walk-in Clinic", parent_id=trust)
    added = last(work.database, Organisation)
    assert the_case(work, reference).organisation_id == added.id
    assert added.code.startswith("OWN-")
    do(work, add_affiliation, volunteer_id=work.off_case, organisation_id=trust, started_on=date(2020, 1, 1))
    with work.database.read() as session:
        assert is_barred(session, work.off_case, the_case(work, reference).id), "part of the trust"


def test_a_lead_who_worked_there_steps_back_from_all_of_that_name(work: Casework) -> None:
    one, two, other = unmatched(work), unmatched(work), unmatched(work, typed="Elsewhere")
    assert do(work, step_back_from_body, reference=one) == 2
    assert [sees(work, work.lead, reference) for reference in (one, two, other)] == [False, False, True]
    assert [name.references for name in to_match(work).names] == [(other,)]
    do(work, step_back_from_body, work.in_conflict, reference=two)
    with work.database.read() as session:
        assert count_unled(session) == 2


def test_only_a_lead_matches_and_only_what_they_may_see(work: Casework) -> None:
    reference = unmatched(work, work.off_case, body_link=False)
    with pytest.raises(NotFound):
        do(work, match_body, work.on_case, reference=reference, organisation_id=work.body)
    with pytest.raises(NotAllowed):
        do(work, match_body, work.off_case, reference=reference, organisation_id=work.body)
    with refused(work.database, "choose from the list", field="organisation_id"):
        do(work, match_body, reference=reference, organisation_id=999_999)
    do(work, match_body, reference=reference, organisation_id=work.other_body)
    with refused(work.database, "has just matched it"):
        do(work, match_body, reference=reference, organisation_id=work.body)
    with refused(work.database, "has just matched it"):
        do(work, match_body, reference=work.reference, organisation_id=work.other_body)


def test_a_match_that_leaves_no_lead_tells_the_operator(work: Casework) -> None:
    reference = unmatched(work)
    do(work, add_affiliation, volunteer_id=work.lead, organisation_id=work.other_body, started_on=date(2020, 1, 1))
    do(work, step_back_from_body, work.in_conflict, reference=reference)
    do(work, match_body, reference=reference, organisation_id=work.other_body)
    with work.database.read() as session:
        assert count_unled(session) == 1


def test_of_two_leads_at_once_one_matches_and_the_other_is_told(work: Casework) -> None:
    reference = unmatched(work)
    with work.database.write() as session:
        second = make_volunteer(session, "lara", Role.LEAD)

    def match(lead: int, body: int) -> Any:
        return lambda session: match_body(session, actor_id=lead, reference=reference, organisation_id=body)

    refusal = at_once(work.database, match(work.lead, work.body), match(second, work.other_body))
    assert refusal is not None
    assert the_case(work, reference).organisation_id == work.body


def test_a_failure_half_way_matches_nothing(work: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = unmatched(work)
    assert_all_or_nothing(
        work, monkeypatch, match_body, work.lead, reference=reference, organisation_id=work.other_body, remember=True
    )


# Asked in view of the name, of a listed body too -----------------------------------------------------------------


def test_a_conflict_answered_in_view_declines_recuses_and_tells_the_leads(work: Casework) -> None:
    with work.database.write() as session:
        reference = make_case(session, actor_id=work.lead, body=work.other_body, contact="z@example.org")
    do(work, offer_case, reference=reference, volunteer_id=work.off_case, role=AssignmentRole.LEAD, reason="Room")
    offer_id = last(work.database, Assignment).id
    do(work, see_bodies, work.off_case, reference=reference)
    with work.database.read() as session:
        (asked,) = own_offers(session, viewer_of(session, work.off_case), reference)
    assert asked.shown is not None
    assert asked.shown.names == ("Example Acute Trust EX002",)
    # Even where the other button was pressed.
    do(work, assignments.answer_offer, work.off_case, assignment_id=offer_id, accept=True, has_conflict=True)
    row = last(work.database, Assignment, id=offer_id)
    assert (row.status, row.no_conflict) == (AssignmentStatus.DECLINED, False)
    assert not sees(work, work.off_case, reference)
    assert last(work.database, ConflictCheck).no_conflict is False
    with work.database.read() as session:
        told = inbox(session, viewer_of(session, work.lead), 0)
        assert [notice.action for notice in told].count("declare_conflict") == 1
        assert own_offers(session, viewer_of(session, work.off_case), reference) == []
        with pytest.raises(NotFound):
            read_case(session, viewer_of(session, work.off_case), reference)


def test_an_offer_is_gone_as_soon_as_a_wall_rises_over_its_case(work: Casework) -> None:
    with work.database.write() as session:
        reference = make_case(session, actor_id=work.lead, body=work.other_body, contact="z@example.org")
    do(work, offer_case, reference=reference, volunteer_id=work.off_case, role=AssignmentRole.LEAD, reason="Room")
    with work.database.write() as session:
        viewer = viewer_of(session, work.off_case)
        assert [offer.reference for offer in own_offers(session, viewer, f" {reference.lower()} ")] == [reference]
        assert [own_offers(session, viewer, other) for other in (work.reference, "LNB-\0", "")] == [[], [], []]
        assert any(concern.offered for concern in concerning(session, viewer))
        # By the row alone, as before the night in which offers behind a wall are ended.
        began = date(2020, 1, 1)
        session.add(Affiliation(volunteer_id=work.off_case, organisation_id=work.other_body, started_on=began))
        session.flush()
        assert own_offers(session, viewer, reference) == []
        assert not any(concern.offered for concern in concerning(session, viewer))


def test_the_names_are_those_of_the_processes_too(work: Casework) -> None:
    do(
        work,
        add_process,
        reference=work.reference,
        process="GMC",
        stage="TRIAGE",
        organisation_id=work.other_body,
        started_on=TODAY,
    )
    do(work, offer_case, reference=work.reference, volunteer_id=work.off_case, role=AssignmentRole.SECOND, reason="x")
    offer_id = last(work.database, Assignment).id
    do(work, see_bodies, work.off_case, reference=work.reference)
    with work.database.read() as session:
        shown = bodies_to_answer(session, viewer_of(session, work.off_case), work.reference)
    assert shown is not None
    assert shown.names == ("Example Acute Trust EX001", "Example Acute Trust EX002")
    with work.database.write() as session:
        third = make_body(session, "EX009")
    do(
        work,
        add_process,
        reference=work.reference,
        process="GMC",
        stage="TRIAGE",
        organisation_id=third,
        started_on=TODAY,
    )
    with refused(work.database, "See the organisation’s name first", field="no_conflict"):
        do(work, assignments.answer_offer, work.off_case, assignment_id=offer_id, accept=True, no_conflict=True)


def test_a_place_for_a_lead_is_answered_for_as_well(work: Casework) -> None:
    with work.database.write() as session:
        second = make_volunteer(session, "lara", Role.LEAD)
    do(work, offer_case, reference=work.reference, volunteer_id=second, role=AssignmentRole.SECOND, reason="x")
    with refused(work.database, "See the organisation’s name first", field="no_conflict"):
        do(
            work,
            assignments.answer_offer,
            second,
            assignment_id=last(work.database, Assignment).id,
            accept=True,
            no_conflict=True,
        )
