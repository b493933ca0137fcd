"""`backup DIR` and `restore FILE`, for whichever database is in use."""

import argparse
import secrets
from pathlib import Path

from sqlalchemy import inspect, select, update

from db import clock
from db.cli import postgresql, sqlite
from db.engine import Database, upgrade
from db.errors import CommandRefused
from db.models import Case, Revision, Volunteer


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "backup",
        help="write a dated copy of the database into a folder",
        description="Safe while the dashboard runs. The keys are not in it: keep identity.keys and hash.key "
        "(or IDENTITY_KEYS and HASH_KEY) in another safe place; without them no identity can be opened.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to; made if it is not there")
    parser.set_defaults(func=_backup, upgrade_first=False)
    parser = subparsers.add_parser(
        "restore",
        help="bring a backup back",
        description="Checks the file first, and refuses to write over cases or accounts without --replace.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that `backup` wrote")
    parser.add_argument("--replace", action="store_true", help="write over what the database holds now")
    parser.set_defaults(func=_restore, upgrade_first=False)


def _backup(database: Database, args: argparse.Namespace) -> None:
    args.folder.mkdir(parents=True, exist_ok=True)
    engine = sqlite if database.engine.dialect.name == "sqlite" else postgresql
    target = args.folder / f"casework-{clock.now():%Y-%m-%dT%H%M%SZ}{engine.SUFFIX}"
    if target.exists():
        raise CommandRefused(f"{target} is there already.")
    draft = target.with_name(f".{target.name}.part")
    # Made first, and for the owner only, whatever the folder allows.
    draft.touch(mode=0o600)
    try:
        engine.copy_out(database.engine.url, draft)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    print(target)


def _restore(database: Database, args: argparse.Namespace) -> None:
    if not args.file.is_file():
        raise CommandRefused(f"{args.file}: there is no such file.")
    engine = sqlite if database.engine.dialect.name == "sqlite" else postgresql
    engine.check(args.file)
    if _holds_data(database) and not args.replace:
        raise CommandRefused("The database holds cases or accounts. Back it up, then say --replace to write over them.")
    database.engine.dispose()
    engine.copy_in(args.file, database.engine.url)
    upgrade(database.engine.url.render_as_string(hide_password=False))
    with database.write() as session:
        # A new name: caches keyed by the old one must not answer for what was brought back.
        session.execute(update(Revision).values(database=secrets.token_hex(8)))
    print(f"Restored from {args.file}.")


def _holds_data(database: Database) -> bool:
    if not inspect(database.engine).has_table(Case.__tablename__):
        return False
    with database.read() as session:
        return any(session.scalar(select(model.id).limit(1)) is not None for model in (Case, Volunteer))
