"""Cases as rows of a list: what each case list shows of a case, and no more than the viewer may know of it."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Date, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import CARD_FIELDS, CardField, Viewer, full_few, visible_among
from db.choices import Role, Stage, Whose
from db.coding_access import blind_cases
from db.id_lists import among
from db.models import Action, Case, Deadline, Organisation, TimeRule, Volunteer
from db.queries.card_words import deadline_words
from db.queries.conditions import coming_id
from db.queries.search import Found, found_in


@dataclass(frozen=True)
class CaseRow:
    """One case. Everything not on the card is None unless the viewer may read the case in full (`is_full`); a deadline
    then has its rule's name. `coming` is the deadline after one that has passed."""

    reference: str
    is_full: bool
    flags: tuple[str, ...]
    stage: Stage
    days_in_stage: int
    processes: tuple[str, ...]
    deadline: str | None
    due_on: date | None
    whose: Whose | None
    coming: str | None
    coming_on: date | None
    unallocated: bool
    body_kind: str
    region: str
    opened_on: date
    grade: str | None = None
    specialty_group: str | None = None
    body: str | None = None
    # None for an organisation that is not matched to the list.
    body_code: str | None = None
    next_action: str | None = None
    action_owner: str | None = None
    action_due_on: date | None = None
    lead: str | None = None
    reached_on: date | None = None
    # Why a search found it, as far as it was not the reference.
    found: Found | None = None


# The field of the card that each shows; None is only for people who may read the case in full.
ON_CARD: dict[str, CardField | None] = {
    "reference": CardField.REFERENCE,
    "is_full": CardField.REFERENCE,
    "flags": CardField.FLAGS,
    "stage": CardField.STAGE,
    "days_in_stage": CardField.AGES,
    "processes": CardField.PROCESSES,
    "deadline": CardField.DEADLINES,
    "due_on": CardField.DEADLINES,
    "whose": CardField.DEADLINES,
    "coming": CardField.DEADLINES,
    "coming_on": CardField.DEADLINES,
    "unallocated": CardField.UNALLOCATED,
    "body_kind": CardField.BODY_KIND,
    "region": CardField.REGION,
    "opened_on": CardField.AGES,
    "grade": None,
    "specialty_group": None,
    "body": None,
    "body_code": None,
    "next_action": None,
    "action_owner": None,
    "action_due_on": None,
    "lead": None,
    "reached_on": None,
    "found": None,
}
_HIDDEN: dict[str, Any] = {name: None for name, field in ON_CARD.items() if field not in CARD_FIELDS}


def case_rows(session: Session, viewer: Viewer, references: Sequence[str], today: date) -> tuple[CaseRow, ...]:
    """The cases with these references whose card this viewer may see, in the order given."""
    named = select(Case.reference, Case.id).where(Case.reference.in_(references))
    ids = {row.reference: row.id for row in session.execute(named)}
    visible = visible_among(session, viewer, ids.values())
    shown = [ids[each] for each in dict.fromkeys(references) if ids.get(each) in visible]
    return rows_of(session, viewer, shown, today)


def rows_of(session: Session, viewer: Viewer, ids: Sequence[int], today: date, typed: str = "") -> tuple[CaseRow, ...]:
    """The cases with these ids, in the order given, found by what was `typed`. The caller has made sure that the viewer
    may see their cards."""
    place = {case_id: n for n, case_id in enumerate(ids)}
    asked = {"ids": ids, "viewer_id": viewer.id, "today": today}
    rows = sorted(session.execute(_cards(viewer.role), asked), key=lambda row: place[row.id])
    full = [row.id for row in rows if row.full]
    found = found_in(session, typed, full, blind=set(session.scalars(blind_cases(viewer)))) if typed else {}
    return tuple(_record(row, today, found.get(row.id)) for row in rows)


@functools.cache
def _cards(role: Role) -> Select[*tuple[object, ...]]:
    # Cached: building it costs more than running it.
    today: BindParameter[date] = bindparam("today", type_=Date)
    lead, owner, coming = aliased(Volunteer), aliased(Volunteer), aliased(Deadline)
    rule, coming_rule = aliased(TimeRule), aliased(TimeRule)
    return (
        select(
            Case.id,
            Case.reference,
            Case.flags,
            Case.stage,
            Case.stage_since,
            Case.process_codes,
            Case.grade,
            Case.specialty_group,
            Deadline.name.label("deadline"),
            Deadline.due_on,
            Deadline.whose,
            Action.text.label("action"),
            Action.due_on.label("action_due_on"),
            owner.name.label("owner"),
            lead.name.label("lead"),
            Case.reached_at,
            Case.body_kind,
            Case.region,
            func.coalesce(Organisation.name, Case.body_text).label("body"),
            Organisation.code.label("body_code"),
            Case.opened_on,
            full_few(role).label("full"),
            coming.name.label("coming"),
            coming.due_on.label("coming_on"),
            Case.lead_id,
            rule.label.label("rule"),
            Deadline.kind,
            Deadline.is_hearing,
            coming_rule.label.label("coming_rule"),
            coming.kind.label("coming_kind"),
            coming.is_hearing.label("coming_is_hearing"),
        )
        .outerjoin(Deadline, Deadline.id == Case.next_deadline_id)
        .outerjoin(coming, coming.id == coming_id(today))
        .outerjoin(rule, rule.code == Deadline.rule)
        .outerjoin(coming_rule, coming_rule.code == coming.rule)
        .outerjoin(Action, Action.id == Case.next_action_id)
        .outerjoin(owner, owner.id == Action.owner_id)
        .outerjoin(lead, lead.id == Case.lead_id)
        .outerjoin(Organisation, Organisation.id == Case.organisation_id)
        .where(among(Case.id, "ids"))
    )


def _record(row: Row[*tuple[object, ...]], today: date, found: Found | None) -> CaseRow:
    """One case; only its card, unless it may be read in full."""
    deadline, coming = row.deadline, row.coming
    if not row.full:
        deadline = deadline and deadline_words(row.rule, row.kind, is_hearing=row.is_hearing)
        coming = coming and deadline_words(row.coming_rule, row.coming_kind, is_hearing=row.coming_is_hearing)
    every = CaseRow(
        reference=row.reference,
        is_full=bool(row.full),
        flags=tuple(sorted(row.flags.split())),
        stage=row.stage,
        days_in_stage=(today - clock.london_day(row.stage_since)).days,
        processes=tuple(sorted(set(row.process_codes.split()))),
        deadline=deadline,
        due_on=row.due_on,
        whose=row.whose,
        coming=coming,
        coming_on=row.coming_on,
        unallocated=row.lead_id is None,
        body_kind=row.body_kind,
        region=row.region,
        opened_on=row.opened_on,
        grade=row.grade,
        specialty_group=row.specialty_group,
        body=row.body,
        body_code=row.body_code,
        next_action=row.action,
        action_owner=row.owner,
        action_due_on=row.action_due_on,
        lead=row.lead,
        reached_on=clock.london_day(row.reached_at) if row.reached_at else None,
        found=found,
    )
    return every if row.full else replace(every, **_HIDDEN)
