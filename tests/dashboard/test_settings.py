import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from dashboard.settings import CRISIS_CONTACTS, Settings, SettingsError, read_settings
from db import keys
from db.keys import kept_key, new_secret
from db.rules.limits import Limits

KEYS = {"COOKIE_KEY": "c" * 40, "HASH_KEY": "h" * 40, "IDENTITY_KEYS": Fernet.generate_key().decode()}


def read(folder: Path, secrets: str = "", **environment: str) -> Settings:
    environment.setdefault("DATABASE_URL", f"sqlite:///{folder / 'casework.sqlite3'}")
    file = folder / "secrets.toml"
    file.write_text(secrets)
    return read_settings(environment, file)


def test_nothing_told_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "DEFAULT_FILE", tmp_path / "var" / "casework.sqlite3")
    told = read_settings({}, tmp_path / "none.toml")
    assert told.database_url == f"sqlite:///{tmp_path}/var/casework.sqlite3"
    assert told.limits == Limits()
    assert told.crisis_contacts == CRISIS_CONTACTS
    assert all(contact.checked_on is None for contact in told.crisis_contacts)


def test_environment_wins_over_secrets(tmp_path: Path) -> None:
    told = read(tmp_path, 'COOKIE_KEY = "of the file"\nHASH_KEY = "of the file"', COOKIE_KEY="of the shell")
    assert (told.cookie_key, told.hash_key) == ("of the shell", "of the file")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_addresses_name_the_driver(tmp_path: Path, scheme: str) -> None:
    told = read(tmp_path, DATABASE_URL=f"{scheme}://casework:p%40ss@db.example.org/casework", **KEYS)
    assert told.database_url == "postgresql+psycopg://casework:p%40ss@db.example.org/casework"


def test_a_relative_database_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(tmp_path, DATABASE_URL="sqlite:///here.sqlite3").database_url == f"sqlite:///{tmp_path}/here.sqlite3"


def test_keys_are_made_once_beside_the_database_for_the_owner_only(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first == second
    assert len({first.cookie_key, first.hash_key, *first.identity_keys}) == 3
    for name in ("cookie.key", "hash.key", "identity.keys"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*.key*")), "drafts are left behind"


def test_processes_that_start_together_agree_on_a_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_key(tmp_path / "cookie.key", new_secret), range(32)))
    assert len(keys) == 1


def test_given_keys_leave_no_files(tmp_path: Path) -> None:
    read(tmp_path, **KEYS)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["secrets.toml"]


def test_identity_keys_keep_their_order(tmp_path: Path) -> None:
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert read(tmp_path, IDENTITY_KEYS=f"{new}, {old}").identity_keys == (new, old)


def test_keys_are_not_in_the_repr(tmp_path: Path) -> None:
    told = read(tmp_path)
    assert told.cookie_key not in repr(told)
    assert told.identity_keys[0] not in repr(told)


def test_limits_and_contacts_from_the_file(tmp_path: Path) -> None:
    told = read(
        tmp_path,
        "SESSION_HOURS = 2\n[limits]\nstalled_days = 10\n"
        '[[crisis_contacts]]\nlabel = "A"\nnumber = "1"\nhours = "nights"\nchecked_on = 2026-11-22',
    )
    assert told.session_hours == 2
    assert told.limits == Limits(stalled_days=10)
    assert [contact.checked_on for contact in told.crisis_contacts] == [date(2026, 11, 22)]


@pytest.mark.parametrize(
    ("secrets", "environment", "words"),
    [
        ("not toml", {}, "not valid TOML"),
        ("", {"DATABASE_URL": "a file: secret"}, "DATABASE_URL is not"),
        ("", {"IDENTITY_KEYS": "short"}, "Fernet"),
        ("", {"SESSION_HOURS": "0"}, "SESSION_HOURS must be"),
        ("", {"SESSION_IDLE_MINUTES": "soon"}, "SESSION_IDLE_MINUTES must be a whole number of minutes"),
        ("", {"PUBLIC_URL": "casework.example.org"}, "PUBLIC_URL must be"),
        ("", {"PUBLIC_URL": "https://example.org/casework"}, "PUBLIC_URL must be"),
        ("", {"PUBLIC_URL": "https://casework.example.org"}, "PUBLIC_URL is set and TRUSTED_PROXIES is not"),
        ('PUBLIC_URL = "https://casework.example.org"', {"TRUSTED_PROXIES": " "}, "TRUSTED_PROXIES is not"),
        ("", {"TRUSTED_PROXIES": "everybody"}, "TRUSTED_PROXIES must be"),
        ("[limits]\nstaled_days = 3", {}, "staled_days"),
        ("[limits]\nstalled_days = -3", {}, "limits.stalled_days"),
        ('[[crisis_contacts]]\nlabel = "A"', {}, "crisis_contacts"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(
    tmp_path: Path, secrets: str, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError, match=words) as refusal:
        read(tmp_path, secrets, **environment)
    assert "secret" not in str(refusal.value).replace("secrets.toml", "")


def test_the_example_file_is_valid_and_changes_nothing(tmp_path: Path) -> None:
    example = (keys.ROOT / ".streamlit" / "secrets.toml.example").read_text()
    assert read(tmp_path, example) == read(tmp_path)


def test_the_example_file_names_every_limit_with_its_default() -> None:
    example = (keys.ROOT / ".streamlit" / "secrets.toml.example").read_text()
    for name, default in vars(Limits()).items():
        assert f"# {name} = {default}\n" in example


def test_hosts_are_any_until_one_is_named(tmp_path: Path) -> None:
    told = read(tmp_path)
    assert (told.hosts, told.behind_tls) == ((), False)


def test_the_public_address_is_a_host_and_says_whether_there_is_tls(tmp_path: Path) -> None:
    told = read(
        tmp_path,
        PUBLIC_URL="https://Casework.example.org/",
        ALLOWED_HOSTS="old.example.org, Inside",
        TRUSTED_PROXIES="127.0.0.1 10.0.0.0/8",
    )
    assert told.public_url == "https://casework.example.org"
    assert told.behind_tls
    assert told.hosts == ("casework.example.org", "inside", "old.example.org", "localhost", "127.0.0.1")
    assert told.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")
