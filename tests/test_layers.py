"""Who may import whom, and that a function fits a screen: held by reading the source."""

import ast
import functools
from collections.abc import Container, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for folder in ("dashboard", "db", "pages") for path in (ROOT / folder).rglob("*.py"))
MIGRATIONS = "db/migrations"
# They start things: the record is opened, migrated and looked at before there is a page.
STARTERS = {
    "dashboard/site/server.py": {"db.engine", "db.set_up", "sqlalchemy"},
    "dashboard/__main__.py": {"db.engine", "db.set_up", "sqlalchemy"},
}
RECORD = ("db.queries", "db.commands", "db.engine", "db.models", "db.access", "db.base", "db.card", "db.set_up")
# A question offers commands and reads what queries give; a session it never holds.
INSIDE_THE_RECORD = tuple(part for part in RECORD if part not in ("db.queries", "db.commands"))
OUTSIDE = ("streamlit", "altair", "dashboard", "pages", "tests")

# What the files of a folder may never import; the longest folder that fits decides.
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "db": OUTSIDE,
    "db/rules": (*OUTSIDE, "sqlalchemy", *RECORD),
    "db/choices.py": (*OUTSIDE, "sqlalchemy", "db"),
    "db/errors.py": (*OUTSIDE, "sqlalchemy", "db"),
    "db/base.py": (*OUTSIDE, "db.models", "db.access", "db.queries", "db.commands"),
    "db/models": (*OUTSIDE, "db.access", "db.queries", "db.commands", "db.engine"),
    "db/walls.py": (*OUTSIDE, "db.access", "db.queries", "db.commands", "db.engine"),
    "db/access.py": (*OUTSIDE, "db.queries", "db.commands", "db.engine"),
    "db/commands": (*OUTSIDE, "db.queries", "db.engine"),
    "db/queries": (*OUTSIDE, "db.engine", "db.commands"),
    "dashboard": ("sqlalchemy", "pages", "tests", "streamlit_authenticator", *INSIDE_THE_RECORD),
    "dashboard/auth.py": ("sqlalchemy", "pages", "tests", *INSIDE_THE_RECORD),
    "dashboard/store": ("pages", "tests", "streamlit_authenticator"),
}
# Which folders of the dashboard each may import, beside itself and its settings: a question shows a part of another.
NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "store": (),
    "reports": ("store",),
    "site": ("reports", "store"),
    "auth": ("site", "store"),
    "ui": ("auth", "reports", "site", "store"),
    "sign_in": ("auth", "site", "store", "ui"),
    "case": ("auth", "store", "ui"),
    "actions": ("auth", "store", "ui"),
    "home": ("actions", "auth", "case", "store", "ui"),
    "queue": ("auth", "store", "ui"),
    "workload": ("auth", "store", "ui"),
    "heatmap": ("auth", "store", "ui"),
    "meeting": ("auth", "case", "reports", "store", "ui"),
    "organisation": ("auth", "store", "ui"),
    "learning": ("auth", "case", "store", "ui"),
    "leadership": ("auth", "heatmap", "reports", "store", "ui"),
    "people": ("auth", "site", "store", "ui"),
    "app": ("auth", "sign_in", "ui"),
    "__main__": ("site",),
    "settings": (),
}
# A component of our own is its folder: a wrapper, and what the browser fetches.
SERVED = "served"
# A page is written in these words and the standard library, and no others.
PAGE_WORDS = ("streamlit", "dashboard", "db.choices", "db.errors", "db.commands", "db.queries", "db.rules.words")
STANDARD = {"collections", "contextlib", "dataclasses", "datetime", "enum", "functools", "itertools", "typing"}

# About what an editor shows at once, with calls laid out by the formatter.
LONGEST_FUNCTION = 50


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def names_taken(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name in full) of each import: `from db import engine` is `db`, `db.engine`."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports by a relative name"
            module = node.module or ""
            yield from ((module, f"{module}.{alias.name}") for alias in node.names)


def imports(path: Path) -> set[str]:
    """Each module and each name taken from one, in full: `from db import engine` is `db` and `db.engine`."""
    return {part for parts in names_taken(path) for part in parts}


def is_within(module: str, parents: tuple[str, ...]) -> bool:
    return any(module == parent or module.startswith(f"{parent}.") for parent in parents)


def those_that_have(found: dict[str, set[str]]) -> dict[str, set[str]]:
    return {name: each for name, each in found.items() if each}


def forbidden_to(name: str) -> tuple[str, ...]:
    fitting = [folder for folder in FORBIDDEN if name == folder or name.startswith(f"{folder}/")]
    return FORBIDDEN[max(fitting, key=len)] if fitting else ()


def test_imports_run_one_way() -> None:
    wrong = {}
    for path in FILES:
        name = name_of(path)
        excused = tuple(STARTERS.get(name, ()))
        wrong[name] = {m for m in imports(path) if is_within(m, forbidden_to(name)) and not is_within(m, excused)}
    assert those_that_have(wrong) == {}


def test_a_page_is_written_in_few_words() -> None:
    words = (*PAGE_WORDS, *STANDARD)
    pages = [path for path in FILES if name_of(path).startswith("pages/")]
    taken = {name_of(path): {m for m in imports(path) if m != "db" and not is_within(m, words)} for path in pages}
    assert len(taken) > 10
    assert those_that_have(taken) == {}


def part_of(module: str) -> str:
    """`dashboard.case.team` and `dashboard/case/team.py` belong to `case`, `dashboard.auth` to `auth`."""
    return module.removesuffix(".py").replace("/", ".").split(".")[1]


def test_a_part_of_the_dashboard_imports_only_its_neighbours() -> None:
    wrong = {}
    for path in (path for path in FILES if name_of(path).startswith("dashboard/")):
        own = part_of(name_of(path)) if path.parent.name != "dashboard" or path.name != "__init__.py" else "settings"
        wanted = {part_of(m) for m in imports(path) if m.startswith("dashboard.")}
        wrong[name_of(path)] = wanted - {own, "settings", *NEIGHBOURS[own]}
    assert those_that_have(wrong) == {}


def test_a_folder_of_the_dashboard_says_nothing_of_its_own() -> None:
    for path in (path for path in FILES if name_of(path).startswith("dashboard/") and path.name == "__init__.py"):
        speaks = path.parent.name == "store" or (path.parent / SERVED).is_dir()
        assert speaks or not path.read_text(encoding="utf-8"), name_of(path)


def test_no_table_is_a_picture() -> None:
    """A canvas table cuts words short, is mute to a screen reader and takes half a second to settle."""
    for path in (path for path in FILES if not name_of(path).startswith("db/")):
        drawn = {node.attr for node in nodes_of(path) if isinstance(node, ast.Attribute)}
        assert not drawn & {"dataframe", "data_editor"}, name_of(path)


def test_nothing_of_the_record_is_at_an_address_of_streamlits() -> None:
    """Those check no session. Files go through `dashboard/ui/download.py`; the one picture is drawn inline."""
    media = {"download_button", "image", "audio", "video", "pdf", "logo"}
    drawn = {
        (name_of(path), node.attr)
        for path in FILES
        if not name_of(path).startswith("db/")
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and node.attr in media
    }
    assert drawn == {("dashboard/sign_in/second_factor.py", "image")}


def test_no_two_parts_of_the_dashboard_import_each_other() -> None:
    below: dict[str, int] = {}

    def depth(part: str, above: tuple[str, ...] = ()) -> int:
        assert part not in above, f"a circle: {' → '.join((*above, part))}"
        if part not in below:
            below[part] = 1 + max((depth(other, (*above, part)) for other in NEIGHBOURS[part]), default=0)
        return below[part]

    assert max(depth(part) for part in NEIGHBOURS) > 3


def test_no_circle_of_imports_in_the_record() -> None:
    """Those within functions count too: a circle that only opens later is one all the same."""
    modules = {module_of(path): path for path in FILES if name_of(path).startswith("db/")}
    wanted = {module: {home_of(name, modules) for _, name in names_taken(path)} for module, path in modules.items()}
    graph = {module: names - {module, ""} for module, names in wanted.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"a circle: {' → '.join(reversed(circle.args[1]))}")


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def home_of(name: str, modules: Container[str]) -> str:
    """The module that `name` is or is taken from; empty for one of another's."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def test_only_the_files_of_the_authenticator_know_it() -> None:
    known = {name_of(path) for path in FILES if any(is_within(m, ("streamlit_authenticator",)) for m in imports(path))}
    assert known == {"dashboard/auth.py"}


def test_only_the_entry_script_touches_the_path() -> None:
    touching = {name_of(path) for path in FILES if "sys.path" in path.read_text(encoding="utf-8")}
    assert touching <= {"dashboard/app.py"}


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code: a long list of keyword-only arguments and a full docstring make nothing harder to follow."""
    code = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - code[0].lineno + 1


def test_functions_fit_a_screen() -> None:
    long = [
        f"{name_of(path)}: {node.name} ({body_lines(node)} lines)"
        for path in FILES
        if MIGRATIONS not in name_of(path)
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > LONGEST_FUNCTION
    ]
    assert long == []


def test_there_is_something_to_read() -> None:
    assert len(FILES) > 50
    folders = {
        part_of(name_of(path))
        for path in FILES
        if name_of(path).startswith("dashboard/") and path.parent.name != "dashboard"
    }
    assert folders <= set(NEIGHBOURS)
