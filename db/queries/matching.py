"""For leads: organisations that were typed and are on no list yet, each with suggestions."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.models import Case
from db.queries.reference import Body, find_bodies_for
from db.rules.body_search import fold

MOST, SUGGESTED = 20, 4
# The share of the typed name's words a suggestion must have, weighted by how rare each is.
LEAST = 0.5


@dataclass(frozen=True)
class Unmatched:
    """One typed name. `references` are its cases, open ones first, then by age. `kind`, `region` and `nation` are those
    of the first. `suggested` are the likeliest matches, best first."""

    typed: str
    references: tuple[str, ...]
    opened_on: date
    kind: str
    region: str
    nation: str
    suggested: tuple[Body, ...]


@dataclass(frozen=True)
class ToMatch:
    """The first MOST of `total` typed names."""

    names: tuple[Unmatched, ...]
    total: int


def bodies_to_match(session: Session, viewer: Viewer) -> ToMatch:
    """Every unmatched name on cases this lead may see, the longest waiting first. Empty for anybody else."""
    if not viewer.is_lead:
        return ToMatch((), 0)
    rows = session.execute(
        select(Case.reference, Case.body_text, Case.opened_on, Case.body_kind, Case.region, Case.nation)
        .where(Case.organisation_id.is_(None), visible_cases(viewer))
        .order_by(Case.is_open.desc(), Case.opened_on, Case.id)
    ).all()
    folded = {words: fold(words) for words in {row.body_text or "" for row in rows}}
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        # A case without a typed name is listed by itself.
        groups.setdefault(folded[row.body_text or ""] or row.reference, []).append(place)
    first = list(groups.values())[:MOST]
    typed = [rows[places[0]].body_text or "" for places in first]
    suggested = find_bodies_for(session, typed, most=SUGGESTED, least=LEAST)
    return ToMatch(
        tuple(
            Unmatched(
                typed=words,
                references=tuple(rows[place].reference for place in places),
                opened_on=rows[places[0]].opened_on,
                kind=rows[places[0]].body_kind,
                region=rows[places[0]].region,
                nation=rows[places[0]].nation,
                suggested=tuple(likely),
            )
            for places, words, likely in zip(first, typed, suggested, strict=True)
        ),
        len(groups),
    )
