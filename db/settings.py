"""The settings, read the same way by the command line and the dashboard.

The environment wins over `.streamlit/secrets.toml`; an empty value in either counts as not set. A key that is in
neither is looked for beside the database. None is made here: `db/key_check.py` says when that is right.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeInt,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.errors import CommandRefused
from db.files import is_file
from db.keys import kept_key, kept_or_made_key, new_secret
from db.mail import MailSettings
from db.rules.limits import Limits
from db.vault import Vault

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ROOT / ".streamlit" / "secrets.toml"
DEFAULT_FILE = ROOT / "var" / "casework.sqlite3"


class SettingsError(CommandRefused):
    """A setting that cannot be used, in one sentence for the operator. Never repeats the value."""


def _full_url(text: str) -> str:
    """The full URL: with the default file, an absolute path and the installed driver."""
    try:
        url = make_url(text) if text else URL.create("sqlite", database=str(DEFAULT_FILE))
    except ArgumentError as error:
        raise ValueError from error
    if url.drivername in {"postgres", "postgresql"}:
        # Hosts give the short forms, which SQLAlchemy would take for a driver that is not installed.
        url = url.set(drivername="postgresql+psycopg")
    if is_file(url):
        # Absolute, so that running from another folder does not make a second, empty database.
        url = url.set(database=str(Path(str(url.database)).resolve()))
    return url.render_as_string(hide_password=False)


def _public_url(text: str) -> str:
    """The public address without a path; empty if there is none."""
    if not text:
        return ""
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ValueError
    return f"{parts.scheme}://{parts.netloc}".lower()


def several(given: object) -> object:
    """The values separated by commas or spaces."""
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


def _fernet_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    for key in keys:
        Fernet(key)
    return keys


def kept_beside(database_url: str, name: str) -> Path:
    """A file beside the database, because keys and data are only useful together."""
    url = make_url(database_url)
    return (Path(str(url.database)).parent if is_file(url) else ROOT / "var") / name


IDENTITY_FILE, HASH_FILE = "identity.keys", "hash.key"


def _kept_identity_keys(given: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(kept_key(kept_beside(str(given["database_url"]), IDENTITY_FILE)).split())


def _kept_hash_key(given: Mapping[str, object]) -> str:
    return kept_key(kept_beside(str(given["database_url"]), HASH_FILE))


class RecordSettings(BaseSettings):
    """The settings of the record. A value that cannot be used is refused with the description of its field.

    Keys are not in the repr, so that no log or error page can show one.
    """

    model_config = SettingsConfigDict(
        toml_file=SECRETS,
        # Lists are written with commas or spaces, not as JSON.
        enable_decoding=False,
        extra="ignore",
        frozen=True,
        str_strip_whitespace=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )

    database_url: Annotated[str, AfterValidator(_full_url)] = Field(
        default="", repr=False, description="DATABASE_URL is not a database address."
    )
    public_url: Annotated[str, AfterValidator(_public_url)] = Field(
        default="", description="PUBLIC_URL must be the address people open, such as https://casework.example.org."
    )
    smtp_host: str = ""
    smtp_port: Annotated[NonNegativeInt, BeforeValidator(str)] = Field(
        default=587, description="SMTP_PORT must be a number, such as 587."
    )
    smtp_from: str = Field(
        default="", description="SMTP_FROM must be the address that email is sent from, such as casework@example.org."
    )
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    # The lead whom everybody is told to call where a doctor may be in danger.
    safeguarding_lead: Annotated[str, StringConstraints(to_lower=True)] = ""
    limits: Limits = Field(default=Limits(), description="[limits] must be a table of whole numbers.")
    identity_keys: Annotated[tuple[str, ...], BeforeValidator(several), AfterValidator(_fernet_keys)] = Field(
        default_factory=_kept_identity_keys,
        repr=False,
        description="IDENTITY_KEYS must be Fernet keys (32 bytes, url-safe base64), separated by commas.",
    )
    backup_to: str = ""
    backup_key: str = Field(default="", repr=False)
    backup_dir: str = ""
    # Matches people without opening their identities. After a change nobody matches any more.
    hash_key: str = Field(default_factory=_kept_hash_key, repr=False)

    @classmethod
    def read(cls, database_url: str = "") -> Self:
        """Reads the settings, with another database if one is given. Refuses in one sentence what cannot be used."""
        try:
            return cls(database_url=database_url) if database_url else cls()
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{SECRETS.name} is not valid TOML: {error}") from None
        except ValidationError as error:
            raise SettingsError(cls._refusal(error)) from None

    @classmethod
    def _refusal(cls, error: ValidationError) -> str:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name, *within = map(str, first["loc"])
        if name == "limits" and within:
            if first["type"] == "unexpected_keyword_argument":
                return f"[limits] has no setting called {within[0]}."
            return f"limits.{within[0]} must be a whole number, 1 or more."
        return cls.model_fields[name].description or f"{name.upper()} cannot be used."

    @field_validator("smtp_from")
    @classmethod
    def _names_a_sender(cls, sender: str, so_far: ValidationInfo) -> str:
        if so_far.data.get("smtp_host") and "@" not in sender:
            raise ValueError
        return sender

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _Environment(settings_cls), _SecretsFile(settings_cls)

    @property
    def missing_keys(self) -> tuple[str, ...]:
        """The names of the keys that are neither set nor kept beside the database."""
        keys = {"IDENTITY_KEYS": self.identity_keys, "HASH_KEY": self.hash_key}
        return tuple(name for name, key in keys.items() if not key)

    @property
    def vault(self) -> Vault:
        """Refuses if a key is missing: with another one, nothing of the record could be opened or matched."""
        if self.missing_keys:
            raise SettingsError(
                f"Not set: {' and '.join(self.missing_keys)}. Set the keys that the database was made with, or put "
                f"{IDENTITY_FILE} and {HASH_FILE} in {kept_beside(self.database_url, HASH_FILE).parent}."
            )
        return Vault(keys=self.identity_keys, hash_key=self.hash_key)

    def with_keys_made(self) -> Self:
        """The settings with a new key, kept beside the database, for each that was missing."""
        made: dict[str, object] = {}
        if not self.identity_keys:
            file = kept_beside(self.database_url, IDENTITY_FILE)
            made["identity_keys"] = tuple(kept_or_made_key(file, lambda: Fernet.generate_key().decode()).split())
        if not self.hash_key:
            made["hash_key"] = kept_or_made_key(kept_beside(self.database_url, HASH_FILE), new_secret)
        return self.model_copy(update=made)

    @property
    def sends_mail(self) -> bool:
        """Whether a mail server is set. Nothing is sent without one."""
        return bool(self.smtp_host)

    @property
    def mail(self) -> MailSettings | None:
        if not self.sends_mail:
            return None
        return MailSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            sender=self.smtp_from,
            user=self.smtp_user,
            password=self.smtp_password,
        )


class _Environment(EnvSettingsSource):
    def __call__(self) -> dict[str, object]:
        return _without_blanks(super().__call__())


class _SecretsFile(TomlConfigSettingsSource):
    def __call__(self) -> dict[str, object]:
        return _without_blanks(super().__call__())


def _without_blanks(given: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if str(value).strip()}


def load_vault(url: str) -> Vault:
    """The vault for the database at `url`, whatever the settings name. Refuses if a key is missing."""
    return RecordSettings.read(url).vault
