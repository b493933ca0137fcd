"""The second factor: setting up an authenticator app, recovery codes, and doing without."""

import pyotp
import segno
import streamlit as st

from dashboard import store
from dashboard.ui import forms
from db.commands.second_factor import begin_factor, confirm_factor, drop_factor, new_recovery_codes
from db.queries.session import Person

CODES = "recovery_codes"
ISSUER = "Learn Not Blame"
WHY = (
    "A password can be seen over a shoulder or guessed. With a second factor, signing in also needs a code "
    "from an app on your telephone."
)


def is_due(person: Person) -> bool:
    """Whether there is nothing else to do first: a lead without a second factor, or codes not put away yet."""
    return person.must_add_factor or CODES in st.session_state


def first(person: Person) -> None:
    """The only page of a lead who has none yet."""
    st.title("Your second factor")
    if CODES in st.session_state:
        _recovery_codes()
        return
    st.markdown(f"A lead can see every case, so a lead’s account has one more lock. {WHY}")
    _set_up(person, begin="Set it up")


def tab(person: Person) -> None:
    """One's own second factor, on the account page."""
    if person.is_demo:
        st.caption("The demonstration has no second factor: its sign-ins are shared by everybody.")
        return
    factor = store.factor(person)
    if not factor.in_use:
        st.caption(WHY)
        _set_up(person, begin="Set it up")
        return
    few = " Make new ones soon." if factor.recovery_left <= 3 else ""
    st.markdown(f":green-badge[:material/verified_user: In use] · {factor.recovery_left} recovery codes left.{few}")
    with forms.form("new_recovery_codes", border=False) as form:
        st.caption("New recovery codes end the old ones.")
        form.submit("Make new recovery codes", main=False)
    if form.save(new_recovery_codes, "New codes are made.", redraw=False):
        _show(form.result)
    with st.expander("New telephone", expanded=factor.pending is not None):
        st.caption("The old one works until the new one has given its first code.")
        _set_up(person, begin="Set up the new one")
    if not person.is_lead:
        with forms.form("drop_factor", border=False) as form:
            st.caption("Without it your password alone opens your account.")
            form.submit("Do without a second factor", main=False)
        form.save(drop_factor, "Your account has no second factor now.")


def _set_up(person: Person, *, begin: str) -> None:
    secret = store.factor(person).pending
    if secret is None:
        with forms.form("begin_factor", border=False) as form:
            form.submit(begin)
        form.save(begin_factor, "Scan the picture next.")
        return
    st.markdown("**1.** Scan this with an authenticator app, such as Google Authenticator, 2FAS or Aegis.")
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=ISSUER)
    # As text, not as a file of its own: nothing that is served by an address may hold the secret.
    picture = segno.make(uri, error="m").svg_inline(scale=5, border=4, light="#ffffff")
    st.image(picture, width=260, alt="QR code for your authenticator app; the key below says the same")
    st.caption("On this telephone? Copy the key into the app instead.")
    st.code(" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)), language=None, wrap_lines=True)
    st.markdown("**2.** Type the 6 digits it shows.")
    with forms.form("confirm_factor", border=False) as form:
        code = form.text("code", "Code", required=True, most=12)
        form.submit("Confirm")
    if form.save(confirm_factor, "Your second factor is in use.", code=code, redraw=False):
        _show(form.result)


def _show(codes: list[str]) -> None:
    st.session_state[CODES] = codes
    st.rerun()


def _recovery_codes() -> None:
    """Shown once: they are kept as hashes only."""
    st.markdown("**Your recovery codes.** Each signs you in once, when you have not got your telephone.")
    st.code("\n".join(st.session_state[CODES]), language=None)
    st.caption("Print them or keep them in a password manager, not on the same telephone. They are never shown again.")
    if st.button("I have kept them", type="primary", icon=":material/done:"):
        del st.session_state[CODES]
        st.rerun()
