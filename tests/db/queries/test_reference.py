"""Words for codes: complete, in their published order, without what has ended; and nothing about cases."""

from datetime import date, timedelta

from sqlalchemy import update

from db import clock
from db.case_reference import ALPHABET, check_character, is_reference, new_reference
from db.choices import FindingKind
from db.engine import Database
from db.models import CodedTerm, FindingCode, OrganisationAlias, TimeRule
from db.queries.reference import Body, Reference, caseworkers, find_bodies, reference
from db.rules.clock import Unit
from tests.db.helpers import statements, viewer
from tests.factories import Casework, make_body

TODAY = clock.today()


def words(database: Database, today: date = TODAY) -> Reference:
    with database.read() as session:
        return reference(session, today)


def test_every_list_that_forms_offer_is_there(database: Database) -> None:
    found = words(database)
    assert set(found.terms) >= {
        "grade",
        "specialty_group",
        "body_kind",
        "nation",
        "region",
        "ground",
        "flag",
        "outcome",
        "support",
        "advocacy",
        "closure_reason",
        "decline_reason",
    }
    assert next(iter(found.terms["flag"])) == "CRISIS"
    assert found.red_flags == {"CRISIS", "HEARING", "LIMIT", "VISA", "POLICE", "PSAFE"}
    assert len(found.findings) == 46
    assert list(found.findings)[:2] == ["S01", "S02"]
    assert {kind for kind, _ in found.findings.values()} == set(FindingKind)
    assert next(iter(found.processes)) == "MHPS"
    assert set(found.process_stages) == set(found.processes)
    assert all(stages for stages in found.process_stages.values())
    assert {rule.process for rule in found.rules.values()} <= set(found.processes)
    assert {rule.unit for rule in found.rules.values()} <= set(Unit)


def test_a_rule_says_where_it_comes_from_and_how_sure_that_is(database: Database) -> None:
    rule = words(database).rules["ET-PRIMARY-6M"]
    assert rule.certainty == "unconfirmed"
    assert rule.source
    assert rule.checked_on == date(2026, 11, 28)
    assert all(rule.source and rule.text and rule.counts_from for rule in words(database).rules.values())


def test_what_has_ended_is_left_out_from_the_day_after(database: Database) -> None:
    with database.write() as session:
        session.execute(update(CodedTerm).where(CodedTerm.code == "fy1").values(valid_to=TODAY))
        session.execute(update(FindingCode).where(FindingCode.code == "S01").values(valid_to=TODAY))
        session.execute(update(TimeRule).where(TimeRule.code == "GMC-RULE-7-28D").values(valid_to=TODAY))
    now, later = words(database), words(database, TODAY + timedelta(days=1))
    for found, there in ((now, True), (later, False)):
        assert ("fy1" in found.terms["grade"]) is there
        assert ("S01" in found.findings) is there
        # A rule that has ended still counts from a day on which it held.
        assert found.rules["GMC-RULE-7-28D"].valid_to == TODAY


def test_the_number_of_statements_is_fixed(database: Database) -> None:
    with database.read() as session, statements(database) as log:
        reference(session, TODAY)
    assert len(log) == 8


def test_caseworkers_are_active_and_no_observer_is_told(casework: Casework) -> None:
    from tests.factories import make_volunteer

    with casework.database.write() as session:
        make_volunteer(session, "gone", active=False)
    with casework.database.read() as session:
        for who in ("lead", "on_case", "off_case", "in_conflict"):
            assert list(caseworkers(session, viewer(casework, who)).values()) == ["Con", "Lena", "Uma", "Vik"]
        assert caseworkers(session, viewer(casework, "observer")) == {}


def bodies(database: Database, typed: str) -> list[Body]:
    with database.read() as session:
        return find_bodies(session, typed)


def test_a_body_is_found_by_every_word_of_a_name_it_has_or_had_or_by_its_code(database: Database) -> None:
    with database.write() as session:
        open_one = make_body(session, "RX1", name="Example Northern Hospitals")
        make_body(session, "RX2", name="Example Northern Care", closed_on=date(2020, 1, 1))
        make_body(session, "RX3", name="100% Example_Clinic")
        session.add(OrganisationAlias(organisation_id=open_one, name="Old Infirmary"))
    names = [body.code for body in bodies(database, "northern example")]
    assert names == ["RX1", "RX2"]  # open ones first
    assert [body.code for body in bodies(database, "rx2")] == ["RX2"]
    assert [body.code for body in bodies(database, "infirmary example")] == ["RX1"]
    assert [body.code for body in bodies(database, "100%")] == ["RX3"]
    assert [body.code for body in bodies(database, "example_c")] == ["RX3", "RX2"]
    for nothing in ("", "   ", "northern southern", "e_ample", "%", "' OR 1=1 --"):
        assert bodies(database, nothing) == [], nothing


def test_a_search_for_a_body_by_an_endless_word_finds_nothing(database: Database) -> None:
    assert bodies(database, "x" * 100_000) == []


def test_a_search_for_bodies_is_cut(database: Database) -> None:
    with database.write() as session:
        for n in range(35):
            make_body(session, f"B{n:02}")
    assert len(bodies(database, "example")) == 30
    assert bodies(database, "example")[0] == bodies(database, "b00")[0]


def test_references_are_random_and_catch_every_slip_and_swap() -> None:
    made = {new_reference() for _ in range(2000)}
    assert len(made) > 1990
    one = next(iter(made))
    assert all(is_reference(text) for text in made)
    body = one[4:]
    for at in range(len(body)):
        for letter in set(ALPHABET) - {body[at]}:
            assert not is_reference("LNB-" + body[:at] + letter + body[at + 1 :])
        if at and body[at] != body[at - 1]:
            assert not is_reference("LNB-" + body[: at - 1] + body[at] + body[at - 1] + body[at + 1 :])
    for wrong in ("", "LNB-", one.lower(), one + "2", one[1:], "LNB-0000O0", "LNB-7K\x00M9Q", "XYZ-" + body):
        assert not is_reference(wrong)
    assert check_character(body[:-1]) == body[-1]
