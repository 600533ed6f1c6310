"""What happened, and what happens: filters, the event at the side, and the list that follows live."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Page, expect
from tests.bodies import patch_op, person
from tests.dashboard.browser import expect_console, must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse
from tests.dashboard.scim import scim

_LOST = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "503", "WebSocket connection")


async def test_an_event_is_read_at_the_side_and_narrows_the_list(page: Page, gatehouse: Gatehouse) -> None:
    user = scim(gatehouse, "POST", "/Users", person("hana@corp.example", title="Leasing Agent")).json()
    changed = patch_op({"op": "Replace", "path": "title", "value": "Regional Manager"})
    assert scim(gatehouse, "PATCH", f"/Users/{user['id']}", changed).status_code == 200
    await page.goto("/admin/t/demo/history?changed=title&action=UPDATE")
    await page.get_by_role("row").filter(has_text="hana@corp.example").get_by_role("gridcell").nth(1).click()

    drawer = page.get_by_role("dialog", name="What happened")
    await expect(drawer.locator(".diff").first).to_contain_text("leasing-agent")
    await expect(drawer.locator(".diff").nth(1)).to_contain_text("Regional Manager")
    await expect(page).to_have_url(re.compile(r"event="))
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)
    await page.reload()
    await expect(drawer.get_by_role("link", name="request ")).to_be_visible()

    await drawer.get_by_role("button", name="This person").click()
    await expect(drawer).to_be_hidden()
    await expect(page).to_have_url(re.compile(r"user="))
    await expect(page.get_by_role("grid", name="History").get_by_role("row")).to_have_count(2)
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/history")


async def test_every_filter_stands_in_the_address(page: Page, gatehouse: Gatehouse) -> None:
    scim(gatehouse, "POST", "/Users", person("hugo@corp.example"))
    await page.goto("/admin/t/demo/history")

    await page.get_by_role("button", name="Severity").click()
    await page.get_by_role("option", name="warning").click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/history?severity=WARNING")
    await page.keyboard.press("Escape")  # closes, and leaves what was chosen
    await page.get_by_role("button", name="More").click()
    await page.get_by_label("userName or displayName").fill("hugo@")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/history?severity=WARNING&name=hugo%40")
    await must_fit(page)
    await page.keyboard.press("Escape")
    await must_be_accessible(page)
    await expect(page.get_by_role("grid", name="History").get_by_role("row")).to_have_count(2)

    await page.get_by_role("button", name="Time").click()
    await page.get_by_label("Until").fill("2020-01-01T12:00")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Nothing is like that.")).to_be_visible()
    assert "to=2020-01-01T11" in page.url


async def test_a_live_event_enters_while_nobody_reads(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/history")
    await page.get_by_role("button", name="Live").click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/history?live=yes")
    await expect(page.get_by_text("Following what happens")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)

    scim(gatehouse, "POST", "/Users", person("lena@corp.example"))

    first = page.get_by_role("grid", name="History").get_by_role("row").nth(1)
    await expect(first).to_contain_text("lena@corp.example")


async def test_rows_stay_where_they_are_while_somebody_reads(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/history?live=yes")
    first = page.get_by_role("grid", name="History").get_by_role("row").nth(1)
    await first.hover()
    seen = await first.inner_text()
    where = await first.bounding_box()

    for name in ("luis", "lara", "liam"):
        scim(gatehouse, "POST", "/Users", person(f"{name}@corp.example"))

    bar = page.get_by_role("button", name="3 new events")
    await expect(bar).to_be_visible()
    assert (await first.inner_text(), await first.bounding_box()) == (seen, where)
    await expect(page.get_by_role("link", name="liam@corp.example")).to_have_count(0)
    await must_be_accessible(page)
    await must_fit(page)

    await bar.click()
    await expect(first).to_contain_text("liam@corp.example")
    await expect(page.get_by_role("link", name="luis@corp.example")).to_have_count(1)
    await expect(page.get_by_text("Following what happens")).to_be_visible()


async def test_a_lost_connection_loses_no_event(page: Page, gatehouse: Gatehouse) -> None:
    expect_console(page, *_LOST)
    await page.goto("/admin/t/demo/history?live=yes")
    await expect(page.get_by_text("Following what happens")).to_be_visible()
    scim(gatehouse, "POST", "/Users", person("mona@corp.example"))
    await expect(page.get_by_role("link", name="mona@corp.example")).to_be_visible()

    gatehouse.server.terminate()
    await asyncio.to_thread(gatehouse.server.start)
    scim(gatehouse, "POST", "/Users", person("milo@corp.example"))  # mostly before the page is back

    await expect(page.get_by_role("link", name="milo@corp.example")).to_have_count(1, timeout=20_000)
    await expect(page.get_by_role("link", name="mona@corp.example")).to_have_count(1)
    scim(gatehouse, "POST", "/Users", person("mara@corp.example"))
    await expect(page.get_by_role("link", name="mara@corp.example")).to_have_count(1)
