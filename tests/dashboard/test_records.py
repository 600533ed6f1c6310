"""What happened, what was asked, and who did it: the lists of a tenant."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect
from tests.bodies import person
from tests.dashboard.browser import must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse, sign_in

SCIM_JSON = "application/scim+json"


def _scim(gatehouse: Gatehouse, method: str, path: str, token: str, body: object = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": SCIM_JSON}
    return httpx.request(method, f"{gatehouse.base}/scim/v2{path}", json=body, headers=headers)


@pytest.mark.parametrize("name", ["History", "Requests", "Audit", "Connection"])
async def test_pages_are_reached_and_fit(page: Page, name: str) -> None:
    await page.goto("/admin/t/demo/users")
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)


async def test_what_happened_leads_to_the_person(page: Page, gatehouse: Gatehouse) -> None:
    made = _scim(gatehouse, "POST", "/Users", gatehouse.scim_token, person("zoe@corp.example"))
    assert made.status_code == 201
    await page.goto("/admin/t/demo/history")
    await page.get_by_role("button", name="Kind").click()
    await page.get_by_role("option", name="Created").click()
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/history?action=CREATE")
    await settle(page)

    await page.get_by_role("link", name="zoe@corp.example").click()
    await expect(page.get_by_role("heading", name="Timeline")).to_be_visible()


async def test_a_refusal_says_what_to_do(page: Page, gatehouse: Gatehouse) -> None:
    body = person("yan@corp.example")
    assert _scim(gatehouse, "POST", "/Users", gatehouse.scim_token, body).status_code == 201
    assert _scim(gatehouse, "POST", "/Users", gatehouse.scim_token, body).status_code == 409

    await page.goto("/admin/t/demo/requests?status=4")
    row = page.get_by_role("row").filter(has_text="409").first
    for _ in range(10):  # the request log is written with a delay of a second
        await settle(page)
        if await row.count():
            break
        await page.reload()
    await expect(row).to_contain_text("Find who has the name")


async def test_a_token_is_issued_replaced_and_ended(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/empty/connection")
    await expect(page.get_by_text("There is no token yet")).to_be_visible()
    await page.get_by_label("What the new token is for").fill("Entra ID")
    await page.get_by_role("button", name="Issue a token").click()
    first = await page.locator("code.secret").inner_text()
    await must_be_accessible(page)
    assert _scim(gatehouse, "GET", "/Users", first).status_code == 200
    await must_be_accessible(page)
    await must_fit(page)

    await page.get_by_role("button", name="Replace Entra ID").click()
    await page.get_by_role("button", name="Issue its successor").click()
    await expect(page.locator("code.secret")).not_to_have_text(first)
    second = await page.locator("code.secret").inner_text()
    assert [_scim(gatehouse, "GET", "/Users", token).status_code for token in (first, second)] == [200, 200]
    kept = await page.evaluate("location.href + Object.values(localStorage) + Object.values(sessionStorage)")
    assert first not in kept and second not in kept
    await page.get_by_role("button", name="I have it").click()
    assert first not in await page.content() and second not in await page.content()

    for number in (2, 1):
        await page.get_by_role("button", name="Revoke Entra ID").first.click()
        await page.get_by_label("Why “Entra ID” ends now").fill("rehearsal")
        if number == 1:
            await page.get_by_role("button", name="End it now").click()
            await expect(page.get_by_text("last live token")).to_be_visible()
            await page.get_by_text("Even if it is the last one").click()
        await page.get_by_role("button", name="End it now").click()
        await expect(page.get_by_role("button", name="Revoke Entra ID")).to_have_count(number - 1)
    await page.wait_for_timeout(1_500)  # a token that was accepted is looked up again after a second
    assert [_scim(gatehouse, "GET", "/Users", token).status_code for token in (first, second)] == [401, 401]

    await page.goto("/admin/t/empty/audit")
    await expect(page.get_by_text("rehearsal").first).to_be_visible()


async def test_who_may_not_manage_credentials_sees_no_tokens(
    stranger: Page, context: BrowserContext, gatehouse: Gatehouse
) -> None:
    await sign_in(context, gatehouse.key("viewer"), gatehouse.base)
    await stranger.goto("/admin/t/demo/connection")
    await expect(stranger.get_by_role("heading", name="Last contact")).to_be_visible()
    await expect(stranger.get_by_role("heading", name="Tokens")).to_have_count(0)

    await stranger.goto("/admin/t/demo/requests")
    await settle(stranger)
    await expect(stranger.get_by_text("This is not for you to see")).to_be_visible()
