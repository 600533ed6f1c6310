"""Acceptance checks 37 to 41: pages, order and search."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.scim.answers import check_error
from tests.world import Client

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


async def _page(client: Client, query: str) -> dict[str, Any]:
    response = await client.get(f"/Users?{query}")
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]
