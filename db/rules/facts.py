"""Facts of a case in codes and days: what each kind is made of, and how it is put in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from db.choices import Choice
from db.rules.words import day, many

# Where no term of a list says it, the note does.
OTHER, NOT_STATED = "other", "not_stated"
# Harm that is acted on at once, never only recorded.
SELF_HARM = "self_harm_risk"
EXAMINERS = "examined_by"
# Said alone: nobody and somebody cannot both have looked.
UNKNOWN = "unknown"
ALONE = frozenset({"nobody", UNKNOWN})


class FactKind(Choice):
    """What is recorded, as it stands before the fact itself."""

    CIRCUMSTANCE = "circumstance", "Condition on the day"
    CONCERN = "concern", "Concern raised"
    DETRIMENT = "detriment", "Detriment"
    GROUND = "ground", "Ground"
    IMPACT = "impact", "Impact on the doctor"
    PAY = "pay", "Pay status"
    POLICY = "policy", "Local policy"
    INDEMNITY = "indemnity", "Indemnity"


# The list of `coded_terms.csv` that the code of each kind is of; a policy has a name instead.
TERMS: Mapping[FactKind, str | None] = {
    FactKind.CIRCUMSTANCE: "circumstance",
    FactKind.CONCERN: "raised_with",
    FactKind.DETRIMENT: "detriment",
    FactKind.GROUND: "ground",
    FactKind.IMPACT: "impact",
    FactKind.PAY: "pay_status",
    FactKind.POLICY: None,
    FactKind.INDEMNITY: "indemnity",
}
# Without its day a policy could be any edition of it.
NEED_A_DAY = (FactKind.POLICY,)
NEED_A_NOTE = (FactKind.CONCERN, FactKind.DETRIMENT, FactKind.POLICY)


@dataclass(frozen=True)
class SaidFact:
    """A fact as it is recorded. `took_place_on` is None where nobody knows the day; for a pay status it is the day it
    began, for a policy its date. `examined_by` is for a condition on the day, `after` (the number of a concern) for a
    detriment, and `case_process_id` or `finding_id` for a ground, which touches the whole case without either."""

    code: str | None = None
    took_place_on: date | None = None
    note: str = ""
    examined_by: tuple[str, ...] = ()
    after: int | None = None
    case_process_id: int | None = None
    finding_id: int | None = None


def problems(kind: FactKind, fact: SaidFact, codes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What is wrong with a fact in itself, by field. `codes` are the lists with their labels."""
    found = {}
    if not _is_listed(kind, fact.code, codes):
        found["code"] = f"{kind.label}: choose from the list."
    if not (fact.took_place_on is None or type(fact.took_place_on) is date):
        found["took_place_on"] = "Day: choose a day."
    elif kind in NEED_A_DAY and fact.took_place_on is None:
        found["took_place_on"] = "Day: which edition? Give the day on its front page."
    if not isinstance(fact.note, str) or ((kind in NEED_A_NOTE or fact.code == OTHER) and not fact.note.strip()):
        found["note"] = "What: please fill this in."
    if trouble := _examiners(kind, fact.examined_by, codes):
        found["examined_by"] = trouble
    return found


def _is_listed(kind: FactKind, code: object, codes: Mapping[str, Mapping[str, str]]) -> bool:
    listed = TERMS[kind]
    return code is None if listed is None else isinstance(code, str) and code in codes.get(listed, {})


def _examiners(kind: FactKind, given: object, codes: Mapping[str, Mapping[str, str]]) -> str | None:
    if not isinstance(given, tuple) or not all(isinstance(one, str) for one in given):
        return "Who examined it: choose from the list."
    if kind is not FactKind.CIRCUMSTANCE:
        return "Who examined it: only for a condition on the day." if given else None
    if not given:
        return "Who examined it: choose “Nobody” or “Not known” if that is so."
    if len(set(given)) != len(given) or not set(given) <= set(codes.get(EXAMINERS, {})):
        return "Who examined it: choose from the list."
    if len(given) > 1 and not ALONE.isdisjoint(given):
        return "Who examined it: “Nobody” and “Not known” are chosen alone."
    return None


def in_words(kind: FactKind, fact: SaidFact, codes: Mapping[str, Mapping[str, str]]) -> str:
    """“Condition on the day: Gap in the rota, 3 Mar 2024, examined by nobody”: without the words anybody typed."""
    listed = TERMS[kind]
    term = codes.get(listed, {}).get(fact.code or "", fact.code or "") if listed else ""
    parts = [f"{kind.label}: {term}" if term else kind.label]
    if fact.took_place_on:
        since = {FactKind.PAY: "since ", FactKind.POLICY: "dated "}.get(kind, "")
        parts.append(f"{since}{day(fact.took_place_on)}")
    if fact.examined_by:
        parts.append(examined(fact.examined_by, codes))
    return ", ".join(parts)


def examined(given: tuple[str, ...], codes: Mapping[str, Mapping[str, str]]) -> str:
    """“examined by employer and coroner”, “examined by nobody”, “not known who examined it”."""
    listed = codes.get(EXAMINERS, {})
    names = [label[:1].lower() + label[1:] for code, label in listed.items() if code in given and code != UNKNOWN]
    return f"examined by {' and '.join(names)}" if names else "not known who examined it"


def came_first(concern: SaidFact, detriment: SaidFact) -> bool:
    """Whether the detriment is of an earlier day than the concern it is said to follow."""
    before, after = concern.took_place_on, detriment.took_place_on
    return before is not None and after is not None and after < before


def apart(concern: SaidFact, detriment: SaidFact) -> str | None:
    """“63 days after the concern”; None unless both days are known."""
    before, after = concern.took_place_on, detriment.took_place_on
    if before is None or after is None:
        return None
    days = (after - before).days
    if days == 0:
        return "on the day of the concern"
    return f"{many(abs(days), 'day')} {'after' if days > 0 else 'before'} the concern"
