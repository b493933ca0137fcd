"""`make db`: the record's commands as typed on a fresh clone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from db.models import Volunteer

ROOT = Path(__file__).parent.parent


def make(folder: Path, *arguments: str, **told: str) -> subprocess.CompletedProcess[str]:
    # Not as part of the make that runs the tests: it hands down its own options.
    outside = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env={**outside, **told}, capture_output=True, text=True, check=False
    )


def test_a_fresh_clone_makes_its_environment_first(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    planned = make(tmp_path, "-n", "db", "ARGS=verify-audit")
    assert planned.returncode == 0, planned.stderr
    steps = [planned.stdout.find(step) for step in ("-m venv .venv", "-r requirements.txt", "-m db verify-audit")]
    assert -1 not in steps
    assert steps == sorted(steps)


def test_what_was_killed_half_way_is_made_whole(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    # As far as it had come before pip, and before the last file of a package: its RECORD.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    [site] = (tmp_path / ".venv").glob("lib/python*/site-packages")
    made = make(tmp_path, ".venv/installed", f"PYTHON={sys.executable}")
    assert made.returncode == 0, made.stderr
    half, moved = site / "cryptography-1.dist-info", site / "~andas"
    for folder in (half, moved):
        folder.mkdir()
    (half / "METADATA").write_text("Metadata-Version: 2.1\nName: cryptography\nVersion: 1\n")
    (tmp_path / ".venv" / "installed").unlink()
    assert make(tmp_path, ".venv/installed").returncode == 0
    assert not half.exists()
    assert not moved.exists()
    assert list(site.glob("pip-*.dist-info"))


def test_a_name_with_a_space_is_one_argument(tmp_path: Path) -> None:
    # As installed for these tests, wherever that is.
    installed = (f"VENV={sys.prefix}", "-o", f"{sys.prefix}/installed")
    url = f"sqlite:///{tmp_path / 'casework.sqlite3'}"
    assert make(ROOT, *installed, "db", "ARGS=upgrade", DATABASE_URL=url).returncode == 0
    typed = 'ARGS=add-volunteer --username ann --name "Ann Example" --role lead'
    made = make(ROOT, *installed, "db", typed, DATABASE_URL=url)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("/set-up?token=")
    engine = create_engine(url)
    with Session(engine) as session:
        assert session.scalars(select(Volunteer.name)).one() == "Ann Example"
    engine.dispose()


def test_without_arguments_it_lists_what_there_is(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    assert make(tmp_path, "-n", "db").stdout.endswith("-m db --help\n")
