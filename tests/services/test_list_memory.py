"""Long lists are read from where they were a moment ago: never with what this process has changed since."""

from __future__ import annotations

import asyncio
from uuid import UUID

from tests.fixtures import NOW_US, new_tenant
from tests.services.test_lists import _by_index
from tests.store.test_filter_sql import insert_many

from gatehouse.records import Actor, ActorKind, Caller, Origin, Tenant
from gatehouse.scim.list_query import ListQuery
from gatehouse.scim.schema import USER
from gatehouse.services import list_memory, lists, users
from gatehouse.store.database import Database, execute
from gatehouse.store.ids import uuid7

LONG = list_memory.LEAST + 25
COLUMNS = (
    "tenant_id, id, user_name, user_name_key, created_at, last_modified_at, version, document, active, role_outcome,"
    " mapping_version, access"
)


async def _long_list() -> tuple[Tenant, list[str]]:
    """A tenant with :data:`LONG` users, and their ids in the order of creation."""
    tenant = await new_tenant()
    ids = [uuid7() for _ in range(LONG)]
    rows = [
        (tenant.id, user_id, f"u{n}", f"u{n}", NOW_US + n // 3, NOW_US, 1, '{"userName":"u"}', True, "EMPTY", 1, "{}")
        for n, user_id in enumerate(ids)
    ]
    await insert_many("scim_user", COLUMNS, rows)
    return tenant, [str(user_id) for user_id in ids]


async def _page(tenant: Tenant, start_index: int, count: int = 100) -> tuple[list[str], int | None]:
    page = await lists.page(tenant.id, [USER], ListQuery(start_index=start_index, count=count))
    return [str(user.id) for user in page.resources], page.total


def _caller(tenant: Tenant) -> Caller:
    return Caller(tenant, Actor(ActorKind.SCIM_TOKEN, None, "test"), Origin("request"))


async def test_pages_come_in_whatever_order_they_are_asked_for(database: Database) -> None:
    tenant, ids = await _long_list()

    walked = await _by_index(tenant.id, USER, {}, 100)
    again = [await _page(tenant, start) for start in (501, 1, 507, 520, 499, LONG + 1)]

    assert walked == ids
    assert again == [(ids[start - 1 : start + 99], LONG) for start in (501, 1, 507, 520, 499, LONG + 1)]


async def test_what_this_process_adds_and_deletes_is_told_at_once(database: Database) -> None:
    tenant, ids = await _long_list()
    before = await _page(tenant, 501, 20)
    added = await users.create(
        _caller(tenant),
        {
            "userName": "new",
            "name": {"givenName": "Ne", "familyName": "W"},
            "active": True,
            "emails": [{"type": "work", "value": "new@contoso.example"}],
        },
    )
    grown = await _page(tenant, 501, 20)

    await users.delete(_caller(tenant), UUID(ids[3]))
    shrunk = await _page(tenant, 501, 20)
    last = await _page(tenant, LONG)

    assert before == (ids[500:520], LONG)
    assert grown == (ids[500:520], LONG + 1)
    assert shrunk == (ids[501:521], LONG)
    assert last == ([str(added.id)], LONG)


async def test_what_others_do_is_told_when_the_memory_has_faded(database: Database) -> None:
    tenant, ids = await _long_list()
    await _page(tenant, 501, 20)
    await execute("UPDATE scim_user SET deleted_at = 1 WHERE id = $1", UUID(ids[0]))
    await asyncio.sleep(list_memory.LIFETIME_S)

    page = await _page(tenant, 501, 20)

    assert page == (ids[501:521], LONG - 1)


async def test_a_total_is_never_less_than_what_is_shown(database: Database) -> None:
    tenant, ids = await _long_list()
    await _page(tenant, 1)
    await insert_many(
        "scim_user",
        COLUMNS,
        [(tenant.id, uuid7(), f"x{n}", f"x{n}", NOW_US * 2, 1, 1, "{}", True, "EMPTY", 1, "{}") for n in range(40)],
    )

    shown, total = await _page(tenant, 501, 50)

    assert shown[:25] == ids[500:]
    assert total == 551  # another process has added users: at least one more follows
