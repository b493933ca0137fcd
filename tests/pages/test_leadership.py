"""Leadership: exact for leads, released for observers, no page for volunteers; and the pack of each."""

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from dashboard import store
from dashboard.reports import files, leadership_lines
from dashboard.store import Load
from db import clock
from db.choices import AuditAction, DownloadKind, Lack
from db.commands.accounts import start_session
from db.errors import CommandRefused
from db.models import AccessLog, SecondFactor, Volunteer
from db.queries.counting_changes import CountingChanges, TermChange
from db.queries.leadership import Wellbeing
from db.queries.session import Person
from db.rules.quarters import quarter_before, quarter_of
from db.rules.spread import Share, Spread
from tests.db.helpers import rows
from tests.db.releases import sign_release_of
from tests.factories import Casework, make_case
from tests.pages.helpers import press

Run = Callable[..., AppTest]
QUARTER = quarter_of(clock.today())


def words_of(app: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*app.markdown, *app.caption)).replace("\\", "")


def person(work: Casework, who: int) -> Person:
    with work.database.log() as session:
        session.merge(SecondFactor(volunteer_id=who, confirmed_at=clock.now()))
        token = start_session(session, volunteer_id=who, device="test", days=1)
    found = store.person_of(token)
    assert found is not None
    return found


def made(work: Casework, who: int, form: str, period: str = QUARTER) -> bytes:
    about = {"period": period, "form": form}
    return files.FILES[DownloadKind.LEADERSHIP].made(person(work, who), about)


def word_in(content: bytes) -> str:
    file = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(part.text for part in file.paragraphs), *cells, file.sections[0].footer.paragraphs[0].text])


def test_a_lead_sees_numbers_their_method_and_what_is_missing(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        make_case(session, actor_id=app_casework.lead, body=None, body_text="Somewhere", contact="x@example.org")
    app = app_as(app_casework.lead, "leadership")
    assert not app.exception
    shown = words_of(app)
    assert "Not for sharing" in shown
    for words in ("## Caseload", "| **Opened** :gray[:small[Cases by the day", "not yet", "of 4 people"):
        assert words in shown, words
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    [missing] = [query for label, query in links.items() if label.endswith(Lack.UNMATCHED.label)]
    assert missing == "queue_missing=Organisation+not+matched"
    assert "**1**" in next(label for label in links if label.endswith(Lack.UNMATCHED.label))
    logged = rows(app_casework.database, AccessLog, action=AuditAction.LEADERSHIP)
    assert [row.actor_id for row in logged] == [app_casework.lead]


def test_a_month_can_be_chosen_and_no_other_text(app_casework: Casework, app_as: Run) -> None:
    month = f"{clock.today():%Y-%m}"
    app = app_as(app_casework.lead, "leadership", leadership_period="nonsense")
    assert not app.exception
    app.selectbox(key="leadership_period").select(month).run()
    assert f"| {clock.today():%b %Y}" in words_of(app)
    with pytest.raises(CommandRefused):
        store.casework_over(person(app_casework, app_casework.lead), "2019Q1")


def test_an_observer_sees_what_was_released_and_nothing_exact(app_casework: Casework, app_as: Run) -> None:
    assert "No numbers have been released yet" in words_of(app_as(app_casework.observer, "leadership"))
    last = quarter_before(QUARTER)
    sign_release_of(app_casework, last)
    shown = words_of(app_as(app_casework.observer, "leadership"))
    assert "0-7" in shown
    assert leadership_lines.REST_IS_FOR_LEADS in shown
    assert "Receipt" not in shown
    pack = word_in(made(app_casework, app_casework.observer, "docx", last))
    assert "0-7" in pack
    assert "Receipt" not in pack
    assert "Made for" in pack


def test_an_observers_page_and_pack_do_not_move_with_a_case(app_casework: Casework, app_as: Run) -> None:
    sign_release_of(app_casework, quarter_before(QUARTER))
    before = words_of(app_as(app_casework.observer, "leadership"))
    pack = made(app_casework, app_casework.observer, "html")
    with app_casework.database.write() as session:
        make_case(session, actor_id=app_casework.lead, body=app_casework.body, contact="x@example.org")
    assert words_of(app_as(app_casework.observer, "leadership")) == before
    assert _without_time(made(app_casework, app_casework.observer, "html")) == _without_time(pack)


def _without_time(content: bytes) -> str:
    return content.decode().split("<footer>")[0]


def test_the_pack_of_a_lead_is_what_their_page_shows(app_casework: Casework, app_as: Run) -> None:
    shown, word = (
        words_of(app_as(app_casework.lead, "leadership")),
        word_in(made(app_casework, app_casework.lead, "docx")),
    )
    page = made(app_casework, app_casework.lead, "html").decode()
    for words in ("Caseload", "Receipt to first contact", "Our time limits", "Organisations past their limits"):
        assert words in shown
        assert words in word
        assert words in page
    assert "Not for sharing" in word
    assert "Made for Lena on" in word
    assert "<svg" in page
    assert "<script" not in page
    assert "default-src 'none'" in page


def test_the_pack_of_a_barred_lead_holds_nothing_of_the_case(app_casework: Casework) -> None:
    before = _without_time(made(app_casework, app_casework.in_conflict, "html"))
    with app_casework.database.write() as session:
        for number in range(3):
            make_case(session, actor_id=app_casework.lead, body=app_casework.body, contact=f"{number}@example.org")
    assert _without_time(made(app_casework, app_casework.in_conflict, "html")) == before
    assert _without_time(made(app_casework, app_casework.lead, "html")) != before


def test_the_buttons_ask_for_the_pack_of_the_period_shown(app_casework: Casework, app_as: Run) -> None:
    app = press(app_as(app_casework.lead, "leadership"), "Pack as Word")
    [link] = app.get("link_button")
    assert link.proto.label == f"Save “leadership-{QUARTER}.docx”"
    assert link.proto.url.startswith("/download/")


@pytest.mark.parametrize(
    ("share", "said"), [(Share(40, 44), "40 of 44 (91%)"), (Share(0, 3), "0 of 3 (0%)"), (Share(0, 0), "none due")]
)
def test_no_percentage_stands_without_its_n(share: Share, said: str) -> None:
    assert leadership_lines._share(share) == said


@pytest.mark.parametrize(
    ("spread", "waiting", "said"),
    [
        (Spread(2, 4.0, 3, 5), 0, "4 days (3 to 5), n 2"),
        (Spread(1, 1, 1, 1), 3, "1 day (1 to 1), n 1; 3 not yet"),
        (Spread(2, 2.5, 2, 3), 0, "2.5 days (2 to 3), n 2"),
        (Spread(0), 2, "n 0; 2 not yet"),
    ],
)
def test_a_median_stands_with_its_range_and_n(spread: Spread, waiting: int, said: str) -> None:
    assert leadership_lines._spread(spread, waiting) == said


def test_points_are_said_of_everybody_together() -> None:
    section = leadership_lines.today(Load(214, 320.0, 12), Wellbeing(15, 2, 1, 0, 3))
    assert section.rows[0].values == ("214 of 320 points (67%), 12 people",)
    assert section.rows[1].values == ("2 of 15 people",)
    assert leadership_lines.today(Load(3, 0.0, 0), Wellbeing(0, 0, 0, 0, 0)).rows[0].values == (
        "3 of 0 points, 0 people",
    )


def test_what_changed_in_the_counting_is_listed_and_cut_short() -> None:
    day = clock.today()
    many = tuple(TermChange("Finding", f"No {n}", day, began=bool(n % 2)) for n in range(14))
    said = leadership_lines.changes(CountingChanges(many, matched=1, merged=0, corrected=2, outcomes=0))
    assert len(said) == leadership_lines.MOST_TERMS + 3
    assert said[0].startswith("Finding “No 0”: until ")
    assert said[-3:] == [
        "And 2 codes and rules more.",
        "1 case was matched to its organisation after it was opened.",
        "2 facts of cases were corrected.",
    ]
    assert leadership_lines.changes(CountingChanges((), 0, 0, 0, 0)) == []


def test_a_hostile_name_is_only_words_in_the_files(app_casework: Casework) -> None:
    hostile: Any = "<script>alert(1)</script>\x07 [x](javascript:1)"
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == app_casework.lead).values(name=hostile))
    assert "<script" not in made(app_casework, app_casework.lead, "html").decode()
    assert "Made for <script>alert(1)</script> [x](javascript:1)" in word_in(
        made(app_casework, app_casework.lead, "docx")
    )
