"""The pages' files: headers, caching, the hint when they are missing, nothing outside the folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from graphql import build_schema, concat_ast, parse, validate
from starlette.applications import Starlette

from gatehouse.api.ops.pages import create_dashboard, create_graphiql

TOP = Path(__file__).parents[2]
DASHBOARD = TOP / "frontend-stub" / "dashboard"
SCHEMA = build_schema((TOP / "schema.graphql").read_text("utf-8"))
PAGE = "<!doctype html><title>GraphiQL</title>"
SCRIPT = "console.log(1)"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[create_graphiql(tmp_path / "dist"), create_dashboard(tmp_path / "dist")])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gatehouse.example") as client:
        yield client


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    bundle = tmp_path / "dist" / "graphiql"
    (bundle / "assets").mkdir(parents=True)
    (bundle / "index.html").write_text(PAGE)
    (bundle / "assets" / "index-4LGsZvos.js").write_text(SCRIPT)
    for outside in (tmp_path, tmp_path / "dist", bundle):
        (outside / "secret.txt").write_text("secret")
    return bundle


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/"])
async def test_page_is_asked_for_again_each_time(client, bundle, path):
    answer = await client.get(path)
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"

    unchanged = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert unchanged.status_code == 304


async def test_assets_are_kept_for_ever(client, bundle):
    answer = await client.get("/graphiql/assets/index-4LGsZvos.js")
    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/assets/index-4LGsZvos.js"])
async def test_nothing_from_outside_and_nothing_inline(client, bundle, path):
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"

    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert "http" not in headers["content-security-policy"]


async def test_page_not_built_says_what_to_run(client):
    answer = await client.get("/graphiql/")
    assert (answer.status_code, answer.text) == (404, "This page is not built: run make frontend\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_page_built_after_start_is_served(client, request):
    assert (await client.get("/graphiql")).status_code == 404
    request.getfixturevalue("bundle")
    assert (await client.get("/graphiql")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/secret.txt",
        "/graphiql/assets/%2e%2e/secret.txt",
        "/graphiql/assets/..%2f..%2fsecret.txt",
        "/graphiql/assets/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/graphiql/assets/%2fetc/passwd",
        "/graphiql/assets//etc/passwd",
        "/graphiql/assets/",
        "/graphiql/assets/gone-4LGsZvos.js",
        "/graphiql/assets/%00",
        "/graphiql/assets/" + 300 * "a",
        "/graphiqlassets/index-4LGsZvos.js",
    ],
)
async def test_only_files_of_the_build_are_served(client, bundle, path):
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


async def test_link_out_of_the_build_is_not_followed(client, bundle):
    (bundle / "assets" / "link.txt").symlink_to(bundle / "secret.txt")
    assert (await client.get("/graphiql/assets/link.txt")).status_code == 404


async def test_page_is_only_read(client, bundle):
    assert (await client.post("/graphiql/")).status_code == 405
    assert (await client.head("/graphiql/")).status_code == 200


async def test_dashboard_allows_no_style_but_its_own(client, bundle, tmp_path):
    missing = await client.get("/admin/")
    bundle.rename(tmp_path / "dist" / "admin")

    page, asset = await client.get("/admin"), await client.get("/admin/assets/index-4LGsZvos.js")

    assert (missing.status_code, missing.text) == (404, "This page is not built: run make frontend\n")
    assert (page.status_code, page.text, asset.text) == (200, PAGE, SCRIPT)
    for answer in (missing, page, asset):
        assert "style-src 'self';" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]


async def test_dashboard_knows_its_own_addresses(client, bundle, tmp_path):
    bundle.rename(tmp_path / "dist" / "admin")

    for path in ("/admin/t/acme/users", "/admin/t/a.b/users/VXNlcjox", "/admin/secret.txt"):
        answer = await client.get(path)
        assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (200, PAGE, "no-cache")
    for path in ("/admin/assets/gone.js", "/administration"):
        assert (await client.get(path)).status_code == 404


def test_what_the_dashboard_asks_fits_the_schema():
    """All of it together: pages share fragments, and names are unique in the dashboard."""
    files = sorted(DASHBOARD.rglob("*.graphql"))
    asked = concat_ast([parse(file.read_text("utf-8")) for file in files])

    assert len(files) > 10
    assert validate(SCHEMA, asked) == []
