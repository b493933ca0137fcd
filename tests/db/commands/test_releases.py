"""A release: computed once, reviewed by one lead, signed by another, then as it is for good; nobody sees it before."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import RELEASED_DIMENSIONS, ConsentPurpose, Dimension, Evidence, Role
from db.commands.consents import record_consent
from db.commands.findings import add_finding
from db.commands.releases import discard_release, keep_release, review_release, sign_release
from db.errors import NotAllowed, NotFound
from db.models import Audit, Case, Finding, FindingCode, Release, ReleaseTable, Volunteer
from db.queries.release_counts import ALL
from db.queries.release_review import EVERY_ROW, exact_beside
from db.queries.release_standing import discarded, standing
from db.queries.releases import (
    Signed,
    closes_next,
    is_due,
    ready,
    released_heatmap,
    released_totals,
    signed_releases,
    signed_tables,
)
from db.rules import release_protect, release_record
from db.rules.quarters import quarter_before, quarter_of, quarter_start
from db.rules.release_protect import RULE_VERSION
from db.rules.release_protect import Release as Protected
from db.rules.release_record import fingerprint, protected
from tests.db.helpers import Clock, at_once, count, last, plain, refused, rows, run, snapshot, viewer
from tests.db.releases import compute_release, sign_release_of
from tests.factories import Casework, make_volunteer

NOW = quarter_of(clock.today())
CLOSED = quarter_before(NOW)
LONG_BEFORE = clock.now() - timedelta(days=400)
STANDS_MEANWHILE = "Another release changed"


@pytest.fixture
def coded(casework: Casework) -> Casework:
    """A finding that stood when the last quarter ended."""
    code: dict[str, Any] = {
        "code": "P04",
        "evidence": Evidence.REPORTED,
        "case_process_id": None,
        "quarter": CLOSED,
        "note": "",
    }
    run(casework, add_finding, **code)
    with casework.database.write() as session:
        session.execute(update(Finding).values(coded_at=LONG_BEFORE))
        session.execute(update(Case).values(opened_on=date(2024, 5, 1)))
    return casework


def compute(casework: Casework, quarter: str = CLOSED) -> str:
    return compute_release(casework, quarter)


def do(
    casework: Casework, command: Callable[..., None], who: str, mark: str, quarter: str = CLOSED, **more: Any
) -> None:
    with casework.database.write() as session:
        command(session, actor_id=getattr(casework, who), quarter=quarter, fingerprint=mark, **more)


def sign(casework: Casework, quarter: str = CLOSED) -> str:
    return sign_release_of(casework, quarter)


def signed(casework: Casework, who: str = "observer") -> list[Signed]:
    with casework.database.read() as session:
        return signed_releases(session, viewer(casework, who))


def look(casework: Casework, who: str, quarter: str = CLOSED, period: str = ALL) -> Any:
    with casework.database.read() as session:
        return released_heatmap(session, viewer(casework, who), quarter, Dimension.REGION, period, None)


def test_before_a_second_lead_has_signed_nobody_but_leads_sees_anything_of_it(coded: Casework) -> None:
    before = [plain(told(coded, who)) for who in ("on_case", "off_case", "observer")]
    mark = compute(coded)
    do(coded, review_release, "lead", mark)
    assert [plain(told(coded, who)) for who in ("on_case", "off_case", "observer")] == before
    for who in ("on_case", "off_case", "observer"):
        with pytest.raises(NotFound):
            look(coded, who)
        with pytest.raises(NotAllowed), coded.database.read() as session:
            standing(session, viewer(coded, who), clock.now())
    assert look(coded, "lead").stamp.signed_on is None
    do(coded, sign_release, "in_conflict", mark)
    shown = [look(coded, who) for who in ("on_case", "off_case", "observer", "lead", "in_conflict")]
    assert all(table == shown[0] for table in shown)
    assert (shown[0].stamp.quarter, shown[0].stamp.signed_on) == (CLOSED, clock.today())
    assert [one.quarter for one in signed(coded)] == [CLOSED]


def told(casework: Casework, who: str) -> Any:
    with casework.database.read() as session:
        asked = viewer(casework, who)
        return signed_releases(session, asked), released_totals(session, asked), signed_tables(session)


def test_a_release_reads_0_to_7_for_a_single_doctor_and_keeps_every_line(coded: Casework) -> None:
    sign(coded)
    table = look(coded, "observer")
    shown = {text for line in table.cells for text in line} | {line.total for line in (*table.rows, *table.columns)}
    assert shown == {"0-7"}
    assert table.total == "0-7"
    assert len(table.rows) == 46
    assert [line.code for line in table.columns][:3] == ["east_of_england", "london", "midlands"]
    with coded.database.read() as session:
        totals = released_totals(session, viewer(coded, "observer"))
    assert totals is not None
    assert (totals.open, totals.opened_this_year, totals.closed_this_year) == ("0-7", "0-7", "0-7")


def test_a_code_added_later_is_in_the_next_release_and_moves_none_that_was_signed(coded: Casework) -> None:
    earlier = quarter_before(CLOSED)
    sign(coded, earlier)
    before = plain(look(coded, "observer", earlier))
    with coded.database.write() as session:
        of_old = {c.key: getattr(session.get_one(FindingCode, "P04"), c.key) for c in FindingCode.__table__.c}
        session.add(FindingCode(**of_old | {"code": "P99", "position": 99, "label": "New"}))
    sign(coded)
    assert plain(look(coded, "observer", earlier)) == before
    assert "P99" in {line.code for line in look(coded, "observer").rows}
    assert len(look(coded, "observer", earlier).rows) == len(look(coded, "observer").rows) - 1


def test_who_reviewed_does_not_sign_and_nobody_signs_what_nobody_reviewed(coded: Casework) -> None:
    mark = compute(coded)
    with refused(coded.database, "must be reviewed first"):
        do(coded, sign_release, "lead", mark)
    do(coded, review_release, "lead", mark)
    with refused(coded.database, "a second lead must sign it"):
        do(coded, sign_release, "lead", mark)
    with refused(coded.database, "Lena has already reviewed this release"):
        do(coded, review_release, "in_conflict", mark)
    do(coded, sign_release, "in_conflict", mark)
    with refused(coded.database, "already been signed"):
        do(coded, sign_release, "in_conflict", mark)
    row = last(coded.database, Release)
    assert (row.reviewed_by_id, row.signed_by_id, row.rule_version) == (coded.lead, coded.in_conflict, RULE_VERSION)


def test_a_lead_alone_signs_a_day_later_and_it_is_marked(coded: Casework, time: Clock) -> None:
    mark = compute(coded)
    with coded.database.write() as session:
        session.get_one(Volunteer, coded.in_conflict).active = False
    do(coded, review_release, "lead", mark)
    time.on(hours=23)
    with refused(coded.database, "As the only lead, you can sign a day after your review"):
        do(coded, sign_release, "lead", mark)
    assert not standing_of(coded)[0].may_sign
    time.on(hours=1)
    assert standing_of(coded)[0].may_sign
    do(coded, sign_release, "lead", mark)
    assert last(coded.database, Audit).details == {"quarter": CLOSED, "fingerprint": mark, "alone": True}


def standing_of(casework: Casework, who: str = "lead") -> list[Any]:
    with casework.database.read() as session:
        return standing(session, viewer(casework, who), clock.now())


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer"])
def test_only_leads_compute_review_sign_and_discard(coded: Casework, who: str) -> None:
    with coded.database.read() as session:
        made = protected(ready(session, CLOSED))
    with refused(coded.database, "Only a lead"), coded.database.write() as session:
        keep_release(session, actor_id=getattr(coded, who), made=made)
    mark = compute(coded)
    for command, more in ((review_release, {}), (sign_release, {}), (discard_release, {"reason": "x"})):
        with refused(coded.database, "Only a lead"):
            do(coded, command, who, mark, **more)
    with coded.database.read() as session, pytest.raises(NotAllowed):
        exact_beside(session, viewer(coded, who), CLOSED, Dimension.REGION, ALL)


def test_a_quarter_is_computed_once_and_never_before_it_is_over(coded: Casework) -> None:
    with refused(coded.database, "quarter that is over"):
        compute(coded, NOW)
    compute(coded)
    for quarter in (CLOSED, quarter_before(CLOSED)):
        with refused(coded.database, "already been computed"):
            compute(coded, quarter)


def test_a_signed_release_stays_whatever_is_coded_later_and_cannot_be_discarded(coded: Casework) -> None:
    mark = sign(coded)
    before = look(coded, "observer")
    run(coded, add_finding, code="U06", evidence=Evidence.FOUND, case_process_id=None, quarter=CLOSED, note="")
    run(coded, record_consent, purpose=ConsentPurpose.COUNTS, given=False)
    assert look(coded, "observer") == before
    with refused(coded.database, "can’t be discarded"):
        do(coded, discard_release, "lead", mark, reason="Wrong")
    (tables,) = [tables for _, _, tables in told(coded, "observer")[2]]
    assert fingerprint(CLOSED, tables) == mark


def test_a_wrong_one_is_discarded_with_its_numbers_and_computed_again(coded: Casework) -> None:
    mark = compute(coded)
    with refused(coded.database, "please fill this in", field="reason"):
        do(coded, discard_release, "lead", mark, reason="  ")
    with refused(coded.database, "includes a case reference", field="reason"):
        do(coded, discard_release, "lead", mark, reason=f"{coded.reference} was coded twice")
    do(coded, discard_release, "lead", mark, reason="A case was coded twice")
    with coded.database.read() as session:
        found = [(one.quarter, one.by, one.why) for one in discarded(session, viewer(coded, "in_conflict"))]
        for who in ("on_case", "observer"):
            with pytest.raises(NotAllowed):
                discarded(session, viewer(coded, who))
    assert found == [(CLOSED, "Lena", "A case was coded twice")]
    assert count(coded.database, ReleaseTable) == 0
    assert standing_of(coded) == []
    with refused(coded.database, "no longer there"):
        do(coded, review_release, "lead", mark)
    sign(coded)
    assert [one.quarter for one in signed(coded)] == [CLOSED]
    actions = [row.action for row in rows(coded.database, Audit) if row.action.endswith("_release")]
    assert actions == ["compute_release", "discard_release", "compute_release", "review_release", "sign_release"]


def test_a_no_to_counts_after_computing_stops_the_signing(coded: Casework) -> None:
    mark = compute(coded)
    do(coded, review_release, "lead", mark)
    run(coded, record_consent, purpose=ConsentPurpose.COUNTS, given=False)
    with refused(coded.database, "has changed since this was computed"):
        do(coded, sign_release, "in_conflict", mark)
    do(coded, discard_release, "lead", mark, reason="Somebody said no")
    sign(coded)
    assert last(coded.database, Release).left_out == 1


def test_another_release_than_the_one_that_was_seen_is_not_signed(coded: Casework) -> None:
    mark = compute(coded)
    do(coded, review_release, "lead", mark)
    for other in ("0" * 64, "", mark.upper()):
        with refused(coded.database, "no longer there"):
            do(coded, sign_release, "in_conflict", other)
    with refused(coded.database, "no longer there"):
        do(coded, sign_release, "in_conflict", mark, quarter="2019Q1")


def test_of_two_leads_at_once_one_is_told(coded: Casework) -> None:
    mark = compute(coded)

    def reviewed_by(who: int) -> Callable[..., None]:
        return lambda session: review_release(session, actor_id=who, quarter=CLOSED, fingerprint=mark)

    told = at_once(coded.database, reviewed_by(coded.lead), reviewed_by(coded.in_conflict))
    assert told is not None
    assert last(coded.database, Release).reviewed_by_id == coded.lead
    with coded.database.write() as session:
        third = make_volunteer(session, "third", Role.LEAD)

    def signs(session: Any) -> None:
        sign_release(session, actor_id=coded.in_conflict, quarter=CLOSED, fingerprint=mark)

    def discards(session: Any) -> None:
        discard_release(session, actor_id=third, quarter=CLOSED, fingerprint=mark, reason="Wrong")

    assert at_once(coded.database, signs, discards) is not None
    row = last(coded.database, Release)
    assert row.signed_by_id == coded.in_conflict
    assert row.discarded_at is None
    assert count(coded.database, ReleaseTable) > 0


def test_of_two_computed_at_once_one_is_kept(coded: Casework) -> None:
    with coded.database.read() as session:
        made = [protected(ready(session, CLOSED)) for _ in range(2)]
    told = at_once(
        coded.database,
        lambda session: keep_release(session, actor_id=coded.lead, made=made[0]),
        lambda session: keep_release(session, actor_id=coded.in_conflict, made=made[1]),
    )
    assert told is not None
    # SQLite takes turns; on PostgreSQL the second has looked before the first is done.
    words = {"sqlite": "already been computed", "postgresql": "has just"}
    assert words[coded.database.engine.dialect.name] in told.message
    assert count(coded.database, Release) == 1


def test_a_release_is_protected_beside_all_that_stand_before_it(
    coded: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = quarter_before(CLOSED)
    sign(coded, before)
    given: list[tuple[Protected, ...]] = []
    real = release_protect.protect

    def noting(quarter: str, raw: Any, earlier: Any) -> Any:
        given.append(tuple(earlier))
        return real(quarter, raw, earlier)

    monkeypatch.setattr(release_record, "protect", noting)
    compute(coded)
    ((release,),) = given
    assert release.quarter == before
    assert [(t.dimension, t.period, t.rows, t.columns) for t in release.raw] == [
        (t.dimension, t.period, t.rows, t.columns) for t in release.frozen
    ]
    region = next(t for t in release.raw if (t.dimension, t.period) == (Dimension.REGION, ALL))
    assert (str(region.cells.dtype), str(region.thin_cells.dtype)) == ("int64", "bool")
    assert region.cells.shape == (len(region.rows), len(region.columns))


def test_what_was_protected_beside_a_release_that_is_gone_is_not_kept(coded: Casework) -> None:
    mark = compute(coded, quarter_before(CLOSED))
    with coded.database.read() as session:
        made = protected(ready(session, CLOSED))
    do(coded, discard_release, "lead", mark, quarter_before(CLOSED), reason="Wrong")
    with refused(coded.database, STANDS_MEANWHILE), coded.database.write() as session:
        keep_release(session, actor_id=None, made=made)


def test_beside_the_released_numbers_a_lead_sees_exact_ones_of_the_cases_they_may_see(coded: Casework) -> None:
    sign(coded)
    for who, seen in (("lead", 1), ("in_conflict", 0)):
        with coded.database.read() as session:
            for dimension in RELEASED_DIMENSIONS:
                exact = exact_beside(session, viewer(coded, who), CLOSED, dimension, ALL)
                assert exact[EVERY_ROW][0] == seen, (who, dimension)
                assert sum(map(sum, exact.values())) == 4 * seen, (who, dimension)


def test_what_there_is_not_is_not_found(coded: Casework) -> None:
    sign(coded)
    for quarter in (CLOSED, "2019Q1", "", "\x00", "\ud800", "x" * 5_000):
        for period in ("all", "1066", "'; --", "\x00", "²"):
            if (quarter, period) != (CLOSED, "all"):
                with pytest.raises(NotFound):
                    look(coded, "observer", quarter, period)


def test_a_quarter_waits_to_be_computed_until_it_is(coded: Casework) -> None:
    with coded.database.read() as session:
        assert is_due(session, CLOSED)
    compute(coded)
    with coded.database.read() as session:
        assert not is_due(session, CLOSED)
        with pytest.raises(NotAllowed):
            standing(session, viewer(coded, "observer"), clock.now())


@pytest.mark.parametrize(
    ("today", "ends"), [(date(2026, 11, 28), date(2026, 12, 31)), (date(2026, 3, 31), date(2026, 3, 31))]
)
def test_when_the_quarter_closes(today: date, ends: date) -> None:
    assert closes_next(today) == ends
    assert quarter_start(quarter_of(ends + timedelta(days=1))) == ends + timedelta(days=1)


def test_a_failed_write_leaves_nothing_of_a_release(coded: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(coded.database)
    monkeypatch.setattr(
        "db.search_index.refresh", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("the power went"))
    )
    with pytest.raises(RuntimeError, match="power"):
        compute(coded)
    assert snapshot(coded.database) == before


def test_every_string_that_leaves_is_one_of_three_kinds(coded: Casework) -> None:
    sign(coded)
    with coded.database.read() as session:
        tables = [table for _, _, tables in signed_tables(session) for table in tables]
    shown = {
        text
        for table in tables
        for line in (*table.cells, table.row_totals, table.column_totals, [table.total])
        for text in line
    }
    assert all(text in ("0-7", "*") or (int(text) >= 10 and int(text) % 5 == 0) for text in shown)
