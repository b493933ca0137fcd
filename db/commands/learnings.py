"""What a reader should learn from a case: written so that it identifies nobody, and agreed by a second person."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.asked import bodies_of
from db.card import refresh_card
from db.choices import ConsentPurpose, EntryKind
from db.commands.claim_flags import flag_claims
from db.commands.record import add_line, audit, clean_text, stale, touch
from db.consented import need_consent
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.learning_access import learning_on
from db.models import Case, CaseProcess, CodedTerm, Finding, Learning
from db.rules.consent import Needed
from db.rules.learning import MOST_TEXT, identifies

THEME, MOST_REASON = "theme", 500
SAYS_BOTH = "You wrote what identifies somebody. Send it back, or empty this field to agree."
AGREED = "A second person has agreed to this. Withdraw it, and write another."


@command(says="wrote down what is to be learned", patterns=Patterns.NEVER, moves_access=False)
def record_learning(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    theme: str,
    text: str,
    findings: Sequence[str],
    processes: Sequence[str],
) -> int:
    """Writes down what is to be learned from a case, for a second person to agree to. Returns its id.

    Refuses: not found, a doctor who does not agree to learning, words that name the case or one of its organisations,
    an unknown theme, findings and processes that are not the case's, none of either.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    said = _checked(session, case, theme, text, findings, processes)
    row = Learning(case_id=case.id, by_id=viewer.id, at=clock.now(), **said)
    session.add(row)
    session.flush()
    _record(session, viewer, case, "record_learning", "written down, to be agreed by a second person")
    return row.id


@command(says="changed what is to be learned", patterns=Patterns.NEVER, moves_access=False)
def change_learning(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    learning_id: int,
    seen_version: int,
    theme: str,
    text: str,
    findings: Sequence[str],
    processes: Sequence[str],
) -> None:
    """Changes it until a second person has agreed; whoever changes it has then written it. Refuses: what
    `record_learning` refuses, another case's, one that was agreed or withdrawn, Stale."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _seen(session, case, learning_id, seen_version)
    if row.agreed_at is not None:
        raise CommandRefused(AGREED, field="text")
    for name, value in _checked(session, case, theme, text, findings, processes).items():
        setattr(row, name, value)
    row.by_id, row.at, row.returned_why = viewer.id, clock.now(), None
    _record(session, viewer, case, "change_learning", "changed")


@command(
    says=lambda details: f"{'agreed to' if details.get('agreed') else 'sent back'} what is to be learned",
    patterns=Patterns.NEVER,
    moves_access=False,
)
def answer_learning(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    learning_id: int,
    seen_version: int,
    agree: bool,
    reason: str = "",
) -> None:
    """A second person agrees that nobody can be recognised, or says what would identify somebody.

    Refuses: not found, their own words, one that was agreed or withdrawn, Stale, a doctor who does not agree to
    learning any more, a no without a reason, a yes that says what identifies somebody.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _seen(session, case, learning_id, seen_version)
    if row.agreed_at is not None:
        raise CommandRefused("A second person has agreed to this already.", field="learning_id")
    if row.by_id == viewer.id:
        raise CommandRefused("You wrote this, so somebody else must agree to it.", field="learning_id")
    why = clean_text(reason, field="reason", label="What identifies somebody", required=not agree, most=MOST_REASON)
    if agree and why:
        raise CommandRefused(SAYS_BOTH, field="reason")
    if agree:
        need_consent(session, case, Needed(ConsentPurpose.LEARNING), field="reason")
        row.agreed_by_id, row.agreed_at, row.returned_why = viewer.id, clock.now(), None
    else:
        row.returned_why = why
    said = "agreed by a second person" if agree else "sent back to be changed"
    _record(session, viewer, case, "answer_learning", said, agreed=agree)


@command(says="withdrew what was to be learned", patterns=Patterns.NEVER, moves_access=False)
def withdraw_learning(session: Session, *, actor_id: int, reference: str, learning_id: int, reason: str) -> None:
    """Withdraws it: nobody but the team and leads sees it from then on, and what rests on it is marked.

    Refuses: not found, another case's, withdrawn already, no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = learning_on(session, case, learning_id)
    row.withdrawn_why = clean_text(reason, field="reason", label="Why", most=MOST_REASON)
    row.withdrawn_by_id, row.withdrawn_at = viewer.id, clock.now()
    flag_claims(session, viewer, case, ConsentPurpose.LEARNING, learning_id=row.id)
    _record(session, viewer, case, "withdraw_learning", "withdrawn")


def _record(session: Session, viewer: Viewer, case: Case, action: str, said: str, **details: object) -> None:
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Learning {said}.")
    touch(case, viewer)
    audit(session, viewer, action, case=case, **details)
    refresh_card(session, case.id)


def _seen(session: Session, case: Case, learning_id: int, seen_version: int) -> Learning:
    row = learning_on(session, case, learning_id)
    if row.version != seen_version:
        raise stale(session, row.by_id, row.at)
    return row


def _checked(
    session: Session, case: Case, theme: str, text: str, findings: Sequence[str], processes: Sequence[str]
) -> dict[str, str]:
    need_consent(session, case, Needed(ConsentPurpose.LEARNING), field="text")
    if session.get(CodedTerm, (THEME, theme)) is None:
        raise CommandRefused("Theme: choose from the list.", field="theme")
    words = clean_text(text, field="text", label="What a reader should learn", most=MOST_TEXT)
    if found := identifies(words, _organisations(session, case)):
        raise CommandRefused(f"This includes {found}. Say it so that nobody can tell which case it is.", field="text")
    coded = set(session.scalars(select(Finding.code).where(Finding.case_id == case.id)))
    faced = set(session.scalars(select(CaseProcess.process).where(CaseProcess.case_id == case.id)))
    for field, chosen, known in (("findings", findings, coded), ("processes", processes, faced)):
        if not known.issuperset(chosen):
            raise CommandRefused(f"{field.capitalize()}: choose from the case’s own.", field=field)
    if not findings and not processes:
        raise CommandRefused("Choose a finding or a process of the case that this comes from.", field="findings")
    codes = {"findings": " ".join(sorted(set(findings))), "processes": " ".join(sorted(set(processes)))}
    return {"theme": theme, "text": words, **codes}


def _organisations(session: Session, case: Case) -> list[str]:
    """As they are called, without the town and whose part they are."""
    if case.organisation_id is None and not case.body_text:
        return []
    return [name.split(",")[0] for name in bodies_of(session, case).names]
