"""Keeps the search index (`SearchText`) up to date, in the transaction that changes what it is made of.

No command has to remember it: whatever a session writes to SEARCHED, by object or by statement, marks the case, and
the end of the transaction makes its row anew from the rows that are the truth.
"""

import functools
import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypedDict

from sqlalchemy import (
    CompoundSelect,
    Row,
    Select,
    SQLColumnExpression,
    Text,
    cast,
    event,
    func,
    insert,
    inspect,
    literal,
    select,
    text,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, aliased, sessionmaker

from db import audit_chain
from db.base import LEAVES_NOTHING, Base
from db.case_fact_rows import stands
from db.choices import FoundIn
from db.id_lists import among
from db.models import (
    Action,
    Case,
    CaseFact,
    CaseIdentity,
    CaseProcess,
    CodedTerm,
    CodingMark,
    Deadline,
    DoctorSaid,
    Document,
    Entry,
    Finding,
    Organisation,
    OrganisationAlias,
    OutcomeTerm,
    ProcessOutcome,
    SearchText,
    StageEvent,
)
from db.rules.search_words import APART, RULE, words_of
from db.rules.stages import FIELDS, FieldKind

# What a case is found by. Other columns of these tables change nothing here.
SEARCHED: dict[type[Base], frozenset[str]] = {
    Case: frozenset({"reference", "summary", "organisation_id", "body_text"}),
    CaseIdentity: frozenset({"search_words"}),
    CaseProcess: frozenset({"organisation_id", "case_id"}),
    Entry: frozenset({"text", "blocked_by", "help_wanted", "case_id"}),
    Action: frozenset({"text", "case_id"}),
    Document: frozenset({"description", "withdrawn_at", "case_id"}),
    Finding: frozenset({"note", "case_id"}),
    DoctorSaid: frozenset({"words", "case_id"}),
    CodingMark: frozenset({"note", "case_id"}),
    ProcessOutcome: frozenset({"note", "outcome", "withdrawn", "case_id"}),
    CaseFact: frozenset({"note", "withdrawn", "case_id"}),
    Deadline: frozenset(
        {"name", "plan", "confirmed_by", "moved_reason", "lapsed_reason", "ended_with_case", "case_id"}
    ),
    StageEvent: frozenset({"reason", "details", "case_id"}),
    Organisation: frozenset({"name"}),
    OrganisationAlias: frozenset({"name", "organisation_id"}),
}
BY_TABLE = {kind.__tablename__: kind for kind in SEARCHED}
# Bodies stand for all their cases.
BODIES = (Organisation, OrganisationAlias)
# The column that says which case or body a row is of.
KEYS: dict[type, str] = dict.fromkeys(SEARCHED, "case_id") | {
    Case: "id",
    Organisation: "id",
    OrganisationAlias: "organisation_id",
}
# Set on a statement that changes none of these columns, where finding its rows would cost.
NO_WORDS = "changes_no_words"
STALE, STALE_BODIES, UNSEEN = "search_stale", "search_stale_bodies", "search_unseen"
AT_ONCE = 500
# A `tsvector` holds a megabyte at most; what is oldest on the timeline of a case longer than this is left out.
MOST_BYTES = 400_000
IN_HEAD = (FoundIn.REFERENCE, FoundIn.BODY, FoundIn.SUMMARY, FoundIn.PERSON)
ORDER = tuple(FoundIn)


class SearchRow(TypedDict):
    """The columns of `SearchText`."""

    case_id: int
    rule: int
    head: str
    body: str
    lines: str
    head_vector: str
    body_vector: str


def follow(sessions: sessionmaker[Session]) -> None:
    """Marks what these sessions write, for `refresh`."""
    event.listen(sessions, "after_flush", _note_objects)
    event.listen(sessions, "do_orm_execute", _note_statement)


def refresh(session: Session) -> None:
    """Makes the rows of marked cases anew. The last thing a transaction does, under the lock that every write takes:
    two people who add to a case at once would otherwise each leave out what the other added."""
    session.flush()
    stale, bodies = session.info.pop(STALE, set[int]()), session.info.pop(STALE_BODIES, set[int]())
    unseen = session.info.pop(UNSEEN, False)
    if not (stale or bodies or unseen):
        return
    audit_chain.hold_head(session)
    if bodies:
        stale |= set(session.scalars(_cases_of(), {"bodies": sorted(bodies)}))
    if unseen:
        stale |= set(session.scalars(select(Case.id).where(Case.id.not_in(select(SearchText.case_id)))))
    ids = sorted(stale)
    for start in range(0, len(ids), AT_ONCE):
        _remake(session, ids[start : start + AT_ONCE])
    if session.info.get(LEAVES_NOTHING) and session.get_bind().dialect.name == "sqlite":
        # Words that were taken out stay in the index until its parts are merged.
        session.execute(text("INSERT INTO search_index(search_index) VALUES ('optimize')"))


def fill(session: Session, most: int = AT_ONCE) -> int:
    """Makes rows that are missing, or were made by an earlier rule. Returns how many, at most `most`."""
    missing = select(Case.id).where(Case.id.not_in(select(SearchText.case_id)))
    older = select(SearchText.case_id).where(SearchText.rule != RULE)
    ids = session.scalars(missing.limit(most)).all() or session.scalars(older.limit(most)).all()
    if ids:
        _remake(session, ids)
    return len(ids)


def is_filled(session: Session) -> bool:
    """Whether `fill` has nothing to do."""
    rows, cases = select(func.count()).select_from(SearchText), select(func.count()).select_from(Case)
    current = session.scalar(rows.where(SearchText.rule == RULE)) or 0
    return current == session.scalar(cases)


def _note_objects(session: Session, _context: UOWTransaction) -> None:
    for row in (*session.new, *session.deleted):
        if type(row) in SEARCHED:
            _mark(session, type(row), [_key(row)])
    for row in session.dirty:
        kind = type(row)
        if kind in SEARCHED and any(_was_changed(row, name) for name in SEARCHED[kind]):
            _mark(session, kind, [_key(row)])


def _was_changed(row: Base, column: str) -> bool:
    return bool(inspect(row).attrs[column].history.has_changes())


def _key(row: object) -> int:
    key: int = getattr(row, KEYS[type(row)])
    return key


def _mark(session: Session, kind: type[Base], keys: Iterable[int]) -> None:
    session.info.setdefault(STALE_BODIES if kind in BODIES else STALE, set()).update(keys)


def _note_statement(state: ORMExecuteState) -> None:
    if not (state.is_insert or state.is_update or state.is_delete) or state.execution_options.get(NO_WORDS):
        return
    statement: Any = state.statement
    # By name: a statement on a model has a copy of its table.
    kind = BY_TABLE.get(statement.table.name)
    if kind is None:
        return
    name = KEYS[kind]
    if state.is_insert:
        _note_inserted(state, kind, name)
        return
    assert not state.is_executemany, f"one statement at a time for {kind.__name__}, or say {NO_WORDS}"
    table: Any = kind.__table__
    rows = select(table.c[name]).where(*statement._where_criteria)
    _mark(state.session, kind, list(state.session.scalars(rows, state.parameters)))


def _note_inserted(state: ORMExecuteState, kind: type[Base], name: str) -> None:
    if kind is Case:
        state.session.info[UNSEEN] = True
        return
    given = state.parameters
    told: list[Any] = list(given) if isinstance(given, list | tuple) else [given or {}]
    assert all(name in row for row in told), f"give the rows of {kind.__name__} as parameters"
    _mark(state.session, kind, [int(row[name]) for row in told])


def _remake(session: Session, ids: Collection[int]) -> None:
    known = {row.case_id: row for row in session.execute(_kept(), {"ids": ids})}
    rows = rows_of(session, ids)
    if new := [row for row in rows if row["case_id"] not in known]:
        session.execute(insert(SearchText), new)
    if changed := [row for row in rows if row["case_id"] in known and _differs(known[row["case_id"]], row)]:
        session.execute(update(SearchText), changed)


def _differs(known: Row[*tuple[object, ...]], row: SearchRow) -> bool:
    return (known.rule, known.head, known.body, known.lines) != (
        row["rule"],
        row["head"],
        row["body"],
        row["lines"],
    )


@functools.cache
def _kept() -> Select[*tuple[object, ...]]:
    columns = (SearchText.case_id, SearchText.rule, SearchText.head, SearchText.body, SearchText.lines)
    return select(*columns).where(among(SearchText.case_id, "ids"))


def rows_of(session: Session, ids: Collection[int]) -> list[SearchRow]:
    """The rows of these cases as they should be. None for a case that has gone: each has at least its reference."""
    return [row_of(case_id, texts) for case_id, texts in _texts(session, ids).items() if texts]


def row_of(case_id: int, texts: Collection[tuple[FoundIn, str]]) -> SearchRow:
    """The row of a case with these texts, in the order in which they count."""
    lines: list[str] = []
    folded: list[str] = []
    size, tops = 0, 0
    for kind, words in sorted(texts, key=lambda text: ORDER.index(text[0])):
        for line in words.splitlines():
            plain = " ".join((APART, *(words_of(line) if kind is not FoundIn.PERSON else line.split())))
            size += len(plain.encode()) + 1
            if size > MOST_BYTES:
                break
            # The hashes of a name are found, but are no line to show.
            lines.append(kind + (line if kind is not FoundIn.PERSON else ""))
            folded.append(plain)
            tops += kind in IN_HEAD
    head, body = "\n".join(folded[:tops]), "\n".join(folded)
    return {
        "case_id": case_id,
        "rule": RULE,
        "head": head,
        "body": body,
        "lines": "\n".join(lines),
        "head_vector": head,
        "body_vector": body,
    }


def _texts(session: Session, ids: Collection[int]) -> dict[int, list[tuple[FoundIn, str]]]:
    """What there is to read of each of these cases, newest first within its kind."""
    found: dict[int, list[tuple[FoundIn, str]]] = {id: [] for id in ids}
    rows = session.execute(_all_texts(), {"ids": ids}).all()
    labels = _labels(session) if any(row.kind == FoundIn.STAGE for row in rows) else {}
    # A move is often made with an update, whose words are its reason.
    said = {(row.case_id, row.words) for row in rows if row.kind == FoundIn.ENTRY}
    for row in rows:
        kind, texts = FoundIn(row.kind), [row.words]
        if kind is FoundIn.STAGE:
            texts = [each for each in _of_a_move(row.words, labels) if (row.case_id, each) not in said]
        found[row.case_id] += [(kind, each) for each in texts]
    return found


# The lists that a move records a term of.
TERMS = frozenset(str(field.options) for field in FIELDS.values() if field.kind is FieldKind.TERM)


def _labels(session: Session) -> dict[tuple[str, str], str]:
    query = select(CodedTerm.list, CodedTerm.code, CodedTerm.label).where(CodedTerm.list.in_(TERMS))
    return {(row.list, row.code): row.label for row in session.execute(query)}


def _of_a_move(told: str, labels: dict[tuple[str, str], str]) -> Iterator[str]:
    """Its reason, and of what it recorded the words and terms: days, people and answers of two words find nothing."""
    reason, _, recorded = told.rpartition("\n")
    yield reason
    for name, value in json.loads(recorded).items():
        field = FIELDS.get(name)
        if field is not None and field.kind is FieldKind.TEXT:
            yield str(value)
        elif field is not None and field.kind is FieldKind.TERM:
            yield labels.get((str(field.options), str(value)), "")


# What others said of findings.
ON_FINDINGS = ((DoctorSaid, DoctorSaid.words), (CodingMark, CodingMark.note))


@functools.cache
def _all_texts() -> Select[*tuple[object, ...]]:
    few = select(Case.id, Case.organisation_id).where(among(Case.id, "ids")).cte("few")
    its = few.c.id
    bodies = union(
        select(its, few.c.organisation_id),
        select(its, CaseProcess.organisation_id).join(CaseProcess, CaseProcess.case_id == its),
    ).subquery("bodies")
    body = bodies.c.organisation_id

    def told(
        kind: FoundIn,
        case_id: SQLColumnExpression[int],
        words: SQLColumnExpression[str] | SQLColumnExpression[str | None],
        id: SQLColumnExpression[int],
    ) -> Select[*tuple[object, ...]]:
        return select(case_id, literal(kind.value), words, id).where(words.is_not(None), case_id.in_(select(its)))

    later = aliased(ProcessOutcome)
    every = union_all(
        told(FoundIn.REFERENCE, Case.id, Case.reference, Case.id),
        told(FoundIn.SUMMARY, Case.id, Case.summary, Case.id),
        told(FoundIn.BODY, Case.id, Case.body_text, Case.id).where(Case.organisation_id.is_(None)),
        told(FoundIn.BODY, bodies.c.id, Organisation.name, Organisation.id).join(Organisation, Organisation.id == body),
        told(FoundIn.BODY, bodies.c.id, OrganisationAlias.name, -OrganisationAlias.id).join(
            OrganisationAlias, OrganisationAlias.organisation_id == body
        ),
        told(FoundIn.PERSON, CaseIdentity.case_id, CaseIdentity.search_words, CaseIdentity.case_id),
        told(FoundIn.FINDING, Finding.case_id, Finding.note, Finding.id),
        *(told(FoundIn.FINDING, row.case_id, words, row.id) for row, words in ON_FINDINGS),
        told(FoundIn.OUTCOME, ProcessOutcome.case_id, _outcome(), ProcessOutcome.id)
        .join(OutcomeTerm, OutcomeTerm.code == ProcessOutcome.outcome)
        .where(ProcessOutcome.withdrawn.is_(False), ~select(later.id).where(*_is_later(later)).exists()),
        told(FoundIn.FACT, CaseFact.case_id, CaseFact.note, CaseFact.id).where(stands(), CaseFact.note != ""),
        told(FoundIn.DOCUMENT, Document.case_id, Document.description, Document.id).where(
            Document.withdrawn_at.is_(None)
        ),
        told(FoundIn.ACTION, Action.case_id, Action.text, Action.id),
        *(told(FoundIn.DEADLINE, Deadline.case_id, words, Deadline.id) for words in _of_deadlines()),
        told(FoundIn.DEADLINE, Deadline.case_id, Deadline.lapsed_reason, Deadline.id).where(
            # Else the same few words are on each case that has ended.
            Deadline.ended_with_case.is_(False)
        ),
        told(FoundIn.STAGE, StageEvent.case_id, _move(), StageEvent.id),
        told(FoundIn.ENTRY, Entry.case_id, Entry.text, Entry.id),
        told(FoundIn.ENTRY, Entry.case_id, Entry.blocked_by, Entry.id),
        told(FoundIn.ENTRY, Entry.case_id, Entry.help_wanted, Entry.id),
    ).subquery("every")
    case_id, kind, words, id = every.c
    columns = (case_id.label("case_id"), kind.label("kind"), words.label("words"))
    # In full, so that it is the same each time: an entry has up to three texts.
    return select(*columns).order_by(id.desc(), kind, words)


def _of_deadlines() -> tuple[SQLColumnExpression[str] | SQLColumnExpression[str | None], ...]:
    return Deadline.name, Deadline.plan, Deadline.confirmed_by, Deadline.moved_reason


def _move() -> SQLColumnExpression[str]:
    """The reason, then on a line of its own what the move recorded."""
    return StageEvent.reason + "\n" + cast(StageEvent.details, Text)


def _outcome() -> SQLColumnExpression[str]:
    """Its name, then what somebody wrote about it, on lines of their own."""
    return OutcomeTerm.label + "\n" + ProcessOutcome.note


def _is_later(later: type[ProcessOutcome]) -> tuple[SQLColumnExpression[bool], ...]:
    return (
        later.case_process_id == ProcessOutcome.case_process_id,
        later.number == ProcessOutcome.number,
        later.edition > ProcessOutcome.edition,
    )


@functools.cache
def _cases_of() -> CompoundSelect[int]:
    of_process = select(CaseProcess.case_id).where(among(CaseProcess.organisation_id, "bodies"))
    return union(select(Case.id).where(among(Case.organisation_id, "bodies")), of_process)
