"""The entry points for changing things. Expected failures are data: they come back as ``userErrors``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import strawberry

from gatehouse.api.graphql.answering import (
    MutationInput,
    TenantInput,
    UserInput,
    answer,
    arguments,
    carry_out,
    wanted,
    who,
)
from gatehouse.api.graphql.api_key_mutations import ApiKeyMutations
from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.credential_mutations import CredentialMutations
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.filters import given
from gatehouse.api.graphql.findings import Finding
from gatehouse.api.graphql.inputs import (
    EmployeeGroupUpsertInput,
    GroupRuleSetInput,
    MappingSettingsUpdateInput,
    RoleRuleSetInput,
    RoleUpsertInput,
    RuleRemoveInput,
    UnmappedValueIgnoreInput,
    UnmappedValueUnignoreInput,
    UserOverrideClearInput,
    UserOverrideSetInput,
)
from gatehouse.api.graphql.job_mutations import JobMutations
from gatehouse.api.graphql.needs import EDIT_MAPPING
from gatehouse.api.graphql.payloads import (
    EmployeeGroupPayload,
    MappingPayload,
    MappingPlanPayload,
    RolePayload,
    UnmappedValuePayload,
    UserPayload,
)
from gatehouse.api.graphql.permission import editable_plan, editable_user, editable_value
from gatehouse.api.graphql.plan_inputs import (
    MappingPlanApplyInput,
    MappingPlanCreateInput,
    MappingPlanDiscardInput,
    MappingRollbackInput,
)
from gatehouse.api.graphql.plans import MappingPlan, unfit_document
from gatehouse.api.graphql.tenant_mutations import TenantMutations
from gatehouse.api.graphql.unmapped import UnmappedValue
from gatehouse.api.graphql.users import User
from gatehouse.api.graphql.versions import Impact
from gatehouse.services import (
    catalogue,
    clock,
    mapping,
    mapping_plans,
    overrides,
    plan_apply,
    plan_create,
    unmapped_values,
)
from gatehouse.services.mapping import MappingChange
from gatehouse.services.mapping_change import Terms
from gatehouse.services.overrides import OverrideChange
from gatehouse.services.plan_apply import Consent
from gatehouse.services.proposal import RequestedChange, RollbackChange


@strawberry.type(description="Everything that can be changed. Each change leaves an audit entry.")
class Mutation(TenantMutations, CredentialMutations, ApiKeyMutations, JobMutations):
    """Root of mutations."""

    @resolver("Create a role, or bring it into the form given.", needs=EDIT_MAPPING)
    async def role_upsert(self, info: Info, input: RoleUpsertInput) -> RolePayload:
        """Upsert a role."""

        async def act(tenant_id: UUID) -> dict[str, Any]:
            role = await catalogue.upsert_role(*who(info, input), tenant_id, **arguments(input))
            return {"role": Role.from_record(role)}

        return await carry_out(info, RolePayload, input, act)

    @resolver("Create an employee group, or bring it into the form given.", needs=EDIT_MAPPING)
    async def employee_group_upsert(self, info: Info, input: EmployeeGroupUpsertInput) -> EmployeeGroupPayload:
        """Upsert an employee group."""

        async def act(tenant_id: UUID) -> dict[str, Any]:
            group = await catalogue.upsert_employee_group(*who(info, input), tenant_id, **arguments(input))
            return {"employee_group": EmployeeGroup.from_record(group)}

        return await carry_out(info, EmployeeGroupPayload, input, act)

    @resolver("Let a title give a role. Reaches existing users at once.", needs=EDIT_MAPPING)
    async def role_rule_set(self, info: Info, input: RoleRuleSetInput) -> MappingPayload:
        """Set a role rule."""
        return await _change_mapping(info, input, mapping.set_role_rule)

    @resolver("Take away the rule of a title. Reaches existing users at once.", needs=EDIT_MAPPING)
    async def role_rule_remove(self, info: Info, input: RuleRemoveInput) -> MappingPayload:
        """Remove a role rule."""
        return await _change_mapping(info, input, mapping.remove_role_rule)

    @resolver("Let a segment of userType give employee groups. Reaches existing users at once.", needs=EDIT_MAPPING)
    async def group_rule_set(self, info: Info, input: GroupRuleSetInput) -> MappingPayload:
        """Set a group rule."""
        return await _change_mapping(info, input, mapping.set_group_rule)

    @resolver("Take away the rule of a segment. Reaches existing users at once.", needs=EDIT_MAPPING)
    async def group_rule_remove(self, info: Info, input: RuleRemoveInput) -> MappingPayload:
        """Remove a group rule."""
        return await _change_mapping(info, input, mapping.remove_group_rule)

    @resolver(
        "Change how values are read and what happens without a rule. Reaches existing users at once.",
        needs=EDIT_MAPPING,
    )
    async def mapping_settings_update(self, info: Info, input: MappingSettingsUpdateInput) -> MappingPayload:
        """Change the mapping settings."""
        return await _change_mapping(info, input, mapping.change_settings)

    @resolver(
        "Decide for one user above the rules, for a time: another role, employee groups added or withheld. Replaces the"
        " override that there may be.",
        needs=EDIT_MAPPING,
    )
    async def user_override_set(self, info: Info, input: UserOverrideSetInput) -> UserPayload:
        """Set an override."""
        given_arguments = arguments(input)
        terms: dict[str, Any] = {
            name: given_arguments.pop(name) for name in ("expected_version", "dry_run") if name in given_arguments
        }
        terms["longest"] = info.context.override_longest
        wish = overrides.Wish(reason=input.reason, **given_arguments)
        return await _change_user(info, input, partial(overrides.set_override, wish=wish, **terms))

    @resolver("End the override of a user before its time.", needs=EDIT_MAPPING)
    async def user_override_clear(self, info: Info, input: UserOverrideClearInput) -> UserPayload:
        """Clear an override."""
        return await _change_user(info, input, partial(overrides.clear_override, **arguments(input)), told=input)

    @resolver("Leave a value without a rule out of the list for now.", needs=EDIT_MAPPING)
    async def unmapped_value_ignore(self, info: Info, input: UnmappedValueIgnoreInput) -> UnmappedValuePayload:
        """Ignore a value."""

        async def act() -> dict[str, Any]:
            tenant_id, value_id = await editable_value(info, input.unmapped_value_id)
            value = await unmapped_values.ignore(
                *who(info), tenant_id, value_id, until=input.until or None, reason=input.reason
            )
            return {"unmapped_value": UnmappedValue.from_record(value)}

        return await answer(info, UnmappedValuePayload, input, act)

    @resolver("List a value again that was ignored.", needs=EDIT_MAPPING)
    async def unmapped_value_unignore(self, info: Info, input: UnmappedValueUnignoreInput) -> UnmappedValuePayload:
        """Take back an ignore."""

        async def act() -> dict[str, Any]:
            tenant_id, value_id = await editable_value(info, input.unmapped_value_id)
            value = await unmapped_values.unignore(*who(info, input), tenant_id, value_id)
            return {"unmapped_value": UnmappedValue.from_record(value)}

        return await answer(info, UnmappedValuePayload, input, act)

    @resolver("Plan a change of the mapping: whom it would reach, and what deserves a second look.", needs=EDIT_MAPPING)
    async def mapping_plan_create(self, info: Info, input: MappingPlanCreateInput) -> MappingPlanPayload:
        """Make a plan."""
        return await _make_plan(info, input, input.change.to_change, base_version=input.base_version)

    @resolver("Plan the return to an earlier version of the mapping.", needs=EDIT_MAPPING)
    async def mapping_rollback(self, info: Info, input: MappingRollbackInput) -> MappingPlanPayload:
        """Make a plan that leads back."""
        return await _make_plan(info, input, lambda: RollbackChange(input.to_version), base_version=None)

    @resolver(
        "Apply a plan exactly as it was made, or not at all: refused (STALE_PLAN) when the mapping or a user whom it"
        " touches moved since. Reaches existing users at once.",
        needs=EDIT_MAPPING,
    )
    async def mapping_plan_apply(self, info: Info, input: MappingPlanApplyInput) -> MappingPayload:
        """Apply a plan."""

        async def act() -> dict[str, Any]:
            consent = _consent(input)
            tenant_id, plan_id = await editable_plan(info, input.plan_id)
            apply = plan_apply.apply(*who(info, input), tenant_id, plan_id, consent, wanted=wanted(info, input))
            return await _changed(info, tenant_id, apply)

        return await answer(info, MappingPayload, input, act)

    @resolver("End a plan that shall not be applied.", needs=EDIT_MAPPING)
    async def mapping_plan_discard(self, info: Info, input: MappingPlanDiscardInput) -> MappingPlanPayload:
        """Discard a plan."""

        async def act() -> dict[str, Any]:
            tenant_id, plan_id = await editable_plan(info, input.plan_id)
            plan = await mapping_plans.discard(*who(info), tenant_id, plan_id, comment=given(input.comment))
            return {"plan": MappingPlan.from_record(plan)}

        return await answer(info, MappingPlanPayload, input, act)


async def _change_mapping(
    info: Info, input: TenantInput, change: Callable[..., Awaitable[MappingChange]]
) -> MappingPayload:
    async def act(tenant_id: UUID) -> dict[str, Any]:
        return await _changed(info, tenant_id, change(*who(info, input), tenant_id, **arguments(input)))

    return await carry_out(info, MappingPayload, input, act)


async def _change_user(
    info: Info,
    input: UserInput,
    change: Callable[..., Awaitable[OverrideChange]],
    *,
    told: MutationInput | None = None,
) -> UserPayload:
    """:param told: what tells the reason, where the change does not take it for its own."""
    context = info.context

    async def act() -> dict[str, Any]:
        before = await editable_user(info, input.user_id)
        changed = await change(*who(info, told), before.tenant_id, before.id)
        after = before.with_access(changed.user)
        context.now = clock.now()  # the answer shows what has just been done
        return {"user": User.from_record(after, context), "dry_run": changed.dry_run}

    return await answer(info, UserPayload, input, act)


async def _changed(info: Info, tenant_id: UUID, change: Awaitable[MappingChange]) -> dict[str, Any]:
    info.context.allow_mapping_change()
    changed = await change
    version = await info.context.loaders.mapping_version.load((tenant_id, changed.version))
    return {"mapping": version, "impact": Impact.from_value(changed.impact), "dry_run": changed.dry_run}


async def _make_plan(
    info: Info,
    input: MappingPlanCreateInput | MappingRollbackInput,
    change: Callable[[], RequestedChange],
    *,
    base_version: int | None,
) -> MappingPlanPayload:
    async def act(tenant_id: UUID) -> dict[str, Any]:
        info.context.allow_mapping_change()
        made = await plan_create.create(
            *who(info),
            tenant_id,
            base_version=base_version,
            change=change(),
            message=given(input.message),
            wanted=wanted(info, input),
        )
        findings = [Finding.from_value(finding) for finding in made.findings]
        if made.plan is None:
            return {"findings": findings, "user_errors": [unfit_document(made.findings)]}
        return {"plan": MappingPlan.from_record(made.plan), "findings": findings}

    return await carry_out(info, MappingPlanPayload, input, act)


def _consent(input: MappingPlanApplyInput) -> Consent:
    return Consent(
        expected_digest=input.expected_digest,
        terms=Terms(
            max_users_changed=given(input.max_users_changed), max_percent_changed=given(input.max_percent_changed)
        ),
        acknowledged=given(input.acknowledge_findings),
    )
