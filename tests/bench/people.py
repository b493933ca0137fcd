"""Who is measured, on which cases and with which words: drawn from the database as it stands."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from db import clock
from db.access import full_cases, viewer_of, visible_cases
from db.choices import EntryKind, Evidence
from db.commands.accounts import start_session
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.meetings import plan_meeting
from db.engine import Database
from db.errors import CommandRefused
from db.models import Case, Meeting, Volunteer
from tests.bench.client import session_cookie
from tests.bench.databases import KEYS

# Enough for a new one in each measurement: a page read before would come from memory.
MANY = 120
SUMMARIES = 4_000
WORD = re.compile(r"[a-z]{5,}")


@dataclass
class Cast:
    """Cookies of the demo sign-ins, cases they may open, words to search for, and cases of others with their leads."""

    database: Database
    lead: int
    lead_cases: list[str]
    volunteer_cases: list[str]
    common: list[str]
    rare: list[str]
    elsewhere: list[tuple[str, int]]

    def __post_init__(self) -> None:
        self._others = itertools.cycle(self.elsewhere)
        self._codings = itertools.product(self.lead_cases, ("S01", "S02", "P04", "U06"))

    def cookie(self, username: str) -> str:
        """A new sign-in, as a browser of its own."""
        with self.database.log() as session:
            person = session.scalars(select(Volunteer.id).where(Volunteer.username == username)).one()
            token = start_session(session, volunteer_id=person, device="benchmark", days=1)
        return session_cookie(token, KEYS["COOKIE_KEY"])

    def change_something(self) -> None:
        """Somebody else adds to a case of theirs: every cached read is stale, save those of the heatmap."""
        reference, who = next(self._others)
        # As the dashboard saves an entry: it moves no pattern.
        with self.database.write(patterns=False) as session:
            add_entry(session, actor_id=who, reference=reference, kind=EntryKind.NOTE, text="Benchmark")

    def code_something(self) -> None:
        """Somebody else codes a finding, never the same twice: the heatmap is stale too."""
        case, code = next(self._codings)
        coded: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": "2026Q1"}
        try:
            with self.database.write() as session:
                add_finding(session, actor_id=self.lead, reference=case, code=code, note="Benchmark", **coded)
        except CommandRefused:
            # Coded there already by the demonstration.
            self.code_something()


def _plan_a_meeting(database: Database) -> None:
    """Larger demonstrations have none."""
    with database.write() as session:
        if session.scalar(select(Meeting.id).where(~Meeting.is_closed)) is None:
            lead = session.scalars(select(Volunteer.id).where(Volunteer.username == "lead")).one()
            people: dict[str, Any] = {"chair_id": lead, "note_taker_id": lead, "attendee_ids": []}
            plan_meeting(session, actor_id=lead, held_on=clock.today(), **people)


def cast(database: Database) -> Cast:
    _plan_a_meeting(database)
    with database.read() as session:
        names = select(Volunteer.username, Volunteer.id).where(Volunteer.username.in_(("lead", "volunteer")))
        ids = {row.username: row.id for row in session.execute(names)}
        lead, volunteer = viewer_of(session, ids["lead"]), viewer_of(session, ids["volunteer"])
        led = select(Case.reference).where(Case.is_open, Case.lead_id.is_not(None), visible_cases(lead))
        own = select(Case.reference).where(Case.is_open, full_cases(volunteer))
        cases = list(session.scalars(led.order_by(Case.id).limit(MANY)))
        held = list(session.scalars(own.order_by(Case.id).limit(MANY)))
        others = select(Case.reference, Case.lead_id).join(Volunteer, Volunteer.id == Case.lead_id)
        others = others.where(Case.is_open, Volunteer.active, Case.lead_id.not_in(ids.values()))
        elsewhere = [
            (row.reference, row.lead_id)
            for row in session.execute(others.order_by(Case.id).limit(MANY))
            # Some lead a case that they may not read for now, as a wall around it waits for a second lead.
            if session.scalar(
                select(Case.id).where(Case.reference == row.reference, full_cases(viewer_of(session, row.lead_id)))
            )
        ]
        step = max(1, len(cases) // MANY)
        texts = session.scalars(select(Case.summary).where(Case.is_open, visible_cases(lead)).limit(SUMMARIES))
        counts = Counter(word for text in texts for word in set(WORD.findall(text.lower())))
    ordered = [word for word, _ in counts.most_common()]
    return Cast(database, ids["lead"], cases[::step], held, ordered[:20], ordered[-20:], elsewhere)
