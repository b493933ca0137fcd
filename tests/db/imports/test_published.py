"""What others published: kept with source and year, replaced as a whole, beside our numbers and never among them."""

import csv
import io
from pathlib import Path

import pytest

from db.access import Viewer
from db.choices import Dimension, Role
from db.engine import Database
from db.errors import CommandRefused
from db.imports.published import MEASURES, NEEDED, import_staff_survey
from db.queries.published import published

REAL = Path(__file__).parents[4] / "shared" / "data" / "heatmap" / "nhs_staff_survey_by_org_2021_2024.csv"
NOBODY = Viewer(0, Role.OBSERVER)


def survey(*rows: tuple[str, str, str, str, str]) -> str:
    """Year, kind, region, how many answered, and the rate of every measure."""
    written = io.StringIO()
    lines = csv.DictWriter(written, sorted(NEEDED))
    lines.writeheader()
    for year, kind, region, base, rate in rows:
        told = {"Year": year, "Benchmarking group": kind, "Region": region}
        parts = {f"{name}_base": base for name in MEASURES} | {f"{name}_rate": rate for name in MEASURES}
        lines.writerow(told | parts)
    return written.getvalue()


def test_a_regions_organisations_are_averaged_by_how_many_answered_in_the_newest_year(database: Database) -> None:
    rows = (
        ("2023", "Community Trusts", "London", "100", "90"),
        ("2024", "Community Trusts", "London", "100", "10"),
        ("2024", "Ambulance Trusts", "London", "300", "30"),
        ("2024", "CSUs", "-", "300", "30"),
        ("2024", "Ambulance Trusts", "London", "NA", "30"),
        ("x", "Ambulance Trusts", "London", "10", "130"),
    )
    with database.write() as session:
        for text in (survey(("2020", "CSUs", "Midlands", "1", "1")), survey(*rows)):
            said = import_staff_survey(session, text)
        assert said == "25 values of the NHS Staff Survey, 2023 to 2024."
        found = published(session, NOBODY, Dimension.REGION)
        assert found is not None
        assert found.year == 2024
        assert "NHS Staff Survey" in found.source
        assert {str(values) for _, values in found.lines} == {"{'london': (25.0, 400)}"}
        kinds = published(session, NOBODY, Dimension.BODY_KIND)
        assert kinds is not None
        assert set(kinds.lines[0][1]) == {"community", "ambulance"}
        assert published(session, NOBODY, Dimension.GRADE) is None


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", survey(), survey(("2024", "CSUs", "-", "5", "5"))])
def test_another_file_is_refused_and_changes_nothing(database: Database, text: str) -> None:
    with database.write() as session:
        import_staff_survey(session, survey(("2024", "CSUs", "London", "5", "5")))
    with pytest.raises(CommandRefused), database.write() as session:
        import_staff_survey(session, text)
    with database.read() as session:
        assert published(session, NOBODY, Dimension.REGION) is not None


@pytest.mark.skipif(not REAL.exists(), reason=f"the published file is not at {REAL}")
def test_the_published_file_is_read(database: Database) -> None:
    with database.write() as session:
        assert import_staff_survey(session, REAL.read_text(encoding="utf-8")).endswith("2021 to 2024.")
        found = published(session, NOBODY, Dimension.REGION)
    assert found is not None
    assert len(found.lines[0][1]) == 7
    assert all(base > 1_000 for _, values in found.lines for _, base in values.values())
