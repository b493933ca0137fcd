import sqlite3
from contextlib import closing

from sqlalchemy import func, select
from sqlalchemy.dialects import sqlite

from db.id_lists import among
from db.models import Case
from tests.factories import Casework


def test_a_list_of_ids_finds_those_and_no_others(casework: Casework) -> None:
    asked = select(Case.reference).where(among(Case.id, "ids"))
    with casework.database.read() as session:
        every = dict(session.execute(select(Case.id, Case.reference)).tuples().all())
        for ids in ([], list(every)[:1], [*every, 10**6], tuple(every)):
            found = set(session.scalars(asked, {"ids": ids}))
            assert found == {every[id] for id in ids if id in every}
        assert session.scalar(select(func.count()).where(~among(Case.id, "ids")), {"ids": list(every)[:1]}) == (
            len(every) - 1
        )


def test_two_lists_of_one_statement_are_told_apart(casework: Casework) -> None:
    with casework.database.read() as session:
        first, *rest = session.scalars(select(Case.id).order_by(Case.id)).all()
        both = select(Case.id).where(among(Case.id, "some"), among(Case.id, "others"))
        assert session.scalars(both, {"some": [first, *rest], "others": [first]}).all() == [first]
        assert session.scalars(both, {"some": rest, "others": [first]}).all() == []


def test_sqlite_looks_each_of_them_up_and_does_not_read_every_row() -> None:
    asked = str(select(Case.id).where(among(Case.id, "ids")).compile(dialect=sqlite.dialect()))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE cases (id INTEGER PRIMARY KEY)")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {asked}", ("[1, 2]",)).fetchall()
    assert any(row[3].startswith("SEARCH cases") for row in plan)
    assert not any(row[3].startswith("SCAN cases") for row in plan)
