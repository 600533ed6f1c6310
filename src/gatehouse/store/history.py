"""Provisioning events: written in the batch of the change they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import orjson

from gatehouse.records import ProvisioningEvent, ResourceKind, to_microseconds
from gatehouse.store import database, json_rows
from gatehouse.store.commit_order import SQLITE_NEXT
from gatehouse.store.database import Statement
from gatehouse.store.json_rows import Columns

_COLUMNS: Final[Columns] = {
    "id": "uuid",
    "tenant_id": "uuid",
    "occurred_at": "bigint",
    "resource_kind": "text",
    "resource_id": "uuid",
    "resource_name": "text",
    "action": "text",
    "outcome": "text",
    "actor_kind": "text",
    "actor_id": "uuid",
    "actor_display": "text",
    "request_id": "text",
    "correlation_id": "text",
    "changes": "text",
    "mapping_version": "integer",
    "error_code": "text",
    "reason": "text",
    "http_status": "integer",
}
_NAMES: Final = ", ".join(_COLUMNS)
_VALUES: Final = ", ".join(f"${n}" for n in range(1, len(_COLUMNS) + 1))
_STAMP: Final = f"max({{at}}, {SQLITE_NEXT})"
_INSERT: Final = {
    "postgres": f"INSERT INTO provisioning_event ({_NAMES}) VALUES ({_VALUES})",
    "sqlite": f"INSERT INTO provisioning_event ({_NAMES}, commit_stamp) VALUES ({_VALUES}, {_STAMP.format(at='$3')})",
}
_INSERT_MANY: Final = {
    "postgres": "INSERT INTO provisioning_event ({names}) SELECT {names} FROM {given} given",
    "sqlite": "INSERT INTO provisioning_event ({names}, commit_stamp)"
    f" SELECT {{names}}, {_STAMP.format(at='given.occurred_at')} FROM {{given}} given",
}
_NAME: Final = {
    ResourceKind.USER: "SELECT user_name FROM scim_user WHERE tenant_id = $1 AND id = $2",
    ResourceKind.GROUP: "SELECT display_name FROM scim_group WHERE tenant_id = $1 AND id = $2",
}


async def resource_name(tenant_id: UUID, kind: ResourceKind, resource_id: UUID) -> str | None:
    """What the tenant's user or group is called, also when it is deleted; None when there never was one."""
    row = await database.fetch_one(_NAME[kind], tenant_id, resource_id)
    return None if row is None else str(row[0])


def add(event: ProvisioningEvent) -> Statement:
    """The statement that records an event; put it into the batch of the change itself."""
    changes = [{"path": c.path, "before": c.before, "after": c.after} for c in event.changes]
    return Statement(
        _INSERT[database.dialect()],
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


def add_many(events: Sequence[ProvisioningEvent]) -> Statement:
    """The one statement that records all these events."""
    given = json_rows.table("$1", _COLUMNS)
    return Statement(
        _INSERT_MANY[database.dialect()].format(names=_NAMES, given=given),
        (json_rows.parameter(_COLUMNS, (add(event).parameters for event in events)),),
    )


async def take_back(tenant_id: UUID, event_ids: Sequence[UUID]) -> None:
    """Remove events that the same transaction wrote ahead of what then did not happen; no other event ever goes."""
    await database.execute_many(
        "DELETE FROM provisioning_event WHERE tenant_id = $1 AND id = $2",
        [(tenant_id, event_id) for event_id in event_ids],
    )
