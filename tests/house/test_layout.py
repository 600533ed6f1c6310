"""How the source tree is cut: small files with telling names, and a core that waits for nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

_SOURCE = Path(__file__).parents[2] / "src" / "gatehouse"
_FILES = sorted(_SOURCE.rglob("*.py"))
_PURE = [file for file in _FILES if file.relative_to(_SOURCE).parts[0] in {"scim", "mapping"}]
_NAMES_THAT_EXPLAIN_NOTHING = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
_MAX_LINES = 400
_ASYNC = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)


def _name(file: Path) -> str:
    return str(file.relative_to(_SOURCE))


def test_there_is_a_core_to_look_at() -> None:
    assert {"scim/filter.py", "mapping/resolve.py"} <= {_name(file) for file in _PURE}


@pytest.mark.parametrize("file", _FILES, ids=_name)
def test_file_name_says_what_is_inside(file: Path) -> None:
    assert not {part.removesuffix(".py") for part in file.relative_to(_SOURCE).parts} & _NAMES_THAT_EXPLAIN_NOTHING


@pytest.mark.parametrize("file", _FILES, ids=_name)
def test_file_answers_one_question(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= _MAX_LINES


@pytest.mark.parametrize("file", _FILES, ids=_name)
def test_first_line_says_which_question(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text("utf-8")))


@pytest.mark.parametrize("file", _PURE, ids=_name)
def test_core_is_synchronous(file: Path) -> None:
    found = [node.lineno for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, _ASYNC)]

    assert not found, f"async code in the pure core, lines {found}"
