"""50,000 users, 100 and more tenants: what is asked and what is drawn goes with the page, not with how many there are.

How long it takes is measured by ``make bench-dashboard``; here the figures are only printed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Request, expect
from tests.dashboard.browser import must_be_accessible, settle
from tests.dashboard.conftest import Gatehouse, serving
from tests.fixtures import new_tenant
from tests.services.directory_of_users import new_world
from tests.smoke.many_users import copy_user

from gatehouse.store.database import Database

PAGE = 50
#: Of each name: how many there are, and what they have.
PEOPLE = {
    "agent": (30_000, "Agent", "north"),
    "manager": (15_000, "Manager", "south"),
    "clerk": (5_000, "Clerk", "moon"),
}
TENANTS = 120
LAST = "Community of Zuzwil"
USERS = sum(many for many, _, _ in PEOPLE.values())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gatehouse(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gatehouse]:
    """A server with the tenant ``large`` among many."""
    with serving(tmp_path_factory.mktemp("large")) as started:
        opened = await Database.open(started.server.database_url)
        with opened.activate():
            await _fill()
        await opened.close()
        yield started


async def _fill() -> None:
    for number in range(TENANTS):
        await new_tenant(f"other-{number}", name=f"Other Community {number:03}")
    await new_tenant("zzz-last", name=LAST)
    world = await new_world("large")
    first = 1
    for name, (many, title, user_type) in PEOPLE.items():
        seed = await world.user(f"seed-of-{name}", title, user_type, document={"active": True})
        await copy_user(seed, name, range(first, first + many - 1))
        first += many


Asked = list[str]


@contextmanager
def asking(page: Page) -> Iterator[Asked]:
    """The names of the operations that the page sends meanwhile."""
    asked: Asked = []

    def note(request: Request) -> None:
        if request.url.endswith("/graphql"):
            query = json.loads(request.post_data or "{}")["query"]
            found = re.search(r"\b(?:query|mutation) (\w+)", query)
            asked.append(found[1] if found else query)

    page.on("request", note)
    try:
        yield asked
    finally:
        page.remove_listener("request", note)


@dataclass
class Figures:
    """What each step of a test took."""

    page: Page
    seen: list[str] = field(default_factory=list)

    @contextmanager
    def of(self, step: str) -> Iterator[Asked]:
        begun = time.perf_counter()
        with asking(self.page) as asked:
            yield asked
        self.seen.append(f"{step} {(time.perf_counter() - begun) * 1_000:,.0f} ms, {len(asked)} requests")


@pytest.fixture
def figures(
    page: Page, record_property: Callable[[str, Any], None], capsys: pytest.CaptureFixture[str]
) -> Iterator[Figures]:
    """Print what they are."""
    figures = Figures(page)
    yield figures
    printed = "; ".join(figures.seen)
    record_property("figures", printed)
    with capsys.disabled():
        print(f"\n{USERS:,} users: {printed}")  # noqa: T201


async def test_a_page_of_50_000_users_costs_a_page(page: Page, figures: Figures) -> None:
    rows = page.get_by_role("grid", name="Users").get_by_role("row")

    with figures.of("first page") as asked:
        await page.goto("/admin/t/large/users")
        await expect(rows).to_have_count(PAGE + 1)
        drawn = await page.locator("*").count()
        await settle(page)
    await expect(page.get_by_role("status").filter(has_text=f"{USERS:,} users")).to_be_visible()
    assert drawn < PAGE * 60
    assert len(asked) == len(set(asked)) < 10, asked
    assert asked.index("Users") < min(asked.index("UsersCount"), asked.index("UserFacets")), asked

    with figures.of("sorted twice") as asked:
        for order in ("ascending", "descending"):
            await page.get_by_role("columnheader", name="userName").click()
            await expect(page.get_by_role("columnheader", name="userName")).to_have_attribute("aria-sort", order)
            await settle(page)
        await expect(rows.nth(1)).to_contain_text("seed-of-manager")
    assert asked == ["Users", "Users"]

    with figures.of("next page") as asked:
        async with page.expect_response(re.compile(r"/graphql$")):
            await page.get_by_role("button", name="Next").click()
        await expect(rows.nth(1)).not_to_contain_text("seed-of-manager")  # who was first
        await settle(page)
    assert asked == ["Users"]  # nobody is counted again
    await expect(rows).to_have_count(PAGE + 1)


async def test_some_of_50_000_users_are_found(page: Page, figures: Figures) -> None:
    rows = page.get_by_role("grid", name="Users").get_by_role("row")
    await page.goto("/admin/t/large/users?sort=userName")
    await settle(page)

    with figures.of("a value of a filter") as asked:
        await page.get_by_role("button", name="Outcome").click()
        await expect(page.get_by_role("option", name="unmapped")).to_contain_text("5,000")
        await page.get_by_role("option", name="unmapped").click()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("status").filter(has_text="5,000 users")).to_be_visible()
        await settle(page)
    assert sorted(asked) == ["UserFacets", "Users", "UsersCount"]
    await expect(rows.nth(1)).to_contain_text("clerk")
    await expect(rows).to_have_count(PAGE + 1)

    with figures.of("somebody by userName"):
        await page.get_by_role("button", name="Clear filters").click()
        await page.get_by_role("main").get_by_role("searchbox").fill("manager31234")
        await expect(rows).to_have_count(2)
        await expect(rows.nth(1)).to_contain_text("manager31234")

    with figures.of("somebody from anywhere"):
        await page.get_by_role("banner").get_by_role("searchbox").fill("clerk46000")
        await page.get_by_role("grid", name="People").get_by_role("row", name="clerk46000").click()
        await expect(page.get_by_role("heading", level=1, name="clerk46000")).to_be_visible()


async def test_any_of_many_tenants_is_found(page: Page) -> None:
    """By name, beyond those that the list begins with: to go there, and to grant it."""
    await page.goto("/admin/t/demo/audit")
    await page.get_by_role("button", name="Demo Community").click()
    await expect(page.get_by_text("There are more")).to_be_visible()
    await expect(page.get_by_role("option", name=LAST)).to_have_count(0)
    await page.keyboard.type(LAST)
    await expect(page.get_by_role("option", name=LAST)).to_be_visible()
    await must_be_accessible(page, within="[role=dialog]")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/admin/t/zzz-last/overview$"))
    await expect(page.get_by_role("button", name=LAST)).to_be_visible()

    await page.goto("/admin/keys")
    await page.get_by_role("button", name="Only in").click()
    await page.get_by_role("searchbox", name="Name or slug").fill("nobody is called that")
    await expect(page.get_by_text("No tenant is like that.")).to_be_visible()
    await page.get_by_role("searchbox", name="Name or slug").fill("zzz")
    await page.get_by_role("option", name=LAST).click()
    await page.get_by_role("searchbox", name="Name or slug").fill("")
    await expect(page.get_by_role("option", name=LAST)).to_have_attribute("aria-selected", "true")
    await page.get_by_role("option", name="Demo Community").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name=f"Only in: {LAST}, Demo Community")).to_be_visible()
    await page.get_by_label("Whom or what it is for").fill("Two places")
    await page.get_by_role("button", name="Issue a key").click()
    await page.locator("code.secret").wait_for()
    await must_be_accessible(page)
    row = page.get_by_role("grid", name="API keys").get_by_role("row").filter(has_text="Two places")
    await expect(row).to_contain_text("Demo Community")
    await expect(row).to_contain_text(LAST)
