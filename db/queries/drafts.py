"""Reading drafts."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_cases
from db.errors import CommandRefused
from db.models import Case, Draft
from db.rules.kept_values import Kept
from db.rules.limits import Limits
from db.vault import vault_of


@dataclass(frozen=True)
class KeptDraft:
    """What was typed and chosen, by field, and when it was last kept."""

    typed: dict[str, Kept]
    saved_at: datetime


def drafts_of(session: Session, viewer: Viewer, limits: Limits) -> dict[tuple[str, str], KeptDraft]:
    """The viewer's own drafts, by the case's reference (empty for none) and the form: those of cases they may still
    read, and that a key opens."""
    found = session.execute(
        select(Case.reference, Draft.form, Draft.sealed, Draft.saved_at)
        .select_from(Draft)
        .outerjoin(Case, Case.id == Draft.case_id)
        .where(
            Draft.volunteer_id == viewer.id,
            Draft.saved_at >= clock.now() - timedelta(days=limits.draft_days),
            or_(Draft.case_id.is_(None), full_cases(viewer)),
        )
    ).all()
    drafts = {}
    for reference, form, sealed, saved_at in found:
        try:
            drafts[reference or "", form] = KeptDraft(json.loads(vault_of(session).open_text(sealed)), saved_at)
        except CommandRefused:
            continue
    return drafts
