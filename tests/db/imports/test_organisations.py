"""Bodies from the public ODS file: what a later file changes, what it leaves, and what is refused."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.engine import Database, current_revision
from db.errors import CommandRefused
from db.imports.files import lines_of, read_text
from db.imports.organisation_rows import kind_of, place_of
from db.imports.organisations import ACTION, OrganisationReport, import_organisations
from db.models import Audit, Organisation, OrganisationAlias
from tests.conftest import HASH_KEY, KEY
from tests.db.cli.command_line import done, refusal

ODS = Path(__file__).parents[3].parent / "shared" / "data" / "ods"
needs_ods = pytest.mark.skipif(not ODS.exists(), reason=f"the public ODS files are not at {ODS}")


def ods_row(
    code: str,
    name: str = "EXAMPLE HOSPITALS NHS TRUST",
    *,
    region: str = "Y56",
    parent: str = "QEX",
    opened: str = "20010401",
    closed: str = "",
    letter: str = "H",
) -> str:
    cells = [""] * 27
    cells[0], cells[1], cells[2], cells[3] = code, name, region, parent
    cells[10], cells[11], cells[23] = opened, closed, letter
    return ",".join(f'"{cell}"' for cell in cells) + "\r\n"


def take(database: Database, *rows: str) -> OrganisationReport:
    with database.write() as session:
        return import_organisations(session, lines=rows)


def body(database: Database, code: str) -> Organisation:
    with database.read() as session:
        return session.scalars(select(Organisation).where(Organisation.code == code)).one()


def count(database: Database, model: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def changes(report: OrganisationReport) -> dict[str, int]:
    return {heading: number for heading, number in report.counts.items() if number}


def test_new_bodies_are_added_with_what_the_row_says(database: Database) -> None:
    report = take(database, ods_row("RX0", "EXAMPLE AMBULANCE SERVICE NHS TRUST", closed="20200331"))

    added = body(database, "RX0")
    assert (added.name, added.kind) == ("EXAMPLE AMBULANCE SERVICE NHS TRUST", "ambulance")
    assert (added.nation, added.region, added.parent_code) == ("england", "london", "QEX")
    assert (added.opened_on, added.closed_on) == (date(2001, 4, 1), date(2020, 3, 31))
    assert changes(report) == {"added": 1}
    assert "RX0 EXAMPLE AMBULANCE SERVICE NHS TRUST (closed on 2020-03-31)" in report.text


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    take(database, ods_row("RX0"), ods_row("RX1"))
    assert changes(take(database, ods_row("RX0"), ods_row("RX1"))) == {"unchanged": 2}


def test_a_later_name_keeps_the_old_one_as_an_alias_once(database: Database) -> None:
    for name in ("OLD NHS TRUST", "NEW NHS TRUST", "OLD NHS TRUST", "NEW NHS TRUST"):
        report = take(database, ods_row("RX0", name))

    assert report.lines["renamed"] == ["RX0 OLD NHS TRUST → NEW NHS TRUST"]
    with database.read() as session:
        assert sorted(session.scalars(select(OrganisationAlias.name))) == ["NEW NHS TRUST", "OLD NHS TRUST"]


def test_closing_and_opening_again(database: Database) -> None:
    take(database, ods_row("RX0"))
    closing = take(database, ods_row("RX0", closed="20240930"))
    assert closing.lines["closed"] == ["RX0 EXAMPLE HOSPITALS NHS TRUST on 2024-09-30"]
    corrected = take(database, ods_row("RX0", closed="20241031"))
    assert corrected.lines["closed"] == ["RX0 EXAMPLE HOSPITALS NHS TRUST on 2024-10-31 (was 2024-09-30)"]
    opening = take(database, ods_row("RX0"))
    assert opening.lines["re-opened"] == ["RX0 EXAMPLE HOSPITALS NHS TRUST (had closed on 2024-10-31)"]
    assert body(database, "RX0").closed_on is None


def test_a_move_of_region_or_parent(database: Database) -> None:
    take(database, ods_row("RX0"))
    report = take(database, ods_row("RX0", region="Y59", parent="QEY"))
    assert report.lines["moved"] == ["RX0 EXAMPLE HOSPITALS NHS TRUST: region london → south_east, parent QEX → QEY"]
    assert (body(database, "RX0").region, body(database, "RX0").parent_code) == ("south_east", "QEY")


def test_a_blank_region_parent_or_opening_date_leaves_what_is_known(database: Database) -> None:
    take(database, ods_row("RX0"))
    assert changes(take(database, ods_row("RX0", region="", parent="", opened="", letter=""))) == {"unchanged": 1}


def test_an_opening_date_is_corrected(database: Database) -> None:
    take(database, ods_row("RX0"))
    assert changes(take(database, ods_row("RX0", opened="20020401"))) == {"corrected": 1}


def test_a_parent_is_linked_when_it_is_known_also_later(database: Database) -> None:
    take(database, ods_row("RX0", parent="QEX"))
    assert body(database, "RX0").parent_id is None
    report = take(database, ods_row("QEX", "NHS EXAMPLE INTEGRATED CARE BOARD", parent="QEX"))
    assert report.parents_found == 1
    assert body(database, "RX0").parent_id == body(database, "QEX").id
    assert body(database, "QEX").parent_code is None
    take(database, ods_row("QEY", "NHS OTHER INTEGRATED CARE BOARD"), ods_row("RX0", parent="QEY"))
    assert body(database, "RX0").parent_id == body(database, "QEY").id


def test_a_five_character_code_is_a_site_of_a_known_trust_or_a_body_of_its_own(database: Database) -> None:
    take(
        database,
        ods_row("RX0", "EXAMPLE MENTAL HEALTH NHS TRUST"),
        ods_row("RX001", "EXAMPLE HOUSE"),
        ods_row("G9X9S", "EXAMPLE SUCCESSOR NHS TRUST"),
        ods_row("RZ901", "A SITE NOBODY KNOWS"),
    )
    site, successor, stray = (body(database, code) for code in ("RX001", "G9X9S", "RZ901"))
    assert (site.parent_code, site.parent_id, site.kind) == ("RX0", body(database, "RX0").id, "mental_health")
    assert (successor.parent_code, successor.kind) == ("QEX", "acute")
    assert (stray.parent_code, stray.kind) == ("QEX", "other")


def test_vanished_bodies_are_reported_and_kept(database: Database) -> None:
    take(database, ods_row("RX0"), ods_row("RX1"))
    with database.write() as session:
        session.add(Organisation(code="OWN", name="Ours", kind="other", nation="england", region="london"))
    before = body(database, "RX1")
    report = take(database, ods_row("RX0"))
    assert report.lines["vanished"] == ["RX1 EXAMPLE HOSPITALS NHS TRUST"]
    after = body(database, "RX1")
    assert (after.name, after.closed_on, after.parent_code) == (before.name, before.closed_on, before.parent_code)


def test_another_list_does_not_make_the_first_vanish(database: Database) -> None:
    take(database, ods_row("RX0"))
    assert changes(take(database, ods_row("00A", "NHS EXAMPLE CCG"))) == {"added": 1}


def test_one_audit_row_for_each_import(database: Database) -> None:
    take(database, ods_row("RX0"))
    take(database, ods_row("RX0"))
    with database.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action == ACTION)).all()
    assert [row.details["changes"]["added"] for row in rows] == [1, 0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no rows"),
        (["\r\n", ",,,\r\n"], "no rows"),
        ([ods_row("RX0"), "RX1,TOO SHORT\r\n"], "Line 2: 2 columns where 27"),
        ([ods_row("RX0"), "\r\n", ods_row("RX1", opened="31/12/2001")], "Line 3: Opening date “31/12/2001”"),
        ([ods_row("RX0", closed="20230230")], "Line 1: Closing date “20230230”"),
        ([ods_row("RX0", closed="2023-02-28")], "Line 1: Closing date"),
        ([ods_row("RX0"), ods_row("RX0", "TWICE NHS TRUST")], "Line 2: code RX0 is repeated"),
        ([ods_row("RX0", "")], "Line 1: Name"),
        ([ods_row("RX0", "N" * 201)], "Line 1: Name"),
        ([ods_row("", "NO CODE NHS TRUST")], "Line 1: “” is not a valid code"),
        ([ods_row("=CMD()")], "Line 1: “=CMD()” is not a valid code"),
        ([ods_row("RX0", parent="not a code")], "Line 1: “not a code”"),
        ([ods_row("RX0"), '"RX1","OPEN QUOTE\r\n', ods_row("RX2")], "Line 2:"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line_and_writes_nothing(
    database: Database, rows: list[str], words: str
) -> None:
    before = count(database, Audit)
    with pytest.raises(CommandRefused) as refused:
        take(database, *rows)
    assert words in refused.value.message
    assert (count(database, Organisation), count(database, Audit)) == (0, before)


def test_hostile_names_are_kept_as_text(database: Database) -> None:
    take(database, ods_row("RX0", "=HYPERLINK(1)<script>\x00\x1b[2J"), ods_row("RX1", "YSBYTY’R ŵ Ê"))
    assert body(database, "RX0").name == "=HYPERLINK(1)<script>[2J"
    assert body(database, "RX1").name == "YSBYTY’R ŵ Ê"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("EXAMPLE UNIVERSITY HOSPITALS NHS FOUNDATION TRUST", "acute"),
        ("EXAMPLE MENTAL HEALTH AND SOCIAL CARE PARTNERSHIP NHS TRUST", "mental_health"),
        ("EXAMPLE PARTNERSHIP NHS FOUNDATION TRUST", "mental_health"),
        ("EXAMPLE COMMUNITY HEALTH AND CARE NHS TRUST", "community"),
        ("EXAMPLE INTEGRATED CARE NHS FOUNDATION TRUST", "integrated"),
        ("WEST EXAMPLE AMBULANCE SERVICE UNIVERSITY NHS TRUST", "ambulance"),
        ("EXAMPLE UNIVERSITY LOCAL HEALTH BOARD", "health_board"),
        ("PUBLIC HEALTH EXAMPLE NHS TRUST", "other"),
        ("NHS EXAMPLE CCG", "icb"),
        ("NHS EXAMPLE ICB - 00A", "icb"),
        ("EXAMPLE HOUSE", "other"),
    ],
)
def test_the_kind_is_told_from_the_name(name: str, kind: str) -> None:
    assert kind_of("XXX", name) == kind


def test_sub_type_and_known_codes_go_before_the_name() -> None:
    assert kind_of("A1B2C", "EXAMPLE PARTNERSHIP", "RO319|RO326") == "icb"
    assert kind_of("RV5", "A TRUST WHOSE NAME HIDES IT NHS TRUST") == "mental_health"


@pytest.mark.parametrize(
    ("grouping", "letter", "place"),
    [
        ("Y63", "A", ("england", "north_east_yorkshire")),
        ("Y99", "", ("england", "other")),
        ("W00", "W", ("wales", "wales")),
        ("", "W", ("wales", "wales")),
        ("", "", ("not_stated", "not_stated")),
    ],
)
def test_nation_and_region(grouping: str, letter: str, place: tuple[str, str]) -> None:
    assert place_of(grouping, letter) == place


def take_file(database: Database, name: str) -> dict[str, int]:
    text, _ = read_text(ODS / name)
    with database.write() as session:
        return changes(import_organisations(session, lines=lines_of(text)))


@needs_ods
def test_the_public_files_each_twice_in_order_of_time(database: Database) -> None:
    assert take_file(database, "etr_2022-03.csv") == {"added": 218}
    assert take_file(database, "etr_2022-03.csv") == {"unchanged": 218}
    later = {"added": 1, "renamed": 10, "closed": 5, "moved": 2, "vanished": 9, "unchanged": 192}
    assert take_file(database, "etr_2025-07.csv") == later
    assert take_file(database, "etr_2025-07.csv") == {"vanished": 9, "unchanged": 210}
    latest = {"added": 54, "renamed": 3, "closed": 3, "moved": 2, "unchanged": 211}
    assert take_file(database, "etr_2025-12.csv") == latest
    assert take_file(database, "etr_2025-12.csv") == {"unchanged": 273}
    assert take_file(database, "eccg_2025-12.csv") == {"added": 320}
    assert take_file(database, "eccg_2025-12.csv") == {"unchanged": 320}
    assert body(database, "G6V2S").kind == "mental_health"
    assert body(database, "RT4").nation == "wales"
    assert count(database, OrganisationAlias) == 13


@needs_ods
def test_an_older_file_opens_bodies_again(database: Database) -> None:
    take_file(database, "etr_2025-12.csv")
    report = take_file(database, "etr_2022-03.csv")
    assert report["re-opened"] == 8


def test_from_the_command_line(
    database: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("IDENTITY_KEYS", KEY)
    monkeypatch.setenv("HASH_KEY", HASH_KEY)
    file = tmp_path / "etr.csv"
    file.write_bytes(ods_row("RX0", "EXAMPLE CAFÉ NHS TRUST").encode("cp1252"))
    with database.read() as session:
        before = current_revision(session)
    assert done("import-organisations", str(file)).startswith("1 added, 0 renamed")
    assert body(database, "RX0").name == "EXAMPLE CAFÉ NHS TRUST"
    with database.read() as session:
        assert current_revision(session)[1] > before[1]
    file.write_text("code,name\n")
    assert (
        refusal("import-organisations", str(file)) == "Line 1: 2 columns where 27 are expected. Nothing was imported.\n"
    )
    assert "none.csv: No such file or directory." in refusal("import-organisations", str(tmp_path / "none.csv"))
