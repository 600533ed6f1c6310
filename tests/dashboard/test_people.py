"""Finding people, and reading why they have their access."""

from __future__ import annotations

from playwright.async_api import Page, expect
from tests.dashboard.browser import must_be_accessible, must_fit, settle


async def test_tenants_lead_to_their_users(page: Page) -> None:
    await page.goto("/admin/")
    await expect(page.get_by_role("grid", name="Tenants").get_by_role("row")).to_have_count(3)
    await must_be_accessible(page)
    await must_fit(page)

    await page.get_by_role("row", name="Demo Community").click()

    await expect(page.get_by_role("heading", name="Users")).to_be_visible()
    await expect(page.get_by_role("grid", name="Users").get_by_role("row")).to_have_count(51)


async def test_users_are_filtered_sorted_and_paged_by_the_address(page: Page) -> None:
    await page.goto("/admin/t/demo/users")
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)
    first = await page.get_by_role("row").nth(1).inner_text()

    await page.get_by_role("button", name="Next").click()
    await settle(page)
    assert "after=" in page.url
    assert await page.get_by_role("row").nth(1).inner_text() != first
    await page.go_back()
    await expect(page.get_by_role("row").nth(1)).to_contain_text(first.split("\n")[0])

    await page.get_by_role("columnheader", name="userName").click()
    await settle(page)
    names = await page.get_by_role("row").locator("td:nth-child(2)").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    assert "sort=userName" in page.url

    await page.get_by_role("button", name="Outcome").click()
    await page.get_by_role("option", name="unmapped").click()
    await page.keyboard.press("Escape")
    await settle(page)
    assert "outcome=UNMAPPED" in page.url


async def test_nobody_found_is_said(page: Page) -> None:
    await page.goto("/admin/t/demo/users?q=nobody-is-called-that")
    await expect(page.get_by_text("Nobody is like that.")).to_be_visible()
    await page.goto("/admin/t/empty/users")
    await expect(page.get_by_text("Entra ID has not provisioned anybody yet.")).to_be_visible()
    await must_be_accessible(page)


async def test_a_person_is_found_and_the_reason_read(page: Page) -> None:
    await page.goto("/admin/t/demo/users?outcome=MAPPED")
    await settle(page)
    name = (await page.get_by_role("rowheader").first.inner_text()).split("\n")[0].strip()
    await page.goto("/admin/")

    await page.get_by_role("searchbox", name="Name, e-mail, userName, externalId or request id").fill(name)
    await page.get_by_role("grid", name="People").get_by_role("row", name=name).first.click()

    await expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    await settle(page)
    assert name.split()[0] in await page.locator(".summary").inner_text() or "role" in await page.locator(".summary").inner_text()
    await expect(page.get_by_text("title was set by")).to_be_visible()
    await expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)
