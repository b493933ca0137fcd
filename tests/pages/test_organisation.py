"""The page of an organisation: what a lead reads there, and that nobody else gets anything but "not found"."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db import clock
from db.choices import AuditAction, DeadlineKind, Evidence, Whose
from db.commands.facts import record_fact
from db.commands.findings import add_finding
from db.models import AccessLog, Case, Deadline, Organisation
from db.rules.facts import FactKind, SaidFact
from tests.db.helpers import run
from tests.factories import Casework, make_body, make_case
from tests.pages.helpers import open_folds, plain, seen

Run = Callable[..., AppTest]


def opened(app_as: Run, person: int, code: str) -> AppTest:
    app = app_as(person, "organisation", code=code)
    assert not app.exception
    return app


def test_a_lead_reads_its_cases_limits_and_findings_and_who_is_kept_off(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        case_id = session.scalars(select(Case.id)).one()
        late = clock.today() - timedelta(days=12)
        session.add(Deadline(case_id=case_id, name="Reply", due_on=late, kind=DeadlineKind.STATUTORY, whose=Whose.BODY))
        add_finding(
            session,
            actor_id=app_casework.lead,
            reference=app_casework.reference,
            code="P04",
            evidence=Evidence.REPORTED,
            case_process_id=None,
            quarter="2024Q2",
            note="",
        )
    app = opened(app_as, app_casework.lead, "EX001")
    read = plain(seen(app))
    assert [title.value for title in app.title] == ["Example Acute Trust EX001"]
    assert "**1** open case · **0** closed · **1** limit missed, **1** still running" in read
    assert app_casework.reference in read
    assert "Reply" in read
    assert "12 days late, not met yet" in read
    assert "P04 Delay" in read
    assert "Not for sharing" in read
    assert "**Con**" in read


def test_its_exact_numbers_are_logged_once(app_casework: Casework, app_as: Run) -> None:
    opened(app_as, app_casework.lead, "EX001").run()
    with app_casework.database.read() as session:
        logged = session.scalars(select(AccessLog.actor_id).where(AccessLog.action == AuditAction.RAW_HEATMAP)).all()
    assert logged == [app_casework.lead]


def test_an_organisation_without_anything_says_so_in_each_part(app_casework: Casework, app_as: Run) -> None:
    read = seen(opened(app_as, app_casework.lead, "EX002"))
    assert "There are none that you may see" in read
    assert "None recorded" in read
    assert "No findings about it are coded" in read
    assert "Nobody who takes cases has a link to it" in read
    assert "No other names, sites or mergers" in read


def test_a_lead_in_conflict_gets_what_an_unknown_code_gets(app_casework: Casework, app_as: Run) -> None:
    told = [seen(opened(app_as, app_casework.in_conflict, code)) for code in ("EX001", "EX999")]
    assert told[0] == told[1]
    assert "Not found. Check the code in the address." in told[0]
    with app_casework.database.read() as session:
        assert not session.scalars(select(AccessLog)).all()


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer"])
def test_for_everybody_else_there_is_no_such_page(app_casework: Casework, app_as: Run, who: str) -> None:
    app = app_as(getattr(app_casework, who), "organisation", code="EX001")
    assert [each.value for each in app.title] == ["Home"]
    assert "EX001" not in seen(app)


def test_without_a_code_one_searches_for_an_organisation(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "organisation")
    assert not app.error
    app.text_input[0].input("Example Acute EX002").run()
    assert "EX002" in seen(app)


def test_hostile_names_are_read_as_typed(app_casework: Casework, app_as: Run) -> None:
    hostile = "<script>x</script> :red[$x^2$] [a](http://b.example)"
    with app_casework.database.write() as session:
        parent = make_body(session, "EX003", name=hostile)
        site = make_body(session, "EX004", name=f"{hostile} site", parent_id=parent)
        make_case(session, actor_id=app_casework.lead, body=site, contact="other@example.org")
        session.get_one(Organisation, site).closed_on = date(2025, 1, 1)
    app = opened(app_as, app_casework.lead, "EX003")
    assert plain(app.title[0].value) == hostile
    assert "**1** open case" in seen(app)


def test_where_every_case_is_closed_those_are_shown(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.is_open, case.closed_on = False, clock.today()
    app = opened(app_as, app_casework.lead, "EX001")
    assert app_casework.reference in seen(app)


def test_what_was_never_examined_is_told_when_it_is_asked_for(app_casework: Casework, app_as: Run) -> None:
    told = SaidFact(code="rota_gap", examined_by=("nobody",))
    run(app_casework, record_fact, kind=FactKind.CIRCUMSTANCE, fact=told)
    app = app_as(app_casework.lead, "organisation", code="EX001")
    assert "1 no" not in seen(app)
    open_folds(app, "What was never examined")
    assert "Any of these: **0 yes, 1 no, 0 not known**" in seen(app)
