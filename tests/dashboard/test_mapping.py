"""The rules are changed by a draft: in tables, as text, from the values without a rule; by keyboard, too."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import BrowserContext, Locator, Page, Route, expect
from tests.dashboard.browser import expect_console, must_be_accessible, must_fit, settle
from tests.dashboard.communities import Community, new_community
from tests.dashboard.conftest import Gatehouse, sign_in


async def _open(page: Page, community: Community) -> None:
    await page.goto(f"{community.address}/mapping")
    await settle(page)


def _yaml(page: Page) -> Locator:
    return page.get_by_role("textbox", name="As YAML")


async def _tab_to(wanted: Locator) -> None:
    for _ in range(60):
        if await wanted.count() and await wanted.evaluate("element => element === document.activeElement"):
            return
        await wanted.page.keyboard.press("Tab")
    await expect(wanted).to_be_focused()


async def test_a_title_without_a_rule_is_mapped_and_its_users_change(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=3)
    await page.goto(f"{community.address}/users")
    await page.get_by_role("link", name="Mapping").click()
    await expect(page.get_by_role("heading", name="Mapping", level=1)).to_be_visible()
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)
    await expect(page.get_by_role("listitem").filter(has_text="Leasing Lead")).to_contain_text("3 users")

    await page.get_by_role("button", name="Map Leasing Lead to Leasing Agent").click()
    await expect(page.get_by_text("unsaved draft")).to_be_visible()
    await expect(page.get_by_role("combobox", name="Role of Leasing Lead")).to_have_value("agent")
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)
    await page.get_by_role("textbox", name="What it is for").fill("Leads are agents")
    await page.get_by_role("button", name="Save as a plan").click()
    await expect(page.get_by_role("heading", name="Leads are agents", level=1)).to_be_visible()
    await page.get_by_role("button", name="Apply to 3 people").click()
    await expect(page.get_by_text("Applied as mapping version 3")).to_be_visible()

    await page.get_by_role("link", name="lead0@corp.example").click()
    await expect(page.locator(".summary")).to_contain_text("Leasing Agent")
    await page.get_by_role("link", name="Mapping").click()
    await expect(page.get_by_text("Every value that people have has a rule.")).to_be_visible()
    await expect(page.get_by_text("unsaved draft")).to_be_hidden()
    assert community.roles("Leasing Lead") == {"agent"}


async def test_the_editor_is_used_by_keyboard_alone(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=1)
    await _open(page, community)
    keys = page.keyboard

    await _tab_to(page.get_by_role("button", name="Add a rule").first)
    await keys.press("Enter")
    await expect(page.get_by_role("textbox", name="title of rule 3")).to_be_focused()
    for text in ("Leasing Lead", "Regional", "by hand"):
        await keys.type(text)
        await keys.press("Tab")
    await _tab_to(page.get_by_role("button", name="Employee groups of north"))
    await keys.press("Enter")
    await expect(page.get_by_role("option", name="North")).to_be_focused()
    for key in ("ArrowDown", "Enter", "Escape"):
        await keys.press(key)
    await expect(page.get_by_role("button", name="Employee groups of north: North, Important People")).to_be_focused()
    await _tab_to(page.get_by_role("button", name="Remove vip"))
    await keys.press("Space")
    await expect(page.get_by_role("button", name="Remove north")).to_be_focused()
    await expect(page.get_by_text("3 changes to version 2")).to_be_visible()
    await _tab_to(page.get_by_role("textbox", name="What it is for"))
    await keys.type("By keyboard")
    await keys.press("Enter")

    await expect(page.get_by_role("heading", name="By keyboard", level=1)).to_be_visible()
    changes = page.get_by_role("region", name="What changes in the mapping").get_by_role("listitem")
    await expect(changes).to_have_count(3)
    await expect(changes.first).to_contain_text("Regional Manager (by hand)")


async def test_tables_and_text_are_one_draft(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=1)
    await _open(page, community)

    await page.get_by_role("textbox", name="Note of Regional Manager").fill("since 2019")
    await expect(_yaml(page)).to_have_value(re.compile('role: manager\n    note: "since 2019"'))
    text = await _yaml(page).input_value()
    await _yaml(page).fill(text.replace("role: manager", "role: chief"))
    await _yaml(page).blur()
    await expect(page.get_by_text(re.compile(r'Line 15: .*no role has the key "chief"', re.IGNORECASE))).to_be_visible()
    await expect(page.get_by_role("button", name="Save as a plan")).to_be_disabled()
    await must_be_accessible(page)
    await _yaml(page).fill(
        text.replace("role: manager", "role: agent").replace("groups: [vip]", "groups: [vip, north]")
    )
    await _yaml(page).blur()

    await expect(page.get_by_role("combobox", name="Role of Regional Manager")).to_have_value("agent")
    await expect(page.get_by_role("button", name="Employee groups of vip: Important People, North")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Note of Leasing Agent")).to_have_value("asked by Ben")
    await expect(page.get_by_text("2 changes to version 2")).to_be_visible()


async def test_what_is_wrong_stands_beside_its_rule_and_the_draft_is_tried(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=1)
    await _open(page, community)

    await page.get_by_role("textbox", name="userType is split on").fill("/")
    await expect(page.get_by_text("“north-vip”) would be split otherwise")).to_be_visible()
    await page.get_by_role("textbox", name="title of person 1").fill("Leasing Lead")
    await page.get_by_role("textbox", name="userType of person 1").fill("vip/north")
    outcome = page.get_by_role("region", name="Try it").get_by_role("status")
    await expect(outcome).to_contain_text("Important People, North")
    await expect(outcome).to_contain_text("Today: The user has no role and no employee groups")

    await page.get_by_role("textbox", name="title of Regional Manager").fill("leasing  AGENT")
    await expect(page.get_by_role("textbox", name="title of leasing  AGENT", exact=True)).to_have_attribute(
        "aria-invalid", "true"
    )
    await expect(page.get_by_text("There is an error in it")).to_be_visible()
    await expect(page.get_by_role("button", name="Save as a plan")).to_be_disabled()
    await must_be_accessible(page)
    await must_fit(page)


async def test_a_draft_outlives_a_reload_until_it_is_thrown_away(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=1)
    await _open(page, community)
    await page.get_by_role("button", name="Remove Leasing Agent").click()
    await page.get_by_role("link", name="Users").click()
    await page.reload()
    await page.get_by_role("link", name="Mapping").click()
    await expect(page.get_by_text("1 change to version 2")).to_be_visible()

    await page.get_by_role("button", name="Put back Leasing Agent").click()
    await expect(page.get_by_text("unsaved draft")).to_be_visible()  # only the order differs
    await page.get_by_role("button", name="Throw it away").click()

    await expect(page.get_by_text("unsaved draft")).to_be_hidden()
    await expect(page.get_by_role("textbox", name="title of")).to_have_count(3)


async def test_a_draft_that_has_been_overtaken_is_put_on_what_is_in_force(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=1)
    await _open(page, community)
    await page.get_by_role("button", name="Map Leasing Lead to Leasing Agent").click()
    community.change({"removeRole": "Regional Manager"})

    await page.get_by_role("button", name="Save as a plan").click()

    await expect(page.get_by_text("Version 3 came into force after you began with version 2.")).to_be_visible()
    await must_be_accessible(page)
    await page.get_by_role("button", name="Put my changes on version 3").click()
    await expect(page.get_by_text("1 change to version 3")).to_be_visible()
    await page.get_by_role("button", name="Save as a plan").click()
    await expect(page.get_by_text("for mapping version 3")).to_be_visible()
    await page.go_back()
    await page.get_by_role("link", name="The plan that was made of it").click()
    await expect(page.get_by_text("for mapping version 3")).to_be_visible()


async def test_who_may_not_edit_sees_the_rules(context: BrowserContext, stranger: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=1)
    await sign_in(context, gatehouse.key("viewer", community.slug), gatehouse.base)

    await _open(stranger, community)

    await expect(stranger.get_by_role("row", name="Leasing Agent Leasing Agent asked by Ben")).to_be_visible()
    await expect(stranger.get_by_role("button", name="Add a rule")).to_have_count(0)
    await expect(stranger.get_by_role("button", name="Write a rule")).to_have_count(0)
    await expect(_yaml(stranger)).not_to_be_editable()
    await must_be_accessible(stranger)
    await must_fit(stranger)


async def test_a_tenant_without_rules(page: Page) -> None:
    await page.goto("/admin/t/empty/mapping")

    await expect(page.get_by_text("There is no rule yet.")).to_have_count(2)
    await expect(page.get_by_text("Every value that people have has a rule.")).to_be_visible()
    await must_be_accessible(page)


@pytest.mark.parametrize("way", ["lost", "refused"])
async def test_rules_that_cannot_be_looked_at_are_said_and_the_draft_kept(
    page: Page, gatehouse: Gatehouse, way: str
) -> None:
    expect_console(page, "ERR_FAILED")
    community = new_community(gatehouse, leads=1)
    await _open(page, community)
    refusal = {"errors": [{"message": "Not now", "extensions": {"code": "LIMITED", "hint": "Wait a little."}}]}

    async def fail(route: Route) -> None:
        if "evaluateMapping" not in (route.request.post_data or ""):
            await route.continue_()
        elif way == "lost":
            await route.abort()
        else:
            await route.fulfill(json=refusal)

    await page.route("**/graphql", fail)
    await page.get_by_role("button", name="Map Leasing Lead to Leasing Agent").click()

    told = page.get_by_role("alert").filter(has_text="The rules were not looked at")
    await expect(told).to_contain_text("Your draft is kept.")
    if way == "refused":
        await expect(told).to_contain_text("Not now Wait a little.")
    await expect(page.get_by_role("combobox", name="Role of Leasing Lead")).to_have_value("agent")
    await must_be_accessible(page)
    await must_fit(page)

    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Look at them again").click()
    await expect(told).to_have_count(0)
    await expect(_yaml(page)).to_have_value(re.compile("Leasing Lead"))


@pytest.mark.parametrize("where", ["mapping", "mapping/versions"])
async def test_plans_that_wait_are_found_where_the_mapping_is(page: Page, gatehouse: Gatehouse, where: str) -> None:
    community = new_community(gatehouse, leads=3)
    waiting = page.get_by_role("region", name="Plans not applied yet")
    await page.goto(f"{community.address}/{where}")
    await settle(page)
    await expect(waiting).to_have_count(0)
    give = {"setRole": {"titleValue": "Leasing Lead", "roleKey": "agent"}}
    community.plan(give, message="Leads are agents")
    community.plan({"removeRole": "Leasing Agent"})

    await page.reload()

    await expect(waiting.get_by_role("listitem")).to_have_count(2)
    await expect(waiting.get_by_role("listitem").first).to_contain_text("A change of the mapping")
    item = waiting.get_by_role("listitem").filter(has_text="Leads are agents")
    await expect(item).to_contain_text("3 people would change")
    await expect(item).to_contain_text("by Demo owner, now")
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)
    await item.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Leads are agents", level=1)).to_be_visible()

    community.change(give)  # what was planned for the mapping before cannot be applied any more
    await page.goto(f"{community.address}/{where}")
    await settle(page)
    await expect(waiting).to_have_count(0)
