"""Pairs of cases that seem to be one doctor's: for leads who may read both, and only they can say."""

import streamlit as st

from dashboard import store
from dashboard.ui import forms, navigation, text
from db.commands.same_doctor import answer_same_doctor, undo_same_doctor
from db.queries.same_doctor import Answered as AnsweredPair
from db.queries.same_doctor import Pair as DoctorPair
from db.queries.same_doctor import Side as PairSide
from db.queries.session import Person

STEP, BUTTON, SHOWN = 20, 140, "same_doctor_shown"
PAGE = navigation.FOLDER / "same_doctor.py"


def found(person: Person) -> None:
    """On Home, while there is a pair with the same name and the same contact."""
    many = store.same_doctor(person, STEP).strong
    if not many:
        return
    says = "1 pair of cases seems" if many == 1 else f"{many} pairs of cases seem"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":material/people_alt: **{says} to be one doctor’s.** Until you say, they count as two.", width="content"
        )
        st.page_link(PAGE, label="Answer", icon=":material/arrow_forward:")


def to_answer(person: Person) -> None:
    """The pairs, the surest first."""
    st.caption(
        "Each case keeps what was told with it: contact, safe times and warnings are never mixed. Your answer decides "
        "only whether they count as one doctor. Only cases you may read are compared; a line goes in each history."
    )
    shown = st.session_state.setdefault(SHOWN, STEP)
    same = store.same_doctor(person, shown)
    if not same.pairs:
        st.caption(":material/check_circle: Nothing to answer. A pair that comes up is told in your inbox.")
    for is_strong, heading in ((True, "Same name and same contact"), (False, "Same name, another contact")):
        pairs = [pair for pair in same.pairs if pair.is_strong is is_strong]
        if pairs:
            st.subheader(heading)
            if not is_strong:
                st.caption("The weaker sign: two doctors may have one name. Look at both before you answer.")
        for pair in pairs:
            with st.container(border=True):
                _pair(person, pair)
    more = same.strong + same.weak - len(same.pairs)
    if more > 0 and st.button(f"Show more ({more})"):
        st.session_state[SHOWN] = shown + STEP
        st.rerun()


def _pair(person: Person, pair: DoctorPair) -> None:
    for column, side in zip(st.columns(2), (pair.one, pair.other), strict=True):
        with column:
            _side(person, side)
    name = f"{pair.one.reference}_{pair.other.reference}"
    with st.container(horizontal=True):
        for is_one, label, said in ((True, "One doctor", "Joined."), (False, "Two doctors", "Kept apart.")):
            # A form is as wide as a page: so they stand side by side, where there is room.
            with st.container(width=BUTTON), forms.form(f"same_doctor_{is_one}_{name}", border=False) as form:
                form.submit(label, main=is_one)
            form.save(
                answer_same_doctor,
                said,
                reference=pair.one.reference,
                other_reference=pair.other.reference,
                is_one=is_one,
            )


def _side(person: Person, side: PairSide) -> None:
    navigation.case_link(side.reference, f":material/folder_open: **{side.reference}**")
    terms = store.words(person).terms
    grade, specialty = terms["grade"].get(side.grade, ""), terms["specialty_group"].get(side.specialty_group, "")
    st.markdown(
        f"{text.plain(side.body) or 'Body not named'}  \n{text.plain(grade)} · {text.plain(specialty)}  \n"
        f":gray[{side.stage.label}, opened {text.day(side.opened_on)}]"
    )


def answered(person: Person) -> None:
    """The newest answers, each of which can be taken back."""
    answers = store.same_doctor(person, st.session_state.get(SHOWN, STEP)).answered
    if not answers:
        return
    st.subheader("Answered")
    for answer in answers:
        _answer(answer)


def _answer(answer: AnsweredPair) -> None:
    said = "One doctor" if answer.is_one else "Two doctors"
    who = text.plain(answer.by) if answer.by else "joined by an earlier version"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        navigation.case_link(answer.one)
        navigation.case_link(answer.other)
        st.markdown(f"**{said}** :gray[· {who}, {text.moment(answer.at)}]", width="content")
        with (
            st.container(width=BUTTON),
            forms.form(f"undo_same_doctor_{answer.one}_{answer.other}_{answer.at:%s}", border=False) as form,
        ):
            form.submit("Take back", main=False)
    form.save(undo_same_doctor, "Taken back.", reference=answer.one, other_reference=answer.other)
