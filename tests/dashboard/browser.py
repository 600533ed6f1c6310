"""Chromium, and what is looked at on every page: errors, requests that leave, documents that are not trusted, accessibility, width."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import ConsoleMessage, Page, Request, Route, WebSocket

ARGUMENTS: Final = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_AXE: Final = Path(__file__).parents[2] / "frontend-stub" / "node_modules" / "axe-core" / "axe.min.js"
_THEMES: Final = ("light", "dark")
_NARROW: Final = {"width": 320, "height": 640}
_ZOOMED: Final = {"width": 320, "height": 256}  # what 400 % leaves of 1280 by 1024


def chromium() -> str:
    """Find Chromium; where it is missing and we may, install it as the system's package."""
    found = os.environ.get("GATEHOUSE_TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
            subprocess.run(command, check=True, capture_output=True, timeout=600)  # noqa: S603 - our own arguments
        found = shutil.which("chromium")
    if found is None:
        pytest.fail("The tests of the dashboard need Chromium: install it, or name it by GATEHOUSE_TEST_CHROMIUM")
    return found


def manifest_of(build: Path) -> frozenset[str]:
    """The SHA-256 of every document that the pages may send."""
    return frozenset(json.loads((build / "documents.json").read_text("utf-8")))


class Watch:
    """Notes what goes wrong in a tab.

    ``expected`` holds texts of console messages that a test causes on purpose, such as a refused request.
    """

    def __init__(self, page: Page, base: str, trusted: frozenset[str]) -> None:
        self.seen: list[str] = []
        self.expected: list[str] = []
        self._base = base
        self._trusted = trusted
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("request", self._request)
        page.on("websocket", self._socket)
        page.watch = self  # type: ignore[attr-defined]

    def must_have_seen_nothing(self) -> None:
        unexpected = [text for text in self.seen if not any(known in text for known in self.expected)]
        assert not unexpected, "\n".join(unexpected)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        self._leaves(request.url)
        body = request.post_data if request.url == f"{self._base}/graphql" else None
        if body:
            self._asks(json.loads(body)["query"])

    def _socket(self, socket: WebSocket) -> None:
        self._leaves(socket.url.replace("ws", "http", 1))
        socket.on("framesent", self._frame)

    def _frame(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["type"] == "subscribe":
            self._asks(message["payload"]["query"])

    def _asks(self, query: str) -> None:
        if hashlib.sha256(query.encode()).hexdigest() not in self._trusted:
            self.seen.append(f"not in the manifest: {query}")

    def _leaves(self, url: str) -> None:
        if not url.startswith((self._base + "/", "data:", "blob:")):
            self.seen.append(f"leaves: {url}")


def expect_console(page: Page, *texts: str) -> None:
    """Say which errors the browser will rightly report."""
    page.watch.expected += texts  # type: ignore[attr-defined]


async def hold_back(page: Page) -> asyncio.Event:
    """Let what the page asks of the admin API wait until the event is set."""
    go_on = asyncio.Event()

    async def later(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route("**/graphql", later)
    return go_on


async def settle(page: Page) -> None:
    """Wait until everything has been loaded that was asked for."""
    await page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )  # what was clicked is asked
    await page.wait_for_load_state("networkidle")
    await page.wait_for_function("() => document.querySelector('.loading, [aria-busy=true]') === null")


async def must_be_accessible(page: Page, *, within: str | None = None) -> None:
    """No violation that axe finds, in both themes; by default on the whole page, else within what the selector finds.

    What pops up stands between two hidden buttons that end it, which are in no landmark: look within it.
    """
    before = await page.evaluate("document.documentElement.dataset.theme")
    for theme in _THEMES:
        await page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        await page.evaluate(_AXE.read_text("utf-8"))
        found: dict[str, Any] = await page.evaluate(
            "within => axe.run(within ? document.querySelector(within) : document, { resultTypes: ['violations'] })",
            within,
        )
        told = [
            f"{theme}: {v['id']}: {node['html']}: {node['failureSummary']}"
            for v in found["violations"]
            for node in v["nodes"]
        ]
        assert told == [], "\n".join(told)
    await page.evaluate(
        "theme => { if (theme) document.documentElement.dataset.theme = theme; else delete document.documentElement.dataset.theme }",
        before,
    )


async def must_fit(page: Page) -> None:
    """Usable at 320 px and at 400 %: nothing is cut off, and nothing has to be scrolled sideways."""
    before = page.viewport_size
    for size in (_NARROW, _ZOOMED):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        wide = await page.evaluate(
            """() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== 'absolute')
            .map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""
        )
        assert wide == [], "\n".join(wide)
    if before:
        await page.set_viewport_size(before)
