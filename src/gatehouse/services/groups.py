"""What Entra does with groups. The member list is never loaded for a write; a write asks only about whom it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as changed
from typing import Any, Final
from uuid import UUID

from gatehouse.errors import AlreadyExists
from gatehouse.records import (
    Caller,
    Change,
    EventAction,
    EventOutcome,
    GroupRecord,
    ProvisioningEvent,
    ResourceKind,
)
from gatehouse.scim.entity_tags import UNCONDITIONAL, Precondition
from gatehouse.scim.members import MemberOperation, resource_members
from gatehouse.scim.patch import apply_patch, members_operations, parse_patch
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import GROUP
from gatehouse.services import provisioning
from gatehouse.services.clock import now
from gatehouse.services.masking import quoted
from gatehouse.services.membership import Membership, membership_after
from gatehouse.store import groups
from gatehouse.store.database import Statement, UniqueViolation
from gatehouse.store.ids import uuid7

_GROUP: Final = ResourceKind.GROUP
_SHORT_LIST: Final = 200  # members: one page


async def get(tenant_id: UUID, group_id: UUID) -> GroupRecord:
    """:raises NotFound: unknown, deleted, or another tenant's."""
    return await groups.get(tenant_id, group_id)


async def members(tenant_id: UUID, group_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The member ids of each group, for representations that show them."""
    return await groups.members(tenant_id, group_ids)


async def create(caller: Caller, body: dict[str, Any]) -> GroupRecord:
    """Add a group, with members if the body names any.

    :raises InvalidValue: the body does not fit the schema, or a member is no user of the tenant.
    :raises AlreadyExists: the displayName is taken, in whatever case.
    """
    tenant = caller.tenant
    reading = read_resource(body, GROUP, mode=tenant.scim_mode, unknown=tenant.unknown_attributes, limits=caller.limits)
    wanted = [MemberOperation("add", resource_members(reading.resource))]
    group_id = uuid7()

    async def use_case(_version: int) -> GroupRecord:
        membership = await membership_after(tenant.id, None, wanted)
        moment = now()
        group = GroupRecord(
            id=group_id,
            tenant_id=tenant.id,
            version=1,
            display_name=reading.resource["displayName"],
            external_id=reading.resource.get("externalId"),
            created_at=moment,
            last_modified_at=moment,
        )
        happened = provisioning.event(
            caller,
            _GROUP,
            EventAction.CREATE,
            resource_id=group_id,
            resource_name=group.display_name,
            occurred_at=moment,
            http_status=201,
            changes=[*_attribute_changes(None, group), *membership.changes()],
            warnings=reading.warnings,
        )
        statements = [*groups.insert(group), *membership.statements(tenant.id, group_id)]
        await _commit(statements, happened, group)
        return group

    return await provisioning.attempt(caller, group_id, use_case)


async def patch(
    caller: Caller,
    group_id: UUID,
    body: dict[str, Any],
    *,
    precondition: Precondition = UNCONDITIONAL,
    shown: bool = False,
) -> tuple[GroupRecord, bool]:
    """Apply a PatchOp message (RFC 7644 §3.5.2), members as set operations.

    :param shown: whether the client asked to see the group.
    :returns: the group, and whether the answer shows it (200) or not (204), since its list of members may be long.
    :raises NotFound: no such group.
    :raises InvalidRequest: what exactly is wrong with the message; nothing has changed.
    :raises AlreadyExists: the new displayName is taken.
    :raises PreconditionFailed: ``precondition`` does not hold of the current version.
    """
    tenant = caller.tenant
    request = parse_patch(body, GROUP, mode=tenant.scim_mode, unknown=tenant.unknown_attributes, limits=caller.limits)
    operations = members_operations(request)

    async def use_case(_version: int) -> tuple[GroupRecord, bool]:
        before = await groups.get(tenant.id, group_id)
        provisioning.check_precondition(precondition, before.version)
        server = provisioning.server_attributes(_GROUP, before)
        resource = apply_patch(_resource(before), request, GROUP, server=server)
        membership = await membership_after(tenant.id, group_id, operations)
        shows = shown or await _is_short(tenant.id, group_id, operations)
        answer = 200 if shows else 204
        after = await _change(caller, before, resource, membership, warnings=request.warnings, answer=answer)
        return after, shows

    return await provisioning.attempt(caller, group_id, use_case)


async def replace(
    caller: Caller, group_id: UUID, body: dict[str, Any], *, precondition: Precondition = UNCONDITIONAL
) -> GroupRecord:
    """Replace a group (RFC 7644 §3.5.1), its members included.

    :raises NotFound, InvalidRequest, AlreadyExists, PreconditionFailed: as :func:`patch`.
    """
    tenant = caller.tenant
    reading = read_resource(body, GROUP, mode=tenant.scim_mode, unknown=tenant.unknown_attributes, limits=caller.limits)
    wanted = [MemberOperation("replace", resource_members(reading.resource))]

    async def use_case(_version: int) -> GroupRecord:
        before = await groups.get(tenant.id, group_id)
        provisioning.check_precondition(precondition, before.version)
        membership = await membership_after(tenant.id, group_id, wanted)
        return await _change(caller, before, reading.resource, membership, warnings=reading.warnings, answer=200)

    return await provisioning.attempt(caller, group_id, use_case)


async def delete(caller: Caller, group_id: UUID, *, precondition: Precondition = UNCONDITIONAL) -> None:
    """Delete a group; its members stay users.

    :raises NotFound: no such group.
    :raises PreconditionFailed: ``precondition`` does not hold of the current version.
    """

    async def use_case(_version: int) -> None:
        before = await groups.get(caller.tenant.id, group_id)
        provisioning.check_precondition(precondition, before.version)
        moment = provisioning.after(now(), before.last_modified_at)
        membership = await membership_after(caller.tenant.id, group_id, [MemberOperation("remove_all", ())])
        happened = provisioning.event(
            caller,
            _GROUP,
            EventAction.DELETE,
            resource_id=group_id,
            resource_name=before.display_name,
            occurred_at=moment,
            http_status=204,
            changes=[*_attribute_changes(before, None), *membership.changes()],
        )
        await provisioning.commit(groups.delete(before, deleted_at=moment), happened)

    await provisioning.attempt(caller, group_id, use_case)


async def _is_short(tenant_id: UUID, group_id: UUID, operations: Sequence[MemberOperation]) -> bool:
    """Whether the member list after the operations is short without a look at it: nobody is named, few or none remain."""
    if operations:
        return all(operation.kind == "remove_all" for operation in operations)
    return await groups.member_count(tenant_id, group_id) <= _SHORT_LIST


async def _change(
    caller: Caller,
    before: GroupRecord,
    resource: dict[str, Any],
    membership: Membership,
    *,
    warnings: Sequence[str],
    answer: int,
) -> GroupRecord:
    after = changed(
        before,
        version=before.version + 1,
        display_name=resource["displayName"],
        external_id=resource.get("externalId"),
        last_modified_at=provisioning.after(now(), before.last_modified_at),
    )
    found = [*_attribute_changes(before, after), *membership.changes()]
    happened = provisioning.event(
        caller,
        _GROUP,
        EventAction.UPDATE,
        resource_id=before.id,
        resource_name=after.display_name,
        occurred_at=after.last_modified_at,
        http_status=answer,
        changes=found,
        warnings=warnings if found else ["The request changes nothing", *warnings],
        outcome=None if found else EventOutcome.SKIPPED,
    )
    if not found:
        await provisioning.record(happened)
        return before
    statements = [*groups.update(after, before=before), *membership.statements(before.tenant_id, before.id)]
    await _commit(statements, happened, after)
    return after


async def _commit(statements: Sequence[Statement], happened: ProvisioningEvent, group: GroupRecord) -> None:
    try:
        await provisioning.commit(statements, happened)
    except UniqueViolation:
        raise AlreadyExists(
            f"A group with displayName {quoted(group.display_name)} exists already", path="displayName"
        ) from None


def _resource(group: GroupRecord) -> dict[str, Any]:
    resource: dict[str, Any] = {"schemas": [GROUP.schema], "displayName": group.display_name}
    if group.external_id is not None:
        resource["externalId"] = group.external_id
    return resource


def _attribute_changes(before: GroupRecord | None, after: GroupRecord | None) -> list[Change]:
    pairs = (
        ("displayName", before and before.display_name, after and after.display_name),
        ("externalId", before and before.external_id, after and after.external_id),
    )
    return [Change(path, old, new) for path, old, new in pairs if old != new]
