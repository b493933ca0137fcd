"""The log says where something broke, and never what was in it."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from dashboard.site import logs
from db.engine import make_engine

SECRET = "Dr Jane Example, 07700 900123"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a handler with an ordinary formatter writes."""
    written, factory = io.StringIO(), logging.getLogRecordFactory()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logs.keep_values_out()
    # Streamlit's own loggers keep to themselves.
    loggers = [logging.getLogger(), logging.getLogger("streamlit.error_util")]
    for logger in loggers:
        logger.addHandler(handler)
    yield written
    for logger in loggers:
        logger.removeHandler(handler)
    logging.setLogRecordFactory(factory)


def fail_with_what_was_typed() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise RuntimeError(f"cannot save {SECRET}") from error


def test_a_trace_has_files_lines_and_kinds_of_the_whole_chain_and_no_words(log: io.StringIO) -> None:
    try:
        fail_with_what_was_typed()
    except RuntimeError as error:
        logging.getLogger("anybody").warning("It failed: %s", error, exc_info=error)
    said = log.getvalue()
    assert SECRET not in said
    assert "builtins.ValueError" in said
    assert "builtins.RuntimeError" in said
    assert "test_logs.py" in said
    assert "in fail_with_what_was_typed" in said


def test_a_statements_values_are_in_no_error(log: io.StringIO) -> None:
    engine = make_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(OperationalError) as failed:
        connection.execute(text("SELECT :name FROM nowhere"), {"name": SECRET})
    assert SECRET not in str(failed.value)
    logging.getLogger("anybody").error("Failed", exc_info=failed.value)
    assert SECRET not in log.getvalue()
    assert "OperationalError" in log.getvalue()


def page_that_breaks() -> None:
    from dashboard.site.server import show_script_error

    try:
        int("Dr Jane " + "Example")
    except ValueError as error:
        show_script_error(error)


def test_a_page_shows_a_number_and_the_log_has_the_trace_under_it(log: io.StringIO) -> None:
    app = AppTest.from_function(page_that_breaks).run()
    (shown,) = [error.value for error in app.error]
    assert "ValueError" not in shown
    assert "Example" not in shown
    number = shown.split("**")[1]
    assert f"Page error {number}" in log.getvalue()
    assert "in page_that_breaks" in log.getvalue()
    assert "ValueError" in log.getvalue()
    assert "Jane Example" not in log.getvalue()


BREAKS = """
import logging, sys
from dashboard.site import logs
logs.keep_values_out()
from streamlit.error_util import handle_user_script_exception
try:
    int("Dr Jane " + "Example")
except ValueError as error:
    handle_user_script_exception(error, lambda _: True)
"""


def test_streamlits_own_log_of_a_broken_page_has_no_words_either() -> None:
    done = subprocess.run([sys.executable, "-c", BREAKS], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "ValueError" in done.stderr
    assert "Jane Example" not in done.stderr + done.stdout
    assert done.returncode == 0
