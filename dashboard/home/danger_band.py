"""The band above everything: doctors at risk today, who acts, and what can be done in one press. For leads and whoever
is on the case, on Home and in the inbox."""

from collections.abc import Iterator
from functools import partial

import streamlit as st

from dashboard import store
from dashboard.case import quick_update
from dashboard.case.quick_update import Act
from dashboard.home.rows import Row, kind, listed, until
from dashboard.ui import case_lines, forms, navigation, text
from dashboard.ui.case_list import Badge, Button, Part
from db.commands.requests import ask_update
from db.queries.danger import Danger, InDanger
from db.queries.session import Person
from db.rules.safety import TOLD_AT_ONCE
from db.rules.words import day, many

BAND = "danger"
NO_SAFEGUARDING_LEAD = (
    "No safeguarding lead is named, so nobody is told whom to call when a doctor is in danger. "
    "Ask whoever runs the server to set SAFEGUARDING_LEAD to a lead’s username."
)


def on_top(person: Person) -> None:
    """The band on another page than Home."""
    danger = store.danger(person)
    pressed = band(person, rows_of(person, danger), danger.total)
    if pressed:
        pressed()
    quick_update.over_the_page()


def rows_of(person: Person, danger: Danger) -> list[Row]:
    """One row a case, with all its flags."""
    about = case_lines.about(person, (flag.reference for flag in danger.first))
    rows = {flag.reference: Row(flag.reference, about[flag.reference], flag.stage.label) for flag in danger.first}
    # A crisis is said before all else of a case.
    for flag in sorted(danger.first, key=lambda flag: TOLD_AT_ONCE.index(flag.code)):
        _flag(person, rows[flag.reference], flag)
    return list(rows.values())


def band(person: Person, rows: list[Row], total: int) -> Act | None:
    """Draws it; returns what was just pressed, if anything."""
    lead = store.safeguarding_lead(person)
    pressed = _listed(person, rows, total, lead) if rows else None
    if person.is_lead and lead is None:
        st.warning(NO_SAFEGUARDING_LEAD, icon=":material/call:")
    return pressed


def _listed(person: Person, rows: list[Row], total: int, lead: str | None) -> Act | None:
    st.error(f"**Doctors at risk today: {total}**", icon=":material/emergency:")
    if lead:
        st.caption(f"Safeguarding lead: {text.plain(lead)}. Call them if you can’t reach whoever acts.")
    pressed = listed(rows, BAND, "Doctors at risk today")
    if total > len(rows):
        names = store.words(person).terms["flag"]
        words, flags = f"All {many(total, 'flag')} in the queue", [names[code] for code in TOLD_AT_ONCE]
        navigation.queue_link(words, help="Cases with a crisis or patient safety flag", queue_flag=flags)
    return pressed


def _flag(person: Person, row: Row, flag: InDanger) -> None:
    row.badges.append(Badge(store.words(person).terms["flag"].get(flag.code, flag.code), "red"))
    # Two flags on one case are one row with one thing to do.
    if not row.steps:
        row.step(_who_acts(flag), *_one_press(row.reference, flag))
    again = until(flag.review_on)
    row.facts.append(Part(flag.why))
    row.facts.append(Part(f"since {day(flag.since)}"))
    row.facts.append(Part(f"look again {again[0].lower()}{again[1:]}", kind(flag.review_on)))
    if flag.asked_on:
        row.facts.append(Part(f"update asked for on {day(flag.asked_on)}"))


def _who_acts(flag: InDanger) -> Part:
    if flag.lead is None:
        contact = f"{flag.contact} is the contact" if flag.contact else "no contact either"
        return Part(f"Nobody leads it; {contact}", "late")
    if flag.away_until is None:
        return Part("You act" if flag.is_theirs else f"{flag.lead} acts", "strong")
    covers = f"{flag.cover} covers" if flag.cover else "nobody covers"
    return Part(f"{flag.lead} is away until {day(flag.away_until)}; {covers}", "strong" if flag.cover else "late")


def _one_press(reference: str, flag: InDanger) -> Iterator[tuple[Button, Act]]:
    on = f"on {reference}"
    if flag.is_theirs:
        yield quick_update.update_button(reference)
    elif flag.lead is None:
        yield Button("find", "Find a case lead", f"Find a case lead for {reference}"), _find
    elif flag.asked_on is None:
        label = f"Ask {flag.lead} for an update {on}"
        yield Button("ask", "Ask for an update", label), partial(_ask, reference, flag.lead)
    else:
        yield Button("open", "Open", f"Open {reference}"), partial(navigation.open_case, reference)


def _ask(reference: str, lead: str) -> None:
    button = forms.pressed(f"ask_{reference}")
    button.save(ask_update, f"Asked {text.plain(lead)} for an update on {reference}.", reference=reference, note="")


def _find() -> None:
    st.switch_page(navigation.FOLDER / "workload.py")
