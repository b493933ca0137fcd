"""The second factor: set up by a code, each code once, recovery codes, and the way back after a lost telephone."""

from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update

from db.choices import Role
from db.commands import second_factor
from db.commands.accounts import start_session
from db.commands.approvals import agree_approval
from db.commands.second_factor import STEP_SECONDS, WRONG_CODE
from db.errors import CommandRefused, NotAllowed
from db.models import Approval, Audit, RecoveryCode, Revision, SecondFactor
from db.queries.session import factor_of, person_of
from tests.db.helpers import Clock, rows
from tests.factories import Casework, make_volunteer


def do(casework: Casework, command: Any, **fields: Any) -> Any:
    with casework.database.write() as session:
        return command(session, **fields)


def pending(casework: Casework, who: int) -> str:
    with casework.database.read() as session:
        secret = factor_of(session, who).pending
    assert secret
    return secret


def code_now(secret: str, time: Clock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(time.now(), counter_offset=steps)


def set_up(casework: Casework, time: Clock, who: int) -> tuple[str, list[str]]:
    do(casework, second_factor.begin_factor, actor_id=who)
    secret = pending(casework, who)
    return secret, do(casework, second_factor.confirm_factor, actor_id=who, code=code_now(secret, time))


def accepts(casework: Casework, who: int, code: str) -> bool:
    with casework.database.write() as session:
        try:
            second_factor.use_code(session, volunteer_id=who, code=code)
        except CommandRefused as refusal:
            if refusal.message != WRONG_CODE:
                raise
            return False
    return True


def test_it_is_in_use_only_after_a_code_of_it(casework: Casework, time: Clock) -> None:
    do(casework, second_factor.begin_factor, actor_id=casework.lead)
    secret = pending(casework, casework.lead)
    with pytest.raises(CommandRefused, match="code is wrong"):
        do(casework, second_factor.confirm_factor, actor_id=casework.lead, code="000000")
    with casework.database.read() as session:
        assert not factor_of(session, casework.lead).in_use
    codes = do(casework, second_factor.confirm_factor, actor_id=casework.lead, code=code_now(secret, time))
    with casework.database.read() as session:
        found = factor_of(session, casework.lead)
    assert (found.in_use, found.pending, found.recovery_left, len(set(codes))) == (True, None, 10, 10)


def test_neither_the_secret_nor_the_codes_are_kept_in_clear(casework: Casework, time: Clock) -> None:
    secret, codes = set_up(casework, time, casework.lead)
    with casework.database.read() as session:
        row = session.scalars(select(SecondFactor)).one()
        kept = " ".join(session.scalars(select(RecoveryCode.code_hash)))
    assert row.secret is not None
    assert secret.encode() not in row.secret
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_code_works_once_and_only_around_its_time(casework: Casework, time: Clock) -> None:
    secret, _ = set_up(casework, time, casework.lead)
    first = code_now(secret, time)
    assert not accepts(casework, casework.lead, first), "the code that set it up is used"
    time.on(seconds=STEP_SECONDS)
    code = code_now(secret, time)
    assert accepts(casework, casework.lead, f" {code[:3]} {code[3:]} ")
    assert not accepts(casework, casework.lead, code)
    time.on(seconds=STEP_SECONDS * 10)
    early = code_now(secret, time, -1)
    assert accepts(casework, casework.lead, code_now(secret, time))
    assert not accepts(casework, casework.lead, early), "an earlier step after a later one"
    assert not accepts(casework, casework.lead, code_now(secret, time, 3))


def test_a_clock_set_back_refuses_no_fresh_code(casework: Casework, time: Clock) -> None:
    secret, _ = set_up(casework, time, casework.lead)
    time.on(hours=-1)
    fresh = code_now(secret, time)
    do(casework, second_factor.use_code, volunteer_id=casework.lead, code=fresh)
    with pytest.raises(CommandRefused, match=WRONG_CODE):
        do(casework, second_factor.use_code, volunteer_id=casework.lead, code=fresh)


@pytest.mark.parametrize("code", ["", "000000", "12345", "²²²²²²", "١٢٣٤٥٦", "abcdefghjkmn", "' OR 1=1 --", "x" * 9000])
def test_any_other_code_is_the_same_refusal(casework: Casework, time: Clock, code: str) -> None:
    set_up(casework, time, casework.lead)
    assert not accepts(casework, casework.lead, code)
    assert not accepts(casework, casework.off_case, code), "nor for somebody without a second factor"


def test_a_recovery_code_works_once_however_it_is_typed_and_for_its_owner_only(casework: Casework, time: Clock) -> None:
    _, codes = set_up(casework, time, casework.lead)
    set_up(casework, time, casework.off_case)
    assert not accepts(casework, casework.off_case, codes[0])
    assert accepts(casework, casework.lead, codes[0].upper().replace("-", " "))
    assert not accepts(casework, casework.lead, codes[0])
    with casework.database.read() as session:
        assert factor_of(session, casework.lead).recovery_left == 9
        assert "use_recovery_code" in session.scalars(select(Audit.action)).all()


def test_new_recovery_codes_end_the_old_ones(casework: Casework, time: Clock) -> None:
    _, old = set_up(casework, time, casework.lead)
    new = do(casework, second_factor.new_recovery_codes, actor_id=casework.lead)
    assert not accepts(casework, casework.lead, old[0])
    assert accepts(casework, casework.lead, new[0])
    with pytest.raises(CommandRefused, match="first"):
        do(casework, second_factor.new_recovery_codes, actor_id=casework.off_case)


def test_a_new_telephone_takes_over_only_once_it_gives_a_code(casework: Casework, time: Clock) -> None:
    old, _ = set_up(casework, time, casework.lead)
    do(casework, second_factor.begin_factor, actor_id=casework.lead)
    time.on(seconds=STEP_SECONDS)
    assert accepts(casework, casework.lead, code_now(old, time))
    time.on(seconds=STEP_SECONDS)
    new = pending(casework, casework.lead)
    do(casework, second_factor.confirm_factor, actor_id=casework.lead, code=code_now(new, time))
    time.on(seconds=STEP_SECONDS)
    assert not accepts(casework, casework.lead, code_now(old, time))
    assert accepts(casework, casework.lead, code_now(new, time))


def test_another_lead_resets_it_and_every_session_ends(casework: Casework, time: Clock) -> None:
    set_up(casework, time, casework.lead)
    with casework.database.log() as session:
        token = start_session(session, volunteer_id=casework.lead, device="test", days=1)
    for actor, refusal in ((casework.lead, CommandRefused), (casework.on_case, NotAllowed)):
        with pytest.raises(refusal):
            do(casework, second_factor.reset_factor, actor_id=actor, volunteer_id=casework.lead)
    # The lead has signed in, so it takes a third pair of hands.
    assert do(casework, second_factor.reset_factor, actor_id=casework.in_conflict, volunteer_id=casework.lead)
    with casework.database.write() as session:
        third = make_volunteer(session, "thea", Role.LEAD)
        asked = session.scalars(select(Approval.id)).one()
    do(casework, agree_approval, actor_id=third, approval_id=asked)
    with casework.database.read() as session:
        assert person_of(session, token) is None
        assert not factor_of(session, casework.lead).in_use
        audit = session.scalars(select(Audit).order_by(Audit.id.desc())).first()
        assert audit is not None
        assert (audit.action, audit.actor_id, audit.details) == (
            "reset_factor",
            third,
            {"volunteer_id": casework.lead},
        )
    assert rows(casework.database, RecoveryCode) == []


def test_a_volunteer_may_do_without_and_a_lead_may_not(casework: Casework, time: Clock) -> None:
    for who in (casework.lead, casework.off_case):
        set_up(casework, time, who)
    with pytest.raises(CommandRefused, match="must have"):
        do(casework, second_factor.drop_factor, actor_id=casework.lead)
    do(casework, second_factor.drop_factor, actor_id=casework.off_case)
    with casework.database.read() as session:
        assert factor_of(session, casework.lead).in_use
        assert not factor_of(session, casework.off_case).in_use


def test_a_lead_must_add_one_and_nobody_in_a_demonstration_can(casework: Casework, time: Clock) -> None:
    tokens = {}
    with casework.database.log() as session:
        for who in (casework.lead, casework.on_case):
            tokens[who] = start_session(session, volunteer_id=who, device="test", days=1)

    def must(who: int) -> bool:
        with casework.database.read() as session:
            person = person_of(session, tokens[who])
        assert person
        return person.must_add_factor

    assert [must(casework.lead), must(casework.on_case)] == [True, False]
    set_up(casework, time, casework.lead)
    assert not must(casework.lead)
    do(casework, second_factor.reset_factor, actor_id=None, volunteer_id=casework.lead)
    with casework.database.write() as session:
        session.execute(update(Revision).values(is_demo=True))
        tokens[casework.lead] = start_session(session, volunteer_id=casework.lead, device="test", days=1)
    assert not must(casework.lead)
    with pytest.raises(CommandRefused, match="demonstration"):
        do(casework, second_factor.begin_factor, actor_id=casework.lead)
