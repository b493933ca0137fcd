"""What a meeting shows of an item: no name of a doctor or an organisation."""

from dashboard import store
from dashboard.ui import text
from dashboard.ui.case_list import Badge, CaseLine, Part
from db.queries.meetings import AgendaItem, CaseInMeeting
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.words import many


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


def badges(about: CaseInMeeting, words: Reference) -> list[tuple[str, str]]:
    flags = words.terms["flag"]
    return [(flags.get(code, code), "red" if code in words.red_flags else "orange") for code in about.flags]


def leaving(item: AgendaItem) -> str:
    names = item.leaving
    if not names:
        return ""
    return f"{', '.join(names)} {'leaves' if len(names) == 1 else 'leave'} for this item"


def lines(person: Person, items: list[AgendaItem]) -> list[CaseLine]:
    """Items about cases as rows of a case list."""
    words = store.words(person)
    return [_line(item, item.about, words) for item in items if item.about]


def _line(item: AgendaItem, about: CaseInMeeting, words: Reference) -> CaseLine:
    said = [Part(f"{item.number}. {about.reference}"), Part(card(about, words), "soft")]
    facts = [Part(item.question, "strong")] if item.question else []
    facts += [Part(" · ".join(item.why))]
    if item.leaving:
        facts.append(Part(leaving(item), "soon"))
    side = [Part(many(item.minutes, "minute"))]
    if item.added_by:
        side.append(Part(f"added by {item.added_by}"))
    known: list[Badge] = [Badge(said_, "red" if tone == "red" else "orange") for said_, tone in badges(about, words)]
    if item.is_late:
        known.append(Badge("Late", "blue"))
    return CaseLine(about.reference, head=tuple(said), badges=tuple(known), facts=tuple(facts), aside=(tuple(side),))
