"""Whatever can be set or called is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from tests.house.settings_table import settings_table
from typer.core import TyperGroup

from gatehouse.api.graphql.schema import print_admin_schema
from gatehouse.cli import app
from gatehouse.environment import declared
from gatehouse.settings import Settings

_TOP = Path(__file__).parents[2]
_PAGES = [_TOP / "README.md", _TOP / "CONTRIBUTING.md", *sorted((_TOP / "docs").rglob("*.md"))]
_GUIDES = "\n".join(page.read_text("utf-8") for page in _PAGES if page.parent.name != "adr")
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_QUERY = re.compile(r"^```graphql\n(.*?)^```", re.DOTALL | re.MULTILINE)
_DECISIONS = sorted((_TOP / "docs" / "adr").glob("*.md"))
_SECTIONS = ["## Context", "## Decision", "## Consequences", "## Alternatives", "## Enforced by"]


def _commands(group: TyperGroup, name: str) -> Iterator[str]:
    for word, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}"


@cache
def _schema() -> GraphQLSchema:
    return build_schema(print_admin_schema())


def test_settings_page_is_current() -> None:
    assert (_TOP / "docs" / "settings.md").read_text("utf-8") == settings_table(), "run `make generated`"


def test_every_setting_is_described() -> None:
    assert not [setting.name for setting in declared(Settings).values() if not setting.description]


@pytest.mark.parametrize("command", sorted(_commands(app, "gatehouse")))
def test_command_is_documented(command: str) -> None:
    assert re.search(rf"{command}\b", _GUIDES)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_TOP)))
def test_queries_fit_the_schema(page: Path) -> None:
    for query in _QUERY.findall(page.read_text("utf-8")):
        assert validate(_schema(), parse(query)) == [], query


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_TOP)))
def test_links_lead_somewhere(page: Path) -> None:
    assert not [link for link in _LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", _DECISIONS, ids=lambda page: page.stem)
def test_decision_has_all_its_parts(page: Path) -> None:
    text = page.read_text("utf-8")

    assert re.findall(r"^## .+$", text, re.MULTILINE) == _SECTIONS
    assert text.startswith(f"# {page.name[:4]} ")


def test_decisions_are_numbered_without_gaps() -> None:
    assert [page.name[:4] for page in _DECISIONS] == [f"{number:04}" for number in range(1, len(_DECISIONS) + 1)]
