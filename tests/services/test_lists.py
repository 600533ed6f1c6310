"""Pages, by index or by cursor, put together are what sorting the resources in memory gives; also while others write."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from tests.fixtures import new_group, new_tenant
from tests.scim.random_filters import TEXTS, random_user
from tests.store.test_filter_sql import add_user, affiliate

from gatehouse.errors import InvalidValue
from gatehouse.records import to_microseconds
from gatehouse.scim.attribute import AttributeType
from gatehouse.scim.evaluate import matches
from gatehouse.scim.filter import parse_filter
from gatehouse.scim.keys import key
from gatehouse.scim.list_query import ListQuery, parse_sort
from gatehouse.scim.schema import GATEHOUSE_SCHEMA, GROUP, USER, ResourceType, Target
from gatehouse.services import lists
from gatehouse.store.database import Database, execute
from gatehouse.store.sort_columns import SORTS


def _value(resource: dict[str, Any], target: Target) -> Any:
    """What a resource sorts by (RFC 7644 §3.4.2.3): of several elements the primary one, else the first."""
    container = resource.get(target.urn, {}) if target.urn else resource
    value = container.get(target.attribute.name)
    leaf = target.leaf
    if isinstance(value, list):
        if target.attribute.mutability == "readOnly" or target.attribute.name == "members":  # no order of their own
            parts = [part[leaf.name] if target.sub else part for part in value]
            value = min((_folded(part, target) for part in parts), default=None)
        else:
            element = next((part for part in value if part.get("primary")), value[0])
            value = element.get(leaf.name, False if leaf.type is AttributeType.BOOLEAN else None)
    elif target.sub and value is not None:
        value = value.get(leaf.name)
    return _folded(value, target)


def _folded(value: Any, target: Target) -> Any:
    exact = target.leaf.case_exact or target.leaf.type is not AttributeType.STRING
    return value if exact or not isinstance(value, str) else key(value)


def _sorted(resources: list[dict[str, Any]], target: Target, *, descending: bool) -> list[str]:
    """Missing values last, or first when descending; ids break ties."""
    keyed = [(value is None, value or "", value, r["id"]) for r in resources for value in (_value(r, target),)]
    keyed = [(missing, "" if missing else value, row_id) for missing, _, value, row_id in keyed]
    return [row_id for _, _, row_id in sorted(keyed, reverse=descending)]


async def _by_index(tenant_id: UUID, resource_type: ResourceType, query: dict[str, Any], count: int) -> list[str]:
    found: list[str] = []
    while True:
        page = await lists.page(tenant_id, [resource_type], ListQuery(**query, start_index=len(found) + 1, count=count))
        found += [str(row.id) for row in page.resources]
        if not page.resources:
            assert page.total == len(found)
            return found


async def _by_cursor(
    tenant_id: UUID, resource_type: ResourceType, query: dict[str, Any], count: int, between: Any = None
) -> list[str]:
    found, cursor = list[str](), ""
    while True:
        page = await lists.page(tenant_id, [resource_type], ListQuery(**query, cursor=cursor, count=count))
        found += [str(row.id) for row in page.resources]
        assert (page.total is None) is bool(cursor)
        if page.next_cursor is None:
            return found
        assert len(page.resources) == count
        cursor = page.next_cursor
        if between is not None:
            await between()


async def _populate(tenant_id: UUID, random: Random, count: int) -> list[dict[str, Any]]:
    """Random users with groups and access; ``meta`` holds the times as they are stored."""
    resources = []
    for number in range(count):
        resource, created, modified = random_user(random, number)
        await _add(tenant_id, resource, created, modified)
        resource["meta"] |= {"created": to_microseconds(created), "lastModified": to_microseconds(modified)}
        resources.append(resource)
    await affiliate(tenant_id, resources, random)
    for resource in resources:
        for group in resource.get("groups", ()):
            group["$ref"] = group["value"]
    return resources


async def _add(tenant_id: UUID, resource: dict[str, Any], created: datetime, modified: datetime) -> None:
    await add_user(tenant_id, resource, created, modified)


@pytest.mark.parametrize("seed", [1, 2])
async def test_pages_of_users_are_the_sorted_list(database: Database, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    tenant, other = await new_tenant("acme"), await new_tenant("other")
    users = await _populate(tenant.id, random, 40)
    await _populate(other.id, random, 3)

    for path in sorted(SORTS[USER.name]):
        descending, count = random.random() < 0.5, random.choice((7, 13, 40, 50))
        query: dict[str, Any] = {"sort_by": path.swapcase(), "descending": descending}
        among = users
        if random.random() < 0.3:
            query["filter"] = "active eq true"
            among = [user for user in users if matches(parse_filter(query["filter"], USER), user)]
        expected = _sorted(among, parse_sort(path, USER), descending=descending)

        assert await _by_index(tenant.id, USER, query, count) == expected, query
        assert await _by_cursor(tenant.id, USER, query, count) == expected, query


async def test_pages_of_groups_are_the_sorted_list(database: Database) -> None:
    random = Random(3)  # noqa: S311 - repeatable, not secret
    tenant = await new_tenant()
    people = [resource["id"] for resource in await _populate(tenant.id, random, 5)]
    await execute("DELETE FROM group_member")
    await execute("DELETE FROM scim_group")
    groups = []
    for name in {key(text): text for text in random.sample(TEXTS, 25)}.values():
        members = random.sample(people, random.choice((0, 0, 1, 3)))
        group = await new_group(tenant.id, name, *map(UUID, members))
        external_id, version = random.choice((None, "a", "A", "b")), random.choice((1, 2, 10))
        await execute(
            "UPDATE scim_group SET display_name_key = $2, external_id = $3, version = $4 WHERE id = $1",
            *(group.id, key(name), external_id, version),
        )
        elements = [{"value": member, "$ref": member, "type": "User"} for member in members]
        meta = {"resourceType": "Group", "created": 1, "lastModified": 1, "version": f'W/"{version}"'}
        groups.append(
            {"id": str(group.id), "displayName": name, "externalId": external_id, "members": elements, "meta": meta}
        )

    for path in sorted(SORTS[GROUP.name].keys() - {"meta.location"}):
        for descending in (False, True):
            expected = _sorted(groups, parse_sort(path, GROUP), descending=descending)
            query = {"sort_by": path, "descending": descending}

            assert await _by_index(tenant.id, GROUP, query, 7) == expected, query
            assert await _by_cursor(tenant.id, GROUP, query, 7) == expected, query


@pytest.mark.parametrize("path", [None, "userName", "emails", "name.familyName", f"{GATEHOUSE_SCHEMA}:role"])
async def test_a_walk_by_cursor_loses_and_repeats_nothing_while_others_are_added(
    database: Database, path: str | None
) -> None:
    random = Random(str(path))  # noqa: S311 - repeatable, not secret
    tenant = await new_tenant()
    before = [user["id"] for user in await _populate(tenant.id, random, 40)]
    at_rest = await _by_cursor(tenant.id, USER, {"sort_by": path}, 7)
    numbers = iter(range(1_000, 2_000))

    async def others_write() -> None:
        for _ in range(4):
            await _add(tenant.id, *random_user(random, next(numbers)))

    walked = await _by_cursor(tenant.id, USER, {"sort_by": path}, 7, between=others_write)

    assert sorted(at_rest) == sorted(before)
    assert len(walked) == len(set(walked))
    assert [user_id for user_id in walked if user_id in set(before)] == at_rest


async def test_what_the_last_row_was_sorted_by_may_be_gone(database: Database) -> None:
    tenant = await new_tenant()
    random = Random(5)  # noqa: S311 - repeatable, not secret
    users = await _populate(tenant.id, random, 12)
    expected = _sorted(users, parse_sort("userName", USER), descending=True)
    query: dict[str, Any] = {"sort_by": "userName", "descending": True, "count": 5}
    first = await lists.page(tenant.id, [USER], ListQuery(**query, cursor=""))
    await execute("UPDATE scim_user SET deleted_at = 1 WHERE id = $1", UUID(expected[4]))

    second = await lists.page(tenant.id, [USER], ListQuery(**query, cursor=first.next_cursor))

    assert [str(user.id) for user in second.resources] == expected[5:10]


@pytest.mark.parametrize("resource_type", [USER, GROUP], ids=["User", "Group"])
def test_whatever_can_be_asked_for_has_a_column(resource_type: ResourceType) -> None:
    asked = set()
    for target in resource_type._index.values():
        with suppress(InvalidValue):
            asked.add(parse_sort(target.path, resource_type).path)

    assert asked == SORTS[resource_type.name].keys()


@pytest.mark.parametrize("text", ["nosuch", "name", "addresses", "meta", "schemas", "x509Certificates", "password", "members", "", "emails[type eq 1]"])  # fmt: skip
def test_what_has_no_order_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"^sortBy: "):
        parse_sort(text, USER)
