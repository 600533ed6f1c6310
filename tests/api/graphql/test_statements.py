"""However many rows are shown, the number of SQL statements stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.api.graphql.people import Api, new_community, viewer

from gatehouse.store import database as store
from gatehouse.store.database import Database

USERS = "{ users(first: 100) { nodes { %s } } }"
QUERIES = {
    "scalars": (USERS % "userName workEmail title", 1),
    "count": ("{ users { totalCount nodes { id } } }", 2),
    "page info": ("{ users(first: 2) { pageInfo { hasNextPage hasPreviousPage } nodes { id } } }", 1),
    "tenant": (USERS % "tenant { slug }", 2),
    "role and groups": (USERS % "role { name } groups { name }", 3),
    "access": (USERS % "access { summary role { matchedRule { role { key } } assertedBy { id } } }", 4),
    "why": (USERS % "override { reason } access { role { decidedBy { id } } groups { decidedBy { id } } }", 5),
    "past": (
        USERS % 'access(asOf: "2026-11-25T10:00:00Z") { asOf summary role { assertedBy { id } decidedBy { id } } }',
        6,
    ),
    "timeline": (USERS % "timeline(first: 3) { totalCount nodes { id actor { display } } }", 3),
    "events": ("{ provisioningEvents { nodes { user { role { key } } tenant { name } } } }", 4),
    "tenants": ("{ tenants { nodes { users(first: 5) { totalCount nodes { id } } roles { key } employeeGroups { key } } } }", 5),
    "nested": ("{ tenants { nodes { users { nodes { timeline(first: 2) { nodes { user { tenant { id } } } } } } } } }", 5),
}  # fmt: skip


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every query that passes through on its way to the database."""
    seen: list[str] = []

    def watched(function: Any) -> Any:
        async def call(sql: str, *parameters: object) -> Any:
            seen.append(sql)
            return await function(sql, *parameters)

        return call

    for name in ("fetch", "fetch_one"):
        monkeypatch.setattr(store, name, watched(getattr(store, name)))
    return iter([seen])


@pytest.mark.parametrize("name", list(QUERIES))
async def test_statements_do_not_grow_with_rows(database: Database, statements: Iterator[list[str]], name: str) -> None:
    query, expected = QUERIES[name]
    seen = next(statements)
    api = Api.of(viewer())
    counts = []

    for number, people in enumerate((2, 9)):
        community = await new_community(f"tenant-{number}")
        for person in range(people):
            await community.add(f"P{person}", title="Agent", userType="north-vip", minute=person)
        await api.data(query)  # the mapping of the tenant is in memory from here on
        seen.clear()
        await api.data(query)
        counts.append(len(seen))

    assert counts == [expected, expected], seen
