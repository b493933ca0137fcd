"""One person, one e-mail address, checked as it is saved and without asking anybody."""

import socket
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from db.choices import Role
from db.commands import people
from db.errors import CommandRefused
from db.models import Volunteer
from db.rules.addresses import checked_address, is_address, sending_form
from tests.db.helpers import rows
from tests.factories import Casework

REFUSED = (
    "bb@",
    "@nowhere.example.org",
    "<",
    "not an address",
    "bb@example.org, dd@example.org",
    "bb@example.org; dd@example.org",
    "Bb <bb@example.org>",
    "bb@example.org\nBcc: x@example.org",
    "bb@@example.org",
    "bb@localhost",
    "bb@[127.0.0.1]",
    "b\x00b@example.org",
    "zoë@example.org",
    "ｂb@example.org",
    f"{'b' * 250}@example.org",
)


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_one_plain_address_is_refused_beside_its_field(address: str) -> None:
    with pytest.raises(CommandRefused) as refusal:
        checked_address(address)
    assert refusal.value.field == "email"
    assert address not in refusal.value.message


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("bb@example.org", "bb@example.org"),
        ("  Bb.Cc+casework@EXAMPLE.org \n", "Bb.Cc+casework@example.org"),
        ("bb@xn--exmple-cua.org", "bb@exämple.org"),
    ],
)
def test_one_address_is_kept(typed: str, kept: str) -> None:
    assert checked_address(typed) == kept
    assert sending_form(kept).isascii()


def test_an_accent_is_told_apart_from_a_slip() -> None:
    with pytest.raises(CommandRefused, match="accents"):
        checked_address("zoë@example.org")
    assert is_address("zoë@example.org")


@given(st.emails() | st.text(max_size=60))
def test_whatever_is_typed_is_kept_as_one_line_or_refused(typed: str) -> None:
    try:
        kept = checked_address(typed)
    except CommandRefused:
        reject()
    assert len(kept) <= 254
    assert len(kept.splitlines()) == 1
    assert kept.count("@") == 1
    assert checked_address(kept) == kept


def test_nobody_is_asked_whether_it_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert checked_address("bb@no-such-place.example.org") == "bb@no-such-place.example.org"


@pytest.mark.parametrize("address", ["bb@", "bb@example.org, dd@example.org", "zoë@example.org"])
def test_a_lead_cannot_save_it(casework: Casework, address: str) -> None:
    fields: dict[str, Any] = {"name": "Bea", "role": Role.VOLUNTEER, "email": address, "pledged_hours": 4, "skills": []}
    with pytest.raises(CommandRefused) as refusal, casework.database.write() as session:
        people.add_volunteer(session, actor_id=casework.lead, username="bea", **fields)
    assert refusal.value.field == "email"
    with pytest.raises(CommandRefused) as refusal, casework.database.write() as session:
        people.change_volunteer(
            session, actor_id=casework.lead, volunteer_id=casework.off_case, seen_version=1, says_full=False, **fields
        )
    assert refusal.value.field == "email"
    assert not rows(casework.database, Volunteer, name="Bea")


def test_no_address_at_all_is_fine(casework: Casework) -> None:
    with casework.database.write() as session:
        people.add_volunteer(
            session, actor_id=casework.lead, username="bea", name="Bea", role=Role.VOLUNTEER, email="  "
        )
    assert rows(casework.database, Volunteer, username="bea")[0].email is None
