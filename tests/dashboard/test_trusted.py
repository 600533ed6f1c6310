"""The server that runs the dashboard's own operations only: every page works, and nothing else is carried out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect
from tests.bodies import person
from tests.dashboard.browser import Watch, manifest_of, settle
from tests.dashboard.conftest import _BUILD, Gatehouse, sign_in
from tests.dashboard.scim import scim
from tests.smoke.server import Server

_TENANT_PAGES = re.compile(r'path: "([^":]+)", page')


@pytest.fixture(scope="module")
def strict(gatehouse: Gatehouse) -> Iterator[Gatehouse]:
    """A second server on the same database, with the manifest of the build."""
    settings = {**gatehouse.server.settings, "GATEHOUSE_TRUSTED_DOCUMENTS": str(_BUILD / "documents.json")}
    server = Server(gatehouse.server.database_url, settings=settings)
    server.start()
    try:
        yield Gatehouse(server, gatehouse.api_key, gatehouse.scim_token)
    finally:
        server.terminate()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, strict: Gatehouse) -> Page:
    """A tab of an owner who is signed in there."""
    context: BrowserContext = await browser.new_context(base_url=strict.base, locale="en-GB")
    context.set_default_timeout(10_000)
    await sign_in(context, strict.api_key, strict.base)
    page = await context.new_page()
    Watch(page, strict.base, manifest_of(_BUILD))
    yield page
    page.watch.must_have_seen_nothing()  # type: ignore[attr-defined]
    await context.close()


def _pages() -> list[str]:
    """The address of every page that needs no id, from the list of them."""
    routes = (Path(__file__).parents[2] / "frontend-stub" / "dashboard" / "routes.tsx").read_text("utf-8")
    found = _TENANT_PAGES.findall(routes)
    return [path if path.startswith("/") else f"/t/demo/{path}" for path in found]


async def test_every_page_works(visitor: Page) -> None:
    pages = _pages()
    assert {"/tenants", "/t/demo/overview", "/t/demo/users"} <= set(pages)
    for path in pages:
        await visitor.goto(f"/admin{path}")
        await expect(visitor.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        await settle(visitor)
        await expect(visitor.locator(".state.failed, .stale")).to_have_count(0)

    await visitor.goto("/admin/t/demo/users")
    await visitor.get_by_role("grid", name="Users").locator("tbody").get_by_role("row").first.click()
    await expect(visitor.get_by_role("heading", name="Timeline")).to_be_visible()
    await settle(visitor)
    await expect(visitor.locator(".state.failed, .stale")).to_have_count(0)


async def test_what_is_followed_live_is_trusted_too(visitor: Page, strict: Gatehouse) -> None:
    await visitor.goto("/admin/t/demo/history?live=yes")
    await expect(visitor.get_by_text("Following what happens")).to_be_visible()
    await settle(visitor)

    name = f"followed-{uuid4().hex[:8]}@corp.example"
    assert scim(strict, "POST", "/Users", person(name)).status_code == 201

    await expect(visitor.get_by_text(re.compile(f"{name}|1 new event")).first).to_be_visible()


async def test_another_operation_is_refused(strict: Gatehouse) -> None:
    headers = {"Authorization": f"Bearer {strict.api_key}"}
    async with httpx.AsyncClient(base_url=strict.base, headers=headers) as client:
        answer = await client.post("/graphql", json={"query": "{ viewer { name } }"})

    [error] = answer.json()["errors"]
    assert answer.json().get("data") is None
    assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
