"""After every command that there is, all that is kept stands as it would if it were read anew.

One walk for all of it: the commands are the same, and each must leave each right.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard.store import arrays, inboxes, leadership
from db import clock, declared
from db.access import Viewer
from db.choices import Dimension
from db.errors import CommandRefused
from db.queries.finding_arrays import FindingArrays
from db.queries.heatmap import HeatmapFilters, heatmap
from db.queries.inbox import inbox
from db.queries.leadership import days_asked, read_since
from db.queries.leadership_lines import LeadershipLines, lines_now, with_quiet
from db.queries.places import places_now
from db.queries.same_doctor import same_doctor
from db.queries.suggestions import Balance, balance
from db.queries.trend import trend
from db.rules.limits import Limits
from db.rules.periods import quarter_around
from tests.db import test_search_index
from tests.db.calls import Valid, commands, in_turn
from tests.db.helpers import viewer
from tests.db.queries import test_places
from tests.factories import Casework

TODAY, LIMITS = clock.today(), Limits()
# On PostgreSQL, where what goes stale is the same, only after each so many commands: a look takes half a second.
SELDOM = 6
EVERYBODY = ("lead", "on_case", "off_case", "in_conflict", "observer")
KEPT = (arrays.PLACES, arrays.BALANCES, inboxes.KEPT, leadership.LINES)
Viewers = dict[str, Viewer]
# By what is kept and for whom: as kept, and as read anew.
Looks = dict[str, tuple[Any, Any]]


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    for kept in KEPT:
        kept.clear()
    yield
    for kept in KEPT:
        kept.clear()


def told(found: Balance) -> list[Any]:
    """Unallocated cases, and who could take them, are read each time, and follow from this."""
    return [found.load.people.to_csv(), found.load.with_room, found.rebalancing]


def balances(casework: Casework, viewers: Viewers) -> Looks:
    """Workload and rebalancing."""
    with casework.database.read() as session:
        kept = {who: told(arrays.balance(session, viewers[who], TODAY, LIMITS)) for who in test_places.READERS}
    with casework.database.read() as session:
        places = places_now(session, TODAY, LIMITS)
        anew = {who: told(balance(session, viewers[who], TODAY, LIMITS, places=places)) for who in kept}
    return {f"workload of {who}": (kept[who], anew[who]) for who in kept}


def notices(casework: Casework, viewers: Viewers) -> Looks:
    with casework.database.read() as session:
        kept = {who: inboxes.inbox(session, viewers[who], "one", 0) for who in EVERYBODY}
    with casework.database.read() as session:
        return {f"inbox of {who}": (kept[who], inbox(session, viewers[who], 0)) for who in EVERYBODY}


def words(casework: Casework, _viewers: Viewers) -> Looks:
    database = casework.database
    return {"search index": (test_search_index.kept(database), test_search_index.made_anew(database))}


def numbers(casework: Casework, _viewers: Viewers) -> Looks:
    """Leadership's lines, which are of no viewer."""
    period = quarter_around(TODAY)
    with casework.database.read() as session:
        kept = leadership.counted_lines(session, period, TODAY, LIMITS)
    with casework.database.read() as session:
        anew = lines_now(session, None, read_since(TODAY), LIMITS.stalled_days, TODAY)
        anew = with_quiet(session, anew, days_asked(period, TODAY), LIMITS.stalled_days)
    return {"leadership": (counted(kept), counted(anew))}


def counted(lines: LeadershipLines) -> list[Any]:
    outcomes = sorted((case_id, lines.reached[what], on) for case_id, what, on in lines.outcomes.tolist())
    due = sorted((case_id, ours, lines.kinds[kind], *days) for case_id, ours, kind, *days in lines.deadlines.tolist())
    plain = (
        lines.openings,
        lines.endings,
        lines.places,
        lines.lacking,
        *(lines.quiet[day] for day in sorted(lines.quiet)),
    )
    return [outcomes, due, *(sorted(each.tolist()) for each in plain)]


LOOKS: tuple[Callable[[Casework, Viewers], Looks], ...] = (balances, notices, words, numbers)


def all_that_differs(casework: Casework, after: str) -> list[str]:
    viewers = {who: viewer(casework, who) for who in EVERYBODY}
    looks = [look(casework, viewers) for look in LOOKS]
    return [f"{name} after {after}" for found in looks for name, (kept, anew) in found.items() if kept != anew]


def patterns(casework: Casework) -> list[Any]:
    """All that is kept until a command says that it may have moved it, counted afresh as a lead sees it."""
    lead = viewer(casework, "lead")
    with casework.database.read() as session:
        arrays = {with_process: FindingArrays(with_process=with_process) for with_process in (True, False)}
        every = [HeatmapFilters(dimension=dimension) for dimension in Dimension]
        tables = [heatmap(session, lead, filters, arrays=arrays[filters.needs_process]) for filters in every]
        return [*map(repr, tables), trend(session, lead, TODAY).to_csv(), same_doctor(session, lead, 50)]


def is_said_to_move_patterns(name: str, fields: dict[str, Any]) -> bool:
    return name in declared.commands() and declared.facts_of(commands()[name]).patterns.moved_by(fields)


def test_all_that_is_kept_is_as_read_anew_and_patterns_move_only_where_a_command_says_so(casework: Casework) -> None:
    test_places.overload(casework)
    calls = in_turn(Valid(casework).calls())
    assert told(as_the_lead_sees_it(casework))[-1].over
    differs, before = all_that_differs(casework, "nothing"), patterns(casework)
    done, moved = set(), set()
    seldom = casework.database.engine.dialect.name != "sqlite"
    for name, (who, fields) in calls:
        command, database = commands()[name], casework.database
        try:
            # What only opens something sealed is no change, and declares nothing.
            with database.write() if name in declared.commands() else database.log() as session:
                command(session, actor_id=getattr(casework, who), **fields)
        except CommandRefused:
            continue  # An earlier one took away what it is about.
        done.add(name)
        if seldom and len(done) % SELDOM:
            continue
        differs += all_that_differs(casework, name)
        if (after := patterns(casework)) != before:
            before = after
            moved.add(name)
            differs += [] if seldom or is_said_to_move_patterns(name, fields) else [f"patterns, unsaid, after {name}"]
    assert differs == [], "; ".join(differs)
    assert {"update_status", "raise_flag", "offer_case", "set_says_full", "record_debrief", "add_leave"} <= done
    assert {"deactivate", "add_finding", "add_entry", "open_case", "withdraw_document", "redact_words"} <= done
    assert seldom or {"add_finding", "open_case", "answer_same_doctor"} <= moved


def as_the_lead_sees_it(casework: Casework) -> Balance:
    with casework.database.read() as session:
        return balance(session, viewer(casework, "lead"), TODAY, LIMITS)
