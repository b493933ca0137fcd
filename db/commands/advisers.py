"""Who advises the doctor: a third person, sealed with the identity and shown only with it."""

from sqlalchemy.orm import Session

from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.identity import keep_beside
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.rules.limits import NAME_LENGTH


@command(says="recorded who advises the doctor", patterns=Patterns.NEVER, moves_access=False)
def keep_adviser(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    adviser_name: str,
    adviser_organisation: str,
    adviser_reference: str,
    adviser_contact: str,
) -> None:
    """Seals, with the doctor's identity, who advises them: name, organisation, its reference, and how to reach it. It
    is shown only with the identity, which takes a reason and is logged. Replaces what was there, of which nothing is
    left. Whether it is paid for is a fact of the case (`FactKind.INDEMNITY`).

    Refuses: not found, neither a name nor an organisation, a text that is too long.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)

    def said(value: str, field: str, words: str) -> str:
        return clean_text(value, field=field, label=words, required=False, most=NAME_LENGTH)

    name = said(adviser_name, "adviser_name", "Name")
    organisation = said(adviser_organisation, "adviser_organisation", "Organisation")
    if not (name or organisation):
        raise CommandRefused("Name: fill in a name or an organisation.", field="adviser_name")
    keep_beside(
        session,
        case,
        adviser_name=name,
        adviser_organisation=organisation,
        adviser_reference=said(adviser_reference, "adviser_reference", "Their reference"),
        adviser_contact=said(adviser_contact, "adviser_contact", "Contact"),
    )
    touch(case, viewer)
    add_line(session, viewer, case, EntryKind.SYSTEM, "Adviser recorded, with the doctor’s identity.")
    audit(session, viewer, "keep_adviser", case=case)
    refresh_card(session, case.id)


@command(says="removed who advises the doctor", patterns=Patterns.NEVER, moves_access=False)
def forget_adviser(session: Session, *, actor_id: int, reference: str) -> None:
    """Removes the adviser, of whom nothing is left. Refuses: not found."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    keep_beside(session, case, adviser_name="", adviser_organisation="", adviser_reference="", adviser_contact="")
    touch(case, viewer)
    add_line(session, viewer, case, EntryKind.SYSTEM, "Adviser removed.")
    audit(session, viewer, "forget_adviser", case=case)
    refresh_card(session, case.id)
