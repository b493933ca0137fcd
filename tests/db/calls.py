"""A valid call of every command that a page can run, in a world where each has something to act on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock, declared
from db.access import viewer_of
from db.case_said import body_said, facts_said, finding_said
from db.choices import (
    AssignmentRole,
    AssignmentStatus,
    Channel,
    ConsentPurpose,
    Contact,
    DeadlineKind,
    Decision,
    DoctorView,
    DownloadKind,
    EnquiryEnd,
    EntryKind,
    Evidence,
    FalseAlarms,
    PartyRole,
    Representation,
    Role,
    Stage,
    Wellbeing,
    Whose,
    YesNo,
)
from db.commands.accounts import start_session
from db.commands.action_offers import offer_action
from db.commands.actions import add_action, finish_action
from db.commands.assignments import offer_case
from db.commands.characteristics import open_characteristics
from db.commands.claims import add_claim
from db.commands.codings import ask_coding, hand_in_coding
from db.commands.conflicts import see_bodies
from db.commands.consents import record_consent
from db.commands.deadlines import add_deadline
from db.commands.disclosures import decide_disclosure
from db.commands.documents import add_document
from db.commands.enquiries import Written, record_enquiry
from db.commands.entries import add_entry
from db.commands.facts import record_fact
from db.commands.findings import add_finding
from db.commands.flags import raise_flag
from db.commands.identity import open_identity
from db.commands.learnings import record_learning
from db.commands.leave import add_leave
from db.commands.links import link_cases
from db.commands.meeting_notes import close_meeting, open_meeting
from db.commands.meetings import plan_meeting
from db.commands.outcomes import record_outcome
from db.commands.outputs import plan_output
from db.commands.people import send_link
from db.commands.processes import add_process
from db.commands.recusals import recuse
from db.commands.releases import review_release
from db.commands.reminders import make_calendar
from db.commands.requests import mark_for_meeting
from db.commands.same_doctor import answer_same_doctor
from db.commands.second_factor import begin_factor
from db.commands.series import invite_story, record_series_consent
from db.commands.stages import move_stage
from db.commands.update_status import note_no_change
from db.commands.views import save_view
from db.commands.waiting import begin_waiting
from db.commands.wall import name_party
from db.commands.wall_exceptions import ask_exception
from db.models import (
    Action,
    ActionOffer,
    Affiliation,
    Approval,
    Assignment,
    Case,
    CaseProcess,
    Claim,
    ClaimFlag,
    CodingMark,
    ConflictNotice,
    Deadline,
    Debrief,
    Disclosure,
    Document,
    Enquiry,
    Entry,
    Finding,
    Leave,
    Meeting,
    MeetingItem,
    Output,
    Party,
    Recusal,
    SavedView,
    SecondFactor,
    SignInSession,
    Story,
    StoryStep,
    Waiting,
    WallException,
)
from db.rules.allotting import DebriefKind, DebriefOutcome
from db.rules.checklists import Fairness
from db.rules.codings import DoctorSays, Settled
from db.rules.facts import FactKind, SaidFact
from db.rules.four_eyes import ApprovalKind, ApprovalOutcome
from db.rules.outputs import OutputStatus
from db.rules.quarters import quarter_before, quarter_of
from db.rules.series import StoryStage
from db.vault import Characteristics, Identity
from tests.db.helpers import the_case
from tests.db.releases import compute_release
from tests.factories import INTAKE, Casework, make_body, make_case, make_volunteer

TODAY = clock.today()
CLOSED = quarter_before(quarter_of(TODAY))
SIGNABLE = quarter_before(CLOSED)
SOON, YEAR = TODAY + timedelta(days=7), timedelta(days=365)
ANSWERS = {"MHPS-P01": {"answer": Fairness.MET, "happened_on": TODAY, "evidence": Evidence.REPORTED, "note": "x"}}
WRITTEN = Written(
    received_at=clock.now() - timedelta(hours=1),
    channel=Channel.EMAIL,
    danger=YesNo.NO,
    relation="partner",
    writer="Robin Writer",
    writer_contact="robin@example.org",
    doctor="Sam Unasked",
    doctor_contact="07700 900123",
    ask_by=TODAY + timedelta(days=10),
)
GAP = SaidFact(code="rota_gap", took_place_on=TODAY - timedelta(days=400), note="Gap", examined_by=("nobody",))
LESSON: dict[str, Any] = {"theme": "delay", "text": "Ask early", "findings": [], "processes": ["MHPS"]}
PLANNED: dict[str, Any] = {"kind": "briefing", "title": "On delay", "to_whom": "A committee", "due_on": SOON}
SENTENCE: dict[str, Any] = {"text": "Each step was late.", "learning_ids": [], "findings": ["P04"]}
Made = tuple[str, dict[str, Any]]


def commands() -> dict[str, Callable[..., Any]]:
    """Every command that a browser can send something to, by name."""
    found = declared.commands() | {"open_identity": open_identity, "open_characteristics": open_characteristics}
    # Its one field is made by the server.
    del found["keep_release"]
    return found


def in_turn(calls: dict[str, Made]) -> list[tuple[str, Made]]:
    """So that each finds what it is about: the status update first, as its form goes stale with any other, and last
    what takes people and places away."""
    taking = ("agree_exception", "deactivate", "end_assignment", "hand_over", "recuse", "close_meeting", "plan_meeting")
    return sorted(calls.items(), key=lambda call: (call[0] in taking, call[0] != "update_status"))


class Valid:
    """A call of each command as a form would make it: (who, fields)."""

    def __init__(self, work: Casework) -> None:
        self.work = work
        self.case: dict[str, Any] = {"reference": work.reference}
        self.closed = self.meeting = 0
        self.prepare()

    def prepare(self) -> None:
        work = self.work
        on_case: dict[str, Any] = {"actor_id": work.on_case}
        with work.database.write() as session:

            def by_rule(rule: str) -> None:
                of: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
                add_deadline(session, **on_case, **self.case, **of, rule=rule, trigger_on=TODAY)

            self.resolved = session.scalars(select(CaseProcess.id)).one()
            outcome: dict[str, Any] = {"case_process_id": self.resolved, "code": "LOCAL-WARNING", "happened_on": TODAY}
            record_outcome(session, **on_case, **self.case, **outcome, end_on=SOON, note="x")
            begun: dict[str, Any] = {"process": "MHPS", "stage": "SCREEN", "organisation_id": work.body}
            add_process(session, **on_case, **self.case, **begun, started_on=TODAY)
            by_rule("GMC-RULE-7-28D")
            asking = session.scalars(select(Deadline).where(Deadline.rule.is_not(None))).one()
            asking.asks_since, asking.asks_on, asking.rule_due_on = clock.now(), asking.due_on, TODAY
            add_deadline(
                session, **on_case, **self.case, name="Reply", due_on=SOON, kind=DeadlineKind.LOCAL, whose=Whose.OURS
            )
            by_rule("ET-PRIMARY-3M")
            by_rule("MHPS-EXCL-FORMAL-4W")
            add_entry(session, **on_case, **self.case, kind=EntryKind.NOTE, text="Some words")
            make_calendar(session, **on_case)
            for text in ("Offered", "Not offered", "Done"):
                add_action(
                    session, **on_case, **self.case, next_action=text, action_owner_id=work.on_case, action_due_on=SOON
                )
            session.flush()
            by_text = select(Action.text, Action.id).where(Action.text.in_(("Offered", "Not offered", "Done")))
            ids = {row.text: row.id for row in session.execute(by_text)}
            self.offered, self.mine, self.done = ids["Offered"], ids["Not offered"], ids["Done"]
            offer_action(session, **on_case, **self.case, action_id=self.offered, to_id=work.lead)
            finish_action(session, **on_case, **self.case, action_id=self.done)
            session.flush()
            version = session.scalars(select(Case.version).where(Case.reference == work.reference)).one()
            self.unchanged = note_no_change(session, **on_case, **self.case, seen_version=version)
            raise_flag(session, **on_case, **self.case, code="MEDIA", why="x", review_on=SOON)
            add_document(
                session, **on_case, **self.case, description="x", link="https://papers.example.org/y", checked=True
            )
            words: dict[str, Any] = dict.fromkeys(("disclosed", "to_whom", "why", "told_how"), "x")
            decide_disclosure(session, **on_case, **self.case, **words, doctor_told=YesNo.NO, second_id=work.lead)
            record_enquiry(session, **on_case, written=replace(WRITTEN, organisation_id=work.other_body))
            record_fact(session, **on_case, **self.case, kind=FactKind.CIRCUMSTANCE, fact=GAP)
            begin_waiting(session, **on_case, **self.case, on_whom="The trust", chase_on=SOON)
            add_leave(
                session, **on_case, volunteer_id=work.on_case, starts_on=SOON, ends_on=SOON, cover_id=work.off_case
            )
            offer_case(
                session,
                actor_id=work.lead,
                **self.case,
                volunteer_id=work.off_case,
                role=AssignmentRole.SECOND,
                reason="Room",
            )
            session.flush()
            self.place = session.scalars(select(Assignment.id).where(Assignment.volunteer_id == work.off_case)).one()
            self.unled = make_case(session, actor_id=work.lead, body=work.body, contact="unled@example.org")
            told = [make_case(session, actor_id=work.lead, body=work.body, name="Twice Told") for _ in range(3)]
            self.pair, self.joined = (told[0], told[1]), (told[1], told[2])
            link_cases(session, actor_id=work.lead, **self.case, other_reference=told[0], kind="comparator")
            answer_same_doctor(session, actor_id=work.lead, reference=told[1], other_reference=told[2], is_one=False)
            for who, reference in (
                (work.off_case, work.reference),
                (work.lead, work.reference),
                (work.lead, self.unled),
            ):
                see_bodies(session, actor_id=who, reference=reference)
            self.unmatched = make_case(
                session, actor_id=work.lead, body=None, body_text="Example Walk-in", contact="walk@example.org"
            )
            recuse(session, actor_id=work.lead, reference=self.unmatched, volunteer_id=work.in_conflict, reason="x")
            self.third_body = make_body(session, "EX003")
            self.moved = make_case(session, actor_id=work.lead, body=work.other_body, contact="moved@example.org")
            moved = session.scalars(select(Case).where(Case.reference == self.moved)).one()
            recuse(session, actor_id=work.lead, reference=self.moved, volunteer_id=work.in_conflict, reason="x")
            triage: dict[str, object] = {
                "representation": Representation.NONE,
                "limit_dates": "none known",
                "scope": "Ours",
            }
            lead = viewer_of(session, work.lead)
            move_stage(session, viewer=lead, case=moved, to=Stage.TRIAGE, values=triage, reason="x")
            self.other = make_volunteer(session, "other")
            session.add(Debrief(case_id=1, volunteer_id=work.on_case, kind=DebriefKind.HEARING, happened_on=TODAY))
            save_view(session, **on_case, name="Theirs", shared=False, filters={})
            send_link(session, actor_id=work.lead, volunteer_id=work.off_case)
            ask_exception(
                session, actor_id=work.lead, **self.case, volunteer_id=work.in_conflict, reason="x", ends_on=SOON
            )
            self.prepare_what_leads_answer(session)
            self.prepare_meetings(session)
            self.prepare_learning(session)
            self.prepare_series(session)
            self.prepare_codings(session)

        self.reviewed = compute_release(work, SIGNABLE)
        self.release = compute_release(work, CLOSED)
        with work.database.write() as session:
            review_release(session, actor_id=work.in_conflict, quarter=SIGNABLE, fingerprint=self.reviewed)

    def prepare_what_leads_answer(self, session: Session) -> None:
        work = self.work
        case = session.scalars(select(Case).where(Case.reference == work.reference)).one()
        self.alone = session.scalars(select(Approval.id)).one()
        self.barred = make_volunteer(session, "barred")
        start_session(session, volunteer_id=work.lead, device="test", days=1)
        self.session = session.scalars(select(SignInSession.id).where(SignInSession.volunteer_id == work.lead)).one()
        recuse(session, actor_id=work.lead, **self.case, volunteer_id=self.barred, reason="x")
        name_party(session, actor_id=work.on_case, **self.case, role=PartyRole.OTHER, name="Nobody Here")
        self.party = session.scalars(select(Party.id).order_by(Party.id.desc()).limit(1)).one()
        mark_for_meeting(session, actor_id=work.lead, reference=self.unled, why="x")
        begin_factor(session, actor_id=work.observer)
        about = {"volunteer_id": self.other, "asked_by_id": work.lead, "asked_at": clock.now()}
        asked = Approval(kind=ApprovalKind.LINK, payload={"email": None}, outcome=ApprovalOutcome.WAITING, **about)
        declared_now = Affiliation(
            volunteer_id=self.other, organisation_id=work.other_body, started_on=TODAY - YEAR, waits=True
        )
        notice = ConflictNotice(case_id=case.id, volunteer_id=self.barred, found_at=clock.now())
        session.add_all(
            [asked, declared_now, notice, SecondFactor(volunteer_id=work.off_case, confirmed_at=clock.now())]
        )
        kept = Recusal(
            volunteer_id=make_volunteer(session, "kept"), case_id=case.id, reason="x", at=clock.now(), is_kept=True
        )
        session.add(kept)
        session.flush()
        self.asked, self.kept = asked.id, kept.id
        self.facts, self.body = facts_said(session, case), body_said(case)
        finding: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "note": ""}
        add_finding(session, actor_id=work.on_case, **self.case, code="U01", quarter=quarter_of(TODAY), **finding)
        coded = session.scalars(select(Finding)).one()
        self.finding, self.coded = coded.id, finding_said(coded)

    def prepare_meetings(self, session: Session) -> None:
        """One that is closed, and one under way in which the case is discussed."""
        lead, on_case = self.work.lead, self.work.on_case
        people: dict[str, Any] = {"chair_id": lead, "note_taker_id": on_case, "attendee_ids": []}
        record_consent(session, actor_id=lead, **self.case, purpose=ConsentPurpose.MEETING, given=True)
        for _ in range(2):
            self.closed, self.meeting = self.meeting, plan_meeting(session, actor_id=lead, held_on=TODAY, **people)
            open_meeting(session, actor_id=lead, meeting_id=self.meeting, came_ids=[lead, on_case])
            if not self.closed:
                close_meeting(session, actor_id=lead, meeting_id=self.meeting)
        of_case = select(MeetingItem.id).join(Case, Case.id == MeetingItem.case_id)
        mine = (MeetingItem.meeting_id == self.meeting) & (Case.reference == self.work.reference)
        self.item = session.scalars(of_case.where(mine)).one()

    def prepare_learning(self, session: Session) -> None:
        record_consent(session, actor_id=self.work.lead, **self.case, purpose=ConsentPurpose.LEARNING, given=True)
        self.learning = record_learning(session, actor_id=self.work.on_case, **self.case, **LESSON)
        lead, planned = self.work.lead, {**PLANNED, "owner_id": self.work.on_case}
        made = [plan_output(session, actor_id=lead, **planned) for _ in range(4)]
        self.drafted, self.blank, self.ready, self.sent = made
        self.claim = add_claim(session, actor_id=lead, output_id=self.drafted, **SENTENCE)
        self.said = add_claim(session, actor_id=lead, output_id=self.sent, **SENTENCE | {"findings": []})
        case_id = session.scalars(select(Case.id).where(Case.reference == self.work.reference)).one()
        about: dict[str, Any] = {"case_id": case_id, "purpose": ConsentPurpose.COUNTS, "at": clock.now()}
        session.add(ClaimFlag(claim_id=self.said, **about))
        for output in (self.ready, self.sent):
            row = session.get_one(Output, output)
            row.status, row.ready_by_id, row.ready_at = OutputStatus.READY, self.work.on_case, clock.now()
        row.status, row.released_by_id, row.released_at = OutputStatus.RELEASED, lead, clock.now()
        row.sent_on = TODAY
        entry = {"case_id": case_id, "at": clock.now(), "recorded_at": clock.now(), "kind": EntryKind.ADVOCACY}
        session.add(Entry(**entry, code="complaint", text="x"))
        session.flush()
        self.approach = session.scalars(select(Entry.id).order_by(Entry.id.desc())).first()

    def prepare_series(self, session: Session) -> None:
        """A story that has passed its checks, one that is published, and a doctor who was not invited yet."""
        told: dict[str, Any] = {"channel": "", "given": True, "expires_on": SOON}
        references = [make_case(session, actor_id=self.work.lead, body=self.work.body) for _ in range(3)]
        self.uninvited, *told_of = references
        self.stories = []
        for reference, stage in zip(told_of, (StoryStage.LEGAL, StoryStage.PUBLISHED), strict=True):
            record_series_consent(session, actor_id=self.work.lead, reference=reference, **told)
            row = session.get_one(Story, invite_story(session, actor_id=self.work.lead, reference=reference))
            row.stage = stage
            session.add(
                StoryStep(
                    story_id=row.id,
                    case_id=row.case_id,
                    stage=stage,
                    note="",
                    channel="print",
                    by_id=1,
                    at=row.changed_at,
                )
            )
            self.stories.append({"reference": reference, "story_id": row.id})
        record_series_consent(session, actor_id=self.work.lead, reference=told_of[0], **told | {"channel": "website"})
        record_series_consent(session, actor_id=self.work.lead, reference=self.uninvited, **told)

    def prepare_codings(self, session: Session) -> None:
        """One to ask for, three that wait and one that is handed in, each on a case of its own."""
        lead, second = self.work.lead, self.work.on_case
        made = [make_case(session, actor_id=lead, body=self.work.body) for _ in range(5)]
        self.to_code: list[dict[str, Any]] = [{"reference": reference} for reference in made]
        finding: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "note": ""}
        place = {"role": AssignmentRole.SECOND, "status": AssignmentStatus.ACCEPTED, "offered_by_id": lead}
        for number, about in enumerate(self.to_code):
            case_id = session.scalars(select(Case.id).where(Case.reference == about["reference"])).one()
            dated = {"offered_at": clock.now(), "answered_at": clock.now(), "reason": "x"}
            session.add(Assignment(case_id=case_id, volunteer_id=second, **place, **dated))
            session.flush()
            add_finding(session, actor_id=lead, **about, code="S02", quarter=quarter_of(TODAY), **finding)
            if number:
                ask_coding(session, actor_id=lead, **about, to_id=second)
        session.flush()
        hand_in_coding(session, actor_id=second, **self.to_code[4], codes=["P01"], notes={})
        self.coding = session.scalars(select(CodingMark.coding_id)).first()

    def codings(self) -> dict[str, Made]:
        to_ask, to_hand_in, to_decline, to_take_back, done = self.to_code
        settled = {**done, "coding_id": self.coding, "reason": "x"}
        coded = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": quarter_of(TODAY), "note": "x"}
        return {
            "ask_coding": ("lead", {**to_ask, "to_id": self.work.on_case}),
            "hand_in_coding": ("on_case", {**to_hand_in, "codes": ["P01"], "notes": {}, "none": False}),
            "decline_coding": ("on_case", to_decline),
            "take_back_coding": ("lead", to_take_back),
            "settle_difference": (
                "lead",
                {**settled, "code": "S02", "how": Settled.KEPT, "seen": [replace(self.coded, code="S02")]},
            ),
            "record_doctor_view": (
                "on_case",
                {
                    **self.case,
                    "finding_id": self.finding,
                    "seen": self.coded,
                    "view": DoctorSays.DISAGREES,
                    "text": "x",
                    "said_on": TODAY,
                },
            ),
            "add_from_coding": ("lead", {**settled, **coded, "code": "P01"}),
        }

    def series(self) -> dict[str, Made]:
        checked, published = self.stories
        with self.work.database.read() as session:
            seen = {"seen_version": session.get_one(Story, checked["story_id"]).version}
        return {
            "record_series_consent": ("on_case", {**self.case, "channel": "", "given": True, "expires_on": SOON}),
            "invite_story": ("lead", {"reference": self.uninvited}),
            "move_story": ("lead", {**checked, **seen, "stage": StoryStage.DRAFT, "note": "x"}),
            "publish_story": ("lead", {**checked, **seen, "channel": "website"}),
            "take_down_story": ("lead", {**published, "channel": "print", "note": "x"}),
            "withdraw_story": ("lead", {**checked, "reason": "x"}),
        }

    def outputs(self) -> dict[str, Made]:
        planned = {**PLANNED, "owner_id": self.work.on_case}
        drafted, claim = self._output(self.drafted), {"claim_id": self.claim}
        with self.work.database.read() as session:
            seen = {"seen_version": session.get_one(Claim, self.claim).version}
        change = {name: value for name, value in planned.items() if name != "kind"}
        empty = {"text": "x", "learning_ids": [], "findings": []}
        return {
            "plan_output": ("lead", planned),
            "change_output": ("on_case", {**drafted, **change}),
            "ready_output": ("lead", self._output(self.blank)),
            "release_output": ("lead", {**self._output(self.ready), "sent_on": TODAY}),
            "note_output_result": ("on_case", {**self._output(self.sent), "reply": "x", "result": "noted"}),
            "drop_output": ("on_case", {**drafted, "reason": "x"}),
            "add_claim": ("on_case", {"output_id": self.drafted, **empty}),
            "change_claim": ("on_case", {**claim, **seen, **empty}),
            "remove_claim": ("on_case", claim),
            "settle_claim": ("lead", {"claim_id": self.said, "reason": "x"}),
            "note_advocacy": (
                "on_case",
                {**self.case, "entry_id": self.approach, "seen_version": 0, "sent_on": TODAY, "reply": "x"},
            ),
        }

    def _output(self, output_id: int) -> dict[str, Any]:
        with self.work.database.read() as session:
            return {"output_id": output_id, "seen_version": session.get_one(Output, output_id).version}

    def learnings(self) -> dict[str, Made]:
        one = {**self.case, "learning_id": self.learning}
        seen = {**one, "seen_version": 1}
        return {
            "record_learning": ("on_case", {**self.case, **LESSON}),
            "change_learning": ("on_case", {**seen, **LESSON}),
            "answer_learning": ("lead", {**seen, "agree": False, "reason": "x"}),
            "withdraw_learning": ("on_case", {**one, "reason": "x"}),
        }

    def meetings(self) -> dict[str, Made]:
        lead, on_case = self.work.lead, self.work.on_case
        people = {"chair_id": lead, "note_taker_id": on_case, "attendee_ids": [lead, on_case]}
        held: dict[str, Any] = {"meeting_id": self.meeting}
        item = {**held, "item_id": self.item}
        with self.work.database.read() as session:
            version = session.get_one(Meeting, self.meeting).version
        action = {"next_action": "z", "action_owner_id": on_case, "action_due_on": SOON}
        seen = {"seen_version": the_case(self.work).version}
        return {
            "add_addendum": ("on_case", {"meeting_id": self.closed, "item_id": None, "text": "x"}),
            "confirm_minutes": ("on_case", {"meeting_id": self.closed}),
            "change_meeting": ("lead", {**held, **people, "held_on": SOON, "seen_version": version}),
            "update_agenda": ("lead", held),
            "add_topic": ("off_case", {**held, "question": "x"}),
            "add_case_item": ("off_case", {**held, **self.case, "question": "x"}),
            "move_item": ("lead", {**item, "before_id": None}),
            "set_minutes": ("on_case", {**item, "minutes": 5}),
            "open_meeting": ("lead", {**held, "came_ids": [lead]}),
            "go_to_item": ("lead", item),
            "note_item": ("on_case", {**item, "text": "x", "dissents_from_id": None}),
            "decide": ("on_case", {**item, **action, **seen, "decision": Decision.ACTION, "text": "x"}),
            "carry_over": ("lead", item),
            "remove_item": ("lead", {**item, "reason": "x"}),
            "close_meeting": ("lead", held),
            "plan_meeting": ("lead", {**people, "held_on": SOON}),
        }

    def enquiry(self) -> dict[str, int]:
        with self.work.database.read() as session:
            row = session.scalars(select(Enquiry)).one()
            return {"enquiry_id": row.id, "seen_version": row.version}

    def id_of(self, model: Any) -> int:
        with self.work.database.read() as session:
            return int(session.scalars(select(model.id).order_by(model.id.desc())).first() or 0)

    def calls(self) -> dict[str, Made]:
        work, case = self.work, self.case
        person = {"name": "Ann Example", "email": "", "pledged_hours": 4.0, "skills": []}
        update = {
            "seen_version": the_case(work).version,
            "what_changed": "x",
            "contact": Contact.REACHED,
            "wellbeing": Wellbeing.NOT_ASKED,
            "next_action": "y",
            "action_owner_id": work.on_case,
            "action_due_on": SOON,
        }
        return {
            "add_action": (
                "on_case",
                {**case, "next_action": "x", "action_owner_id": work.on_case, "action_due_on": SOON},
            ),
            "add_affiliation": (
                "off_case",
                {"volunteer_id": work.off_case, "organisation_id": work.other_body, "started_on": TODAY},
            ),
            "add_deadline": (
                "on_case",
                {**case, "name": "x", "due_on": SOON, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS},
            ),
            "add_document": (
                "on_case",
                {**case, "description": "x", "link": "https://papers.example.org/x", "checked": True},
            ),
            "add_entry": ("on_case", {**case, "kind": EntryKind.NOTE, "text": "x"}),
            "add_finding": (
                "on_case",
                {
                    **case,
                    "code": "S01",
                    "evidence": Evidence.REPORTED,
                    "case_process_id": None,
                    "quarter": quarter_of(TODAY),
                    "note": "",
                },
            ),
            "add_leave": (
                "on_case",
                {"volunteer_id": work.on_case, "starts_on": TODAY, "ends_on": SOON, "cover_id": None},
            ),
            "add_process": (
                "on_case",
                {**case, "process": "GMC", "stage": "TRIAGE", "organisation_id": None, "started_on": TODAY},
            ),
            "add_process_stage": (
                "on_case",
                {**case, "case_process_id": self.id_of(CaseProcess), "stage": "SCREEN", "since": TODAY - YEAR},
            ),
            "add_volunteer": ("lead", {**person, "username": "ann", "role": Role.VOLUNTEER}),
            "agree_approval": ("in_conflict", {"approval_id": self.asked}),
            "agree_declaration": ("lead", {"affiliation_id": self.id_of(Affiliation)}),
            "agree_exception": ("on_case", {"exception_id": self.id_of(WallException)}),
            "answer_cover": ("off_case", {**case, "no_conflict": True, "has_conflict": False}),
            "see_bodies": ("off_case", case),
            "match_body": (
                "lead",
                {
                    "reference": self.unmatched,
                    "organisation_id": work.other_body,
                    "all_same": True,
                    "remember": True,
                },
            ),
            "match_new_body": (
                "lead",
                {
                    "reference": self.unmatched,
                    "name": "Example Walk-in Clinic",
                    "kind": "acute",
                    "region": "london",
                    "nation": "england",
                    "parent_id": None,
                    "all_same": False,
                },
            ),
            "step_back_from_body": ("lead", {"reference": self.unmatched}),
            "record_merger": (
                "lead",
                {"predecessor_id": work.other_body, "successor_id": self.third_body, "merged_on": TODAY},
            ),
            "answer_checklist": (
                "on_case",
                {**case, "case_process_id": self.id_of(CaseProcess), "answers": ANSWERS, "seen": {}},
            ),
            "answer_action_offer": (
                "lead",
                {"action_offer_id": self.id_of(ActionOffer), "accept": True, "reason": "", "no_conflict": True},
            ),
            "answer_rule_change": (
                "lead",
                {
                    **case,
                    "deadline_id": self.id_of(Deadline) - 3,
                    "shown_on": TODAY + timedelta(days=28),
                    "move": True,
                    "reason": "",
                },
            ),
            "answer_rule_changes": ("lead", {"many": 1, "move": False, "reason": "x"}),
            "link_cases": ("lead", {**case, "other_reference": self.unled, "kind": "same_event"}),
            "unlink_cases": ("lead", {**case, "other_reference": self.pair[0], "kind": "comparator"}),
            "answer_same_doctor": (
                "lead",
                {"reference": self.pair[0], "other_reference": self.pair[1], "is_one": True},
            ),
            "undo_same_doctor": (
                "lead",
                {"reference": self.joined[0], "other_reference": self.joined[1]},
            ),
            "answer_offer": (
                "off_case",
                {"assignment_id": self.place, "accept": True, "no_conflict": True, "reason": ""},
            ),
            "ask_download": (
                "lead",
                {
                    "session_id": self.session,
                    "kind": DownloadKind.LEADERSHIP,
                    "about": {"period": quarter_of(TODAY), "form": "html"},
                },
            ),
            "ask_exception": ("lead", {**case, "volunteer_id": self.barred, "reason": "x", "ends_on": SOON}),
            "be_contact": ("lead", {"reference": self.unled, "no_conflict": True}),
            "ask_update": ("lead", {**case, "note": "x"}),
            "begin_factor": ("on_case", {}),
            "begin_waiting": ("on_case", {**case, "on_whom": "x", "chase_on": SOON}),
            "change_cover": ("on_case", {"leave_id": self.id_of(Leave), "cover_id": None}),
            "change_deadline": ("on_case", {**case, "deadline_id": self.id_of(Deadline), "met_on": TODAY}),
            "change_password": ("on_case", {"password_hash": "x", "keep_token": "y"}),
            "change_volunteer": (
                "lead",
                {
                    **person,
                    "volunteer_id": work.off_case,
                    "seen_version": 1,
                    "role": Role.VOLUNTEER,
                    "says_full": False,
                },
            ),
            "keep_safety_plan": (
                "on_case",
                {**case, "whom": "x", "helps": "y", "company": "z", "agreed_on": TODAY},
            ),
            "record_fact": ("on_case", {**case, "kind": FactKind.CIRCUMSTANCE, "fact": GAP}),
            "tie_ground": (
                "on_case",
                {**case, "ground": "race", "case_process_id": None, "finding_id": None, "note": ""},
            ),
            "change_fact": (
                "on_case",
                {**case, "number": 1, "seen": GAP, "fact": replace(GAP, examined_by=("coroner",)), "reason": "x"},
            ),
            "withdraw_fact": ("on_case", {**case, "number": 1, "seen": GAP, "reason": "x"}),
            "keep_adviser": (
                "on_case",
                {
                    **case,
                    "adviser_name": "Ann Example",
                    "adviser_organisation": "Example Defence",
                    "adviser_reference": "EX/1",
                    "adviser_contact": "020 7946 0000",
                },
            ),
            "forget_adviser": ("on_case", case),
            "keep_characteristics": (
                "on_case",
                {
                    **case,
                    "told": Characteristics(religion="x", purpose="The tribunal"),
                    "emptied": [],
                    "permission": True,
                },
            ),
            "forget_characteristics": ("on_case", case),
            "open_characteristics": ("on_case", {**case, "reason": "x"}),
            "keep_emergency_contact": (
                "on_case",
                {**case, "emergency_who": "A sister", "emergency_number": "07700 900123", "permission": True},
            ),
            "forget_emergency_contact": ("on_case", case),
            "decide_disclosure": (
                "on_case",
                {
                    **case,
                    "disclosed": "x",
                    "to_whom": "x",
                    "why": "x",
                    "doctor_told": YesNo.NO,
                    "told_how": "x",
                    "second_id": work.lead,
                },
            ),
            "answer_disclosure": (
                "lead",
                {**case, "disclosure_id": self.id_of(Disclosure), "agree": False, "reason": "x"},
            ),
            "tell_of_disclosure": ("on_case", {**case, "disclosure_id": self.id_of(Disclosure), "told_how": "x"}),
            "set_false_alarms": ("lead", {"budget": FalseAlarms.MONTHLY}),
            "dismiss_rise": ("lead", {"codes": ["U01"], "seen": [work.reference], "reason": "x"}),
            "set_check_in": ("lead", {"kind": "press", "is_on": False}),
            "clear_flag": ("on_case", {**case, "code": "MEDIA", "why": "x"}),
            "review_flag": (
                "on_case",
                {**case, "code": "MEDIA", "seen_review_on": SOON, "review_on": SOON + timedelta(days=1), "why": "x"},
            ),
            "clear_meeting_mark": ("lead", {"reference": self.unled}),
            "confirm_factor": ("observer", {"code": "123456"}),
            "correct_identity": (
                "on_case",
                {
                    **case,
                    "seen_edition": 0,
                    "fields": ["safe_times"],
                    "identity": Identity("", "", "", safe_times="After six"),
                    "reason": "x",
                },
            ),
            "correct_summary": ("on_case", {**case, "seen": the_case(work).summary, "summary": "y", "reason": "x"}),
            "correct_facts": (
                "on_case",
                {**case, "seen": self.facts, "facts": replace(self.facts, grade="fy2"), "reason": "x"},
            ),
            "correct_body": (
                "on_case",
                {**case, "seen": self.body, "body": replace(self.body, organisation_id=work.other_body), "reason": "x"},
            ),
            "correct_process_body": (
                "on_case",
                {
                    **case,
                    "case_process_id": self.id_of(CaseProcess),
                    "seen_organisation_id": work.body,
                    "organisation_id": None,
                    "reason": "x",
                },
            ),
            "correct_process": (
                "on_case",
                {
                    **case,
                    "case_process_id": self.id_of(CaseProcess),
                    "seen_process": "MHPS",
                    "process": "GMC",
                    "stage": "TRIAGE",
                    "reason": "x",
                },
            ),
            "correct_finding": (
                "on_case",
                {
                    **case,
                    "finding_id": self.finding,
                    "seen": self.coded,
                    "code": "S02",
                    "evidence": Evidence.DOCUMENTED,
                    "case_process_id": None,
                    "quarter": quarter_of(TODAY),
                    "note": "",
                    "doctor_view": DoctorView.AGREES,
                    "reason": "x",
                },
            ),
            "withdraw_finding": (
                "on_case",
                {**case, "finding_id": self.finding, "seen": self.coded, "reason": "x"},
            ),
            "lift_kept": ("lead", {**case, "recusal_id": self.kept}),
            "correct_process_stage": (
                "on_case",
                {
                    **case,
                    "case_process_id": self.id_of(CaseProcess),
                    "number": 1,
                    "seen_edition": 1,
                    "since": TODAY - YEAR,
                    "reason": "x",
                },
            ),
            "record_outcome": (
                "on_case",
                {
                    **case,
                    "case_process_id": self.resolved,
                    "code": "RESTRICTED",
                    "happened_on": TODAY,
                    "end_on": SOON,
                    "review_on": SOON,
                    "note": "",
                    "ended": True,
                },
            ),
            "correct_outcome": (
                "on_case",
                {
                    **case,
                    "case_process_id": self.resolved,
                    "number": 1,
                    "seen_edition": 1,
                    "happened_on": TODAY,
                    "end_on": SOON + YEAR,
                    "note": "",
                    "reason": "x",
                    "withdrawn": False,
                },
            ),
            "deactivate": ("lead", {"volunteer_id": work.observer}),
            "delete_view": ("on_case", {"view_id": self.id_of(SavedView)}),
            "drop_factor": ("on_case", {}),
            "end_affiliation": ("lead", {"affiliation_id": 1, "ended_on": TODAY}),
            "end_assignment": ("lead", {**case, "assignment_id": self.place, "handover": "x"}),
            "end_exception": ("lead", {"exception_id": self.id_of(WallException)}),
            "end_reviews": ("on_case", {**case, "deadline_id": self.id_of(Deadline), "lifted_on": TODAY}),
            "end_leave": ("on_case", {"leave_id": self.id_of(Leave)}),
            "end_waiting": ("on_case", {**case, "waiting_id": self.id_of(Waiting)}),
            "finish_action": ("on_case", {**case, "action_id": self.mine, "outcome": "x", "dropped": False}),
            "hand_over": (
                "lead",
                {**case, "assignment_id": 1, "handover": "x", "role": AssignmentRole.LEAD, "to_id": None},
            ),
            "move_deadline": (
                "on_case",
                {
                    **case,
                    "deadline_id": self.id_of(Deadline),
                    "seen_version": 1,
                    "due_on": SOON,
                    "reason": "x",
                },
            ),
            "pause_deadline": (
                "on_case",
                {
                    **case,
                    "deadline_id": self.id_of(Deadline) - 1,
                    "seen_version": 1,
                    "paused_from": TODAY,
                    "paused_to": TODAY,
                },
            ),
            "mark_for_meeting": ("on_case", {**case, "why": "x"}),
            "move_process": ("on_case", {**case, "case_process_id": self.id_of(CaseProcess), "stage": "SCREEN"}),
            "make_calendar": ("on_case", {}),
            "name_party": ("on_case", {**case, "role": PartyRole.OTHER, "name": "Ann Example"}),
            "new_recovery_codes": ("off_case", {}),
            "note_conflict": ("lead", {"notice_id": self.id_of(ConflictNotice)}),
            "note_no_change": ("on_case", {**case, "seen_version": the_case(work).version}),
            "offer_case": ("lead", {**case, "volunteer_id": work.lead, "role": AssignmentRole.SECOND, "reason": "x"}),
            "offer_action": ("on_case", {**case, "action_id": self.mine, "to_id": work.lead, "note": ""}),
            "offer_handover": (
                "lead",
                {**case, "volunteer_id": self.other, "reason": "x", "handover": "x"},
            ),
            "open_case": (
                "on_case",
                {"intake": replace(INTAKE, contact="n@example.org", organisation_id=work.other_body)},
            ),
            "record_enquiry": ("on_case", {"written": replace(WRITTEN, organisation_id=work.other_body)}),
            "note_enquiry_asked": ("on_case", {**self.enquiry(), "asked_on": TODAY}),
            "take_enquiry": ("lead", self.enquiry()),
            "end_enquiry": ("on_case", {**self.enquiry(), "why": EnquiryEnd.REFUSED}),
            "open_identity": ("on_case", {**case, "reason": "x"}),
            "raise_flag": ("on_case", {**case, "code": "HEARING", "why": "x", "review_on": SOON}),
            "reactivate": ("lead", {"volunteer_id": work.off_case}),
            "record_consent": ("on_case", {**case, "purpose": ConsentPurpose.LEARNING, "given": True}),
            "record_debrief": ("on_case", {"debrief_id": self.id_of(Debrief), "outcome": DebriefOutcome.HELD}),
            "refuse_approval": ("in_conflict", {"approval_id": self.asked}),
            "remove_party": ("lead", {**case, "party_id": self.party}),
            "see_alone": ("in_conflict", {"approval_id": self.alone}),
            "recuse": ("on_case", {**case, "volunteer_id": work.on_case, "reason": "x"}),
            "redact_words": ("on_case", {**case, "words": "words", "reason": "x"}),
            "rename_view": ("on_case", {"view_id": self.id_of(SavedView), "name": "Other"}),
            "replace_view": ("on_case", {"view_id": self.id_of(SavedView), "filters": {}}),
            "discard_release": ("lead", {"quarter": CLOSED, "fingerprint": self.release, "reason": "x"}),
            "review_release": ("lead", {"quarter": CLOSED, "fingerprint": self.release}),
            "sign_release": ("lead", {"quarter": SIGNABLE, "fingerprint": self.reviewed}),
            "reset_factor": ("lead", {"volunteer_id": work.off_case}),
            "save_view": ("lead", {"name": "Mine", "shared": True, "filters": {"stages": ["new"]}}),
            "send_link": ("lead", {"volunteer_id": work.off_case}),
            "snooze_action": (
                "on_case",
                {
                    **case,
                    "action_id": self.mine,
                    "seen_due_on": SOON,
                    "due_on": SOON + timedelta(days=2),
                    "reason": "x",
                    "past_deadline": True,
                },
            ),
            "take_back_move": ("lead", {"reference": self.moved, "seen_stage": Stage.TRIAGE, "reason": "x"}),
            "take_back_action": ("on_case", {**case, "action_id": self.offered}),
            "set_digest": ("on_case", {"wants_digest": False}),
            "stop_calendar": ("on_case", {}),
            "set_caps": (
                "lead",
                {
                    "volunteer_id": work.off_case,
                    "most_crisis_cases": 2,
                    "most_active_cases": 4,
                    "most_points": 20,
                    "reason": "x",
                },
            ),
            "set_quiet": ("on_case", {"until": SOON}),
            "set_says_full": ("on_case", {"says_full": True}),
            "undo_done": ("on_case", {**case, "action_id": self.done}),
            "undo_no_change": ("on_case", {**case, "entry_id": self.unchanged}),
            "withdraw_document": ("on_case", {**case, "document_id": self.id_of(Document), "reason": "x"}),
            "update_status": ("on_case", {**case, **update}),
            **self.meetings(),
            **self.learnings(),
            **self.outputs(),
            **self.series(),
            **self.codings(),
        }
