"""What takes two leads: asked, agreed to, refused; what one did alone; what people declared of themselves."""

import streamlit as st

from dashboard import store
from dashboard.people import accounts
from dashboard.settings import settings
from dashboard.ui import forms, navigation, text
from db.choices import Role
from db.commands.affiliations import agree_declaration
from db.commands.approvals import NewLink, agree_approval, refuse_approval, see_alone
from db.queries.approvals import Ask, Belonging, Declaration
from db.queries.session import Person
from db.rules.four_eyes import APPROVAL_DAYS, DECLARATION_DAYS, ApprovalKind

OPERATOR = "Nobody else is left to agree. Whoever runs the server can do it there: see “Operating”."


def approvals(person: Person, *, declared: bool = True) -> None:
    """For leads: all of it, with what is theirs to answer; on request without what people declared."""
    accounts.new_link()
    desk = store.desk(person)
    if desk.waiting:
        st.subheader("Waiting for a second lead")
        st.caption(
            "What could lower a conflict wall, or opens an account that sees cases, takes two leads. "
            f"What nobody answers lapses after {APPROVAL_DAYS} days."
        )
        for ask in desk.waiting:
            with st.container(border=True):
                _ask(person, ask)
    if desk.alone:
        st.subheader("Done by one lead alone")
        st.caption("There was no second lead then. Look at each, and ask about what you do not understand.")
        for ask in desk.alone:
            with st.container(border=True):
                _told(person, ask)
                st.caption(f"Done by {text.plain(ask.asked_by)}, {text.moment(ask.asked_at)}")
                with forms.form(f"alone_{ask.id}", border=False) as form:
                    form.submit("I have looked at it", main=False)
                form.save(see_alone, "Noted.", approval_id=ask.id)
    _declarations(person, [one for one in desk.declared if declared and (one.waits or one.is_new)])


def about_me(person: Person) -> None:
    """What leads have asked about one's own account: nothing is done to it behind one's back."""
    for ask in store.asked_about(person):
        with st.container(border=True):
            st.markdown(":material/visibility: **Asked about your account**")
            _told(person, ask)
            st.caption(
                f"Asked by {text.plain(ask.asked_by)}, {text.moment(ask.asked_at)}. It happens once another lead "
                "agrees. If you know nothing of it, tell another lead now."
            )


def _ask(person: Person, ask: Ask) -> None:
    _told(person, ask)
    st.caption(
        f"Asked by {'you' if ask.is_own else text.plain(ask.asked_by)}, {text.moment(ask.asked_at)}. "
        f"Lapses on {text.day(ask.lapses_on)}."
    )
    if not ask.can_be_agreed:
        st.caption(f":material/info: {OPERATOR}")
    if ask.may_agree:
        with st.container(horizontal=True):
            _agree(ask)
            _refuse(ask, "Refuse", "Refused.")
    elif ask.is_own:
        _refuse(ask, "Take it back", "Taken back.")
    elif ask.is_about_me:
        st.caption("This is about you: another lead must answer it.")


def _agree(ask: Ask) -> None:
    with forms.form(f"agree_{ask.id}", border=False) as form:
        form.submit("Agree")
    form.save(agree_approval, _deliver, approval_id=ask.id)


def _refuse(ask: Ask, label: str, said: str) -> None:
    with forms.form(f"refuse_{ask.id}", border=False) as form:
        form.submit(label, main=False)
    form.save(refuse_approval, said, approval_id=ask.id)


def _deliver(link: NewLink | None) -> str:
    """By mail where there is one; else it is shown to whoever agreed, and never to whoever asked."""
    if link is None:
        return "Agreed, and done."
    if store.mail_link(link, accounts.address(link.token)):
        return f"Agreed. A one-time link is on its way to {text.plain(link.email)}."
    st.session_state[accounts.LINK] = (link.name, link.token)
    return "Agreed. Send them the one-time link."


def _told(person: Person, ask: Ask) -> None:
    st.markdown(f":material/group: **{_sentence(ask)}**" if ask.kind is not ApprovalKind.REMOVE_PARTY else _party(ask))
    if ask.kind is ApprovalKind.REMOVE_PARTY and ask.reference:
        navigation.case_link(ask.reference)
    for part, now in ask.now.items():
        st.markdown(f"{PARTS[part]}: {_value(part, ask.was.get(part, ''))} → **{_value(part, now)}**")
    if ask.body is not None:
        st.markdown(f"{_what(person, ask.body)}, last day there: **{text.day(ask.ended_on)}**")
        st.markdown(":small[It goes on barring them for some years from that day, and no longer.]")
    if ask.kind in WITH_A_LINK:
        st.markdown(_where_to(ask))


PARTS = {"role": "Role", "email": "Address", "name": "Name"}
WITH_A_LINK = (ApprovalKind.ADD_ACCOUNT, ApprovalKind.LINK, ApprovalKind.LET_BACK_IN, ApprovalKind.CHANGE_ACCOUNT)


def _sentence(ask: Ask) -> str:
    """“A one-time link for Vik (vik, Volunteer)”."""
    role = f", {ask.role.label.lower()}" if ask.role else ""
    whom = f"{text.plain(ask.name)} ({text.plain(ask.username)}{role})"
    return {
        ApprovalKind.ADD_ACCOUNT: f"A new account for {whom}",
        ApprovalKind.CHANGE_ACCOUNT: f"A change to the account of {whom}",
        ApprovalKind.LINK: f"A one-time link that sets the password of {whom}",
        ApprovalKind.LET_BACK_IN: f"Letting {whom} back in",
        ApprovalKind.RESET_FACTOR: f"Taking away the second factor of {whom}",
        ApprovalKind.DEACTIVATE: f"Ending the account of {whom}",
        ApprovalKind.END_AFFILIATION: f"The end of an employment of {whom}",
        ApprovalKind.REMOVE_PARTY: "A name taken off a case",
    }[ask.kind]


def _party(ask: Ask) -> str:
    role = ask.party.label.lower() if ask.party else "somebody"
    return f":material/person_remove: **Taking a name off a case: {role}**. Whoever has it may see the case then."


def _where_to(ask: Ask) -> str:
    """Where a link would go, and whether that address is a new one: somebody could have put their own there."""
    rises = ask.was.get("role") == Role.OBSERVER
    if ask.kind is ApprovalKind.CHANGE_ACCOUNT and not rises:
        return ":small[The address also counts as theirs where people sign in with their organisation.]"
    email = ask.now.get("email", ask.email)
    changed = f" :orange-badge[changed {text.moment(ask.email_changed_at)}]" if ask.email_changed_at else ""
    address = f"**{text.plain(email)}**{changed}" if email else "none known"
    by_mail = bool(email) and settings().sends_mail
    how = "goes to their own address" if by_mail else "is shown once to whoever agrees, to pass on. Their address"
    anew = "Their password and second factor end. " if rises else ""
    return f":small[{anew}The link {how}: {address}]"


def _value(part: str, value: str) -> str:
    if part == "role":
        return Role(value).label if value in list(Role) else "?"
    return text.plain(value) or "none"


def _what(person: Person, belonging: Belonging) -> str:
    """“Example Acute Trust Q (employer)”."""
    if belonging.body is not None:
        return f"{text.plain(belonging.body)} ({belonging.kind.label.lower()})"
    terms = store.words(person).terms
    group = terms["specialty_group"].get(belonging.specialty_group or "", belonging.specialty_group)
    return f"{group} in {terms['region'].get(belonging.region or '', belonging.region)} (specialty circle)"


def _declarations(person: Person, declared: list[Declaration]) -> None:
    if not declared:
        return
    st.subheader("Declared lately")
    st.caption(
        f"Nobody is refused a declaration. A second one within {DECLARATION_DAYS} days "
        "bars them from work there at once; the cards they see change once a lead lets it count."
    )
    for one in declared:
        new = ":material/circle: " if one.is_new else ""
        st.markdown(f"{new}**{text.plain(one.name)}**: {_what(person, one.what)} :gray[· {text.moment(one.at)}]")
        if one.waits:
            with forms.form(f"declared_{one.id}", border=False) as form:
                form.submit("Let it count", main=False)
            form.save(agree_declaration, "It counts in full now.", affiliation_id=one.id)
