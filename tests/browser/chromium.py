"""Finds a Chromium for the browser tests, or gets one. It never skips: an undriven journey is untested."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge")
USUAL_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/snap/bin/chromium",
)
# No call home, no first-run page, and nothing that a machine without a screen lacks.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A page lives for seconds: making its scripts fast takes a sixth of the time that loading it does, and is not repaid.
FOR_SHORT_LIVES = "--js-flags=--no-opt --no-maglev --min-semi-space-size=64 --max-semi-space-size=128"
# Test processes side by side may both come here: the second waits for the first.
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=600")
PACKAGE_MANAGERS = {
    "apt-get": (("apt-get", "update", "-q"), (*APT, "install", "-y", "-q", "chromium")),
    "dnf": (("dnf", "install", "-y", "chromium"),),
    "apk": (("apk", "add", "chromium"),),
}
HELP = (
    "The browser tests need a Chromium and none could be found or downloaded. Install one "
    "(Debian: `apt-get install chromium`; Fedora: `dnf install chromium`; macOS: Google Chrome), "
    "or set CHROMIUM to the path of one, and run the tests again."
)


def launch_flags() -> list[str]:
    """For Playwright: `chromium.launch(executable_path=find_or_get_chromium(), args=launch_flags())`."""
    # Chromium refuses its sandbox to root, which is who runs tests in a container.
    return [*FLAGS, *(["--no-sandbox"] if _is_root() else [])]


@functools.cache
def find_or_get_chromium() -> str:
    """The path of a Chromium that starts; raises with what to install where there is none."""
    for get in (_nothing, _playwright_download, _system_package):
        get()
        for candidate in _candidates():
            if candidate and Path(candidate).exists() and _starts(candidate):
                return candidate
    raise RuntimeError(HELP)


def _candidates() -> Iterator[str]:
    yield os.environ.get("CHROMIUM", "")
    yield from (shutil.which(name) or "" for name in NAMES)
    yield from USUAL_PLACES
    yield _playwrights_own()


def _playwrights_own() -> str:
    # Asked in a process of its own: a second Playwright cannot start beside the one a test may be using.
    question = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: print(playwright.chromium.executable_path)"
    )
    return subprocess.run([sys.executable, "-c", question], capture_output=True, text=True).stdout.strip()


def _starts(path: str) -> bool:
    """A snap stub or a browser without its libraries exists and yet cannot run."""
    return _run(path, "--version", *(["--no-sandbox"] if _is_root() else []), seconds=30)


def _nothing() -> None:
    """First look at what is there."""


def _playwright_download() -> None:
    _run(sys.executable, "-m", "playwright", "install", "chromium", seconds=300)


def _system_package() -> None:
    for manager, commands in PACKAGE_MANAGERS.items():
        if _is_root() and shutil.which(manager):
            for command in commands:
                _run(*command, seconds=600)
            return


def _run(*command: str, seconds: int) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=quiet, capture_output=True, timeout=seconds).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
