"""Outputs and their sentences, as whoever asks may read them; and what a case led to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, barred_cases, kept, read_case
from db.choices import ConsentPurpose, EntryKind
from db.learning_access import may_read, stands, to_be_agreed
from db.models import AdvocacyResult, Case, Claim, ClaimBasis, ClaimFlag, Entry, Learning, Output, Volunteer
from db.output_rows import behind, latest_numbers, may_hear, read_output, use_for, works_on
from db.rules.outputs import UNPUBLISHED, Behind, OutputStatus, Use, wrong
from db.series_rows import stories_to_take_down

# The oldest releases are on further pages of what is listed.
MOST_LISTED = 200
SOON_DAYS = 14


@dataclass(frozen=True)
class OutputLine:
    """`marked` counts sentences that may not be released as they stand, of those this person may read; of a released
    one, those behind which a consent was withdrawn since. `is_mine`: they own it."""

    id: int
    kind: str
    title: str
    to_whom: str
    status: OutputStatus
    owner: str
    is_mine: bool
    due_on: date
    released_at: datetime | None
    sent_on: date | None
    result: str | None
    marked: int


@dataclass(frozen=True)
class OutputsWaiting:
    """What somebody has to do about outputs, stories and lessons. `own` are all that they own and are not released, by
    day; `to_take_down` counts stories that are where the doctor does not agree to them any more; `to_agree` lessons
    that wait for a second person, who may be this one."""

    own: tuple[OutputLine, ...]
    to_sign: int
    withdrawn: tuple[OutputLine, ...]
    to_take_down: int
    to_agree: int

    def soon(self, today: date) -> tuple[OutputLine, ...]:
        return tuple(line for line in self.own if (line.due_on - today).days <= SOON_DAYS)


@dataclass(frozen=True)
class Settled:
    """What was done after a consent behind a published sentence was withdrawn."""

    how: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ClaimLine:
    """`wrong` is why it may not be released as it stands. `settled` is what was done since its release. `exact` is for
    leads alone: how many doctors are behind its lessons, and how many of them agree to this use. `released` has the
    number of each finding in the latest signed release, None where it shows none."""

    id: int
    text: str
    version: int
    learnings: tuple[int, ...]
    lessons: tuple[str, ...]
    released: Mapping[str, str | None]
    wrong: tuple[str, ...]
    withdrawn: bool
    settled: tuple[Settled, ...]
    exact: tuple[int, int] | None


@dataclass(frozen=True)
class OutputDetail:
    """`may_sign`: this person may release it now. `quarter` is of the release that its figures come from: of the one
    kept with it once it was released, of the latest signed one before."""

    line: OutputLine
    purpose: ConsentPurpose
    least: int
    claims: tuple[ClaimLine, ...]
    version: int
    owner_id: int
    ready_by: str | None
    ready_by_me: bool
    released_by: str | None
    replied_on: date | None
    reply: str
    dropped_why: str | None
    quarter: str
    fingerprint: str


@dataclass(frozen=True)
class Lesson:
    """A lesson that a sentence may rest on."""

    id: int
    theme: str
    text: str


@dataclass(frozen=True)
class LedTo:
    """An output that says something which rests on a case."""

    id: int
    kind: str
    title: str
    status: OutputStatus
    sent_on: date | None
    result: str | None


@dataclass(frozen=True)
class Approach:
    """Work that approached a body for the doctor. `version` is 0 where nothing is known of what came of it; `text` is
    as it stands on the timeline."""

    entry_id: int
    code: str
    on: date
    text: str
    sent_on: date | None
    expected_on: date | None
    replied_on: date | None
    reply: str
    result: str | None
    version: int


@dataclass(frozen=True)
class CaseResults:
    """What a case led to."""

    outputs: tuple[LedTo, ...]
    approaches: tuple[Approach, ...]


def outputs(session: Session, viewer: Viewer) -> tuple[OutputLine, ...]:
    """Those that this person works on: to be signed first, then by day; released and given up ones last."""
    rows = session.execute(_lines().where(works_on(viewer)).limit(MOST_LISTED)).all()
    marked = _marked(session, viewer, [row for row, _ in rows])
    order = [OutputStatus.READY, OutputStatus.DRAFT, OutputStatus.RELEASED, OutputStatus.DROPPED]
    lines = [_line(viewer, row, owner, marked.get(row.id, 0)) for row, owner in rows]
    return tuple(sorted(lines, key=lambda line: order.index(line.status)))


def published(session: Session, viewer: Viewer) -> tuple[OutputLine, ...]:
    """Every released output, the latest first: for all, because it has left the house."""
    query = _lines().where(Output.status == OutputStatus.RELEASED).order_by(None)
    rows = session.execute(query.order_by(Output.sent_on.desc(), Output.id.desc()).limit(MOST_LISTED))
    return tuple(_line(viewer, row, owner, 0) for row, owner in rows)


def published_claims(session: Session, viewer: Viewer, output_id: int) -> tuple[str, ...]:
    """What a released output says; of cases this person is barred from, nothing."""
    said = select(Claim.text).join(Output, Output.id == Claim.output_id).where(*_read(viewer, output_id))
    return tuple(session.scalars(said.where(Output.status == OutputStatus.RELEASED).order_by(Claim.id)))


def output_detail(session: Session, viewer: Viewer, output_id: int) -> OutputDetail:
    """Refuses (NotFound) whoever does not work on it."""
    row = read_output(session, viewer, output_id)
    numbers = latest_numbers(session)
    claims = session.scalars(select(Claim).where(*_read(viewer, output_id)).order_by(Claim.id)).all()
    use = use_for(session, row.kind)
    found = behind(session, {claim.id: use for claim in claims}, numbers, viewer)
    lessons = _lessons_of(session, [claim.id for claim in claims])
    people = dict(session.execute(select(Volunteer.id, Volunteer.name)).all())
    kept = row.figures if row.status is OutputStatus.RELEASED else {}
    # Of a released one the numbers as they were: a later release changes nothing in it.
    then = {int(id): one["released"] for id, one in kept.get("claims", {}).items()}
    found = {id: replace(one, released=then.get(id, one.released)) for id, one in found.items()}
    done = _settled(session, viewer, row)
    listed = tuple(
        _claim(viewer, claim, use, found[claim.id], lessons.get(claim.id, []), done.get(claim.id, ()))
        for claim in claims
    )
    bad = [claim for claim in listed if claim.withdrawn or (claim.wrong and row.status in UNPUBLISHED)]
    return OutputDetail(
        line=_line(viewer, row, people[row.owner_id], len(bad)),
        purpose=use.purpose,
        least=use.least,
        claims=listed,
        version=row.version,
        owner_id=row.owner_id,
        ready_by=people.get(row.ready_by_id or 0),
        ready_by_me=row.ready_by_id == viewer.id,
        released_by=people.get(row.released_by_id or 0),
        replied_on=row.replied_on,
        reply=row.reply,
        dropped_why=row.dropped_why,
        quarter=str(kept.get("quarter", numbers.quarter)),
        fingerprint=str(kept.get("fingerprint", numbers.fingerprint)),
    )


def lessons(session: Session, viewer: Viewer) -> tuple[Lesson, ...]:
    """What a sentence may rest on: lessons that are shared and that this person may read, by theme."""
    query = select(Learning.id, Learning.theme, Learning.text).join(Case, Case.id == Learning.case_id)
    rows = session.execute(query.where(may_read(viewer), stands()).order_by(Learning.theme, Learning.id))
    return tuple(Lesson(*row) for row in rows)


def outputs_waiting(session: Session, viewer: Viewer) -> OutputsWaiting:
    """Their own; for leads how many wait for a second person who may be this one; released ones behind which a consent
    was withdrawn, until somebody has said what was done, of cases they may hear of; stories to take down; and lessons
    to agree to. In one statement, because Home has many."""
    rows = session.execute(_waiting(viewer)).all()
    to_take_down, to_agree = rows[0][0], rows[0][1]
    lines_of = [(row, owner, flags) for _, _, row, owner, flags in rows if row is not None]
    due = [row for row in lines_of if row[0].owner_id == viewer.id and row[0].status in UNPUBLISHED]
    signs = [row for row, _, _ in lines_of if row.status is OutputStatus.READY and row.ready_by_id != viewer.id]
    return OutputsWaiting(
        own=tuple(_line(viewer, row, owner, 0) for row, owner, _ in due),
        to_sign=len(signs) if viewer.is_lead else 0,
        withdrawn=tuple(
            _line(viewer, row, owner, many) for row, owner, many in lines_of if row.status is OutputStatus.RELEASED
        ),
        to_take_down=to_take_down,
        to_agree=to_agree,
    )


@kept
def _waiting(viewer: Viewer) -> Select[int, int, Output, str, int]:
    flagged, stories = _withdrawn(viewer), stories_to_take_down(viewer).subquery()
    own = and_(Output.owner_id == viewer.id, Output.status.in_(UNPUBLISHED))
    to_sign = and_(Output.status == OutputStatus.READY, Output.ready_by_id != viewer.id, works_on(viewer))
    gone = and_(Output.status == OutputStatus.RELEASED, flagged.c.many > 0, works_on(viewer))
    lines = _lines().add_columns(flagged.c.many).outerjoin(flagged, flagged.c.output_id == Output.id)
    found = lines.where(or_(own, to_sign, gone)).subquery()
    row_of, many = aliased(Output, found), found.c.many
    to_agree = select(func.count(Learning.id)).join(Case, Case.id == Learning.case_id).where(to_be_agreed(viewer))
    query = select(stories.c.many, to_agree.scalar_subquery(), row_of, found.c.name, many)
    return query.select_from(stories).outerjoin(found, true()).order_by(found.c.due_on, found.c.id)


def case_results(session: Session, viewer: Viewer, reference: str) -> CaseResults:
    """Refuses (NotFound) anybody who may not read the case in full."""
    case = read_case(session, viewer, reference)
    rests = select(Claim.output_id).join(ClaimBasis, ClaimBasis.claim_id == Claim.id)
    mine = rests.where(ClaimBasis.case_id == case.id, Claim.removed_at.is_(None))
    led = session.scalars(select(Output).where(Output.id.in_(mine)).order_by(Output.id.desc()))
    corrected = select(Entry.corrects_id).where(Entry.case_id == case.id, Entry.corrects_id.is_not(None))
    done = (Entry.case_id == case.id, Entry.kind == EntryKind.ADVOCACY, Entry.id.not_in(corrected))
    query = select(Entry, AdvocacyResult).outerjoin(AdvocacyResult, AdvocacyResult.entry_id == Entry.id)
    approaches = session.execute(query.where(*done).order_by(Entry.at.desc(), Entry.id.desc()).limit(MOST_LISTED))
    return CaseResults(
        tuple(LedTo(row.id, row.kind, row.title, row.status, row.sent_on, row.result) for row in led),
        tuple(_approach(entry, result) for entry, result in approaches),
    )


def _approach(entry: Entry, result: AdvocacyResult | None) -> Approach:
    return Approach(
        entry_id=entry.id,
        code=entry.code or "",
        on=clock.london_day(entry.at),
        text=entry.text,
        sent_on=result.sent_on if result else None,
        expected_on=result.expected_on if result else None,
        replied_on=result.replied_on if result else None,
        reply=result.reply if result else "",
        result=result.result if result else None,
        version=result.version if result else 0,
    )


def _withdrawn(viewer: Viewer) -> Subquery:
    """(output_id, many): sentences behind which a consent was withdrawn, that they may hear of."""
    return (
        select(Claim.output_id, func.count(Claim.id.distinct()).label("many"))
        .join(ClaimFlag, ClaimFlag.claim_id == Claim.id)
        .where(
            ClaimFlag.settled_at.is_(None),
            ClaimFlag.case_id.not_in(barred_cases(viewer.id, also_waiting=True)),
            Claim.removed_at.is_(None),
            may_hear(viewer),
        )
        .group_by(Claim.output_id)
        .subquery()
    )


def _lines() -> Select[Output, str]:
    query = select(Output, Volunteer.name).join(Volunteer, Volunteer.id == Output.owner_id)
    return query.order_by(Output.due_on, Output.id)


def _line(viewer: Viewer, row: Output, owner: str, marked: int) -> OutputLine:
    return OutputLine(
        id=row.id,
        kind=row.kind,
        title=row.title,
        to_whom=row.to_whom,
        status=row.status,
        owner=owner,
        is_mine=row.owner_id == viewer.id,
        due_on=row.due_on,
        released_at=row.released_at,
        sent_on=row.sent_on,
        result=row.result,
        marked=marked,
    )


def _read(viewer: Viewer, output_id: int) -> tuple[ColumnElement[bool], ...]:
    return Claim.output_id == output_id, Claim.removed_at.is_(None), may_hear(viewer)


def _marked(session: Session, viewer: Viewer, rows: Sequence[Output]) -> dict[int, int]:
    """{output: sentences that are marked}."""
    by_id = {row.id: row for row in rows}
    uses = {kind: use_for(session, kind) for kind in sorted({row.kind for row in rows})}
    said = (Claim.output_id.in_(list(by_id)), Claim.removed_at.is_(None), may_hear(viewer))
    claims = dict(session.execute(select(Claim.id, Claim.output_id).where(*said)).all())
    found = behind(session, {id: uses[by_id[of].kind] for id, of in claims.items()}, latest_numbers(session), viewer)
    marked: dict[int, int] = {}
    for id, of in claims.items():
        use, one = uses[by_id[of].kind], found[id]
        if one.withdrawn or (by_id[of].status in UNPUBLISHED and wrong(one, use)):
            marked[of] = marked.get(of, 0) + 1
    return marked


def _lessons_of(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    query = select(ClaimBasis.claim_id, Learning.id, Learning.text).join(
        Learning, Learning.id == ClaimBasis.learning_id
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for claim_id, id, text in session.execute(query.where(ClaimBasis.claim_id.in_(ids)).order_by(Learning.id)):
        found.setdefault(claim_id, []).append((id, text))
    return found


def _settled(session: Session, viewer: Viewer, output: Output) -> dict[int, tuple[Settled, ...]]:
    """{sentence: what was done since it was published}, the oldest first, of cases they may hear of. Several consents
    are settled at once with one answer."""
    if output.released_at is None:
        return {}
    rows = session.execute(
        select(ClaimFlag.claim_id, ClaimFlag.settled_how, Volunteer.name, ClaimFlag.settled_at)
        .distinct()
        .join(Claim, Claim.id == ClaimFlag.claim_id)
        .join(Volunteer, Volunteer.id == ClaimFlag.settled_by_id)
        .where(
            Claim.output_id == output.id,
            ClaimFlag.settled_at >= output.released_at,
            ClaimFlag.case_id.not_in(barred_cases(viewer.id, also_waiting=True)),
        )
        .order_by(ClaimFlag.settled_at)
    )
    found: dict[int, tuple[Settled, ...]] = {}
    for claim_id, how, by, at in rows:
        if how is not None and at is not None:
            found[claim_id] = (*found.get(claim_id, ()), Settled(how, by, at))
    return found


def _claim(
    viewer: Viewer,
    row: Claim,
    use: Use,
    found: Behind,
    lessons: list[tuple[int, str]],
    settled: tuple[Settled, ...],
) -> ClaimLine:
    return ClaimLine(
        id=row.id,
        text=row.text,
        version=row.version,
        learnings=tuple(id for id, _ in lessons),
        lessons=tuple(text for _, text in lessons),
        released=found.released,
        wrong=wrong(found, use),
        withdrawn=found.withdrawn > 0,
        settled=settled,
        exact=(found.doctors, found.agreed) if viewer.is_lead else None,
    )
