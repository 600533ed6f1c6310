"""Lists over HTTP: pages, order, search, the base URI (RFC 7644 §3.4.2, §3.4.3; RFC 9865)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from tests.bodies import GROUP
from tests.world import SCIM, Client, World

from gatehouse.store.database import execute, fetch_one

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
NAMES = ("ana", "ben", "cem", "dee", "eve")
TITLES = {"ana": "b", "ben": None, "cem": "A", "dee": "c", "eve": "B"}


@pytest.fixture
async def acme(world: World) -> Client:
    """Five people, one of them without a title, and two groups."""
    client = await world.client()
    people = [
        await client.create(f"{name}@x.example", **({"title": TITLES[name]} if TITLES[name] else {})) for name in NAMES
    ]
    for name, members in (("Crew", people[:2]), ("All", people)):
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": person["id"]} for person in members]}
        assert (await client.post("/Groups", body)).status_code == 201
    return client


async def _list(client: Client, path: str, **parameters: object) -> dict[str, Any]:
    response = await client.get(f"{path}?{urlencode(parameters)}")
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]


def _names(body: dict[str, Any]) -> list[str]:
    return [(r.get("userName") or r["displayName"]).partition("@")[0] for r in body["Resources"]]


async def _refused(client: Client, path: str, **parameters: object) -> tuple[int, str | None]:
    response = await client.get(f"{path}?{urlencode(parameters)}")
    body = response.json()
    assert body["status"] == str(response.status_code)
    return response.status_code, body.get("scimType")


async def test_pages_by_index(acme: Client) -> None:
    pages = [await _list(acme, "/Users", startIndex=start, count=2) for start in (0, 3, 5, 6, 999)]

    assert [_names(page) for page in pages] == [["ana", "ben"], ["cem", "dee"], ["eve"], [], []]
    assert [(p["startIndex"], p["itemsPerPage"], p["totalResults"]) for p in pages] == [
        (1, 2, 5), (3, 2, 5), (5, 1, 5), (6, 0, 5), (999, 0, 5)
    ]  # fmt: skip
    assert not [page for page in pages if "nextCursor" in page]


async def test_a_page_that_holds_all_there_is_needs_no_count(acme: Client) -> None:
    for count in (5, 6):
        assert (await _list(acme, "/Users", count=count))["totalResults"] == 5
    found = await _list(acme, "/Users", count=1, filter='userName eq "ANA@x.example"')
    none = await _list(acme, "/Users", count=0, filter='title eq "b"')

    assert (found["totalResults"], _names(found)) == (1, ["ana"])
    assert (none["totalResults"], none["Resources"], none["itemsPerPage"]) == (2, [], 0)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"sortBy": "title"}, ["cem", "ana", "eve", "dee", "ben"]),
        ({"sortBy": "TITLE", "sortOrder": "ascending"}, ["cem", "ana", "eve", "dee", "ben"]),
        ({"sortBy": "title", "sortOrder": "Descending"}, ["ben", "dee", "eve", "ana", "cem"]),
        ({"sortBy": "emails", "sortOrder": "descending"}, ["eve", "dee", "cem", "ben", "ana"]),
        ({"sortBy": "meta.created"}, ["ana", "ben", "cem", "dee", "eve"]),
        ({"sortBy": "title", "filter": "title pr"}, ["cem", "ana", "eve", "dee"]),
        ({"sortOrder": "descending"}, ["ana", "ben", "cem", "dee", "eve"]),
    ],
)
async def test_sorted(acme: Client, order: dict[str, str], expected: list[str]) -> None:
    assert _names(await _list(acme, "/Users", **order)) == expected
    assert _names(await _list(acme, "/Users", **order, startIndex=2, count=2)) == expected[1:3]


@pytest.mark.parametrize(
    "parameters",
    [
        {"sortBy": "nosuch"},
        {"sortBy": "name"},
        {"sortBy": "title; DROP TABLE tenant"},
        {"sortBy": "title", "sortOrder": "up"},
        {"count": "abc"},
        {"startIndex": "1.5"},
        {"cursor": "", "startIndex": "1"},
        {"attributes": "title", "excludedAttributes": "name"},
    ],
)
async def test_parameters_refused(acme: Client, parameters: dict[str, str]) -> None:
    expected = (400, "invalidValue")

    assert await _refused(acme, "/Users", **parameters) == expected
    assert await _refused(acme, "/Groups", **parameters) == expected


async def _walk(client: Client, path: str, **parameters: object) -> list[dict[str, Any]]:
    pages = [await _list(client, path, **parameters, cursor="")]
    while "nextCursor" in pages[-1]:
        pages.append(await _list(client, path, **parameters, cursor=pages[-1]["nextCursor"]))
    return pages


async def test_pages_by_cursor(acme: Client) -> None:
    pages = await _walk(acme, "/Users", count=2)
    ordered = await _walk(acme, "/Users", count=2, sortBy="title", sortOrder="descending")

    assert [_names(page) for page in pages] == [["ana", "ben"], ["cem", "dee"], ["eve"]]
    assert [page.get("totalResults") for page in pages] == [5, None, None]
    assert not [page for page in pages if "startIndex" in page]
    assert [_names(page) for page in ordered] == [["ben", "dee"], ["eve", "ana"], ["cem"]]
    assert len(await _walk(acme, "/Users", count=5)) == 1
    assert await _list(acme, "/Users", cursor="", count=0) == {
        "schemas": pages[0]["schemas"], "totalResults": 5, "itemsPerPage": 0, "Resources": []
    }  # fmt: skip


async def test_a_cursor_holds_for_the_same_query_and_tenant_only(acme: Client, world: World) -> None:
    other = await world.client("other")
    query = {"count": 2, "filter": "title pr", "sortBy": "title", "attributes": "userName"}
    cursor = (await _list(acme, "/Users", **query, cursor=""))["nextCursor"]
    others = [
        {"filter": "title ne null"},
        {"sortBy": "userName"},
        {"sortOrder": "descending"},
        {"attributes": "title"},
        {"cursor": cursor[:-1]},
        {"cursor": "x"},
    ]

    again = await _list(acme, "/Users", **{**query, "sortOrder": "ascending"}, cursor=cursor)
    assert _names(again) == ["eve", "dee"]
    for changed in others:
        assert await _refused(acme, "/Users", **{**query, "cursor": cursor, **changed}) == (400, "invalidCursor")
    assert await _refused(other, "/Users", **query, cursor=cursor) == (400, "invalidCursor")
    assert await _refused(acme, "/Groups", count=2, cursor=cursor) == (400, "invalidCursor")
    assert await _refused(acme, "/Users", **{**query, "count": 3}, cursor=cursor) == (400, "invalidCount")
    assert await _refused(acme, "/Users", **{**query, "count": "x"}, cursor=cursor) == (400, "invalidCount")


async def test_every_process_takes_the_cursor_of_another(acme: Client, world: World) -> None:
    """The key lies in the database, is made once, and without it no cursor holds."""
    cursor = (await _list(acme, "/Users", count=2, cursor=""))["nextCursor"]
    await _list(await world.client("other"), "/Users", count=2, cursor="")
    key = await fetch_one("SELECT secret FROM cursor_key WHERE tenant_id = $1", acme.tenant.id)
    await _list(acme, "/Users", count=2, cursor=cursor)
    same = await fetch_one("SELECT secret FROM cursor_key WHERE tenant_id = $1", acme.tenant.id)
    await execute("DELETE FROM cursor_key")

    assert key and same and key[0] == same[0] and len(key[0]) == 64
    assert await _refused(acme, "/Users", count=2, cursor=cursor) == (400, "invalidCursor")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"filter": "title pr", "sortBy": "title", "count": 2}, ["cem", "ana"]),
        ({"filter": 'emails[type eq "work"].value sw "e"'}, ["eve"]),
        ({"startIndex": 4}, ["dee", "eve"]),
        ({"attributes": ["userName"], "count": "1"}, ["ana"]),
        ({"attributes": "userName,title", "count": 1}, ["ana"]),
        ({"excludedAttributes": ["name", "emails"], "count": 1}, ["ana"]),
    ],
)
async def test_search(acme: Client, body: dict[str, Any], expected: list[str]) -> None:
    response = await acme.post("/Users/.search?filter=ignored", {"schemas": [SEARCH], **body})
    resources = response.json()["Resources"]

    assert (response.status_code, _names(response.json())) == (200, expected)
    for name in ("emails", "name"):
        assert all(
            (name in resource) is not ("attributes" in body or "excludedAttributes" in body) for resource in resources
        )
    assert all(resource["id"] and resource["schemas"] for resource in resources)


async def test_search_by_cursor(acme: Client) -> None:
    body = {"schemas": [SEARCH], "count": 3, "cursor": ""}
    first = (await acme.post("/Users/.search", body)).json()
    second = (await acme.post("/Users/.search/", body | {"cursor": first["nextCursor"]})).json()

    assert (_names(first), _names(second)) == (["ana", "ben", "cem"], ["dee", "eve"])
    assert "nextCursor" not in second


async def test_search_of_groups(acme: Client) -> None:
    body = {"schemas": [SEARCH], "sortBy": "displayName", "excludedAttributes": ["members"]}
    found = (await acme.post("/Groups/.search", body)).json()

    assert _names(found) == ["All", "Crew"]
    assert not [group for group in found["Resources"] if "members" in group]


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ({"filter": "nosuch pr"}, "invalidFilter"),
        ({"filter": 5}, "invalidValue"),
        ({"count": "x"}, "invalidValue"),
        ({"count": "x", "cursor": ""}, "invalidCount"),
        ({"startIndex": 1, "cursor": ""}, "invalidValue"),
        ({"cursor": "x"}, "invalidCursor"),
        ({"sortBy": "nosuch"}, "invalidValue"),
        ({"attributes": ["a"], "excludedAttributes": ["b"]}, "invalidValue"),
        ({"schemas": ["urn:other"]}, "invalidSyntax"),
    ],
)
@pytest.mark.parametrize("path", ["/Users/.search", "/.search"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_search_refused(world: World, path: str, body: dict[str, Any], scim_type: str) -> None:
    response = await (await world.client()).post(path, {"schemas": [SEARCH], **body})

    assert (response.status_code, response.json()["scimType"]) == (400, scim_type)


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        (None, ["ana", "ben", "cem", "dee", "eve", "Crew", "All"]),
        ("displayName pr", ["Crew", "All"]),
        ('userName sw "e" or displayName eq "crew"', ["eve", "Crew"]),
        ('not (userName sw "e")', ["ana", "ben", "cem", "dee", "Crew", "All"]),
        ('meta.resourceType eq "Group" and members pr', ["Crew", "All"]),
        ("members[type ne null]", ["Crew", "All"]),
        ("emails[primary eq true] and title eq null", ["ben"]),
        ("userName eq null", ["Crew", "All"]),
        (f'{GROUP}:displayName ne "All"', ["ana", "ben", "cem", "dee", "eve", "Crew"]),
        (f'schemas eq "{GROUP}"', ["Crew", "All"]),
    ],
)
async def test_the_base_uri_lists_users_then_groups(acme: Client, filter_text: str | None, expected: list[str]) -> None:
    query: dict[str, Any] = {"filter": filter_text} if filter_text else {}
    for count in (2, 5, 7):
        found: list[str] = []
        while len(found) < len(expected):
            page = await _list(acme, "/", **query, startIndex=len(found) + 1, count=count)
            assert page["totalResults"] == len(expected)
            assert page["itemsPerPage"] == min(count, len(expected) - len(found))
            found += _names(page)
        by_cursor = await _walk(acme, "/", **query, count=count)
        searched = (await acme.post("/.search", {"schemas": [SEARCH], "count": count, **query})).json()

        assert found == expected
        assert [name for page in by_cursor for name in _names(page)] == expected
        assert [len(page["Resources"]) for page in by_cursor[:-1]] == [count] * (len(by_cursor) - 1)
        assert by_cursor[-1]["Resources"]
        assert _names(searched) == expected[:count]


async def test_the_base_uri_counts_sums_and_projects(acme: Client) -> None:
    nothing = await _list(acme, "/", count=0)
    beyond = await _list(acme, "/", startIndex=8)
    shown = await _list(acme, "/", attributes="userName,members.type")

    assert (nothing["totalResults"], nothing["Resources"]) == (7, [])
    assert (beyond["totalResults"], beyond["Resources"], beyond["startIndex"]) == (7, [], 8)
    assert [sorted(resource) for resource in shown["Resources"]] == (
        [["id", "schemas", "userName"]] * 5 + [["id", "members", "schemas"]] * 2
    )
    assert shown["Resources"][5]["members"] == [{"type": "User"}] * 2


async def test_the_base_uri_has_no_order_of_its_own(acme: Client) -> None:
    response = await acme.get("/?sortBy=displayName")

    assert (response.status_code, response.json()["scimType"]) == (400, "invalidValue")
    assert "/Users/.search or /Groups/.search" in response.json()["detail"]


async def test_lists_keep_to_their_tenant(acme: Client, world: World) -> None:
    other = await world.client("other")

    for path in ("/Users", "/Groups", "/"):
        assert (await _list(other, path))["totalResults"] == 0
        assert (await _list(other, path, cursor=""))["totalResults"] == 0
        assert (await _list(other, path, filter='id pr or not (displayName eq "x")'))["totalResults"] == 0


async def test_who_is_not_signed_in_searches_nothing(acme: Client) -> None:
    for path in ("/.search", "/Users/.search", "/Groups/.search"):
        response = await acme.http.post(SCIM + path, json={"schemas": [SEARCH]})
        assert (response.status_code, response.json()["status"]) == (401, "401")
    assert (await acme.http.get(f"{SCIM}/")).status_code == 401


async def test_a_deleted_user_is_in_no_list(acme: Client) -> None:
    ana = (await _list(acme, "/Users", filter='userName eq "ana@x.example"'))["Resources"][0]["id"]
    await acme.delete(f"/Users/{ana}")

    for path in ("/Users", "/"):
        assert "ana" not in _names(await _list(acme, path, filter=f'id eq "{ana}" or title eq "b"'))
    assert _names(await _list(acme, "/Users", sortBy="title")) == ["cem", "eve", "dee", "ben"]
