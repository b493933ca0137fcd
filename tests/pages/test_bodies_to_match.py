"""Organisations to match on a lead's home page, and whom a case is about before it is answered for."""

from collections.abc import Callable

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db.choices import AssignmentRole, AssignmentStatus
from db.commands.assignments import offer_case
from db.models import Assignment, Case
from tests.factories import Casework, make_body, make_case
from tests.pages.helpers import field, press, seen, unfold

Run = Callable[..., AppTest]
TYPED = "the riverside infirmary"


def unmatched(work: Casework) -> tuple[str, int]:
    """The case, and the hospital that is meant."""
    with work.database.write() as session:
        trust = make_body(session, "RX0", name="Example Northern Trust")
        site = make_body(session, "RX001", name="Example Riverside Infirmary", parent_id=trust, town="Sampleton")
        reference = make_case(
            session, actor_id=work.lead, body=None, body_text=TYPED, contact="u@example.org", specialty_group="surgery"
        )
    return reference, site


def folded(app: AppTest) -> list[str]:
    return [expander.label for expander in app.expander if "to match" in expander.label]


def test_a_typed_name_waits_on_home_until_it_is_matched(app_casework: Casework, app_as: Run) -> None:
    reference, site = unmatched(app_casework)
    assert not folded(app_as(app_casework.on_case))
    home = app_as(app_casework.lead)
    assert folded(home) == ["**1 organisation to match**"]
    unfold(home, "bodies_to_match")
    assert TYPED in seen(home)
    (likely,) = field(home, "Likely").options
    assert likely.replace("\\", "") == (
        "Example Riverside Infirmary (RX001), Sampleton, part of Example Northern Trust"
    )
    press(home, "Match")
    assert "choose from the list" in seen(home), "nothing is chosen beforehand"
    field(home, "Likely").set_value(site)
    press(home, "Match")
    assert not home.exception
    assert not folded(home)
    with app_casework.database.read() as session:
        assert session.scalars(select(Case.organisation_id).where(Case.reference == reference)).one() == site


def test_the_name_is_all_that_whoever_is_offered_it_sees_until_they_answer(app_casework: Casework, app_as: Run) -> None:
    reference, _ = unmatched(app_casework)
    with app_casework.database.write() as session:
        offer_case(
            session,
            actor_id=app_casework.lead,
            reference=reference,
            volunteer_id=app_casework.off_case,
            role=AssignmentRole.SECOND,
            reason="Room",
            unchecked=True,
        )
    app = app_as(app_casework.off_case, "case", ref=reference)
    assert "You are offered this case as second volunteer" in seen(app)
    assert TYPED not in seen(app)
    app = press(app, "Show the organisation")
    assert TYPED in seen(app)
    assert "nobody has been checked" in seen(app)
    assert "Surgery" not in seen(app), "and nothing of the card"
    press(app, "Accept")
    assert "Say whether you have or had a link" in seen(app)
    field(app, "Do you work there").set_value("Yes, I have or had a link")
    press(app, "Accept")
    assert not app.exception
    with app_casework.database.read() as session:
        mine = select(Assignment.status).where(Assignment.volunteer_id == app_casework.off_case)
        assert session.scalars(mine).one() is AssignmentStatus.DECLINED
    unknown = app_as(app_casework.off_case, "case", ref="LNB-222222")
    assert seen(app_as(app_casework.off_case, "case", ref=reference)) == seen(unknown)
