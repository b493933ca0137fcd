"""By `snapshot` most tests see that nothing was left behind: here, that it would see what was."""

from sqlalchemy import text

from db.commands.update_status import update_status
from tests.db.helpers import plain_update, run, snapshot
from tests.factories import Casework


def test_a_command_is_seen_in_it_and_one_that_was_rolled_back_is_not(casework: Casework) -> None:
    before = snapshot(casework.database)
    run(casework, update_status, **plain_update(casework, what_changed="The hearing was put off."))
    after = snapshot(casework.database)
    assert {"entries", "actions", "audit", "cases"} <= {name for name in after if after[name] != before[name]}
    with casework.database.engine.connect() as connection, connection.begin() as undone:
        connection.execute(text("UPDATE entries SET text = 'Something else'"))
        undone.rollback()
    assert snapshot(casework.database) == after


def test_one_changed_word_is_seen(casework: Casework) -> None:
    before = snapshot(casework.database)
    with casework.database.engine.begin() as connection:
        connection.execute(text("UPDATE cases SET summary = summary || '.'"))
    assert snapshot(casework.database) != before
