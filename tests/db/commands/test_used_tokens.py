"""A form that was saved and whose answer was lost: told apart from something new to say."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from db import clock
from db.commands.used_tokens import Drawn, tidy_tokens, use_token
from db.errors import AlreadySaved, CommandRefused
from db.models import UsedToken
from db.queries.used_tokens import Save, saves_of
from tests.db.helpers import count, rows, viewer
from tests.factories import Casework

FORM = "entry_LNB-7K3M9Q"
SAID = {"text": "Spoke to her", "seen_version": 1, "at": clock.now()}


def use(work: Casework, drawn: Drawn, who: int | None = None, command: str = "add_entry", **values: object) -> int:
    with work.database.write() as session:
        return use_token(session, actor_id=who or work.on_case, drawn=drawn, command=command, values=SAID | values)


@contextmanager
def already(*, is_same: bool) -> Iterator[None]:
    with pytest.raises(AlreadySaved) as told:
        yield
    assert told.value.is_same is is_same
    assert told.value.message.startswith("Already saved at" if is_same else "You saved this form at")


def test_the_same_drawing_is_saved_once(casework: Casework) -> None:
    drawn = Drawn(FORM)
    use(casework, drawn)
    with already(is_same=True):
        use(casework, drawn)
    with already(is_same=False):
        use(casework, drawn, text="Spoke to him")
    assert count(casework.database, UsedToken) == 1


def test_the_next_drawing_is_another(casework: Casework) -> None:
    first = use(casework, Drawn(FORM))
    second = use(casework, Drawn(FORM, after=first), text="Spoke again")
    assert second > first
    # The same words may be said twice by somebody who has seen that they were saved.
    use(casework, Drawn(FORM, after=second, answered=frozenset({second})), text="Spoke again")


def test_who_has_not_seen_the_answer_says_nothing_twice(casework: Casework) -> None:
    """After a restart the form is drawn anew and knows of the save, but the person may not."""
    first = use(casework, Drawn(FORM))
    with already(is_same=True):
        use(casework, Drawn(FORM, after=first), seen_version=2, at=clock.now() + timedelta(minutes=1))
    with already(is_same=True):
        use(casework, Drawn(FORM, after=first, touched=False), text="")
    assert use(casework, Drawn(FORM, after=first, touched=False, answered=frozenset({first})), text="") > first


def test_another_button_of_the_form_says_something_else(casework: Casework) -> None:
    first = use(casework, Drawn(FORM, touched=False), command="rename_view")
    assert use(casework, Drawn(FORM, after=first, touched=False), command="delete_view") > first


def test_after_a_while_a_button_may_be_pressed_again(casework: Casework) -> None:
    first = use(casework, Drawn(FORM, touched=False))
    with casework.database.write() as session:
        session.execute(update(UsedToken).values(used_at=clock.now() - timedelta(minutes=11)))
    # Even on a page that was drawn before another tab pressed it.
    assert use(casework, Drawn(FORM, touched=False)) > first
    # What was typed before is still what was typed.
    with already(is_same=True):
        use(casework, Drawn(FORM))


def test_a_refused_save_uses_nothing(casework: Casework) -> None:
    def refused() -> None:
        with casework.database.write() as session:
            use_token(session, actor_id=casework.on_case, drawn=Drawn(FORM), command="add_entry", values=SAID)
            raise CommandRefused("Please fill this in.")

    with pytest.raises(CommandRefused):
        refused()
    assert count(casework.database, UsedToken) == 0
    use(casework, Drawn(FORM))


def test_it_is_each_persons_own(casework: Casework) -> None:
    use(casework, Drawn(FORM))
    use(casework, Drawn(FORM), casework.lead)
    use(casework, Drawn("entry_LNB-QM93K7"))
    with casework.database.read() as session:
        mine, leads = (saves_of(session, viewer(casework, who)) for who in ("on_case", "lead"))
    of_form = [each.of(FORM) for each in (mine, leads)]
    assert all(isinstance(each, Save) for each in of_form)
    assert of_form[0] != of_form[1]
    assert leads.of("entry_LNB-QM93K7") is None


def test_nothing_typed_is_in_it(casework: Casework) -> None:
    use(casework, Drawn(FORM))
    [row] = rows(casework.database, UsedToken)
    for told in (row.token, row.form, row.values):
        assert len(told) == 64
        assert set(told) <= set("0123456789abcdef")


def test_two_servers_that_save_one_drawing_at_once_save_it_once(casework: Casework) -> None:
    def save(_: int) -> str:
        try:
            use(casework, Drawn(FORM))
        except AlreadySaved:
            return "already"
        return "saved"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(4))) == ["already", "already", "already", "saved"]
    assert count(casework.database, UsedToken) == 1


def test_one_that_is_met_only_when_it_is_written_is_told_the_same(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.commands import used_tokens

    use(casework, Drawn(FORM))
    seen = used_tokens._last
    answers: list[object] = [None]

    def late(session: Session, volunteer_id: int, form: str) -> UsedToken | None:
        """The other server commits between the look and the write."""
        return answers.pop() if answers else seen(session, volunteer_id, form)  # type: ignore[return-value]

    monkeypatch.setattr(used_tokens, "_last", late)
    with already(is_same=True):
        use(casework, Drawn(FORM))


def test_old_ones_are_tidied(casework: Casework) -> None:
    use(casework, Drawn(FORM))
    with casework.database.log() as session:
        tidy_tokens(session)
    assert count(casework.database, UsedToken) == 1
    with casework.database.log() as session:
        session.execute(update(UsedToken).values(used_at=clock.now() - timedelta(days=31)))
        tidy_tokens(session)
    assert count(casework.database, UsedToken) == 0
