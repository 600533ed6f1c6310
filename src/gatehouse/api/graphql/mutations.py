"""The entry points for changing things. Expected failures are data: they come back as ``userErrors``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.errors import user_error
from gatehouse.api.graphql.events import FieldChange
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import row_id
from gatehouse.api.graphql.inputs import (
    EmployeeGroupUpsertInput,
    GroupRuleSetInput,
    MappingSettingsUpdateInput,
    RoleRuleSetInput,
    RoleUpsertInput,
    RuleRemoveInput,
    TenantUpdateInput,
    UnmappedValueIgnoreInput,
    UnmappedValueUnignoreInput,
    UserOverrideClearInput,
    UserOverrideSetInput,
)
from gatehouse.api.graphql.mapping import Mapping
from gatehouse.api.graphql.payloads import (
    EmployeeGroupPayload,
    Impact,
    MappingPayload,
    MutationPayload,
    RolePayload,
    TenantPayload,
    UnmappedValuePayload,
    UserPayload,
)
from gatehouse.api.graphql.tenants import Tenant
from gatehouse.api.graphql.unmapped import UnmappedValue
from gatehouse.api.graphql.users import User
from gatehouse.errors import Forbidden, GatehouseError, NotFound
from gatehouse.records import Permission
from gatehouse.services import catalogue, clock, directory, mapping, overrides, tenants, unmapped_values
from gatehouse.services.directory import DirectoryUser
from gatehouse.services.mapping import MappingChange
from gatehouse.services.overrides import OverrideChange

P = TypeVar("P", bound=MutationPayload)
_ENVELOPE: Final = frozenset({"tenant_id", "user_id", "client_mutation_id"})
_NULL_IS_A_VALUE: Final = frozenset({"default_role_key"})  # everywhere else null reads as left out


class Input(Protocol):
    """What the inputs of all mutations have; the other fields are the arguments of the service."""

    client_mutation_id: str | None


class TenantInput(Input, Protocol):
    """Of mutations that change something of a tenant."""

    tenant_id: strawberry.ID


class UserInput(Input, Protocol):
    """Of mutations that change one user."""

    user_id: strawberry.ID


@strawberry.type(description="Everything that can be changed. Each change leaves an audit entry.")
class Mutation:
    """Root of mutations."""

    @resolver(
        "Rename a tenant, or change how its SCIM requests are read; servers go by it within a second."
        " Needs MANAGE_TENANTS."
    )
    async def tenant_update(self, info: Info, input: TenantUpdateInput) -> TenantPayload:
        """Change a tenant."""

        async def act(tenant_id: UUID) -> dict[str, Any]:
            given = _arguments(input)
            given |= _arguments(given.pop("settings", None))
            changed = await tenants.update(*_who(info), tenant_id, **given)
            changes = [FieldChange.from_record(change, personal=True) for change in changed.changes]
            return {"tenant": Tenant.from_record(changed.tenant), "changes": changes, "dry_run": changed.dry_run}

        return await _carry_out(info, TenantPayload, input, act, needs=Permission.MANAGE_TENANTS)

    @resolver("Create a role, or bring it into the form given. Needs EDIT_MAPPING.")
    async def role_upsert(self, info: Info, input: RoleUpsertInput) -> RolePayload:
        """Upsert a role."""

        async def act(tenant_id: UUID) -> dict[str, Any]:
            role = await catalogue.upsert_role(*_who(info), tenant_id, **_arguments(input))
            return {"role": Role.from_record(role)}

        return await _carry_out(info, RolePayload, input, act)

    @resolver("Create an employee group, or bring it into the form given. Needs EDIT_MAPPING.")
    async def employee_group_upsert(self, info: Info, input: EmployeeGroupUpsertInput) -> EmployeeGroupPayload:
        """Upsert an employee group."""

        async def act(tenant_id: UUID) -> dict[str, Any]:
            group = await catalogue.upsert_employee_group(*_who(info), tenant_id, **_arguments(input))
            return {"employee_group": EmployeeGroup.from_record(group)}

        return await _carry_out(info, EmployeeGroupPayload, input, act)

    @resolver("Let a title give a role. Reaches existing users at once. Needs EDIT_MAPPING.")
    async def role_rule_set(self, info: Info, input: RoleRuleSetInput) -> MappingPayload:
        """Set a role rule."""
        return await _change_mapping(info, input, mapping.set_role_rule)

    @resolver("Take away the rule of a title. Reaches existing users at once. Needs EDIT_MAPPING.")
    async def role_rule_remove(self, info: Info, input: RuleRemoveInput) -> MappingPayload:
        """Remove a role rule."""
        return await _change_mapping(info, input, mapping.remove_role_rule)

    @resolver("Let a segment of userType give employee groups. Reaches existing users at once. Needs EDIT_MAPPING.")
    async def group_rule_set(self, info: Info, input: GroupRuleSetInput) -> MappingPayload:
        """Set a group rule."""
        return await _change_mapping(info, input, mapping.set_group_rule)

    @resolver("Take away the rule of a segment. Reaches existing users at once. Needs EDIT_MAPPING.")
    async def group_rule_remove(self, info: Info, input: RuleRemoveInput) -> MappingPayload:
        """Remove a group rule."""
        return await _change_mapping(info, input, mapping.remove_group_rule)

    @resolver(
        "Change how values are read and what happens without a rule. Reaches existing users at once."
        " Needs EDIT_MAPPING."
    )
    async def mapping_settings_update(self, info: Info, input: MappingSettingsUpdateInput) -> MappingPayload:
        """Change the mapping settings."""
        return await _change_mapping(info, input, mapping.change_settings)

    @resolver(
        "Decide for one user above the rules, for a time: another role, employee groups added or withheld. Replaces the"
        " override that there may be. Needs EDIT_MAPPING."
    )
    async def user_override_set(self, info: Info, input: UserOverrideSetInput) -> UserPayload:
        """Set an override."""
        arguments = _arguments(input)
        terms: dict[str, Any] = {
            name: arguments.pop(name) for name in ("expected_version", "dry_run") if name in arguments
        }
        terms["longest"] = info.context.override_longest
        return await _change_user(
            info, input, partial(overrides.set_override, wish=overrides.Wish(**arguments), **terms)
        )

    @resolver("End the override of a user before its time. Needs EDIT_MAPPING.")
    async def user_override_clear(self, info: Info, input: UserOverrideClearInput) -> UserPayload:
        """Clear an override."""
        return await _change_user(info, input, partial(overrides.clear_override, **_arguments(input)))

    @resolver("Leave a value without a rule out of the list for now. Needs EDIT_MAPPING.")
    async def unmapped_value_ignore(self, info: Info, input: UnmappedValueIgnoreInput) -> UnmappedValuePayload:
        """Ignore a value."""

        async def act() -> dict[str, Any]:
            tenant_id, value_id = await _editable_value(info.context, input.unmapped_value_id)
            value = await unmapped_values.ignore(
                *_who(info), tenant_id, value_id, until=input.until or None, reason=input.reason
            )
            return {"unmapped_value": UnmappedValue.from_record(value)}

        return await _answer(info, UnmappedValuePayload, input, act)

    @resolver("List a value again that was ignored. Needs EDIT_MAPPING.")
    async def unmapped_value_unignore(self, info: Info, input: UnmappedValueUnignoreInput) -> UnmappedValuePayload:
        """Take back an ignore."""

        async def act() -> dict[str, Any]:
            tenant_id, value_id = await _editable_value(info.context, input.unmapped_value_id)
            value = await unmapped_values.unignore(*_who(info), tenant_id, value_id)
            return {"unmapped_value": UnmappedValue.from_record(value)}

        return await _answer(info, UnmappedValuePayload, input, act)


async def _change_mapping(
    info: Info, input: TenantInput, change: Callable[..., Awaitable[MappingChange]]
) -> MappingPayload:
    async def act(tenant_id: UUID) -> dict[str, Any]:
        changed = await change(*_who(info), tenant_id, **_arguments(input))
        current = await directory.mapping(tenant_id, changed.version)
        impact = Impact(**asdict(changed.impact))
        return {"mapping": Mapping.from_value(current), "impact": impact, "dry_run": changed.dry_run}

    return await _carry_out(info, MappingPayload, input, act)


async def _change_user(info: Info, input: UserInput, change: Callable[..., Awaitable[OverrideChange]]) -> UserPayload:
    context = info.context

    async def act() -> dict[str, Any]:
        before = await _editable_user(context, input.user_id)
        changed = await change(*_who(info), before.tenant_id, before.id)
        after = before.with_access(changed.user)
        context.now = clock.now()  # the answer shows what has just been done
        return {"user": User.from_record(after, context), "dry_run": changed.dry_run}

    return await _answer(info, UserPayload, input, act)


async def _carry_out(
    info: Info,
    payload: type[P],
    input: TenantInput,
    act: Callable[[UUID], Awaitable[dict[str, Any]]],
    *,
    needs: Permission = Permission.EDIT_MAPPING,
) -> P:
    """Check that the viewer may change this of the tenant, act, and answer."""

    async def checked() -> dict[str, Any]:
        return await act(_editable_tenant(info.context, input.tenant_id, needs))

    return await _answer(info, payload, input, checked)


async def _answer(info: Info, payload: type[P], input: Input, act: Callable[[], Awaitable[dict[str, Any]]]) -> P:
    """Act, and answer; expected failures become data."""
    answer: dict[str, Any] = {
        "request_id": strawberry.ID(info.context.request_id),
        "client_mutation_id": input.client_mutation_id or None,
    }
    try:
        result = await act()
    except GatehouseError as error:
        return payload(user_errors=[user_error(error)], **answer)
    return payload(user_errors=[], **answer, **result)


def _editable_tenant(context: Context, tenant_id: strawberry.ID, needs: Permission) -> UUID:
    """Read the tenant's id.

    :raises NotFound: no such tenant in sight.
    :raises Forbidden: the tenant is in sight, but this is not the viewer's to change.
    """
    tenant = row_id("Tenant", tenant_id)
    if tenant is None or not context.may(Permission.READ_DIRECTORY, tenant):
        raise NotFound("There is no such tenant", path="tenantId")
    if not context.may(needs, tenant):
        raise Forbidden(f"This needs the permission {needs} in the tenant", path="tenantId")
    return tenant


async def _editable_user(context: Context, user_id: strawberry.ID) -> DirectoryUser:
    """Read the user.

    :raises NotFound: no such user in sight.
    :raises Forbidden: the user is in sight, but its tenant's mapping is not the viewer's to edit.
    """
    key = row_id("User", user_id)
    found = await context.loaders.user.load(key) if key else None
    if found is None:
        raise NotFound("There is no such user", path="userId")
    if not context.may(Permission.EDIT_MAPPING, found.record.tenant_id):
        raise Forbidden("This needs the permission EDIT_MAPPING in the user's tenant", path="userId")
    return found.record


async def _editable_value(context: Context, node_id: strawberry.ID) -> tuple[UUID, UUID]:
    """Find the tenant and the row of a value without a rule. Raises as :func:`_editable_tenant`."""
    value_id = row_id("UnmappedValue", node_id)
    value = await unmapped_values.find(context.viewer, value_id) if value_id else None
    if value is None:
        raise NotFound("There is no such value", path="unmappedValueId")
    if not context.may(Permission.EDIT_MAPPING, value.tenant_id):
        raise Forbidden("This needs the permission EDIT_MAPPING in the value's tenant", path="unmappedValueId")
    return value.tenant_id, value.id


def _who(info: Info) -> tuple[Any, Any]:
    return info.context.viewer.actor, info.context.origin


def _arguments(input: object | None) -> dict[str, Any]:
    """What the service takes beside the tenant or user: the fields of the input that were given."""
    fields = {} if input is None else vars(input)
    given = {name: value for name, value in fields.items() if value is not strawberry.UNSET}
    return {
        name: value
        for name, value in given.items()
        if name not in _ENVELOPE and (value is not None or name in _NULL_IS_A_VALUE)
    }
