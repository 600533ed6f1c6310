"""What Entra ID asked, and what a refusal means."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect
from tests.bodies import patch_op, person
from tests.dashboard.browser import must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse
from tests.dashboard.scim import scim, until_there


async def test_a_request_is_read_as_it_was_sent_beside_how_it_was_read(page: Page, gatehouse: Gatehouse) -> None:
    user = scim(gatehouse, "POST", "/Users", person("rita@corp.example")).json()
    scim(gatehouse, "POST", "/Users", person("rolf@corp.example"))
    taken = patch_op({"op": "Replace", "path": "userName", "value": "rolf@corp.example"})
    refused = scim(gatehouse, "PATCH", f"/Users/{user['id']}", taken)
    assert refused.status_code == 409
    await page.goto(f"/admin/t/demo/requests?operation=PATCH_USER&type=uniqueness&subject={user['id']}")
    row = page.get_by_role("row").filter(has_text="409")
    await until_there(page, row)

    await row.get_by_role("gridcell").first.click()

    drawer = page.get_by_role("dialog", name="Request")
    await expect(drawer.locator("pre")).to_contain_text('"op": "Replace"')
    await expect(drawer.locator(".operations")).to_have_text("replace userName = rolf@corp.example")
    await expect(drawer.locator(".callout")).to_contain_text("Find who has the name")
    await expect(drawer.get_by_role("button", name="Copy as curl")).to_be_visible()
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)

    await drawer.get_by_role("link", name="request ").click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/trace/{refused.headers['X-Request-Id']}")


async def test_requests_are_narrowed_by_the_address(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/requests")
    await page.get_by_role("button", name="Operation").click()
    await page.get_by_role("option", name="Delete a group").click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/requests?operation=DELETE_GROUP")
    await page.keyboard.press("Escape")
    await settle(page)
    assert set(await page.get_by_role("rowheader").locator("code").all_inner_texts()) == {"DELETE /Groups/{id}"}
    await must_be_accessible(page)
    await must_fit(page)

    await page.get_by_role("button", name="More").click()
    await page.get_by_label("Took at least").fill("99999")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("slower=99999"))
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("No request is like that.")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/requests")
