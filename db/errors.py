"""Refusals: what a person can put right. Anything else is a bug and should crash."""


class CommandRefused(Exception):
    """A refusal in words a volunteer understands. `field` names the form field it belongs to, if one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(CommandRefused):
    """No such thing, or none this person may see: the two must never differ."""

    def __init__(self, message: str = "Not found. Check the reference.") -> None:
        super().__init__(message)


class NotAllowed(CommandRefused):
    """The person may see the thing but not do this to it."""


class ProofNeeded(CommandRefused):
    """The person must give their password again first; nothing typed is lost meanwhile."""

    def __init__(self) -> None:
        super().__init__("Give your password again first. Nothing you typed is lost.")


class Stale(CommandRefused):
    """Somebody saved first. The page shows both versions and keeps what was typed."""

    def __init__(self, *, changed_by: str, changed_at: str) -> None:
        super().__init__(
            f"{changed_by} changed this case at {changed_at}, after you opened it. "
            "Nothing you typed is lost: compare below, then save again."
        )
        self.changed_by = changed_by
        self.changed_at = changed_at


class Invalid(CommandRefused):
    """Several fields are wrong at once: `problems` maps a field's name to one sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class PersonalData(Invalid):
    """Free text seems to hold what must not stand there: redact it, or give a reason to keep it."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        super().__init__(
            {
                field: f"This seems to hold: {', '.join(kinds)}. Redact it, or say why it must stay."
                for field, kinds in found.items()
            }
        )
