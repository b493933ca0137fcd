"""A lead who imports, and files to import."""

from pathlib import Path

import pytest

from db.choices import Role
from db.engine import Database
from db.imports.cases import CaseReport, import_cases
from db.imports.mapping import load_map
from tests.db.imports.enquiries import HEADING, MAP, Import
from tests.factories import make_body, make_volunteer


@pytest.fixture
def lead(database: Database) -> int:
    with database.write() as session:
        make_body(session, "EX001", region="north_west")
        return make_volunteer(session, "lena", Role.LEAD)


@pytest.fixture
def take(database: Database, lead: int, tmp_path: Path) -> Import:
    """`take(row, row, …)` imports rows under HEADING; `heading`, `more` (of the map) and `raw` may differ."""

    def run(
        *rows: str,
        heading: str = HEADING,
        mapping: str = MAP,
        more: str = "",
        raw: bytes | None = None,
        actor: int | None = None,
        **options: bool,
    ) -> CaseReport:
        file, toml = tmp_path / "enquiries.csv", tmp_path / "map.toml"
        file.write_bytes(raw if raw is not None else "\n".join([heading, *rows, ""]).encode())
        toml.write_text(mapping + more, encoding="utf-8")
        return import_cases(database, path=file, mapping=load_map(toml), actor_id=actor or lead, **options)

    return run
