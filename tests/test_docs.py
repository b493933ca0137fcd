"""What the documents promise, and what points to a document, is there."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "security.md").read_text("utf-8"))))
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def test_there_is_something_to_check() -> None:
    assert len(NAMED) > 30


def test_every_test_that_security_names_is_there() -> None:
    for file, name in NAMED:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not name or f"\ndef {name}(" in text, f"{file}::{name}"


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_documents_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert missing == []


OWN_FOLDERS = ("db", "dashboard", "pages", "tests", "docs", ".ci")
WRITTEN = {".py", ".md", ".csv", ".toml", ".ini", ".conf", ".mako", ".txt", ""}
NAMED_DOCUMENT = re.compile(r"[\w./-]*\w\.md\b")
SECTION = re.compile(r"(docs/domain\.md )?§(\d+(?:\.\d+)?[a-z]?)?")
DOMAIN_PAGE = ROOT / "docs" / "domain.md"
DOMAIN = DOMAIN_PAGE.read_text(encoding="utf-8")
HEADINGS = set(re.findall(r"(?m)^#+ (\d+(?:\.\d+)?[a-z]?)\.? ", DOMAIN))


def written_files() -> Iterator[tuple[Path, str]]:
    """Every file of the repository that somebody wrote, and its text; not this one, which is full of patterns."""
    inside = (path for folder in OWN_FOLDERS for path in (ROOT / folder).rglob("*"))
    for path in (*ROOT.iterdir(), *inside):
        if path.is_file() and path.suffix in WRITTEN and path != Path(__file__):
            yield path, path.read_text(encoding="utf-8", errors="ignore")


def test_a_document_that_a_file_names_is_in_the_repository() -> None:
    missing = {
        (path.relative_to(ROOT).as_posix(), name)
        for path, text in written_files()
        for name in NAMED_DOCUMENT.findall(text)
        if not any((folder / name).exists() for folder in (ROOT, ROOT / "docs", path.parent))
    }
    assert missing == set()


def test_a_section_that_a_file_names_is_a_heading_of_the_domain_page() -> None:
    lost = {
        (path.relative_to(ROOT).as_posix(), found.group())
        for path, text in written_files()
        for found in SECTION.finditer(text)
        if found.group(2) not in HEADINGS or not (path == DOMAIN_PAGE or found.group(1))
    }
    assert len(HEADINGS) > 30
    assert lost == set()


def test_every_process_and_every_source_of_the_reference_lists_is_on_the_domain_page() -> None:
    tags = set()
    for path in (ROOT / "db" / "reference").glob("*.csv"):
        tags |= set(re.findall(r"\[([A-Z0-9-]+)\]", path.read_text(encoding="utf-8")))
    sources = DOMAIN[DOMAIN.index("## Sources") :]
    with (ROOT / "db" / "reference" / "processes.csv").open(encoding="utf-8", newline="") as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    assert tags
    assert {tag for tag in tags if f"[{tag}]" not in sources} == set()
    assert {code for code in codes if f"`{code}`" not in DOMAIN} == set()


def test_the_glossary_is_in_alphabetical_order_and_says_each_thing_once() -> None:
    text = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
    terms = [term.casefold() for term in re.findall(r"(?m)^\| \*\*(.+?)\*\*", text)]
    assert terms == sorted(set(terms))
