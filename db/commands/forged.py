"""Values that none of our forms can send: refused, with their field, before a command sees them."""

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from db.errors import CommandRefused

# The largest integer that both databases take.
MOST = 2**31 - 1


def refuse_forged(command: Callable[..., object], fields: Mapping[str, object]) -> None:
    """Refuses a field without a value, or with one of a type or size that the command does not take."""
    hints = _hints(command)
    for name, value in fields.items():
        if name in hints and not _fits(value, hints[name]):
            words = "please fill this in" if value is None else "choose from the list"
            raise CommandRefused(f"{_label(name)}: {words}.", field=name)


@functools.cache
def _hints(command: Callable[..., object]) -> dict[str, Any]:
    return get_type_hints(command)


def _fits(value: object, hint: Any) -> bool:
    # Any: a type, a union of types, or Any itself.
    if hint is Any:
        return True
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if origin in (Sequence, list, tuple):
        part, *_ = get_args(hint)
        return isinstance(value, Sequence) and not isinstance(value, str) and all(_fits(each, part) for each in value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MOST
    if hint is date:
        return type(value) is date
    kind = origin or hint
    # A plain string must not pass as a member of a StrEnum.
    return type(value) is kind if issubclass(kind, Enum) else isinstance(value, kind)


def _label(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ").capitalize()
