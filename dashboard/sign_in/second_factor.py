"""Two-step sign-in: setting up an authenticator app, recovery codes, and turning it off."""

import pyotp
import segno
import streamlit as st

from dashboard import store
from dashboard.ui import forms
from db.commands.second_factor import begin_factor, confirm_factor, drop_factor, new_recovery_codes
from db.queries.session import Person
from db.rules.words import many

CODES = "recovery_codes"
ISSUER = "Learn Not Blame"
WHY = (
    "A password can be guessed, or seen over your shoulder. With two-step sign-in you also need a code from an app on "
    "your phone."
)


def is_due(person: Person) -> bool:
    """Whether this comes before any page: a lead has not set it up, or recovery codes are still on show."""
    return person.must_add_factor or CODES in st.session_state


def first(person: Person) -> None:
    """The only page a lead sees before setting it up."""
    st.title("Set up two-step sign-in")
    if CODES in st.session_state:
        _recovery_codes()
        return
    st.markdown(f"Leads can see every case, so they must use two-step sign-in. {WHY}")
    _set_up(person, begin="Set it up")


def tab(person: Person) -> None:
    """Your own two-step sign-in, on the account page."""
    if person.is_demo:
        st.caption("The demonstration has no two-step sign-in, because everybody shares its accounts.")
        return
    factor = store.factor(person)
    if not factor.in_use:
        st.caption(WHY)
        _set_up(person, begin="Set it up")
        return
    few = " Make new ones soon." if factor.recovery_left <= 3 else ""
    left = many(factor.recovery_left, "recovery code")
    st.markdown(f":green-badge[:material/verified_user: In use] · {left} left.{few}")
    with forms.form("new_recovery_codes", border=False) as form:
        st.caption("New recovery codes replace the old ones.")
        form.submit("Make new recovery codes", main=False)
    if form.save(new_recovery_codes, "New codes made.", redraw=False):
        _show(form.result)
    with st.expander("New phone", expanded=factor.pending is not None):
        st.caption("The old one works until the new one has given its first code.")
        _set_up(person, begin="Set up the new phone")
    if not person.is_lead:
        with forms.form("drop_factor", border=False) as form:
            st.caption("Without it, your password alone opens your account.")
            form.submit("Turn off two-step sign-in", main=False)
        form.save(drop_factor, "Two-step sign-in is off.")


def _set_up(person: Person, *, begin: str) -> None:
    secret = store.factor(person).pending
    if secret is None:
        with forms.form("begin_factor", border=False) as form:
            form.submit(begin)
        form.save(begin_factor, "Now scan the picture.")
        return
    st.markdown("**1.** Scan this with an authenticator app, such as Google Authenticator, 2FAS or Aegis.")
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=ISSUER)
    # Inline, not as a file: nothing that is served at an address may contain the secret.
    picture = segno.make(uri, error="m").svg_inline(scale=5, border=4, light="#ffffff")
    st.image(picture, width=260, alt="QR code for your authenticator app; the key below says the same")
    st.caption("On this phone? Copy the key into the app instead.")
    st.code(" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)), language=None, wrap_lines=True)
    st.markdown("**2.** Type the 6 digits it shows.")
    with forms.form("confirm_factor", border=False, kept=False) as form:
        code = form.text("code", "Code", required=True, most=12)
        form.submit("Confirm")
    if form.save(confirm_factor, "Two-step sign-in is on.", code=code, redraw=False):
        _show(form.result)


def _show(codes: list[str]) -> None:
    st.session_state[CODES] = codes
    st.rerun()


def _recovery_codes() -> None:
    """Shown once: only their hashes are kept."""
    st.markdown("**Your recovery codes.** Each signs you in once, when you don’t have your phone.")
    st.code("\n".join(st.session_state[CODES]), language=None)
    st.caption(
        "Print them, or keep them in a password manager that is not on the same phone. They are never shown again."
    )
    if st.button("I have kept them", type="primary", icon=":material/done:"):
        del st.session_state[CODES]
        st.rerun()
