"""Keys that are not in the settings are kept in files for their owner only."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

from db.files import close_to_others


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def kept_key(file: Path) -> str:
    """The key in `file`; empty if there is no such file."""
    try:
        kept = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    close_to_others(file)
    return kept


def kept_or_made_key(file: Path, make: Callable[[], str]) -> str:
    """The key in `file`, which is made on first use and readable by its owner only.

    Processes that start at once must end up with the same key: each writes a complete file of its own and links it into
    place, which only the first can do. The others read that one.
    """
    if kept := kept_key(file):
        return kept
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="ascii", dir=file.parent, prefix=f".{file.name}.") as draft:
        # NamedTemporaryFile opens with mode 0600, and a link keeps the mode.
        draft.write(make() + "\n")
        draft.flush()
        os.fsync(draft.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, file)
    return file.read_text(encoding="ascii").strip()
