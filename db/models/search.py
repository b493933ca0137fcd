"""The search index: the words of each case, kept by db/search_index.py."""

from sqlalchemy import Dialect, ForeignKey, Index, Text, TypeDecorator, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from db.base import Base

# PostgreSQL's limits: places are numbered up to 16,383, and a word keeps 255 of them.
PLACES, MOST_PLACES = 16_000, 255


class SearchVector(TypeDecorator[str]):
    """Folded words, as PostgreSQL's `tsvector`; empty on SQLite, whose index triggers fill.

    Written as a literal: PostgreSQL's own parser would take words apart by rules of its own, and the two databases
    would find different things.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return vector(value) if value is not None and dialect.name == "postgresql" else None


def vector(folded: str) -> str:
    """The literal of a `tsvector`: each word with its places."""
    places: dict[str, list[str]] = {}
    for at, word in enumerate(folded.split()):
        known = places.setdefault(word, [])
        if len(known) < MOST_PLACES:
            # Past the last number it begins again: a phrase far down a long case is found all the same.
            known.append(str(at % PLACES + 1))
    return " ".join(f"'{word}':{','.join(known)}" for word, known in places.items())


class SearchText(Base):
    """What a search finds a case by. `lines` has one for each text, as written, after a letter of `FoundIn`; `body` the
    same lines folded, and `head` those of reference, organisation, summary and the hashes of the doctor's name and
    contacts. `rule` is that of db/rules/search_words.py it was made by."""

    __tablename__ = "search_texts"
    __table_args__ = (
        Index("ix_search_texts_head", "head_vector", postgresql_using="gin", sqlite_where=text("head_vector NOTNULL")),
        Index("ix_search_texts_body", "body_vector", postgresql_using="gin", sqlite_where=text("body_vector NOTNULL")),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    rule: Mapped[int] = mapped_column(index=True)
    head: Mapped[str]
    body: Mapped[str]
    lines: Mapped[str]
    head_vector: Mapped[str | None] = mapped_column(SearchVector())
    body_vector: Mapped[str | None] = mapped_column(SearchVector())
