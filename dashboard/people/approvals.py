"""What takes two leads, what one lead did alone, and what people have declared."""

import streamlit as st

from dashboard import store
from dashboard.people import accounts
from dashboard.settings import settings
from dashboard.ui import forms, navigation, organisation_link, text
from db.choices import Role
from db.commands.affiliations import agree_declaration
from db.commands.approvals import NewLink, agree_approval, refuse_approval, see_alone
from db.queries.approvals import Ask, Belonging, Declaration, Desk
from db.queries.session import Person
from db.rules.four_eyes import APPROVAL_DAYS, DECLARATION_DAYS, ApprovalKind
from db.rules.words import many, noun

FOLD = "home_approvals"
OPERATOR = "There is no other lead who could agree. The operator can do it on the server: see “Operating”."


def approvals(person: Person, *, declared: bool = True) -> None:
    """For leads: everything that waits, with forms for what is theirs to answer; with or without declarations."""
    accounts.new_link()
    desk = store.desk(person)
    _desk(person, desk, _to_look_at(desk) if declared else [])


def on_home(person: Person) -> None:
    """The same under one line that says how much it is, drawn when opened."""
    accounts.new_link()
    desk = store.desk(person)
    declared = _to_look_at(desk)
    counts = (
        (len(desk.waiting), noun(len(desk.waiting), "waits for a second lead", "wait for a second lead")),
        (len(desk.alone), "done by one lead alone"),
        (len(declared), "declared lately"),
    )
    parts = [f"**{count}** {words}" for count, words in counts if count]
    if not parts:
        return
    folded = st.expander(" · ".join(parts), icon=":material/group:", key=FOLD, on_change="rerun")
    if folded.open:
        with folded:
            _desk(person, desk, declared)


def _to_look_at(desk: Desk) -> list[Declaration]:
    return [one for one in desk.declared if one.waits or one.is_new]


def _desk(person: Person, desk: Desk, declared: list[Declaration]) -> None:
    if desk.waiting:
        text.heading("Waiting for a second lead")
        st.caption(
            "It takes two leads to lower a conflict wall, or to open an account that sees cases. "
            f"What nobody answers lapses after {many(APPROVAL_DAYS, 'day')}."
        )
        for ask in desk.waiting:
            with st.container(border=True):
                _ask(person, ask)
    if desk.alone:
        text.heading("Done by one lead alone")
        st.caption("There was no second lead at the time. Look at each, and ask about anything that is not clear.")
        for ask in desk.alone:
            with st.container(border=True):
                _told(person, ask)
                st.caption(f"Done by {text.plain(ask.asked_by)}, {text.moment(ask.asked_at)}")
                with forms.form(f"alone_{ask.id}", border=False) as form:
                    form.submit("I have looked at it", main=False)
                form.save(see_alone, "Noted.", approval_id=ask.id)
    _declarations(person, declared)


def about_me(person: Person) -> None:
    """What leads have asked about your account, so that nothing happens to it without your knowing."""
    for ask in store.asked_about(person):
        with st.container(border=True):
            st.markdown(":material/visibility: **Asked about your account**")
            _told(person, ask)
            st.caption(
                f"Asked by {text.plain(ask.asked_by)}, {text.moment(ask.asked_at)}. It happens once another lead "
                "agrees. If you don’t know about it, tell another lead now."
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
        _answer(ask)
    elif ask.is_own:
        _take_back(ask)
    elif ask.is_about_me:
        st.caption("This is about you: another lead must answer it.")


def _answer(ask: Ask) -> None:
    with forms.form(f"answer_{ask.id}", border=False) as form:
        answer = form.submit_one_of({"agree": "Agree", "refuse": "Refuse"}, main="agree")
    if answer == "agree":
        form.save(agree_approval, _deliver, approval_id=ask.id)
    elif answer == "refuse":
        form.save(refuse_approval, "Refused.", approval_id=ask.id)


def _take_back(ask: Ask) -> None:
    with forms.form(f"take_back_{ask.id}", border=False) as form:
        form.submit("Take it back", main=False)
    form.save(refuse_approval, "Taken back.", approval_id=ask.id)


def _deliver(link: NewLink | None) -> str:
    """By e-mail where that is set up; else it is shown to whoever agreed, and never to whoever asked."""
    if link is None:
        return "Agreed and done."
    if store.mail_link(link, accounts.address(link.token)):
        return f"Agreed. A one-time link is on its way to {text.plain(link.email)}."
    st.session_state[accounts.LINK] = (link.name, link.token)
    return "Agreed. Send them the one-time link."


def _told(person: Person, ask: Ask) -> None:
    st.markdown(f":material/group: **{_sentence(ask)}**" if ask.kind is not ApprovalKind.REMOVE_PARTY else _party(ask))
    if ask.kind in OF_A_CASE and ask.reference:
        navigation.case_link(ask.reference)
    if ask.kind is ApprovalKind.LIFT_KEPT:
        st.markdown(
            ":small[What it said before a correction barred them. Look at the correction in its history first.]"
        )
    for part, now in ask.now.items():
        st.markdown(f"{PARTS[part]}: {_value(part, ask.was.get(part, ''))} → **{_value(part, now)}**")
    if ask.body is not None:
        years = many(settings().limits.conflict_years, "year")
        st.markdown(f"{_what(person, ask.body)}, last day there: **{text.day(ask.ended_on)}**")
        st.markdown(f":small[It bars them for {years} from that day, and no longer.]")
    if ask.kind in WITH_A_LINK:
        st.markdown(_where_to(ask))


OF_A_CASE = (ApprovalKind.REMOVE_PARTY, ApprovalKind.LIFT_KEPT)
PARTS = {"role": "Role", "email": "E-mail address", "name": "Name"}
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
        ApprovalKind.RESET_FACTOR: f"Resetting two-step sign-in for {whom}",
        ApprovalKind.DEACTIVATE: f"Ending the account of {whom}",
        ApprovalKind.END_AFFILIATION: f"Ending an employment of {whom}",
        ApprovalKind.REMOVE_PARTY: "A name taken off a case",
        ApprovalKind.LIFT_KEPT: f"Letting {text.plain(ask.name)} see a corrected case",
    }[ask.kind]


def _party(ask: Ask) -> str:
    role = ask.party.label.lower() if ask.party else "somebody"
    return (
        f":material/person_remove: **Taking a name off a case: {role}**. Anybody with that name can then see the case."
    )


def _where_to(ask: Ask) -> str:
    """Where the link would go, and whether that address has changed: somebody could have put in their own."""
    rises = ask.was.get("role") == Role.OBSERVER
    if ask.kind is ApprovalKind.CHANGE_ACCOUNT and not rises:
        return ":small[Where people sign in with their organisation, whoever has this address can sign in.]"
    email = ask.now.get("email", ask.email)
    changed = f" :orange-badge[changed {text.moment(ask.email_changed_at)}]" if ask.email_changed_at else ""
    address = f"**{text.plain(email)}**{changed}" if email else "none known"
    by_mail = bool(email) and settings().sends_mail
    how = "goes to their own address" if by_mail else "is shown once, to whoever agrees, to pass on. Their address"
    before = "Their password and two-step sign-in end. " if rises else ""
    return f":small[{before}The link {how}: {address}]"


def _value(part: str, value: str) -> str:
    if part == "role":
        return Role(value).label if value in list(Role) else "?"
    return text.plain(value) or "none"


def _what(person: Person, belonging: Belonging) -> str:
    """“Example Acute Trust Q (employer)”."""
    if belonging.body is not None:
        named = organisation_link.named(person, belonging.body, belonging.body_code)
        return f"{named} ({belonging.kind.label.lower()})"
    terms = store.words(person).terms
    group = terms["specialty_group"].get(belonging.specialty_group or "", belonging.specialty_group)
    return f"{group} in {terms['region'].get(belonging.region or '', belonging.region)} (specialty circle)"


def _declarations(person: Person, declared: list[Declaration]) -> None:
    if not declared:
        return
    text.heading("Declared lately")
    st.caption(
        f"A declaration is never refused. A second one within {many(DECLARATION_DAYS, 'day')} bars the person from "
        "work there at once; the cards they see change once a lead lets it count."
    )
    for one in declared:
        new = ":material/circle: " if one.is_new else ""
        st.markdown(f"{new}**{text.plain(one.name)}**: {_what(person, one.what)} :gray[· {text.moment(one.at)}]")
        if one.waits:
            with forms.form(f"declared_{one.id}", border=False) as form:
                form.submit("Let it count", main=False)
            form.save(agree_declaration, "It now counts in full.", affiliation_id=one.id)
