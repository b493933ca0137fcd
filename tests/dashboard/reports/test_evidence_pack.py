"""The evidence pack: its figures are those of the release kept with the output, whatever came after."""

import io
from typing import Any

import pytest
from docx import Document

from dashboard.reports import evidence_pack
from db import clock
from db.access import viewer_of
from db.choices import EXAMINED, Dimension, DownloadKind
from db.commands.claims import add_claim
from db.commands.outputs import plan_output, ready_output, release_output
from db.downloads import may_download
from db.errors import NotFound
from db.models import Output, Release, ReleaseTable
from db.rules.release_protect import FrozenTable
from db.rules.release_record import frozen_parts
from tests.dashboard.reports.test_minutes_file import HOSTILE, person
from tests.db.helpers import last, run
from tests.factories import Casework


@pytest.fixture
def about(app_casework: Casework) -> dict[str, str]:
    """A released output that rests on a finding, of which the latest signed release shows 25 doctors."""
    work = app_casework
    sign(work, "2025Q4", "25")
    planned: dict[str, Any] = {"kind": "briefing", "title": HOSTILE, "to_whom": "A committee", "due_on": clock.today()}
    output = run(work, plan_output, work.lead, **planned, owner_id=work.on_case)
    run(work, add_claim, output_id=output, text="It was late for many.", learning_ids=[], findings=["P04"])
    run(work, ready_output, output_id=output, seen_version=last(work.database, Output).version)
    seen = last(work.database, Output).version
    run(work, release_output, work.lead, output_id=output, seen_version=seen, sent_on=clock.today())
    return {"output": str(output), "sent_on": clock.today().isoformat()}


def sign(work: Casework, quarter: str, number: str) -> None:
    """A signed release in which so many doctors have the finding, and 20 a gap in the rota that nobody examined."""
    table = FrozenTable(Dimension.BODY_KIND, "all", ("P04",), ("acute",), ((number,),), (number,), (number,), number)
    rows, columns = ("rota_gap", "it_failure"), ("employer", "nobody")
    cells, down = (("0-7", "15"), ("0-7", "0-7")), ("20", "0-7")
    examined = FrozenTable(EXAMINED, "all", rows, columns, cells, down, ("0-7", "15"), "20")
    counts = dict.fromkeys(("open_pairs", "left_out", "shown_numbers", "shown_low", "withheld"), 0)
    about = {"rule_version": "x", "fingerprint": quarter * 8, "computed_at": clock.now()}
    about |= {
        "reviewed_at": clock.now(),
        "reviewed_by_id": work.lead,
        "signed_at": clock.now(),
        "signed_by_id": work.lead,
    }
    with work.database.log() as session:
        session.add(row := Release(quarter=quarter, **counts, **about))
        session.flush()
        for one in (table, examined):
            kept = {"dimension": one.dimension, "period": "all", "frozen": frozen_parts(one), "raw": {}}
            session.add(ReleaseTable(release_id=row.id, **kept))


def made(work: Casework, about: dict[str, str], form: str = "html") -> bytes:
    return evidence_pack.made(person(work, work.lead), {**about, "form": form})


def test_the_figures_are_made_again_as_they_were_after_another_release(
    app_casework: Casework, about: dict[str, str]
) -> None:
    first = made(app_casework, about).decode()
    sign(app_casework, "2026Q1", "40")
    again = made(app_casework, about).decode()
    for page in (first, again):
        assert "n = 25" in page
        assert "2025 Q4" in page
        assert "40" not in page.partition("</style>")[2].partition("<svg")[0]
        assert "not a rate" in page
        assert "<script" not in page.replace("<svg", "")
    file = Document(io.BytesIO(made(app_casework, about, "docx")))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    assert "25" in cells
    assert len(file.inline_shapes) == 1


def test_what_was_never_examined_stands_in_it_as_released(app_casework: Casework, about: dict[str, str]) -> None:
    file = Document(io.BytesIO(made(app_casework, about, "docx")))
    [cells] = [
        [cell.text for cell in row.cells]
        for table in file.tables
        for row in table.rows
        if row.cells[0].text == "Gap in the rota"
    ]
    assert cells[1:] == ["20", "0-7", "15 (75%)"]
    assert "IT failure" not in made(app_casework, about).decode()


def test_only_whoever_works_on_it_has_it_and_only_once_it_is_released(
    app_casework: Casework, about: dict[str, str]
) -> None:
    def may(who: int, **other: str) -> None:
        with app_casework.database.read() as session:
            may_download(session, viewer_of(session, who), DownloadKind.EVIDENCE, {**about, "form": "docx", **other})

    may(app_casework.lead)
    may(app_casework.on_case)
    for forged in ({"output": "999"}, {"output": "-1"}, {"form": "exe"}, {"sent_on": "2020-01-01"}, {"more": "x"}):
        with pytest.raises(NotFound):
            may(app_casework.lead, **forged)
    for who in (app_casework.off_case, app_casework.observer):
        with pytest.raises(NotFound):
            may(who)
