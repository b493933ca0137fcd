"""The conflict wall on a case: who is named in it, who is let through, and the conflicts found."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard import store
from dashboard.ui import forms, navigation, text
from db import clock
from db.choices import PartyRole
from db.commands.wall import name_party, note_conflict, remove_party
from db.commands.wall_exceptions import agree_exception, ask_exception, end_exception
from db.queries.case_detail import CaseDetail
from db.queries.session import Person
from db.queries.wall import ExceptionRow, Wall

NEVER_KEPT = "The name is not kept: only a fingerprint of it, for the conflict check."


def named(person: Person, case: CaseDetail, wall: Wall) -> None:
    """People named in the case, by role: a volunteer of that name stands behind the wall from then on."""
    roles = [role.label for role in wall.parties]
    st.markdown(f"**Named for the conflict check:** {', '.join(roles) if roles else 'nobody yet'}")
    with st.expander("Name somebody involved"), forms.form(f"party_{case.reference}") as form:
        role = form.choice("role", "Role", list(PartyRole), required=True)
        name = form.text("name", "Name", required=True, most=200, help=NEVER_KEPT)
        st.caption(NEVER_KEPT)
        form.submit("Note for the check")
    form.save(name_party, "Noted.", reference=case.reference, role=role or PartyRole.OTHER, name=name)
    if person.is_lead and wall.named:
        _take_off(case, wall)


def _take_off(case: CaseDetail, wall: Wall) -> None:
    """For a name that was noted by mistake. As the name itself is not kept, it is told by its role and its hour."""
    with st.expander("Take off a name noted by mistake"), forms.form(f"take_off_{case.reference}") as form:
        st.caption("Takes a second lead who may see this case, where there is one.")
        chosen = form.choice(
            "party_id",
            "Who",
            wall.named,
            required=True,
            words=lambda id: _noted(*wall.named[id]) if id in wall.named else "Gone",
        )
        form.submit("Take off", main=False)
    form.save(remove_party, forms.once_agreed("Taken off."), reference=case.reference, party_id=chosen or 0)


def _noted(role: PartyRole, at: datetime) -> str:
    return f"{role.label}, noted {text.moment(at)}"


def exceptions(person: Person, case: CaseDetail, wall: Wall) -> None:
    """Whom two people let see the case in spite of a conflict; for leads, asking for another."""
    for row in wall.exceptions:
        with st.container(border=True):
            _exception(person, row)
    if person.is_lead and wall.barred:
        _ask(case, wall.barred)


def _exception(person: Person, row: ExceptionRow) -> None:
    state = f"agreed by {text.plain(row.agreed_by)}" if row.agreed_by else "**waits for a second person to agree**"
    st.markdown(
        f"Exception for **{text.plain(row.name)}** until {text.day(row.ends_on)}, "
        f"asked by {text.plain(row.asked_by)}, {state}"
    )
    st.caption(text.plain(row.reason))
    with st.container(horizontal=True):
        if row.agreed_by is None and row.asked_by_id != person.id:
            with forms.form(f"agree_{row.id}", border=False) as agree:
                agree.submit("Agree")
            agree.save(agree_exception, "Agreed.", exception_id=row.id)
        if person.is_lead or row.asked_by_id == person.id:
            with forms.form(f"end_exception_{row.id}", border=False) as end:
                end.submit("End it" if row.agreed_by else "Refuse or take back")
            end.save(end_exception, "Ended.", exception_id=row.id)


def _ask(case: CaseDetail, barred: dict[int, str]) -> None:
    with st.expander("Let somebody through the wall"), forms.form(f"exception_{case.reference}") as form:
        st.caption("Takes two people: you ask, and another lead or somebody on the case agrees. It ends by itself.")
        who = form.choice("volunteer_id", "Person", barred, words=barred.get, required=True)
        reason = form.text("reason", "Reason", required=True)
        until = form.day(
            "ends_on", "Until", required=True, value=clock.today() + timedelta(days=14), least=clock.today()
        )
        form.submit("Ask")
    form.save(
        ask_exception,
        "Asked. Somebody else must agree now.",
        reference=case.reference,
        volunteer_id=who or 0,
        reason=reason,
        ends_on=until,
    )


def found(person: Person) -> None:
    """For leads: conflicts found after somebody had opened a case, and what they had opened."""
    for row in store.found_conflicts(person):
        with st.container(border=True):
            navigation.case_link(row.reference, f":material/block: **{row.reference}**")
            last = f", last on {text.moment(row.last_at)}" if row.last_at else ""
            opened = f"had opened it {_times(row.views)}{last}"
            identity = f" and the doctor’s identity {_times(row.identities)}" if row.identities else ""
            st.markdown(
                f"A conflict was found for **{text.plain(row.name)}** on {text.moment(row.found_at)}. They see "
                f"nothing of it now; they {opened}{identity}."
            )
            with forms.form(f"note_conflict_{row.id}", border=False) as form:
                form.submit("I have looked at it")
            form.save(note_conflict, "Noted.", notice_id=row.id)


def _times(many: int) -> str:
    return "once" if many == 1 else f"{many} times" if many else "not at all"
