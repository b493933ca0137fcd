"""The throttle: it slows the guesser down, and a stranger cannot lock anybody out."""

import pytest
from sqlalchemy import func, select

from db.commands import throttle
from db.commands.accounts import start_session
from db.commands.throttle import FREE_ATTEMPTS, FREE_FROM_ONE_ADDRESS, UNDER_ATTACK, WINDOW
from db.models import SignInAttempt, SignInSession
from tests.db.helpers import Clock
from tests.factories import Casework

pytestmark = pytest.mark.usefixtures("time")
HOME, WARD, STRANGER = "198.51.100.7", "198.51.100.8", "203.0.113.9"


def fail(casework: Casework, name: str, times: int = 1, address: str = "") -> None:
    with casework.database.log() as session:
        for _ in range(times):
            throttle.note_failure(session, name=name, address=address)


def wait(casework: Casework, name: str, address: str = "") -> int:
    with casework.database.log() as session:
        return throttle.seconds_to_wait(session, name=name, address=address)


def attack(casework: Casework, name: str) -> None:
    for n in range(UNDER_ATTACK):
        fail(casework, name, address=f"203.0.113.{n}")


def sign_in_from(casework: Casework, address: str) -> None:
    with casework.database.log() as session:
        start_session(session, volunteer_id=casework.lead, device="test", days=1, address=address)


@pytest.mark.parametrize("address", ["", STRANGER])
@pytest.mark.parametrize("name", ["lena", "nobody-of-that-name"])
def test_the_wait_doubles_the_same_for_known_and_unknown_names(casework: Casework, name: str, address: str) -> None:
    fail(casework, name, FREE_ATTEMPTS - 1, address)
    assert wait(casework, name, address) == 0
    waits = []
    for _ in range(3):
        fail(casework, name, 1, address)
        waits.append(wait(casework, name, address))
    assert waits == [15, 30, 60]


def test_the_wait_ends_and_never_passes_the_window(casework: Casework, time: Clock) -> None:
    fail(casework, "lena", 30)
    assert wait(casework, "lena") == WINDOW.total_seconds()
    time.on(minutes=15, seconds=1)
    assert wait(casework, "lena") == 0


@pytest.mark.parametrize("back", [{"hours": 1}, {"minutes": 2}])
def test_a_clock_set_back_lengthens_no_wait_and_forgives_nothing(
    casework: Casework, time: Clock, back: dict[str, int]
) -> None:
    sign_in_from(casework, HOME)
    fail(casework, "lena", 30, HOME)
    fail(casework, "vik", FREE_ATTEMPTS + 1, STRANGER)
    time.on(**{unit: -count for unit, count in back.items()})
    assert wait(casework, "lena", HOME) == 60
    assert wait(casework, "vik", STRANGER) == 30
    time.on(seconds=61)
    assert wait(casework, "lena", HOME) == 0
    assert wait(casework, "vik", STRANGER) == 0


def test_the_name_counts_however_it_is_typed(casework: Casework) -> None:
    fail(casework, " LENA ", FREE_ATTEMPTS)
    assert wait(casework, "lena") > 0
    assert wait(casework, "vik") == 0


def test_a_stranger_elsewhere_does_not_lock_the_person_out(casework: Casework) -> None:
    fail(casework, "lena", 200, STRANGER)
    assert wait(casework, "lena", STRANGER) == WINDOW.total_seconds()
    sign_in_from(casework, HOME)
    assert wait(casework, "lena", HOME) == 0, "where the person has signed in before nothing is felt"


def test_under_attack_a_new_place_waits_once_and_briefly(casework: Casework, time: Clock) -> None:
    attack(casework, "lena")
    assert wait(casework, "lena", WARD) == 15
    time.on(seconds=10)
    attack(casework, "lena")
    assert wait(casework, "lena", WARD) == 5, "what others do meanwhile does not begin the wait anew"
    time.on(seconds=6)
    attack(casework, "lena")
    assert wait(casework, "lena", WARD) == 0
    fail(casework, "lena", 1, WARD)
    assert wait(casework, "lena", WARD) == 30


def test_one_address_that_tries_many_names_is_slowed_on_all(casework: Casework) -> None:
    for n in range(FREE_FROM_ONE_ADDRESS):
        assert wait(casework, "lena", STRANGER) == 0
        fail(casework, f"name{n}", 1, STRANGER)
    assert wait(casework, "lena", STRANGER) == 15
    assert wait(casework, "lena", HOME) == 0


def test_colleagues_behind_one_address_get_in_where_they_have_before(casework: Casework) -> None:
    sign_in_from(casework, WARD)
    for n in range(FREE_FROM_ONE_ADDRESS + 10):
        fail(casework, f"name{n}", 1, WARD)
    assert wait(casework, "lena", WARD) == 0
    fail(casework, "lena", 30, WARD)
    assert wait(casework, "lena", WARD) == 60, "even a neighbour who hammers costs a minute at most"


def test_success_forgets_what_went_wrong_here_only(casework: Casework) -> None:
    fail(casework, "lena", FREE_ATTEMPTS, HOME)
    fail(casework, "lena", FREE_ATTEMPTS, STRANGER)
    with casework.database.log() as session:
        throttle.forget_failures(session, name="lena", address=HOME)
    assert [wait(casework, "lena", at) for at in (HOME, STRANGER)] == [0, 15]


def test_one_ipv6_network_is_one_address(casework: Casework) -> None:
    for n in range(FREE_ATTEMPTS):
        fail(casework, "lena", 1, f"2001:db8:1:2::{n + 1}")
    assert wait(casework, "lena", "2001:db8:1:2:ffff::1") == 15
    assert wait(casework, "lena", "2001:db8:1:3::1") == 0


def test_neither_name_nor_address_is_kept(casework: Casework) -> None:
    fail(casework, "my secret password", 1, STRANGER)
    sign_in_from(casework, HOME)
    with casework.database.read() as session:
        kept = [*session.execute(select(SignInAttempt.name_hash, SignInAttempt.address_hash)).one()]
        kept += [each or "" for each in session.scalars(select(SignInSession.address_hash))]
    assert all(len(each) == 64 and "secret" not in each and "." not in each for each in kept)


def test_old_failures_are_forgotten(casework: Casework, time: Clock) -> None:
    fail(casework, "lena", 3)
    time.on(minutes=16)
    fail(casework, "vik")
    with casework.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 1
