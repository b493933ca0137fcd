"""What a meeting shows of an item: no name of a doctor or an organisation."""

from collections.abc import Sequence
from datetime import datetime

from dashboard import store
from dashboard.ui import text
from dashboard.ui.case_list import Badge, CaseLine, Part
from db import clock
from db.queries.meetings import AgendaItem, CaseInMeeting
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.agenda import QUESTIONS
from db.rules.words import many, noun

NO_CHAIR = "Nobody here can take the chair"


def title(item: AgendaItem) -> str:
    return item.about.reference if item.about else item.question


def about(item: AgendaItem) -> str:
    """The same as Markdown."""
    return item.about.reference if item.about else text.plain(item.question)


def card(about: CaseInMeeting, words: Reference) -> str:
    parts = [
        words.terms["body_kind"].get(about.body_kind, about.body_kind),
        words.terms["region"].get(about.region, about.region),
        about.stage.label,
        ", ".join(words.processes.get(code, code) for code in about.processes),
    ]
    return " · ".join(part for part in parts if part)


def question(item: AgendaItem) -> str:
    """What is to be decided about a case; a topic says it itself."""
    return item.question or QUESTIONS.get(item.section, "") if item.about else ""


def changed(about: CaseInMeeting, since: datetime) -> str:
    """Since the last meeting, in no words that somebody typed: the room may not read them all."""
    last = clock.london_day(since)
    told = [f"{about.stage.label} since {text.day(about.stage_since)}"] if about.stage_since >= last else []
    if about.updated_on and about.updated_on >= last:
        told.append(f"update on {text.day(about.updated_on)}")
    if told:
        return f"Since the last meeting: {', '.join(told)}"
    return "Since the last meeting: no update" if about.version else "Since the last meeting: the same stage"


def step(about: CaseInMeeting) -> str:
    """The day and owner of the next action, for the same reason without its words."""
    if about.action_due_on is None:
        return "No next action" if about.version else ""
    return f"Next action: {about.action_owner}, {text.due(about.action_due_on)}"


def badges(about: CaseInMeeting, words: Reference) -> list[tuple[str, str]]:
    flags = words.terms["flag"]
    return [(flags.get(code, code), "red" if code in words.red_flags else "orange") for code in about.flags]


def leaving(item: AgendaItem) -> str:
    """“Lena leaves for this item. Vik takes the chair.” Empty where nobody has to leave."""
    told = []
    if names := item.leaving:
        told.append(f"{_joined(names)} {noun(len(names), 'leaves', 'leave')} for this item.")
    if item.has_no_chair:
        told.append(f"{NO_CHAIR}: {'carry it over' if item.was_opened else 'it is carried over'}.")
    return " ".join([*told, standing_in(item)]).strip()


def standing_in(item: AgendaItem) -> str:
    """“Vik takes the chair, Uma takes notes.” Empty where nobody has to."""
    if item.takes_chair and item.takes_chair == item.takes_notes:
        return f"{item.takes_chair} takes the chair and notes."
    told = [f"{item.takes_chair} takes the chair"] if item.takes_chair else []
    told += [f"{item.takes_notes} takes notes"] if item.takes_notes else []
    return f"{', '.join(told)}." if told else ""


def _joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def lines(person: Person, items: list[AgendaItem]) -> list[CaseLine]:
    """Items about cases as rows of a case list."""
    words = store.words(person)
    return [_line(item, item.about, words) for item in items if item.about]


def _line(item: AgendaItem, about: CaseInMeeting, words: Reference) -> CaseLine:
    said = [Part(f"{item.number}. {about.reference}"), Part(card(about, words), "soft")]
    facts = [Part(item.question, "strong")] if item.question else []
    facts += [Part(" · ".join(item.why))]
    if said_of_room := leaving(item):
        facts.append(Part(said_of_room, "soon"))
    side = [Part(many(item.minutes, "minute"))]
    if item.added_by:
        side.append(Part(f"added by {item.added_by}"))
    known: list[Badge] = [Badge(said_, "red" if tone == "red" else "orange") for said_, tone in badges(about, words)]
    if item.is_late:
        known.append(Badge("Late", "blue"))
    return CaseLine(about.reference, head=tuple(said), badges=tuple(known), facts=tuple(facts), aside=(tuple(side),))
