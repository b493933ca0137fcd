"""What a browser sends as the value of a field, and cannot be read as one: taken for no value at all.

Streamlit reads it before the script runs, and what it cannot read would take the whole page away, until the browser
stops sending it. No page of ours sends such a thing; whoever makes it up gets the page as it was.
"""

import functools
import logging
from typing import Any

LOG = logging.getLogger(__name__)
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


@functools.cache
def set_aside() -> None:
    """Once a process, before the first page."""
    from streamlit.runtime.state.session_state import Serialized, WStates

    read = WStates.__getitem__

    @functools.wraps(read)
    def read_or_set_aside(self: WStates, key: str) -> Any:
        try:
            return read(self, key)
        except UNREADABLE:
            field = self.widget_metadata.get(key)
            if field is None or not isinstance(self.states.get(key), Serialized):
                raise  # There is no such field: Streamlit's own way to say so.
            LOG.warning("A value that no field of ours sends was set aside.")
            self.set_from_value(key, field.deserializer(None))
            return read(self, key)

    WStates.__getitem__ = read_or_set_aside  # type: ignore[method-assign]
