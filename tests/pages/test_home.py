"""The home page: what needs whom."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from dashboard.settings import settings
from dashboard.ui import navigation
from db import clock
from db.choices import AssignmentRole, DeadlineKind, EntryKind, Role, Wellbeing, Whose, YesNo
from db.commands.assignments import offer_case
from db.commands.deadlines import add_deadline
from db.commands.flags import raise_flag
from db.commands.wall_exceptions import ask_exception
from db.engine import Database
from db.models import Case, Entry, Volunteer
from db.rules.quarters import quarter_before, quarter_of
from tests.db.releases import compute_release, sign_release_of
from tests.factories import Casework, make_case, make_volunteer
from tests.pages.helpers import buttons_of, counts_of, every_row, field, plain, press, press_row, seen, words_of

Run = Callable[..., AppTest]


def test_volunteer_sees_the_statutory_date_first(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        add_deadline(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            name="Reply to the regulator",
            due_on=clock.today() + timedelta(days=9),
            kind=DeadlineKind.STATUTORY,
            whose=Whose.OURS,
        )
    text = seen(app_as(app_casework.on_case))
    assert "Reply to the regulator" in text
    assert "In 9 days: Reply to the regulator" in text


def test_volunteer_off_the_case_has_nothing_to_do(app_casework: Casework, app_as: Run) -> None:
    assert "Nothing needs you today" in seen(app_as(app_casework.off_case))


def test_lead_sees_the_condition_counts_and_barred_lead_none(app_casework: Casework, app_as: Run) -> None:
    def counted(who: int) -> int:
        return sum(int(count["number"]) for count in counts_of(app_as(who)))

    with app_casework.database.write() as session:
        add_deadline(
            session,
            actor_id=app_casework.lead,
            reference=app_casework.reference,
            name="Missed",
            due_on=clock.today() - timedelta(days=1),
            kind=DeadlineKind.LOCAL,
            whose=Whose.OURS,
        )
    assert counted(app_casework.lead) == 1
    assert counted(app_casework.in_conflict) == 0


def test_a_count_says_on_hover_which_cases_where_they_are_few(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.execute(update(Case).values(opened_on=clock.today() - timedelta(days=20), update_at=None))
    assert f"over 7 days: {app_casework.reference} (Vik)" in plain(seen(app_as(app_casework.lead)))
    assert app_casework.reference not in seen(app_as(app_casework.in_conflict))


def test_one_row_a_case_with_all_that_it_needs(app_casework: Casework, app_as: Run) -> None:
    for number in range(3):
        with app_casework.database.write() as session:
            add_deadline(
                session,
                actor_id=app_casework.on_case,
                reference=app_casework.reference,
                whose=Whose.OURS,
                name=f"No {number}",
                due_on=clock.today() + timedelta(days=2 + number),
                kind=DeadlineKind.LOCAL,
            )
    [row] = every_row(app_as(app_casework.on_case))
    assert row["ref"] == app_casework.reference
    assert [step["p"]["w"] for step in row["steps"]] == ["In 2 days: No 0", "In 3 days: No 1", "In 4 days: No 2"]


# Whom each row is about -------------------------------------------------------------------------------------------


def test_each_row_says_whom_it_is_about(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    flag(work)
    with work.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == work.on_case).values(active=False))
    app = app_as(work.lead)
    rows = [row for row in every_row(app) if row["ref"] == work.reference]
    assert len(rows) == 2, "the band and the hand-overs"
    for row in rows:
        assert [part["w"] for part in row["head"]][:2] == ["Consultant, medicine", "Example Acute Trust EX001"]
        assert work.reference in words_of(row["head"])
    assert every_row(app_as(work.in_conflict)) == []


def test_a_row_of_a_case_one_is_offered_shows_its_card_and_no_more(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    with work.database.write() as session:
        offer_case(
            session,
            actor_id=work.lead,
            reference=work.reference,
            volunteer_id=work.off_case,
            role=AssignmentRole.SECOND,
            reason="Has room",
        )
    [row] = every_row(app_as(work.off_case))
    assert [part["w"] for part in row["head"]] == ["Acute trust", "London", "MHPS", work.reference]
    with work.database.write() as session:
        session.execute(update(Case).values(organisation_id=None, body_text="Nowhere we know"))
    [row] = every_row(app_as(work.off_case))
    assert [part["w"] for part in row["head"]] == [work.reference]


# Doctors at risk ------------------------------------------------------------------------------------------------


def flag(work: Casework, code: str = "CRISIS", **about: str) -> None:
    with work.database.write() as session:
        raise_flag(
            session,
            actor_id=work.lead,
            **{"reference": work.reference} | about,
            code=code,
            why="Said <b>so</b>",
            review_on=clock.today(),
        )


def test_a_crisis_is_said_once_with_who_acts_and_since_when(app_casework: Casework, app_as: Run) -> None:
    flag(app_casework)
    for who, acts, button in (("on_case", "You act", "Update"), ("lead", "Vik acts", "Ask for an update")):
        app = app_as(getattr(app_casework, who))
        assert "Doctors at risk today: 1" in seen(app)
        [row] = [row for row in every_row(app) if row["ref"] == app_casework.reference]
        assert row["badges"] == [["Crisis", "red"]]
        assert row["steps"][0]["p"]["w"] == acts
        assert buttons_of(row)[0]["w"] == button
        assert row["facts"][0]["w"] == "Said <b>so</b>"
    for who in ("off_case", "in_conflict"):
        assert "at risk today" not in seen(app_as(getattr(app_casework, who)))


def test_a_lead_asks_for_an_update_in_one_press(app_casework: Casework, app_as: Run) -> None:
    flag(app_casework)
    app = press_row(app_as(app_casework.lead), "Ask for an update")
    assert not app.exception
    assert f"Asked Vik for an update on {app_casework.reference}." in plain(seen(app))
    assert "update asked for on" in seen(app)
    assert "Vik asks" not in seen(app)
    assert "Lena asks for an update" in seen(app_as(app_casework.on_case))


def test_two_flags_on_one_case_are_one_row(app_casework: Casework, app_as: Run) -> None:
    flag(app_casework)
    flag(app_casework, "PSAFE")
    rows = [row for row in every_row(app_as(app_casework.lead)) if row.get("badges")]
    assert [row["badges"] for row in rows] == [[["Crisis", "red"], ["Patient safety", "red"]]]
    assert [button["w"] for button in buttons_of(rows[0])] == ["Ask for an update", "Done"]


def test_more_than_the_band_holds_lead_to_every_case_in_danger(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.queries.danger.MOST", 1)
    with app_casework.database.write() as session:
        other = make_case(session, actor_id=app_casework.lead, body=app_casework.other_body, contact="o@example.org")
    flag(app_casework)
    flag(app_casework, "PSAFE", reference=other)
    assert "All 2 flags in the queue" in seen(app_as(app_casework.lead))
    [link] = [link.proto for link in app_as(app_casework.lead).get("page_link") if "All 2 flags" in link.proto.label]
    asked = parse_qs(link.query_string)
    assert asked == {"queue_flag": ["Crisis", "Patient safety"]}
    app = app_as(app_casework.lead, "queue", queue_flag=asked["queue_flag"])
    assert {row["ref"] for row in every_row(app)} == {app_casework.reference, other}


def test_the_safeguarding_lead_is_named_and_leads_are_told_if_nobody_is(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No safeguarding lead is named" in seen(app_as(app_casework.lead))
    assert "safeguarding lead" not in seen(app_as(app_casework.on_case))
    flag(app_casework)
    monkeypatch.setenv("SAFEGUARDING_LEAD", "Vik")
    settings.cache_clear()
    assert "No safeguarding lead is named" in seen(app_as(app_casework.lead)), "a volunteer is no lead"
    monkeypatch.setenv("SAFEGUARDING_LEAD", "Lena")
    settings.cache_clear()
    assert "No safeguarding lead" not in seen(app_as(app_casework.lead))
    assert "Safeguarding lead: Lena. Call them" in seen(app_as(app_casework.on_case))


@pytest.mark.parametrize("page", [None, "inbox"])
def test_a_flag_to_look_at_again_is_there_with_one_press(app_casework: Casework, app_as: Run, page: str) -> None:
    flag(app_casework, "MEDIA")
    app = app_as(app_casework.on_case, page)
    assert "Today: look at the flag “Media interest” again" in plain(seen(app))
    assert "Media interest” again" not in plain(seen(app_as(app_casework.lead, page))), "they are not on the case"
    press_row(app, "It stands")
    assert not app.exception
    assert "Look again on" in plain(seen(app))
    assert "Media interest” again" not in plain(seen(app))


def test_nobody_to_act_is_said_first(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        other = make_case(session, actor_id=app_casework.lead, body=app_casework.other_body, contact="o@example.org")
    flag(app_casework)
    flag(app_casework, reference=other)
    app = app_as(app_casework.in_conflict)
    assert [row["ref"] for row in every_row(app) if row.get("badges")] == [other]
    press_row(app, "Find a case lead")
    assert "Unallocated cases" in seen(app)


# The update, from the list ---------------------------------------------------------------------------------------


@pytest.fixture
def late(app_casework: Casework) -> Casework:
    with app_casework.database.write() as session:
        session.execute(update(Case).values(opened_on=clock.today() - timedelta(days=20), update_at=None))
    return app_casework


def updates(work: Casework) -> list[str]:
    with work.database.read() as session:
        return list(session.scalars(select(Entry.text).where(Entry.kind == EntryKind.UPDATE).order_by(Entry.id)))


def test_no_change_stays_where_it_was_with_undo(late: Casework, app_as: Run) -> None:
    app = press_row(app_as(late.on_case), "No change")
    assert not app.exception
    assert updates(late) == ["No change."]
    assert f"No change, on {late.reference}. Thank you for checking." in plain(seen(app))
    [row] = every_row(app)
    assert [(button["w"], button["s"]) for button in buttons_of(row)] == [
        ("Undo", False),
        ("Update", False),
        ("No change", True),
    ]
    app = press_row(app, "Undo")
    assert not app.exception
    with late.database.read() as session:
        assert session.scalars(select(Case.update_at)).one() is None
    assert [button["s"] for button in buttons_of(every_row(app)[0])] == [False, False]
    # What one took back oneself is no change by somebody else.
    app = press_row(app, "No change")
    assert "changed this case" not in seen(app)
    assert updates(late)[-1] == "No change."
    assert [button["s"] for button in buttons_of(every_row(app)[0])] == [False, False, True]


def test_the_update_opens_over_the_list_and_is_thanked(late: Casework, app_as: Run) -> None:
    app = press_row(app_as(late.on_case), "Update")
    field(app, "What changed").set_value("They wrote")
    app.run()
    assert [button["w"] for button in buttons_of(every_row(app)[0])] == ["Finish your update"], (
        "what is typed and No change"
    )
    press(app, "Save update")
    assert not app.exception
    assert updates(late) == ["They wrote"]
    assert f"Saved for {late.reference}. Thank you." in plain(seen(app))


def test_worse_asks_about_danger_and_one_save_raises_the_flag(late: Casework, app_as: Run) -> None:
    app = press_row(app_as(late.on_case), "Update")
    field(app, "What changed").set_value("Not sleeping since the letter")
    field(app, "How is the doctor?").set_value(Wellbeing.WORSE)
    app.run()
    press(app, "Save update")
    assert "Is the doctor in danger now? Please answer" in seen(app)
    field(app, "Is the doctor in danger now?").set_value(YesNo.YES)
    app.run()
    assert "every lead is told at once" in seen(app)
    assert "116 123" in seen(app)
    press(app, "Save update")
    assert not app.exception
    assert updates(late) == ["Not sleeping since the letter"]
    text = seen(app_as(late.lead))
    assert "Doctors at risk today: 1" in text
    assert "The doctor is in danger now. Not sleeping since the letter" in text
    assert "at risk today" not in seen(app_as(late.in_conflict))


# Quiet ------------------------------------------------------------------------------------------------------------


def test_quiet_until_monday_shows_limits_and_folds_the_rest(late: Casework, app_as: Run) -> None:
    app = press(app_as(late.on_case), "Quiet until Monday")
    assert not app.exception
    assert "Have a good rest" in seen(app)
    assert "Status update overdue" not in seen(app)
    flag(late)
    assert "Doctors at risk today: 1" in seen(app.run())
    press(app, "1 thing can wait. Show it")
    assert "Status update overdue" in seen(app)
    press(app, "End quiet")
    with late.database.read() as session:
        assert session.get_one(Volunteer, late.on_case).quiet_until is None
    assert "Status update overdue" in seen(app_as(late.on_case))


def test_observer_sees_totals_of_a_signed_release_only(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.execute(update(Case).values(opened_on=clock.today()))
    app = app_as(app_casework.observer)
    assert not app.metric
    assert "No numbers have been released yet" in seen(app)
    last = quarter_before(quarter_of(clock.today()))
    sign_release_of(app_casework, last)
    app = app_as(app_casework.observer)
    assert [metric.value for metric in app.metric] == ["0-7", "0-7", "0-7"]
    assert f"as of the end of {last[:4]} {last[4:]}, signed on" in seen(app)
    assert app_casework.reference not in seen(app)


def test_a_lead_reads_what_is_asked_of_the_wall_and_is_led_to_where_it_is_answered(
    app_casework: Casework, app_as: Run
) -> None:
    work = app_casework
    with work.database.write() as session:
        lea = make_volunteer(session, "lea", Role.LEAD)
        person: dict[str, Any] = {
            "volunteer_id": work.in_conflict,
            "reason": "Knows tribunals",
            "ends_on": clock.today(),
        }
        ask_exception(session, actor_id=work.lead, reference=work.reference, **person)
    home = app_as(lea)
    assert "Lena asks to let Con see this case" in plain(seen(home)).replace("**", "")
    [link] = [each.proto for each in home.get("page_link") if "do" in each.proto.query_string]
    to = {name: value for name, [value] in parse_qs(link.query_string).items()}
    assert to == {"ref": work.reference, "do": navigation.TEAM}
    assert "Agree" in [button.label for button in app_as(lea, "case", **to).button]
    for who in (work.lead, work.in_conflict, work.on_case):
        assert "asks to let" not in seen(app_as(who))


def test_leads_are_told_of_a_release_that_waits_and_nobody_else(app_casework: Casework, app_as: Run) -> None:
    waits = "Its release has not been computed yet"
    assert waits in seen(app_as(app_casework.lead))
    compute_release(app_casework, quarter_before(quarter_of(clock.today())))
    assert "waits for a lead to review it" in seen(app_as(app_casework.lead))
    for who in (app_casework.on_case, app_casework.observer):
        assert "waits" not in seen(app_as(who))


def test_the_first_lead_is_told_where_to_begin(app_database: Database, app_as: Run) -> None:
    with app_database.write() as session:
        first = make_volunteer(session, "first", Role.LEAD)
    home = seen(app_as(first))
    assert "Where to begin" in home
    assert "Caseload over" not in home
