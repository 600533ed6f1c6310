"""What mutations take."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import strawberry

from gatehouse.api.graphql.enums import UnmappedPolicy

REASON: Final = "Why, in one line; goes into the audit trail."
_TENANT: Final = "The tenant."
_EXPECTED: Final = (
    "The mapping version that you saw; the change is refused (STALE_VERSION) if it is not in force any more."
)
_USER: Final = "The user."
_EXPECTED_USER: Final = (
    "The user's version that you saw; the change is refused (STALE_VERSION) if it is another one now. Left out or null:"
    " whatever it is."
)
_DRY_RUN: Final = "Report the impact and change nothing."
_LIMIT: Final = (
    "Refuse (IMPACT_LIMIT_EXCEEDED) if more users than this would get another role or other groups; null: no limit."
)
_VALUE: Final = "The value."
_CLIENT: Final = "Comes back in the payload."
_NOTE: Final = "Why the rule is there; left out or null: no note."
_ARCHIVED: Final = "Whether it is out of use; left out or null: as it is, false for a new one."


@strawberry.input(description="A role to create, or to bring into this form.")
class RoleUpsertInput:
    """Input of roleUpsert."""

    tenant_id: strawberry.ID = strawberry.field(description=_TENANT)
    key: str = strawberry.field(description="Names the role: 1 to 63 of a-z, 0-9, `-` and `_`.")
    name: str = strawberry.field(description="What people call it.")
    privileged: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether gaining it deserves a second look; left out or null: as it is, false for a new role.",
    )
    archived: bool | None = strawberry.field(default=strawberry.UNSET, description=_ARCHIVED)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="An employee group to create, or to bring into this form.")
class EmployeeGroupUpsertInput:
    """Input of employeeGroupUpsert."""

    tenant_id: strawberry.ID = strawberry.field(description=_TENANT)
    key: str = strawberry.field(description="Names the group: 1 to 63 of a-z, 0-9, `-` and `_`.")
    name: str = strawberry.field(description="What people call it.")
    archived: bool | None = strawberry.field(default=strawberry.UNSET, description=_ARCHIVED)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="Which role a title gives.")
class RoleRuleSetInput:
    """Input of roleRuleSet."""

    tenant_id: strawberry.ID = strawberry.field(description=_TENANT)
    expected_version: int = strawberry.field(description=_EXPECTED)
    title_value: str = strawberry.field(description="The title; case and blanks do not matter.")
    role_key: str = strawberry.field(description="The role.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description=_NOTE)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    dry_run: bool = strawberry.field(default=False, description=_DRY_RUN)
    max_users_changed: int | None = strawberry.field(default=strawberry.UNSET, description=_LIMIT)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="Which employee groups a segment of userType gives.")
class GroupRuleSetInput:
    """Input of groupRuleSet."""

    tenant_id: strawberry.ID = strawberry.field(description=_TENANT)
    expected_version: int = strawberry.field(description=_EXPECTED)
    segment_value: str = strawberry.field(
        description="The segment, or a whole userType; case and blanks do not matter."
    )
    group_keys: list[str] = strawberry.field(description="The employee groups, in order; at least one.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description=_NOTE)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    dry_run: bool = strawberry.field(default=False, description=_DRY_RUN)
    max_users_changed: int | None = strawberry.field(default=strawberry.UNSET, description=_LIMIT)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="What one user gets above the rules, and until when.")
class UserOverrideSetInput:
    """Input of userOverrideSet."""

    user_id: strawberry.ID = strawberry.field(description=_USER)
    role_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="The role; left out or null: the rules decide it."
    )
    add_group_keys: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Employee groups beside those of the rules."
    )
    remove_group_keys: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Employee groups to withhold, whatever the rules give."
    )
    reason: str = strawberry.field(description="Why; shown in every explanation to who holds READ_PII.")
    expires_at: datetime = strawberry.field(
        description="When it ends by itself; at most as far ahead as GATEHOUSE_OVERRIDE_MAX_DAYS says."
    )
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=_EXPECTED_USER)
    dry_run: bool = strawberry.field(
        default=False, description="Answer with the user as it would be, and change nothing."
    )
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="Whose override to end.")
class UserOverrideClearInput:
    """Input of userOverrideClear."""

    user_id: strawberry.ID = strawberry.field(description=_USER)
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=_EXPECTED_USER)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    dry_run: bool = strawberry.field(
        default=False, description="Answer with the user as it would be, and change nothing."
    )
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A value that needs no rule for now.")
class UnmappedValueIgnoreInput:
    """Input of unmappedValueIgnore."""

    unmapped_value_id: strawberry.ID = strawberry.field(description=_VALUE)
    until: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Until when to leave it out of the list; left out or null: without end."
    )
    reason: str = strawberry.field(description="Why it needs no rule.")
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A value to be listed again.")
class UnmappedValueUnignoreInput:
    """Input of unmappedValueUnignore."""

    unmapped_value_id: strawberry.ID = strawberry.field(description=_VALUE)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A rule to take away.")
class RuleRemoveInput:
    """Input of roleRuleRemove and groupRuleRemove."""

    tenant_id: strawberry.ID = strawberry.field(description=_TENANT)
    expected_version: int = strawberry.field(description=_EXPECTED)
    value: str = strawberry.field(description="The title or segment of the rule.")
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    dry_run: bool = strawberry.field(default=False, description=_DRY_RUN)
    max_users_changed: int | None = strawberry.field(default=strawberry.UNSET, description=_LIMIT)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(
    description="The settings to change; those left out or null stay, `defaultRoleKey` only when left out."
)
class MappingSettingsUpdateInput:
    """Input of mappingSettingsUpdate."""

    tenant_id: strawberry.ID = strawberry.field(description=_TENANT)
    expected_version: int = strawberry.field(description=_EXPECTED)
    delimiter: str | None = strawberry.field(
        default=strawberry.UNSET, description="What userType is split on; 1 to 8 characters."
    )
    role_attribute: str | None = strawberry.field(
        default=strawberry.UNSET, description="The SCIM attribute that decides the role: a single-valued string."
    )
    group_attribute: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The SCIM attribute that decides the employee groups: a single-valued string.",
    )
    empty_title: UnmappedPolicy | None = strawberry.field(default=strawberry.UNSET, description="For a missing title.")
    unmapped_title: UnmappedPolicy | None = strawberry.field(
        default=strawberry.UNSET, description="For a title without a rule."
    )
    unmapped_group: UnmappedPolicy | None = strawberry.field(
        default=strawberry.UNSET, description="For a userType without any rule."
    )
    default_role_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="The role that USE_DEFAULT gives; null takes it away, left out it stays."
    )
    default_group_keys: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The employee groups that USE_DEFAULT gives; an empty list takes them away.",
    )
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    dry_run: bool = strawberry.field(default=False, description=_DRY_RUN)
    max_users_changed: int | None = strawberry.field(default=strawberry.UNSET, description=_LIMIT)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)
