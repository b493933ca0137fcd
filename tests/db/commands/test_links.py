"""Linked cases: shown to whoever may read both, and to nobody else, not even that there is a link."""

from typing import Any

import pytest

from db import clock
from db.access import viewer_of
from db.commands.links import link_cases, unlink_cases
from db.errors import CommandRefused, NotFound
from db.models import Audit, CaseLink, Entry
from db.queries.case_detail import case_detail
from db.queries.case_history import case_history
from db.queries.inbox import inbox
from db.queries.links import Linked, linked
from db.queries.timeline import timeline
from db.rules.limits import Limits
from tests.db.helpers import assert_all_or_nothing, at_once, barred, refused, rows, run, the_case
from tests.factories import Casework, make_case

KIND = "same_event"
UNKNOWN = "LNB-222222"


def other_case(casework: Casework, *, body: int | None = None, actor: int | None = None) -> str:
    """By default one that the lead opened: the volunteer on the first case may not read it."""
    with casework.database.write() as session:
        chosen = body or casework.other_body
        return make_case(session, actor_id=actor or casework.lead, body=chosen, contact="other@example.org")


def link(casework: Casework, other: str, who: int | None = None, kind: str = KIND) -> None:
    run(casework, link_cases, who or casework.lead, other_reference=other, kind=kind)


def seen(casework: Casework, who: int, reference: str = "") -> tuple[Linked, ...]:
    with casework.database.read() as session:
        return linked(session, viewer_of(session, who), reference or casework.reference)


def test_a_link_is_on_both_cases_and_in_both_histories(casework: Casework) -> None:
    other = other_case(casework)
    link(casework, other.lower().removeprefix("lnb-"))
    assert [(row.reference, row.kind) for row in seen(casework, casework.lead)] == [(other, KIND)]
    assert [row.reference for row in seen(casework, casework.lead, other)] == [casework.reference]
    audits = [(row.case_id, row.details) for row in rows(casework.database, Audit, action="link_cases")]
    one, two = the_case(casework).id, the_case(casework, other).id
    assert audits == [(one, {"other_ids": [two]}), (two, {"other_ids": [one]})]


def test_the_earlier_matter_of_a_doctor_is_called_so(casework: Casework) -> None:
    other = other_case(casework)
    link(casework, other, kind="same_doctor")
    (row,) = seen(casework, casework.lead, other)
    first = min(the_case(casework), the_case(casework, other), key=lambda case: (case.received_at, case.id))
    assert row.is_earlier == (first.reference == casework.reference)


def everything_told(casework: Casework, who: int) -> list[Any]:
    """All that somebody on the first case is told of it."""
    with casework.database.read() as session:
        viewer = viewer_of(session, who)
        detail = case_detail(session, viewer, casework.reference, clock.today(), Limits())
        return [
            detail,
            linked(session, viewer, casework.reference),
            timeline(session, viewer, casework.reference, (), 50),
            case_history(session, viewer, casework.reference, (), 50),
            inbox(session, viewer, 0),
        ]


def test_who_may_not_read_the_other_is_told_nothing_not_even_by_a_version(casework: Casework) -> None:
    other = other_case(casework)
    before = everything_told(casework, casework.on_case)
    entries = len(rows(casework.database, Entry))
    link(casework, other)
    assert everything_told(casework, casework.on_case) == before
    run(casework, unlink_cases, casework.lead, other_reference=other, kind=KIND)
    assert everything_told(casework, casework.on_case) == before
    assert len(rows(casework.database, Entry)) == entries


def test_a_link_to_a_case_behind_a_wall_is_not_there(casework: Casework) -> None:
    """The lead in conflict may read neither; one barred from the other case only sees no link."""
    other = other_case(casework)
    link(casework, other)
    assert barred(casework, casework.in_conflict)
    assert not barred(casework, casework.in_conflict, other)
    assert seen(casework, casework.in_conflict, other) == ()
    with pytest.raises(NotFound):
        seen(casework, casework.in_conflict)


@pytest.mark.parametrize("who", ["on_case", "in_conflict", "observer", "off_case"])
def test_an_unknown_and_an_unreadable_case_are_refused_alike(casework: Casework, who: str) -> None:
    other = other_case(casework)
    said = set()
    for reference in (other, UNKNOWN, "no reference", ""):
        with refused(casework.database, "Not found", error=NotFound) as refusal:
            run(casework, link_cases, getattr(casework, who), other_reference=reference, kind=KIND)
        said.add((refusal().message, refusal().field))
    assert len(said) == 1


def test_one_and_the_same_twice_and_unknown_kinds_are_refused(casework: Casework) -> None:
    other = other_case(casework)
    with refused(casework.database, "the case you are on", field="other_reference"):
        link(casework, casework.reference)
    with refused(casework.database, "choose from the list", field="kind"):
        link(casework, other, kind="friends")
    link(casework, other)
    with refused(casework.database, "linked so already", field="other_reference"):
        link(casework, other)
    link(casework, other, kind="comparator")
    assert len(seen(casework, casework.lead)) == 2


def test_an_ended_link_is_gone_and_can_be_made_again(casework: Casework) -> None:
    other = other_case(casework)
    link(casework, other)
    run(casework, unlink_cases, casework.lead, other_reference=other, kind=KIND)
    assert seen(casework, casework.lead) == ()
    with refused(casework.database, "has been ended already"):
        run(casework, unlink_cases, casework.lead, other_reference=other, kind=KIND)
    link(casework, other)
    assert len(seen(casework, casework.lead)) == 1


def test_two_at_once_make_one_link(casework: Casework) -> None:
    other = other_case(casework)
    about: dict[str, Any] = {"actor_id": casework.lead, "kind": KIND}
    refusal = at_once(
        casework.database,
        lambda session: link_cases(session, reference=casework.reference, other_reference=other, **about),
        lambda session: link_cases(session, reference=other, other_reference=casework.reference, **about),
    )
    assert isinstance(refusal, CommandRefused)
    assert len(rows(casework.database, CaseLink)) == 1


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    other = other_case(casework)
    assert_all_or_nothing(casework, monkeypatch, link_cases, casework.lead, other_reference=other, kind=KIND)
