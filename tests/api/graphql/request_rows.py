"""Rows of the request log for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.fixtures import NOW

from gatehouse.records import ScimOperation, Tenant, to_microseconds
from gatehouse.store import request_log
from gatehouse.store.ids import uuid7
from gatehouse.store.request_log import Entry

TOKEN = UUID(int=5)


def entry(tenant: Tenant | None, minute: float = 0, **details: Any) -> Entry:
    """A request of the tenant, or of a stranger, ``minute`` minutes after NOW; by default a user was read."""
    fields: dict[str, Any] = {
        "id": uuid7(),
        "tenant_id": tenant.id if tenant else None,
        "credential_id": TOKEN if tenant else None,
        "received_at": to_microseconds(NOW + timedelta(minutes=minute)),
        "method": "GET",
        "path": "/Users/{id}",
        "operation": ScimOperation.READ_USER,
        "status": 200,
        "scim_type": None,
        "detail": None,
        "duration_us": 1_500,
        "request_id": f"request-{minute}",
        "correlation_id": f"entra-{minute}",
        "ip": "203.0.113.7",
        "user_agent": None,
        "resource_id": None,
        "body": None,
        **details,
    }
    return Entry(**fields)


async def log(tenant: Tenant | None, minute: float = 0, **details: Any) -> Entry:
    """One as :func:`entry` makes it, in the log."""
    made = entry(tenant, minute, **details)
    await request_log.add_many([made])
    return made
