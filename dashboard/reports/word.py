"""A document as Word."""

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dashboard.reports.document import Document, Listed, Section

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

# What XML cannot hold, whoever typed it.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARGIN_CM, WIDTH_CM, SMALL_PT = 1.8, 17.4, 8
# What the names of the rows take of a table's width; less of one with many columns, whose heads are small: a word that
# a column is too narrow for is broken anywhere.
NAMES_SHARE, NAMES_BESIDE_MANY, MANY = 0.42, 0.28, 5
NOTHING = "Nothing recorded."
AUTHOR = "Learn Not Blame"


def written(document: Document) -> bytes:
    import docx
    from docx.shared import Cm

    file = docx.Document()
    told = file.core_properties
    told.author, told.title, told.comments, told.language = AUTHOR, _plain(document.title), "", "en-GB"
    for page in file.sections:
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
        page.footer.paragraphs[0].text = _plain(document.mark)
    file.add_heading(_plain(document.title), level=0)
    for words in document.intro:
        file.add_paragraph(_plain(words))
    if document.picture is not None:
        file.add_picture(io.BytesIO(document.picture.png), width=Cm(WIDTH_CM))
        _describe(file, document.picture.words)
    for part in document.parts:
        file.add_heading(_plain(part.title), level=1)
        _list(file, part) if isinstance(part, Listed) else _table(file, part)
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()


def _list(file: "WordDocument", part: Listed) -> None:
    for line in part.lines:
        file.add_paragraph(_plain(line), style="List Bullet")


def _table(file: "WordDocument", part: Section) -> None:
    if part.method:
        file.add_paragraph(_plain(part.method))
    if not part.rows:
        file.add_paragraph(NOTHING)
        return
    table = file.add_table(rows=1, cols=1 + len(part.columns), style="Table Grid")
    many = len(part.columns) >= MANY
    for cell, words in zip(table.rows[0].cells, ("", *part.columns), strict=True):
        _say(cell, words, bold=True, small=many)
    for row in part.rows:
        cells = table.add_row().cells
        _say(cells[0], f"– {row.label}" if row.is_part else row.label, bold=not row.is_part)
        if row.method:
            _small(cells[0], row.method)
        for cell, words in zip(cells[1:], row.values, strict=True):
            _say(cell, words)
    names = NAMES_BESIDE_MANY if many else NAMES_SHARE
    usual = (names, *[(1 - names) / len(part.columns)] * len(part.columns))
    _lay_out(table, [WIDTH_CM * share for share in part.shares or usual])


def _lay_out(table: "Table", widths_cm: Sequence[float]) -> None:
    """The widths told to columns and cells, because programs go by one or the other. No row is parted by the end of a
    page, and the head is repeated on the next."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table.autofit = False
    for column, width in zip(table.columns, widths_cm, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _say(cell: "_Cell", words: str, *, bold: bool = False, small: bool = False) -> None:
    _write(cell.paragraphs[0], words, small=small).bold = bold


def _small(cell: "_Cell", words: str) -> None:
    _write(cell.add_paragraph(), words, small=True)


def _write(paragraph: "Paragraph", words: str, *, small: bool) -> "Run":
    from docx.shared import Pt

    run = paragraph.add_run(_plain(words))
    if small:
        run.font.size = Pt(SMALL_PT)
    return run


def _describe(file: "WordDocument", words: str) -> None:
    """For whoever cannot see the picture."""
    file.inline_shapes[-1]._inline.docPr.set("descr", _plain(words))


def _plain(words: str) -> str:
    return NOT_XML.sub("", words)
