"""Copies of a PostgreSQL database, with its own pg_dump and pg_restore."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import URL

from db.errors import CommandRefused

SUFFIX = ".pgdump"


def copy_out(url: URL, draft: Path) -> None:
    """Refuses if pg_dump is not installed or cannot read the server."""
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")


def check(file: Path) -> None:
    """Refuses anything but an archive of this record."""
    listing = _run("pg_restore", None, "--list", str(file))
    if "alembic_version" not in listing:
        raise CommandRefused(f"{file}: not a backup of this record.")


def copy_in(file: Path, url: URL) -> None:
    """All or nothing: if anything goes wrong, the old data stays."""
    _run(
        "pg_restore",
        url,
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        str(file),
    )


def _run(program: str, url: URL | None, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise CommandRefused(f"{program} is not installed here. Install PostgreSQL’s client programs.")
    environment = dict(os.environ)
    if url is not None:
        # The password goes in the environment, because anybody can read a command line.
        if url.password:
            environment["PGPASSWORD"] = str(url.password)
        address = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
        arguments = (f"--dbname={address.render_as_string()}", *arguments)
    done = subprocess.run(  # noqa: S603 - a PostgreSQL program, with our own arguments
        [path, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise CommandRefused(lines[0] if lines else f"{program} failed.")
    return done.stdout
