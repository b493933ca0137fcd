"""Documents as Word: what a table looks like there."""

import io

import docx
from docx.shared import Pt

from dashboard.reports import word
from dashboard.reports.document import Document, Row, Section


def heads(columns: tuple[str, ...]) -> dict[str, object]:
    """{words: size} of a table’s heads."""
    part = Section("Seen by", columns, (Row("Gap in the rota", columns),))
    file = docx.Document(io.BytesIO(word.written(Document("Title", (), (part,), "Whose copy"))))
    return {cell.text: cell.paragraphs[0].runs[0].font.size for cell in file.tables[0].rows[0].cells if cell.text}


def test_heads_of_many_columns_are_small_enough_to_stay_whole() -> None:
    many = ("Doctors", "Employer", "Regulator", "Coroner", "Nobody", "Not known")
    assert heads(many) == dict.fromkeys(many, Pt(8))
    assert heads(many[:3]) == dict.fromkeys(many[:3])
