"""What a mapping change costs grows with the users it changes, even where statistics know nothing of them."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.fixtures import NOW, new_tenant
from tests.services.directory_of_users import ADMIN, ORIGIN, World, new_world
from tests.store.test_filter_sql import fill

from gatehouse.mapping.resolve import Access, resolve
from gatehouse.services.mapping import change_settings
from gatehouse.store import access, database, mapping as mappings
from gatehouse.store.access import Rewrite
from gatehouse.store.database import Database, Dialect, Statement
from gatehouse.store.ids import uuid7

USERS: dict[Dialect, int] = {"sqlite": 300, "postgres": 6_000}  # SQLite plans by what the migrations tell it
DOCUMENT = "x" * 1_200
OF_A_USER = {
    "SELECT employee_group_id FROM user_employee_group WHERE tenant_id = $1 AND user_id = $2": 2,
    "DELETE FROM user_employee_group WHERE tenant_id = $1 AND user_id = $2": 2,
    "DELETE FROM user_employee_group WHERE tenant_id = $1 AND user_id = $2 AND employee_group_id = $3": 3,
}


@pytest.fixture
async def world(database: Database, engine: Dialect) -> World:
    """Many users in tables that were analysed when they were empty."""
    if engine == "postgres":
        await _sql("ANALYZE")
    world = await new_world()
    before = await _access(world, "north")
    ids = [uuid7() for _ in range(USERS[engine])]
    await _fill(
        "INSERT INTO scim_user (tenant_id, id, version, document, user_name, user_name_key, active, created_at,"
        " last_modified_at, title, title_key, role_id, role_outcome, mapping_version, access)"
        " VALUES ($1, $2, 1, $7, $3, $3, $4, 0, 0, 'Agent', 'agent', $5, 'MAPPED', 1, $6)",
        [(world.tenant_id, user_id, str(user_id), True, before.role_id, before.to_text(), DOCUMENT) for user_id in ids],
    )
    await _fill(
        "INSERT INTO user_employee_group (tenant_id, user_id, employee_group_id) VALUES ($1, $2, $3)",
        [(world.tenant_id, user_id, group_id) for user_id in ids for group_id in before.group_ids],
    )
    return world


async def _sql(sql: str) -> None:
    await database.execute_script(sql)


async def _fill(sql: str, rows: list[tuple[object, ...]]) -> None:
    await database.execute_many(sql, rows)


async def _access(world: World, user_type: str) -> Access:
    return resolve("Agent", user_type, await mappings.read(world.tenant_id), previous=None)


async def _some_ids(world: World) -> list[UUID]:
    return [user_id for user_id, _ in await access.versions(world.tenant_id, None, after=None, limit=250)]


async def _plan(statement: Statement) -> str:
    explain = "EXPLAIN QUERY PLAN " if database.dialect() == "sqlite" else "EXPLAIN "
    rows = await database.fetch(explain + statement.sql, *statement.parameters)
    return "\n".join(row[-1] for row in rows)


@pytest.mark.parametrize("sql", OF_A_USER, ids=["read", "delete all", "delete one"])
async def test_the_groups_of_a_user_are_found_by_the_user(world: World, engine: Dialect, sql: str) -> None:
    (user_id, *_), group_id = await _some_ids(world), world.groups["north"].id
    plan = await _plan(Statement(sql, (world.tenant_id, user_id, group_id)[: OF_A_USER[sql]]))

    if engine == "sqlite":
        assert (
            "USING PRIMARY KEY (tenant_id=? AND user_id=?" in plan
            or "(tenant_id=? AND employee_group_id=? AND user_id=?" in plan
        )
    else:
        assert "user_id = " in plan.partition("Index Cond: ")[2]
        assert "Filter" not in plan


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_batch_looks_up_its_users_only(world: World, engine: Dialect) -> None:
    before, after = await _access(world, "north"), await _access(world, "south")
    rewrites = [Rewrite(user_id, 1, before, after, after.to_text()) for user_id in await _some_ids(world)]

    update = await _plan(access._rewrite(world.tenant_id, rewrites, 2, NOW))
    (remove,) = [await _plan(s) for s in access._remove_employee_groups(world.tenant_id, rewrites)]

    assert "SEARCH scim_user USING INDEX" in update and "id=?" in update
    (search,) = [line for line in remove.splitlines() if "user_employee_group" in line]
    assert search.startswith("SEARCH") and "tenant_id=?" in search and "user_id=?" in search


@pytest.fixture
async def emptied(database: Database) -> None:
    """Tables whose statistics tell of three small tenants that are gone."""
    for number, slug in enumerate(("one", "two", "three")):
        await fill((await new_tenant(slug)).id, number)
    await _sql("ANALYZE")
    for table in ("user_employee_group", "group_member", "scim_group", "user_value", "scim_user", "employee_group"):
        await _sql(f"DELETE FROM {table}")


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_a_batch_looks_up_its_users_only_where_others_were(emptied: None, world: World, engine: Dialect) -> None:
    before, after = await _access(world, "north"), await _access(world, "south")
    rewrites = [Rewrite(user_id, 1, before, after, after.to_text()) for user_id in await _some_ids(world)]

    for statement in (access.keep(world.tenant_id, rewrites, NOW), access._rewrite(world.tenant_id, rewrites, 2, NOW)):
        assert "Index Cond: (id = given.id)" in await _plan(statement)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_everybody_is_moved_without_statistics(world: World, engine: Dialect) -> None:
    """Pair by pair, or with plans for an empty table in each small batch, a statement would run into its deadline."""
    change = await change_settings(
        ADMIN, ORIGIN, world.tenant_id, expected_version=1, role_attribute="userType", group_attribute="title"
    )

    assert change.users_changed == USERS[engine]
    assert await database.fetch("SELECT 1 FROM user_employee_group_now") == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_holders_of_a_value_are_read_in_order_from_its_index(world: World, engine: Dialect) -> None:
    sql = (
        "SELECT u.id FROM scim_user u WHERE u.tenant_id = $1 AND u.deleted_at IS NULL AND (u.title_key, u.id) > ($2, $3)"
        " AND u.title_key <= $2 ORDER BY u.title_key, u.id LIMIT $4"
    )
    plan = await _plan(Statement(sql, (world.tenant_id, "agent", UUID(int=0), 10)))

    assert "idx_scim_user_title_key (tenant_id=? AND (title_key,id)>(?,?)" in plan
    assert "TEMP B-TREE" not in plan
