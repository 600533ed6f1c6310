"""What the mapping can give: roles and employee groups."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from gatehouse.store.fields import MicrosecondsField, Text
from gatehouse.store.ids import uuid7


class Role(Model):
    """A Funnel role of one tenant's catalogue."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    key = Text()
    name = Text()
    privileged = fields.BooleanField(default=False)
    archived_at = MicrosecondsField(null=True)
    created_at = MicrosecondsField()

    class Meta:
        table = "role"


class EmployeeGroup(Model):
    """A Funnel group of one tenant's catalogue (not a SCIM Group)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    key = Text()
    name = Text()
    archived_at = MicrosecondsField(null=True)
    created_at = MicrosecondsField()

    class Meta:
        table = "employee_group"
