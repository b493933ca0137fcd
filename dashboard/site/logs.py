"""What goes into the log: where something broke, never the data that was in it.

The message of an exception may repeat what a doctor wrote, or a statement with its values. Streamlit logs every
exception in full before our own code learns of it, so this happens where log records are made, for every logger.
"""

import logging
import threading
import traceback
from collections.abc import Iterator
from typing import Any

LOG = logging.getLogger("dashboard.site.logs")


def keep_values_out() -> None:
    """From now on no log record of this process contains the message of an exception."""
    make = logging.getLogRecordFactory()

    def without_values(*given: Any, **named: Any) -> logging.LogRecord:
        record = make(*given, **named)
        if isinstance(record.args, tuple):
            record.args = tuple(_kind(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        if record.exc_info and record.exc_info[1] is not None:
            # Formatters use this as it is if it is set.
            record.exc_text = trace_of(record.exc_info[1])
        return record

    logging.setLogRecordFactory(without_values)
    threading.excepthook = lambda args: LOG.error("A thread ended with an error", exc_info=args.exc_value)


def trace_of(error: BaseException) -> str:
    """The trace of an exception and of those that caused it: files, lines, functions and types."""
    parts = []
    for one in _chain(error):
        frames = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{_kind(one)}")
    return "\nwhich led to:\n".join(reversed(parts))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"
