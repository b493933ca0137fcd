"""What the dashboard is told from outside, beside what the record is told (`db/settings.py`). No Streamlit here."""

import functools
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_network
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.dataclasses import dataclass

from db.keys import kept_or_made_key, new_secret
from db.rules.limits import Whole
from db.settings import ROOT, RecordSettings, SettingsError, kept_beside, several

__all__ = ["ROOT", "CrisisContact", "Settings", "SettingsError", "settings"]

NO_PROXY = (
    "PUBLIC_URL is set and TRUSTED_PROXIES is not: name the proxy’s address there, such as 127.0.0.1, "
    "or everybody would seem to sign in from one place."
)


@dataclass(frozen=True, config=ConfigDict(extra="forbid", coerce_numbers_to_str=True))
class CrisisContact:
    """The campaign's own number to call, before those of the reference list. `checked_on` is when the campaign last
    called it; None means not yet."""

    label: str
    number: str
    hours: str
    checked_on: date | None = None


def _networks(given: tuple[str, ...]) -> tuple[str, ...]:
    for each in given:
        ip_network(each)
    return given


def _kept_cookie_key(given: Mapping[str, Any]) -> str:
    return kept_or_made_key(kept_beside(given["database_url"], "cookie.key"), new_secret)


class Settings(RecordSettings):
    health_token: str = Field(
        default="",
        repr=False,
        min_length=32,
        validate_default=False,
        description="HEALTH_TOKEN must be at least 32 characters that nobody can guess.",
    )
    # NIST SP 800-63B-4 for this level: within an hour of no use, and a day at most. Twelve hours is one long shift.
    session_idle_minutes: Whole = Field(
        default=60, description="SESSION_IDLE_MINUTES must be a whole number of minutes, 1 or more."
    )
    session_hours: Whole = Field(default=12, description="SESSION_HOURS must be a whole number of hours, 1 or more.")
    allowed_hosts: Annotated[
        tuple[Annotated[str, StringConstraints(to_lower=True)], ...], BeforeValidator(several)
    ] = ()
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(several), AfterValidator(_networks)] = Field(
        default=(), description="TRUSTED_PROXIES must be addresses or networks, such as 127.0.0.1 10.0.0.0/8."
    )
    crisis_contacts: tuple[CrisisContact, ...] = Field(
        default=(),
        description="Each [[crisis_contacts]] needs label, number and hours, and may have checked_on.",
    )
    cookie_key: str = Field(default_factory=_kept_cookie_key, repr=False)

    @model_validator(mode="after")
    def _names_its_proxy(self) -> Self:
        if self.public_url and not self.trusted_proxies:
            raise SettingsError(NO_PROXY)
        return self

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
    """The settings of this process. Tests that change what is told call `settings.cache_clear()`."""
    return Settings.read()
