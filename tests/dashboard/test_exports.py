"""Files of a tenant's data: started, followed, fetched, deleted."""

from __future__ import annotations

import asyncio
import csv
import hashlib
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect
from tests.dashboard.browser import must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse, sign_in


async def test_an_export_is_made_fetched_and_deleted(page: Page) -> None:
    await page.goto("/admin/t/empty/exports")
    await expect(page.get_by_text("Nothing has been exported yet.")).to_be_visible()
    await page.goto("/admin/t/demo/exports")
    await page.get_by_role("button", name="Export", exact=True).click()

    row = page.get_by_role("grid", name="Exports").get_by_role("row").nth(1)
    await expect(row).to_contain_text("Users with their access")
    await expect(row.get_by_text("done")).to_be_visible()
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)
    async with page.expect_download() as downloading:
        await row.get_by_role("link", name="Download").click()
    download = await downloading.value
    content = await asyncio.to_thread(Path(await download.path()).read_bytes)
    sha256 = await row.locator("code").get_attribute("title")
    assert hashlib.sha256(content).hexdigest() == sha256
    assert f"{len(list(csv.reader(content.decode().splitlines()))) - 1} rows" in await row.inner_text()

    await row.get_by_role("button", name="Delete").click()
    await expect(row.get_by_role("link", name="Download")).to_have_count(0)


async def test_the_filters_of_a_page_are_those_of_its_export(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/users?status=DISABLED")
    await settle(page)
    shown = await page.get_by_role("grid", name="Users").get_by_role("row").count() - 1
    await page.get_by_role("button", name="Export").click()
    await expect(page.get_by_text("What matches the filters of the page")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)
    await page.get_by_role("dialog").get_by_role("button", name="Export").click()

    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/exports")
    row = page.get_by_role("grid", name="Exports").get_by_role("row").nth(1)
    await expect(row.get_by_text("done")).to_be_visible()
    await expect(row).to_contain_text(f"{shown} rows")


async def test_who_may_not_export_only_sees_what_there_is(
    stranger: Page, context: BrowserContext, gatehouse: Gatehouse
) -> None:
    await sign_in(context, gatehouse.key("account-manager"), gatehouse.base)
    await stranger.goto("/admin/t/demo/exports")
    await expect(stranger.get_by_role("heading", name="Exports")).to_be_visible()
    await settle(stranger)

    await expect(stranger.get_by_role("button", name="Export")).to_have_count(0)
    await expect(stranger.get_by_role("link", name="Download")).to_have_count(0)

    await stranger.goto("/admin/t/demo/users")
    await settle(stranger)
    await expect(stranger.get_by_role("button", name="Export")).to_have_count(0)
