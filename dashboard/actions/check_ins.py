"""For leads: which events make a check-in with the doctor, and which do not."""

import streamlit as st

from dashboard import store
from dashboard.ui import forms, text
from db.commands.check_ins import set_check_in
from db.queries.check_ins import CheckInKind
from db.queries.session import Person

FOLD = "check_ins"


def kinds(person: Person) -> None:
    box = st.expander("Check-ins", icon=":material/favorite:", key=FOLD, on_change="rerun")
    if not box.open:
        return
    with box:
        st.caption(
            "When one of these is recorded on a case, the case lead gets an action to check in with the doctor, due "
            "the next working day. Turning one off changes no action that was made."
        )
        for kind in store.check_in_kinds(person):
            _kind(kind)


def _kind(kind: CheckInKind) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        off = f" :gray[· turned off by {text.plain(kind.off[0])}, {text.moment(kind.off[1])}]" if kind.off else ""
        st.markdown(f"{text.plain(kind.label)}{off}", width="stretch")
        name = f"check_in_{kind.code}_{kind.off[1] if kind.off else ''}"
        words = "Turn on" if kind.off else "Turn off"
        pressed = st.button(words, key=store.key(name), help=f"{words}: {kind.label}", type="tertiary")
        button = forms.pressed(name)
        button.submitted = pressed
        said = f"Check-ins turned {'on' if kind.off else 'off'}: {kind.label}."
        button.save(set_check_in, said, kind=kind.code, is_on=bool(kind.off))
