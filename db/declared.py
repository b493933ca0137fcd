"""What each command does, and what its audit rows say: declared where the command is defined, read wherever it matters.
`@command` and `change` ask for every fact. A function without a declaration is not a command: `write` refuses it.
"""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Any, ParamSpec, Protocol, TypeVar

from db import clock
from db.choices import Choice
from db.errors import CommandRefused, Invalid
from db.rules.days import problems_with_days
from db.rules.words import day

P = ParamSpec("P")
R = TypeVar("R")
# A phrase that follows a person's name, with fields in braces (see `Words`); or a function of the details.
Says = str | Callable[[Mapping[str, Any]], str]


class Patterns(Enum):
    """When a command can change a heatmap, a trend or a release, so that they must be counted again."""

    NEVER = auto()
    ALWAYS = auto()
    WITH_A_MOVE = auto()
    WITH_A_CONFLICT = auto()

    def moved_by(self, fields: Mapping[str, object]) -> bool:
        if self is Patterns.WITH_A_MOVE:
            return fields.get("move_to") is not None
        if self is Patterns.WITH_A_CONFLICT:
            return bool(fields.get("has_conflict"))
        return self is Patterns.ALWAYS


class Password(Enum):
    """Whether a command needs a recently confirmed password, in case somebody else has the phone."""

    NOT_AGAIN = auto()
    AGAIN = auto()
    AGAIN_FOR_OTHERS = auto()

    def is_wanted(self, *, actor_id: int, fields: Mapping[str, object]) -> bool:
        if self is Password.AGAIN_FOR_OTHERS:
            return bool(fields.get("volunteer_id") != actor_id)
        return self is Password.AGAIN


class Tells(Enum):
    """Who else is told of a change in their inbox, besides the team of its case."""

    TEAM = auto()
    # The person it names, on the case or not.
    NAMED = auto()
    # Leads, for every case they may see.
    LEADS = auto()
    # Leads, where the flag is one of which they are told at once (`db/rules/safety.py`).
    LEADS_OF_DANGER = auto()
    # Whoever asked for it, and is named as `asked_by_id`, besides the team.
    ASKER = auto()
    # Both of these: the person it names, and whoever asked for it.
    NAMED_AND_ASKER = auto()
    # Leads, and not the team.
    ONLY_LEADS = auto()


@dataclass(frozen=True)
class Change:
    """A kind of audit row. `moves_access`: it may change a wall, a place or a stage, and so who sees what.
    `names_others`: it names other cases too, so only people who may read all of them are shown it."""

    says: Says
    tells: Tells
    moves_access: bool
    names_others: bool


@dataclass(frozen=True)
class Command:
    """What `write` needs to know of a command. `keeps_refusals`: refused attempts are recorded.
    `before_second_factor`: a lead may use it before two-step sign-in is set up."""

    patterns: Patterns
    password: Password
    keeps_refusals: bool
    before_second_factor: bool


_CHANGES: dict[str, Change] = {}
_COMMANDS: dict[Callable[..., object], Command] = {}


def change(
    action: str, *, says: Says, tells: Tells = Tells.TEAM, moves_access: bool, names_others: bool = False
) -> str:
    """Declares a kind of audit row that is not named after a command."""
    assert action not in _CHANGES, f"{action} is declared twice"
    _CHANGES[action] = Change(says, tells, moves_access, names_others)
    return action


def command(
    *,
    says: Says | None,
    patterns: Patterns,
    password: Password = Password.NOT_AGAIN,
    tells: Tells = Tells.TEAM,
    moves_access: bool = True,
    names_others: bool = False,
    keeps_refusals: bool = False,
    before_second_factor: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declares a command that forms may call. Days that nobody can have meant (`db/rules/days.py`) are refused before
    it runs. `says` describes the audit row named after the command; None if all its rows have other names, which
    `change` declares."""

    def declared(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def with_days(*args: P.args, **kwargs: P.kwargs) -> R:
            refuse_days(kwargs)
            return function(*args, **kwargs)

        _COMMANDS[with_days] = Command(patterns, password, keeps_refusals, before_second_factor)
        if says is not None:
            change(function.__name__, says=says, tells=tells, moves_access=moves_access, names_others=names_others)
        return with_days

    return declared


def refuse_days(fields: Mapping[str, object]) -> None:
    """Refuses days out of all bounds, and days to come where there can be none (if several, Invalid by field)."""
    problems = problems_with_days(fields, clock.today())
    if len(problems) == 1:
        [(field, words)] = problems.items()
        raise CommandRefused(words, field=field)
    if problems:
        raise Invalid(problems)


def facts_of(function: Callable[..., object]) -> Command:
    """The facts of a declared command. Raises TypeError for anything else."""
    if function not in _COMMANDS:
        raise TypeError(f"{function!r} is not declared as a command")
    return _COMMANDS[function]


def commands() -> dict[str, Callable[..., object]]:
    """Every declared command, by name."""
    _all_declared()
    return {str(getattr(function, "__name__", "")): function for function in _COMMANDS}


def is_declared(action: str) -> bool:
    return action in changes()


def changes() -> Mapping[str, Change]:
    """Every declared kind of audit row, by its action."""
    _all_declared()
    return _CHANGES


@functools.cache
def told(*kinds: Tells) -> tuple[str, ...]:
    """The actions that tell these people."""
    return tuple(action for action, declared in changes().items() if declared.tells in kinds)


def is_plain(action: str) -> bool:
    """Whether it changes no wall, place or stage and is told to nobody but the team. False for an undeclared action."""
    declared = changes().get(action)
    return declared is not None and declared.tells is Tells.TEAM and not declared.moves_access


@functools.cache
def naming_others() -> tuple[str, ...]:
    return tuple(action for action, declared in changes().items() if declared.names_others)


@functools.cache
def _all_declared() -> None:
    # Imported by name, because queries read what commands declare but may not import them.
    for package in ("db.commands", "db.imports"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{module.name}")


class Told(Protocol):
    """A change as read by a query."""

    @property
    def action(self) -> str: ...
    @property
    def details(self) -> dict[str, object]: ...
    @property
    def about(self) -> str | None: ...
    @property
    def others(self) -> Sequence[str]: ...


class Lists(Protocol):
    """The reference lists that codes in the details belong to."""

    @property
    def terms(self) -> Mapping[str, Mapping[str, str]]: ...
    @property
    def processes(self) -> Mapping[str, str]: ...
    @property
    def findings(self) -> Mapping[str, tuple[str, str]]: ...


class Words(dict[str, str]):
    """What the braces of `says` stand for: `about`, `others`, `flag`, `process`, `finding`, and each day in the
    details."""

    def __init__(self, told: Told, lists: Lists) -> None:
        super().__init__()
        self._told, self._lists = told, lists

    def __missing__(self, name: str) -> str:
        details = self._told.details
        if name == "about":
            return self._told.about or "somebody"
        if name == "others":
            return " and ".join(self._told.others)
        code = str(details.get("process" if name == "process" else "code", ""))
        if name == "flag":
            return self._lists.terms["flag"].get(code, code)
        if name == "process":
            return self._lists.processes.get(code, code)
        if name == "finding":
            return f"{code} {self._lists.findings.get(code, ('', ''))[1]}".strip()
        on = details.get(name)
        return day(date.fromisoformat(str(on))) if on else "no date"


def label(choice: type[Choice], code: object, otherwise: str) -> str:
    """The label of a code in the details; `otherwise` if only an earlier version knew it."""
    return next((one.label for one in choice if one == code), otherwise)


def in_words(told: Told, lists: Lists) -> str:
    """“raised the flag Crisis”: what happened, to follow a person's name. Plain text; may include typed words."""
    declared = changes().get(told.action)
    if declared is None:
        return "made a change"
    template = declared.says if isinstance(declared.says, str) else declared.says(told.details)
    return template.format_map(Words(told, lists))
