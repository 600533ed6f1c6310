"""API keys: issued, replaced and ended by owners; not for others to see."""

from __future__ import annotations

import httpx
from playwright.async_api import BrowserContext, Page, expect
from tests.dashboard.browser import must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse, sign_in


def _viewer(gatehouse: Gatehouse, key: str) -> str | None:
    """Whose key it is; None if it is not accepted."""
    query = {"query": "{ viewer { name permissions } tenants { nodes { slug } } }"}
    answer = httpx.post(f"{gatehouse.base}/graphql", json=query, headers={"Authorization": f"Bearer {key}"}).json()
    if "errors" in answer:
        return None
    slugs = ",".join(tenant["slug"] for tenant in answer["data"]["tenants"]["nodes"])
    return f"{answer['data']['viewer']['name']}@{slugs}"


async def _issue(page: Page) -> str:
    """An account manager's key for one tenant."""
    await page.get_by_label("Whom or what it is for").fill("Nightly report")
    await page.get_by_role("button", name="What it may do").click()
    await page.get_by_role("option", name="Account manager").click()
    await page.get_by_role("button", name="Only in").click()
    await page.get_by_role("option", name="Empty Community").click()
    await page.keyboard.press("Escape")
    await page.get_by_label("Days until it ends").fill("30")
    await page.get_by_role("button", name="Issue a key").click()
    return await page.locator("code.secret").inner_text()


async def test_a_key_is_issued_replaced_and_ended(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/tenants")
    await page.get_by_role("link", name="API keys").click()
    await expect(page.get_by_role("grid", name="API keys")).to_be_visible()
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)

    first = await _issue(page)
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)
    assert _viewer(gatehouse, first) == "Nightly report@empty"
    row = page.get_by_role("row").filter(has_text="Nightly report")
    await expect(row).to_contain_text("Account manager")
    await expect(row).to_contain_text("Empty Community")

    await page.get_by_role("button", name="Replace Nightly report").click()
    await page.get_by_role("button", name="Issue its successor").click()
    await expect(page.locator("code.secret")).not_to_have_text(first)
    second = await page.locator("code.secret").inner_text()
    assert [_viewer(gatehouse, key) for key in (first, second)] == ["Nightly report@empty"] * 2
    await page.get_by_role("button", name="I have it").click()
    assert first not in await page.content() and second not in await page.content()

    for left in (1, 0):
        await page.get_by_role("button", name="Revoke Nightly report").first.click()
        await page.get_by_label("Why “Nightly report” ends now").fill("rehearsal")
        await page.get_by_role("button", name="End it now").click()
        await expect(page.get_by_role("button", name="Revoke Nightly report")).to_have_count(left)
    await page.wait_for_timeout(1_500)  # a key that was accepted is looked up again after a second
    assert [_viewer(gatehouse, key) for key in (first, second)] == [None, None]


async def test_keys_are_not_for_others(context: BrowserContext, stranger: Page, gatehouse: Gatehouse) -> None:
    await sign_in(context, gatehouse.key("connection-admin"), gatehouse.base)
    await stranger.goto("/admin/keys")
    await expect(stranger.get_by_text("This is not for you to see")).to_be_visible()
    await expect(stranger.get_by_role("button", name="Issue a key")).to_have_count(0)
    await must_be_accessible(stranger)
