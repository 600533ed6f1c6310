"""A request from end to end."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page, expect
from tests.bodies import patch_op, person
from tests.dashboard.browser import must_be_accessible, must_fit
from tests.dashboard.conftest import Gatehouse, sign_in
from tests.dashboard.scim import scim, until_there


async def test_a_refused_change_is_read_as_it_was_sent_and_understood(page: Page, gatehouse: Gatehouse) -> None:
    user = scim(gatehouse, "POST", "/Users", person("tess@corp.example", title="Leasing Agent")).json()
    scim(gatehouse, "POST", "/Users", person("tom@corp.example"))
    taken = patch_op({"op": "Replace", "path": "userName", "value": "tom@corp.example"})
    refused = scim(gatehouse, "PATCH", f"/Users/{user['id']}", taken)
    assert refused.status_code == 409
    request_id = refused.headers["X-Request-Id"]
    await page.goto(f"/admin/t/demo/trace/{request_id}")
    await until_there(page, page.get_by_text("As it was sent"))

    await expect(page.get_by_role("heading", name="Trace of a request")).to_be_visible()
    await expect(page.locator("code").filter(has_text=f"PATCH /Users/{user['id']}")).to_be_visible()
    await expect(page.locator("pre")).to_contain_text('"op": "Replace"')
    await expect(page.locator(".operations")).to_have_text("replace userName = tom@corp.example")
    await expect(page.locator(".callout")).to_contain_text("Find who has the name")
    await expect(page.get_by_text("Nobody's access changed.")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)

    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=gatehouse.base)
    await page.get_by_role("button", name="Copy as curl").click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"curl -X PATCH '{gatehouse.base}/scim/v2/Users/{user['id']}'")
    assert "Bearer $SCIM_TOKEN" in copied
    assert gatehouse.scim_token not in copied


async def test_a_request_id_leads_to_the_trace(page: Page, gatehouse: Gatehouse) -> None:
    made = scim(gatehouse, "POST", "/Users", person("tara@corp.example", title="Leasing Agent", userType="north"))
    request_id = made.headers["X-Request-Id"]
    await page.goto("/admin/tenants")

    await page.get_by_role("searchbox", name="request id").fill(request_id)
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/trace/{request_id}")
    access = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Access"))
    await expect(access.locator("ins").first).to_have_text("leasing-agent")
    await expect(access).to_contain_text("Groups gained")

    await page.get_by_role("link", name="tara@corp.example").first.click()
    await expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    await page.get_by_role("link", name=f"request {request_id}").first.click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/trace/{request_id}")


async def test_what_administrators_did_is_in_it(page: Page, gatehouse: Gatehouse) -> None:
    gatehouse.server.command("tenant", "update", "empty", "--request-retention-days", "29", "--reason", "rehearsal")
    await page.goto("/admin/t/empty/audit")
    await page.get_by_role("row").filter(has_text="rehearsal").first.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Trace of a request")).to_be_visible()
    await expect(page.get_by_text("No SCIM request goes by this id")).to_be_visible()
    await expect(page.locator(".steps")).to_contain_text("rehearsal")

    await page.goto("/admin/t/demo/trace/nobody-has-this-request-id")
    await expect(page.get_by_text("Nothing in your sight goes by this request id.")).to_be_visible()


async def test_who_may_not_see_what_was_sent_is_told(
    stranger: Page, context: BrowserContext, gatehouse: Gatehouse
) -> None:
    made = scim(gatehouse, "POST", "/Users", person("theo@corp.example"))
    await sign_in(context, gatehouse.key("viewer"), gatehouse.base)

    await stranger.goto(f"/admin/t/demo/trace/{made.headers['X-Request-Id']}")

    await expect(stranger.get_by_text("READ_RAW_REQUESTS")).to_be_visible()
    await expect(stranger.locator(".steps")).to_contain_text("Created")
    await must_be_accessible(stranger)
    await must_fit(stranger)
