"""What a process strip says about outcomes: the latest with its end and review, then those before it."""

from dashboard.ui import text
from db import clock
from db.choices import YesNo
from db.queries.pathways import OutcomeTold, Pathway
from db.queries.reference import OutcomeKind, Reference
from db.rules.outcomes import belongs, changed_by, live, standing


def in_short(pathway: Pathway, reference: Reference) -> str:
    """The latest outcome that stands, then every other one and what became of it. Empty if none is recorded."""
    known = live(pathway.outcomes)
    if not known:
        return ""
    stands, changed = standing(known), changed_by(known)
    latest = stands[-1]
    parts = [f":material/balance: Outcome: **{label(reference, latest)}**, {text.day(latest.happened_on)}"]
    parts += _sanction(latest, reference, in_force=True)
    parts += _more(latest)
    others = [one for one in reversed(known) if one is not latest]
    lines = [f"- {_other(one, reference, changed.get(one.number))}" for one in others]
    return "  \n".join(parts) + ("\n\n:gray[Other outcomes, the newest first]\n\n" + "\n".join(lines) if lines else "")


def label(reference: Reference, outcome: OutcomeTold) -> str:
    return text.plain(reference.outcomes[outcome.outcome].label)


def _other(outcome: OutcomeTold, reference: Reference, changer: OutcomeTold | None) -> str:
    parts = [f"{label(reference, outcome)}, {text.day(outcome.happened_on)}"]
    if changer is not None and (effect := reference.outcomes[changer.outcome].effect):
        parts.append(f"**{effect.label}** {text.day(changer.happened_on)}")
    parts += _sanction(outcome, reference, in_force=changer is None)
    return " · ".join([*parts, *_more(outcome)])


def _sanction(outcome: OutcomeTold, reference: Reference, *, in_force: bool) -> list[str]:
    kind, today = reference.outcomes[outcome.outcome], clock.today()
    told = ((kind.ends_as, outcome.end_on), (kind.review_as, outcome.review_on))
    shown = text.due if in_force else text.day
    return [
        f"{text.plain(name)}: {f'**{shown(on)}**' if in_force and on >= today else text.day(on)}"
        for name, on in told
        if on is not None
    ]


def _more(outcome: OutcomeTold) -> list[str]:
    """What was said about costs and silence, and the note."""
    parts = []
    if outcome.costs_threat:
        parts.append(f"Threatened with costs: {_answer(outcome.costs_threat)}")
    if outcome.confidential:
        parts.append(f"Asked to keep silent: {_answer(outcome.confidential)}")
    return [*parts, *([text.plain(outcome.note)] if outcome.note else [])]


def _answer(answer: YesNo) -> str:
    return answer.label.lower()


def offered(reference: Reference, process: str) -> dict[str, OutcomeKind]:
    """The outcomes that this kind of process may have, its own before those of every process."""
    return {
        code: kind for code, kind in reference.outcomes.items() if belongs(kind.processes, process) and not kind.is_over
    }
