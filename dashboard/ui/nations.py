"""Processes and rules by the nation of the organisation."""

from collections.abc import Iterable

from db.queries.reference import Reference
from db.rules.nations import is_offered, named

OTHERS = "Show other nations’ processes"


def offered(words: Reference, nation: str, chosen: Iterable[str] = (), *, others: bool) -> list[str]:
    """The codes of the nation's own processes; with `others`, then those of other nations. What is chosen already
    stays."""
    own = [code for code in words.processes if is_offered(words.scopes[code], nation)]
    wanted = set(words.processes) if others else set(chosen)
    return own + [code for code in words.processes if code in wanted and code not in own]


def has_others(words: Reference, nation: str) -> bool:
    return not all(is_offered(scope, nation) for scope in words.scopes.values())


def label(words: Reference, code: str, nation: str) -> str:
    """The name of a process; of another nation's, marked with whose it is. Plain text."""
    name, scope = words.processes.get(code, code), words.scopes.get(code, ())
    return name if is_offered(scope, nation) else f"{name} (only {named(scope)})"
