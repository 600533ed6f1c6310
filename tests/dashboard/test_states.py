"""What stands in place of an answer: loading, refused, not there, lost and found again."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect
from tests.dashboard.browser import expect_console, hold_back, must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse, sign_in

_LOST = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "503")


async def test_a_lost_server_is_said_and_comes_back(page: Page, gatehouse: Gatehouse) -> None:
    expect_console(page, *_LOST)
    await page.goto("/admin/t/demo/users")
    await settle(page)
    gatehouse.server.terminate()
    try:
        await page.get_by_role("columnheader", name="userName").click()
        await expect(page.get_by_text("What you see may be out of date")).to_be_visible()
        await expect(page.get_by_text("Server lost")).to_be_visible()
        await must_be_accessible(page)
        await must_fit(page)
    finally:
        await asyncio.to_thread(gatehouse.server.start)

    await expect(page.get_by_text("All well")).to_be_visible()
    await expect(page.get_by_text("What you see may be out of date")).to_be_hidden()
    await expect(page.get_by_role("grid", name="Users").get_by_role("row")).to_have_count(51)


async def test_who_may_not_see_people_s_names_is_told(
    context: BrowserContext, stranger: Page, gatehouse: Gatehouse
) -> None:
    await sign_in(context, gatehouse.key("viewer", "demo"), gatehouse.base)

    await stranger.goto("/admin/t/demo/users")
    await expect(stranger.get_by_role("grid", name="Users").get_by_role("row")).to_have_count(51)
    await expect(stranger.get_by_role("main").get_by_role("searchbox")).to_be_hidden()

    await stranger.goto("/admin/t/demo/users?sort=name")

    await expect(stranger.get_by_text("This is not for you to see")).to_be_visible()
    await must_be_accessible(stranger)
    await must_fit(stranger)


async def test_another_tenant_is_not_there(context: BrowserContext, stranger: Page, gatehouse: Gatehouse) -> None:
    await sign_in(context, gatehouse.key("account-manager", "demo"), gatehouse.base)

    await stranger.goto("/admin/t/empty/users")
    await expect(stranger.get_by_text("There is no such tenant in your sight.")).to_be_visible()
    await stranger.goto("/admin/nowhere")
    await expect(stranger.get_by_text("There is no such page.")).to_be_visible()
    await must_be_accessible(stranger)


async def test_a_session_that_ends_asks_for_the_key_and_stays(
    page: Page, context: BrowserContext, gatehouse: Gatehouse
) -> None:
    expect_console(page, "401")
    await page.goto("/admin/t/demo/users")
    await settle(page)
    await context.clear_cookies()

    await page.get_by_role("columnheader", name="userName").click()

    await expect(page.get_by_text("Your session has ended.")).to_be_visible()
    await page.get_by_label("API key").fill(gatehouse.api_key)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Users")).to_be_visible()
    assert page.url.endswith("/users?sort=userName")


async def test_waiting_is_shown(page: Page) -> None:
    go_on = await hold_back(page)
    await page.goto("/admin/tenants")

    await expect(page.get_by_text("Loading tenants …")).to_be_visible()
    go_on.set()
    await expect(page.get_by_role("grid", name="Tenants")).to_be_visible()


async def test_theme_and_time_zone_are_remembered(page: Page) -> None:
    await page.goto("/admin/t/demo/users")
    await page.get_by_role("button", name="Signed in as").click()
    await page.get_by_role("menuitemradio", name="Dark").click()
    await page.get_by_role("button", name="Signed in as").click()
    await must_be_accessible(page)
    await page.get_by_role("menuitemradio", name="UTC").click()

    await page.reload()

    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.locator("time").first).to_have_attribute("title", re.compile("UTC$"))


async def test_an_old_answer_stays_and_is_said_to_be_old(page: Page) -> None:
    """The server is back, but not well yet: what was there stays."""
    expect_console(page, "503", "ERR_FAILED")
    await page.goto("/admin/t/demo/users")
    await settle(page)
    await page.route("**/readyz", lambda route: route.abort())
    await page.route("**/graphql", lambda route: route.fulfill(status=503))
    await page.get_by_role("columnheader", name="userName").click()
    await expect(page.get_by_text("Server lost")).to_be_visible()

    await page.unroute("**/readyz")

    await expect(page.get_by_text("All well")).to_be_visible()
    await expect(page.locator(".stale").first).to_be_visible()
    await expect(page.get_by_role("heading", name="Users")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)

    await page.unroute("**/graphql")
    await page.reload()
    await expect(page.get_by_role("grid", name="Users").get_by_role("row")).to_have_count(51)
    await expect(page.locator(".stale")).to_have_count(0)


async def test_what_failed_can_be_asked_for_again(page: Page) -> None:
    expect_console(page, "ERR_FAILED")

    async def fail(route: Route) -> None:
        await (route.abort() if "auditEntries" in (route.request.post_data or "") else route.continue_())

    await page.route("**/graphql", fail)
    await page.goto("/admin/t/demo/audit")

    await expect(page.locator(".state.failed")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)
    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("grid", name="Audit").get_by_role("row").nth(1)).to_be_visible()


async def test_a_page_whose_code_does_not_come_leaves_the_rest(page: Page) -> None:
    expect_console(page, "ERR_FAILED", "dynamically imported module", "The above error")
    await page.goto("/admin/t/demo/users")
    await settle(page)
    await page.route("**/assets/AuditPage*", lambda route: route.abort())

    await page.get_by_role("link", name="Audit").click()

    await expect(page.get_by_text("This page cannot be shown")).to_be_visible()
    await must_be_accessible(page)
    await page.get_by_role("link", name="Users").click()
    await expect(page.get_by_role("grid", name="Users").get_by_role("row")).to_have_count(51)
    await page.unroute("**/assets/AuditPage*")
    await page.get_by_role("link", name="Audit").click()
    await page.get_by_role("button", name="Load it again").click()
    await expect(page.get_by_role("heading", name="Audit")).to_be_visible()


async def test_who_types_with_pauses_loses_nothing(page: Page) -> None:
    """The search begins in the pause: the focus stays, and so does the space at the end."""
    await page.goto("/admin/tenants")
    field = page.get_by_role("banner").get_by_role("searchbox")
    await field.click()
    await page.keyboard.type("ana ", delay=20)
    await expect(page).to_have_url(re.compile(r"/admin/search\?q=ana$"))
    await settle(page)
    await page.keyboard.type("gar", delay=20)

    await expect(page).to_have_url(re.compile(r"/admin/search\?q=ana(\+|%20)gar$"))
    await expect(field).to_have_value("ana gar")
    await expect(field).to_be_focused()


async def test_without_a_clipboard_it_is_said(page: Page) -> None:
    """As over plain http, where browsers have none."""
    await page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await page.goto("/admin/t/demo/connection")

    await page.get_by_role("button", name="Copy").first.click()

    await expect(page.get_by_text("Select it and copy")).to_be_visible()


async def test_a_moment_that_is_none_counts_as_left_out(page: Page) -> None:
    await page.goto("/admin/t/demo/history?from=x&to=y")

    await expect(page.get_by_role("grid", name="History").get_by_role("row").nth(1)).to_be_visible()


PAGES = {
    "/tenants": "Tenants",
    "/keys": "API keys",
    "/search?q=ana": "“ana”",
    "/trace/some-request": "Trace of a request",
    "/t/demo/overview": "Overview",
    "/t/demo/users": "Users",
    "/t/demo/users/some-id": "User",
    "/t/demo/mapping": "Mapping",
    "/t/demo/mapping/versions": "Versions of the mapping",
    "/t/demo/mapping/plans/some-id": "A change of the mapping",
    "/t/demo/history": "History",
    "/t/demo/requests": "Requests",
    "/t/demo/trace/some-request": "Trace of a request",
    "/t/demo/connection": "Connection",
    "/t/demo/audit": "Audit",
    "/t/demo/exports": "Exports",
}
BEFORE_ANY_PAGE = ("query TenantInSight(", "query Permissions(")


@pytest.mark.parametrize("there", [True, False], ids=["the page's answer", "the tenant"])
async def test_a_page_has_its_heading_while_it_waits_for(page: Page, there: bool) -> None:
    """And is accessible while it waits."""

    async def hold(route: Route) -> None:
        if there and any(name in (route.request.post_data or "") for name in BEFORE_ANY_PAGE):
            await route.continue_()

    await page.route("**/graphql", hold)
    for path, heading in PAGES.items():
        await page.goto(f"/admin{path}")
        await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        await expect(page.get_by_text("Loading").first).to_be_visible()
    await page.wait_for_function("() => getComputedStyle(document.querySelector('.loading')).opacity === '1'")
    await must_be_accessible(page)


async def test_how_long_ago_something_was_grows_while_the_page_is_open(page: Page) -> None:
    await page.clock.install()
    await page.goto("/admin/t/demo/connection")
    contact = page.get_by_role("region", name="Last contact").locator("time").first
    await expect(contact).to_have_text(re.compile("^(now|[0-9]+ minutes? ago)$"))

    await page.clock.fast_forward("03:00:00")

    await expect(contact).to_have_text("3 hours ago")
