"""Finding people, and reading why they have their access."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect
from tests.dashboard.browser import must_be_accessible, must_fit, settle
from tests.dashboard.conftest import Gatehouse


async def test_tenants_lead_to_their_users(page: Page) -> None:
    await page.goto("/admin/")
    for name in ("Demo Community", "Empty Community"):
        await expect(page.get_by_role("grid", name="Tenants").get_by_role("row", name=name)).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)

    await page.get_by_role("row", name="Demo Community").click()

    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    await page.get_by_role("navigation").get_by_role("link", name="Users").click()
    await expect(page.get_by_role("grid", name="Users").get_by_role("row")).to_have_count(51)


async def test_users_are_filtered_sorted_and_paged_by_the_address(page: Page) -> None:
    await page.goto("/admin/t/demo/users")
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)
    first = await page.get_by_role("rowheader").first.inner_text()

    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("grid").get_by_role("row").nth(1)).not_to_contain_text(first)
    assert "after=" in page.url
    await page.go_back()
    await expect(page.get_by_role("grid").get_by_role("row").nth(1)).to_contain_text(first)

    await page.get_by_role("columnheader", name="userName").click()
    await expect(page.get_by_role("columnheader", name="userName")).to_have_attribute("aria-sort", "ascending")
    await settle(page)
    assert page.url.endswith("?sort=userName")
    names = await page.locator("td:nth-child(2)").all_inner_texts()
    assert names == sorted(names, key=str.lower)

    await page.get_by_role("button", name="Outcome").click()
    await page.get_by_role("option", name="unmapped").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Outcome: unmapped")).to_be_visible()
    await settle(page)
    assert page.url.endswith("?outcome=UNMAPPED&sort=userName")
    assert set(await page.locator("td:nth-child(4) .badge").all_inner_texts()) == {"unmapped"}
    await must_be_accessible(page)


async def test_each_value_of_a_filter_says_how_many_it_leaves(page: Page) -> None:
    await page.goto("/admin/t/demo/users?status=DISABLED")
    await settle(page)
    disabled = await page.get_by_role("grid", name="Users").get_by_role("row").count() - 1

    await page.get_by_role("button", name="Status").click()
    await expect(page.get_by_role("option", name="disabled")).to_contain_text(f"{disabled}")
    active = (await page.get_by_role("option").filter(has_text=re.compile("^active")).inner_text()).split()[-1]
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Outcome").click()
    await expect(page.get_by_role("option", name="inactive")).to_contain_text(f"{disabled}")
    await expect(page.get_by_role("option").filter(has_text=re.compile("^mapped"))).to_have_text("mapped0")
    await page.keyboard.press("Escape")

    await page.goto("/admin/t/demo/users?status=ACTIVE")
    await expect(page.get_by_role("status").filter(has_text=f"{active} users")).to_be_visible()


async def test_nobody_found_is_said(page: Page) -> None:
    await page.goto("/admin/t/demo/users?q=nobody-is-called-that")
    await expect(page.get_by_text("Nobody is like that.")).to_be_visible()
    await page.goto("/admin/t/empty/users")
    await expect(page.get_by_text("Entra ID has not provisioned anybody yet.")).to_be_visible()
    await must_be_accessible(page)


async def test_a_person_is_found_and_the_reason_read(page: Page) -> None:
    await page.goto("/admin/t/demo/users?outcome=MAPPED")
    await settle(page)
    name = await page.get_by_role("rowheader").first.inner_text()
    await page.goto("/admin/")

    await page.get_by_role("searchbox", name="Name, e-mail, userName, externalId or request id").fill(name)
    await page.get_by_role("grid", name="People").get_by_role("row", name=name).first.click()

    await expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    await settle(page)
    await expect(page.locator(".summary")).to_contain_text(f"{name} has role")
    await expect(page.locator(".summary")).to_contain_text(
        re.compile(r", because Demo sent title “.+” on \d+ .+; rule “.+” of mapping version \d+\.")
    )
    await expect(page.get_by_text("title was set by")).to_be_visible()
    await expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)


async def test_why_not_and_as_of_stand_in_the_address(page: Page) -> None:
    await page.goto("/admin/t/demo/users?outcome=UNMAPPED&status=ACTIVE")
    await page.get_by_role("grid").get_by_role("row").nth(1).click()

    await page.get_by_role("button", name="Role or employee group").click()
    await page.get_by_role("option", name="Regional Manager").click()
    await expect(page.get_by_text("It would be given by:")).to_be_visible()
    await page.get_by_label("As of").fill("2020-01-01T12:00")
    await page.keyboard.press("Enter")
    await expect(page.locator(".summary")).to_contain_text("was not provisioned yet")
    await must_be_accessible(page)

    await page.reload()

    assert "not=role" in page.url and "at=2020-01-01T11" in page.url
    await expect(page.locator(".summary")).to_contain_text("was not provisioned yet")


async def test_a_guest_s_long_name_fits(page: Page) -> None:
    await page.goto("/admin/t/demo/users?q=%23EXT%23")
    await page.get_by_role("grid", name="Users").get_by_role("row").nth(1).click()
    await expect(page.get_by_role("heading", name="Attributes")).to_be_visible()
    await expect(page.get_by_role("main").get_by_text("#EXT#").first).to_be_visible()
    await must_fit(page)


async def test_an_exception_is_made_and_ended(page: Page) -> None:
    await page.goto("/admin/t/demo/users?outcome=UNMAPPED&status=ACTIVE")
    await page.get_by_role("grid").get_by_role("row").nth(1).click()
    await page.get_by_role("button", name="Make one").click()
    await must_be_accessible(page)

    await page.get_by_role("button", name="As the rules say Role").click()
    await page.get_by_role("option", name="Regional Manager").click()
    await page.get_by_role("button", name="Add groups").click()
    await page.get_by_role("option", name="North").click()
    await page.get_by_role("option", name="South").click()
    await page.keyboard.press("Escape")
    await page.get_by_label("Until").fill("2020-01-01T12:00")
    await page.get_by_role("textbox", name="Why").fill("Stands in for Ana")
    await page.get_by_role("button", name="Make the exception").click()
    await expect(page.get_by_role("alert")).to_be_visible()  # an end in the past
    soon = await page.evaluate("new Date(Date.now() + 864e5).toISOString().slice(0, 16)")
    await page.get_by_label("Until").fill(soon)
    await page.get_by_role("button", name="Make the exception").click()

    await expect(page.locator(".summary")).to_contain_text("Regional Manager")
    await expect(page.get_by_text("Stands in for Ana").first).to_be_visible()
    exception = page.get_by_role("region", name="Exception")
    await expect(exception).to_contain_text("Groups addedNorth, South")
    await page.reload()
    await expect(exception).to_contain_text("Stands in for Ana")
    await must_be_accessible(page)
    await must_fit(page)
    await page.get_by_role("button", name="Replace").click()
    await expect(page.get_by_role("button", name="Add groups: North, South")).to_be_visible()
    await page.get_by_role("button", name="Cancel").click()
    await _end_the_exception(page)


async def _end_the_exception(page: Page) -> None:
    await page.get_by_role("button", name="End it now").click()
    await must_be_accessible(page)
    await page.get_by_role("textbox", name="Why it ends").fill("Ana is back")
    await page.get_by_role("button", name="End the exception").click()
    await expect(page.get_by_text("None: the rules decide.")).to_be_visible()
    await page.goto("/admin/t/demo/audit")
    await expect(page.get_by_text("Ana is back").first).to_be_visible()


async def test_a_person_leads_to_their_events_and_requests(page: Page, gatehouse: Gatehouse) -> None:
    await page.goto("/admin/t/demo/users?outcome=MAPPED")
    await page.get_by_role("grid").get_by_role("row").nth(1).click()
    await page.get_by_role("link", name="All events").click()
    await expect(page).to_have_url(re.compile(r"/history\?user="))
    await expect(page.get_by_role("button", name="Do not ask for Only one person")).to_be_visible()
    events = page.get_by_role("grid", name="History").get_by_role("row")
    await expect(events.filter(has_text="Created")).to_have_count(1)

    await page.go_back()
    scim_id = await page.locator("dd.mono").inner_text()
    await page.get_by_role("link", name="Requests").last.click()
    await expect(page).to_have_url(f"{gatehouse.base}/admin/t/demo/requests?subject={scim_id}")


async def test_the_keyboard_alone_leads_to_a_person(page: Page) -> None:
    await page.goto("/admin/t/demo/users")
    await settle(page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")

    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.closest('[role=grid]') !== null"):
            break
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    await expect(page.get_by_role("main")).to_be_focused()
