"""Provisioning events: written in the batch of the change they tell of."""

from __future__ import annotations

from typing import Final

import orjson

from gatehouse.records import ProvisioningEvent, to_microseconds
from gatehouse.store.database import Statement

_INSERT: Final = (
    "INSERT INTO provisioning_event (id, tenant_id, occurred_at, resource_kind, resource_id, resource_name, action,"
    " outcome, actor_kind, actor_id, actor_display, request_id, correlation_id, changes, mapping_version, error_code,"
    " reason, http_status)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
)


def add(event: ProvisioningEvent) -> Statement:
    """The statement that records an event; put it into the batch of the change itself."""
    changes = [{"path": c.path, "before": c.before, "after": c.after} for c in event.changes]
    return Statement(
        _INSERT,
        (
            event.id,
            event.tenant_id,
            to_microseconds(event.occurred_at),
            str(event.resource_kind),
            event.resource_id,
            event.resource_name,
            str(event.action),
            str(event.outcome),
            str(event.actor.kind),
            event.actor.id,
            event.actor.display,
            event.origin.request_id,
            event.origin.correlation_id,
            orjson.dumps(changes).decode(),
            event.mapping_version,
            event.error_code,
            event.reason,
            event.http_status,
        ),
    )
