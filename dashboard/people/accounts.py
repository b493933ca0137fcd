"""The forms about one person: their account, and handing over their cases."""

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from dashboard import store
from dashboard.settings import settings
from dashboard.ui import forms, navigation, text
from dashboard.ui.forms import Fields, Form
from db.choices import AssignmentStatus, Role
from db.commands.accounts import LINK_DAYS
from db.commands.handover import hand_over
from db.commands.people import add_volunteer, change_volunteer, deactivate, reactivate, send_link
from db.commands.second_factor import reset_factor
from db.queries.people import PersonDetail
from db.queries.session import Person
from db.rules.families import NOT_MATCHED
from db.rules.limits import MOST_PLEDGED_HOURS
from db.rules.points import POINTS_PER_HOUR
from db.rules.words import many

LINK = "new_link"
# As each is handed over, the next one moves up.
MOST_HELD = 10
HOURS_HELP = f"{many(POINTS_PER_HOUR, 'point')} of work for each hour. From 0 to {MOST_PLEDGED_HOURS}."


def _save_with_link(form: Form, command: Callable[..., str | None], said: str, whom: str, **fields: object) -> None:
    """For a command that returns the token of a one-time link, or None while it waits for a second lead."""
    if form.save(command, lambda token: said if token else forms.ASKED, redraw=False, **fields):
        if form.result:
            st.session_state[LINK] = (whom, form.result)
        st.rerun()


def new_link() -> None:
    """The one-time link just made, until it is closed. It can't be shown again."""
    if LINK not in st.session_state:
        return
    name, token = st.session_state[LINK]
    with st.container(border=True):
        st.markdown(f":material/key: **One-time link for {text.plain(name)}**")
        st.code(address(token), language=None, wrap_lines=True)
        st.caption(
            f"Send it to {text.plain(name)} and nobody else, in a way that you know reaches only them. It sets their "
            f"password, works once and expires after {many(LINK_DAYS, 'day')}. We don’t keep it: if it is lost, make a "
            "new one on People."
        )
        if st.button("I have sent it", icon=":material/done:"):
            del st.session_state[LINK]
            st.rerun()


def address(token: str) -> str:
    """The link, at the public address if there is one, else at the address this page was opened at."""
    if public := settings().public_url:
        return f"{public}/{navigation.SET_UP}?token={token}"
    here = urlsplit(st.context.url or "")
    path = f"{here.path.rpartition('/')[0]}/{navigation.SET_UP}"
    return urlunsplit((here.scheme, here.netloc, path, f"token={token}", ""))


def _hours(form: Form, value: float) -> float:
    got = form.number(
        "pledged_hours", "Pledged hours a week", most=MOST_PLEDGED_HOURS, step=0.5, value=value, help=HOURS_HELP
    )
    return got or 0


def _account(form: Form, person: Person, of: PersonDetail | None) -> Fields:
    """The fields shared by adding and changing."""
    skills = store.words(person).processes
    known = [code for code in of.skills if code in skills] if of else []
    return {
        "name": form.text("name", "Name", required=True, value=of.name if of else "", most=200),
        "email": form.text("email", "Email", value=of.email if of else "", most=254),
        "role": form.buttons("role", "Role", Role, default=of.role if of else Role.VOLUNTEER, required=True),
        "pledged_hours": _hours(form, of.pledged_hours if of else 4.0),
        "skills": form.several(
            "skills",
            "Knows",
            skills,
            words=lambda code: _skill(code, skills.get(code, "")),
            default=known,
            help="Processes they know well. They are suggested for such cases.",
        ),
    }


def _skill(code: str, label: str) -> str:
    return label if label.startswith(code) else f"{code} {label}"


def add(person: Person) -> None:
    with forms.form("add_person", border=False) as form:
        username = form.text(
            "username", "Username", required=True, most=64, help="For signing in. Letters, digits, dots and dashes."
        )
        fields = _account(form, person, None)
        form.submit("Add")
    name = fields["name"]
    _save_with_link(form, add_volunteer, f"{text.plain(name)} has been added.", name, username=username, **fields)


def change(person: Person, of: PersonDetail) -> None:
    with forms.form(f"change_{of.id}_{of.version}", border=False) as form:
        fields = _account(form, person, of)
        full = form.tick("says_full", "At capacity", value=of.says_full, help="What they say comes before any points.")
        form.submit("Save changes")
    form.save(
        change_volunteer,
        forms.once_agreed("Changes saved.", "Saved. What needs a second lead waits for one."),
        volunteer_id=of.id,
        seen_version=of.version,
        says_full=full,
        **fields,
    )


def access(person: Person, of: PersonDetail) -> None:
    """A new link, ending the account, or letting somebody back in."""
    if not of.active:
        with forms.form(f"reactivate_{of.id}", border=False) as form:
            st.caption(
                "This account has ended. Letting them back in makes a new link; the old password no longer works."
            )
            form.submit("Let back in")
        said = f"{text.plain(of.name)} can sign in again."
        _save_with_link(form, reactivate, said, of.name, volunteer_id=of.id)
        return
    with forms.form(f"link_{of.id}", border=False) as form:
        st.caption(
            "For somebody who lost their password or their first link. Their old password works until the link is used."
            if of.signed_up
            else "They have not set a password yet. A new link replaces the one they have."
        )
        form.submit("Make a new link")
    _save_with_link(form, send_link, "New link made.", of.name, volunteer_id=of.id)
    if of.has_factor and of.id != person.id:
        _reset_factor(of)
    with forms.form(f"deactivate_{of.id}", border=False) as form:
        st.caption(
            "Ends the account and all its sign-ins at once. What they wrote stays, with their name. Their cases are "
            "listed for handing over, on this page and on every lead’s Home."
        )
        if of.role is Role.LEAD:
            st.caption("A lead’s account ends once a second lead agrees; their sign-ins end now.")
        form.submit("Deactivate", main=False)
    form.save(deactivate, forms.once_agreed(f"{text.plain(of.name)}’s account has ended."), volunteer_id=of.id)


def _reset_factor(of: PersonDetail) -> None:
    """For somebody who has lost their phone and their recovery codes."""
    with forms.form(f"reset_factor_{of.id}", border=False) as form:
        st.caption(
            "For somebody who has lost their phone and their recovery codes. Ring them first, on a number you know: "
            "after the reset, anybody with their password can sign in."
        )
        form.submit("Reset two-step sign-in", main=False)
    form.save(reset_factor, forms.once_agreed("Their two-step sign-in has been reset."), volunteer_id=of.id)


def handover(person: Person, of: PersonDetail) -> None:
    """The cases somebody holds or is offered, each with a form to hand it over."""
    if not of.held:
        st.caption("No open cases or offers that you may see.")
        return
    more = f" Showing the first {MOST_HELD} of {len(of.held)}." if len(of.held) > MOST_HELD else ""
    held = many(len(of.held), "case or offer", "cases and offers")
    st.caption(f"{held}. Hand over each one. If you choose nobody, the case becomes unallocated.{more}")
    for place in of.held[:MOST_HELD]:
        with st.container(border=True):
            navigation.case_link(place.reference, f"**{place.reference}**")
            offered = " (offered, not answered)" if place.status is AssignmentStatus.OFFERED else ""
            st.caption(f"{place.stage.label} · {place.role.label}{offered}")
            people = store.offerable(person, place.reference, place=True)
            others = {id: name for id, name in people.items() if id != of.id}
            with forms.form(f"hand_{place.assignment_id}", border=False) as form:
                to_id = form.choice("volunteer_id", "Offer it to", others, words=others.get, placeholder="Nobody yet")
                note = form.area("handover", "Handover note", required=True, height=70)
                unchecked = not place.is_matched and form.tick("unchecked", f"{NOT_MATCHED}. Offer it anyway.")
                form.submit("Hand over")
            form.save(
                hand_over,
                f"{place.reference} has been handed over.",
                reference=place.reference,
                assignment_id=place.assignment_id,
                handover=note,
                role=place.role,
                to_id=to_id,
                unchecked=unchecked,
            )
