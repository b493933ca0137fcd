"""A PostgreSQL database used again is as it was, and one whose tables were changed is not used again."""

import psycopg
from sqlalchemy.engine import make_url

from tests.postgres import postgres_url


def prepare(url: str) -> None:
    run(url, "CREATE TABLE things (id serial PRIMARY KEY, name text)", "INSERT INTO things (name) VALUES ('one')")


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            answer = connection.execute(statement.encode())
        return answer.fetchall() if answer.description else []


def test_rows_and_numbers_come_back_and_a_changed_table_ends_its_database() -> None:
    with postgres_url(prepare=prepare) as first:
        run(first, "INSERT INTO things (name) VALUES ('two')", "UPDATE things SET name = 'changed' WHERE id = 1")
        left_open = psycopg.connect(make_url(first).set(drivername="postgresql").render_as_string(hide_password=False))
        left_open.execute("UPDATE things SET name = 'held'")
    with postgres_url(prepare=prepare) as second, postgres_url(prepare=prepare) as third:
        assert second == first != third
        assert run(second, "SELECT * FROM things") == [(1, "one")]
        assert run(second, "INSERT INTO things (name) VALUES ('two') RETURNING id") == [(2,)]
        run(third, "ALTER TABLE things DISABLE TRIGGER ALL")
    with postgres_url(prepare=prepare) as fourth:
        assert fourth == second
        assert run(fourth, "SELECT name FROM things") == [("one",)]
        with postgres_url(prepare=prepare) as fifth:
            assert fifth not in (second, third)
    left_open.close()
