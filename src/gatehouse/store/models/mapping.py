"""The mapping of a tenant: its rules now, and every version it had."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gatehouse.store.fields import MicrosecondsField, Text
from gatehouse.store.ids import uuid7
from gatehouse.store.models.catalogue import EmployeeGroup, Role


class RoleRule(Model):
    """``title`` value → role."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    value = Text()
    value_key = Text()
    role: fields.ForeignKeyRelation[Role] = fields.ForeignKeyField(
        "models.Role", related_name="rules", on_delete=fields.RESTRICT
    )
    note = Text(null=True)
    since_version = fields.IntField()

    role_id: UUID

    class Meta:
        table = "role_rule"


class GroupRule(Model):
    """``userType`` segment → employee groups."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    value = Text()
    value_key = Text()
    note = Text(null=True)
    since_version = fields.IntField()

    employee_groups: fields.ManyToManyRelation[EmployeeGroup] = fields.ManyToManyField(
        "models.EmployeeGroup",
        through="group_rule_target",
        forward_key="employee_group_id",
        backward_key="group_rule_id",
        related_name="rules",
    )

    class Meta:
        table = "group_rule"


class GroupRuleTarget(Model):
    """Link: the employee groups of a group rule, in ``position`` order."""

    group_rule_id = fields.UUIDField(primary_key=True, default=None)
    employee_group_id = fields.UUIDField()
    tenant_id = fields.UUIDField()
    position = fields.IntField()

    class Meta:
        table = "group_rule_target"


class MappingVersion(Model):
    """The whole mapping of a tenant as it was at one version; ``document`` is JSON, ``digest`` its SHA-256 in hex."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    number = fields.IntField()
    document = Text()
    digest = fields.CharField(max_length=64)
    created_at = MicrosecondsField()
    actor_kind = Text()
    actor_id = fields.UUIDField(null=True)
    actor_display = Text()
    message = Text(null=True)
    source = Text()
    rollback_of = fields.IntField(null=True)
    impact = Text(default="{}")
    rule_ids = Text(default="{}")

    class Meta:
        table = "mapping_version"


class UnmappedValue(Model):
    """A value that was seen without a rule: since when, and whether it is to be ignored (without end when it has none)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    kind = Text()
    value_key = Text()
    value = Text()
    first_seen_at = MicrosecondsField()
    ignored_at = MicrosecondsField(null=True)
    ignored_until = MicrosecondsField(null=True)
    ignore_reason = Text(null=True)

    class Meta:
        table = "unmapped_value"


class UserUnmappedValue(Model):
    """Link: a value without a rule that a user has, or had when ``held`` is false, with the spelling and when it came."""

    user_id = fields.UUIDField(primary_key=True, default=None)
    tenant_id = fields.UUIDField()
    kind = Text()
    value_key = Text()
    value = Text()
    seen_at = MicrosecondsField()
    held = fields.BooleanField()

    class Meta:
        table = "user_unmapped_value"


class UnsettledUnmappedValue(Model):
    """Link: what becomes of a row of :class:`UserUnmappedValue` by a mapping change that is not yet carried over."""

    user_id = fields.UUIDField(primary_key=True, default=None)
    tenant_id = fields.UUIDField()
    kind = Text()
    value_key = Text()
    value = Text()
    seen_at = MicrosecondsField()
    held = fields.BooleanField()

    class Meta:
        table = "unsettled_unmapped_value"


class MappingPlan(Model):
    """A proposed mapping; ``document`` and ``base_document`` are canonical JSON, ``fingerprint`` is of whom it touches.

    Only servers of earlier releases use ``idempotency_key``, ``request_digest`` and ``apply_key``: requests that come
    twice are told by ``idempotency_key``, the table.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    status = Text()
    base_version = fields.IntField()
    base_document = Text()
    document = Text()
    digest = fields.CharField(max_length=64)
    fingerprint = fields.CharField(max_length=64)
    source = Text()
    rollback_of = fields.IntField(null=True)
    message = Text(null=True)
    impact = Text()
    findings = Text()
    created_at = MicrosecondsField()
    expires_at = MicrosecondsField()
    actor_kind = Text()
    actor_id = fields.UUIDField(null=True)
    actor_display = Text()
    idempotency_key = Text(null=True)
    request_digest = fields.CharField(max_length=64, null=True)
    decided_at = MicrosecondsField(null=True)
    comment = Text(null=True)
    applied_version = fields.IntField(null=True)
    apply_key = Text(null=True)

    class Meta:
        table = "mapping_plan"


class MappingPlanOutlook(Model):
    """What a plan means for all users with the same values and the same access; the groups are JSON arrays of ids."""

    tenant_id = fields.UUIDField(primary_key=True, default=None)
    plan_id = fields.UUIDField()
    number = fields.IntField()
    role_before = fields.UUIDField(null=True)
    role_after = fields.UUIDField(null=True)
    outcome_before = Text()
    outcome_after = Text()
    groups_added = Text()
    groups_removed = Text()
    gains_privileged = fields.BooleanField()
    loses_privileged = fields.BooleanField()
    becomes_unmapped = fields.BooleanField()
    becomes_mapped = fields.BooleanField()

    class Meta:
        table = "mapping_plan_outlook"


class MappingPlanUser(Model):
    """A user whom a plan touches, with the number of the outlook; ``place`` is where it stands in the list."""

    tenant_id = fields.UUIDField(primary_key=True, default=None)
    plan_id = fields.UUIDField()
    place = fields.IntField()
    user_id = fields.UUIDField()
    outlook = fields.IntField()

    class Meta:
        table = "mapping_plan_user"
