"""A document as the file that was asked for."""

from dashboard.reports import web_page, word
from dashboard.reports.document import Document
from db.downloads import About


def written(document: Document, about: About) -> bytes:
    """As Word, or as a web page."""
    return word.written(document) if about["form"] == "docx" else web_page.written(document)
