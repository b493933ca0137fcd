"""Facts on the case page: each recorded where it belongs, shown where it matters, and hidden from everybody else."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import FINDINGS, PROCESSES
from dashboard.ui import definitions
from db import clock
from db.choices import Evidence, YesNo
from db.commands.characteristics import keep_characteristics
from db.commands.facts import record_fact, tie_ground
from db.commands.findings import add_finding
from db.models import CaseProcess, CodedTerm, Finding, FindingCode, Flag
from db.rules.facts import FactKind, SaidFact
from db.rules.quarters import quarter_of
from db.vault import Characteristics
from tests.db.helpers import rows
from tests.factories import Casework
from tests.pages.helpers import field, open_tab, plain, press, seen

Run = Callable[..., AppTest]
DAY = date(2024, 3, 1)
HOSTILE = "[x](http://evil.example) :red[a] $b$ **bold**"


def part(work: Casework, app_as: Run, who: int, *folds: str) -> AppTest:
    return open_tab(app_as(who, "case", ref=work.reference), work.reference, FINDINGS, *(folds or ("Nothing",)))


def do(work: Casework, command: Callable[..., Any], **values: Any) -> None:
    with work.database.write() as session:
        command(session, actor_id=work.on_case, reference=work.reference, **values)


def fact(work: Casework, kind: FactKind, **said: Any) -> None:
    do(work, record_fact, kind=kind, fact=SaidFact(**said))


def test_empty_parts_say_what_belongs_there(app_casework: Casework, app_as: Run) -> None:
    shown = seen(part(app_casework, app_as, app_casework.on_case))
    for words in ("did anybody who decided examine it?", "Both days matter", "say what it touched", "in full?"):
        assert words in shown


def test_a_condition_is_recorded_and_somebody_examines_it_later(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = part(work, app_as, work.on_case, "Add a condition on the day")
    field(app, "What it was like").set_value("rota_gap").run()
    assert "A shift or post stood empty" in plain(seen(app))
    press(app, "Save")
    assert "choose “Nobody” or “Not known”" in seen(app)
    field(app, "Who examined it").set_value(["nobody"])
    field(app, "Day").set_value(DAY)
    field(app, "In a sentence").input("No registrar")
    press(app, "Save")
    assert not app.exception
    shown = plain(seen(app))
    assert "**Gap in the rota** · 1 Mar 2024 · :orange-badge[examined by nobody]" in shown
    assert "Fact recorded: Condition on the day: Gap in the rota, 1 Mar 2024, examined by nobody." in shown
    app = part(work, app_as, work.lead, "Change or withdraw a fact")
    field(app, "Which fact").set_value(1).run()
    field(app, "Who examined it").set_value(["coroner"])
    field(app, "Why it changes").input("The inquest heard it")
    press(app, "Save the change")
    assert not app.exception
    shown = plain(seen(app))
    assert "1 Mar 2024 · examined by coroner" in shown
    assert "Changed · Lena" in shown
    assert "Before: Condition on the day: Gap in the rota, 1 Mar 2024, examined by nobody" in shown


def test_a_fact_is_withdrawn_with_a_reason(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    fact(work, FactKind.IMPACT, code="income")
    app = part(work, app_as, work.on_case, "Change or withdraw a fact")
    field(app, "Which fact").set_value(1).run()
    field(app, "What to do").set_value("Withdraw it: recorded by mistake").run()
    press(app, "Withdraw it")
    assert "Reason: please fill this in" in seen(app)
    field(app, "Why it is withdrawn").input("Another doctor’s")
    press(app, "Withdraw it")
    assert not app.exception
    assert "Withdrawn · Vik" in plain(seen(app))


def test_a_pair_says_how_long_after_the_concern_it_was(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    fact(work, FactKind.CONCERN, code="guardian", took_place_on=DAY, note="Unsafe rota")
    app = part(work, app_as, work.on_case, "Add a detriment")
    field(app, "What happened to the doctor").set_value("excluded").run()
    field(app, "After which concern").set_value(1)
    field(app, "What happened, in a sentence").input("Sent home")
    field(app, "Day").set_value(date(2024, 2, 1)).run()
    assert "Check both days" in seen(app)
    press(app, "Save")
    assert "is before the concern" in seen(app)
    field(app, "Day").set_value(date(2024, 5, 3))
    press(app, "Save")
    assert not app.exception
    shown = plain(seen(app))
    assert "**Concern raised** with speak-up guardian · 1 Mar 2024" in shown
    assert "    - **Detriment:** excluded or suspended · 3 May 2024, **63 days after the concern**" in shown
    assert "time limit may run from this day" in shown


def test_a_ground_stands_at_the_process_and_at_the_finding_it_touched(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    coded: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "note": ""}
    do(work, add_finding, code="U06", quarter=quarter_of(clock.today()), **coded)
    with work.database.read() as session:
        process, finding = session.scalars(select(CaseProcess.id)).one(), session.scalars(select(Finding.id)).one()
    app = part(work, app_as, work.on_case, "Say what a ground touched")
    press(app, "Save")
    assert "choose from the list" in seen(app)
    field(app, "Ground").set_value("race")
    field(app, "Or the finding it touched").set_value(finding)
    press(app, "Save")
    assert not app.exception
    shown = plain(seen(app))
    assert "**Race** is said to have touched the finding U06 Discrimination or stereotype" in shown
    assert "ground alleged: Race" in shown
    do(work, tie_ground, ground="sex", case_process_id=process, finding_id=None)
    at = open_tab(app_as(work.on_case, "case", ref=work.reference), work.reference, PROCESSES, "Nothing")
    assert "**Sex** is said to have touched" in plain(seen(at))


def test_risk_of_self_harm_asks_at_once_and_raises_the_flag(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = part(work, app_as, work.on_case, "Add an impact")
    field(app, "Impact").set_value("self_harm_risk").run()
    press(app, "Save")
    assert "Please answer" in seen(app)
    field(app, "Is the doctor in danger now?").set_value(YesNo.YES).run()
    assert "116 123" in seen(app)
    press(app, "Save")
    assert not app.exception
    assert [flag.code for flag in rows(work.database, Flag)] == ["CRISIS"]


def test_every_impact_can_be_chosen(app_casework: Casework, app_as: Run) -> None:
    app = part(app_casework, app_as, app_casework.on_case, "Add an impact")
    labels = [term.label for term in rows(app_casework.database, CodedTerm, list="impact")]
    assert sorted(field(app, "Impact").options) == sorted(labels)
    assert len(labels) == 15


def test_pay_policy_and_indemnity(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = part(work, app_as, work.on_case, "Add pay, policy or indemnity")
    field(app, "What to add").set_value(FactKind.POLICY).run()
    field(app, "Name of the policy").input("Managing concerns, version 4")
    press(app, "Save")
    assert "Give the day on its front page" in seen(app)
    field(app, "Date of this edition").set_value(DAY)
    press(app, "Save")
    fact(work, FactKind.PAY, code="basic", took_place_on=DAY)
    fact(work, FactKind.INDEMNITY, code="discretionary")
    shown = plain(seen(part(work, app_as, work.on_case)))
    assert "**Local policy:** Managing concerns, version 4 · dated 1 Mar 2024" in shown
    assert "**Pay status:** Basic pay only · since 1 Mar 2024" in shown
    assert "**Indemnity:** At its discretion · day not known" in shown


def test_the_adviser_is_shown_with_the_identity_and_nowhere_else(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = part(work, app_as, work.on_case, "The doctor’s adviser")
    field(app, "Organisation").input("Zqx Defence")
    field(app, "Their reference").input("EX/1")
    press(app, "Save the adviser")
    assert not app.exception
    assert "Zqx" not in seen(app_as(work.lead, "case", ref=work.reference))
    app = open_tab(app_as(work.lead, "case", ref=work.reference), work.reference, FINDINGS, "Nothing")
    app.session_state[f"fold_{work.reference}_who_the_doctor_is_and_how_to_reach_them_safely"] = True
    app.run()
    field(app, "Reason for opening it").input("To call the adviser")
    press(app, "Open identity")
    assert "Zqx Defence, reference EX/1" in plain(seen(app))


FOLD = "What the doctor tells of themselves"


def test_what_the_doctor_tells_is_sealed_and_opened_with_a_reason(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = part(work, app_as, work.on_case, FOLD)
    field(app, "Religion or belief").input("Zqx")
    field(app, "Where they first qualified").set_value("elsewhere").run()
    assert "first medical degree is from anywhere else" in plain(seen(app))
    press(app, "Save what they told")
    assert "Ask them first" in seen(app)
    assert "What it may be used for: please" in seen(app)
    field(app, "What it may be used for").input("The tribunal")
    field(app, "The doctor agreed").check()
    press(app, "Save what they told")
    assert not app.exception
    assert "Zqx" not in seen(app)
    app = part(work, app_as, work.lead, FOLD)
    field(app, "Reason for opening it").input("To fill in the claim")
    press(app, "Open what they told")
    shown = plain(seen(app))
    assert "Zqx" in shown
    assert "Elsewhere" in shown
    assert "The tribunal" in shown
    app.run()
    assert "Zqx" not in seen(app)
    press(app, "Remove all of it: the doctor takes permission back")
    field(app, "Reason for opening it").input("To see")
    press(app, "Open what they told")
    assert "Nothing is recorded." in seen(app)


@pytest.mark.parametrize("who", ["off_case", "in_conflict"])
def test_nobody_else_sees_any_of_it(app_casework: Casework, app_as: Run, who: str) -> None:
    work = app_casework

    def pages() -> list[str]:
        person = getattr(work, who)
        shown = [seen(app_as(person, page)) for page in ("home", "heatmap")]
        return [*shown, seen(app_as(person, "case", ref=work.reference))]

    before = pages()
    fact(work, FactKind.CIRCUMSTANCE, code="rota_gap", note="Zqx", examined_by=("nobody",))
    fact(work, FactKind.IMPACT, code="income", note="Zqx")
    do(work, keep_characteristics, told=Characteristics(religion="Zqx", purpose="Zqx"), emptied=[], permission=True)
    assert pages() == before


def test_hostile_words_are_shown_as_they_were_typed(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    for kind, code in ((FactKind.CONCERN, "other"), (FactKind.DETRIMENT, "other"), (FactKind.IMPACT, "other")):
        fact(work, kind, code=code, note=HOSTILE)
    fact(work, FactKind.POLICY, took_place_on=DAY, note=HOSTILE)
    do(work, tie_ground, ground="race", case_process_id=None, finding_id=None, note=HOSTILE)
    shown = seen(part(work, app_as, work.on_case))
    assert not {mark for mark in ("[x](", ":red[a", "$b$", "**bold**", "http://evil") if mark in shown}
    assert plain(shown).count("evil.example") >= 5


def meanings(app: AppTest) -> AppTest:
    """Opens the first list of what each code means."""
    box = next(box for box in app.get("popover") if box.proto.popover.label == definitions.EVERY)
    app.session_state[box.proto.id.split("-", 2)[2]] = True
    return app.run()


def test_a_definition_is_in_reach_before_and_after_a_finding_is_chosen(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    words = {row.code: row.definition for row in rows(work.database, FindingCode)}
    assert all(words.values())
    app = part(work, app_as, work.on_case, "Add a finding")
    assert words["S01"] not in plain(seen(app))
    field(app, "Finding").set_value("S01").run()
    assert words["S01"] in plain(seen(app))
    assert words["S14"] not in plain(seen(app))
    assert words["S14"] in plain(seen(meanings(app)))


@pytest.mark.parametrize("page", ["heatmap", "queue"])
def test_a_definition_is_in_reach_where_findings_are_read_and_filtered_by(
    app_casework: Casework, app_as: Run, page: str
) -> None:
    work = app_casework
    coded: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "note": ""}
    do(work, add_finding, code="U06", quarter=quarter_of(clock.today()), **coded)
    app = app_as(work.lead, page)
    if page == "heatmap":
        shown = plain(seen(meanings(app)))
    else:
        app.session_state["queue_filters_open"] = True
        app.run()
        app.session_state["means_queue_finding"] = True
        shown = plain(seen(app.run()))
    assert "The treatment appears tied to a characteristic" in shown
