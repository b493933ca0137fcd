"""Searching cases: by reference, for whoever sees the card; by every word written on a case, and by the doctor's name
or contact, for whoever may read the case in full.

The order depends on each case alone. Databases' own ranks go by how often a word occurs among all cases, those behind
a wall as well.
"""

import functools
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    bindparam,
    cast,
    column,
    literal,
    literal_column,
    not_,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.access import Viewer, full_among, full_of_visible, kept
from db.case_reference import PREFIX, RANDOM_LENGTH
from db.choices import FoundIn
from db.id_lists import among
from db.models import Case, SearchText
from db.rules.search_words import Asked, Phrase, Term, asked, marks_in, piece_of, starts_of
from db.rules.timeline_lines import says_findings
from db.vault import Vault, vault_of

# Beyond these, a search says “more than”: reading on would only take longer, for nobody.
MOST_FOUND = 100
# Read together: a few more, as some may be behind a wall.
AT_ONCE = MOST_FOUND + 20
MOST_READ = 200
MOST_LOOKED_AT = 400
# Lines that a row shows elsewhere, or must not show.
NOT_SHOWN = (FoundIn.REFERENCE, FoundIn.PERSON)
LETTERS = RANDOM_LENGTH + 1
INDEX = table("search_index", column("rowid"), column("search_index"))
# The ways of looking, in their order: what is asked by each is a parameter of this name.
HEAD, BODY, LOOSER, UNWANTED = "head", "body", "looser", "unwanted"


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
Conditions = tuple[ColumnElement[bool], ...]


class Opened(NamedTuple):
    """A case, and the day it was opened."""

    case_id: int
    on: date


# Finds some of the cases.
Step = Callable[[], Iterable[Opened]]


def hits(
    session: Session,
    viewer: Viewer,
    typed: str,
    *,
    on_card: Conditions,
    narrowed: Conditions,
) -> Hits:
    """The cases found: by reference among those that meet `on_card`; by anything else among those that meet `narrowed`
    and that this viewer may read in full. Statements are kept for the very conditions they were made of.

    First those whose reference was typed; then those that have all the words in their summary or organisation, or in
    the doctor's name; then those that have them anywhere; then as beginnings of words. Within each, newest first.
    """
    question = asked(typed)
    steps = list(_by_words(session, viewer, question, narrowed)) if question.wanted else []
    if question.reference:
        steps.insert(0 if question.is_reference else len(steps), _by_reference(session, question.reference, on_card))
    ids: dict[int, None] = {}
    for step in steps:
        newest = sorted(((on, case_id) for case_id, on in step()), reverse=True)
        ids |= dict.fromkeys(case_id for _, case_id in newest)
        if len(ids) > MOST_FOUND:
            break
    return Hits(tuple(ids)[:MOST_FOUND], len(ids) > MOST_FOUND)


def _by_reference(session: Session, begins: str, conditions: Conditions) -> Step:
    # By the index of references: a search for a beginning with LIKE reads them all.
    lowest, highest = (PREFIX + begins.ljust(LETTERS, end) for end in "0Z")
    query = select(Case.id, Case.opened_on).where(Case.reference.between(lowest, highest), *conditions)
    return lambda: _opened(session, query.order_by(Case.id.desc()).limit(MOST_FOUND + 1))


def _opened(session: Session, query: Select[int, date], words: Mapping[str, str] | None = None) -> list[Opened]:
    # What is in a row is read, sorted and compared in far less time than the row.
    return [Opened(*row) for row in session.execute(query, words).all()]


class _Readable:
    """Cases that this viewer may read in full, among those found for these words. Of each case the wall is asked once:
    of those found alone, as listing every case somebody is barred from takes far longer."""

    def __init__(self, session: Session, viewer: Viewer, words: Mapping[str, str]) -> None:
        self._session, self._viewer, self._words = session, viewer, words
        self._asked: set[int] = set()
        self._may: set[int] = set()

    def first(self, query: Select[int, date]) -> list[Opened]:
        """The newest of those that the query finds, and no more than show that there are more."""
        return self._first(query, self._next(query))

    def first_of_each(
        self, queries: Sequence[Select[int, date]], together: CompoundSelect[int, int, date]
    ) -> list[list[Opened]]:
        """The same for several. Their first rows come `together`, each behind the number of its query."""
        every: list[list[Opened]] = [[] for _ in queries]
        for number, case_id, on in self._session.execute(together, self._words).all():
            every[number].append(Opened(case_id, on))
        self._ask_about(itertools.chain(*every))
        return [self._first(query, sorted(rows, reverse=True)) for query, rows in zip(queries, every, strict=True)]

    def _next(self, query: Select[int, date]) -> list[Opened]:
        rows = _opened(self._session, _some(query), self._words)
        self._ask_about(rows)
        return rows

    def _ask_about(self, rows: Iterable[Opened]) -> None:
        # Also where there is nothing to ask: a statement more or less would tell of a case behind the wall.
        new = {row.case_id for row in rows} - self._asked
        self._may |= full_among(self._session, self._viewer, new)
        self._asked |= new

    def _first(self, query: Select[int, date], rows: list[Opened]) -> list[Opened]:
        found: list[Opened] = []
        while True:
            found += [row for row in rows if row.case_id in self._may]
            if len(found) > MOST_FOUND or len(rows) < AT_ONCE:
                # No more than that, or how many were left out would show.
                return found[: MOST_FOUND + 1]
            rows = self._next(query.where(Case.id < rows[-1].case_id))


def _by_words(session: Session, viewer: Viewer, question: Asked, narrowed: Conditions) -> Iterator[Step]:
    vault = vault_of(session)
    unwanted = AnyOf(tuple(term.phrase for term in question.unwanted))
    nodes = dict.fromkeys((HEAD, BODY), _wanted(question, vault))
    if question.looser is not None:
        nodes[LOOSER] = _wanted(question.looser, vault)
    few = None if viewer.is_lead else _few(session, viewer, narrowed)
    if few is not None:
        yield from (functools.partial(_read_through, few, way, wanted, unwanted) for way, wanted in nodes.items())
        return
    dialect = session.get_bind().dialect.name
    readable = _Readable(session, viewer, _words(dialect, nodes, unwanted))
    look = functools.partial(_by_index, dialect, viewer, narrowed, is_less=bool(unwanted.parts))
    whole = functools.cache(lambda: readable.first_of_each((look(HEAD), look(BODY)), _together(look(HEAD), look(BODY))))
    yield lambda: whole()[0]
    yield lambda: whole()[1]
    if LOOSER in nodes:
        # Beginnings of words take far longer to find than words: only where those were few.
        yield lambda: readable.first(look(LOOSER))


class _Text(NamedTuple):
    """A case, and the words on it."""

    case_id: int
    on: date
    head: str
    body: str


def _few(session: Session, viewer: Viewer, narrowed: Conditions) -> list[_Text] | None:
    """The texts of all of a volunteer's cases, unless there are many: reading them through takes less time than finding
    them among all that have a common word."""
    texts = [_Text(*row) for row in session.execute(_texts(viewer, narrowed))]
    if len(texts) > MOST_READ:
        return None
    may = full_among(session, viewer, [text.case_id for text in texts])
    return [text for text in texts if text.case_id in may]


@kept
def _texts(viewer: Viewer, narrowed: Conditions) -> Select[int, date, str, str]:
    query = select(Case.id, Case.opened_on, SearchText.head, SearchText.body)
    query = query.join(SearchText, SearchText.case_id == Case.id)
    return query.where(full_of_visible(viewer), *narrowed).limit(MOST_READ + 1)


def _read_through(texts: list[_Text], way: str, wanted: Node, unwanted: AnyOf) -> Iterator[Opened]:
    for text in texts:
        if _meets(wanted, text.head if way == HEAD else text.body) and not _meets(unwanted, text.body):
            yield Opened(text.case_id, text.on)


def _meets(node: Node, folded: str) -> bool:
    if isinstance(node, Phrase):
        return any(True for _ in starts_of(node, folded))
    met = (_meets(part, folded) for part in node.parts)
    return all(met) if isinstance(node, Every) else any(met)


def _words(dialect: str, nodes: Mapping[str, Node], unwanted: AnyOf) -> dict[str, str]:
    """What is asked by each way, as this database has it."""
    if dialect == "postgresql":
        return {way: _tsquery(node) for way, node in {**nodes, UNWANTED: unwanted}.items()}
    less = f" NOT ({_fts5(unwanted)})" if unwanted.parts else ""
    return {way: f"{'head : ' if way == HEAD else ''}({_fts5(wanted)}){less}" for way, wanted in nodes.items()}


def _some(query: Select[int, date]) -> Select[int, date]:
    # Written into the statement: PostgreSQL would plan for a tenth of all.
    return query.limit(literal_column(str(AT_ONCE)))


@kept
def _together(*queries: Select[int, date]) -> CompoundSelect[int, int, date]:
    some = [_some(query).subquery() for query in queries]
    return union_all(*(select(literal(number), one.c.id, one.c.opened_on) for number, one in enumerate(some)))


@kept
def _by_index(dialect: str, viewer: Viewer, narrowed: Conditions, way: str, *, is_less: bool) -> Select[int, date]:
    """Cases that have what is asked by one way and, if it `is_less`, nothing that is unwanted; newest first."""
    query = select(Case.id, Case.opened_on).where(*narrowed, full_of_visible(viewer))
    if dialect == "postgresql":
        query = query.join(SearchText, SearchText.case_id == Case.id)
        query = query.where(_holds(SearchText.head_vector if way == HEAD else SearchText.body_vector, way))
        query = query.where(not_(_holds(SearchText.body_vector, UNWANTED))) if is_less else query
        return query.order_by(SearchText.case_id.desc())
    query = query.join(INDEX, INDEX.c.rowid == Case.id)
    return query.where(INDEX.c.search_index.op("MATCH")(bindparam(way))).order_by(INDEX.c.rowid.desc())


def _holds(vector: ColumnElement[str | None] | InstrumentedAttribute[str | None], way: str) -> ColumnElement[bool]:
    # Written into the statement: the plan depends on how common the words are. They are letters, digits and "_".
    return vector.bool_op("@@")(cast(bindparam(way, type_=Text, literal_execute=True), TSQUERY))


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
    looks = [_Look(one, vault_of(session)) for one in (question, question.looser) if one is not None]
    found: dict[int, Found] = {}
    for case_id, body, lines in session.execute(_written(), {"ids": case_ids}).all():
        why = next((why for look in looks if (why := look.at(body, lines, blind=case_id in blind)) is not None), None)
        if why is not None:
            found[case_id] = why
    return found


@functools.cache
def _written() -> Select[int, str, str]:
    few = among(SearchText.case_id, "ids")
    return select(SearchText.case_id, SearchText.body, SearchText.lines).where(few)


def _tells_findings(line: str) -> bool:
    return line.startswith(FoundIn.FINDING) or says_findings(line[1:])


class _Look:
    """Looks for one question in the texts of cases."""

    def __init__(self, question: Asked, vault: Vault) -> None:
        self.phrases = [term.phrase for term in question.wanted]
        names = {word for term in question.wanted for word in term.name} | set(question.name)
        contacts = {key for term in question.wanted for key in term.contacts}
        self.every = (*self.phrases, *_hashed(vault, sorted(names), sorted(contacts)))

    def at(self, body: str, lines: str, *, blind: bool) -> Found | None:
        met: dict[int, set[int]] = {}
        for number, phrase in enumerate(self.every):
            line = last = 0
            for at in itertools.islice(starts_of(phrase, body), MOST_LOOKED_AT):
                line += body.count("\n", last, at)
                last = at
                met.setdefault(line, set()).add(number)
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
