"""Reading a draft."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_cases
from db.errors import CommandRefused
from db.models import Case, Draft
from db.rules.limits import Limits
from db.vault import vault_of


@dataclass(frozen=True)
class KeptDraft:
    """The words by field, and when they were last kept."""

    typed: dict[str, str]
    saved_at: datetime


def draft_of(session: Session, viewer: Viewer, reference: str, form: str, limits: Limits) -> KeptDraft | None:
    """The viewer's own draft on a case they may still read; None if there is none or no key opens it."""
    row = session.execute(
        select(Draft.sealed, Draft.saved_at)
        .join(Case, Case.id == Draft.case_id)
        .where(
            Draft.volunteer_id == viewer.id,
            Draft.form == form,
            Draft.saved_at >= clock.now() - timedelta(days=limits.draft_days),
            Case.reference == reference,
            Case.is_open,
            full_cases(viewer),
        )
    ).one_or_none()
    if row is None:
        return None
    try:
        return KeptDraft(json.loads(vault_of(session).open_text(row.sealed)), row.saved_at)
    except CommandRefused:
        return None
