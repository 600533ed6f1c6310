"""Signing in and out, as somebody does who has a key."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, expect
from tests.dashboard.browser import expect_console, hold_back, must_be_accessible, must_fit
from tests.dashboard.conftest import Gatehouse


async def test_a_key_opens_the_page_that_was_asked_for(stranger: Page, gatehouse: Gatehouse) -> None:
    await stranger.goto("/admin/t/demo/users?status=DISABLED")
    await expect(stranger.get_by_role("heading", name="Sign in to Gatehouse")).to_be_visible()
    await must_be_accessible(stranger)
    await must_fit(stranger)

    await stranger.get_by_label("API key").fill(gatehouse.api_key)
    await stranger.keyboard.press("Enter")

    await expect(stranger.get_by_role("heading", name="Users")).to_be_visible()
    assert stranger.url == f"{gatehouse.base}/admin/t/demo/users?status=DISABLED"
    assert (
        await stranger.evaluate("document.cookie + Object.values(localStorage) + Object.values(sessionStorage)") == ""
    )


async def test_a_wrong_key_is_refused_in_words(stranger: Page) -> None:
    expect_console(stranger, "401")
    await stranger.goto("/admin/")

    await stranger.get_by_label("API key").fill("gth_api_nonsense")
    await stranger.keyboard.press("Enter")

    await expect(stranger.get_by_text("The API key is not valid")).to_be_visible()
    await must_be_accessible(stranger)


async def test_signing_out_ends_it(page: Page) -> None:
    await page.goto("/admin/tenants")
    await page.get_by_role("button", name="Signed in as").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in to Gatehouse")).to_be_visible()

    await page.reload()

    await expect(page.get_by_role("heading", name="Sign in to Gatehouse")).to_be_visible()


async def test_signing_out_comes_after_what_was_asked(page: Page) -> None:
    """What reaches the server after the session has ended would be refused, and the page say that it had ended by itself."""
    go_on = await hold_back(page)
    await page.goto("/admin/tenants")
    await expect(page.get_by_text("Loading tenants …")).to_be_visible()
    await page.get_by_role("button", name="Signed in as").click()
    async with page.expect_response("**/graphql") as answer:
        await page.get_by_role("menuitem", name="Sign out").click()
        await asyncio.sleep(0.2)  # the session would be ended by now
        go_on.set()

    assert (await answer.value).ok
    await expect(page.get_by_role("heading", name="Sign in to Gatehouse")).to_be_visible()
    await expect(page.get_by_text("Your session has ended")).not_to_be_visible()
