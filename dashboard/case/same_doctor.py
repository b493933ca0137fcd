"""Pairs of cases that may be about one doctor, for leads who may read both to answer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import store
from dashboard.ui import case_list, forms, navigation, one_tap, organisation_link, text
from dashboard.ui.case_list import Button, CaseLine, Part
from db.commands.same_doctor import answer_same_doctor, undo_same_doctor
from db.queries.same_doctor import Answered as AnsweredPair
from db.queries.same_doctor import Pair as DoctorPair
from db.queries.same_doctor import Side as PairSide
from db.queries.session import Person
from db.rules.words import many

STEP, SHOWN, MARK = 20, "same_doctor_shown", "same_doctor"
PAGE = navigation.FOLDER / "same_doctor.py"
Act = Callable[[], object]
# A pair as it is listed, and what each of its buttons does.
Row = tuple[CaseLine, dict[str, Act]]


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
    """The pairs, the surest first. What was just answered keeps its place, greyed, until one leaves."""
    st.caption(
        "Your answer only decides whether two cases count as one doctor. Each case keeps its own contact, safe times "
        "and warnings. We compare only cases you can see, and your answer is noted in the history of both."
    )
    shown = st.session_state.setdefault(SHOWN, STEP)
    same = store.same_doctor(person, shown)
    said = {_mark(answer.one, answer.other): _said(answer) for answer in same.answered}
    # Of a case that has gone behind a wall meanwhile nothing stays.
    still = {*said, *map(_mark_of, same.pairs)}
    pairs = [pair for pair in one_tap.in_place(MARK, same.pairs, _mark_of) if _mark_of(pair) in still]
    if not pairs:
        st.caption(":material/check_circle: Nothing to answer. Your inbox will tell you about a new pair.")
    for is_strong, heading in ((True, "Same name and same contact"), (False, "Same name, different contact")):
        if alike := [pair for pair in pairs if pair.is_strong is is_strong]:
            text.heading(heading)
            if not is_strong:
                st.caption("This is less certain: two doctors may share a name. Look at both cases before you answer.")
            _listed(f"same_doctor_{is_strong}", heading, [_pair(person, pair, said) for pair in alike])
    more = same.strong + same.weak - len(same.pairs)
    if more > 0 and st.button(f"Show more ({more})"):
        st.session_state[SHOWN] = shown + STEP
        st.rerun()


def _listed(key: str, label: str, rows: list[Row]) -> None:
    """Rows, and above them the place for what is refused."""
    problem = st.container()
    pressed = case_list.show([line for line, _ in rows], key=key, label=label)
    # The first case of a pair may be the first of several; the name of a button holds the second.
    acts = {(line.reference, name): act for line, its in rows for name, act in its.items()}
    if pressed:
        with problem:
            acts[pressed.reference, pressed.name]()


def _mark(one: str, other: str) -> tuple[str, ...]:
    """What a pair is known by once it was answered here, whichever case comes first."""
    return (MARK, *sorted((one, other)))


def _mark_of(pair: DoctorPair) -> tuple[str, ...]:
    return _mark(pair.one.reference, pair.other.reference)


def _said(answer: AnsweredPair) -> str:
    return "One doctor" if answer.is_one else "Two doctors"


def _pair(person: Person, pair: DoctorPair, said: Mapping[tuple[str, ...], str]) -> Row:
    one, other = pair.one.reference, pair.other.reference
    mark, both = _mark(one, other), f"{one} and {other}"
    is_done = one_tap.tapped(mark) and mark in said
    buttons = [
        Button(f"one_{other}", "One doctor", f"One doctor: {both}", is_spent=is_done),
        Button(f"two_{other}", "Two doctors", f"Two doctors: {both}", is_spent=is_done),
    ]
    acts: dict[str, Act] = {
        f"one_{other}": partial(_answer, one, other, True),
        f"two_{other}": partial(_answer, one, other, False),
    }
    if is_done:
        buttons.append(Button(f"undo_{other}", "Undo", f"Undo the answer on {both}", is_apart=True))
        acts[f"undo_{other}"] = partial(one_tap.undo, mark)
    note = f"You answered: {said[mark].lower()}" if is_done else ""
    both_sides = replace(_side(person, pair.one), beside=_side(person, pair.other))
    return replace(both_sides, buttons=tuple(buttons), note=note, done=is_done), acts


def _answer(one: str, other: str, is_one: bool) -> None:
    button = forms.pressed(f"same_doctor_{is_one}_{one}_{other}")
    said = "Counted as one." if is_one else "Counted as two."
    if button.save(answer_same_doctor, said, redraw=False, reference=one, other_reference=other, is_one=is_one):
        one_tap.keep(_mark(one, other), one_tap.Tap(one, undo_same_doctor, {"other_reference": other}))
        st.rerun()


def _side(person: Person, side: PairSide) -> CaseLine:
    body = Part(side.body or "Organisation not named", address=organisation_link.address(person, side.body_code) or "")
    return CaseLine(
        side.reference,
        head=(Part(text.doctor(store.words(person), side.grade, side.specialty_group)), body),
        facts=(Part(f"{side.reference} · {side.stage.label}, opened {text.day(side.opened_on)}", "soft"),),
    )


def answered(person: Person) -> None:
    """The newest answers, each of which can be undone."""
    answers = store.same_doctor(person, st.session_state.get(SHOWN, STEP)).answered
    before = [answer for answer in answers if not one_tap.tapped(_mark(answer.one, answer.other))]
    if before:
        text.heading("Answered")
        _listed("same_doctor_answered", "Answered", [_answered(answer) for answer in before])


def _answered(answer: AnsweredPair) -> Row:
    who = answer.by or "joined by an earlier version of this site"
    name = f"undo_{answer.other}"
    line = CaseLine(
        answer.one,
        head=(Part(answer.one),),
        beside=CaseLine(answer.other, head=(Part(answer.other),)),
        note=f"{_said(answer)} · {who}, {text.moment(answer.at)}",
        buttons=(Button(name, "Undo", f"Undo the answer on {answer.one} and {answer.other}"),),
    )
    return line, {name: partial(one_tap.steady, partial(_undo, answer))}


def _undo(answer: AnsweredPair) -> None:
    button = forms.pressed(f"undo_same_doctor_{answer.one}_{answer.other}_{answer.at:%s}")
    if button.save(undo_same_doctor, "Undone.", redraw=False, reference=answer.one, other_reference=answer.other):
        one_tap.moved()
        st.rerun()
