"""Exports from asking to the file, as a client of the whole service does it."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode
from typing import Any

import httpx
import pytest
from tests.world import BASE, World

from gatehouse.store import database as store

CREATE = """mutation($input: ExportCreateInput!) { exportCreate(input: $input) {
  job { id status } userErrors { code path message } } }"""
JOB = """query($id: ID!) { job(id: $id) { status progress processed total byteSize sha256 redacted error downloadUrl
  downloadExpiresAt createdBy { display } tenant { slug jobs { totalCount nodes { id } } } } }"""


async def export(world: World, key: str, tenant_id: str, **wish: Any) -> dict[str, Any]:
    """The job when its file is there."""
    asked = await world.graphql(key, CREATE, input={"tenantId": tenant_id, "subject": "USERS", "format": "CSV", **wish})
    assert asked["exportCreate"]["userErrors"] == []
    found: dict[str, Any] = {}
    while found.get("status") not in {"SUCCEEDED", "FAILED"}:
        await asyncio.sleep(0.1)
        found = (await world.graphql(key, JOB, id=asked["exportCreate"]["job"]["id"]))["job"]
    return {"id": asked["exportCreate"]["job"]["id"], **found}


async def fetch(world: World, key: str, url: str, method: str = "GET") -> httpx.Response:
    return await world.http.request(method, url, headers={"Authorization": f"Bearer {key}"})


async def tenant_of(world: World, key: str, slug: str) -> str:
    found = await world.graphql(key, "query($slug: String!) { tenant(by: {slug: $slug}) { id } }", slug=slug)
    return str(found["tenant"]["id"])


async def test_from_asking_to_the_file(world: World) -> None:
    acme, key = await world.client(), await world.api_key()
    await acme.create("ana@corp.example")

    job = await export(world, key, await tenant_of(world, key, "acme"), redactPii=False)
    file = await fetch(world, key, job["downloadUrl"])
    head = await fetch(world, key, job["downloadUrl"], "HEAD")

    digest = hashlib.sha256(file.content)
    assert (job["status"], job["progress"], job["processed"], job["total"]) == ("SUCCEEDED", 1.0, 1, 1)
    assert (job["byteSize"], job["sha256"]) == (len(file.content), digest.hexdigest())
    assert (job["redacted"], job["error"], job["createdBy"]["display"]) == (False, None, "owner key")
    assert job["tenant"] == {"slug": "acme", "jobs": {"totalCount": 1, "nodes": [{"id": job["id"]}]}}
    assert b"ana@corp.example" in file.content
    assert (file.status_code, head.status_code, head.content) == (200, 200, b"")
    for answer in (file, head):
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-length"] == str(len(file.content))
        assert answer.headers["content-digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
        assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
        assert answer.headers["content-disposition"].startswith('attachment; filename="users-20')
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
    rows = await store.fetch("SELECT action FROM audit_entry WHERE target_type = 'Job' ORDER BY occurred_at, id")
    assert [row[0] for row in rows] == ["exportCreate", "exportDownload"]


async def test_asked_twice_with_one_key(world: World) -> None:
    await world.client()
    key = await world.api_key()
    tenant = await tenant_of(world, key, "acme")
    wish = {"tenantId": tenant, "subject": "AUDIT", "format": "NDJSON", "idempotencyKey": "nightly"}

    answers = [(await world.graphql(key, CREATE, input=wish))["exportCreate"] for _ in range(2)]
    other = (await world.graphql(key, CREATE, input={**wish, "format": "CSV"}))["exportCreate"]

    assert answers[0]["job"]["id"] == answers[1]["job"]["id"]
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_MISMATCH"
    assert len(await store.fetch("SELECT id FROM job")) == 1


async def test_refusals(world: World) -> None:
    acme, other = await world.client(), await world.client("other")
    key = await world.api_key()
    job = await export(world, key, await tenant_of(world, key, "acme"), redactPii=False)
    viewer = await world.api_key("viewer", acme.tenant.id)
    stranger = await world.api_key("owner", other.tenant.id)
    url = job["downloadUrl"]

    answers = {
        "without a key": await world.http.get(url),
        "a wrong key": await fetch(world, "gth_api_nonsense", url),
        "a SCIM token": await fetch(world, acme.token, url),
        "may not export": await fetch(world, viewer, url),
        "another tenant": await fetch(world, stranger, url),
        "no such job": await fetch(world, key, f"{BASE}/exports/{acme.tenant.id}"),
        "no id": await fetch(world, key, f"{BASE}/exports/x'"),
        "a method": await fetch(world, key, url, "DELETE"),
    }

    assert {case: answer.status_code for case, answer in answers.items()} == {
        "without a key": 401,
        "a wrong key": 401,
        "a SCIM token": 401,
        "may not export": 403,
        "another tenant": 404,
        "no such job": 404,
        "no id": 404,
        "a method": 405,
    }
    for answer in answers.values():
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
        assert answer.json()["requestId"] == answer.headers["x-request-id"]
    assert answers["another tenant"].json()["detail"] == answers["no such job"].json()["detail"]
    assert answers["a wrong key"].headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answers["a method"].headers["allow"] == "GET, HEAD"
    seen = (await world.graphql(viewer, JOB, id=job["id"]))["job"]
    assert (seen["status"], seen["downloadUrl"]) == ("SUCCEEDED", None)
    assert (await world.graphql(stranger, JOB, id=job["id"]))["job"] is None


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_masked_file_is_for_whoever_may_export(world: World) -> None:
    acme = await world.client()
    await acme.create("ana@corp.example")
    owner = await world.api_key("owner", acme.tenant.id)

    job = await export(world, owner, await tenant_of(world, owner, "acme"))
    file = await fetch(world, owner, job["downloadUrl"])

    assert job["redacted"] is True
    assert b"ana@" not in file.content and b"a***@corp.example" in file.content


async def test_the_dashboard_downloads_by_its_cookie(world: World) -> None:
    acme, key = await world.client(), await world.api_key()
    await acme.create("ana@corp.example")
    job = await export(world, key, await tenant_of(world, key, "acme"))
    begun = await world.http.post(f"{BASE}/admin/session", json={"key": key}, headers={"Origin": BASE})
    cookie = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
    world.http.cookies.clear()

    told = {
        site: (await world.http.get(job["downloadUrl"], headers={**cookie, "Sec-Fetch-Site": site})).status_code
        for site in ("same-origin", "none", "same-site", "cross-site")
    }
    assert told == {"same-origin": 200, "none": 200, "same-site": 403, "cross-site": 403}
    assert (await world.http.get(job["downloadUrl"])).status_code == 401
