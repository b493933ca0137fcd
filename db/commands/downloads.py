"""Files: asked for on purpose, fetched once by the session that asked, and kept nowhere."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import AuditAction, DownloadKind
from db.commands.record import audit
from db.declared import Patterns, change, command, label
from db.downloads import About, may_download
from db.errors import CommandRefused, NotFound
from db.models import AccessLog, Download, SignInSession
from db.sign_in import token_hash

LASTS = timedelta(minutes=2)
SIGN_IN_AGAIN = "Sign in again, then ask for the file once more."


@dataclass(frozen=True)
class Asked:
    """What opens the file, which cannot be told again, and until when."""

    token: str
    until: datetime


@dataclass(frozen=True)
class Fetched:
    """What was asked for."""

    kind: DownloadKind
    about: About


def _says(what: str, details: Mapping[str, object]) -> str:
    return f"{what}: {label(DownloadKind, details.get('kind'), 'of an earlier version')}"


change("fetch_download", says=lambda details: _says("downloaded a file", details), moves_access=False)


@command(says=lambda details: _says("asked for a file", details), patterns=Patterns.NEVER, moves_access=False)
def ask_download(
    session: Session, *, actor_id: int, session_id: int, kind: DownloadKind, about: dict[str, str]
) -> Asked:
    """Asks for a file, which this sign-in session may fetch once within LASTS. Nothing is made yet.

    Refuses as NotFound what this person may not download; and a session that is over or somebody else's.
    """
    viewer, moment = viewer_of(session, actor_id), clock.now()
    may_download(session, viewer, kind, about)
    own = select(SignInSession.id).where(
        SignInSession.id == session_id,
        SignInSession.volunteer_id == viewer.id,
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > moment,
    )
    if session.scalar(own) is None:
        raise CommandRefused(SIGN_IN_AGAIN)
    session.execute(delete(Download).where(Download.expires_at <= moment))
    asked = Asked(secrets.token_urlsafe(32), moment + LASTS)
    session.add(
        Download(
            token_hash=token_hash(asked.token),
            volunteer_id=viewer.id,
            session_id=session_id,
            kind=kind.value,
            about=about,
            made_at=moment,
            expires_at=asked.until,
        )
    )
    audit(session, viewer, "ask_download", kind=kind.value, about=about)
    return asked


def fetch_download(session: Session, *, actor_id: int, session_id: int, token: str) -> Fetched | None:
    """Uses up what this session asked for, and logs it. None for any other token, for one that is used or too old, and
    for what this person may no longer download; that is used up too."""
    mine = (
        Download.token_hash == token_hash(token),
        Download.volunteer_id == actor_id,
        Download.session_id == session_id,
        Download.expires_at > clock.now(),
    )
    # Deleted, not marked: of two requests at once, one finds nothing.
    row = session.execute(delete(Download).where(*mine).returning(Download.kind, Download.about)).one_or_none()
    if row is None or row.kind not in list(DownloadKind):
        return None
    kind, about = DownloadKind(row.kind), About(row.about)
    try:
        viewer = viewer_of(session, actor_id)
        may_download(session, viewer, kind, about)
    except NotFound:
        return None
    audit(session, viewer, "fetch_download", kind=kind.value, about=about)
    session.add(AccessLog(at=clock.now(), actor_id=viewer.id, action=AuditAction.DOWNLOAD, reason=kind.label))
    return Fetched(kind, about)
