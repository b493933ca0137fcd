"""Where the record is and which keys open it: the one home of `DATABASE_URL`, `IDENTITY_KEYS` and `HASH_KEY`.

The environment wins over `.streamlit/secrets.toml`; a key that neither names is made once and kept in a file
beside the database. The dashboard and the command line read the same, or they would not share a record.
"""

import contextlib
import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.errors import CommandRefused
from db.files import close_to_others
from db.vault import Vault

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ROOT / ".streamlit" / "secrets.toml"
DEFAULT_FILE = ROOT / "var" / "casework.sqlite3"


def database_url(environment: Mapping[str, str] = os.environ, secrets_file: Path = SECRETS) -> str:
    """The address of the database, password included: never print it."""
    return resolve_url(told("DATABASE_URL", environment, secrets_file)).render_as_string(hide_password=False)


def load_vault(url: str, environment: Mapping[str, str] = os.environ, secrets_file: Path = SECRETS) -> Vault:
    """The vault for the database at `url`, with keys made on first use."""
    folder = key_folder(make_url(url))
    return Vault(
        keys=identity_keys(told("IDENTITY_KEYS", environment, secrets_file), folder),
        hash_key=hash_key(told("HASH_KEY", environment, secrets_file), folder),
    )


def told(name: str, environment: Mapping[str, str], secrets_file: Path) -> str:
    """What we are told from outside under this name; empty if nothing."""
    return environment.get(name, "").strip() or str(read_secrets(secrets_file).get(name, "")).strip()


def read_secrets(secrets_file: Path) -> dict[str, Any]:  # Any: TOML, checked by whoever reads a part
    """The secrets file as it stands; empty where there is none."""
    try:
        return tomllib.loads(secrets_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise CommandRefused(f"{secrets_file.name} is not valid TOML: {error}") from None


def resolve_url(text: str) -> URL:
    """The address in full: the default file, an absolute path, the driver that is installed."""
    if not text:
        return URL.create("sqlite", database=str(DEFAULT_FILE))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The value is not repeated: it may hold a password.
        raise CommandRefused("DATABASE_URL is not a database address.") from None
    if url.drivername in {"postgres", "postgresql"}:
        # Hosts hand out the short forms; SQLAlchemy would read them as a driver that is not installed.
        return url.set(drivername="postgresql+psycopg")
    if is_file(url):
        # Absolute, so that a later change of folder cannot make a second, empty database.
        return url.set(database=str(Path(str(url.database)).resolve()))
    return url


def public_url(text: str) -> str:
    """The address people open, without a path; empty where none is given."""
    if not text:
        return ""
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise CommandRefused("PUBLIC_URL must be the address people open, such as https://casework.example.org.")
    return f"{parts.scheme}://{parts.netloc}".lower()


def is_file(url: URL) -> bool:
    """Whether the database is a file of ours."""
    return url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}


def key_folder(url: URL) -> Path:
    """Beside the database: keys without their data, or data without their keys, are of no use."""
    return Path(str(url.database)).parent if is_file(url) else ROOT / "var"


def identity_keys(text: str, folder: Path) -> tuple[str, ...]:
    """Newest first: the first one encrypts, all of them decrypt."""
    text = text or kept_key(folder / "identity.keys", lambda: Fernet.generate_key().decode())
    keys = tuple(text.replace(",", " ").split())
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        keys = ()
    if not keys:
        raise CommandRefused("IDENTITY_KEYS must be Fernet keys (32 bytes, url-safe base64), parted by commas.")
    return keys


def hash_key(text: str, folder: Path) -> str:
    """Matches people without opening their identity; changing it makes every match fail."""
    return text or kept_key(folder / "hash.key", new_secret)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def kept_key(file: Path, make: Callable[[], str]) -> str:
    """The key in `file`, made and written on first use, readable by its owner only.

    Several processes may start at once and must end with one key: each writes a complete file of its
    own and links it into place, which only the first can do; the others read what the first wrote.
    """
    try:
        kept = file.read_text(encoding="ascii").strip()
        close_to_others(file)
        return kept
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
