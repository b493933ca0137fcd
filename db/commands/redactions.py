"""Permanently redacting words from everything written on a case."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Enum, String, select
from sqlalchemy.orm import Session
from sqlalchemy.types import JSON

from db import clock
from db.access import read_case, viewer_of
from db.base import LEAVES_NOTHING, Base
from db.commands.drafts import redact_drafts
from db.commands.record import audit, clean_text, touch, vault_of
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import AccessLog, Audit, Case, CaseIdentity, Claim, ClaimBasis, Output, Redaction, SearchText

TAKEN_OUT = "[redacted]"
LEAST, MOST_REASON = 3, 300
# Logs that nobody may change, the record of redactions itself, what is sealed, and what is made anew from the rest.
KEPT = (Audit, AccessLog, Redaction, CaseIdentity, SearchText)
# What somebody typed of an output, beside its sentences.
OF_OUTPUT = ("title", "to_whom", "reply", "dropped_why")
# Shorter columns hold codes and hashes, not free text.
SHORTEST_COLUMN = 200


@command(says="permanently redacted words on the case", patterns=Patterns.ALWAYS, moves_access=False)
def redact_words(session: Session, *, actor_id: int, reference: str, words: str, reason: str) -> int:
    """Permanently redacts words in everything written on a case, whatever their capitals and line breaks.

    Also in the outputs that rest on it: their sentences, title, recipient and reply. Returns in how many places they
    were. A keyed hash of each text is kept, with who did it, when and why. Refuses: not found, words that are not on
    the case or are shorter than LEAST, no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    wanted = clean_text(words, field="words", label="Words to redact")
    why = clean_text(reason, field="why", label="Why", most=MOST_REASON)
    if len(wanted) < LEAST:
        raise CommandRefused(f"Words to redact: use {LEAST} characters or more.", field="words")
    pattern = re.compile(r"\s+".join(map(re.escape, wanted.split())), re.IGNORECASE)
    places = 0
    for row, column, text in list(_texts(session, case)):
        clean = _in_text(text, lambda part: pattern.sub(TAKEN_OUT, part))
        if clean == text:
            continue
        places += 1
        session.add(
            Redaction(
                case_id=case.id,
                place=row.__tablename__,
                row_id=row.id,
                by_id=viewer.id,
                at=clock.now(),
                why=why,
                text_hash=text_hash(session, text if isinstance(text, str) else json.dumps(text)),
            )
        )
        setattr(row, column, clean)
    redact_drafts(session, case.id, lambda text: pattern.sub(TAKEN_OUT, text))
    if not places:
        raise CommandRefused("Those words are not on this case. Copy them from it exactly.", field="words")
    session.info[LEAVES_NOTHING] = True
    touch(case, viewer)
    audit(session, viewer, "redact_words", case=case, places=places)
    return places


def _texts(session: Session, case: Case) -> Iterator[tuple[Any, str, object]]:  # Any: a row of whichever model
    """Every text of the case: (row, column, text). Goes by the models, so that no new table is forgotten."""
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        model: Any = mapper.class_
        if model in KEPT or not (model is Case or "case_id" in mapper.columns):
            continue
        columns = [column.key for column in mapper.columns if _is_free(column.type) and not column.foreign_keys]
        if not columns:
            continue
        mine = model.id == case.id if model is Case else model.case_id == case.id
        for row in session.scalars(select(model).where(mine)):
            yield from ((row, name, value) for name in columns if (value := getattr(row, name)))
    # Outputs are of no case, and their sentences rest on some.
    rests = select(ClaimBasis.claim_id).where(ClaimBasis.case_id == case.id)
    claims = session.scalars(select(Claim).where(Claim.id.in_(rests)).order_by(Claim.id)).all()
    for claim in claims:
        yield claim, "text", claim.text
    of = {claim.output_id for claim in claims}
    for output in session.scalars(select(Output).where(Output.id.in_(of)).order_by(Output.id)):
        yield from ((output, name, value) for name in OF_OUTPUT if (value := getattr(output, name)))


def _is_free(kind: object) -> bool:
    if isinstance(kind, JSON):
        return True
    return (
        isinstance(kind, String) and not isinstance(kind, Enum) and (kind.length or SHORTEST_COLUMN) >= SHORTEST_COLUMN
    )


def _in_text(value: object, clean: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _in_text(part, clean) for key, part in value.items()}
    if isinstance(value, list):
        return [_in_text(part, clean) for part in value]
    return value


def text_hash(session: Session, text: str) -> str:
    """The keyed hash of a text, by which a copy of it can be recognised."""
    # Keyed, because a short text could be guessed from a plain hash.
    key = vault_of(session).keyed_hash("redaction").encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
