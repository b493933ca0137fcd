"""What the time axis of a case's processes shows, and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from dashboard.case.pathway_text import UNTOLD, days
from dashboard.ui import text
from db import clock
from db.choices import Whose
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CaseDeadline
from db.queries.pathways import Pathway
from db.queries.reference import Reference
from db.rules.pathways import Spell, spells
from db.rules.words import many

HEARING, OURS, BODY, WINDOW = "Hearing", "Our deadline", "Their deadline", "A window that closes"
AHEAD, DONE, PAST, CLOSED = "to come", "met", "past its date", "has closed"
KINDS = {Whose.OURS: OURS, Whose.BODY: BODY, Whose.WINDOW: WINDOW}
# Room after the last day, so that a mark at the edge is not cut off.
MARGIN = 0.04
LEAST_DAYS, LEAST_AHEAD = 60, 183
WHOLE = "The case as a whole"


@dataclass(frozen=True)
class Drawn:
    """A heading, a bar or a mark on one row of the axis."""

    layer: str
    row: int
    start: date | None
    end: date | None
    label: str
    what: str
    dates: str = ""
    look: str = ""
    kind: str = ""
    state: str = ""


@dataclass(frozen=True)
class Axis:
    """`data` has a row for each bar and mark, `sentences` say the same, and `beyond` is too far ahead to draw."""

    data: pd.DataFrame
    rows: int
    first: date
    last: date
    sentences: tuple[str, ...]
    beyond: tuple[str, ...] = ()


def axis_of(case: CaseDetail, found: Sequence[Pathway], reference: Reference) -> Axis | None:
    """None where the case faces no process. Columns: layer (head, bar, mark), row, start, end (ms), label, what,
    dates, look (done, now, beside), kind, state."""
    if not found:
        return None
    drawn: list[Drawn] = []
    sentences = []
    for place, pathway in enumerate(found):
        passed = spells(pathway.events, pathway.ended_on)
        labels = reference.process_stages[pathway.process]
        marks = _dated(case, pathway.id)
        name = reference.processes[pathway.process]
        drawn.append(_head(place, name))
        drawn += [_bar(place, spell, labels.get(spell.stage, spell.stage)) for spell in passed]
        drawn += [_mark(place, row) for row in marks]
        sentences.append(_sentence(name, passed, labels, marks))
    if whole := _dated(case, None):
        drawn += [_head(len(found), WHOLE), *(_mark(len(found), row) for row in whole)]
        sentences.append(_sentence(WHOLE, [], {}, whole))
    return _framed(drawn, len(found) + bool(whole), tuple(sentences))


def _dated(case: CaseDetail, process_id: int | None) -> list[CaseDeadline]:
    return [row for row in case.deadlines if row.case_process_id == process_id and not row.lapsed_on]


def _framed(drawn: list[Drawn], rows: int, sentences: tuple[str, ...]) -> Axis:
    """From the first day to the last. What is years ahead is said and not drawn, or it would squeeze all the rest."""
    today = clock.today()
    first = min([today, *(row.start for row in drawn if row.start)])
    furthest = today + max(today - first, timedelta(days=LEAST_AHEAD))
    beyond = [row for row in drawn if row.layer == "mark" and row.start and row.start > furthest]
    shown = [row for row in drawn if row not in beyond]
    last = max([today, first + timedelta(days=LEAST_DAYS), *(row.end for row in shown if row.end)])
    room = timedelta(days=max(2, round((last - first).days * MARGIN)))
    data = pd.DataFrame(shown)
    for column in ("start", "end"):
        data[column] = [milliseconds(day or first) for day in data[column]]
    return Axis(data, rows, first - room, last + room, sentences, tuple(f"{row.what}, {row.dates}" for row in beyond))


def milliseconds(day: date) -> int:
    return int(pd.Timestamp(day).value // 1_000_000)


def _head(place: int, name: str) -> Drawn:
    return Drawn("head", place, None, None, label=name, what=name)


def _bar(place: int, spell: Spell, label: str) -> Drawn:
    return Drawn(
        "bar",
        place,
        spell.since,
        spell.until or clock.today(),
        label=label if spell.is_exact else f"? {label}",
        what=label,
        dates=days(spell),
        look="now" if spell.is_now else "beside" if spell.beside else "done",
    )


def _mark(place: int, row: CaseDeadline) -> Drawn:
    return Drawn(
        "mark",
        place,
        row.due_on,
        row.due_on,
        label="",
        what=row.name,
        dates=_became(row),
        kind=HEARING if row.is_hearing else KINDS[row.whose],
        state=_state(row),
    )


def _state(row: CaseDeadline) -> str:
    if row.is_window:
        return DONE if row.met_on else CLOSED if row.due_on < clock.today() else AHEAD
    done_late = bool(row.met_on and row.met_on > row.due_on)
    if done_late or (not row.met_on and row.due_on < clock.today()):
        return PAST
    return DONE if row.met_on else AHEAD


def _became(row: CaseDeadline) -> str:
    if row.met_on:
        return f"{text.day(row.due_on)}, met {text.day(row.met_on)}"
    return text.due(row.due_on)


def _sentence(name: str, passed: list[Spell], labels: dict[str, str], marks: list[CaseDeadline]) -> str:
    stages = " " + "; ".join(f"{labels.get(spell.stage, spell.stage)} {days(spell)}" for spell in passed)
    dated = "; ".join(
        f"{'hearing' if row.is_hearing else row.whose.label.lower()}: {row.name}, {_became(row)}, {_state(row)}"
        for row in marks
    )
    return f"{name}:{f'{stages}.' if passed else ''}{f' Dates: {dated}.' if dated else ''}"


def axis_alt(axis: Axis) -> str:
    rows = f"{many(axis.rows, 'process', 'processes')} on one time axis"
    return f"{rows}, today {text.day(clock.today())}. {' '.join(axis.sentences)} Days marked “{UNTOLD}” are not exact."
