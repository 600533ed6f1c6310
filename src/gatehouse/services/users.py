"""What Entra does with users: create, read, replace, patch, delete. Each write is one atomic batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as changed
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from gatehouse.errors import AlreadyExists, StaleVersion
from gatehouse.mapping.changes import access_changes
from gatehouse.mapping.group_limit import check_group_count
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.mapping.rules import Mapping, mapping_inputs
from gatehouse.mapping.warnings import warnings as access_warnings
from gatehouse.records import (
    Caller,
    Change,
    EventAction,
    EventOutcome,
    ProvisioningEvent,
    ResourceKind,
    ShownUser,
    UserRecord,
)
from gatehouse.scim.changes import changes
from gatehouse.scim.entity_tags import UNCONDITIONAL, Precondition
from gatehouse.scim.patch import PatchRequest, apply_patch, parse_patch, unchanged
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import USER
from gatehouse.services import list_memory, metrics, overrides, provisioning, settling
from gatehouse.services.clock import now
from gatehouse.services.masking import quoted
from gatehouse.store import access_history, database, groups, history, mapping as mappings, users
from gatehouse.store.affiliations import Affiliations, of_users
from gatehouse.store.database import Statement, UniqueViolation
from gatehouse.store.ids import uuid7

__all__ = ["Affiliations", "affiliations", "create", "delete", "get", "patch", "replace"]

_USER = ResourceKind.USER


async def get(tenant_id: UUID, user_id: UUID) -> ShownUser:
    """:raises NotFound: unknown, deleted, or another tenant's."""
    return await users.shown(tenant_id, user_id)


async def affiliations(
    tenant_id: UUID, user_ids: Sequence[UUID], *, groups: bool, access: bool
) -> dict[UUID, Affiliations]:
    """What users belong to, for representations that ask for it."""
    if access:
        await overrides.end_due(frozenset({tenant_id}))  # the rows may tell of one whose time is over
    return await of_users(tenant_id, user_ids, groups=groups, access=access)


async def create(caller: Caller, body: dict[str, Any]) -> UserRecord:
    """Add a user with the access that the mapping gives (RFC 7644 §3.3).

    :raises InvalidValue: the body does not fit the schema, or the mapping refuses its values.
    :raises AlreadyExists: the userName is taken, in whatever case.
    """
    tenant = caller.tenant
    reading = read_resource(body, USER, mode=tenant.scim_mode, unknown=tenant.unknown_attributes, limits=caller.limits)
    user_id = uuid7()

    async def use_case(version: int) -> UserRecord:
        mapping = await mappings.load(tenant.id, version)
        access = _access(caller, reading.resource, mapping, previous=None)
        moment = now()
        user = UserRecord(
            id=user_id,
            tenant_id=tenant.id,
            version=1,
            document=orjson.dumps(reading.resource).decode(),
            active=reading.resource["active"],
            created_at=moment,
            last_modified_at=moment,
            mapping_version=version,
            access=access.to_text(),
            access_since=moment,
        )
        happened = provisioning.event(
            caller,
            _USER,
            EventAction.CREATE,
            resource_id=user_id,
            resource_name=reading.resource["userName"],
            occurred_at=moment,
            http_status=201,
            changes=[*changes(None, reading.resource), *access_changes(None, access, mapping)],
            warnings=[*reading.warnings, *access_warnings(access, mapping)],
            mapping_version=version,
        )
        await _commit(users.insert(user, reading.resource, access), happened, reading.resource)
        list_memory.USERS.forget(tenant.id)
        return user

    return await provisioning.attempt(caller, user_id, use_case)


async def patch(
    caller: Caller, user_id: UUID, body: dict[str, Any], *, precondition: Precondition = UNCONDITIONAL
) -> UserRecord:
    """Apply a PatchOp message (RFC 7644 §3.5.2); one that changes nothing is recorded and changes no version.

    :raises NotFound: no such user.
    :raises InvalidRequest: what exactly is wrong with the message; nothing has changed.
    :raises AlreadyExists: the new userName is taken.
    :raises PreconditionFailed: ``precondition`` does not hold of the current version.
    """
    tenant = caller.tenant
    request = parse_patch(body, USER, mode=tenant.scim_mode, unknown=tenant.unknown_attributes, limits=caller.limits)

    async def use_case(version: int) -> UserRecord:
        before = await _current(tenant.id, user_id)
        provisioning.check_precondition(precondition, before.version)
        old = orjson.loads(before.document)
        new = apply_patch(old, request, USER, server=await _server_attributes(before, request))
        return await _change(caller, before, old, new, warnings=request.warnings, mapping_version=version)

    return await provisioning.attempt(caller, user_id, use_case)


async def replace(
    caller: Caller, user_id: UUID, body: dict[str, Any], *, precondition: Precondition = UNCONDITIONAL
) -> UserRecord:
    """Replace a user (RFC 7644 §3.5.1): what the body omits is cleared, except ``active``.

    :raises NotFound, InvalidRequest, AlreadyExists, PreconditionFailed: as :func:`patch`.
    """
    tenant = caller.tenant

    async def use_case(version: int) -> UserRecord:
        before = await _current(tenant.id, user_id)
        provisioning.check_precondition(precondition, before.version)
        old = orjson.loads(before.document)
        reading = read_resource(
            body, USER, mode=tenant.scim_mode, unknown=tenant.unknown_attributes, limits=caller.limits, previous=old
        )
        return await _change(caller, before, old, reading.resource, warnings=reading.warnings, mapping_version=version)

    return await provisioning.attempt(caller, user_id, use_case)


async def delete(caller: Caller, user_id: UUID, *, precondition: Precondition = UNCONDITIONAL) -> None:
    """Delete a user (RFC 7644 §3.6): gone from SCIM, the userName free again, the history kept.

    :raises NotFound: no such user.
    :raises PreconditionFailed: ``precondition`` does not hold of the current version.
    """

    async def use_case(version: int) -> None:
        before = await _current(caller.tenant.id, user_id)
        provisioning.check_precondition(precondition, before.version)
        mapping = await mappings.load(caller.tenant.id, version)
        moment = provisioning.after(now(), before.last_modified_at)
        tombstone = users.delete(before, mapping_version=version, deleted_at=moment)
        if database.writes_in_turn() and not await groups.has_any(caller.tenant.id, user_id):
            happened = _deletion(caller, before, mapping, moment)
            alone = groups.expect_none(caller.tenant.id, user_id)
            await provisioning.commit(
                [alone, *tombstone, *users.forget(before, deleted_at=moment, member=False)], happened
            )
            return
        async with database.transaction():
            await database.write(tombstone)
            left = await groups.leave_all(caller.tenant.id, user_id)
            happened = _deletion(caller, before, mapping, moment, left)
            await database.write([*users.forget(before, deleted_at=moment), history.add(happened)])
        metrics.count_event(happened)

    await provisioning.attempt(caller, user_id, use_case)
    list_memory.USERS.forget(caller.tenant.id)


def _deletion(
    caller: Caller, before: UserRecord, mapping: Mapping, moment: datetime, left: Sequence[str] = ()
) -> ProvisioningEvent:
    """:param left: the names of the groups that the user leaves."""
    old = orjson.loads(before.document)
    return provisioning.event(
        caller,
        _USER,
        EventAction.DELETE,
        resource_id=before.id,
        resource_name=old["userName"],
        occurred_at=moment,
        http_status=204,
        changes=[
            *changes(old, None),
            *access_changes(Access.from_text(before.access), None, mapping),
            *([Change("groups", list(left), [])] if left else []),
        ],
        mapping_version=mapping.version,
    )


async def _server_attributes(before: UserRecord, request: PatchRequest) -> dict[str, Any]:
    """What the server sets in a user, to compare with what a message states; the groups are read only if it states them."""
    known = provisioning.server_attributes(_USER, before)
    if any(statement.target.path == "groups" for statement in request.stated):
        found = await of_users(before.tenant_id, [before.id], groups=True, access=False)
        shown = [{"value": str(at), "display": name, "type": "direct"} for at, name in found[before.id].groups]
        known["groups"] = shown or None
    return known


async def _current(tenant_id: UUID, user_id: UUID) -> UserRecord:
    """The user as stored, ready to be changed: after an override whose time is over has ended, with its access settled.

    :raises NotFound: no such user.
    """
    found = await users.get(tenant_id, user_id)
    if found.override_until is not None and found.override_until <= now():
        await overrides.end(tenant_id, user_id)
        found = await users.get(tenant_id, user_id)
    if found.unsettled:
        await settling.settle_user(tenant_id, user_id)
        found = await users.get(tenant_id, user_id)
    return found


async def _change(
    caller: Caller,
    before: UserRecord,
    old: dict[str, Any],
    new: dict[str, Any],
    *,
    warnings: Sequence[str],
    mapping_version: int,
) -> UserRecord:
    if unchanged(old, new):
        await _record_no_change(caller, before, old, warnings)
        return before
    mapping = await mappings.load(caller.tenant.id, mapping_version)
    previous = Access.from_text(before.access)
    inputs_moved = mapping_inputs(old, mapping.settings) != mapping_inputs(new, mapping.settings)
    access = _access(caller, new, mapping, previous=previous) if inputs_moved else previous
    moment = provisioning.after(now(), before.last_modified_at)
    text = access.to_text()
    moves = text != before.access or new["active"] != before.active
    after = changed(
        before,
        version=before.version + 1,
        document=orjson.dumps(new).decode(),
        active=new["active"],
        last_modified_at=moment,
        mapping_version=mapping_version,
        access=text,
        access_since=access_history.following(before.access_since, moment) if moves else before.access_since,
    )
    happened = provisioning.event(
        caller,
        _USER,
        _action(before, after),
        resource_id=before.id,
        resource_name=new["userName"],
        occurred_at=after.last_modified_at,
        http_status=200,
        changes=[*changes(old, new), *access_changes(previous, access, mapping)],
        warnings=[*warnings, *(access_warnings(access, mapping) if inputs_moved else ())],
        mapping_version=mapping_version,
    )
    await _commit(users.update(after, new, access, before=before, old=old), happened, new)
    return after


async def _record_no_change(caller: Caller, before: UserRecord, old: dict[str, Any], warnings: Sequence[str]) -> None:
    await provisioning.record(
        provisioning.event(
            caller,
            _USER,
            EventAction.UPDATE,
            resource_id=before.id,
            resource_name=old["userName"],
            occurred_at=now(),
            http_status=200,
            warnings=["The request changes nothing", *warnings],
            outcome=EventOutcome.SKIPPED,
            mapping_version=before.mapping_version,
        )
    )


async def _commit(statements: Sequence[Statement], happened: ProvisioningEvent, resource: dict[str, Any]) -> None:
    try:
        await provisioning.commit(statements, happened)
    except UniqueViolation as taken:
        if "user_name_key" not in taken.what:
            raise StaleVersion("The user's access was changed at the same time") from taken
        raise AlreadyExists(
            f"A user with userName {quoted(resource['userName'])} exists already", path="userName"
        ) from None


def _access(caller: Caller, resource: dict[str, Any], mapping: Mapping, *, previous: Access | None) -> Access:
    settings = mapping.settings
    title, user_type = mapping_inputs(resource, settings)
    access = resolve(title, user_type, mapping, previous=previous)
    check_group_count(access, previous, limit=caller.limits.employee_groups, attribute=settings.group_attribute)
    return access


def _action(before: UserRecord, after: UserRecord) -> EventAction:
    if before.active == after.active:
        return EventAction.UPDATE
    return EventAction.RESTORE if after.active else EventAction.DISABLE
