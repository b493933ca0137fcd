"""`python -m dashboard`: upgrades the database to the newest schema, then serves it in the foreground."""

import argparse
import logging
import os
import signal
import socket
import sys
from types import FrameType

from dashboard.settings import ROOT, Settings, SettingsError, settings
from dashboard.site import logs
from dashboard.site.server import listen, serve
from db.settings import HASH_FILE, kept_beside

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared with, never bound to


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logs.keep_values_out()
    for talkative in ("alembic", "watchdog"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    try:
        told = settings()
        # The port comes first: a second server on it must not migrate the database of the first.
        sockets = listen(options.host, options.port)
        new_keys = told.missing_keys
        told = _migrate(told)
    except SettingsError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"Cannot listen on {options.host}, port {options.port}: {error.strerror}.")
    # Streamlit looks for .streamlit/config.toml in the working directory.
    os.chdir(ROOT)
    _say_where(_address(options.host, sockets), told.public_url, _first_lead_token(told.database_url))
    if new_keys:
        sys.stdout.write(
            f"New keys are in {kept_beside(told.database_url, HASH_FILE).parent}. Keep a copy somewhere else.\n"
        )
        sys.stdout.flush()
    return serve(told, sockets)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard",
        description="Serves the casework dashboard on the database that DATABASE_URL names.",
    )
    parser.add_argument(
        "--host",
        default="localhost",
        help="address to listen on (default: localhost, this machine only; 0.0.0.0 or :: for the network)",
    )
    parser.add_argument("--port", type=int, default=8501, help="port to listen on (default: 8501)")
    return parser.parse_args()


def _migrate(told: Settings) -> Settings:
    """Returns the settings with the keys of the database; those of an empty one that are not set are made here."""
    from sqlalchemy.exc import DBAPIError

    from db.clock_check import clock_apart
    from db.engine import Database, make_engine, upgrade
    from db.key_check import checked, note_keys
    from db.set_up import fill_hashes, fill_search

    try:
        fitting = checked(told, makes_keys=True)
        if fitting is not told:
            settings.cache_clear()
        upgrade(told.database_url)
        database = Database(make_engine(told.database_url), fitting.vault)
        note_keys(database.engine, database.vault)
        fill_hashes(database)
        fill_search(database)
        for words in clock_apart(database.engine):
            logging.getLogger("dashboard").warning(words)
        database.engine.dispose()
        return fitting
    except DBAPIError as error:
        # Only the driver's own words: SQLAlchemy's would repeat the statement and its values.
        raise SettingsError(f"The database cannot be used: {str(error.orig).strip()}") from error


def _first_lead_token(database_url: str) -> str | None:
    from db.set_up import first_lead_token

    return first_lead_token(database_url)


def _address(host: str, sockets: list[socket.socket]) -> str:
    # A wildcard is where the server listens, not where a browser can go.
    shown = "localhost" if host in EVERYWHERE else host
    return f"http://{shown}:{sockets[0].getsockname()[1]}"


def _say_where(address: str, public: str, token: str | None) -> None:
    sys.stdout.write(f"The dashboard is at {address} (Ctrl+C stops it).\n")
    if public:
        sys.stdout.write(f"People open it at {public}\n")
    if token:
        # The only secret that is ever printed. It works once, for a few days, and only while there is no account.
        sys.stdout.write(
            "There is no account yet. Open this once to create the first lead's:\n"
            f"  {public or address}/set-up?token={token}\n"
        )
    sys.stdout.flush()


def _refuse(reason: str) -> int:
    sys.stderr.write(f"The dashboard cannot start. {reason}\n")
    return 1


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Used until the server runs: there is nothing to close yet."""
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
