"""What this installation is told from outside, read once. The environment wins over secrets.toml.

Nothing here imports Streamlit: the command line and the tests read the same settings.
"""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from db import keys, mail
from db.errors import CommandRefused
from db.keys import ROOT, SECRETS, kept_key, new_secret
from db.rules.limits import Limits, limits_from

__all__ = ["ROOT", "CrisisContact", "Settings", "SettingsError", "read_settings", "settings"]

# NIST SP 800-63B-4 for this level: within an hour of no use, and a day at most. Twelve hours is one long shift.
SESSION_IDLE_MINUTES = 60
SESSION_HOURS = 12
SHORTEST_TOKEN = 32

NO_PROXY = (
    "PUBLIC_URL is set and TRUSTED_PROXIES is not: name the proxy’s address there, such as 127.0.0.1, "
    "or everybody would seem to sign in from one place."
)


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
    health_token: str = field(default="", repr=False)
    session_idle_minutes: int = SESSION_IDLE_MINUTES
    session_hours: int = SESSION_HOURS
    public_url: str = ""
    sends_mail: bool = False
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    crisis_contacts: tuple[CrisisContact, ...] = CRISIS_CONTACTS
    limits: Limits = field(default_factory=Limits)

    @property
    def behind_tls(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names this server answers to; none means any. The machine itself may always ask, for its monitors."""
        public = (str(urlsplit(self.public_url).hostname),) if self.public_url else ()
        named = {*self.allowed_hosts, *public}
        return (*sorted(named), "localhost", "127.0.0.1") if named else ()


@functools.cache
def settings() -> Settings:
    """The settings of this process. Tests call `read_settings` or `settings.cache_clear()`."""
    return read_settings(os.environ, SECRETS)


def read_settings(environment: Mapping[str, str], secrets_file: Path) -> Settings:
    """Makes any key that is missing and keeps it in a file beside the database."""
    try:
        secrets = keys.read_secrets(secrets_file)
        told = functools.partial(keys.told, environment=environment, secrets_file=secrets_file)
        url = keys.resolve_url(told("DATABASE_URL"))
        folder = keys.key_folder(url)
        public, proxies = keys.public_url(told("PUBLIC_URL")), _networks(_several(told("TRUSTED_PROXIES")))
        if public and not proxies:
            raise SettingsError(NO_PROXY)
        return Settings(
            database_url=url.render_as_string(hide_password=False),
            cookie_key=told("COOKIE_KEY") or kept_key(folder / "cookie.key", new_secret),
            identity_keys=keys.identity_keys(told("IDENTITY_KEYS"), folder),
            hash_key=keys.hash_key(told("HASH_KEY"), folder),
            health_token=_token(told("HEALTH_TOKEN")),
            session_idle_minutes=_whole(
                "SESSION_IDLE_MINUTES", told("SESSION_IDLE_MINUTES") or SESSION_IDLE_MINUTES, "minutes"
            ),
            session_hours=_whole("SESSION_HOURS", told("SESSION_HOURS") or SESSION_HOURS, "hours"),
            public_url=public,
            sends_mail=mail.read_settings(environment, secrets_file) is not None,
            allowed_hosts=tuple(host.lower() for host in _several(told("ALLOWED_HOSTS"))),
            trusted_proxies=proxies,
            crisis_contacts=_crisis_contacts(secrets.get("crisis_contacts")),
            limits=limits_from(secrets.get("limits", {})),
        )
    except CommandRefused as refusal:
        raise SettingsError(refusal.message) from None


def _token(told: str) -> str:
    if told and len(told) < SHORTEST_TOKEN:
        raise SettingsError(f"HEALTH_TOKEN must be at least {SHORTEST_TOKEN} characters that nobody can guess.")
    return told


def _whole(name: str, value: object, unit: str) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if number < 1:
        raise SettingsError(f"{name} must be a whole number of {unit}, 1 or more.")
    return number


def _several(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _networks(given: tuple[str, ...]) -> tuple[str, ...]:
    try:
        for each in given:
            ip_network(each)
    except ValueError:
        raise SettingsError("TRUSTED_PROXIES must be addresses or networks, such as 127.0.0.1 10.0.0.0/8.") from None
    return given


def _crisis_contacts(told: list[dict[str, Any]] | None) -> tuple[CrisisContact, ...]:
    if told is None:
        return CRISIS_CONTACTS
    try:
        return tuple(CrisisContact(**contact) for contact in told)
    except TypeError:
        raise SettingsError(
            "Each [[crisis_contacts]] needs label, number and hours, and may have checked_on."
        ) from None
