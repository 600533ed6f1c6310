"""How tenants are: the list of them, the overview of one, and its connection with Entra ID."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect
from tests.bodies import person
from tests.dashboard.browser import must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse, sign_in

_NOBODY = "00000000-0000-4000-8000-000000000000"


def _probe(gatehouse: Gatehouse, token: str, path: str, attribute: str) -> int:
    """What Test Connection asks for."""
    asked = {"filter": f'{attribute} eq "{_NOBODY}"'}
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{gatehouse.base}/scim/v2{path}", params=asked, headers=headers).status_code


def _create(gatehouse: Gatehouse, token: str, name: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    return httpx.post(f"{gatehouse.base}/scim/v2/Users", json=person(name), headers=headers).status_code


@pytest.mark.parametrize("tenant", ["demo", "empty"])
async def test_the_overview_is_where_a_tenant_begins(page: Page, gatehouse: Gatehouse, tenant: str) -> None:
    await page.goto(f"/admin/t/{tenant}")
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/{tenant}/overview")
    await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)


async def test_figures_lead_to_what_is_behind_them(page: Page, gatehouse: Gatehouse) -> None:
    assert (
        _create(gatehouse, gatehouse.scim_token, f"counted-{uuid4()}@corp.example") == 201
    )  # the last cycle may be long ago
    await page.goto("/admin/t/demo/overview")
    await settle(page)
    created = page.locator("dt", has_text="Created").locator("xpath=../dd/a")
    number = int(await created.inner_text())
    assert number >= 1
    assert "action=CREATE" in (await created.get_attribute("href") or "")

    await created.click()
    await settle(page)
    await expect(page.get_by_role("grid", name="History").get_by_role("row")).to_have_count(min(number, 50) + 1)
    await page.go_back()
    await settle(page)

    chart = page.get_by_role("figure").filter(has_text="Requests of Entra ID by outcome")
    await chart.get_by_role("button", name="As a table").click()
    last = chart.get_by_role("row").last.get_by_role("button")
    series = await chart.get_by_role("columnheader").all_inner_texts()
    place = series.index("succeeded (requests)") - 1
    count = int(await last.nth(place).inner_text())
    await last.nth(place).click()

    await expect(page).to_have_url(re.compile(r"/admin/t/demo/requests\?from=.+&to=.+&status=2&status=3$"))
    await settle(page)
    answered = parse_qs(urlsplit(page.url).query)
    rows = page.get_by_role("grid", name="Requests").get_by_role("row")
    assert answered["from"] < answered["to"]
    await expect(rows).to_have_count(min(count, 50) + 1)
    await page.get_by_role("button", name=re.compile("^Time")).click()
    await page.get_by_role("button", name="Any time").click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/requests?status=2&status=3")


async def test_the_range_stands_in_the_address(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/overview")
    await page.get_by_role("button", name="How far back").click()
    await page.get_by_role("option", name="Last hour").click()

    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/overview?range=HOUR")


async def test_values_without_a_rule_lead_to_the_mapping(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/overview")
    first = page.get_by_role("list", name="Users by value without a rule").get_by_role("listitem").first
    assert int(await first.locator(".share-count").inner_text()) > 0

    await page.get_by_role("link", name="Map them").click()

    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/mapping")


async def test_tenants_say_how_they_are(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/tenants?q=empty")
    await settle(page)
    [row] = await page.get_by_role("grid", name="Tenants").locator("tbody").get_by_role("row").all()
    await expect(row).to_contain_text("Empty Community")

    await page.goto("/admin/tenants")
    await settle(page)
    demo = page.get_by_role("row").filter(has_text="Demo Community")
    await expect(demo.locator("time").first).to_be_visible()
    await page.get_by_role("columnheader", name="Tenant").click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/tenants?desc=yes")
    await settle(page)
    rows = page.get_by_role("grid", name="Tenants").locator("tbody").get_by_role("row")
    slugs = [await row.get_attribute("data-href") or "" for row in await rows.all()]
    assert {"/admin/t/demo", "/admin/t/empty"} <= set(slugs)
    assert slugs == sorted(slugs, reverse=True)
    await must_be_accessible(page)
    await must_fit(page)


async def test_until_somebody_comes_there_is_a_list_of_what_to_do(page: Page, gatehouse: Gatehouse) -> None:
    gatehouse.server.command("tenant", "create", "fresh", "--name", "Fresh Community")
    token = gatehouse.server.command("token", "issue", "fresh", "--label", "Entra ID")
    await page.goto("/admin/t/fresh/overview")
    step = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Test Connection, then Save"))
    await expect(step).not_to_contain_text("(done)")
    await expect(page.get_by_text(f"{gatehouse.base}/scim/v2")).to_be_visible()
    await expect(page.get_by_role("region", name="Attribute mappings")).to_contain_text("userPrincipalName")
    issued = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Issue a Secret Token"))
    await expect(issued).to_contain_text("(done)")

    await step.get_by_role("link", name="Connection").click()
    await page.get_by_role("button", name="Wait for it").click()
    await expect(page.get_by_text("Waiting for Test Connection")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)
    assert _probe(gatehouse, token, "/Users", "userName") == 200
    await expect(page.get_by_text("Entra ID is here; waiting for the rest")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="GET /Users")).to_contain_text("200")
    assert _probe(gatehouse, token, "/Groups", "displayName") == 200
    await expect(page.get_by_text("save there now")).to_be_visible()

    await page.goto("/admin/t/fresh/overview")
    await expect(step).to_contain_text("(done)")
    assert _create(gatehouse, token, "first@corp.example") == 201
    await page.reload()
    await expect(page.get_by_role("heading", name="The last cycle")).to_be_visible()
    await expect(page.get_by_role("heading", name="Connecting Entra ID")).to_have_count(0)


async def test_a_refused_token_is_seen_while_testing(page: Page, gatehouse: Gatehouse) -> None:
    gatehouse.server.command("tenant", "create", "wrong", "--name", "Wrong Community")
    token = gatehouse.server.command("token", "issue", "wrong", "--label", "Entra ID")
    await page.goto("/admin/t/wrong/connection")
    await page.get_by_role("button", name="Revoke Entra ID").click()
    await page.get_by_label("Why “Entra ID” ends now").fill("rehearsal")
    await page.get_by_text("Even if it is the last one").click()
    await page.get_by_role("button", name="End it now").click()
    await expect(page.get_by_role("button", name="Revoke Entra ID")).to_have_count(0)

    await page.get_by_role("button", name="Wait for it").click()
    assert _probe(gatehouse, token, "/Users", "userName") == 401
    await expect(page.get_by_text("something was refused")).to_be_visible(timeout=20_000)  # stored within 5 s
    await expect(page.get_by_text("the token “Entra ID” was refused: revoked")).to_be_visible()
    await page.reload()  # it stands in the address
    await expect(page.get_by_text("the token “Entra ID” was refused: revoked")).to_be_visible()
    await must_be_accessible(page)

    await page.goto("/admin/t/wrong/overview")
    await expect(page.get_by_text("probably quarantined")).to_be_visible()
    await expect(page.get_by_text("A token of this tenant was refused")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)


async def test_cycles_lead_to_what_happened(page: Page) -> None:
    await page.goto("/admin/t/demo/connection")
    grid = page.get_by_role("grid", name="Cycles")
    await expect(grid.locator("tbody").get_by_role("row").first).to_be_visible()
    await grid.locator("tbody").get_by_role("row").first.get_by_role("link").first.click()

    await expect(page).to_have_url(re.compile(r"/admin/t/demo/history\?from=.+&to=.+$"))


async def test_figures_without_requests_for_who_may_not_see_them(
    context: BrowserContext, stranger: Page, gatehouse: Gatehouse
) -> None:
    await sign_in(context, gatehouse.key("account-manager", "demo"), gatehouse.base)
    await stranger.goto("/admin/t/demo/overview")
    await expect(stranger.get_by_role("heading", name="Commonest errors")).to_be_visible()
    await settle(stranger)
    chart = stranger.get_by_role("figure").filter(has_text="Requests of Entra ID by outcome")
    await chart.get_by_role("button", name="As a table").click()
    await expect(chart.get_by_role("row").last).to_be_visible()
    await expect(chart.get_by_role("row").get_by_role("button")).to_have_count(0)

    await stranger.goto("/admin/t/demo/connection")
    await expect(stranger.get_by_role("grid", name="Cycles")).to_be_visible()
    await expect(stranger.get_by_role("heading", name="Test Connection")).to_have_count(0)
