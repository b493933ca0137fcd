"""Refusals: problems a person can put right. Anything else is a bug and should crash."""


class CommandRefused(Exception):
    """A refusal in a volunteer's words. `field` is the form field it belongs to, if any."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(CommandRefused):
    """It does not exist, or this person may not see it: the two must look the same."""

    def __init__(self, message: str = "Not found. Check the reference.") -> None:
        super().__init__(message)


class NotAllowed(CommandRefused):
    """The person may see it, but may not do this."""


class ProofNeeded(CommandRefused):
    """The person must confirm their password first. Nothing they typed is lost."""

    def __init__(self) -> None:
        super().__init__("Confirm your password first. Nothing you typed is lost.")


class Unavailable(Exception):
    """The database cannot be used just now. No bug: it may be over in a moment."""


class NotNow(CommandRefused, Unavailable):
    """The same while something was being saved. As far as we know nothing was; if only the answer was lost, whoever
    saves again is told so."""

    def __init__(self) -> None:
        super().__init__("Not saved: nothing could be saved just then. What you typed is still here: press again.")


class Stale(CommandRefused):
    """Somebody else saved first. The page shows both versions and keeps what was typed."""

    def __init__(self, *, changed_by: str, changed_at: str) -> None:
        super().__init__(
            f"{changed_by} changed this case at {changed_at}, after you opened it. "
            "Nothing you typed is lost: compare below, then save again."
        )
        self.changed_by = changed_by
        self.changed_at = changed_at


class AlreadySaved(CommandRefused):
    """This person saved this form before, and perhaps never saw the answer. `is_same`: with the same answers, so that
    there is nothing left to save. `save`: its number."""

    def __init__(self, *, at: str, is_same: bool, save: int) -> None:
        super().__init__(
            f"Already saved at {at}. Nothing was saved twice."
            if is_same
            else f"You saved this form at {at} with other answers, perhaps in another tab. These are not saved yet: "
            "press again to save them too."
        )
        self.is_same, self.save = is_same, save


class Invalid(CommandRefused):
    """One or more fields are wrong: `problems` has a sentence for each, by the field's name."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class PersonalData(Invalid):
    """Free text looks like it includes personal data: redact it, or give a reason to keep it."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        super().__init__(
            {
                field: f"This looks like it includes {' and '.join(kinds)}. Redact it, or say why it must stay."
                for field, kinds in found.items()
            }
        )
