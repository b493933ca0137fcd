"""Pairs of cases that may be about one doctor, for leads who may read both to answer."""

import streamlit as st

from dashboard import store
from dashboard.ui import forms, navigation, organisation_link, text
from db.commands.same_doctor import answer_same_doctor, undo_same_doctor
from db.queries.same_doctor import Answered as AnsweredPair
from db.queries.same_doctor import Pair as DoctorPair
from db.queries.same_doctor import Side as PairSide
from db.queries.session import Person
from db.rules.words import many

STEP, BUTTON, SHOWN = 20, 140, "same_doctor_shown"
PAGE = navigation.FOLDER / "same_doctor.py"


def found(person: Person) -> None:
    """On Home, while a pair with the same name and the same contact is unanswered."""
    pairs = store.same_doctor(person, STEP).strong
    if not pairs:
        return
    which = many(pairs, "pair of cases", "pairs of cases")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":material/people_alt: **{which} may be about one doctor.** Until you answer, they count as two.",
            width="content",
        )
        st.page_link(PAGE, label="Answer", icon=":material/arrow_forward:")


def to_answer(person: Person) -> None:
    """The pairs, the surest first."""
    st.caption(
        "Your answer only decides whether two cases count as one doctor. Each case keeps its own contact, safe times "
        "and warnings. We compare only cases you can see, and your answer is noted in the history of both."
    )
    shown = st.session_state.setdefault(SHOWN, STEP)
    same = store.same_doctor(person, shown)
    if not same.pairs:
        st.caption(":material/check_circle: Nothing to answer. Your inbox will tell you about a new pair.")
    for is_strong, heading in ((True, "Same name and same contact"), (False, "Same name, different contact")):
        pairs = [pair for pair in same.pairs if pair.is_strong is is_strong]
        if pairs:
            st.subheader(heading)
            if not is_strong:
                st.caption("This is less certain: two doctors may share a name. Look at both cases before you answer.")
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
        for is_one, label, said in ((True, "One doctor", "Counted as one."), (False, "Two doctors", "Counted as two.")):
            # A form is as wide as the page unless it is boxed in; these go side by side where there is room.
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
    body = organisation_link.named(person, side.body, side.body_code) or "Organisation not named"
    st.markdown(
        f"{body}  \n{text.plain(grade)} · {text.plain(specialty)}  \n"
        f":gray[{side.stage.label}, opened {text.day(side.opened_on)}]"
    )


def answered(person: Person) -> None:
    """The newest answers, each of which can be undone."""
    answers = store.same_doctor(person, st.session_state.get(SHOWN, STEP)).answered
    if not answers:
        return
    st.subheader("Answered")
    for answer in answers:
        _answer(answer)


def _answer(answer: AnsweredPair) -> None:
    said = "One doctor" if answer.is_one else "Two doctors"
    who = text.plain(answer.by) if answer.by else "joined by an earlier version of this site"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        navigation.case_link(answer.one)
        navigation.case_link(answer.other)
        st.markdown(f"**{said}** :gray[· {who}, {text.moment(answer.at)}]", width="content")
        with (
            st.container(width=BUTTON),
            forms.form(f"undo_same_doctor_{answer.one}_{answer.other}_{answer.at:%s}", border=False) as form,
        ):
            form.submit("Undo", main=False)
    form.save(undo_same_doctor, "Undone.", reference=answer.one, other_reference=answer.other)
