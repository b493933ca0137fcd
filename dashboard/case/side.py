"""What stays in sight beside a case: deadlines, next action, whom we wait for, the doctor, consents, the team."""

import streamlit as st

from dashboard.case import consents, deadlines, team
from dashboard.case.parts import ACTIONS, TEAM, show_part
from dashboard.ui import text
from db.choices import AssignmentStatus
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CaseDeadline
from db.rules.words import many

MOST_DEADLINES = 5


def side(case: CaseDetail) -> None:
    """Also when the case has ended: then it says so, in place of what would be next."""
    with st.container(key="case_next", gap="xxsmall"):
        told = [*_deadlines(case), *_next_action(case), *_waiting(case)]
        st.markdown("\n\n".join(told), anchors=False)
        show_part(case, ACTIONS, "All actions and deadlines")
    with st.container(key="case_people", gap="xxsmall"):
        team.identity(case)
        st.markdown("\n\n".join([*_doctor(case), *consents.in_short(case), *_team(case)]), anchors=False)
        show_part(case, TEAM, "Change consents or team")


def _deadlines(case: CaseDetail) -> list[str]:
    live = [row for row in case.deadlines if not row.is_settled and not deadlines.has_closed(row)]
    if not live:
        none = "No deadline is running. Add one by its rule, or by hand." if case.stage.is_open else "None is running."
        return ["## Deadlines", f":gray[{none}]"]
    shown = sorted(live, key=_order)[:MOST_DEADLINES]
    told = ["## Deadlines", "\n".join(f"- {_deadline(row)}" for row in shown)]
    if len(live) > len(shown):
        told.append(f":gray[and {len(live) - len(shown)} more]")
    if any(row.confirmed_by is None for row in shown):
        told.append(f":small[:gray[{deadlines.CONFIRM_ALL}]]")
    return told


def _order(row: CaseDeadline) -> tuple[bool, bool, object, int]:
    """Those still to come first, the nearest first, then windows; a passed one can only be put right."""
    past = deadlines.is_past(row)
    return past, row.is_window, -row.due_on.toordinal() if past else row.due_on.toordinal(), row.id


def _deadline(row: CaseDeadline) -> str:
    about = f"{text.plain(row.name)}, {row.whose.label.lower()} {deadlines.marks(row)}".rstrip()
    return f"**{text.due(row.due_on)}**  \n  {about}"


def _next_action(case: CaseDetail) -> list[str]:
    action = case.next_action
    if action is None:
        is_open = case.stage.is_open
        none = "None. Record an update to say what happens next." if is_open else "None: this case has ended."
        return ["## Next action", f":gray[{none}]"]
    more = f" · {many(len(case.actions) - 1, 'more action')}" if len(case.actions) > 1 else ""
    return ["## Next action", f"**{text.plain(action.text)}**  \n{_owner(case)}, {text.due(action.due_on)}{more}"]


def _owner(case: CaseDetail) -> str:
    return text.plain(case.next_action.owner) if case.next_action else ""


def _waiting(case: CaseDetail) -> list[str]:
    rows = [
        f"- **{text.plain(row.on_whom)}**, since {text.day(row.since)}  \n  follow-up {text.due(row.chase_on)}"
        for row in case.waiting
    ]
    return ["## Waiting for", "\n".join(rows) or ":gray[Nobody.]"]


def _doctor(case: CaseDetail) -> list[str]:
    reached = f"Last reached {text.day(case.reached_on)}" if case.reached_on else "Not reached yet"
    return ["## The doctor", reached]


def _team(case: CaseDetail) -> list[str]:
    lines = [
        f"- **{text.plain(place.name)}**, {place.role.lower()}"
        + (", offered" if place.status is AssignmentStatus.OFFERED else "")
        for place in case.places
        if place.status in team.LIVE
    ]
    none = "Nobody yet. A lead offers the case to a volunteer." if case.stage.is_open else "Nobody any more."
    return ["## Team", "\n".join(lines) or f":gray[{none}]"]
