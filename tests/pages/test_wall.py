"""Nobody behind the wall can tell whether a case is there: all that their pages receive is the same without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard.store import arrays, inboxes
from dashboard.store.core import database, public_id
from dashboard.store.leadership import LINES
from db import clock
from db.choices import (
    AffiliationKind,
    AssignmentRole,
    ConsentPurpose,
    DeadlineKind,
    Dimension,
    Evidence,
    Role,
    Whose,
    YesNo,
)
from db.commands.accounts import start_session
from db.commands.affiliations import add_affiliation
from db.commands.deadlines import add_deadline
from db.commands.drafts import keep_draft
from db.commands.findings import add_finding
from db.commands.flags import raise_flag
from db.commands.meeting_notes import go_to_item, note_item, open_meeting
from db.commands.meetings import add_case_item, plan_meeting, update_agenda
from db.commands.open_case import WORDING
from db.commands.outputs import plan_output
from db.commands.processes import add_process
from db.commands.recusals import recuse
from db.commands.views import save_view
from db.commands.wall import fill_name_hashes
from db.engine import Database
from db.models import (
    Case,
    Claim,
    ClaimBasis,
    ClaimFlag,
    Learning,
    Meeting,
    MeetingItem,
    Output,
    SecondFactor,
    SeriesConsent,
    Story,
    StoryStep,
)
from db.rules.actions import Whosever
from db.rules.kept_values import Kept
from db.rules.quarters import quarter_of
from db.rules.series import StoryStage
from tests.conftest import APP
from tests.factories import Casework, agree, give_place, make_case, make_volunteer
from tests.pages.helpers import draw_all

WAYS = ("body", "process", "named", "circle", "recusal")
CIRCLE = {"specialty_group": "surgery", "region": "wales"}
SHARED = "shared.doctor@example.org"
HIDDEN = "LNB-222222"
THINGS = 1_000
MOVED = (
    *("home", "actions", "queue", "new_case", "meeting", "workload", "heatmap", "leadership"),
    *("learning", "organisation", "people", "same_doctor", "case"),
)
DIMENSIONS = (
    Dimension.BODY_KIND,
    Dimension.ORGANISATION,
    Dimension.REGION,
    Dimension.GROUND,
    Dimension.QUARTER,
)
LEADS_ONLY = ("leadership", "organisation", "people", "same_doctor")
# What each person looks at: a page, its address, and what they typed or chose on it.
LOOKS: tuple[tuple[str, dict[str, str], dict[str, Any]], ...] = (
    ("home", {}, {}),
    ("inbox", {}, {}),
    ("actions", {}, {}),
    ("actions", {}, {"actions_whose": Whosever.EVERYBODY}),
    ("my_cases", {}, {}),
    ("queue", {}, {}),
    ("queue", {"queue_show": "All"}, {}),
    ("queue", {"queue_region": "wales"}, {}),
    ("queue", {}, {"queue_search": "rota"}),
    ("queue", {}, {"queue_search": "Hidden"}),
    # What may have been meant: its reference with one character wrong, its organisation's name with two swapped.
    ("queue", {}, {"queue_search": "LNB-222223"}),
    ("queue", {}, {"queue_search": "Exmaple Acute"}),
    ("new_case", {}, {}),
    ("meeting", {}, {}),
    ("meeting", {"view": "screen"}, {}),
    ("workload", {}, {}),
    *(("heatmap", {"heatmap_against": dimension.value}, {}) for dimension in DIMENSIONS),
    ("heatmap", {"heatmap_show": "What is emerging"}, {}),
    ("leadership", {}, {}),
    ("queue", {"queue_missing": "No deadline recorded"}, {}),
    ("organisation", {"code": "EX001"}, {}),
    ("organisation", {"code": "EX002"}, {}),
    ("people", {}, {}),
    ("people", {}, {"people_person": "the volunteer on the case"}),
    ("same_doctor", {}, {}),
    ("learning", {}, {}),
    ("learning", {"output": "the output"}, {}),
    ("account", {}, {}),
    ("case", {"ref": "the hidden case"}, {}),
    ("case", {"ref": "the hidden case", "do": "update"}, {}),
)
Received = dict[tuple[str, str], list[str]]


@dataclass(frozen=True)
class Hidden:
    """What a barred case is like."""

    way: str
    danger: YesNo
    flag: str | None
    code: str
    grade: str
    shares_doctor: bool
    placed: bool
    due_in: int


HIDDEN_CASES = st.builds(
    Hidden,
    way=st.sampled_from(WAYS),
    danger=st.sampled_from(YesNo),
    flag=st.sampled_from((None, "MEDIA", "HEARING")),
    code=st.sampled_from(("S01", "P04", "U01")),
    grade=st.sampled_from(("consultant", "fy1")),
    shares_doctor=st.booleans(),
    placed=st.booleans(),
    due_in=st.integers(1, 60),
)


def world(work: Casework) -> tuple[int, int]:
    """Cases that all may see, and a lead and a volunteer who are barred in each of the ways."""
    with work.database.write() as session:
        people = tuple(make_volunteer(session, name, role, name=f"{name} Walled") for name, role in BARRED.items())
        fill_name_hashes(session)
        for person in people:
            for where in ({"organisation_id": work.body}, {"kind": AffiliationKind.CIRCLE, **CIRCLE}):
                add_affiliation(session, actor_id=work.lead, volunteer_id=person, started_on=date(2020, 1, 1), **where)
        about: dict[str, Any] = {"kind": "briefing", "title": "On delay", "to_whom": "", "due_on": clock.today()}
        plan_output(session, actor_id=work.lead, owner_id=people[1], **about)
        for number in range(3):
            reference = make_case(
                session,
                actor_id=work.lead,
                body=work.other_body,
                processes=("GMC",),
                contact=SHARED if number == 0 else f"doctor{number}@example.org",
            )
            give_place(session, lead=work.lead, volunteer=people[1], reference=reference)
            code(session, work, reference, "S01")
        teach(session, work, reference, "S01", "Ask early")
        save_view(session, actor_id=work.lead, name="Wales", filters={"regions": ["wales"]}, shared=True)
        hold_a_meeting(session, work, people)
    return people[0], people[1]


def hold_a_meeting(session: Session, work: Casework, people: tuple[int, ...]) -> None:
    """Under way, with everybody there."""
    held: dict[str, Any] = {"chair_id": work.lead, "note_taker_id": work.off_case, "attendee_ids": list(people)}
    meeting = plan_meeting(session, actor_id=work.lead, held_on=clock.today(), **held)
    open_meeting(session, actor_id=work.lead, meeting_id=meeting, came_ids=[work.lead, *people])


def discuss(session: Session, work: Casework, reference: str) -> None:
    """The meeting comes to this case."""
    meeting = session.scalars(select(Meeting.id)).one()
    update_agenda(session, actor_id=work.lead, meeting_id=meeting)
    item = session.scalars(select(MeetingItem.id).join(Case).where(Case.reference == reference)).one()
    about = {"meeting_id": meeting, "item_id": item}
    go_to_item(session, actor_id=work.lead, **about)
    note_item(session, actor_id=work.lead, text="Hidden discussion", **about)
    add_case_item(session, actor_id=work.lead, meeting_id=meeting, reference=reference, question="Hidden question")


def teach(session: Session, work: Casework, reference: str, finding: str, words: str) -> None:
    """What is to be learned from it: one lesson that a second person agreed to, and one that waits."""
    case_id = session.scalars(select(Case.id).where(Case.reference == reference)).one()
    agree(session, reference, ConsentPurpose.LEARNING)
    said = {"case_id": case_id, "theme": "delay", "text": words, "findings": finding, "processes": ""}
    second = {"agreed_by_id": work.lead, "agreed_at": clock.now()}
    for answer in ({}, second):
        row = Learning(by_id=work.off_case, at=clock.now(), **said, **answer)
        session.add(row)
    session.flush()
    say(session, row)
    tell(session, case_id, row.by_id, has_story=finding == "S01")


def tell(session: Session, case_id: int, by: int, *, has_story: bool) -> None:
    """Its doctor agrees to the series, and perhaps a story of it is under way."""
    wording = {"wording": WORDING, "given": True, "expires_on": clock.today()}
    session.add(SeriesConsent(case_id=case_id, channel="", given_at=clock.now(), recorded_by_id=by, **wording))
    if has_story:
        done = {"changed_by_id": by, "changed_at": clock.now()}
        session.add(story := Story(case_id=case_id, stage=StoryStage.DRAFT, **done))
        session.flush()
        step = {"stage": StoryStage.DRAFT, "note": "Hidden words", "by_id": by, "at": clock.now()}
        session.add(StoryStep(story_id=story.id, case_id=case_id, **step))


def say(session: Session, lesson: Learning) -> None:
    """An output, the same for all, with a sentence that rests on it and one that rests on a finding: both marked."""
    output = session.get_one(Output, 1)
    for basis in ({"learning_id": lesson.id, "case_id": lesson.case_id}, {"finding": "S01"}):
        if session.scalar(select(ClaimBasis.id).filter_by(**basis)) is None:
            session.add(claim := Claim(output_id=output.id, text=lesson.text, by_id=lesson.by_id, at=clock.now()))
            session.flush()
            session.add(ClaimBasis(claim_id=claim.id, **basis))
        claim_id = session.scalars(select(ClaimBasis.claim_id).filter_by(**basis)).one()
        session.add(ClaimFlag(claim_id=claim_id, case_id=lesson.case_id, purpose=ConsentPurpose.COUNTS, at=clock.now()))


BARRED = {"walda": Role.LEAD, "willem": Role.VOLUNTEER}


def code(session: Session, work: Casework, reference: str, finding: str) -> None:
    add_finding(
        session,
        actor_id=work.lead,
        reference=reference,
        code=finding,
        evidence=Evidence.REPORTED,
        case_process_id=None,
        quarter=quarter_of(clock.today()),
        note="",
    )


def add_hidden(work: Casework, people: tuple[int, int], case: Hidden, number: str) -> str:
    with work.database.write() as session:
        reference = make_case(
            session,
            actor_id=work.lead,
            body=work.body if case.way == "body" else work.other_body,
            contact=SHARED if case.shares_doctor else f"hidden{number}@example.org",
            grade=case.grade,
            immediate_danger=case.danger,
            processes=("GMC",),
            summary="Hidden words about a rota",
            parties=[f"{name} Walled" for name in BARRED] if case.way == "named" else (),
            **(CIRCLE if case.way == "circle" else {}),
        )
        if case.way == "process":
            add_process(
                session,
                actor_id=work.lead,
                reference=reference,
                process="MHPS",
                stage="SCREEN",
                organisation_id=work.body,
                started_on=clock.today(),
            )
        if case.way == "recusal":
            for person in people:
                recuse(session, actor_id=work.lead, reference=reference, volunteer_id=person, reason="Kin")
        if case.placed:
            give_place(session, lead=work.lead, volunteer=work.on_case, reference=reference, role=AssignmentRole.LEAD)
        if case.flag:
            raise_flag(
                session, actor_id=work.lead, reference=reference, code=case.flag, why="Hidden", review_on=clock.today()
            )
        add_deadline(
            session,
            actor_id=work.lead,
            reference=reference,
            name="Hidden deadline",
            due_on=clock.today() + timedelta(days=case.due_in),
            kind=DeadlineKind.STATUTORY,
            whose=Whose.OURS,
        )
        code(session, work, reference, case.code)
        discuss(session, work, reference)
        teach(session, work, reference, case.code, "Hidden lesson")
    return reference


def received(work: Casework, tokens: dict[str, str], hidden: str) -> Received:
    """All that the server sends to each person for each look, and how many statements it took."""
    found: Received = {}
    for person, token in tokens.items():
        for page, address, typed in LOOKS:
            if page in LEADS_ONLY and BARRED.get(person) is Role.VOLUNTEER:
                continue  # It is no page of theirs.
            named = {"ref": hidden, "output": public_id("output", 1)}
            where = {name: named.get(name, value) for name, value in address.items()}
            put = {name: work.on_case if name == "people_person" else value for name, value in typed.items()}
            # Kept for whoever looks next: how much of it is stale follows every change, not this case.
            for kept in (arrays.KEPT, arrays.PLACES, arrays.BALANCES, inboxes.KEPT, LINES):
                kept.clear()
            with counted() as statements:
                app = look(token, page, where, put)
            sent = [f"{type(node).__name__} {getattr(node, 'proto', None)}" for node in app._tree]
            place = person, f"{page} {address} {typed}"
            found[place] = [*(words.replace(hidden, HIDDEN) for words in sent), f"{len(statements)} statements"]
    return found


def look(token: str, page: str, address: dict[str, str], typed: dict[str, Any]) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state["sign_in_token"] = token
    app.run()
    app.switch_page(f"../pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    for name, value in typed.items():
        app.session_state[name] = value
    draw_all(app.run(), page)
    assert not app.exception
    return app


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = database().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def bump(opened: Database) -> None:
    """So that the first of two comparisons finds as little in memory as the second."""
    with opened.write():
        pass


@dataclass(frozen=True)
class Watched:
    """Two barred people with a session each, and what they receive while there is nothing to hide."""

    work: Casework
    people: tuple[int, int]
    tokens: dict[str, str]
    before: Received


def watch(work: Casework, *more: int) -> Watched:
    people = world(work)
    who = dict(zip((*BARRED, "lena"), (*people, *more), strict=False))
    with work.database.log() as session:
        # A lead must have a second factor to see any page at all.
        session.add_all(SecondFactor(volunteer_id=person, confirmed_at=clock.now()) for person in who.values())
        for person in who.values():
            # Typed before: found again in the form, and searched for.
            typed: dict[str, Kept] = {"contact": SHARED, "processes": ["choices", "GMC", "GMC"]}
            keep_draft(session, actor_id=person, reference=None, form="intake", typed=typed)
        session.flush()
        tokens = {
            name: start_session(session, volunteer_id=person, device="test", days=1) for name, person in who.items()
        }
    received(work, tokens, HIDDEN)  # What is read once for as long as the app runs.
    bump(work.database)
    return Watched(work, people, tokens, received(work, tokens, HIDDEN))


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages show the time: it must not move between two looks."""
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_nothing_a_barred_person_receives_moves_with_the_case(app_casework: Casework) -> None:
    """Over a thousand elements each time: all the server sends for every look, and the number of statements. The same
    looks, of somebody who may see the cases, do move: else it would say nothing that nothing moves."""
    watched = watch(app_casework, app_casework.lead)
    barred = {name: token for name, token in watched.tokens.items() if name in BARRED}
    references = []

    # No shrinking: each try takes seconds, and the first that differs says where.
    @settings(max_examples=5, phases=[Phase.generate])
    @given(case=HIDDEN_CASES, number=st.uuids())
    def hide(case: Hidden, number: UUID) -> None:
        references.append(add_hidden(app_casework, watched.people, case, number.hex))
        after = received(app_casework, barred, references[-1])
        assert sum(map(len, after.values())) > THINGS
        for place, sent in watched.before.items():
            assert place[0] not in barred or after[place] == sent, place

    hide()
    after = received(app_casework, {"lena": watched.tokens["lena"]}, references[-1])
    moved = {
        page for (_, look), sent in after.items() if sent != watched.before["lena", look] for page in look.split()[:1]
    }
    assert moved == {*MOVED, "inbox"}
