"""`Any` in signatures: few, and each with a reason. A new one needs a reason, and so a line in this test."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# No more than these; bring the number down with each one that goes.
MOST = {"db": 17, "dashboard": 41, "pages": 0}


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


@pytest.mark.parametrize("folder", MOST)
def test_a_new_any_needs_a_reason(folder: str) -> None:
    vague = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno} {node.name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_vague(node)
    ]
    told = "\n".join(vague)
    assert len(vague) <= MOST[folder], f"{len(vague)} signatures hold Any, at most {MOST[folder]} may:\n{told}"
