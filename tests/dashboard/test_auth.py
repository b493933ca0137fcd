"""Signing in and out: same words and work for an unknown name and a wrong password; the session row decides."""

from datetime import timedelta

import bcrypt
import pyotp
import pytest
from sqlalchemy import func, select, update
from streamlit.testing.v1 import AppTest

from dashboard import auth, store
from dashboard.settings import settings
from db import clock
from db.commands import accounts, second_factor, throttle
from db.commands.accounts import end_sessions
from db.errors import CommandRefused
from db.models import SignInAttempt, SignInSession, Volunteer
from db.queries.session import factor_of
from tests.conftest import APP
from tests.factories import Casework
from tests.pages.helpers import field, press, seen

PASSWORD = "correct horse battery staple"


@pytest.fixture
def work(app_casework: Casework) -> Casework:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt()).decode()
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == app_casework.on_case).values(password_hash=hashed))
    return app_casework


def sign_in(username: str, password: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    field(app, "Username").input(username)
    field(app, "Password").input(password)
    return press(app, "Sign in")


@pytest.mark.usefixtures("work")
def test_right_password_opens_the_home_page() -> None:
    app = sign_in("Vik", PASSWORD)
    assert not app.exception
    assert "What needs you" in seen(app)


@pytest.mark.usefixtures("work")
def test_unknown_name_and_wrong_password_get_the_same_words_and_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[int] = []
    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *given: checks.append(1) or real(*given))  # type: ignore[func-returns-value]
    told = []
    for username, password in (("vik", "wrong"), ("nobody", "wrong"), ("vik", "é" * 60), ("lena", PASSWORD)):
        told.append(seen(sign_in(username, password)))
        assert len(checks) == len(told), f"{username} was answered without checking a password"
    assert len(set(told)) == 1
    assert auth.WRONG in told[0]


@pytest.mark.usefixtures("work")
def test_sixth_attempt_waits_for_known_and_unknown_names_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    told = {}
    for username in ("vik", "nobody"):
        for _ in range(5):
            sign_in(username, "wrong")
        told[username] = seen(sign_in(username, PASSWORD))
    assert told["vik"] == told["nobody"]
    assert "Too many attempts. Wait 15 seconds" in told["vik"]
    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(seconds=16))
    assert "What needs you" in seen(sign_in("vik", PASSWORD))


def test_attempts_keep_no_name(work: Casework) -> None:
    sign_in("a password typed here by mistake", "x")
    with work.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 1
        assert "mistake" not in (session.scalar(select(SignInAttempt.name_hash)) or "")


def test_signing_out_ends_the_session_row(work: Casework) -> None:
    app = press(sign_in("vik", PASSWORD), "Sign out")
    assert field(app, "Username") is not None
    with work.database.read() as session:
        assert session.scalar(select(func.count()).where(SignInSession.ended_at.is_(None))) == 0


def test_open_tab_is_signed_out_when_its_session_is_ended_elsewhere(work: Casework) -> None:
    app = sign_in("vik", PASSWORD)
    with work.database.log() as session:
        end_sessions(session, volunteer_id=work.on_case)
    app.run()
    assert field(app, "Username") is not None
    assert "What needs you" not in seen(app)


def test_closed_account_is_signed_out_at_once(work: Casework) -> None:
    app = sign_in("vik", PASSWORD)
    with work.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == work.on_case).values(active=False))
    app.run()
    assert field(app, "Username") is not None


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        ("short one", "short one", "at least 12"),
        ("x" * 65, "x" * 65, "64 plain characters"),
        ("é" * 40, "é" * 40, "64 plain characters"),
        ("passwordpassword", "passwordpassword", "four unrelated words"),
        ("learn not blame", "learn not blame", "four unrelated words"),
        (PASSWORD, "another", "do not match"),
    ],
)
def test_weak_passwords_are_refused_in_words(password: str, again: str, why: str) -> None:
    with pytest.raises(CommandRefused, match=why):
        auth.new_password_hash(password, again)


@pytest.mark.usefixtures("work")
def test_an_outer_space_cannot_be_set_and_at_sign_in_is_no_matter() -> None:
    with pytest.raises(CommandRefused, match="Remove the space"):
        auth.new_password_hash(f"{PASSWORD} ", f"{PASSWORD} ")
    for typed in (f" {PASSWORD}", f"{PASSWORD} ", f"{PASSWORD}\t"):
        assert "What needs you" in seen(sign_in("vik", typed))


@pytest.mark.usefixtures("work")
def test_the_name_of_the_host_and_of_the_person_are_words_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://zebrafish.example.org")
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1")
    settings.cache_clear()
    with pytest.raises(CommandRefused, match="easy to guess here"):
        auth.new_password_hash(*["Zebrafish!Zebrafish!2"] * 2)
    monkeypatch.delenv("PUBLIC_URL")
    settings.cache_clear()


LONG = "x" * 201


def test_the_fields_at_the_door_take_200_characters_at_most(work: Casework) -> None:
    with_factor(work)
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert [field(app, name).proto.max_chars for name in ("Username", "Password")] == [200, 200]
    assert 0 < field(sign_in("vik", PASSWORD), "Code").proto.max_chars <= 200


@pytest.mark.usefixtures("work")
def test_nothing_longer_than_anybody_types_is_hashed_or_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("worked on")

    for module, name in (
        (bcrypt, "checkpw"),
        (bcrypt, "hashpw"),
        (throttle, "seconds_to_wait"),
        (throttle, "note_failure"),
        (second_factor, "use_code"),
        (accounts, "link_opens"),
    ):
        monkeypatch.setattr(module, name, never)
    for username, password in ((LONG, PASSWORD), ("vik", LONG)):
        with pytest.raises(CommandRefused, match="at most 200 characters"):
            auth.check_password(username, password)
    with pytest.raises(CommandRefused):
        auth.new_password_hash(LONG, LONG, about=(LONG * 10_000,))
    with pytest.raises(CommandRefused, match="code is wrong"):
        store.use_code(1, LONG)
    with pytest.raises(CommandRefused, match="incomplete"):
        store.link_opens(LONG)


def test_strong_password_is_hashed() -> None:
    assert bcrypt.checkpw(
        b"teapot orbit velvet junction", auth.new_password_hash(*["teapot orbit velvet junction"] * 2).encode()
    )


# The second factor at the door


def with_factor(work: Casework) -> tuple[str, list[str]]:
    """(secret, recovery codes) of a second factor that `vik` has set up."""
    with work.database.write() as session:
        second_factor.begin_factor(session, actor_id=work.on_case)
        session.flush()
        secret = factor_of(session, work.on_case).pending
        assert secret
        now = pyotp.TOTP(secret).at(clock.now())
        return secret, second_factor.confirm_factor(session, actor_id=work.on_case, code=now)


def give_code(app: AppTest, code: str) -> AppTest:
    field(app, "Code").input(code)
    return press(app, "Sign in")


def sessions(work: Casework) -> int:
    with work.database.read() as session:
        return session.scalar(select(func.count()).select_from(SignInSession)) or 0


def test_a_password_alone_opens_nothing_for_whoever_has_a_second_factor(
    work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, codes = with_factor(work)
    app = sign_in("vik", PASSWORD)
    assert "One more step" in seen(app)
    assert sessions(work) == 0
    give_code(app, "000000")
    assert second_factor.WRONG_CODE in seen(app)
    assert sessions(work) == 0
    later = clock.now() + timedelta(seconds=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    give_code(app, pyotp.TOTP(secret).at(later))
    assert not app.exception
    assert "What needs you" in seen(app)
    assert "What needs you" in seen(give_code(sign_in("vik", PASSWORD), codes[0]))
    assert second_factor.WRONG_CODE in seen(give_code(sign_in("vik", PASSWORD), codes[0]))


def test_codes_are_throttled_like_passwords(work: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    _, codes = with_factor(work)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    for _ in range(5):
        give_code(sign_in("vik", PASSWORD), "000000")
    assert "Too many attempts. Wait 15 seconds" in seen(give_code(sign_in("vik", PASSWORD), codes[0]))
    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(seconds=16))
    assert "What needs you" in seen(give_code(sign_in("vik", PASSWORD), codes[0]))


def test_a_password_given_long_ago_must_be_given_again(work: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    _, codes = with_factor(work)
    app = sign_in("vik", PASSWORD)
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    field(app, "Code").input(codes[0])
    press(app, "Sign in")
    assert field(app, "Password") is not None
    assert sessions(work) == 0


def test_going_back_asks_for_the_password_anew(work: Casework) -> None:
    with_factor(work)
    app = press(sign_in("vik", PASSWORD), "Back")
    assert field(app, "Password") is not None


def test_an_idle_session_is_signed_out_and_a_used_one_stays(work: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    app = sign_in("vik", PASSWORD)
    start = clock.now()
    for minutes in (50, 100, 150):
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=minutes))  # noqa: B023 - used at once
        assert "What needs you" in seen(app.run())
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=211))
    app.run()
    assert "What needs you" not in seen(app)
    assert field(app, "Username") is not None
    assert sessions(work) == 1


def test_however_much_it_is_used_a_session_ends_after_a_shift(work: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    app = sign_in("vik", PASSWORD)
    start = clock.now()
    for minutes in range(45, 12 * 60, 45):
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=minutes))  # noqa: B023 - used at once
        app.run()
    assert "What needs you" in seen(app)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=12, seconds=1))
    app.run()
    assert "What needs you" not in seen(app)
    assert sessions(work) == 1
