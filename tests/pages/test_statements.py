"""A fixed number of SQL statements a page, whatever the number of cases: no query in a loop arrives unseen."""

from collections.abc import Callable

from sqlalchemy import event, update
from streamlit.testing.v1 import AppTest

from dashboard.store import arrays, inboxes
from dashboard.store.core import database
from dashboard.store.leadership import LINES
from db.choices import AssignmentRole
from db.models import Volunteer
from tests.factories import Casework, give_place, make_case

PAGES = (
    *(
        "home",
        "my_cases",
        "actions",
        "queue",
        "new_case",
        "workload",
        "heatmap",
        "leadership",
        "organisation",
        "people",
    ),
    "account",
)


class Statements:
    """Counts what the app's own engine executes."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        event.listen(database().engine, "before_cursor_execute", self._note)

    def _note(self, _conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        self.seen.append(statement)

    def stop(self) -> list[str]:
        event.remove(database().engine, "before_cursor_execute", self._note)
        return self.seen


def statements(app_as: Callable[..., AppTest], who: int, page: str, **query: str) -> list[str]:
    # As after a start: what an earlier heatmap left would be brought up to date, by other statements.
    for kept in (arrays.KEPT, arrays.PLACES, arrays.BALANCES, inboxes.KEPT, LINES):
        kept.clear()
    counter = Statements()
    app = app_as(who, page, **query)
    assert not app.exception
    return counter.stop()


def read_the_lists(app_as: Callable[..., AppTest], who: int) -> None:
    """The reference lists are read once for as long as the app runs: not to be counted with the first page."""
    app_as(who, "new_case")


def add_cases(work: Casework, many: int) -> None:
    with work.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == work.on_case).values(pledged_hours=60))
        for number in range(many):
            body = work.other_body if number % 2 else work.body
            reference = make_case(session, actor_id=work.lead, body=body, contact=f"doctor{number}@example.org")
            if number % 3:
                give_place(
                    session, lead=work.lead, volunteer=work.on_case, reference=reference, role=AssignmentRole.LEAD
                )


def of_each_page(app_as: Callable[..., AppTest], work: Casework) -> dict[str, list[str]]:
    found = {}
    for page in PAGES:
        with work.database.write():
            pass  # The revision is raised: this page is not answered from what another has read.
        found[page] = statements(app_as, work.lead, page, **({"code": "EX001"} if page == "organisation" else {}))
    return found


def test_more_cases_cost_no_more_statements(app_casework: Casework, app_as: Callable[..., AppTest]) -> None:
    read_the_lists(app_as, app_casework.lead)
    add_cases(app_casework, 3)
    few = of_each_page(app_as, app_casework)
    add_cases(app_casework, 12)
    many = of_each_page(app_as, app_casework)
    for page in PAGES:
        assert len(many[page]) <= len(few[page]), "\n".join([page, *many[page]])
        assert len(many[page]) < 110, page


def test_volunteers_own_cards_cost_no_more_statements(app_casework: Casework, app_as: Callable[..., AppTest]) -> None:
    read_the_lists(app_as, app_casework.on_case)
    add_cases(app_casework, 3)
    few = statements(app_as, app_casework.on_case, "my_cases")
    add_cases(app_casework, 6)
    assert len(statements(app_as, app_casework.on_case, "my_cases")) == len(few)


def test_rerun_with_nothing_changed_reads_only_the_session(
    app_casework: Casework, app_as: Callable[..., AppTest]
) -> None:
    app = app_as(app_casework.lead, "case", ref=app_casework.reference)
    counter = Statements()
    app.run()
    selects = [statement for statement in counter.stop() if statement.startswith("SELECT")]
    assert len(selects) == 1
    assert "sign_in_sessions" in selects[0]
