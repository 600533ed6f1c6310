"""Filters in SQL select exactly what the evaluator accepts, on both engines, and find single users by index."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from tests.fixtures import NOW, NOW_US, insert, new_employee_group, new_group, new_role, new_tenant, new_user
from tests.scim.random_filters import TEXTS, random_filter, random_group, random_user

from gatehouse.errors import InvalidFilter
from gatehouse.records import to_microseconds
from gatehouse.scim.evaluate import matches
from gatehouse.scim.filter import parse_filter, print_filter
from gatehouse.scim.filter_tree import Filter
from gatehouse.scim.keys import key
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, GATEHOUSE_SCHEMA, GROUP, USER, ResourceType
from gatehouse.store import groups, resource_list, users, value_index
from gatehouse.store.database import Database, dialect, execute, execute_many, fetch, transaction
from gatehouse.store.filter_sql import compile_filter
from gatehouse.store.ids import uuid7
from gatehouse.store.resource_list import Listed, Place, Selection

SCIM_TESTS = Path(__file__).parents[1] / "scim"
CASES = [json.loads(line) for line in (SCIM_TESTS / "filters.jsonl").read_text().splitlines()]
USERS = json.loads((SCIM_TESTS / "filter-users.json").read_text())

_BATCH = 50  # filters in a statement
_TABLES = {USER.name: ("u", "scim_user"), GROUP.name: ("g", "scim_group")}
VALUE_COLUMNS = ("attribute", "position", "value", "value_key", "type_key", "display", "display_key", "is_primary")


async def add_user(
    tenant_id: UUID, resource: dict[str, Any], created: datetime = NOW, modified: datetime = NOW
) -> None:
    """Store what filters read of a user."""
    await insert(
        "scim_user",
        id=UUID(resource["id"]),
        tenant_id=tenant_id,
        version=int(resource["meta"]["version"].strip('W/"')),
        document="{}",
        created_at=to_microseconds(created),
        last_modified_at=to_microseconds(modified),
        role_outcome="EMPTY",
        mapping_version=1,
        access="{}",
        **value_index.columns(resource),
    )
    rows = [(tenant_id, UUID(resource["id"]), *row) for row in value_index.rows(resource)]
    if rows:
        await insert_many("user_value", f"tenant_id, user_id, {', '.join(VALUE_COLUMNS)}", rows)


async def add_group(tenant_id: UUID, resource: dict[str, Any], created: datetime, modified: datetime) -> None:
    """Store what filters read of a group."""
    await insert(
        "scim_group",
        id=UUID(resource["id"]),
        tenant_id=tenant_id,
        version=int(resource["meta"]["version"].strip('W/"')),
        display_name=resource["displayName"],
        display_name_key=key(resource["displayName"]),
        external_id=resource.get("externalId"),
        created_at=to_microseconds(created),
        last_modified_at=to_microseconds(modified),
    )
    for member in resource.get("members", ()):
        user_id = UUID(member["value"])
        await insert("group_member", group_id=UUID(resource["id"]), user_id=user_id, tenant_id=tenant_id)


async def mismatches(
    tenant_id: UUID,
    texts: Sequence[str],
    resource_type: ResourceType,
    resources: Sequence[dict[str, Any]],
    database: Database,
) -> list[str]:
    """The filters for which the database and the evaluator differ; many go into one statement, to be quick."""
    wrong = []
    for start in range(0, len(texts), _BATCH):
        trees = [parse_filter(text, resource_type) for text in texts[start : start + _BATCH]]
        found = await selected_by_each(tenant_id, trees, resource_type, database)
        for tree, ids in zip(trees, found, strict=True):
            if sorted(ids) != sorted(resource["id"] for resource in resources if matches(tree, resource)):
                wrong.append(print_filter(tree))
    return wrong


async def selected_by_each(
    tenant_id: UUID, trees: Sequence[Filter], resource_type: ResourceType, database: Database
) -> list[list[str]]:
    """The ids that each of the filters selects."""
    selects: list[str] = []
    parameters: list[object] = [tenant_id]
    alias, table = _TABLES[resource_type.name]
    for number, tree in enumerate(trees):
        condition, values = compile_filter(
            tree, resource_type, first_parameter=len(parameters) + 1, dialect=database.dialect
        )
        parameters += values
        selects.append(
            f"SELECT {number}, {alias}.id FROM {table} {alias}"
            f" WHERE {alias}.tenant_id = $1 AND {alias}.deleted_at IS NULL AND ({condition})"
        )
    found: list[list[str]] = [[] for _ in trees]
    for row in await fetch(" UNION ALL ".join(selects), *parameters):
        found[row[0]].append(str(row[1]))
    return found


async def selected(tenant_id: UUID, text: str, resource_type: ResourceType, database: Database) -> set[str]:
    """The ids that a filter selects."""
    (ids,) = await selected_by_each(tenant_id, [parse_filter(text, resource_type)], resource_type, database)
    assert len(ids) == len(set(ids))
    return set(ids)


async def test_the_filter_cases_hold_in_sql(database: Database) -> None:
    tenant = await new_tenant()
    key_of: dict[str, str] = {}
    for user in USERS:
        resource = {**user, "id": str(uuid7()), "meta": {"version": 'W/"1"'}}
        key_of[resource["id"]] = resource.pop("key")
        await add_user(tenant.id, resource)

    wrong = []
    for case in CASES:
        try:
            found = await selected(tenant.id, case["filter"], USER, database)
        except InvalidFilter:
            answer: dict[str, Any] = {"error": 400}
        else:
            answer = {"match": sorted(key_of[user_id] for user_id in found)}
        strict = case["class"] == "rfc" or "allow" not in case
        expected = [{"match": case["match"]} if case["valid"] else {"error": 400}] if strict else case["allow"]
        if answer not in expected:
            wrong.append((case["id"], case["filter"], answer))
    assert wrong == []


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.heavy) for seed in (2, 3, 4))])
async def test_sql_selects_what_the_evaluator_accepts(database: Database, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    tenant, other = await new_tenant("acme"), await new_tenant("other")
    users = [random_user(random, number) for number in range(40)]
    async with transaction():
        for user in users:
            await add_user(tenant.id, *user)
        for number in range(5):
            await add_user(other.id, *random_user(random, number))
        group_ids = await affiliate(tenant.id, [resource for resource, _, _ in users], random)
    ids = (*(resource["id"] for resource, _, _ in users[:5]), *group_ids)
    texts = [print_filter(random_filter(random, USER, 4, ids=ids)) for _ in range(1_000)]

    assert await mismatches(tenant.id, texts, USER, [user[0] for user in users], database) == []


async def affiliate(tenant_id: UUID, users: Sequence[dict[str, Any]], random: Random) -> list[str]:
    """Give each user some groups, a role and employee groups, as its representation then shows; ids of the groups."""
    names = random.sample(TEXTS, 4)
    groups = [await new_group(tenant_id, name) for name in names]
    roles = [await new_role(tenant_id, name) for name in ("a", "ab", "b")]
    employee_groups = [await new_employee_group(tenant_id, name) for name in ("a", "ab", "b")]
    for group in groups:
        await execute("UPDATE scim_group SET display_name_key = $2 WHERE id = $1", group.id, key(group.display_name))
    for user in users:
        user_id, access = UUID(user["id"]), dict[str, Any]()
        for group in random.sample(groups, random.choice((0, 0, 1, 2))):
            await insert("group_member", tenant_id=tenant_id, group_id=group.id, user_id=user_id)
            element = {"value": str(group.id), "display": group.display_name, "type": "direct"}
            user.setdefault("groups", []).append(element)
        if random.random() < 0.5:
            role = random.choice(roles)
            await execute("UPDATE scim_user SET role_id = $2 WHERE id = $1", user_id, role.id)
            access["role"] = role.key
        for given in random.sample(employee_groups, random.choice((0, 0, 1, 2))):
            await insert("user_employee_group", tenant_id=tenant_id, user_id=user_id, employee_group_id=given.id)
            access.setdefault("employeeGroups", []).append(given.key)
        if access and user["active"]:
            user["schemas"] = [*user["schemas"], GATEHOUSE_SCHEMA]
            user[GATEHOUSE_SCHEMA] = access
    return [str(group.id) for group in groups]


async def test_sql_selects_the_groups_that_the_evaluator_accepts(database: Database) -> None:
    random = Random(5)  # noqa: S311 - repeatable, not secret
    tenant, other = await new_tenant("acme"), await new_tenant("other")
    user_ids = tuple([str((await new_user(tenant.id, f"user{number}@example.com")).id) for number in range(5)])
    await new_group(other.id, "a", (await new_user(other.id)).id)
    groups = [random_group(random, number, user_ids) for number in range(30)]
    async with transaction():
        for group in groups:
            await add_group(tenant.id, *group)
    ids = (*user_ids, *(group["id"] for group, _, _ in groups[:5]))
    texts = [print_filter(random_filter(random, GROUP, 4, ids=ids)) for _ in range(1_000)]

    assert await mismatches(tenant.id, texts, GROUP, [group[0] for group in groups], database) == []


@pytest.mark.parametrize("text", ['meta.location eq "x"', 'not (meta.location co "x")', 'meta[location ne "x"]'])
def test_a_location_cannot_be_compared(text: str) -> None:
    with pytest.raises(InvalidFilter, match=r"meta\.location cannot be compared"):
        compile_filter(parse_filter(text, USER), USER, first_parameter=2, dialect="sqlite")


@pytest.mark.parametrize("text", ['members.$ref eq "x"', 'members[$ref eq "x"]'])
def test_a_member_reference_cannot_be_compared(text: str) -> None:
    with pytest.raises(InvalidFilter, match=r"members\.\$ref cannot be compared"):
        compile_filter(parse_filter(text, GROUP), GROUP, first_parameter=2, dialect="sqlite")


@pytest.mark.parametrize(
    "text", ["meta.location pr", "meta.location ne null", "meta pr", "schemas pr", "id pr", "meta[location pr]"]
)
async def test_what_every_resource_has_is_present(database: Database, text: str) -> None:
    tenant = await new_tenant()
    user = await new_user(tenant.id)

    assert await selected(tenant.id, text, USER, database) == {str(user.id)}


PLANS = [
    ('userName eq "USER7@example.com"', USER, "uid_scim_user_user_name_key"),
    ('userName sw "user7@"', USER, "uid_scim_user_user_name_key"),
    ('externalId eq "e7"', USER, "idx_scim_user_external_id"),
    ('displayName eq "person 7"', USER, "idx_scim_user_display_name_key"),
    ('id eq "{user}"', USER, "uid_scim_user_tenant|scim_user_pkey"),
    ('id eq "{user}" and manager eq "m7"', USER, "uid_scim_user_tenant|scim_user_pkey"),
    ('emails.value eq "mail7@example.com"', USER, "idx_user_value_value_key"),
    ('emails[type eq "work"].value eq "mail7@example.com"', USER, "idx_user_value_value_key"),
    ('active eq true and emails[type eq "work" and value eq "mail7@example.com"]', USER, "idx_user_value_value_key"),
    ('addresses[locality eq "town 7" and type eq "work"]', USER, "idx_user_value_"),
    ('employeeNumber eq "n7"', USER, "idx_user_value_value_key"),
    ('groups.value eq "{group}"', USER, "group_member_pkey|sqlite_autoindex_group_member_1|PRIMARY KEY"),
    ('groups[value eq "{group}" and type eq "direct"]', USER, "group_member_pkey|sqlite_autoindex_group_member_1|PRIMARY KEY"),
    ('groups.display eq "GROUP 7"', USER, "uid_scim_group_display_name_key"),
    (f'{GATEHOUSE_SCHEMA}:role eq "role-7"', USER, "idx_scim_user_role"),
    (f'{GATEHOUSE_SCHEMA}:employeeGroups eq "group-7"', USER, "idx_user_employee_group_group"),
    ('displayName eq "GROUP 7"', GROUP, "uid_scim_group_display_name_key"),
    ('externalId eq "g7"', GROUP, "idx_scim_group_external_id"),
    ('members eq "{user}"', GROUP, "idx_group_member_user"),
    ('id eq "{group}" and members eq "{user}"', GROUP, "uid_scim_group_tenant|scim_group_pkey"),
]  # fmt: skip
LISTED: dict[str, Listed[Any]] = {USER.name: users.LISTED, GROUP.name: groups.LISTED}


async def plan(tenant_id: UUID, resource_type: ResourceType, selection: Selection, after: Place | None = None) -> str:
    """How the database finds a page of what is selected."""
    sql, parameters = resource_list.statement(tenant_id, LISTED[resource_type.name], selection, limit=100, after=after)
    postgres = dialect() == "postgres"
    rows = await fetch(f"{'EXPLAIN' if postgres else 'EXPLAIN QUERY PLAN'} {sql}", *parameters)
    return "\n".join(str(row[0] if postgres else row[3]) for row in rows)


async def fill(tenant_id: UUID, number: int) -> None:
    """Four hundred users, each in a group, with a role and an employee group of its own."""
    users, values, groups, members, catalogue, given = [], [], [], [], [], []
    for n in range(400):
        user_id, group_id = UUID(int=number * 1_000 + n), UUID(int=number * 1_000 + n + 500)
        resource = {
            "userName": f"user{n}@example.com",
            "externalId": f"e{n}",
            "displayName": f"Person {n}",
            "emails": [{"type": "work", "value": f"mail{n}@example.com"}],
            "addresses": [{"type": "work", "locality": f"town {n}"}],
            ENTERPRISE_SCHEMA: {"employeeNumber": f"n{n}", "manager": {"value": f"m{n}"}},
        }
        index = value_index.columns(resource).values()
        users.append((user_id, tenant_id, 1, "{}", NOW_US + n, NOW_US, group_id, "MAPPED", 1, "{}", *index))
        values += [(tenant_id, user_id, *row) for row in value_index.rows(resource)]
        groups.append((group_id, tenant_id, 1, f"Group {n}", f"group {n}", f"g{n}", NOW_US + n, NOW_US))
        members.append((group_id, user_id, tenant_id))
        catalogue.append((group_id, tenant_id, f"role-{n}", "", NOW_US))
        given.append((group_id, user_id, tenant_id))
    await insert_many("role", "id, tenant_id, key, name, created_at", catalogue)
    await insert_many(
        "scim_user",
        "id, tenant_id, version, document, created_at, last_modified_at, role_id, role_outcome, mapping_version,"
        " access, " + ", ".join(value_index.columns({})),
        users,
    )
    await insert_many("user_value", f"tenant_id, user_id, {', '.join(VALUE_COLUMNS)}", values)
    await insert_many(
        "scim_group",
        "id, tenant_id, version, display_name, display_name_key, external_id, created_at, last_modified_at",
        groups,
    )
    await insert_many("group_member", "group_id, user_id, tenant_id", members)
    named = [(group_id, tenant_id, f"group-{n}", "", NOW_US) for n, (group_id, *_) in enumerate(catalogue)]
    await insert_many("employee_group", "id, tenant_id, key, name, created_at", named)
    await insert_many("user_employee_group", "employee_group_id, user_id, tenant_id", given)


async def insert_many(table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(rows[0]) + 1))
    await execute_many(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


async def test_one_user_or_group_is_found_by_index(database: Database) -> None:
    tenants = [await new_tenant(slug) for slug in ("acme", "other", "third")]
    for number, tenant in enumerate(tenants):
        await fill(tenant.id, number)
    if database.dialect == "postgres":
        await execute("ANALYZE")  # SQLite's planner was told by the migration

    ids = {"user": UUID(int=2_007), "group": UUID(int=2_507)}
    for text, resource_type, index in PLANS:
        tree = parse_filter(
            text.replace("{user}", str(ids["user"])).replace("{group}", str(ids["group"])), resource_type
        )
        for order in (None, "meta.lastModified", "userName" if resource_type is USER else "displayName"):
            found = await plan(tenants[2].id, resource_type, Selection(tree, order))
            assert re.search(index, found), (text, order, found)
            assert not re.search(r"idx_scim_(?:user|group)_created_at|SCAN (?!CONSTANT)|Seq Scan", found), (text, found)


ORDERS = [
    (None, (NOW_US, str(UUID(int=2_001))), "idx_scim_user_created_at"),
    ("meta.lastModified", (NOW_US, str(UUID(int=2_001))), "idx_scim_user_last_modified_at"),
    ("userName", ("user0@example.com", str(UUID(int=2_000))), "uid_scim_user_user_name_key"),
]


async def test_a_page_begins_where_the_index_says(database: Database) -> None:
    """The thousandth page costs what the first one does: no row before it is read."""
    tenants = [await new_tenant(slug) for slug in ("acme", "other", "third")]
    for number, tenant in enumerate(tenants):
        await fill(tenant.id, number)
    async with transaction():
        if database.dialect == "postgres":
            await execute("ANALYZE")
            await execute("SET LOCAL enable_sort = off")  # so few rows may be sorted as well, as they happen to lie

        for order, (value, row_id), index in ORDERS:
            found = await plan(tenants[2].id, USER, Selection(sort=order), after=((value,), row_id))
            assert re.search(index, found), (order, found)
            assert re.search(r"Index Cond: .* >=? |\(tenant_id=\? AND .*>\(?\?", found), (order, found)
