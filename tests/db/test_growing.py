"""A record that is grown for the benchmark by copies of its cases."""

from contextlib import suppress

from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.orm import Session

from db.base import Base
from db.case_reference import is_reference
from db.choices import Stage
from db.errors import CommandRefused
from db.models import Action, Case
from tests.bench.growing import READ, grow
from tests.db.calls import Valid, commands, in_turn
from tests.factories import Casework, make_case

TIMES = 3


def test_each_copy_keeps_the_keys_of_its_case_and_the_next_case_is_none_of_them(
    casework: Casework, database_url: str
) -> None:
    for name, (who, fields) in in_turn(Valid(casework).calls()):
        with suppress(CommandRefused), casework.database.write() as session:
            commands()[name](session, actor_id=getattr(casework, who), **fields)
    with casework.database.write() as session:
        others = update(Case).where(Case.reference != casework.reference)
        session.execute(others.values(is_open=False, stage=Stage.CLOSED))
    with casework.database.read() as session:
        before, closed = {name: many(session, name) for name in READ}, many_closed(session)
    casework.database.engine.dispose()
    grow(database_url, TIMES)
    with casework.database.read() as session:
        after, references = {name: many(session, name) for name in READ}, session.scalars(select(Case.reference)).all()
        assert after["cases"] == TIMES * before["cases"]
        assert closed < many_closed(session)
        assert [name for name in READ if before[name] and after[name] <= before[name]] == []
        assert all(is_reference(each) for each in references)
        keys = [key for table in Base.metadata.sorted_tables for key in table.foreign_keys]
        assert [str(key) for key in keys if loose(session, key)] == []
        of_another = Case.next_action_id.not_in(select(Action.id).where(Action.case_id == Case.id))
        assert session.scalars(select(Case.reference).where(of_another)).all() == []
    with casework.database.write() as session:
        assert make_case(session, actor_id=casework.lead, body=casework.other_body) not in references


def many(session: Session, name: str) -> int:
    return session.scalars(select(func.count()).select_from(Base.metadata.tables[name])).one()


def many_closed(session: Session) -> int:
    return session.scalars(select(func.count()).where(~Case.is_open)).one()


def loose(session: Session, key: ForeignKey) -> bool:
    """Whether a row names another that is not there."""
    child, parent = key.parent, key.column.table.alias("named")
    named = parent.c[key.column.name]
    missing = select(child).outerjoin(parent, child == named).where(child.is_not(None), named.is_(None))
    return session.execute(missing.limit(1)).first() is not None
