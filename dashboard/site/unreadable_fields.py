"""A field's value that a browser sends and Streamlit cannot read is treated as no value.

Streamlit reads it before the script runs. One that it cannot read would break the whole page, for as long as the
browser sends it. No page of ours sends such a value; somebody who forges one gets the page as it was.
"""

import functools
import logging
from typing import Any

LOG = logging.getLogger(__name__)
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


@functools.cache
def set_aside() -> None:
    """Call once in a process, before the first page."""
    from streamlit.runtime.state.session_state import Serialized, WStates

    read = WStates.__getitem__

    @functools.wraps(read)
    def read_or_set_aside(self: WStates, key: str) -> Any:
        try:
            return read(self, key)
        except UNREADABLE:
            field = self.widget_metadata.get(key)
            if field is None or not isinstance(self.states.get(key), Serialized):
                raise  # There is no such field: Streamlit's own error says so.
            LOG.warning("A value that no field of ours sends was set aside.")
            self.set_from_value(key, field.deserializer(None))
            return read(self, key)

    WStates.__getitem__ = read_or_set_aside  # type: ignore[method-assign]
