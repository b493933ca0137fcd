"""`rotate-identity`: after a new key was put first, encrypts identities and authenticators' secrets with it."""

import click
from cryptography.fernet import InvalidToken
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session
from tqdm import tqdm

from db.cli.record import on_record
from db.commands.record import audit, vault_of
from db.engine import Database
from db.errors import CommandRefused
from db.models import CaseIdentity, Draft, SecondFactor

BATCH = 1_000


@click.command()
@on_record
def rotate_identity(database: Database) -> None:
    """Encrypt every identity with the first identity key.

    Put the new key first in IDENTITY_KEYS (or the file identity.keys) and keep the old one after it; restart every
    server, so that all know both; run this, while they serve; then take the old key away. It may be run again. Keep
    the old key as long as any backup made with it.
    """
    click.echo(f"{rotate(database):,} identities encrypted with the first key.")


def rotate(database: Database) -> int:
    """Seals every identity with the vault's first key, some at a time, so that nobody waits; returns how many."""
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
        audit(session, None, "rotate_identity", identities=done)
    return done


def _reseal(session: Session, after: int) -> list[int]:
    """One batch in one transaction; returns the ids."""
    query = select(CaseIdentity.case_id, CaseIdentity.sealed).where(CaseIdentity.case_id > after)
    # Locked: what a server seals anew meanwhile must not be overwritten with what was there before.
    query = query.order_by(CaseIdentity.case_id).limit(BATCH).with_for_update(key_share=True)
    rows = session.execute(query).all()
    sealed = [{"case": row.case_id, "again": _again(session, row.sealed)} for row in rows]
    if sealed:
        where = CaseIdentity.__table__.c.case_id == bindparam("case")
        change = update(CaseIdentity).where(where).values(sealed=bindparam("again"))
        session.connection().execute(change, sealed)
    return [row.case_id for row in rows]


def _reseal_factors(session: Session) -> None:
    """There are as many as leads and volunteers: one batch."""
    for factor in session.scalars(select(SecondFactor)):
        factor.secret = _again(session, factor.secret) if factor.secret else None
        factor.pending = _again(session, factor.pending) if factor.pending else None


def _reseal_drafts(session: Session) -> None:
    """What is typed and not saved, of the last few days: one batch. What no key opens is nobody's any more."""
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
            "An identity is encrypted with a key that is not among those given: add the older key after the new "
            "one, then run this again. What was encrypted so far stays readable."
        ) from None
