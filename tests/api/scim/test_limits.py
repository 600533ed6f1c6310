"""Every limit on what a request may hold is the one that is configured: reached it is served, beyond it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest
from tests.bodies import patch_op, person
from tests.fixtures import new_employee_group, new_group_rule, new_user
from tests.world import BASE, Client, World, running

from gatehouse.settings import Settings
from gatehouse.store.database import Database, fetch_one

_DEFAULT: dict[str, int] = {}
_SMALL = {
    "max_json_depth": 6,
    "max_json_nodes": 60,
    "max_patch_operations": 3,
    "max_filter_characters": 70,
    "max_filter_comparisons": 4,
    "max_filter_depth": 2,
    "max_page_size": 2,
    "max_user_name": 30,
    "max_text": 40,
    "max_contacts": 2,
    "max_elements": 4,
    "max_employee_groups": 3,
}
_NUMBER = count(1)


def _name(length: int = 20) -> str:
    """A userName of its own."""
    return f"p{next(_NUMBER)}@".ljust(length, "x")


def _create(**attributes: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/Users", "json": {**person(_name()), **attributes}}


def _find(text: str) -> dict[str, Any]:
    return {"method": "GET", "path": "/Users", "params": {"filter": text}}


def _nested(depth: int) -> dict[str, Any]:
    value: list[Any] = []
    for _ in range(depth - 2):
        value = [value]
    return _create(unknown=value)


def _nodes(value: object) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_nodes, inside))


def _wide(nodes: int) -> dict[str, Any]:
    body = {**person(_name()), "unknown": []}
    return _create(**{**body, "unknown": [None] * (nodes - _nodes(body))})


def _comparisons(number: int) -> dict[str, Any]:
    """In pairs as far as they go: one of each pair stands between brackets."""
    paths = ["emails[type pr].value pr"] * ((number - 1) // 2)
    return _find(" or ".join(["title pr"] * (number - 2 * len(paths)) + paths))


def _values(number: int) -> list[dict[str, Any]]:
    return [{"value": f"{n}", "type": "other"} for n in range(number - 1)] + [{"value": "w", "type": "work"}]


@dataclass(frozen=True)
class _Case:
    """A request that asks for exactly so much, what it is answered, and how more than the limit is refused."""

    setting: str
    request: Callable[[int], dict[str, Any]]
    status: int
    scim_type: str


_CASES = [
    _Case("max_json_depth", _nested, 201, "invalidSyntax"),
    _Case("max_json_nodes", _wide, 201, "invalidValue"),
    _Case("max_filter_characters", lambda n: _find('title eq "a"'.ljust(n)), 200, "invalidFilter"),
    _Case("max_filter_comparisons", _comparisons, 200, "invalidFilter"),
    _Case("max_filter_depth", lambda n: _find(f"{'(' * n}title pr{')' * n}"), 200, "invalidFilter"),
    _Case("max_user_name", lambda n: _create(userName=_name(n)), 201, "invalidValue"),
    _Case("max_text", lambda n: _create(title="x" * n), 201, "invalidValue"),
    _Case("max_contacts", lambda n: _create(emails=_values(n)), 201, "invalidValue"),
    _Case("max_contacts", lambda n: _create(phoneNumbers=_values(n)), 201, "invalidValue"),
    _Case("max_elements", lambda n: _create(roles=_values(n)), 201, "invalidValue"),
    _Case("max_employee_groups", lambda n: _create(userType=f"{n}"), 201, "invalidValue"),
]


async def _client(world: World, limit: int) -> Client:
    """A tenant with a rule that gives as many employee groups as may be, and one that gives one more."""
    entra = await world.client()
    groups = [(await new_employee_group(entra.tenant.id, f"g{n}")).id for n in range(limit + 1)]
    await new_group_rule(entra.tenant.id, f"{limit}", *groups[:-1])
    await new_group_rule(entra.tenant.id, f"{limit + 1}", *groups)
    return entra


async def _people() -> int:
    row = await fetch_one("SELECT count(*) FROM scim_user")
    assert row is not None
    return int(row[0])


def _answer(response: httpx.Response) -> tuple[int, str | None]:
    return response.status_code, response.json().get("scimType") if response.status_code >= 400 else None


@pytest.mark.parametrize("given", [_DEFAULT, _SMALL], ids=["default", "small"])
async def test_limits_are_those_configured(database: Database, migrated_url: str, given: dict[str, int]) -> None:
    settings = Settings(**given)
    async with running(migrated_url, **given) as world:
        entra = await _client(world, settings.max_employee_groups)
        for case in _CASES:
            limit: int = getattr(settings, case.setting)
            before = await _people()
            beyond = await entra.request(**case.request(limit + 1))
            assert (case.setting, _answer(beyond)) == (case.setting, (400, case.scim_type))
            assert await _people() == before
            reached = await entra.request(**case.request(limit))
            assert (case.setting, _answer(reached)) == (case.setting, (case.status, None))


@pytest.mark.parametrize("given", [_DEFAULT, _SMALL], ids=["default", "small"])
async def test_operations_of_a_patch(database: Database, migrated_url: str, given: dict[str, int]) -> None:
    limit = Settings(**given).max_patch_operations
    operations = [{"op": "Replace", "path": "title", "value": f"Agent {n}"} for n in range(limit + 1)]
    async with running(migrated_url, **given) as world:
        entra = await world.client()
        user = await entra.create("ann@x.example")
        beyond = await entra.patch(f"/Users/{user['id']}", *operations)
        unchanged = (await entra.get(f"/Users/{user['id']}")).json()
        reached = await entra.patch(f"/Users/{user['id']}", *operations[:-1])

    assert _answer(beyond) == (400, "tooMany")
    assert unchanged == user
    assert (reached.status_code, reached.json()["title"]) == (200, f"Agent {limit - 1}")


async def test_one_operation_may_name_many_members(world: World) -> None:
    """Entra sends the members of a group as the values of one operation: they are no operations."""
    entra = await world.client()
    people = [(await new_user(entra.tenant.id, f"p{n}@x.example")).id for n in range(150)]
    group = (await entra.post("/Groups", {"displayName": "Everybody"})).json()
    members = [{"$ref": None, "value": str(person_id)} for person_id in people]

    added = await entra.patch(f"/Groups/{group['id']}", {"op": "Add", "path": "members", "value": members})
    absent = [{"$ref": None, "value": group["id"]}] * 1_600
    removed = await entra.patch(f"/Groups/{group['id']}", {"op": "Remove", "path": "members", "value": absent})

    assert (added.status_code, removed.status_code) == (204, 204)
    found = (await entra.get(f"/Groups/{group['id']}")).json()
    assert {member["value"] for member in found["members"]} == {str(person_id) for person_id in people}


@pytest.mark.parametrize("given", [_DEFAULT, _SMALL], ids=["default", "small"])
async def test_page_size(database: Database, migrated_url: str, given: dict[str, int]) -> None:
    limit = Settings(**given).max_page_size
    async with running(migrated_url, **given) as world:
        entra = await world.client()
        for n in range(limit + 1):
            await new_user(entra.tenant.id, f"p{n}@x.example")
        offered = (await entra.get("/ServiceProviderConfig")).json()
        everybody = (await entra.get(f"/Users?count={limit + 1}")).json()
        unasked = (await entra.get("/Users")).json()

    assert (offered["filter"]["maxResults"], offered["pagination"]["maxPageSize"]) == (limit, limit)
    assert (everybody["totalResults"], everybody["itemsPerPage"]) == (limit + 1, limit)
    assert unasked["itemsPerPage"] == offered["pagination"]["defaultPageSize"] == min(100, limit)


@pytest.mark.parametrize("given", [_DEFAULT, _SMALL], ids=["default", "small"])
async def test_json_of_the_admin_api(database: Database, migrated_url: str, given: dict[str, int]) -> None:
    limit = Settings(**given).max_json_depth
    async with running(migrated_url, **given) as world:
        headers = {"Authorization": f"Bearer {await world.api_key()}"}
        answers = []
        for depth in (limit, limit + 1):
            value: list[Any] = []
            for _ in range(depth - 3):
                value = [value]
            body = {"query": "{ viewer { name } }", "variables": {"unused": value}}
            answers.append((await world.http.post(f"{BASE}/graphql", json=body, headers=headers)).status_code)

    assert answers == [200, 400]


async def test_a_long_value_takes_its_part_of_the_filter(world: World) -> None:
    """What may be stored can be found: the limits of filters leave room for it."""
    entra = await world.client()
    settings = Settings()
    user = await entra.create("ann@x.example", title="x" * settings.max_text)

    found = (await entra.get("/Users", params={"filter": f'title eq "{user["title"]}"'})).json()

    assert [resource["id"] for resource in found["Resources"]] == [user["id"]]


async def test_a_group_rule_that_grew_keeps_nobody_from_being_disabled(database: Database, migrated_url: str) -> None:
    async with running(migrated_url, max_employee_groups=2) as wide:
        entra = await _client(wide, 2)
        user = await entra.create("ann@x.example", userType="2")
    async with running(migrated_url, max_employee_groups=1) as narrow:
        headers = {"Authorization": f"Bearer {entra.token}"}
        body = patch_op(
            {"op": "Replace", "path": "active", "value": "False"}, {"op": "Add", "path": "title", "value": "T"}
        )
        url = f"{BASE}/scim/v2/Users/{user['id']}"
        answer = await narrow.http.patch(url, json=body, headers=headers)

    assert (answer.status_code, answer.json()["active"]) == (200, False)


_DEEP = {
    "and": "(title pr and ",
    "and or": "(title pr and (userName pr or ",
    "not": "not (",
    "not and": "not (title pr and not (userName pr or ",
    "brackets": "(title pr and (emails[type pr] or ",
}


@pytest.mark.parametrize("kind", _DEEP)
@pytest.mark.parametrize("last", ['userName eq "ana"', 'emails[type eq "work" and not (value sw "z" or (display pr))]'])
async def test_the_deepest_filter_is_answered(world: World, kind: str, last: str) -> None:
    acme, begin = await world.client(), _DEEP[kind]
    levels = begin.count("(")
    deepest = begin * ((31 - last.count("(") - last.count("[")) // levels)
    text = deepest + last + ")" * deepest.count("(")

    response = await acme.get("/Users", params={"filter": text})

    assert response.status_code == 200, response.text
    assert deepest.count("(") + last.count("(") >= 28
