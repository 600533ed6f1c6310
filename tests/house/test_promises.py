"""docs/promises.md tells the truth: its settings have those defaults, and its tests exist."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from gatehouse.environment import declared
from gatehouse.settings import PREFIX, Settings

_TOP = Path(__file__).parents[2]
_ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (_TOP / "docs" / "promises.md").read_text("utf-8").splitlines()
    if line.startswith("| P")
]
_SETTING = re.compile(r"`GATEHOUSE_(\w+)` = `([^`]*)`")
_CONSTANT = re.compile(r"`(gatehouse\.[\w.]+)\.([A-Z_]+)` = `([^`]*)`")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_SETTINGS = sorted({found for row in _ROWS for found in _SETTING.findall(row[2])})
_CONSTANTS = sorted({found for row in _ROWS for found in _CONSTANT.findall(row[2])})
_TESTS = sorted({found for row in _ROWS for found in _TEST.findall(row[3])})


def test_every_promise_is_there_with_its_proof() -> None:
    assert [row[0] for row in _ROWS] == [f"P{number}" for number in range(1, 20)]
    assert all(len(row) == 4 and _TEST.search(row[3]) for row in _ROWS)


def test_nothing_is_written_in_another_form() -> None:
    for _, _, settings, tests in _ROWS:
        assert re.sub(f"{_SETTING.pattern}|{_CONSTANT.pattern}|[, ]|none", "", settings) == ""
        assert re.sub(f"{_TEST.pattern}|[, ]", "", tests) == ""


@pytest.mark.parametrize(("name", "value"), _SETTINGS)
def test_setting_has_that_default(name: str, value: str) -> None:
    assert PREFIX == "GATEHOUSE_"
    assert str(declared(Settings)[name.lower()].default) == value


@pytest.mark.parametrize(("module", "name", "value"), _CONSTANTS)
def test_constant_has_that_value(module: str, name: str, value: str) -> None:
    assert str(getattr(importlib.import_module(module), name)) == value


@pytest.mark.parametrize(("file", "name"), _TESTS)
def test_test_exists(file: str, name: str) -> None:
    tree = ast.parse((_TOP / file).read_text("utf-8"))

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
