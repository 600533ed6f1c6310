"""Connections: every row once, in both directions, with a pageInfo that is right at every step."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.graphql.people import ACCOUNT_MANAGER, Api, Community, new_community, viewer

from gatehouse.api.graphql.scalars import to_cursor
from gatehouse.services.directory import Position
from gatehouse.store.database import Database

PAGE = """
query($first: Int, $after: Cursor, $last: Int, $before: Cursor, $orderBy: [UserOrder!], $where: UserWhere) {
  users(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, where: $where) {
    totalCount nodes { id } edges { cursor node { id } }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }
"""
ORDERS = [
    [{"field": "CREATED_AT"}],
    [{"field": "USER_NAME", "direction": "DESC"}],
    [{"field": "FAMILY_NAME"}],
    [{"field": "FAMILY_NAME", "direction": "DESC"}, {"field": "UPDATED_AT"}],
]


@pytest.fixture
async def acme(database: Database) -> Community:
    """60 people; every third shares the minute and the family name with the one before, some have no family name."""
    community = await new_community("acme")
    for number in range(60):
        family = None if number % 7 == 0 else f"Family{(number * 31 % 60) // 2}"
        await community.add(f"P{number:02}", family, minute=number // 3)
    return community


@pytest.fixture
def api() -> Api:
    return Api.of(viewer())


async def _walk(api: Api, order: Any, *, backwards: bool, size: int) -> list[list[str]]:
    """The pages from one end to the other, each in list order."""
    pages: list[list[str]] = []
    cursor = None
    while True:
        bounds = {"last": size, "before": cursor} if backwards else {"first": size, "after": cursor}
        users = (await api.data(PAGE, orderBy=order, **bounds))["users"]
        info = users["pageInfo"]
        ids = [edge["node"]["id"] for edge in users["edges"]]
        assert (users["totalCount"], [node["id"] for node in users["nodes"]]) == (60, ids)
        assert (info["startCursor"], info["endCursor"]) == (users["edges"][0]["cursor"], users["edges"][-1]["cursor"])
        assert info["hasNextPage" if backwards else "hasPreviousPage"] == bool(pages)
        pages.append(ids)
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            return pages
        cursor = info["startCursor" if backwards else "endCursor"]


@pytest.mark.parametrize("order", ORDERS)
async def test_both_walks_see_everybody_once_in_the_same_order(acme: Community, api: Api, order: Any) -> None:
    forwards = [node for page in await _walk(api, order, backwards=False, size=7) for node in page]
    backwards = [node for page in reversed(await _walk(api, order, backwards=True, size=11)) for node in page]

    assert len(forwards) == 60
    assert set(forwards) == {acme.person_id(index) for index in range(60)}
    assert backwards == forwards


async def test_walk_over_several_tenants_merges_them(acme: Community) -> None:
    other = await new_community("beta")
    for number in range(5):
        await other.add(f"Q{number}", minute=number * 4)
    api = Api.of(viewer((acme.tenant.id, ACCOUNT_MANAGER), (other.tenant.id, ACCOUNT_MANAGER)))
    query = """query($after: Cursor) { users(first: 13, after: $after) {
        nodes { createdAt scimId } pageInfo { hasNextPage endCursor } } }"""

    rows: list[tuple[str, str]] = []
    cursor, more = None, True
    while more:
        users = (await api.data(query, after=cursor))["users"]
        rows += [(node["createdAt"], node["scimId"]) for node in users["nodes"]]
        cursor, more = users["pageInfo"]["endCursor"], users["pageInfo"]["hasNextPage"]

    assert rows == sorted(rows)
    assert len(set(rows)) == 65


async def test_rows_written_meanwhile_disturb_nothing(acme: Community, api: Api) -> None:
    first = (await api.data(PAGE, first=20))["users"]
    await acme.add("Early", minute=-1)
    late = await acme.add("Late", minute=99)

    rest = (await api.data(PAGE, first=100, after=first["pageInfo"]["endCursor"]))["users"]

    seen = [node["id"] for node in (*first["nodes"], *rest["nodes"])]
    assert len(seen) == len(set(seen)) == 61
    assert seen[-1] == acme.person_id(61) and acme.people[61] == late


@pytest.mark.parametrize(
    ("arguments", "count", "beyond"),
    [
        ({}, 25, (True, False)),
        ({"first": 0}, 0, (True, False)),
        ({"last": 0}, 0, (False, True)),
        ({"first": 100}, 60, (False, False)),
        ({"last": 60}, 60, (False, False)),
    ],
)
async def test_sizes(
    acme: Community, api: Api, arguments: dict[str, int], count: int, beyond: tuple[bool, bool]
) -> None:
    users = (await api.data(PAGE, **arguments))["users"]

    info = users["pageInfo"]
    assert (len(users["nodes"]), (info["hasNextPage"], info["hasPreviousPage"])) == (count, beyond)


async def test_between_two_cursors(acme: Community, api: Api) -> None:
    edges = (await api.data(PAGE, first=10))["users"]["edges"]
    bounds = {"after": edges[2]["cursor"], "before": edges[6]["cursor"]}

    inner = (await api.data(PAGE, first=2, **bounds))["users"]
    last = (await api.data(PAGE, last=2, **bounds))["users"]
    whole = (await api.data(PAGE, first=10, **bounds))["users"]

    assert [edge["node"]["id"] for edge in inner["edges"]] == [acme.person_id(3), acme.person_id(4)]
    assert [edge["node"]["id"] for edge in last["edges"]] == [acme.person_id(4), acme.person_id(5)]
    assert len(whole["edges"]) == 3
    for users in (inner, last, whole):
        assert (users["pageInfo"]["hasNextPage"], users["pageInfo"]["hasPreviousPage"]) == (True, True)


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "WyJDUkVBVEVEX0FUIl0", "bnVsbA", "W10", "====", "é", "WyJDUkVBVEVEX0FUIiwxLCJ4Il0", "A" * 9_000],
)
async def test_what_is_no_cursor_is_a_request_error(acme: Community, api: Api, cursor: str) -> None:
    error = await api.error(PAGE, after=cursor)

    assert "not one that this API gave out" in error["message"]
    assert "path" not in error


@pytest.mark.parametrize(
    ("_case", "values"),
    [("text for a number", ("x",)), ("missing where nothing is", (None,)), ("one too many", (1, 2)), ("none", ())],
)
async def test_cursor_of_another_shape(acme: Community, api: Api, _case: str, values: tuple[Any, ...]) -> None:
    cursor = to_cursor(Position("CREATED_AT", values, acme.people[0].id))

    error = await api.error(PAGE, after=cursor)

    assert error["message"] == "The cursor belongs to another list or order"


async def test_a_cursor_beyond_any_number_of_a_list(acme: Community, api: Api) -> None:
    cursor = to_cursor(Position("-NUMBER", (2**62,), acme.people[0].id))
    query = "query($after: Cursor) { tenants { nodes { mappingVersions(after: $after) { nodes { id } } } } }"

    error = await api.error(query, after=cursor)

    assert error["message"] == "The cursor belongs to another list or order"


async def test_cursor_of_another_order(acme: Community, api: Api) -> None:
    cursor = (await api.data(PAGE, first=1))["users"]["pageInfo"]["endCursor"]

    error = await api.error(PAGE, after=cursor, orderBy=[{"field": "USER_NAME"}])

    assert (error["message"], error["extensions"]["code"]) == ("The cursor belongs to another list or order", "INVALID")


@pytest.mark.parametrize(
    ("first", "last", "expected", "beyond"),
    [
        (5, 2, [3, 4], (True, True)),
        (5, 5, [0, 1, 2, 3, 4], (True, False)),
        (2, 5, [0, 1], (True, False)),
        (100, 1, [59], (False, True)),
        (5, 0, [], (True, True)),
        (0, 5, [], (True, False)),
    ],
)
async def test_first_and_then_last_of_those(
    acme: Community, api: Api, *, first: int, last: int, expected: list[int], beyond: tuple[bool, bool]
) -> None:
    """As Relay puts it (Cursor Connections §4.4): ``first`` is applied, then ``last``."""
    users = (await api.data(PAGE, first=first, last=last))["users"]

    info = users["pageInfo"]
    assert [node["id"] for node in users["nodes"]] == [acme.person_id(index) for index in expected]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == beyond
