"""What a copy must show before it is relied on: nothing missing, an audit that holds, and somebody who can sign in."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, inspect, select, table
from sqlalchemy.orm import Session

from db.audit_chain import WAITING
from db.audit_check import check_audit
from db.choices import Role
from db.commands.accounts import start_session
from db.errors import CommandRefused
from db.key_check import look_through
from db.models import Case, Volunteer
from db.queries.session import person_of
from db.rules.words import many
from db.vault import Vault


@dataclass(frozen=True)
class Proof:
    """What a copy was found to hold."""

    tables: int
    cases: int
    accounts: int
    audit_rows: int
    signed_in: bool

    @property
    def text(self) -> str:
        signed_in = "a lead can sign in" if self.signed_in else "there is nobody yet who could sign in"
        return (
            f"{many(self.tables, 'table')}, {many(self.cases, 'case')}, {many(self.accounts, 'account')}; "
            f"{many(self.audit_rows, 'audit row is', 'audit rows are')} as written; {signed_in}."
        )


def counts(connection: Connection) -> dict[str, int]:
    """The rows of each table, whatever version made it. SQLite keeps its search index in tables of its own."""
    names = (name for name in inspect(connection).get_table_names() if not name.startswith("search_index"))
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in sorted(names)}


def refuse_missing(connection: Connection, expected: Mapping[str, int]) -> None:
    """Refuses a copy whose tables do not have the rows that were counted when it was made."""
    found = counts(connection)
    for name, rows in expected.items():
        if found.get(name) != rows:
            raise CommandRefused(f"The copy is not whole: {name} has {found.get(name, 0):,} of {rows:,} rows.")


def refuse_keys(connection: Connection, vault: Vault) -> None:
    """Refuses keys that the copy was not made with."""
    if words := look_through(connection).wrong(vault):
        raise CommandRefused(words.replace("this database", "this copy"))


def proved(connection: Connection, vault: Vault) -> Proof:
    """Of a copy at the newest schema. Refuses a broken audit, and leads of whom none can sign in."""
    with Session(connection, info={"vault": vault}, join_transaction_mode="create_savepoint") as session:
        checked = check_audit(session, vault)
        if checked.broken:
            raise CommandRefused(checked.broken)
        proof = Proof(
            tables=len(counts(connection)),
            cases=session.scalar(select(func.count()).select_from(Case)) or 0,
            accounts=session.scalar(select(func.count()).select_from(Volunteer)) or 0,
            audit_rows=checked.rows,
            signed_in=_can_sign_in(session),
        )
        session.info.pop(WAITING, None)
        session.rollback()
    return proof


def _can_sign_in(session: Session) -> bool:
    """Begins a session as each lead would who has a password, and asks who it is; False if there is no lead yet."""
    leads = select(Volunteer.id).where(Volunteer.active, Volunteer.role == Role.LEAD)
    asked = session.scalars(leads.where(Volunteer.password_hash.is_not(None))).all()
    for lead in asked:
        token = start_session(session, volunteer_id=lead, device="proof of a copy", days=1)
        session.flush()
        if person := person_of(session, token):
            return person.id == lead
    if asked:
        raise CommandRefused("In this copy no lead can sign in.")
    return False
