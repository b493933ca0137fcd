"""Links to documents kept elsewhere: added with a description, withdrawn with a reason. Nothing is uploaded."""

import re
from datetime import date
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.personal_data import find
from db.commands.record import add_line, audit, clean_text, process_on, touch
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Document
from db.rules.personal_data import said
from db.rules.timeline_lines import WITHDRAWN, document_added

MOST_LINK, MOST_DESCRIPTION = 2_000, 200


@command(says="added a link to a document", patterns=Patterns.NEVER, moves_access=False)
def add_document(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    description: str,
    link: str,
    checked: bool,
    dated_on: date | None = None,
    case_process_id: int | None = None,
) -> None:
    """Adds a link to a document. On the timeline it counts as casework.

    Refuses: not found, an address that is not https or includes a password or personal data, a document nobody has
    checked for patient details, a day in the future, a process of another case.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = clean_text(description, field="description", label="What it is", most=MOST_DESCRIPTION)
    address = _address(clean_text(link, field="link", label="Link", most=MOST_LINK))
    if found := find(session, viewer, _as_words(address)):
        raise CommandRefused(
            f"Link: the address looks like it includes {said(found[0].kind)}. Rename the file where it is kept.",
            field="link",
        )
    if not checked:
        raise CommandRefused("Check the document first: patient details must be redacted.", field="checked")
    if dated_on is not None and dated_on > clock.today():
        raise CommandRefused("Date on it: choose today or an earlier day.", field="dated_on")
    if case_process_id is not None:
        process_on(session, case, case_process_id)
    session.add(
        Document(
            case_id=case.id,
            case_process_id=case_process_id,
            description=words,
            link=address,
            dated_on=dated_on,
            added_by_id=viewer.id,
            added_at=clock.now(),
        )
    )
    add_line(session, viewer, case, EntryKind.DOCUMENT, document_added(words))
    touch(case, viewer)
    audit(session, viewer, "add_document", case=case)
    refresh_card(session, case.id)


@command(says="withdrew a document", patterns=Patterns.NEVER, moves_access=False)
def withdraw_document(session: Session, *, actor_id: int, reference: str, document_id: int, reason: str) -> None:
    """Withdraws a link; its description and the reason stay. Refuses: not found, already withdrawn, no reason."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = session.get(Document, document_id)
    if row is None or row.case_id != case.id or row.withdrawn_at is not None:
        raise CommandRefused("That document has already been withdrawn, or is not on this case.", field="document_id")
    row.withdrawn_why = clean_text(reason, field="reason", label="Why", most=300)
    row.withdrawn_at, row.withdrawn_by_id = clock.now(), viewer.id
    # The address itself may include what should go.
    row.link = "https://"
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{WITHDRAWN}{row.description}.")
    touch(case, viewer)
    audit(session, viewer, "withdraw_document", case=case, document_id=row.id)
    refresh_card(session, case.id)


def _as_words(address: str) -> str:
    """The address as words to read."""
    return re.sub(r"[/?&=#+_]+", " ", unquote(address)).replace("-", " ")


def _address(link: str) -> str:
    """The address, if it is https, has a host and includes no name or password."""
    try:
        parts = urlsplit(link)
        plain = parts.scheme == "https" and bool(parts.hostname) and not any(c.isspace() for c in link)
    except ValueError:
        plain = False
    if not plain:
        raise CommandRefused("Link: enter an address that starts with https://", field="link")
    if parts.username or parts.password:
        raise CommandRefused("Link: remove the name or password from this address.", field="link")
    return link
