"""What a downloaded document holds, whatever file it becomes: `word.py` and `web_page.py` write it out."""

from dataclasses import dataclass

from db import clock


@dataclass(frozen=True)
class Row:
    """The name of a row, its values, and a sentence on how they were counted; empty for none. `is_part` of the row
    above."""

    label: str
    values: tuple[str, ...]
    method: str = ""
    is_part: bool = False


@dataclass(frozen=True)
class Section:
    """A table. `columns` head the values; `method` is how all of them were counted, where it is the same. `shares`: of
    the width of a page, what the names and each column take, where that is not as usual."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    method: str = ""
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A list of sentences."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A drawing in both forms, and in words. `png` is twice as large as it is shown."""

    svg: str
    png: bytes
    words: str


@dataclass(frozen=True)
class Document:
    """`intro` are paragraphs. `mark` stands at the foot of every page: whose copy it is."""

    title: str
    intro: tuple[str, ...]
    parts: tuple[Section | Listed, ...]
    mark: str
    picture: Picture | None = None


def marked(name: str) -> str:
    """Whose copy it is."""
    at = clock.now().astimezone(clock.LONDON)
    return f"Learn Not Blame. Made for {name} on {at:%-d %b %Y at %H:%M}. Keep it safe, and delete it after use."
