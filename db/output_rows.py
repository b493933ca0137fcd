"""Who works on an output, which of its sentences somebody may read, and what stands behind each; for commands and
queries alike.

Nobody reads a sentence that rests on a case they are barred from, or learns that there is one: what they see and may do
is the same without it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select, true
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_cases, own_cases
from db.choices import ConsentPurpose, Dimension
from db.errors import NotFound
from db.learning_access import stands
from db.models import Case, Claim, ClaimBasis, ClaimFlag, CodedTerm, Consent, Learning, Output, ReleaseTable
from db.release_rows import standing_releases
from db.rules.outputs import KINDS, Behind, Use, use_of
from db.rules.release_record import frozen_table

EVERY_PERIOD = "all"
NO_OUTPUT = "Not found. There is no such output."


@dataclass(frozen=True)
class Numbers:
    """Doctors by the code of a finding in the latest signed release: only those that it shows. Empty without one."""

    quarter: str = ""
    fingerprint: str = ""
    signed_at: datetime | None = None
    shown: Mapping[str, str] | None = None

    def of(self, finding: str) -> str | None:
        """None where it is withheld, low, or not in the release."""
        number = (self.shown or {}).get(finding, "")
        return number if number.isdecimal() else None


def works_on(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Output`: leads on all, a volunteer on their own."""
    if viewer.is_lead:
        return true()
    return Output.owner_id == viewer.id if viewer.sees_cases else false()


def read_output(session: Session, viewer: Viewer, output_id: int) -> Output:
    """One that this person works on; else `NotFound`."""
    row = session.scalar(select(Output).where(Output.id == output_id, works_on(viewer)))
    if row is None:
        raise NotFound(NO_OUTPUT)
    return row


def may_hear(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Claim`: each case that it rests on is one they may hear of."""
    matched = or_(Case.organisation_id.is_not(None), Case.id.in_(own_cases(viewer.id)))
    barred = Case.id.in_(barred_cases(viewer.id, also_waiting=True))
    not_theirs = barred if viewer.is_lead else or_(barred, not_(matched))
    return ~exists().where(ClaimBasis.claim_id == Claim.id, Case.id == ClaimBasis.case_id, not_theirs)


def use_for(session: Session, kind: str) -> Use:
    term = session.get(CodedTerm, (KINDS, kind))
    return use_of(term.extra if term else None)


def latest_numbers(session: Session) -> Numbers:
    signed = [row for row in standing_releases(session) if row.signed_at is not None]
    if not signed:
        return Numbers()
    last = signed[-1]
    one = and_(ReleaseTable.dimension == Dimension.BODY_KIND, ReleaseTable.period == EVERY_PERIOD)
    kept = session.scalar(select(ReleaseTable.frozen).where(ReleaseTable.release_id == last.id, one))
    if kept is None:
        return Numbers(last.quarter, last.fingerprint, last.signed_at)
    table = frozen_table(Dimension.BODY_KIND, EVERY_PERIOD, kept)
    shown = dict(zip(table.rows, table.row_totals, strict=True))
    return Numbers(last.quarter, last.fingerprint, last.signed_at, shown)


def behind(
    session: Session, uses: Mapping[int, Use], numbers: Numbers, viewer: Viewer | None = None
) -> dict[int, Behind]:
    """{claim: what stands behind it}, for claims with the use that their output makes of them. For a viewer, without
    the withdrawals on cases that they are barred from."""
    ids = list(uses)
    lessons: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
    findings: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(
        select(ClaimBasis.claim_id, ClaimBasis.case_id, ClaimBasis.finding, Case.doctor_id, stands())
        .outerjoin(Learning, Learning.id == ClaimBasis.learning_id)
        .outerjoin(Case, Case.id == ClaimBasis.case_id)
        .where(ClaimBasis.claim_id.in_(ids))
    )
    for claim_id, case_id, finding, doctor_id, is_good in rows:
        if finding is not None:
            findings[claim_id].append(finding)
        elif case_id is not None and doctor_id is not None:
            lessons[claim_id].append((case_id, doctor_id, bool(is_good)))
    agreed, flags = _agreed(session, ids), _flags(session, ids, viewer)
    return {
        id: _behind(lessons[id], use, agreed, {code: numbers.of(code) for code in findings[id]}, flags[id])
        for id, use in uses.items()
    }


def _behind(
    lessons: Sequence[tuple[int, int, bool]],
    use: Use,
    agreed: Collection[tuple[int, ConsentPurpose]],
    released: Mapping[str, str | None],
    withdrawn: int,
) -> Behind:
    good = [doctor for case, doctor, is_good in lessons if is_good and (case, use.purpose) in agreed]
    return Behind(
        doctors=len({doctor for _, doctor, _ in lessons}),
        agreed=len(set(good)),
        gone=len(lessons) - len(good),
        released=released,
        withdrawn=withdrawn,
    )


def _agreed(session: Session, ids: Sequence[int]) -> set[tuple[int, ConsentPurpose]]:
    """(case, purpose) of the live answers of the doctors behind these claims."""
    live = and_(Consent.given, Consent.withdrawn_at.is_(None))
    lasts = or_(Consent.expires_on.is_(None), Consent.expires_on >= clock.today())
    cases = select(ClaimBasis.case_id).where(ClaimBasis.claim_id.in_(ids))
    found = session.execute(select(Consent.case_id, Consent.purpose).where(live, lasts, Consent.case_id.in_(cases)))
    return {(case_id, purpose) for case_id, purpose in found}


def _flags(session: Session, ids: Sequence[int], viewer: Viewer | None) -> Counter[int]:
    count = select(ClaimFlag.claim_id, func.count()).where(ClaimFlag.claim_id.in_(ids), ClaimFlag.settled_at.is_(None))
    if viewer is not None:
        count = count.where(ClaimFlag.case_id.not_in(barred_cases(viewer.id, also_waiting=True)))
    return Counter(dict(session.execute(count.group_by(ClaimFlag.claim_id)).all()))
