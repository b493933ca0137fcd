"""What was learned: on a case, and across cases by theme."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, full_among, read_case, require_lead
from db.choices import ConsentPurpose, Dimension
from db.coding_access import blind_cases
from db.consented import running
from db.learning_access import may_read, stands, to_be_agreed
from db.models import Case, Consent, Learning, Volunteer
from db.queries.release_counts import ALL
from db.queries.releases import frozen_one, signed_releases

PAGE = 10
# What a doctor may have agreed to that learning could be used for.
PURPOSES = (ConsentPurpose.LEARNING, ConsentPurpose.COUNTS, ConsentPurpose.DIGEST, ConsentPurpose.MEDIA)


@dataclass(frozen=True)
class Learned:
    """`reference` only for whoever may read the case in full, and so who wrote it and who agreed. `is_shared`: it is
    agreed, not withdrawn, and the doctor agrees to learning today. `returned_why` is what a second person asked to be
    changed. `is_mine`: the reader wrote it as it stands."""

    id: int
    reference: str | None
    theme: str
    text: str
    findings: tuple[str, ...]
    processes: tuple[str, ...]
    is_shared: bool
    is_mine: bool
    by: str | None
    at: datetime | None
    returned_why: str | None
    agreed_by: str | None
    agreed_at: datetime | None
    withdrawn_why: str | None
    version: int

    @property
    def waits(self) -> bool:
        """For a second person."""
        return self.agreed_at is None and self.withdrawn_why is None and self.reference is not None


@dataclass(frozen=True)
class LearnedPage:
    lines: tuple[Learned, ...]
    pages: int


@dataclass(frozen=True)
class ThemeExact:
    """For leads: exact numbers of what they may see. `doctors` are distinct; `consents` is how many of them agree to
    each of PURPOSES today; `findings` counts doctors by the code of a finding."""

    theme: str
    learnings: int
    doctors: int
    consents: dict[ConsentPurpose, int]
    findings: dict[str, int]


@dataclass(frozen=True)
class ReleasedFindings:
    """Doctors by the code of a finding, as released: strings, the same for everybody."""

    quarter: str
    signed_on: date
    doctors: dict[str, str]


def case_learnings(session: Session, viewer: Viewer, reference: str) -> tuple[Learned, ...]:
    """Those of a case, the newest first, withdrawn ones last. Refuses (NotFound) anybody who may not read the case in
    full."""
    case = read_case(session, viewer, reference)
    query = _learned(viewer).where(Learning.case_id == case.id)
    rows = session.execute(query.order_by(Learning.withdrawn_at.is_not(None), Learning.id.desc())).all()
    blind = _blind(session, viewer)
    return tuple(_line(viewer, *row, full=True, blind=blind) for row in rows)


def learnings_to_agree(session: Session, viewer: Viewer) -> tuple[Learned, ...]:
    """Those that wait for a second person and may be agreed to by this one, the oldest first."""
    rows = session.execute(_learned(viewer).where(to_be_agreed(viewer)).order_by(Learning.at, Learning.id)).all()
    blind = _blind(session, viewer)
    return tuple(_line(viewer, *row, full=True, blind=blind) for row in rows)


def learnings(session: Session, viewer: Viewer, theme: str, page: int) -> LearnedPage:
    """Those of a theme, all themes if it is empty, that are shared and that this person may read: the newest first,
    PAGE a page."""
    shown = _shared(viewer, theme)
    total = (
        session.scalar(select(func.count()).select_from(Learning).join(Case, Case.id == Learning.case_id).where(*shown))
        or 0
    )
    pages = max(1, -(-total // PAGE))
    at = min(max(1, page), pages)
    query = _learned(viewer).where(*shown).order_by(Learning.agreed_at.desc(), Learning.id.desc())
    rows = session.execute(query.limit(PAGE).offset((at - 1) * PAGE)).all()
    full = full_among(session, viewer, [row[0].case_id for row in rows])
    blind = _blind(session, viewer)
    lines = (_line(viewer, *row, full=row[0].case_id in full, blind=blind) for row in rows)
    return LearnedPage(tuple(lines), pages)


def themes_exact(session: Session, viewer: Viewer) -> tuple[ThemeExact, ...]:
    """Themes with shared learnings, by their code. Refuses (NotAllowed) anybody but leads."""
    require_lead(viewer)
    shown = select(Learning.theme, Learning.findings, Learning.case_id, Case.doctor_id).join(Case)
    rows = session.execute(shown.where(*_shared(viewer, "")).order_by(Learning.theme)).all()
    agreed = {purpose: _agreed(session, purpose) for purpose in PURPOSES}
    found = []
    for theme in dict.fromkeys(row.theme for row in rows):
        own = [row for row in rows if row.theme == theme]
        coded = Counter(code for _, code in {(row.doctor_id, code) for row in own for code in row.findings.split()})
        consents = {
            purpose: len({row.doctor_id for row in own if row.case_id in yes}) for purpose, yes in agreed.items()
        }
        found.append(ThemeExact(theme, len(own), len({row.doctor_id for row in own}), consents, dict(coded)))
    return tuple(found)


def released_findings(session: Session, viewer: Viewer) -> ReleasedFindings | None:
    """From the latest signed release, of all time; None if there is none yet."""
    signed = signed_releases(session, viewer)
    if not signed:
        return None
    table = frozen_one(session, viewer, signed[0].quarter, Dimension.BODY_KIND, ALL)
    return ReleasedFindings(
        signed[0].quarter, signed[0].signed_on, dict(zip(table.rows, table.row_totals, strict=True))
    )


def _shared(viewer: Viewer, theme: str) -> tuple[ColumnElement[bool], ...]:
    return (may_read(viewer), stands(), *([Learning.theme == theme] if theme else []))


def _learned(viewer: Viewer) -> Select[Learning, str, str, str | None, bool]:
    """Only of cases that this person may read anything of."""
    second = aliased(Volunteer)
    return (
        select(Learning, Case.reference, Volunteer.name, second.name, stands())
        .select_from(Learning)
        .join(Case, Case.id == Learning.case_id)
        .join(Volunteer, Volunteer.id == Learning.by_id)
        .outerjoin(second, second.id == Learning.agreed_by_id)
        .where(may_read(viewer))
    )


def _blind(session: Session, viewer: Viewer) -> set[int]:
    """Cases that this person codes without sight of what was found."""
    return set(session.scalars(blind_cases(viewer)))


def _line(
    viewer: Viewer,
    row: Learning,
    reference: str,
    by: str,
    second: str | None,
    shared: bool,
    *,
    full: bool,
    blind: set[int],
) -> Learned:
    return Learned(
        id=row.id,
        reference=reference if full else None,
        theme=row.theme,
        text=row.text,
        findings=() if row.case_id in blind else tuple(row.findings.split()),
        processes=tuple(row.processes.split()),
        is_shared=shared,
        is_mine=row.by_id == viewer.id,
        by=by if full else None,
        at=row.at if full else None,
        returned_why=row.returned_why if full else None,
        agreed_by=second if full else None,
        agreed_at=row.agreed_at,
        withdrawn_why=row.withdrawn_why if full else None,
        version=row.version,
    )


def _agreed(session: Session, purpose: ConsentPurpose) -> set[int]:
    """Cases with learning whose doctor agrees to this today."""
    return set(session.scalars(running(purpose).where(Consent.case_id.in_(select(Learning.case_id)))))
