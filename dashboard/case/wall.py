"""The conflict wall of a case: the people involved, exceptions to the wall, and conflicts found."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard import store
from dashboard.ui import forms, navigation, text
from dashboard.ui.folds import fold
from db import clock
from db.choices import PartyRole
from db.commands.kept_walls import lift_kept
from db.commands.wall import name_party, note_conflict, remove_party
from db.commands.wall_exceptions import agree_exception, ask_exception, end_exception
from db.queries.case_detail import CaseDetail
from db.queries.session import Person
from db.queries.wall import ExceptionRow, SteppedBack, Wall
from db.rules.words import many

NEVER_KEPT = "We don’t keep the name, only a fingerprint of it for the conflict check."


def named(person: Person, case: CaseDetail, wall: Wall) -> None:
    """The people involved, by role. A volunteer of that name is barred from the case from then on."""
    roles = [role.label for role in wall.parties]
    st.markdown(f"**People involved, for the conflict check:** {', '.join(roles) if roles else 'nobody yet'}")
    if wall.stepped_back:
        left = "\n".join(f"- {_left(row)}" for row in wall.stepped_back)
        st.markdown(f"**Stepped back, for leads to know:**\n{left}")
    fold("Add a person involved", lambda: _name(case), about=case.reference)
    if person.is_lead and wall.named:
        fold("Remove a name added by mistake", lambda: _take_off(case, wall), about=case.reference)
    if person.is_lead and wall.kept:
        fold("Let in somebody barred before a correction", lambda: _let_in(case, wall), about=case.reference)


def _left(row: SteppedBack) -> str:
    why = f": “{text.plain(row.why)}”" if row.why else ""
    return f"{text.plain(row.name)}, {text.moment(row.at)}{why}"


def _name(case: CaseDetail) -> None:
    with forms.form(f"party_{case.reference}") as form:
        role = form.choice("role", "Role", list(PartyRole), required=True)
        name = form.text("name", "Name", required=True, most=200, help=NEVER_KEPT)
        st.caption(NEVER_KEPT)
        form.submit("Add to the conflict check")
    form.save(name_party, "Added.", reference=case.reference, role=role or PartyRole.OTHER, name=name)


def _take_off(case: CaseDetail, wall: Wall) -> None:
    """For a name added by mistake. As the name itself is not kept, it is shown by its role and when it was added."""
    with forms.form(f"take_off_{case.reference}") as form:
        st.caption("A second lead who can see this case must agree, if there is one.")
        chosen = form.choice(
            "party_id",
            "Who",
            wall.named,
            required=True,
            words=lambda id: _noted(*wall.named[id]) if id in wall.named else "Gone",
        )
        form.submit("Remove the name", main=False)
    form.save(remove_party, forms.once_agreed("Removed."), reference=case.reference, party_id=chosen or 0)


def _let_in(case: CaseDetail, wall: Wall) -> None:
    """For people whom only what the case said before a correction bars."""
    with forms.form(f"let_in_{case.reference}") as form:
        st.caption(
            "A correction never lowers the conflict wall by itself. A second lead who can see this case must agree, if "
            "there is one."
        )
        chosen = form.choice("recusal_id", "Who", wall.kept, words=wall.kept.get, required=True)
        form.submit("Let them see the case", main=False)
    said = forms.once_agreed("They can now see the case.")
    form.save(lift_kept, said, reference=case.reference, recusal_id=chosen or 0)


def _noted(role: PartyRole, at: datetime) -> str:
    return f"{role.label}, added {text.moment(at)}"


def exceptions(person: Person, case: CaseDetail, wall: Wall) -> None:
    """Who may see the case in spite of a conflict; for leads, the form that asks for another exception."""
    for row in wall.exceptions:
        with st.container(border=True):
            _exception(person, row)
    if person.is_lead and wall.barred:
        fold("Ask for an exception to the wall", lambda: _ask(case, wall.barred), about=case.reference)


def _exception(person: Person, row: ExceptionRow) -> None:
    state = f"agreed by {text.plain(row.agreed_by)}" if row.agreed_by else "**waiting for a second person to agree**"
    st.markdown(
        f"Exception to the wall for **{text.plain(row.name)}** until {text.day(row.ends_on)}, "
        f"asked for by {text.plain(row.asked_by)}, {state}"
    )
    st.caption(text.plain(row.reason))
    with st.container(horizontal=True):
        if row.agreed_by is None and row.asked_by_id != person.id:
            with forms.form(f"agree_{row.id}", border=False) as agree:
                agree.submit("Agree")
            agree.save(agree_exception, "Agreed.", exception_id=row.id)
        if person.is_lead or row.asked_by_id == person.id:
            with forms.form(f"end_exception_{row.id}", border=False) as end:
                end.submit("End the exception" if row.agreed_by else "Decline or withdraw")
            end.save(end_exception, "Ended.", exception_id=row.id)


def _ask(case: CaseDetail, barred: dict[int, str]) -> None:
    with forms.form(f"exception_{case.reference}") as form:
        st.caption("You ask, and another lead or somebody on the case must agree. It ends on the day you choose.")
        who = form.choice("volunteer_id", "Person", barred, words=barred.get, required=True)
        reason = form.text("reason", "Reason", required=True)
        until = form.day(
            "ends_on", "Until", required=True, value=clock.today() + timedelta(days=14), least=clock.today()
        )
        form.submit("Ask")
    form.save(
        ask_exception,
        "Asked. Another lead or somebody on the case must now agree.",
        reference=case.reference,
        volunteer_id=who or 0,
        reason=reason,
        ends_on=until,
    )


def asked(person: Person) -> None:
    """For leads: exceptions that somebody else asked for, to be answered on the case."""
    for row in store.asked_exceptions(person):
        with st.container(border=True):
            navigation.case_link(row.reference, f":material/shield_person: **{row.reference}**", do=navigation.TEAM)
            st.markdown(
                f"{text.plain(row.asked_by)} asks to let **{text.plain(row.name)}** see this case until "
                f"{text.day(row.ends_on)}, past the conflict wall. A second person agrees or declines on the case."
            )
            st.caption(text.plain(row.reason))


def found(person: Person) -> None:
    """For leads: conflicts found after somebody opened a case, and what they opened."""
    for row in store.found_conflicts(person):
        with st.container(border=True):
            navigation.case_link(row.reference, f":material/block: **{row.reference}**")
            last = f", last on {text.moment(row.last_at)}" if row.last_at else ""
            opened = f"had opened it {_times(row.views)}{last}"
            identity = f" and the doctor’s identity {_times(row.identities)}" if row.identities else ""
            st.markdown(
                f"We found a conflict for **{text.plain(row.name)}** on {text.moment(row.found_at)}. They can’t see "
                f"this case any more. Before that they {opened}{identity}."
            )
            with forms.form(f"note_conflict_{row.id}", border=False) as form:
                form.submit("I have looked at it")
            form.save(note_conflict, "Noted.", notice_id=row.id)


def _times(count: int) -> str:
    return "once" if count == 1 else many(count, "time") if count else "not at all"
