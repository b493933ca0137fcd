import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from dashboard.settings import Settings, SettingsError
from db import settings
from db.keys import kept_or_made_key, new_secret
from db.mail import MailSettings
from db.rules.limits import Limits
from db.settings import RecordSettings

KEYS = {"COOKIE_KEY": "c" * 40, "HASH_KEY": "h" * 40, "IDENTITY_KEYS": Fernet.generate_key().decode()}
Read = Callable[..., Settings]


@pytest.fixture(autouse=True)
def nothing_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the machine the tests run on nor by a file on it."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for kind in (RecordSettings, Settings):
        monkeypatch.setitem(kind.model_config, "toml_file", tmp_path / "secrets.toml")


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    def told(secrets: str = "", **environment: str) -> Settings:
        environment.setdefault("DATABASE_URL", f"sqlite:///{tmp_path / 'casework.sqlite3'}")
        (tmp_path / "secrets.toml").write_text(secrets)
        with monkeypatch.context() as here:
            for name, value in environment.items():
                here.setenv(name, value)
            return Settings.read()

    return told


def test_nothing_told_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEFAULT_FILE", tmp_path / "var" / "casework.sqlite3")
    told = Settings.read()
    assert told.database_url == f"sqlite:///{tmp_path}/var/casework.sqlite3"
    assert told.limits == Limits()
    assert (told.crisis_contacts, told.safeguarding_lead) == ((), "")


def test_environment_wins_over_secrets(read: Read) -> None:
    told = read('COOKIE_KEY = "of the file"\nHASH_KEY = "of the file"', COOKIE_KEY="of the shell")
    assert (told.cookie_key, told.hash_key) == ("of the shell", "of the file")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_addresses_name_the_driver(read: Read, scheme: str) -> None:
    told = read(DATABASE_URL=f"{scheme}://casework:p%40ss@db.example.org/casework", **KEYS)
    assert told.database_url == "postgresql+psycopg://casework:p%40ss@db.example.org/casework"


def test_a_relative_database_is_made_absolute(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(DATABASE_URL="sqlite:///here.sqlite3").database_url == f"sqlite:///{tmp_path}/here.sqlite3"


def test_keys_are_made_once_beside_the_database_for_the_owner_only(read: Read, tmp_path: Path) -> None:
    assert read().missing_keys == ("IDENTITY_KEYS", "HASH_KEY")
    assert [file.name for file in tmp_path.glob("*.key*")] == ["cookie.key"], "read, and not made"
    first, second = read().with_keys_made(), read()
    assert first == second
    assert len({first.cookie_key, first.hash_key, *first.identity_keys}) == 3
    for name in ("cookie.key", "hash.key", "identity.keys"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*.key*")), "drafts are left behind"


def test_processes_that_start_together_agree_on_a_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_or_made_key(tmp_path / "cookie.key", new_secret), range(32)))
    assert len(keys) == 1


def test_given_keys_leave_no_files(read: Read, tmp_path: Path) -> None:
    read(**KEYS)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["secrets.toml"]


def test_identity_keys_keep_their_order(read: Read) -> None:
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert read(IDENTITY_KEYS=f"{new}, {old}").identity_keys == (new, old)


def test_keys_are_not_in_the_repr(read: Read) -> None:
    told = read().with_keys_made()
    assert told.cookie_key not in repr(told)
    assert told.hash_key not in repr(told)
    assert told.identity_keys[0] not in repr(told)


def test_limits_and_contacts_from_the_file(read: Read) -> None:
    told = read(
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
        ("[limits]\nstalled_days = true", {}, "limits.stalled_days"),
        ("limits = 3", {}, "\\[limits\\] must be a table"),
        ('[[crisis_contacts]]\nlabel = "A"', {}, "crisis_contacts"),
        ('[[crisis_contacts]]\nlabel = "A"\nnumber = "1"\nhours = "h"\nname = "B"', {}, "crisis_contacts"),
        ("SESSION_HOURS = true", {}, "SESSION_HOURS must be"),
        ("HASH_KEY = [1]", {}, "HASH_KEY cannot be used."),
        ("", {"HEALTH_TOKEN": "short"}, "HEALTH_TOKEN must be at least 32 characters"),
        ("", {"SMTP_HOST": "mail.example.org", "SMTP_FROM": "nobody"}, "SMTP_FROM must be"),
        ("", {"SMTP_HOST": "mail.example.org", "SMTP_FROM": "a@example.org", "SMTP_PORT": "x"}, "SMTP_PORT must be"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(
    read: Read, secrets: str, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError, match=words) as refusal:
        read(secrets, **environment)
    assert "secret" not in str(refusal.value).replace("secrets.toml", "")
    assert "\n" not in str(refusal.value)


HIDDEN = "opensesame"


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "IDENTITY_KEYS", "HASH_KEY", "COOKIE_KEY", "HEALTH_TOKEN", "SMTP_PASSWORD"]
)
def test_a_secret_shows_in_no_refusal_and_no_error_of_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    # Of a wrong kind, so that each of them is refused.
    (tmp_path / "secrets.toml").write_text(f'{name} = ["{HIDDEN}"]')
    if name == "DATABASE_URL":
        monkeypatch.delenv(name)
    with pytest.raises(SettingsError) as refusal:
        Settings.read()
    assert HIDDEN not in "".join(traceback.format_exception(refusal.value))
    with pytest.raises(ValidationError) as error:
        Settings()
    assert HIDDEN not in "".join(traceback.format_exception(error.value))
    assert HIDDEN not in repr(error.value)


def test_an_empty_value_counts_as_not_given(read: Read) -> None:
    told = read('HASH_KEY = "of the file"\nSESSION_HOURS = ""\nHEALTH_TOKEN = ""', HASH_KEY=" ", SMTP_PORT="")
    assert (told.hash_key, told.session_hours, told.health_token) == ("of the file", 12, "")
    assert told.mail is None


def test_numbers_and_lists_may_be_written_as_toml_has_them(read: Read) -> None:
    told = read('HASH_KEY = 12\nSMTP_PORT = 25\nSMTP_HOST = "localhost"\nSMTP_FROM = "a@b.org"\nALLOWED_HOSTS = ["A"]')
    assert (told.hash_key, told.allowed_hosts) == ("12", ("a",))
    assert told.mail == MailSettings("localhost", 25, "a@b.org")


def test_the_command_line_reads_as_the_dashboard_does_but_asks_for_no_proxy(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = read(**KEYS)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    record = RecordSettings.read()
    assert record.model_dump() == told.model_dump(include=set(RecordSettings.model_fields))
    monkeypatch.setenv("PUBLIC_URL", "https://casework.example.org")
    assert RecordSettings.read().public_url == "https://casework.example.org"
    elsewhere = RecordSettings.read(f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}")
    assert elsewhere.database_url.endswith("elsewhere.sqlite3")


def test_settings_are_read_without_streamlit() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, dashboard.settings; print('streamlit' in sys.modules)"],
        cwd=settings.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


def test_the_example_file_is_valid_and_changes_nothing(read: Read) -> None:
    example = (settings.ROOT / ".streamlit" / "secrets.toml.example").read_text()
    assert read(example) == read()


def test_the_example_file_names_every_limit_with_its_default() -> None:
    example = (settings.ROOT / ".streamlit" / "secrets.toml.example").read_text()
    for name, default in vars(Limits()).items():
        assert f"# {name} = {default}\n" in example


def test_hosts_are_any_until_one_is_named(read: Read) -> None:
    told = read()
    assert (told.hosts, told.behind_tls) == ((), False)


def test_the_public_address_is_a_host_and_says_whether_there_is_tls(read: Read) -> None:
    told = read(
        PUBLIC_URL="https://Casework.example.org/",
        ALLOWED_HOSTS="old.example.org, Inside",
        TRUSTED_PROXIES="127.0.0.1 10.0.0.0/8",
    )
    assert told.public_url == "https://casework.example.org"
    assert told.behind_tls
    assert told.hosts == ("casework.example.org", "inside", "old.example.org", "localhost", "127.0.0.1")
    assert told.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")
