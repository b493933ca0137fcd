"""Correcting who the doctor is and how to reach them: the old values are nowhere afterwards, not even sealed."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, read_case, viewer_of
from db.base import LEAVES_NOTHING
from db.card import refresh_card
from db.case_said import identity_edition
from db.choices import PartyRole
from db.commands.corrections import clean_reason, note_corrections, said
from db.commands.identity import seal_identity, told_identity
from db.commands.personal_data import IDENTITY, find
from db.commands.record import stale
from db.commands.same_doctor import follow_identity
from db.commands.wall import add_party, end_barred_access, keeps_a_lead
from db.declared import Password, Patterns, command
from db.errors import CommandRefused
from db.models import Case, CaseIdentity, Correction
from db.rules.corrections import OF_IDENTITY, Corrected
from db.rules.own_words import OwnWords
from db.rules.personal_data import redacted
from db.vault import Identity, vault_of


@command(says=said, patterns=Patterns.ALWAYS, password=Password.AGAIN)
def correct_identity(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    seen_edition: int,
    fields: Sequence[str],
    identity: Identity,
    reason: str,
) -> None:
    """Corrects the identity's `fields`, for whoever may open it. History and timeline say which, never what. Names and
    contacts in the reason are redacted. `seen_edition` is how often it had been corrected when the form was drawn.

    A corrected name bars its bearers from the case at once. The earlier name stays in the conflict check, from which
    two leads can remove it; answers on “Same doctor?” that rest on it are undone, and leads are told of cases that now
    look like this one's. A refusal never tells whether a value was right already.

    Refuses: not found, Stale (somebody corrected it), no field, an empty or too long value, no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    chosen = [what for what in OF_IDENTITY if what.value in set(fields)]
    if not chosen or {what.value for what in chosen} != set(fields):
        raise CommandRefused("What to correct: choose from the list.", field="fields")
    _check_edition(session, case, seen_edition)
    row = session.get_one(CaseIdentity, case.id)
    old = vault_of(session).open(row.sealed)
    put_right = told_identity(replace(old, **{what.value: getattr(identity, what.value) for what in chosen}))
    new = replace(old, **{what.value: getattr(put_right, what.value) for what in OF_IDENTITY})
    why = _without_identity(session, viewer, clean_reason(reason), old, new)
    note_corrections(session, viewer, case, "correct_identity", dict.fromkeys(chosen), reason=why)
    session.info[LEAVES_NOTHING] = True
    seal_identity(session, row, new)
    session.flush()
    if Corrected.NAME in chosen:
        with keeps_a_lead(session, [case.id]):
            add_party(session, case, PartyRole.DOCTOR, new.name)
            end_barred_access(session, viewer, case_ids=[case.id])
    if Corrected.NAME in chosen or Corrected.CONTACT in chosen:
        follow_identity(session, viewer, case, renamed=Corrected.NAME in chosen)
    refresh_card(session, case.id)


def _check_edition(session: Session, case: Case, seen: int) -> None:
    if identity_edition(session, case) != seen:
        of_identity = (Correction.case_id == case.id, Correction.what.in_(OF_IDENTITY))
        last = session.scalars(select(Correction).where(*of_identity).order_by(Correction.id.desc())).first()
        raise stale(session, last.by_id if last else None, last.at if last else case.updated_at)


def _without_identity(session: Session, viewer: Viewer, reason: str, old: Identity, new: Identity) -> str:
    names = [old.name, new.name]
    contacts = [asdict(identity)[field] for identity in (old, new) for field in IDENTITY]
    return redacted(reason, find(session, viewer, reason, OwnWords(names, contacts, [])))
