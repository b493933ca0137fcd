"""The dependency audit fails on a known vulnerability, and never takes silence for safety."""

import json
import subprocess
from typing import Any

import pytest

from tests import audit

SOUND = {"name": "sound", "version": "1.0", "vulns": []}
HOLED = {"name": "holed", "version": "2.0", "vulns": [{"id": "CVE-0000-0001", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ('{"dependencies": []}', 0, "No package could be looked up"),
        ("", 0, "No package could be looked up: no route to host"),
    ],
)
def test_no_answer_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, code: int, words: str
) -> None:
    ran: Any = subprocess.CompletedProcess([], 1, stdout=answer, stderr="Traceback\nno route to host\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ran)
    assert audit.main() == code
    assert words in capsys.readouterr().out


def test_a_known_vulnerability_fails_and_names_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.dumps({"dependencies": [SOUND, HOLED, UNKNOWN]})
    ran: Any = subprocess.CompletedProcess([], 1, stdout=answer, stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ran)
    assert audit.main() == 1
    said = capsys.readouterr().out
    assert "2 packages looked up" in said
    assert "holed 2.0: CVE-0000-0001, mended in 2.1" in said
    assert "1 packages could not be looked up" in said
