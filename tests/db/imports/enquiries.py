"""A few enquiries as a file has them, and the map to read them by."""

from collections.abc import Callable

from sqlalchemy import func, select

from db.engine import Database
from db.imports.cases import CaseReport

HEADING = "Number,Received,Name,Email,Trust,Grade,Story"
ANNA = "1,31/01/2026,Anna Example,anna@example.org,EX001,Consultant,Excluded without reasons"
BEN = "2,01/02/2026,Ben Example,ben@example.org,EX001,Trainee,Investigated for a rota gap"
BAD = "3,30/02/2026,Cal Example,cal@example.org,EX001,Consultant,A day that never was"

MAP = """
source = "test-enquiries"
key = "Number"
[file]
dates = "%d/%m/%Y"
[case]
received_at = { column = "Received" }
name = "{Name}"
contact = "{Email}"
summary = "{Story}"
organisation = "{Trust}"
grade = { column = "Grade", values = { Consultant = "consultant", Trainee = "st3_8" }, default = "not_stated" }
specialty_group = "not_stated"
privacy_notice = true
consent_to_hold = true
"""

Import = Callable[..., CaseReport]


def count(database: Database, model: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def totals(report: CaseReport) -> tuple[int, int, int]:
    return report.imported, report.already_here, len(report.bad)
