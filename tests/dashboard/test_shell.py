"""What is around the pages: the search, the tenants, and where a chart leads."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect
from tests.dashboard.browser import expect_console, must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse
from tests.dashboard.scim import scim


@pytest.mark.parametrize("by", ["userName", "externalId", "e-mail"])
async def test_a_person_is_found_by_what_names_them(page: Page, gatehouse: Gatehouse, by: str) -> None:
    [person, *_] = [
        user
        for user in scim(gatehouse, "GET", "/Users?count=50").json()["Resources"]
        if user.get("externalId") and user.get("emails")
    ]
    text = person["emails"][0]["value"] if by == "e-mail" else person[by]
    await page.goto("/admin/tenants")

    await page.get_by_role("banner").get_by_role("searchbox").fill(text)

    await expect(page).to_have_url(re.compile("/admin/search"))
    await expect(page.get_by_role("main").get_by_text(person["userName"]).first).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)


async def test_a_request_of_no_tenant_has_a_page(page: Page) -> None:
    await page.goto("/admin/trace/no-such-request")
    await settle(page)

    await expect(page.get_by_role("main").get_by_role("heading").first).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)


async def test_another_tenant_is_chosen(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/history")
    await settle(page)
    await page.get_by_role("button", name="Demo Community").click()
    await page.get_by_role("option", name="Empty Community").click()

    await expect(page).to_have_url(re.compile(f"^{re.escape(gatehouse.base)}/admin/t/empty"))
    await expect(page.get_by_role("button", name="Empty Community")).to_be_visible()


@pytest.mark.parametrize("of", ["overview", "connection"])
async def test_a_bar_of_a_chart_leads_to_its_requests(page: Page, of: str) -> None:
    await page.goto(f"/admin/t/demo/{of}")
    bar = page.locator("figure.chart .recharts-bar-rectangle path").last
    await bar.wait_for()
    await settle(page)
    await bar.click(force=True)

    await expect(page).to_have_url(
        re.compile(r"/admin/t/demo/requests\?from=.+&to=.+&status=2&status=3$|requests\?from=.+&to=.+&status=[45]$")
    )
    await expect(page.get_by_role("grid", name="Requests").get_by_role("row").nth(1)).to_be_visible()


async def test_who_cannot_be_signed_out_is_told(page: Page) -> None:
    expect_console(page, "503")
    await page.goto("/admin/t/demo/mapping")
    await settle(page)
    await page.evaluate("sessionStorage.setItem('gatehouse-mapping-draft:x', '{}')")
    await page.route("**/admin/session", lambda route: route.fulfill(status=503, body="{}"))
    await page.get_by_role("button", name="Signed in as").click()
    await page.get_by_role("menuitem", name="Sign out").click()

    await expect(page.get_by_role("alert")).to_contain_text("You are still signed in")
    await must_be_accessible(page)
    await must_fit(page)

    await page.unroute("**/admin/session")
    await page.get_by_role("button", name="Signed in as").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_label("API key")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0


async def test_whether_somebody_is_signed_in_can_be_asked_again(page: Page) -> None:
    expect_console(page, "503")
    await page.route("**/admin/session", lambda route: route.fulfill(status=503, body="{}"))
    await page.goto("/admin/tenants")
    await expect(page.get_by_role("alert")).to_be_visible()

    await page.unroute("**/admin/session")
    await page.get_by_role("button", name="Try again").click()

    await expect(page.get_by_role("grid", name="Tenants")).to_be_visible()


async def test_a_date_that_is_being_typed_is_not_asked_for(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/history")
    await page.get_by_role("button", name=re.compile("^Time")).click()
    await page.get_by_label("From").fill("2020-01-01T12:00")
    await settle(page)
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/history")

    await page.get_by_label("Until").focus()

    await expect(page).to_have_url(re.compile(r"\?from=2020-01-01T"))
