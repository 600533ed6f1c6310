"""The request log holds every request, refused ones included, and no secret."""

from __future__ import annotations

from tests.bodies import person
from tests.world import SCIM, running

from gatehouse.store.database import Database, fetch


async def test_every_request_is_logged_without_secrets(database: Database, migrated_url: str) -> None:
    async with running(migrated_url, request_log_flush_s=3_600.0) as world:
        entra = await world.client()
        user = await entra.create("ada@corp.example")
        await entra.get('/Users?filter=userName%20eq%20"ada@corp.example"')
        await entra.post("/Users", person("ada@corp.example", password="hunter2"))  # noqa: S106 - on purpose
        await world.http.get(f"{SCIM}/Users/{user['id']}", headers={"Authorization": "Bearer wrong"})
        await world.http.get(f"{SCIM}/Users", headers={"Authorization": f"Bearer {entra.token} {entra.token}"})
        await entra.get("/nosuch", headers={"client-request-id": "abc-123", "User-Agent": "test"})
    rows = await fetch("SELECT * FROM request_log ORDER BY received_at, id")

    assert [(r["method"], r["path"], r["status"], r["operation"]) for r in rows] == [
        ("POST", "/Users", 201, "CREATE_USER"),
        ("GET", "/Users", 200, "LIST_USERS"),
        ("POST", "/Users", 409, "CREATE_USER"),
        ("GET", "/Users/{id}", 401, "READ_USER"),
        ("GET", "/Users", 400, "LIST_USERS"),
        ("GET", "(unknown)", 404, "UNKNOWN"),
    ]
    assert [row["tenant_id"] for row in rows[3:5]] == [None, None]
    assert rows[5]["correlation_id"] == "abc-123"
    assert rows[2]["scim_type"] == "uniqueness"
    everything = " ".join(str(value) for row in rows for value in tuple(row))
    assert entra.token not in everything
    assert "hunter2" not in everything
