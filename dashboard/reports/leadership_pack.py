"""Leadership's numbers of a month or a quarter as a file: exact for leads, released for observers."""

from datetime import date

import pandas as pd

from dashboard import store
from dashboard.reports import caseload_chart, examined_lines, leadership_lines
from dashboard.reports.document import Document, Listed, Picture, Section, marked
from dashboard.reports.written import written
from dashboard.settings import settings
from db.choices import Lack
from db.downloads import About
from db.errors import NotFound
from db.queries.session import Person
from db.rules.periods import Period, period_of
from db.rules.words import day, many

WIDTH, SCALE = 760, 2.0


def named(about: About) -> str:
    return f"leadership-{about['period']}.{about['form']}"


def made(person: Person, about: About) -> bytes:
    """What the page shows this person. Refuses a period that is not offered there."""
    period = period_of(about["period"])
    if period is None:
        raise NotFound
    document = _exact(person, period) if person.is_lead else _released(person)
    return written(document, about)


def _exact(person: Person, period: Period) -> Document:
    found, load = store.casework_over(person, period.code)
    lines = leadership_lines
    changed = lines.changes(found.changes) or ["Nothing is recorded."]
    lacking = [f"{lack.label}: {found.lacking[lack]:,} of {found.now.open:,} open cases." for lack in Lack]
    return Document(
        title=f"Leadership: {period.words}",
        intro=(lines.NOT_FOR_SHARING, lines.CASES_BROUGHT, _until(found.now.until, period)),
        picture=_picture(found.months),
        parts=(
            *lines.ours(found, settings().limits),
            lines.today(load, found.wellbeing),
            Listed("What is missing in the record", tuple(lacking)),
            *lines.theirs(found, store.words(person)),
            *_examined(person),
            Listed(lines.CHANGED, (lines.changed_between(found), *changed)),
        ),
        mark=marked(person.name),
    )


def _released(person: Person) -> Document:
    releases = store.released_caseloads(person)
    return Document(
        title="Doctors we support",
        intro=(leadership_lines.REST_IS_FOR_LEADS, f"{many(len(releases), 'release')} so far."),
        parts=(leadership_lines.released(releases), *_examined(person)),
        mark=marked(person.name),
    )


def _examined(person: Person) -> tuple[Section, ...]:
    """Exact and of today for leads; for observers of the latest release, if it has the table."""
    if person.is_lead:
        found = examined_lines.section(store.examined(person), "all cases as they are today")
    else:
        latest = next((one for one in store.signed(person)[:1] if one.has_examined), None)
        if latest is None:
            return ()
        when = f"all up to {latest.quarter[:4]} {latest.quarter[4:]}"
        found = examined_lines.section(store.released_examined(person, latest.quarter), when)
    return (found,) if found else ()


def _until(until: date, period: Period) -> str:
    over = "The period is over." if until == period.last else f"The period goes on: counted up to {day(until)}."
    return f"{over} Beside it stand the time before and the same a year before, all from the facts as recorded now."


def _picture(months: pd.DataFrame) -> Picture:
    import vl_convert

    values = [
        {"month": f"{row.month:%Y-%m-%d}", **{name: int(row[name]) for name in caseload_chart.SERIES}}
        for _, row in months.iterrows()
    ]
    spec = {**caseload_chart.caseload_spec(), "data": {"values": values}, "width": WIDTH}
    words = caseload_chart.in_words(months)
    return Picture(vl_convert.vegalite_to_svg(spec), vl_convert.vegalite_to_png(spec, scale=SCALE), words)
