"""Components of our own: anybody may fetch what is in their folder, so nothing else stands there."""

from pathlib import Path

import pytest

from dashboard.site.served import HERE, SERVED

SERVED_FOLDERS = sorted(HERE.glob(f"*/{SERVED}"))


@pytest.mark.parametrize("folder", SERVED_FOLDERS, ids=lambda folder: folder.parent.name)
def test_only_script_and_style_are_served(folder: Path) -> None:
    assert {path.name for path in folder.rglob("*")} == {"index.js", "index.css"}


@pytest.mark.parametrize("folder", SERVED_FOLDERS, ids=lambda folder: folder.parent.name)
def test_script_never_writes_markup(folder: Path) -> None:
    """Words of the record would become elements of the page."""
    script = (folder / "index.js").read_text(encoding="utf-8")
    assert not [way for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if way in script]


def test_there_is_something_to_read() -> None:
    assert SERVED_FOLDERS
