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
    rules = Text(null=True)

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
