"""Cases from a CSV file by a map: the forms' rules, every bad row named, all or none, never twice."""

import csv
import hashlib
import json
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, update

from db.access import viewer_of
from db.choices import Channel, Evidence, Role, Stage
from db.engine import Database
from db.errors import CommandRefused, NotAllowed
from db.imports import cases
from db.imports.cases import CaseReport, import_cases, importer
from db.imports.files import lines_of, numbered_rows, read_text, separator_of
from db.imports.mapping import load_map
from db.models import Action, Audit, Case, CaseGround, CaseIdentity, CaseProcess, Doctor, Finding, Flag, StageEvent
from db.queries.matching import bodies_to_match
from db.queries.same_doctor import open_pairs
from db.vault import vault_of
from tests.conftest import HASH_KEY, KEY
from tests.db.cli.command_line import done, run
from tests.db.imports.enquiries import ANNA, BAD, BEN, HEADING, MAP, Import, count, totals
from tests.factories import make_body, make_volunteer

DATA = Path(__file__).parents[3].parent / "shared" / "data"
COMPLAINTS = DATA / "intake" / "cfpb_complaints_3186.csv"
HOSPITALS = DATA / "ods" / "nhsuk_hospital_2018-09.csv"
SMALL = DATA.parent / "cases"
COMPLAINTS_MAP = Path(__file__).parent / "cfpb_map.toml"


def the_case(database: Database) -> Case:
    with database.read() as session:
        return session.scalars(select(Case)).one()


def test_a_row_becomes_a_case_as_the_form_would_make_it(database: Database, lead: int, take: Import) -> None:
    report = take(ANNA)

    case = the_case(database)
    assert totals(report) == (1, 0, 0)
    assert (case.stage, case.channel, case.grade) == (Stage.NEW, Channel.IMPORT, "consultant")
    assert (case.opened_on, case.summary) == (date(2026, 1, 31), "Excluded without reasons")
    assert (case.body_kind, case.region, case.nation) == ("acute", "north_west", "england")
    assert case.next_action_on is not None, "the card is refreshed at the end of the import"
    with database.read() as session:
        action = session.scalars(select(Action)).one()
        told = session.scalars(select(CaseIdentity)).one()
        vault = session.info["vault"]
        assert action.owner_id == lead
        assert vault.open(told.sealed).contact == "anna@example.org"
        actions = list(session.scalars(select(Audit.action).order_by(Audit.id)))
    assert actions[-1] == "import_cases"
    assert "open_case" in actions


def test_the_same_file_again_adds_nothing(database: Database, take: Import) -> None:
    take(ANNA, BEN)
    assert totals(take(ANNA, BEN)) == (0, 2, 0)
    assert count(database, Case) == 2


def test_a_longer_file_adds_only_what_is_new_wherever_it_stands(database: Database, take: Import) -> None:
    take(BEN)
    assert totals(take(ANNA, BEN)) == (1, 1, 0)
    assert count(database, Case) == 2


def test_a_known_key_is_left_alone_even_where_the_row_changed(database: Database, take: Import) -> None:
    take(ANNA)
    assert totals(take(ANNA.replace("Excluded", "Suspended"))) == (0, 1, 0)
    assert the_case(database).summary == "Excluded without reasons"


def test_another_source_with_the_same_numbers_is_not_taken_for_this_one(take: Import) -> None:
    take(ANNA)
    assert totals(take(ANNA, mapping=MAP.replace("test-enquiries", "other-enquiries"))) == (1, 0, 0)


def test_where_the_whole_row_is_the_key_exact_duplicates_are_counted(database: Database, take: Import) -> None:
    by_row = MAP.replace('key = "Number"', 'key = "row"')
    assert totals(take(ANNA, ANNA, BEN, mapping=by_row)) == (3, 0, 0)
    assert totals(take(ANNA, BEN, ANNA, ANNA, mapping=by_row)) == (1, 3, 0)
    assert count(database, Case) == 4
    assert count(database, Doctor) == 4
    with database.read() as session:
        assert open_pairs(session) == 3, "a lead says whether they are the same doctor"


def test_a_key_that_comes_twice_or_is_empty_is_a_bad_row(take: Import) -> None:
    report = take(ANNA, BEN.replace("2,", "1,", 1), BEN.replace("2,", ",", 1))
    assert [line for line, _ in report.bad] == [3, 4]
    assert "is also in an earlier row" in report.bad[0][1]
    assert "no Number" in report.bad[1][1]


def test_with_a_bad_row_nothing_is_written_and_every_bad_row_is_named(database: Database, take: Import) -> None:
    report = take(ANNA, BAD, BEN, "4,01/01/2026,Dee,dee@example.org,EX001,Porter,Short")

    assert not report.written
    assert count(database, Case) == 0
    assert report.text.splitlines() == [
        "4 rows, read as utf-8, separator “,”.",
        "Line 3: Received at: “30/02/2026” is not a date written as %d/%m/%Y.",
        "Line 5: Grade: “Porter” in column “Grade” is not among the map’s values.",
        "2 good, 0 already here, 2 refused.",
        "5 lines in the file: 1 heading, 2 good, 0 already here, 2 refused, 0 blank.",
        "Nothing was written.",
    ]


def test_partial_writes_the_good_rows(database: Database, take: Import) -> None:
    report = take(ANNA, BAD, BEN, partial=True)
    assert report.written
    assert totals(report) == (2, 0, 1)
    assert totals(take(ANNA, BAD.replace("30/02", "28/02"), BEN)) == (1, 2, 0)
    assert count(database, Case) == 3


def test_a_dry_run_reports_the_same_and_writes_nothing(database: Database, take: Import) -> None:
    before = count(database, Audit)
    report = take(ANNA, BAD, dry_run=True)
    assert totals(report) == (1, 0, 1)
    assert report.text.endswith("Dry run: nothing was written.")
    assert totals(take(ANNA, dry_run=True, partial=True)) == (1, 0, 0)
    assert [count(database, model) for model in (Case, Doctor, Audit)] == [0, 0, before]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ANNA.replace("EX001", "NOWHERE"), "none has the code or name “NOWHERE”"),
        (ANNA.replace("EX001", ""), "Organisation: choose from"),
        (ANNA.replace("31/01/2026", ""), "Received at: no date"),
        (ANNA.replace("31/01/2026", "31/01/2996"), "Received: check the year, 31 January 2996"),
        (ANNA.replace("31/01/2026", "31/01/2059"), "Received: choose today or an earlier day"),
        (ANNA.replace("Anna Example", ""), "Name: please fill this in"),
        (ANNA.replace("Anna Example", "A" * 201), "Name: 201 characters is too long"),
        (ANNA.replace("Excluded without reasons", " "), "Summary: please fill this in"),
        (ANNA + ",one too many", "8 columns where the heading has 7"),
        ("1,31/01/2026", "2 columns where the heading has 7"),
        (ANNA.replace("Consultant", "\x1b[31mChief"), "“�[31mChief”"),
    ],
)
def test_what_the_form_refuses_is_a_bad_row(database: Database, take: Import, row: str, words: str) -> None:
    report = take(BEN, row)
    assert [line for line, _ in report.bad] == [3]
    assert words in report.bad[0][1]
    assert count(database, Case) == 0


def test_all_that_is_wrong_with_a_row_stands_in_its_line(take: Import) -> None:
    report = take(BAD.replace("Consultant", "Porter"))
    assert "30/02/2026" in report.bad[0][1]
    assert "Porter" in report.bad[0][1]


def test_no_consent_means_no_record(database: Database, take: Import) -> None:
    asked = MAP.replace("consent_to_hold = true", 'consent_to_hold = { column = "Consent" }')
    rows = [f"{ANNA},yes", f"{BEN},no", f"{BAD},perhaps".replace("30/02", "28/02")]
    report = take(*rows, heading=HEADING + ",Consent", mapping=asked, partial=True)
    assert [line for line, _ in report.bad] == [3, 4]
    assert "we can’t keep a record without it" in report.bad[0][1]
    assert "neither yes nor no" in report.bad[1][1]
    assert the_case(database).summary == "Excluded without reasons"


def test_a_body_is_found_by_code_or_name_or_kept_as_text(database: Database, take: Import) -> None:
    take(ANNA, BEN.replace("EX001", "example acute trust ex001"))
    other = MAP + 'body_text = "{Trust}"\n'
    take(BAD.replace("30/02", "28/02").replace("EX001", "Some Clinic"), mapping=other)
    with database.read() as session:
        cases = session.scalars(select(Case).order_by(Case.id)).all()
    assert cases[0].organisation_id == cases[1].organisation_id is not None
    assert (cases[2].organisation_id, cases[2].body_text) == (None, "Some Clinic")
    assert (cases[2].body_kind, cases[2].region) == ("not_stated", "not_stated")


def test_lists_flags_and_choices_are_mapped(database: Database, take: Import) -> None:
    more = """
    processes = { column = "Facing", split = ";", values = { employer = "MHPS", GMC = "GMC" } }
    grounds = ["race"]
    flags = { column = "Urgent", values = { y = "EXCL" } }
    channel = "phone"
    """
    report = take(f"{ANNA},Employer; gmc,Y", heading=HEADING + ",Facing,Urgent", more=more)
    assert totals(report) == (1, 0, 0)
    with database.read() as session:
        assert sorted(session.scalars(select(CaseProcess.process))) == ["GMC", "MHPS"]
        assert session.scalars(select(CaseGround.ground)).all() == ["race"]
        assert session.scalars(select(Flag.code)).all() == ["EXCL"]
    assert the_case(database).channel is Channel.PHONE


@pytest.mark.parametrize("line", ['channel = "pigeon"', 'flags = "NOPE"', 'processes = "NOPE"', "grounds = [1]"])
def test_codes_that_are_none_are_refused_not_stored(database: Database, take: Import, line: str) -> None:
    assert totals(take(ANNA, more=line)) == (0, 0, 1)
    assert count(database, Case) == 0


FINDING = """
[[finding]]
code = { column = "Code", values = { Delay = "P04", None = "" } }
evidence = "documented"
note = "{Story}"
"""


def test_findings_are_coded_where_the_map_makes_a_code(database: Database, take: Import) -> None:
    report = take(f"{ANNA},Delay", f"{BEN},None", heading=HEADING + ",Code", more=FINDING)
    assert totals(report) == (2, 0, 0)
    with database.read() as session:
        finding = session.scalars(select(Finding)).one()
    assert (finding.code, finding.evidence, finding.quarter) == ("P04", Evidence.DOCUMENTED, "2026Q1")


def test_patients_numbers_and_the_doctors_own_name_are_redacted_and_reported(database: Database, take: Import) -> None:
    note = '[[finding]]\ncode = "S01"\nevidence = "reported"\nnote = "Patient born 3/4/1961"\n'
    report = take(ANNA.replace("Excluded", "Anna Example with NHS 999 123 4519 excluded"), BEN, more=note)

    with database.read() as session:
        summaries = set(session.scalars(select(Case.summary)))
        notes = set(session.scalars(select(Finding.note)))
    assert summaries == {
        "[redacted: a doctor’s name or contact] with NHS [redacted: NHS number] excluded without reasons",
        "Investigated for a rota gap",
    }
    assert notes == {"Patient [redacted: date of birth]"}
    assert [line for line in report.text.splitlines() if "redacted" in line] == [
        "Line 2: redacted in note: date of birth.",
        "Line 2: redacted in summary: NHS number.",
        "Line 2: redacted in summary: a doctor’s name or contact.",
        "Line 3: redacted in note: date of birth.",
    ]


def test_a_bad_finding_takes_its_case_with_it(database: Database, take: Import) -> None:
    bad = FINDING.replace("P04", "P99")
    report = take(f"{ANNA},Delay", f"{BEN},None", heading=HEADING + ",Code", more=bad, partial=True)
    assert [line for line, _ in report.bad] == [2]
    assert count(database, Case) == 1
    assert count(database, Finding) == 0


MOVES = """
[[move]]
to = { column = "Status", values = { new = "", open = "triage", declined = "triage", closed = "closed" } }
representation = "unknown"
limit_dates = "none known"
scope = "Imported: {Status}"
[[move]]
to = { column = "Status", values = { new = "", open = "", declined = "declined", closed = "" } }
reason = "As the old list says"
decline_reason = "out_of_scope"
sent_to = "{Sent to}"
told_on = { column = "Told" }
"""
STATUS = HEADING + ",Status,Sent to,Told"


def test_stage_moves_obey_the_table_of_moves(database: Database, take: Import) -> None:
    rows = [f"{ANNA},new,,", f"{BEN},open,,", BAD.replace("30/02", "28/02") + ",declined,A union,01/03/2026"]
    assert totals(take(*rows, heading=STATUS, more=MOVES)) == (3, 0, 0)
    with database.read() as session:
        stages = session.scalars(select(Case.stage).order_by(Case.id)).all()
        last = session.scalars(select(StageEvent).order_by(StageEvent.id.desc())).first()
    assert stages == [Stage.NEW, Stage.TRIAGE, Stage.DECLINED]
    assert last is not None
    assert (last.reason, last.details["told_on"]) == ("As the old list says", "2026-03-01")


def test_a_move_the_table_lacks_or_that_is_not_complete_is_a_bad_row(database: Database, take: Import) -> None:
    rows = [f"{ANNA},closed,,", f"{BEN},declined,,", BAD.replace("30/02", "28/02") + ",declined,A union,soon"]
    report = take(*rows, heading=STATUS, more=MOVES)
    assert [line for line, _ in report.bad] == [2, 3, 4]
    assert "can’t move from New to Closed" in report.bad[0][1]
    assert "Where we referred the doctor: please fill this in" in report.bad[1][1]
    assert "“soon” is not a date" in report.bad[2][1]
    assert count(database, StageEvent) == 0


def test_only_a_lead_imports(database: Database, take: Import) -> None:
    with database.write() as session:
        volunteer = make_volunteer(session, "vik")
        observer = make_volunteer(session, "ola", Role.OBSERVER)
    for person in (volunteer, observer):
        with pytest.raises(NotAllowed):
            take(ANNA, actor=person)
    assert count(database, Case) == 0


def test_who_imports_is_the_only_lead_or_whoever_is_named(database: Database, lead: int) -> None:
    with database.read() as session:
        assert importer(session, None) == lead
        assert importer(session, "Lena") == lead
        with pytest.raises(CommandRefused):
            importer(session, "nobody")
    with database.write() as session:
        make_volunteer(session, "second", Role.LEAD)
    with database.read() as session, pytest.raises(CommandRefused):
        importer(session, None)


def test_formulas_markup_and_control_characters_stay_text(database: Database, take: Import) -> None:
    story = "=cmd|' /C calc'!A0 <script>alert(1)</script> {Email} '; DROP TABLE cases; --\x00\x07"
    row = f'1,31/01/2026,"@SUM(1,1)",+44@example.org,EX001,Consultant,"{story}"'
    assert totals(take(row)) == (1, 0, 0)
    expected = "=cmd|' /C calc'!A0 <script>alert(1)</script> {Email} '; DROP TABLE cases; --"
    assert the_case(database).summary == expected


SIAN = "1;31/01/2026;Siân Example;sian@example.org;EX001;Consultant;“Excluded” – café, £5"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_encoding_and_separator_are_detected(database: Database, take: Import, encoding: str) -> None:
    raw = "\r\n".join([HEADING.replace(",", ";"), SIAN, ""]).encode(encoding)
    report = take(raw=raw)
    assert (totals(report), report.separator) == ((1, 0, 0), ";")
    assert the_case(database).summary == "“Excluded” – café, £5"


def test_encoding_and_separator_may_be_given(take: Import) -> None:
    raw = "\n".join([HEADING.replace(",", "¬"), SIAN.replace(";", "¬"), ""]).encode("cp1252")
    given = MAP.replace("[file]", '[file]\nencoding = "cp1252"\nseparator = "¬"')
    report = take(raw=raw, mapping=given)
    assert (totals(report), report.encoding) == ((1, 0, 0), "cp1252")


def test_a_quoted_cell_may_hold_lines_and_the_line_is_where_the_row_starts(take: Import) -> None:
    two = ANNA.replace("Excluded without reasons", '"Excluded\nwithout ""reasons"""')
    assert [line for line, _ in take(two, "", BAD).bad] == [5]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b",,,\n,,,\n", "no column “Email”"),
        (b"Number,Received,Name,Email,Trust,Grade\n", "no column “Story”"),
        (HEADING.encode() + b",Name\n", "column “Name” twice"),
        (HEADING.encode() + b'\n1,"31/01/2026\n', "Line 2: "),
    ],
)
def test_a_file_that_cannot_be_read_by_the_map_is_refused(
    database: Database, take: Import, raw: bytes, words: str
) -> None:
    with pytest.raises(CommandRefused) as refused:
        take(raw=raw)
    assert words in refused.value.message
    assert count(database, Case) == 0


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("source = ", "map.toml"),
        (MAP.replace('source = "test-enquiries"', ""), "source:"),
        (MAP.replace('key = "Number"', ""), "key:"),
        (MAP.replace('key = "Number"', "key = []"), "key:"),
        (MAP.replace('name = "{Name}"', ""), "come from: name"),
        (MAP.replace('organisation = "{Trust}"', ""), "organisation or body_text, body_kind, region, nation"),
        (MAP + 'stage = "closed"\n', "[case] has stage"),
        (MAP + 'channel = { colum = "x" }\n', "[case] channel has colum"),
        (MAP + "channel = { values = {} }\n", "say which column"),
        (MAP + 'channel = { column = "Name", split = "" }\n', "split"),
        (MAP + '[finding]\ncode = "P04"\n', "double brackets"),
        (MAP + '[[finding]]\ncode = "P04"\n', "come from: evidence"),
        (MAP + '[[move]]\nto = "triage"\nrank = "x"\n', "[[move]] has rank"),
        (MAP.replace("[file]", '[file]\nencoding = "klingon"'), "not an encoding"),
        (MAP.replace("[file]", '[file]\nencoding = "ascii"'), "Line 2: not in ascii"),
        (MAP.replace("[file]", '[file]\nseparator = "::"'), "one character"),
    ],
)
def test_a_faulty_map_is_refused_in_words(take: Import, mapping: str, words: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        take(ANNA.replace("Anna", "Ánna"), mapping=mapping)
    assert words in refused.value.message


def test_a_date_without_a_format_is_refused(take: Import) -> None:
    report = take(ANNA, mapping=MAP.replace('dates = "%d/%m/%Y"', ""))
    assert report.bad == [(2, "Received at: the map does not say how dates are written.")]


@pytest.mark.usefixtures("lead")
def test_from_the_command_line(
    database: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"DATABASE_URL": database_url, "IDENTITY_KEYS": KEY, "HASH_KEY": HASH_KEY}.items():
        monkeypatch.setenv(name, value)
    file, toml = tmp_path / "enquiries.csv", tmp_path / "map.toml"
    file.write_text(f"{HEADING}\n{ANNA}\n{BAD}\n")
    toml.write_text(MAP)
    command = ["import-cases", str(file), "--map", str(toml)]

    for each in ([*command, "--dry-run"], command):
        refused = run(*each)
        assert refused.exit_code == 1
        assert "Line 3: " in refused.stdout
        assert refused.stderr == "Bad rows: 1. Correct them, or import the rest with --partial.\n"
    assert count(database, Case) == 0
    assert "1 imported, 0 already here, 1 refused." in done(*command, "--partial", "--as", "lena")
    assert count(database, Case) == 1


def test_each_further_row_costs_a_few_statements(
    database: Database, take: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cards and short lists are dealt with once, not for each row."""
    monkeypatch.setattr(cases, "HELD", math.inf)
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    rows = [BEN.replace("2,", f"{number},", 1).replace("ben@", f"ben{number}@") for number in range(10, 31)]
    take(rows[0])
    for_one = len(seen)
    seen.clear()
    take(*rows[1:])
    assert (len(seen) - for_one) / 19 <= 18


@pytest.fixture
def small(database: Database, lead: int) -> Callable[..., CaseReport]:
    """Imports one of the shared small inputs that once went wrong. Skips where they are missing."""
    with database.write() as session:
        make_body(session, "EX002", region="north_west")

    def run(name: str, **options: bool) -> CaseReport:
        if not (SMALL / name).exists():
            pytest.skip(f"{SMALL / name} is missing.")
        mapping = load_map(SMALL / "map_row.toml")
        return import_cases(database, path=SMALL / name, mapping=mapping, actor_id=lead, **options)

    return run


def test_one_line_in_another_encoding_is_refused_by_its_number(database: Database, small: Import, take: Import) -> None:
    with pytest.raises(CommandRefused, match="Line 22: not in UTF-8, though the rest of the file is"):
        small("utf8_with_one_cp1252_row.csv")
    rows = [f"{n},31/01/2026,Siân {n},s{n}@example.org,EX001,,Rota" for n in range(1, 20)]
    raw = "\n".join([HEADING, *rows, ""]).encode()
    bad = b"98,31/01/2026,Jos\xe9,j@example.org,EX001,,Rota\n99,31/01/2026,Ren\xe9,r@example.org,EX001,,Rota\n"
    with pytest.raises(CommandRefused, match="Line 21, 22: not in UTF-8"):
        take(raw=raw + bad)
    assert count(database, Case) == 0
    assert totals(take(raw=raw)) == (19, 0, 0)


def test_a_year_typed_short_is_refused_by_its_line(database: Database, small: Import) -> None:
    report = small("year_typed_short.csv", partial=True)
    assert totals(report) == (1, 0, 3)
    for line, year in ((2, "0025"), (3, "1925"), (4, "1025")):
        assert f"Line {line}: Received: check the year, 5 March {year} can’t be right." in report.text
    assert the_case(database).opened_on == date(2025, 3, 5)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("row_key_lf.csv", "row_key_crlf.csv"),
        ("row_key_crlf.csv", "row_key_lf.csv"),
        ("row_key_nfc.csv", "row_key_nfd.csv"),
        ("row_key_nfd.csv", "row_key_nfc.csv"),
    ],
)
def test_a_row_is_known_again_whatever_its_line_ends_or_unicode_form(small: Import, first: str, again: str) -> None:
    assert totals(small(first)) == (1, 0, 0)
    assert totals(small(again)) == totals(small(first)) == (0, 1, 0)


@pytest.mark.parametrize("kept", ["a\r\nb é", "a\nb e\u0301", "a\r\nb e\u0301"])
def test_a_row_that_an_earlier_version_imported_is_known_by_the_key_it_had(
    database: Database, take: Import, kept: str
) -> None:
    row = '1,31/01/2026,Anna Example,anna@example.org,EX001,Consultant,"a\nb é"'
    assert totals(take(row, mapping=MAP.replace('"Number"', '"row"'))) == (1, 0, 0)
    cells = ("1", "31/01/2026", "Anna Example", "anna@example.org", "EX001", "Consultant", kept)
    named = dict(zip(HEADING.split(","), cells, strict=True))
    plain = json.dumps(["test-enquiries", named], sort_keys=True)
    with database.write() as session:
        old = vault_of(session).keyed_hash(hashlib.sha256(f"{plain}#1".encode()).hexdigest())
        session.execute(update(Case).values(source_key=old))
    assert totals(take(row, mapping=MAP.replace('"Number"', '"row"'))) == (0, 1, 0)


def test_organisations_on_no_list_are_named_and_wait_to_be_matched(database: Database, lead: int, take: Import) -> None:
    more = 'body_text = "{Trust}"\nbody_kind = "other"\nregion = "not_stated"\nnation = "not_stated"'
    rows = [ANNA, BEN.replace("EX001", "St Nowhere’s"), BAD.replace("EX001", "St Nowhere’s").replace("30/02", "28/02")]
    report = take(*rows, mapping=MAP.replace("grade = {", more + "\ngrade = {"))
    assert "Organisations on no list, for a lead to match on Home once they are here: 1." in report.text
    assert "  “St Nowhere’s”: line 3, 4." in report.text
    with database.read() as session:
        found = bodies_to_match(session, viewer_of(session, lead))
    assert [(one.typed, len(one.references)) for one in found.names] == [("St Nowhere’s", 2)]


def test_every_line_of_the_file_is_accounted_for(take: Import) -> None:
    take(ANNA)
    story = BEN.replace("Investigated for a rota gap", '"Investigated\n\nfor a rota gap"')
    raw = "\n".join(["", HEADING, ANNA, "", story, ",,,,,,", BAD, "4,too,short", ""])
    report = take(raw=raw.encode(), partial=True)
    assert totals(report) == (1, 1, 2)
    assert "10 lines in the file: 1 heading, 3 imported, 1 already here, 2 refused, 3 blank." in report.text
    assert len(raw.splitlines()) == 10


@pytest.mark.skipif(not HOSPITALS.exists(), reason=f"the public hospital list is not at {HOSPITALS}")
def test_the_hospital_list_is_read_as_cp1252_and_cut_by_the_not_sign() -> None:
    text, encoding = read_text(HOSPITALS)
    separator = separator_of(text)
    rows = [cells for _, cells in numbered_rows(lines_of(text), separator)]
    assert (encoding, separator, len(rows), {len(cells) for cells in rows}) == ("cp1252", "¬", 1232, {22})


@pytest.mark.skipif(not COMPLAINTS.exists(), reason=f"the public complaints are not at {COMPLAINTS}")
def test_the_public_complaints_twice(database: Database, lead: int, tmp_path: Path) -> None:
    path = tmp_path / COMPLAINTS.name
    rows, findings = telling_rows(path, apart_from=() if database.engine.dialect.name == "sqlite" else ("Company",))
    mapping = load_map(COMPLAINTS_MAP)
    first = import_cases(database, path=path, mapping=mapping, actor_id=lead)
    assert (first.rows, totals(first), first.written) == (rows, (rows, 0, 0), True)
    again = import_cases(database, path=path, mapping=mapping, actor_id=lead)
    assert totals(again) == (0, rows, 0)
    assert [count(database, model) for model in (Case, Doctor, Finding)] == [rows, rows, findings]
    with database.read() as session:
        assert session.scalar(select(func.count()).where(Case.unallocated_since.is_(None))) == 0


READ = ("Date received", "Product", "Sub-product", "Issue", "Sub-issue", "Company", "Submitted via", "Timely response?")


def telling_rows(to: Path, *, apart_from: tuple[str, ...]) -> tuple[int, int]:
    """Of the 3,186 complaints those that show, of some column that the map reads, a value for the first time: the rest
    repeat them. PostgreSQL is spared the 491 firms. Returns how many they are, and how many findings they make."""
    columns = [column for column in READ if column not in apart_from]
    shown: set[tuple[str, str]] = set()
    with COMPLAINTS.open(encoding="utf-8", newline="") as whole, to.open("w", encoding="utf-8", newline="") as part:
        complaints = csv.DictReader(whole)
        writer = csv.DictWriter(part, complaints.fieldnames or ())
        writer.writeheader()
        rows = late = 0
        for row in complaints:
            told = {(column, row[column]) for column in columns}
            if told - shown:
                shown |= told
                writer.writerow(row)
                rows, late = rows + 1, late + (row["Timely response?"] == "No")
    return rows, rows + late
