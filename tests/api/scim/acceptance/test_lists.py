"""Acceptance checks 37 to 41: pages, order and search."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.scim.answers import LIST_RESPONSE, check_error
from tests.bodies import USER
from tests.world import Client

_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_FIVE = [f"user{number}@x" for number in range(1, 6)]


@pytest.fixture
async def five(entra: Client) -> Client:
    """The tenant with five users."""
    for name in _FIVE:
        await entra.create(name)
    return entra


async def test_check_37(five: Client) -> None:
    """Pages hold everybody once; an index below 1 means 1 (RFC 7644 §3.4.2.4)."""
    pages = [await _page(five, f"startIndex={start}&count=2") for start in (0, 3, 5)]

    assert [page["startIndex"] for page in pages] == [1, 3, 5]
    assert [page["itemsPerPage"] for page in pages] == [2, 2, 1]
    assert {page["totalResults"] for page in pages} == {5}
    assert [user["userName"] for page in pages for user in page["Resources"]] == _FIVE


@pytest.mark.parametrize(
    ("query", "rows"),
    [("count=0", 0), ("count=-1", 0), (f"count={10**30}", 5), ("startIndex=999", 0), (f"startIndex={10**30}", 0)],
)
async def test_check_38(five: Client, query: str, rows: int) -> None:
    """Odd pages are pages all the same; what is no number is refused."""
    page = await _page(five, query)

    assert (page["totalResults"], page["itemsPerPage"], len(page["Resources"])) == (5, rows, rows)
    check_error(await five.get("/Users?count=abc"), 400, "invalidValue")
    check_error(await five.get("/Users?startIndex=1.5"), 400, "invalidValue")


async def test_check_39(entra: Client) -> None:
    """Descending, whoever lacks the attribute comes first; ascending, last (RFC 7644 §3.4.2.3)."""
    for name, title in (("b", "beta"), ("none", None), ("a", "Alpha")):
        await entra.create(name, title=title)

    down = await _page(entra, "sortBy=title&sortOrder=descending")
    up = await _page(entra, "sortBy=TITLE")

    assert [user["userName"] for user in down["Resources"]] == ["none", "b", "a"]
    assert [user["userName"] for user in up["Resources"]] == ["a", "b", "none"]
    check_error(await entra.get("/Users?sortBy=title&sortOrder=sideways"), 400, "invalidValue")


async def test_check_40(five: Client, other: Client) -> None:
    """Cursors lead once through everybody (RFC 9865), and open nothing else."""
    first = await _page(five, "cursor&count=2")
    pages, cursors = [first], []
    while "nextCursor" in pages[-1]:
        cursors.append(pages[-1]["nextCursor"])
        pages.append(await _page(five, f"cursor={cursors[-1]}&count=2"))

    assert [len(page["Resources"]) for page in pages] == [2, 2, 1]
    assert [user["userName"] for page in pages for user in page["Resources"]] == _FIVE
    assert first["totalResults"] == 5
    for client, query in (
        (five, f"cursor={cursors[0]}&count=2&filter=title%20pr"),
        (five, f"cursor={cursors[0][:-1]}&count=2"),
        (other, f"cursor={cursors[0]}&count=2"),
    ):
        check_error(await client.get(f"/Users?{query}"), 400, "invalidCursor")


@pytest.mark.parametrize("path", ["/Users/.search", "/.search"])
async def test_check_41(five: Client, path: str) -> None:
    """The same by POST."""
    asked = {"filter": 'userName sw "user"', "attributes": ["userName"], "startIndex": 2, "count": 1}
    response = await five.post(path, {"schemas": [_SEARCH_REQUEST], **asked})
    (found,) = response.json()["Resources"]

    assert (response.status_code, response.json()["schemas"]) == (200, [LIST_RESPONSE])
    assert (response.json()["totalResults"], response.json()["startIndex"]) == (5, 2)
    assert found == {"schemas": [USER], "id": found["id"], "userName": "user2@x"}


async def _page(client: Client, query: str) -> dict[str, Any]:
    response = await client.get(f"/Users?{query}")
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]
