"""`Any` in signatures: few, and each file that has one says why here."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("db", "dashboard", "pages")
MOST = 48
STREAMLIT = "what Streamlit returns, or takes, for any of its elements"
FIELDS = "fields of a command, by name: of as many types as commands take"
ROWS = "rows of a data frame, which carry no types"
REASONS = {
    "dashboard/actions/action_forms.py": "the result of whichever command is saved",
    "dashboard/case/checklists.py": FIELDS,
    "dashboard/case/status_update.py": "the value of whichever field a move asks for",
    "dashboard/heatmap/heatmap_table.py": "what a browser says was selected, which may be forged",
    "dashboard/people/access_review.py": ROWS,
    "dashboard/people/people_table.py": ROWS,
    "dashboard/queue/bulk.py": STREAMLIT,
    "dashboard/settings.py": "what a validator of pydantic is given",
    "dashboard/site/logs.py": "the arguments of a log record, passed on",
    "dashboard/site/server.py": "the answer of an ASGI endpoint",
    "dashboard/site/unreadable_fields.py": STREAMLIT,
    "dashboard/store/bulk.py": FIELDS,
    "dashboard/store/cache.py": "answers of every query",
    "dashboard/store/writes.py": FIELDS,
    "dashboard/ui/forms.py": FIELDS,
    "dashboard/ui/case_list/__init__.py": "what JSON holds",
    "dashboard/ui/people_list/__init__.py": "what JSON holds",
    "dashboard/workload/people.py": ROWS,
    "db/cli/record.py": "what click's own methods take and return",
    "db/commands/account_changes.py": "columns of an account, by name",
    "db/commands/affiliations.py": "columns of an affiliation, by name",
    "db/commands/approvals.py": "details of an audit row: JSON",
    "db/commands/forged.py": "a type, a union of types, or Any itself",
    "db/commands/personal_data.py": FIELDS,
    "db/commands/redactions.py": "a row of whichever table has free text",
    "db/imports/case_rows.py": "values of whichever field a file is mapped to",
    "db/imports/mapping.py": "a table of a TOML file",
    "db/queries/home.py": "a row of the list, by its columns",
    "db/queries/workload.py": "columns of a data frame",
    "db/reference_data.py": "columns of whichever reference table",
    "db/rules/queue_filters.py": "the value of whichever filter, checked there by its name",
    "db/rules/release_record.py": "parts of a release as they are kept: JSON",
}


def has_any(annotation: ast.expr) -> bool:
    """Names and quoted annotations alike."""
    return any(
        (isinstance(part, ast.Name) and part.id == "Any")
        or (isinstance(part, ast.Constant) and isinstance(part.value, str) and "Any" in part.value)
        for part in ast.walk(annotation)
    )


def is_vague(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    annotations = [argument.annotation for argument in named if argument] + [function.returns]
    return any(has_any(annotation) for annotation in annotations if annotation)


def vague() -> list[tuple[str, str]]:
    """(file, function) of each signature that holds Any."""
    return [
        (path.relative_to(ROOT).as_posix(), f"{node.name}, line {node.lineno}")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_vague(node)
    ]


def test_each_file_with_any_in_a_signature_has_its_reason() -> None:
    assert {file for file, _ in vague()} == set(REASONS)


def test_there_are_no_more_than_there_were() -> None:
    found = [f"{file}: {function}" for file, function in vague()]
    assert len(found) <= MOST, "\n".join(found)
