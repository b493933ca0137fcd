"""An import is rehearsed in parts, between which others save, and written at once: whole, or not at all."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Row as Found
from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.audit_check import check_audit
from db.base import Base
from db.choices import Role
from db.commands.affiliations import add_affiliation
from db.commands.bodies import add_body
from db.commands.record import audit
from db.engine import Database, current_revision
from db.errors import CommandRefused, NotFound
from db.imports import cases, rehearsal
from db.imports.case_rows import import_row
from db.imports.files import lines_of, numbered_rows
from db.imports.mapping import Row, load_map
from db.imports.rehearsal import FIRST, Laid, Places, Rehearsed, Rows, as_stored, lay_out, put, rehearse
from db.models import Action, Case, Organisation, SearchText, Volunteer
from tests.db.helpers import everything, snapshot
from tests.db.imports.enquiries import ANNA, BAD, BEN, HEADING, MAP, Import, count, totals
from tests.factories import make_body, make_case, make_volunteer

CAL = BAD.replace("30/02", "28/02")
# Much of what a row can bring: processes with their deadlines, flags, findings, moves, and an end.
RICH = """
processes = { column = "Facing", split = ";", values = { employer = "MHPS", GMC = "GMC" } }
grounds = ["race"]
flags = { column = "Urgent", values = { y = "EXCL" } }
dates_told = "Told us of {Facing}"
[[finding]]
code = { column = "Status", values = { new = "", open = "P04", declined = "P07" } }
evidence = "documented"
note = "{Story}"
[[move]]
to = { column = "Status", values = { new = "", open = "triage", declined = "triage" } }
representation = "unknown"
limit_dates = "none known"
scope = "Imported: {Status}"
[[move]]
to = { column = "Status", values = { new = "", open = "", declined = "declined" } }
decline_reason = "out_of_scope"
sent_to = "A union"
told_on = "01/03/2026"
"""
RICH_HEADING = HEADING + ",Facing,Urgent,Status"
RICH_ROWS = (f"{ANNA},employer;GMC,y,new", f"{BEN},GMC,y,open", f"{CAL},employer,,declined")


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is rehearsed in a transaction of its own."""
    monkeypatch.setattr(cases, "HELD", -1)
    monkeypatch.setattr(cases, "PAUSE", 0)


@pytest.fixture
def after_each(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], object]], None]:
    """Does something after each rehearsed row, which are counted."""

    def does(something: Callable[[int], object]) -> None:
        done = 0

        @contextmanager
        def rehearsing(database: Database, rehearsed: Rehearsed) -> Iterator[Session]:
            nonlocal done
            with rehearse(database, rehearsed) as session:
                yield session
            done += 1
            something(done)

        monkeypatch.setattr(cases, "rehearse", rehearsing)

    return does


def make_known(session: Session, lead: int, name: str) -> None:
    add_body(session, viewer_of(session, lead), name=name, kind="acute", region="north_west", nation="england")


def is_whole(database: Database) -> bool:
    with database.read() as session:
        return not check_audit(session, database.vault).broken


def test_between_rows_others_save_and_see_nothing_of_the_file(
    database: Database, take: Import, after_each: Callable[[Callable[[int], object]], None]
) -> None:
    seen: list[int] = []

    def save(_done: int) -> None:
        seen.append(count(database, Case))
        with database.write() as session:
            audit(session, None, "send_link")

    after_each(save)
    assert totals(take(ANNA, BEN, CAL)) == (3, 0, 0)
    assert seen == [0, 0, 0]
    assert count(database, Case) == count(database, SearchText) == 3
    assert is_whole(database)


def test_killed_between_rows_it_leaves_nothing_and_the_next_one_imports_all(
    database: Database, take: Import, after_each: Callable[[Callable[[int], object]], None]
) -> None:
    take(ANNA, dry_run=True)
    before = snapshot(database)

    def killed(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    after_each(killed)
    with pytest.raises(KeyboardInterrupt):
        take(ANNA, BEN, CAL)
    assert snapshot(database) == before
    after_each(lambda _done: None)
    assert totals(take(ANNA, BEN, CAL)) == (3, 0, 0)


@pytest.mark.parametrize("table", ["cases", "search_texts", "audit"])
def test_stopped_while_it_is_written_it_leaves_nothing(database: Database, take: Import, table: str) -> None:
    take(ANNA, dry_run=True)
    before = snapshot(database)

    def stop(session: Session, into: Table, rows: Rows) -> None:
        if into.name == table:
            raise KeyboardInterrupt
        put(session, into, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehearsal, "put", stop)
        with pytest.raises(KeyboardInterrupt):
            take(ANNA, BEN, CAL)
    assert snapshot(database) == before
    assert totals(take(ANNA, BEN, CAL)) == (3, 0, 0)
    assert is_whole(database)


def test_a_row_that_came_meanwhile_is_refused_in_words(database: Database, take: Import) -> None:
    """As two imports of one file that are written at the same moment."""
    take(ANNA)
    table = Base.metadata.tables["cases"]
    with database.read() as session:
        [row] = session.execute(select(table)).mappings()
    again = {**row, "id": row["id"] + 1, "reference": "LNB-22222A"}
    [stored] = as_stored(database.engine.dialect, table, [list(again.values())])

    def write() -> None:
        with database.write() as session:
            put(session, table, [tuple(stored)])

    with pytest.raises(CommandRefused, match=r"already a case|just saved this"):
        write()
    assert count(database, Case) == 1


@pytest.mark.parametrize("saves", [1, 3, 9])
def test_what_is_saved_while_rows_are_laid_out_takes_no_place_of_theirs(
    database: Database, lead: int, take: Import, monkeypatch: pytest.MonkeyPatch, saves: int
) -> None:
    """However often: the last time they are laid out while others wait."""
    made = 0

    def lays(database: Database, rehearsed: Rehearsed, where: Places) -> Laid:
        nonlocal made
        laid = lay_out(database, rehearsed, where)
        # Whoever lays out within the transaction that writes is alone on SQLite.
        if made < min(saves, cases.LAYINGS):
            made += 1
            with database.write() as session:
                body = session.scalars(select(Organisation.id).where(Organisation.code == "EX001")).one()
                make_case(session, actor_id=lead, body=body, contact=f"{made}@example.org")
        return laid

    monkeypatch.setattr(cases, "lay_out", lays)
    assert totals(take(ANNA, BEN, CAL)) == (3, 0, 0)
    assert count(database, Case) == 3 + made
    assert made == (1 if database.engine.dialect.name == "postgresql" else min(saves, cases.LAYINGS))
    assert is_whole(database)


def test_a_row_refused_after_many_good_ones_leaves_nothing(database: Database, take: Import) -> None:
    take(ANNA, dry_run=True)
    before = snapshot(database)
    rows = [BEN.replace("2,", f"{number},", 1) for number in range(10, 40)]
    assert totals(take(*rows, BAD)) == (30, 0, 1)
    assert snapshot(database) == before


def test_of_two_imports_of_one_file_at_once_the_second_finds_it_here(
    database: Database, take: Import, after_each: Callable[[Callable[[int], object]], None]
) -> None:
    def also(done: int) -> None:
        if done == 1:
            assert totals(take(ANNA, BEN)) == (2, 0, 0)

    after_each(also)
    assert totals(take(ANNA, BEN, CAL)) == (1, 2, 0)
    assert count(database, Case) == 3
    assert is_whole(database)


def test_what_changes_while_rows_are_rehearsed_counts_for_all_of_them(
    database: Database, lead: int, take: Import, after_each: Callable[[Callable[[int], object]], None]
) -> None:
    """The organisation of the second row is added after the first; then all are looked at again."""

    def add(done: int) -> None:
        if done == 1:
            with database.write() as session:
                make_known(session, lead, "Late Trust")

    after_each(add)
    more = 'body_text = "{Trust}"\n'
    assert totals(take(ANNA.replace("EX001", "Late Trust"), BEN, mapping=MAP + more)) == (2, 0, 0)
    with database.read() as session:
        named = select(Organisation.name).join(Case, Case.organisation_id == Organisation.id)
        assert "Late Trust" in session.scalars(named).all()


def test_a_conflict_declared_meanwhile_bars_whoever_imports(
    database: Database, lead: int, take: Import, after_each: Callable[[Callable[[int], object]], None]
) -> None:
    def declare(done: int) -> None:
        if done == 2:
            with database.write() as session:
                body = session.scalars(select(Organisation.id).where(Organisation.code == "EX001")).one()
                today = clock.today()
                add_affiliation(session, actor_id=lead, volunteer_id=lead, organisation_id=body, started_on=today)

    after_each(declare)
    finding = '[[finding]]\ncode = "P04"\nevidence = "reported"\nnote = ""\n'
    report = take(ANNA, BEN, more=finding)
    assert totals(report) == (0, 0, 2)
    assert "conflict of interest" in report.bad[0][1]
    assert count(database, Case) == 0


def test_a_lead_whose_account_ends_meanwhile_imports_nothing(
    database: Database, lead: int, take: Import, after_each: Callable[[Callable[[int], object]], None]
) -> None:
    def end(_done: int) -> None:
        with database.write() as session:
            session.execute(update(Volunteer).where(Volunteer.id == lead).values(active=False))

    after_each(end)
    with pytest.raises(NotFound):
        take(ANNA)
    assert count(database, Case) == 0


def test_a_record_that_never_rests_is_refused_in_words(
    database: Database, lead: int, take: Import, after_each: Callable[[Callable[[int], object]], None]
) -> None:
    def add(_done: int) -> None:
        with database.write() as session:
            make_known(session, lead, f"Trust {count(database, Organisation)}")

    after_each(add)
    with pytest.raises(CommandRefused, match="the record changed each time"):
        take(ANNA)
    assert count(database, Case) == 0


def test_no_two_cases_of_a_file_get_one_reference(
    database: Database, take: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["LNB-22222A", "LNB-22222A", "LNB-33333B", "LNB-22222A", "LNB-33333B", "LNB-44444C"])
    monkeypatch.setattr("db.commands.open_case.new_reference", lambda: next(drawn))
    take(ANNA, BEN, CAL)
    with database.read() as session:
        found = session.scalars(select(Case.reference).order_by(Case.id)).all()
    assert found == ["LNB-22222A", "LNB-33333B", "LNB-44444C"]


def test_rows_are_written_as_commands_write_them_and_numbered_after_those_there(
    database: Database, lead: int, take: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (toml := tmp_path / "rich.toml").write_text(MAP + RICH, encoding="utf-8")
    mapping = load_map(toml)
    with database.write() as session:
        for row in rows_of(RICH_HEADING, *RICH_ROWS):
            import_row(session, viewer_of(session, lead), mapping, row, f"by hand {row.line}")
    by_commands = told(database)
    for held in (-1, math.inf):
        monkeypatch.setattr(cases, "HELD", held)
        with database.read() as session:
            last = session.scalars(select(Case.id).order_by(Case.id.desc()).limit(1)).one()
        other = (MAP + RICH).replace("test-enquiries", f"held {held}")
        assert totals(take(*RICH_ROWS, heading=RICH_HEADING, mapping=other)) == (3, 0, 0)
        assert told(database, after=last) == by_commands
    with database.read() as session:
        numbers = session.scalars(select(Action.id).order_by(Action.id)).all()
        revision = current_revision(session)
    assert max(numbers) < FIRST
    assert revision[1] > 1
    assert not [row for rows in everything(database).values() for row in rows if re.search(r"\b10737\d{5}\b", row)]
    assert is_whole(database)
    with database.write() as session:
        make_body(session, "EX900", region="north_west")
        make_volunteer(session, "after", Role.LEAD)
        [row] = rows_of(RICH_HEADING, RICH_ROWS[0])
        import_row(session, viewer_of(session, lead), mapping, row, "by hand, afterwards")


def rows_of(heading: str, *rows: str) -> list[Row]:
    (_, names), *rest = numbered_rows(lines_of("\n".join([heading, *rows])))
    return [Row(line, dict(zip(names, cells, strict=True))) for line, cells in rest]


# What differs from one import of a row to the next.
ITS_OWN = {"id", "reference", "source_key", "sealed", "head_vector", "body_vector"}
# Numbers that no foreign key explains.
CHAINED = {("audit", "previous"), ("audit", "hash")}
OF = {"next_action_id": "actions", "next_deadline_id": "deadlines"}


def told(database: Database, after: int = 0) -> list[list[str]]:
    """Every row about the cases after this one, without what is its own: numbers are counted from the first of their
    table, and moments are left out."""
    with database.read() as session:
        cases = session.execute(select(Case.id, Case.reference).where(Case.id > after).order_by(Case.id)).all()
        mine: dict[str, list[int]] = {"cases": [case.id for case in cases]}
        mine["doctors"] = list(session.scalars(select(Case.doctor_id).where(Case.id > after)))
        found: list[tuple[Table, dict[str, object]]] = []
        for table in Base.metadata.sorted_tables:
            key = {"cases": "id", "process_events": "case_process_id"}.get(table.name, "case_id")
            if key in table.c:
                ids = mine["case_processes" if key == "case_process_id" else "cases"]
                rows = session.execute(select(table).where(table.c[key].in_(ids)).order_by(*table.primary_key))
                found += [(table, dict(row)) for row in rows.mappings()]
                mine.setdefault(table.name, [int(str(row["id"])) for of, row in found if of is table and "id" in row])
    return [
        [table.name, *(f"{name}: {cell}" for name, cell in sorted(plain(table, row, mine, cases).items()))]
        for table, row in found
    ]


def plain(
    table: Table, row: dict[str, object], mine: dict[str, list[int]], cases: Sequence[Found[int, str]]
) -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, cell in row.items():
        keys = table.c[name].foreign_keys
        target = next((key.column.table.name for key in keys), OF.get(name, ""))
        if isinstance(cell, int) and mine.get(target) and cell >= min(mine[target]):
            cells[name] = f"{target} {cell - min(mine[target])}"
        elif name not in ITS_OWN and not isinstance(cell, datetime) and (table.name, name) not in CHAINED:
            cells[name] = str(cell)
            for place, case in enumerate(cases):
                cells[name] = cells[name].replace(case.reference, f"case {place}")
                cells[name] = cells[name].replace(case.reference[4:].lower(), f"case {place}")
    return cells
