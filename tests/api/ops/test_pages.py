"""GraphiQL's files: what a browser may load, keep and run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gatehouse.api.ops.pages import create_graphiql

_PAGE = "<!doctype html><title>GraphiQL</title>"
_SCRIPT = "export const answer = 42;"


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    """A directory for builds; nothing is built yet. Beside it lies a file that is nobody's business."""
    (tmp_path / "secret.txt").write_text("secret")
    directory = tmp_path / "dist"
    directory.mkdir()
    return directory


@pytest.fixture
def built(frontend: Path) -> Path:
    """The same directory after the build."""
    assets = frontend / "graphiql" / "assets"
    assets.mkdir(parents=True)
    (frontend / "graphiql" / "index.html").write_text(_PAGE)
    (assets / "index-BNS6tVid.js").write_text(_SCRIPT)
    return frontend


@pytest.fixture
async def browser(frontend: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[create_graphiql(frontend)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gatehouse.test") as client:
        yield client


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/"])
async def test_page_is_asked_for_again_each_time(path: str, browser: httpx.AsyncClient, built: Path):
    response = await browser.get(path)

    assert response.status_code == 200
    assert response.text == _PAGE
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


async def test_unchanged_page_is_not_sent_again(browser: httpx.AsyncClient, built: Path):
    etag = (await browser.get("/graphiql")).headers["etag"]
    response = await browser.get("/graphiql", headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response.content == b""


async def test_asset_is_kept_for_ever(browser: httpx.AsyncClient, built: Path):
    response = await browser.get("/graphiql/assets/index-BNS6tVid.js")

    assert response.status_code == 200
    assert response.text == _SCRIPT
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/assets/index-BNS6tVid.js"])
async def test_only_our_own_scripts_run(path: str, browser: httpx.AsyncClient, built: Path):
    headers = (await browser.get(path)).headers
    policy = dict(directive.split(" ", 1) for directive in headers["content-security-policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/assets/unknown.js",
        "/graphiql/assets/",
        "/graphiql/assets/../index.html",
        "/graphiql/assets/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/graphiql/assets//etc/passwd",
        "/graphiql/assets/%00",
        "/graphiql/assets/" + "a" * 300,
        "/graphiql/index.html",
        "/graphiqlx",
    ],
    ids=["unknown", "directory", "page", "outside", "absolute", "NUL", "long", "not an asset", "another path"],
)
async def test_nothing_else_is_served(path: str, browser: httpx.AsyncClient, built: Path):
    response = await browser.get(httpx.URL("http://gatehouse.test", raw_path=path.encode()))

    assert (response.status_code, response.text) == (404, "Not Found")


async def test_page_that_is_not_built_says_how(browser: httpx.AsyncClient):
    response = await browser.get("/graphiql")

    assert response.status_code == 404
    assert "make frontend" in response.text
    assert response.headers["cache-control"] == "no-store"


async def test_page_can_be_built_while_the_service_runs(browser: httpx.AsyncClient, request: pytest.FixtureRequest):
    before = await browser.get("/graphiql")
    request.getfixturevalue("built")
    after = await browser.get("/graphiql")

    assert (before.status_code, after.status_code) == (404, 200)


async def test_page_is_only_read(browser: httpx.AsyncClient, built: Path):
    response = await browser.post("/graphiql")

    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
