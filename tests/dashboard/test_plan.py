"""A change of the mapping is looked at, and applied exactly as it was looked at, or not at all."""

from __future__ import annotations

import re
from typing import Final

from playwright.async_api import BrowserContext, Page, expect
from tests.dashboard.browser import must_be_accessible, must_fit, settle
from tests.dashboard.communities import LEADS, Community, new_community
from tests.dashboard.conftest import Gatehouse, sign_in

LEAD_IS_MANAGER: Final = {"setRole": {"titleValue": "Leasing Lead", "roleKey": "manager"}}
LEAD_IS_AGENT: Final = {"setRole": {"titleValue": "Leasing Lead", "roleKey": "agent"}}


async def _open(page: Page, community: Community, plan_id: str) -> None:
    await page.goto(f"{community.address}/mapping/plans/{plan_id}")
    await settle(page)


async def test_a_plan_shows_whom_it_changes_and_is_applied_by_typing_how_many(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse)
    plan_id = community.plan(LEAD_IS_MANAGER, message="Leads manage")
    await _open(page, community, plan_id)
    await expect(page.get_by_role("heading", name="Leads manage", level=1)).to_be_visible()
    people = page.get_by_role("grid", name="Who changes")
    await expect(people.get_by_role("row")).to_have_count(1 + LEADS)
    await expect(people.get_by_role("row").nth(1)).to_contain_text("Regional Manager")
    await expect(page.get_by_role("listitem").filter(has_text="“Leasing Lead”")).to_be_visible()
    await must_be_accessible(page)
    await must_fit(page)

    apply = page.get_by_role("button", name=f"Apply to {LEADS} people")
    await page.get_by_role("checkbox", name=re.compile("12 users would gain a privileged role")).check()
    await expect(apply).to_be_disabled()
    await page.get_by_role("textbox", name=f"Type {LEADS} to confirm").fill(str(LEADS))
    await apply.click()

    await expect(page.get_by_text("Applied as mapping version 3")).to_be_visible()
    await expect(apply).to_be_hidden()
    await expect(page.locator(".status-place")).to_be_focused()
    assert community.roles("Leasing Lead") == {"manager"}
    await must_be_accessible(page)


async def test_people_of_a_plan_are_filtered_and_lead_to_their_page(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse)
    plan_id = community.plan(LEAD_IS_AGENT, {"removeRole": "Leasing Agent"})
    await _open(page, community, plan_id)
    people = page.get_by_role("grid", name="Who changes")
    await expect(people.get_by_role("row")).to_have_count(2 + LEADS)

    await page.get_by_role("button", name="Become unmapped").click()
    await expect(people.get_by_role("row")).to_have_count(2)
    await page.reload()
    await expect(people.get_by_role("row")).to_have_count(2)
    await people.get_by_role("link", name="agent@corp.example").click()

    await expect(page.get_by_role("heading", name="agent@corp.example", level=1)).to_be_visible()


async def test_a_plan_that_has_been_overtaken_is_refused_and_made_again(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=2)
    plan_id = community.plan(LEAD_IS_AGENT, message="Leads are agents")
    await _open(page, community, plan_id)
    community.change({"setRole": {"titleValue": "Cook", "roleKey": "agent"}})

    await page.get_by_role("button", name="Apply to 2 people").click()

    await expect(page.get_by_text("Something has moved since this plan was made")).to_be_visible()
    assert community.roles("Leasing Lead") == {None}
    await must_be_accessible(page)
    await must_fit(page)
    await page.get_by_role("button", name="Plan again").click()
    await expect(page.get_by_text("for mapping version 3")).to_be_visible()
    await expect(page.get_by_role("heading", name="Leads are agents", level=1)).to_be_visible()
    await expect(page.get_by_text("Cook")).to_be_hidden()  # what the other change did is no part of this one
    await page.get_by_role("button", name="Apply to 2 people").click()
    await expect(page.get_by_text("Applied as mapping version 4")).to_be_visible()
    assert community.roles("Leasing Lead") == {"agent"}


async def test_a_plan_is_discarded(page: Page, gatehouse: Gatehouse) -> None:
    community = new_community(gatehouse, leads=1)
    await _open(page, community, community.plan({"removeRole": "Regional Manager"}))
    await expect(page.get_by_text("Nobody gets another role or other groups.")).to_be_visible()

    await page.get_by_role("button", name="Discard").click()

    await expect(page.get_by_text("Discarded.")).to_be_visible()
    await expect(page.get_by_role("button", name="Apply")).to_be_hidden()
    assert community.version() == 2


async def test_who_may_not_edit_sees_the_plan_only(
    context: BrowserContext, stranger: Page, gatehouse: Gatehouse
) -> None:
    community = new_community(gatehouse, leads=1)
    plan_id = community.plan(LEAD_IS_AGENT)
    await sign_in(context, gatehouse.key("viewer", community.slug), gatehouse.base)

    await _open(stranger, community, plan_id)

    await expect(stranger.get_by_role("heading", name="What changes in the mapping")).to_be_visible()
    await expect(stranger.get_by_role("heading", name="Apply")).to_be_hidden()
    await must_be_accessible(stranger)


async def test_a_plan_of_another_tenant_is_not_there(page: Page, gatehouse: Gatehouse) -> None:
    plan_id = new_community(gatehouse, leads=0).plan(LEAD_IS_AGENT)

    await page.goto(f"/admin/t/demo/mapping/plans/{plan_id}")

    await expect(page.get_by_text("There is no such plan in your sight.")).to_be_visible()
