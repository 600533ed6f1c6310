"""However many people there are, a page holds one page of them, asked for once (bench/dashboard.py measures 50,000)."""

from __future__ import annotations

import json
from collections import Counter

from playwright.async_api import Page, Request, expect
from tests.dashboard.browser import settle


async def test_the_list_of_users_is_one_page_asked_for_once(page: Page) -> None:
    asked: Counter[str] = Counter()

    def note(request: Request) -> None:
        if request.url.endswith("/graphql") and request.post_data:
            asked[json.loads(request.post_data)["operationName"]] += 1

    page.on("request", note)
    await page.goto("/admin/t/demo/users")
    await settle(page)

    rows = page.get_by_role("grid", name="Users").locator("tbody").get_by_role("row")
    await expect(rows).to_have_count(50)
    assert asked["Users"] == 1
    assert set(asked.values()) == {1}
