"""What this installation is told from outside, read once. The environment wins over secrets.toml.

Nothing here imports Streamlit: the command line and the tests read the same settings.
"""

import contextlib
import functools
import os
import secrets as random
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.rules.limits import Limits

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ROOT / ".streamlit" / "secrets.toml"
SESSION_DAYS = 7


class SettingsError(Exception):
    """A setting that cannot be used, in one line for whoever runs the server."""


@dataclass(frozen=True)
class CrisisContact:
    """Somebody to ring now. `checked_on` is when the campaign last rang it; None means not yet."""

    label: str
    number: str
    hours: str
    checked_on: date | None = None


CRISIS_CONTACTS = (
    CrisisContact("Samaritans", "116 123", "any hour"),
    CrisisContact("Emergency", "999", "any hour"),
    CrisisContact("NHS 111, option 2 (mental health crisis)", "111", "any hour"),
)


@dataclass(frozen=True)
class Settings:
    """Keys stay out of the repr, so that no log or error page can show one."""

    database_url: str = field(repr=False)
    cookie_key: str = field(repr=False)
    identity_keys: tuple[str, ...] = field(repr=False)
    hash_key: str = field(repr=False)
    session_days: int = SESSION_DAYS
    crisis_contacts: tuple[CrisisContact, ...] = CRISIS_CONTACTS
    limits: Limits = field(default_factory=Limits)


@functools.cache
def settings() -> Settings:
    """The settings of this process. Tests call `read_settings` or `settings.cache_clear()`."""
    return read_settings(os.environ, SECRETS)


def read_settings(environment: Mapping[str, str], secrets_file: Path) -> Settings:
    """Makes any key that is missing and keeps it in a file beside the database."""
    secrets = _secrets(secrets_file)

    def told(name: str) -> str:
        return environment.get(name, "").strip() or str(secrets.get(name, "")).strip()

    url = _database_url(told("DATABASE_URL"))
    keys = _key_folder(url)
    return Settings(
        database_url=url.render_as_string(hide_password=False),
        cookie_key=told("COOKIE_KEY") or kept_key(keys / "cookie.key", new_secret),
        identity_keys=_identity_keys(told("IDENTITY_KEYS"), keys / "identity.keys"),
        hash_key=told("HASH_KEY") or kept_key(keys / "hash.key", new_secret),
        session_days=_days("SESSION_DAYS", told("SESSION_DAYS") or SESSION_DAYS),
        crisis_contacts=_crisis_contacts(secrets.get("crisis_contacts")),
        limits=_limits(secrets.get("limits", {})),
    )


def _secrets(secrets_file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(secrets_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{secrets_file.name} is not valid TOML: {error}") from None


def _database_url(told: str) -> URL:
    if not told:
        return URL.create("sqlite", database=str(ROOT / "var" / "casework.sqlite3"))
    try:
        url = make_url(told)
    except (ArgumentError, ValueError):
        # The value is not repeated: it may hold a password.
        raise SettingsError("DATABASE_URL is not a database address.") from None
    if url.drivername in {"postgres", "postgresql"}:
        # Hosts hand out the short forms; SQLAlchemy would read them as a driver that is not installed.
        return url.set(drivername="postgresql+psycopg")
    if _is_file(url):
        # Absolute, so that a later change of folder cannot make a second, empty database.
        return url.set(database=str(Path(str(url.database)).resolve()))
    return url


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}


def _key_folder(url: URL) -> Path:
    """Beside the database: keys without their data, or data without their keys, are of no use."""
    return Path(str(url.database)).parent if _is_file(url) else ROOT / "var"


def _identity_keys(told: str, file: Path) -> tuple[str, ...]:
    """Newest first: the first one encrypts, all of them decrypt."""
    text = told or kept_key(file, lambda: Fernet.generate_key().decode())
    keys = tuple(key for key in text.replace(",", " ").split() if key)
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        raise SettingsError(
            "IDENTITY_KEYS must be Fernet keys (32 bytes, url-safe base64), parted by commas."
        ) from None
    return keys


def new_secret() -> str:
    return random.token_urlsafe(32)


def kept_key(file: Path, make: Callable[[], str]) -> str:
    """The key in `file`, made and written on first use, readable by its owner only.

    Several processes may start at once and must end with one key: each writes a complete file of its
    own and links it into place, which only the first can do; the others read what the first wrote.
    """
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="ascii", dir=file.parent, prefix=f".{file.name}.") as draft:
        # NamedTemporaryFile opens with mode 0600, and a link keeps the mode.
        draft.write(make() + "\n")
        draft.flush()
        os.fsync(draft.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, file)
    return file.read_text(encoding="ascii").strip()


def _days(name: str, value: object) -> int:
    try:
        days = int(str(value))
    except ValueError:
        days = 0
    if days < 1:
        raise SettingsError(f"{name} must be a whole number of days, 1 or more.")
    return days


def _limits(told: Mapping[str, object]) -> Limits:
    known = {limit.name for limit in fields(Limits)}
    if unknown := sorted(set(told) - known):
        raise SettingsError(f"[limits] has no number called {', '.join(unknown)}.")
    return Limits(**{name: _days(f"limits.{name}", value) for name, value in told.items()})


def _crisis_contacts(told: list[dict[str, Any]] | None) -> tuple[CrisisContact, ...]:
    if told is None:
        return CRISIS_CONTACTS
    try:
        return tuple(CrisisContact(**contact) for contact in told)
    except TypeError:
        raise SettingsError(
            "Each [[crisis_contacts]] needs label, number and hours, and may have checked_on."
        ) from None
