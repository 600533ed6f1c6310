"""The dashboard in a real browser, on a real server that a simulated Entra ID has filled.

``page`` is a tab of somebody who is signed in as owner; when the test ends, nothing may have gone wrong in it unseen
(:mod:`tests.dashboard.browser`). Tests here are coroutines of one event loop, for which the browser stays open.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from tests.dashboard.browser import ARGUMENTS, Watch, chromium, manifest_of
from tests.smoke.server import Server

_TOP = Path(__file__).parents[2]
_BUILD = _TOP / "frontend-stub" / "dist" / "admin"
_SECRET = re.compile(r"gth_(scim|api)_\w+")
_USERS = 60
_HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Heavy, all of them, and with one event loop: that of the browser."""
    for item in items:
        if item.path.parent == _HERE:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.heavy)
            item.add_marker(pytest.mark.timeout(120))


@dataclass
class Gatehouse:
    """A server with tenant ``demo``, 60 people in it, and tenant ``empty``."""

    server: Server
    api_key: str
    scim_token: str

    @property
    def base(self) -> str:
        return self.server.base

    def key(self, preset: str, *tenants: str) -> str:
        """Another API key."""
        scope = [part for tenant in tenants for part in ("--tenant", tenant)]
        return self.server.command("api-key", "issue", "--name", f"{preset} key", "--preset", preset, *scope)


@pytest.fixture(scope="session")
def gatehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    """Start the server and let Entra ID provision it; once a session."""
    with fill(tmp_path_factory.mktemp("dashboard")) as filled:
        yield filled


@contextmanager
def fill(folder: Path) -> Iterator[Gatehouse]:
    """A server with its database in the folder, filled by a simulated Entra ID."""
    with serving(folder) as started:
        started.server.command("tenant", "create", "empty", "--name", "Empty Community")
        _simulate(started)
        yield started


@contextmanager
def serving(folder: Path) -> Iterator[Gatehouse]:
    """A server with its database in the folder, in which only the tenant ``demo`` is; nobody in it."""
    if not (_BUILD / "index.html").exists():
        pytest.fail("The dashboard is not built: run make frontend")
    settings = {"GATEHOUSE_FRONTEND_DIR": str(_BUILD.parent), "GATEHOUSE_API_KEY_RATE_PER_S": "0"}
    server = Server(f"sqlite:///{folder / 'gatehouse.db'}", settings=settings)
    printed = folder / "printed"
    server.start("--demo", stdout=printed)
    try:
        secrets = {match[1]: match[0] for match in _SECRET.finditer(printed.read_text("utf-8"))}
        yield Gatehouse(server, secrets["api"], secrets["scim"])
    finally:
        server.terminate()


def _simulate(filled: Gatehouse) -> None:
    command = [sys.executable, "-m", "gatehouse", "simulate", "--url", f"{filled.base}/scim/v2", "--users", str(_USERS)]
    command += ["--token", filled.scim_token, "--graphql-url", f"{filled.base}/graphql", "--api-key", filled.api_key]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)  # noqa: S603 - our own arguments
    assert done.returncode == 0, done.stdout + done.stderr


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Open Chromium; once a session."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, gatehouse: Gatehouse) -> AsyncIterator[BrowserContext]:
    """A browser without any past."""
    context = await browser.new_context(
        base_url=gatehouse.base, viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="Europe/Madrid"
    )
    context.set_default_timeout(10_000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(context: BrowserContext, gatehouse: Gatehouse) -> AsyncIterator[Page]:
    """A tab of somebody who is not signed in; watched like any other."""
    page = await context.new_page()
    watch = Watch(page, gatehouse.base, manifest_of(_BUILD))
    yield page
    watch.must_have_seen_nothing()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, stranger: Page, gatehouse: Gatehouse) -> Page:
    """A tab of somebody who is signed in as owner."""
    await sign_in(context, gatehouse.api_key, gatehouse.base)
    return stranger


async def sign_in(context: BrowserContext, key: str, base: str) -> None:
    """Sign the browser in, as the sign-in page does."""
    answer = await context.request.post("/admin/session", data={"key": key}, headers={"Origin": base})
    assert answer.ok, await answer.text()
