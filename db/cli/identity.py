"""`rotate-identity`: encrypts identities and authenticators' secrets with a new first key."""

import click
from cryptography.fernet import InvalidToken
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session
from tqdm import tqdm

from db.cli.record import on_record
from db.commands.record import audit, vault_of
from db.engine import Database
from db.errors import CommandRefused
from db.key_check import renew_check
from db.models import CaseIdentity, Draft, Enquiry, SecondFactor
from db.rules.words import many

BATCH = 1_000


@click.command()
@on_record
def rotate_identity(database: Database) -> None:
    """Encrypt every identity with the first identity key.

    Put the new key first in IDENTITY_KEYS (or the file identity.keys), before the old one. Restart every server, so
    that all have both. Run this while they are running. Then remove the old key. You can run it again. Keep the old key
    as long as any backup that was made with it.
    """
    click.echo(f"{many(rotate(database), 'identity', 'identities')} encrypted with the first key.")


def rotate(database: Database) -> int:
    """Seals every identity with the vault's first key, in batches so that nobody has to wait; returns how many."""
    with database.read() as session:
        total = session.scalar(select(func.count()).select_from(CaseIdentity)) or 0
    done, last = 0, 0
    with tqdm(total=total, desc="Identities", unit="case", disable=None) as bar:
        while True:
            with database.log() as session:
                rows = _reseal(session, last)
            if not rows:
                break
            done, last = done + len(rows), rows[-1]
            bar.update(len(rows))
    with database.log() as session:
        _reseal_factors(session)
        _reseal_drafts(session)
        _reseal_enquiries(session)
        # Last, so that a rotation that was stopped still wants the older key.
        renew_check(session, vault_of(session))
        audit(session, None, "rotate_identity", identities=done)
    return done


def _reseal(session: Session, after: int) -> list[int]:
    """Seals one batch in one transaction; returns its ids."""
    columns = (CaseIdentity.case_id, CaseIdentity.sealed, CaseIdentity.characteristics)
    query = select(*columns).where(CaseIdentity.case_id > after)
    # Locked, so that nothing a server seals meanwhile is overwritten.
    query = query.order_by(CaseIdentity.case_id).limit(BATCH).with_for_update(key_share=True)
    rows = session.execute(query).all()
    sealed = [
        {
            "case": row.case_id,
            "again": _again(session, row.sealed),
            "apart": _again(session, row.characteristics) if row.characteristics else None,
        }
        for row in rows
    ]
    if sealed:
        where = CaseIdentity.__table__.c.case_id == bindparam("case")
        change = update(CaseIdentity).where(where).values(sealed=bindparam("again"), characteristics=bindparam("apart"))
        session.connection().execute(change, sealed)
    return [row.case_id for row in rows]


def _reseal_enquiries(session: Session) -> None:
    for enquiry in session.scalars(select(Enquiry).with_for_update()):
        enquiry.sealed = _again(session, enquiry.sealed)


def _reseal_factors(session: Session) -> None:
    """In one batch, as there are only as many as accounts."""
    for factor in session.scalars(select(SecondFactor)):
        factor.secret = _again(session, factor.secret) if factor.secret else None
        factor.pending = _again(session, factor.pending) if factor.pending else None


def _reseal_drafts(session: Session) -> None:
    """In one batch, as there are few. Drafts that no key opens are deleted."""
    for draft in session.scalars(select(Draft).with_for_update()).all():
        try:
            draft.sealed = vault_of(session).reseal(draft.sealed)
        except InvalidToken:
            session.delete(draft)


def _again(session: Session, sealed: bytes) -> bytes:
    try:
        return vault_of(session).reseal(sealed)
    except InvalidToken:
        raise CommandRefused(
            "An identity is encrypted with a key that was not given. Add the older key after the new one, then run "
            "this again. Identities encrypted so far can still be opened."
        ) from None
