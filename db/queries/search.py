"""Searching cases: by reference, for whoever sees the card; by every word written on a case, and by the doctor's name
or contact, for whoever may read the case in full.

The order depends on each case alone. Databases' own ranks go by how often a word occurs among all cases, those behind
a wall as well.
"""

import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    column,
    literal,
    not_,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.access import Viewer, full_among, full_of_visible
from db.case_reference import PREFIX, RANDOM_LENGTH
from db.choices import FoundIn
from db.models import Case, SearchText
from db.rules.search_words import Asked, Phrase, Term, asked, marks_in, pattern_of, piece_of
from db.rules.timeline_lines import says_findings
from db.vault import Vault, vault_of

# Beyond these, a search says “more than”: reading on would only take longer, for nobody.
MOST_FOUND = 100
# Read together: a few more, as some may be behind a wall.
AT_ONCE = MOST_FOUND + 50
MOST_READ = 200
MOST_LOOKED_AT = 400
# Lines that a row shows elsewhere, or must not show.
NOT_SHOWN = (FoundIn.REFERENCE, FoundIn.PERSON)
LETTERS = RANDOM_LENGTH + 1
INDEX = table("search_index", column("rowid"), column("search_index"))


@dataclass(frozen=True)
class Found:
    """Why a search found a case: the sentence that has most of the words, and where in it they are (start and end of
    each). `by_person` if it was the doctor's name or contact that matched: it is never shown, and if nothing else did,
    `place` is PERSON and there is no text."""

    place: FoundIn
    text: str
    marks: tuple[tuple[int, int], ...]
    by_person: bool


@dataclass(frozen=True)
class Hits:
    """Ids of cases, best first; `is_cut` if there are more."""

    ids: tuple[int, ...]
    is_cut: bool


@dataclass(frozen=True)
class Every:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Node", ...]


Node = Phrase | Every | AnyOf
# Finds some of the cases: rows with their id and the day they were opened.
Rows = Sequence[Row[*tuple[object, ...]]]
Step = Callable[[], Rows]


def hits(
    session: Session,
    viewer: Viewer,
    typed: str,
    *,
    on_card: Sequence[ColumnElement[bool]],
    narrowed: Sequence[ColumnElement[bool]],
) -> Hits:
    """The cases found: by reference among those that meet `on_card`; by anything else among those that meet `narrowed`
    and that this viewer may read in full.

    First those whose reference was typed; then those that have all the words in their summary or organisation, or in
    the doctor's name; then those that have them anywhere; then as beginnings of words. Within each, newest first.
    """
    question = asked(typed)
    steps = list(_by_words(session, viewer, question, narrowed)) if question.wanted else []
    if question.reference:
        steps.insert(0 if question.is_reference else len(steps), _by_reference(session, question.reference, on_card))
    ids: dict[int, None] = {}
    for step in steps:
        rows = sorted(step(), key=lambda row: (row.opened_on, row.id), reverse=True)
        ids |= dict.fromkeys(row.id for row in rows)
        if len(ids) > MOST_FOUND:
            break
    return Hits(tuple(ids)[:MOST_FOUND], len(ids) > MOST_FOUND)


def _by_reference(session: Session, begins: str, conditions: Sequence[ColumnElement[bool]]) -> Step:
    # By the index of references: a search for a beginning with LIKE reads them all.
    lowest, highest = (PREFIX + begins.ljust(LETTERS, end) for end in "0Z")
    query = select(Case.id, Case.opened_on).where(Case.reference.between(lowest, highest), *conditions)
    return lambda: session.execute(query.order_by(Case.id.desc()).limit(MOST_FOUND + 1)).all()


class _Readable:
    """Rows that this viewer may read in full. Of each case the wall is asked once: of those found alone, as listing
    every case somebody is barred from takes far longer."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session, self._viewer = session, viewer
        self._asked: set[int] = set()
        self._may: set[int] = set()

    def first(self, query: Select[int, date]) -> Rows:
        """The newest of those that the query finds, and no more than show that there are more."""
        rows = self._session.execute(query.limit(AT_ONCE)).all()
        self._ask_about(rows)
        return self._first(query, rows)

    def first_of_each(self, queries: Sequence[Select[int, date]]) -> list[Rows]:
        """The same for several, asked at once."""
        some = [query.limit(AT_ONCE).subquery() for query in queries]
        parts = [select(literal(way).label("way"), one.c.id, one.c.opened_on) for way, one in enumerate(some)]
        every = self._session.execute(union_all(*parts)).all()
        self._ask_about(every)
        newest = sorted(every, key=lambda row: row.id, reverse=True)
        return [self._first(query, [row for row in newest if row.way == way]) for way, query in enumerate(queries)]

    def _ask_about(self, rows: Rows) -> None:
        # Also where there is nothing to ask: a statement more or less would tell of a case behind the wall.
        new = {row.id for row in rows} - self._asked
        self._may |= full_among(self._session, self._viewer, new)
        self._asked |= new

    def _first(self, query: Select[int, date], rows: Rows) -> Rows:
        found: list[Row[*tuple[object, ...]]] = []
        while True:
            found += [row for row in rows if row.id in self._may]
            if len(found) > MOST_FOUND or len(rows) < AT_ONCE:
                # No more than that, or how many were left out would show.
                return found[: MOST_FOUND + 1]
            rows = self._session.execute(query.where(Case.id < rows[-1].id).limit(AT_ONCE)).all()
            self._ask_about(rows)


def _by_words(
    session: Session, viewer: Viewer, question: Asked, conditions: Sequence[ColumnElement[bool]]
) -> Iterator[Step]:
    vault = vault_of(session)
    unwanted = AnyOf(tuple(term.phrase for term in question.unwanted))
    ways = [("head", _wanted(question, vault)), ("body", _wanted(question, vault))]
    if question.looser is not None:
        ways.append(("body", _wanted(question.looser, vault)))
    few = None if viewer.is_lead else _few(session, viewer, conditions)
    if few is not None:
        yield from (functools.partial(_read_through, few, place, wanted, unwanted) for place, wanted in ways)
        return
    queries = [
        _by_index(session, place, wanted, unwanted, [*conditions, full_of_visible(viewer)]) for place, wanted in ways
    ]
    readable = _Readable(session, viewer)
    whole = functools.cache(functools.partial(readable.first_of_each, queries[:2]))
    yield lambda: whole()[0]
    yield lambda: whole()[1]
    # Beginnings of words take far longer to find than words: only where those were few.
    yield from (functools.partial(readable.first, query) for query in queries[2:])


def _few(session: Session, viewer: Viewer, conditions: Sequence[ColumnElement[bool]]) -> Rows | None:
    """The texts of all of a volunteer's cases, unless there are many: reading them through takes less time than finding
    them among all that have a common word."""
    columns = (Case.id, Case.opened_on, SearchText.head, SearchText.body)
    query = select(*columns).join(SearchText, SearchText.case_id == Case.id)
    query = query.where(full_of_visible(viewer), *conditions)
    rows = session.execute(query.limit(MOST_READ + 1)).all()
    if len(rows) > MOST_READ:
        return None
    may = full_among(session, viewer, [row.id for row in rows])
    return [row for row in rows if row.id in may]


def _read_through(rows: Rows, place: str, wanted: Node, unwanted: AnyOf) -> Rows:
    return [row for row in rows if _meets(wanted, getattr(row, place)) and not _meets(unwanted, row.body)]


def _meets(node: Node, folded: str) -> bool:
    if isinstance(node, Phrase):
        return pattern_of((node,)).search(folded) is not None
    met = (_meets(part, folded) for part in node.parts)
    return all(met) if isinstance(node, Every) else any(met)


def _by_index(
    session: Session, place: str, wanted: Node, unwanted: AnyOf, conditions: Sequence[ColumnElement[bool]]
) -> Select[int, date]:
    query = select(Case.id, Case.opened_on).join(SearchText, SearchText.case_id == Case.id).where(*conditions)
    if session.get_bind().dialect.name == "postgresql":
        vector = SearchText.head_vector if place == "head" else SearchText.body_vector
        query = query.where(_holds(vector, wanted))
        query = query.where(not_(_holds(SearchText.body_vector, unwanted))) if unwanted.parts else query
        return query.order_by(SearchText.case_id.desc())
    match = f"{place} : ({_fts5(wanted)})" if place == "head" else f"({_fts5(wanted)})"
    match += f" NOT ({_fts5(unwanted)})" if unwanted.parts else ""
    query = query.join(INDEX, INDEX.c.rowid == Case.id).where(INDEX.c.search_index.op("MATCH")(match))
    return query.order_by(INDEX.c.rowid.desc())


def _holds(vector: ColumnElement[str | None] | InstrumentedAttribute[str | None], node: Node) -> ColumnElement[bool]:
    # Written into the statement: the plan depends on how common the words are. They are letters, digits and "_".
    words = bindparam(None, _tsquery(node), type_=Text, literal_execute=True)
    return vector.bool_op("@@")(cast(words, TSQUERY))


def _wanted(question: Asked, vault: Vault) -> Node:
    terms = Every(tuple(_term(term, vault) for term in question.wanted))
    # “Dr Example” is found too, though no title is kept.
    return AnyOf((terms, Every(_hashed(vault, question.name)))) if question.name else terms


def _term(term: Term, vault: Vault) -> Node:
    ways: list[Node] = [term.phrase]
    if term.name:
        ways.append(Every(_hashed(vault, term.name)))
    return AnyOf((*ways, *_hashed(vault, contacts=term.contacts)))


def _hashed(vault: Vault, name: Sequence[str] = (), contacts: Sequence[str] = ()) -> tuple[Phrase, ...]:
    return tuple(Phrase((word,)) for word in vault.search_words(name, contacts).split())


def _fts5(node: Node) -> str:
    if isinstance(node, Phrase):
        return f'"{" ".join(node.words)}"{"*" if node.begins else ""}'
    return f"({(' AND ' if isinstance(node, Every) else ' OR ').join(map(_fts5, node.parts))})"


def _tsquery(node: Node) -> str:
    if isinstance(node, Phrase):
        return f"({' <-> '.join(_lexeme(word) for word in node.words)}{':*' if node.begins else ''})"
    return f"({(' & ' if isinstance(node, Every) else ' | ').join(map(_tsquery, node.parts))})"


def _lexeme(word: str) -> str:
    return f"'{word}'"


def found_in(
    session: Session, typed: str, case_ids: Collection[int], *, blind: Collection[int] = ()
) -> dict[int, Found]:
    """Why each of these cases was found, as far as its words or the doctor's name say: only for cases that the viewer
    may read in full. Of those in `blind` no words that tell what findings they have."""
    question = asked(typed)
    if not question.wanted or not case_ids:
        return {}
    query = select(SearchText.case_id, SearchText.body, SearchText.lines).where(SearchText.case_id.in_(case_ids))
    looks = [_Look(one, vault_of(session)) for one in (question, question.looser) if one is not None]
    found: dict[int, Found] = {}
    for case_id, body, lines in session.execute(query):
        why = next((why for look in looks if (why := look.at(body, lines, blind=case_id in blind)) is not None), None)
        if why is not None:
            found[case_id] = why
    return found


def _tells_findings(line: str) -> bool:
    return line.startswith(FoundIn.FINDING) or says_findings(line[1:])


class _Look:
    """Looks for one question in the texts of cases."""

    def __init__(self, question: Asked, vault: Vault) -> None:
        self.phrases = [term.phrase for term in question.wanted]
        names = {word for term in question.wanted for word in term.name} | set(question.name)
        contacts = {key for term in question.wanted for key in term.contacts}
        hashed = _hashed(vault, sorted(names), sorted(contacts))
        self.pattern = pattern_of((*self.phrases, *hashed))

    def at(self, body: str, lines: str, *, blind: bool) -> Found | None:
        met: dict[int, set[int]] = {}
        line = last = 0
        for match in itertools.islice(self.pattern.finditer(body), MOST_LOOKED_AT):
            line += body.count("\n", last, match.start())
            last = match.start()
            met.setdefault(line, set()).add(match.lastindex or 0)
        if not met:
            return None
        texts = lines.split("\n")
        by_person = any(texts[line].startswith(FoundIn.PERSON) for line in met)
        in_words = [line for line in met if texts[line][:1] not in NOT_SHOWN]
        in_words = [line for line in in_words if not (blind and _tells_findings(texts[line]))]
        if not in_words:
            return Found(FoundIn.PERSON, "", (), by_person=True) if by_person else None
        best = max(in_words, key=lambda line: (len(met[line]), -line))
        place, plain = FoundIn(texts[best][0]), texts[best][1:]
        piece, marks = piece_of(plain, marks_in(plain, self.phrases))
        return Found(place, piece, marks, by_person)
