"""Which paths and methods there are, whatever they are mounted under (RFC 7644 §3.2, §3.12; protocol table in docs/scim.md)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.bodies import GROUP, person
from tests.world import BASE, SCIM, World

from gatehouse.app import create_app
from gatehouse.settings import Settings

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ALLOWED = {
    "/": "GET, HEAD, OPTIONS",
    "/.search": "POST, OPTIONS",
    "/Users": "GET, POST, HEAD, OPTIONS",
    "/Users/.search": "POST, OPTIONS",
    "/Users/7": "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
    "/Groups": "GET, POST, HEAD, OPTIONS",
    "/Groups/.search": "POST, OPTIONS",
    "/Groups/7": "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
    "/Me": "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS",
    "/ServiceProviderConfig": "GET, HEAD, OPTIONS",
    "/ResourceTypes": "GET, HEAD, OPTIONS",
    "/ResourceTypes/User": "GET, HEAD, OPTIONS",
    "/Schemas": "GET, HEAD, OPTIONS",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User": "GET, HEAD, OPTIONS",
}
UNKNOWN = (
    "/nosuch",
    "/Users/7/emails",
    "/users",
    "/Me/7",
    "/.search/7",
    "/Users/.search/7",
    "/Users//",
    "//",
    "/Roles",
)
DISCOVERY = ("/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/Group", "/Schemas", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:group")  # fmt: skip

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def _is_error(response: httpx.Response, status: int) -> bool:
    assert response.headers["content-type"] == "application/scim+json"
    return (response.status_code, response.json()["status"]) == (status, str(status))


async def test_methods(world: World) -> None:
    client = await world.client()
    for path, allowed in ALLOWED.items():
        options = await client.request("OPTIONS", path)
        assert (options.status_code, options.headers["allow"], options.content) == (204, allowed, b""), path
        for method in METHODS:
            for slash in ("", "/") if path != "/" else ("",):
                response = await client.request(method, path + slash)
                if method in allowed.split(", "):
                    assert response.status_code not in {405, 500}, (method, path)
                else:
                    assert (response.status_code, response.headers["allow"]) == (405, allowed), (method, path)
                    assert response.request.method == "HEAD" or _is_error(response, 405)


async def test_unknown_paths(world: World) -> None:
    client = await world.client()
    for path in UNKNOWN:
        for method in METHODS:
            response = await client.request(method, path)
            assert response.status_code == 404, (method, path)
            assert method == "HEAD" or _is_error(response, 404)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_me_is_not_offered(world: World, method: str) -> None:
    client = await world.client()

    assert _is_error(await client.request(method, "/Me"), 501)
    assert _is_error(await world.http.request(method, f"{SCIM}/Me"), 401)


async def test_head_is_get_without_its_body(world: World) -> None:
    client = await world.client()
    user = await client.create("ana@x.example")
    for path in ("/Users", "/Groups", "/", f"/Users/{user['id']}", "/Users/7", "/Me", "/Users?filter=(", *DISCOVERY):
        get, head = await client.get(path), await client.request("HEAD", path)
        assert head.content == b""
        assert head.status_code == get.status_code
        assert _told(head) == _told(get)


def _told(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in {"x-request-id", "date"}}


async def test_discovery_is_not_sent_twice(world: World) -> None:
    for path in DISCOVERY:
        first = await world.http.get(SCIM + path)
        tag = first.headers["etag"]
        again = await world.http.get(SCIM + path, headers={"If-None-Match": tag})
        other = await world.http.get(SCIM + path, headers={"If-None-Match": '"0"'})

        assert tag.startswith('"') and first.headers["cache-control"] == "public, max-age=300"
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (other.status_code, other.content) == (200, first.content)
        assert _is_error(await world.http.get(f"{SCIM}{path}?filter=id pr"), 403)
    assert len({(await world.http.get(SCIM + path)).headers["etag"] for path in DISCOVERY}) == len(DISCOVERY)


async def test_links_follow_the_public_address(migrated_url: str, world: World) -> None:
    """Behind a proxy that serves the facade under a path of its own, at another host."""
    token = (await world.client()).token
    public = "https://id.example/gate/house"
    app = create_app(Settings(database_url=migrated_url, public_url=public, credential_cache_s=0), served_at=BASE)
    async with app.router.lifespan_context(app) as state:

        async def below_a_prefix(scope: Any, receive: Any, send: Any) -> None:
            prefixed = {**scope, "path": f"/inner{scope['path']}", "root_path": "/inner", "state": dict(state or {})}
            await app(prefixed, receive, send)

        transport = httpx.ASGITransport(app=below_a_prefix)
        async with httpx.AsyncClient(transport=transport, headers={"Authorization": f"Bearer {token}"}) as http:
            user = await http.post(f"{SCIM}/Users", json=person("ana@x.example"))
            body = {"schemas": [GROUP], "displayName": "G", "members": [{"value": user.json()["id"]}]}
            group = (await http.post(f"{SCIM}/Groups", json=body)).json()
            shown = (await http.get(f"{SCIM}/Users/{user.json()['id']}?attributes=groups")).json()
            listed = (await http.get(f"{SCIM}/")).json()["Resources"]
            kinds = (await http.get(f"{SCIM}/ResourceTypes")).json()["Resources"]

    base = f"{public}/scim/v2"
    assert user.headers["location"] == user.json()["meta"]["location"] == f"{base}/Users/{user.json()['id']}"
    assert group["members"][0]["$ref"] == f"{base}/Users/{user.json()['id']}"
    assert shown["groups"][0]["$ref"] == f"{base}/Groups/{group['id']}"
    assert [resource["meta"]["location"] for resource in listed] == [
        user.headers["location"], group["meta"]["location"]
    ]  # fmt: skip
    assert [kind["meta"]["location"] for kind in kinds] == [
        f"{base}/ResourceTypes/{name}" for name in ("User", "Group")
    ]
    assert {urlsplit(kind["meta"]["location"]).netloc for kind in kinds} == {"id.example"}
