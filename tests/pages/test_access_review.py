"""The access review page: leads see who looked at what, and what of it is unusual."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select
from streamlit.testing.v1 import AppTest

from db import clock
from db.choices import AuditAction
from db.commands.access_log import log_access
from db.commands.identity import open_identity
from db.models import AccessLog, Case
from tests.factories import Casework
from tests.pages.helpers import field, press, rows_of, seen

Run = Callable[..., AppTest]


@pytest.fixture
def looked_at(app_casework: Casework) -> Casework:
    work = app_casework
    with work.database.log() as session:
        log_access(session, actor_id=work.on_case, action=AuditAction.VIEW, reference=work.reference)
        open_identity(session, actor_id=work.on_case, reference=work.reference, reason="To call back")
        case = session.scalar(select(Case.id))
        row = {"at": clock.now(), "actor_id": work.off_case, "action": AuditAction.VIEW, "case_id": case}
        session.execute(insert(AccessLog), [row])
    return work


WHY = "Unusual, and reason given"


def test_everybody_who_looked_is_listed_the_unusual_first(looked_at: Casework, app_as: Run) -> None:
    app = app_as(looked_at.lead, "access")
    assert not app.exception
    uma, vik = rows_of(app, "lnb.people_list")
    assert (uma["name"], uma["badges"]) == ("Uma", [["Volunteer", "gray"], ["Not on the case: 1", "orange"]])
    assert (vik["name"], vik["badges"], vik["facts"]) == ("Vik", [["Volunteer", "gray"]], ["1 case", "1 identity"])
    assert "**2** people looked at something, **1** of them" in seen(app)


def test_choosing_a_person_shows_each_look(looked_at: Casework, app_as: Run) -> None:
    app = app_as(looked_at.lead, "access")
    field(app, "Person").set_value(looked_at.on_case).run()
    lines = app.table[0].value
    assert list(lines["What"]) == [f"{what} {looked_at.reference}" for what in ("Identity opened", "Viewed")]
    assert list(lines[WHY]) == ["To call back", ""]
    app.toggle[0].set_value(True).run()
    assert "Nothing unusual in this period." in seen(app)
    field(app, "Person").set_value(looked_at.off_case).run()
    assert list(app.table[0].value[WHY]) == ["Not on the case"]


def test_lines_come_a_page_at_a_time(looked_at: Casework, app_as: Run) -> None:
    with looked_at.database.log() as session:
        row = {"at": clock.now(), "actor_id": looked_at.observer, "action": AuditAction.SEARCH}
        session.execute(insert(AccessLog), [row] * 60)
    app = app_as(looked_at.lead, "access")
    field(app, "Person").set_value(looked_at.observer).run()
    assert len(app.table[0].value) == 50
    press(app, "Show more")
    assert len(app.table[0].value) == 60


def test_a_barred_lead_sees_nothing_of_the_case(looked_at: Casework, app_as: Run) -> None:
    app = app_as(looked_at.in_conflict, "access")
    assert "Nobody looked at anything in this period" in seen(app)
    assert looked_at.reference not in seen(app)


def test_what_is_pointed_at_is_said_with_its_numbers(looked_at: Casework, app_as: Run) -> None:
    said = seen(app_as(looked_at.lead, "access"))
    assert "over 20 cases viewed, or over 5 identities opened" in said
