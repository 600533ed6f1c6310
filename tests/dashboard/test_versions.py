"""Earlier mappings: what each changed, as a file, and back to one of them by a plan."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect
from tests.dashboard.browser import must_be_accessible, must_fit, settle
from tests.dashboard.communities import Community, new_community
from tests.dashboard.conftest import Gatehouse, sign_in


def _with_history(gatehouse: Gatehouse) -> Community:
    """Version 3 gives leads a role, version 4 takes the rule for agents away."""
    community = new_community(gatehouse, leads=2)
    community.change({"setRole": {"titleValue": "Leasing Lead", "roleKey": "agent"}}, message="Leads are agents")
    community.change({"removeRole": "Leasing Agent"}, message="No agents")
    return community


async def test_versions_are_compared(page: Page, gatehouse: Gatehouse) -> None:
    community = _with_history(gatehouse)
    await page.goto(f"{community.address}/mapping")
    await page.get_by_role("link", name="Versions").click()
    versions = page.get_by_role("grid", name="Versions")
    await expect(versions.get_by_role("row")).to_have_count(5)
    await expect(versions.get_by_role("row").nth(1)).to_contain_text("in force")
    await expect(versions.get_by_role("row").nth(2)).to_contain_text("2 people")
    await must_be_accessible(page)
    await must_fit(page)

    await page.get_by_role("button", name="Changes of version 4").click()
    differences = page.get_by_role("region", name="From version 3 to 4").get_by_role("listitem")
    await expect(differences).to_have_count(1)
    await expect(differences).to_contain_text("“Leasing Agent”")
    await expect(page.get_by_role("heading", name="From version 3 to 4")).to_be_focused()
    await page.get_by_role("spinbutton", name="From").fill("2")
    await expect(page).to_have_url(f"{gatehouse.base}{community.address}/mapping/versions?from=2&to=4")
    differences = page.get_by_role("region", name="From version 2 to 4").get_by_role("listitem")
    await expect(differences).to_have_count(2)
    await settle(page)
    await must_be_accessible(page)
    await must_fit(page)


async def test_a_version_is_downloaded_as_the_command_exports_it(page: Page, gatehouse: Gatehouse) -> None:
    community = _with_history(gatehouse)
    await page.goto(f"{community.address}/mapping/versions")

    async with page.expect_download() as download:
        await page.get_by_role("button", name="YAML of version 4").click()

    file = await download.value
    assert file.suggested_filename == f"mapping-{community.slug}-4.yaml"
    text = await asyncio.to_thread(Path(await file.path()).read_text, "utf-8")
    written = community.ask("query($id: ID!) { tenant(by: {id: $id}) { mapping { document } } }", id=community.id)
    assert text == f"# Mapping of {community.slug}, version 4\n{written['mapping']['document']}"


async def test_a_version_is_restored_by_a_plan(page: Page, gatehouse: Gatehouse) -> None:
    community = _with_history(gatehouse)
    await page.goto(f"{community.address}/mapping/versions")

    await page.get_by_role("button", name="Restore version 2").click()
    await expect(page.get_by_role("textbox", name="What it is for")).to_be_focused()
    await must_be_accessible(page)
    await must_fit(page)
    await page.get_by_role("button", name="Make a plan").click()
    await expect(page.get_by_text("for mapping version 4, back to version 2")).to_be_visible()
    await page.get_by_role("checkbox").check()  # two people come to have a title without a rule
    await page.get_by_role("button", name="Apply to 3 people").click()

    await expect(page.get_by_text("Applied as mapping version 5")).to_be_visible()
    assert (community.roles("Leasing Lead"), community.roles("Leasing Agent")) == ({None}, {"agent"})
    await page.get_by_role("main").get_by_role("link", name="Versions").click()
    await expect(page.get_by_role("grid", name="Versions").get_by_role("row").nth(1)).to_contain_text(
        "brought back version 2"
    )


async def test_who_may_not_edit_restores_nothing(context: BrowserContext, stranger: Page, gatehouse: Gatehouse) -> None:
    community = _with_history(gatehouse)
    await sign_in(context, gatehouse.key("viewer", community.slug), gatehouse.base)

    await stranger.goto(f"{community.address}/mapping/versions")

    await expect(stranger.get_by_role("button", name="YAML of version")).to_have_count(4)
    await expect(stranger.get_by_role("button", name="Restore")).to_have_count(0)
    await must_be_accessible(stranger)
