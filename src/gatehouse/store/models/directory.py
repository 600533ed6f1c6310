"""SCIM Users and Groups: the document as the client sees it, beside the columns that index it."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gatehouse.store.fields import MicrosecondsField, Text
from gatehouse.store.ids import uuid7
from gatehouse.store.models.catalogue import EmployeeGroup, Role


class User(Model):
    """A SCIM User: ``document`` is the resource (JSON), ``access`` the stored decision (JSON), the rest their index.

    A deleted user stays as a tombstone: reads filter on ``deleted_at``.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    version = fields.IntField()
    document = Text()
    user_name = Text()
    user_name_key = Text()
    external_id = Text(null=True)
    active = fields.BooleanField()
    display_name = Text(null=True)
    display_name_key = Text(null=True)
    given_name = Text(null=True)
    given_name_key = Text(null=True)
    family_name = Text(null=True)
    family_name_key = Text(null=True)
    title = Text(null=True)
    title_key = Text(null=True)
    user_type = Text(null=True)
    user_type_key = Text(null=True)
    created_at = MicrosecondsField()
    last_modified_at = MicrosecondsField()
    deleted_at = MicrosecondsField(null=True)
    role: fields.ForeignKeyNullableRelation[Role] = fields.ForeignKeyField(
        "models.Role", related_name="users", null=True, on_delete=fields.RESTRICT
    )
    role_outcome = Text()
    mapping_version = fields.IntField()
    access = Text()
    access_since = MicrosecondsField()
    override_until = MicrosecondsField(null=True)

    role_id: UUID | None
    attribute_values: fields.ReverseRelation[UserValue]
    employee_groups: fields.ManyToManyRelation[EmployeeGroup] = fields.ManyToManyField(
        "models.EmployeeGroup",
        through="user_employee_group",
        forward_key="employee_group_id",
        backward_key="user_id",
        related_name="users",
    )
    groups: fields.ManyToManyRelation[Group]

    class Meta:
        table = "scim_user"


class AccessHistory(Model):
    """The access of a user (JSON) as it was from ``since`` until just before ``until``."""

    user_id = fields.UUIDField(primary_key=True, default=None)
    tenant_id = fields.UUIDField()
    until = MicrosecondsField()
    since = MicrosecondsField()
    active = fields.BooleanField()
    mapping_version = fields.IntField()
    access = Text()

    class Meta:
        table = "access_history"


class UnsettledAccess(Model):
    """The access that a mapping change has decided for a user (at ``version``), before it is in the row of the user."""

    user_id = fields.UUIDField(primary_key=True, default=None)
    tenant_id = fields.UUIDField()
    version = fields.IntField()
    role_id = fields.UUIDField(null=True)
    role_outcome = Text()
    mapping_version = fields.IntField()
    access = Text()
    access_since = MicrosecondsField()

    class Meta:
        table = "unsettled_access"


class UnsettledEmployeeGroup(Model):
    """Link: an employee group that comes to such a user (``given``), or goes."""

    user_id = fields.UUIDField(primary_key=True, default=None)
    employee_group_id = fields.UUIDField()
    tenant_id = fields.UUIDField()
    given = fields.BooleanField()

    class Meta:
        table = "unsettled_employee_group"


class UserValue(Model):
    """One element of an attribute that has no column of its own; ``attribute`` is the lower-case full path."""

    id = fields.BigIntField(primary_key=True)
    tenant_id = fields.UUIDField()
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="attribute_values")
    attribute = Text()
    position = fields.IntField()
    value = Text(null=True)
    value_key = Text(null=True)
    type_key = Text(null=True)
    display = Text(null=True)
    display_key = Text(null=True)
    is_primary = fields.BooleanField(default=False)

    user_id: UUID

    class Meta:
        table = "user_value"


class UserEmployeeGroup(Model):
    """Link: the employee groups that the mapping gave a user."""

    user_id = fields.UUIDField(primary_key=True, default=None)
    employee_group_id = fields.UUIDField()
    tenant_id = fields.UUIDField()

    class Meta:
        table = "user_employee_group"


class Group(Model):
    """A SCIM Group without its members; a deleted one stays as a tombstone."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    version = fields.IntField()
    display_name = Text()
    display_name_key = Text()
    external_id = Text(null=True)
    created_at = MicrosecondsField()
    last_modified_at = MicrosecondsField()
    deleted_at = MicrosecondsField(null=True)

    members: fields.ManyToManyRelation[User] = fields.ManyToManyField(
        "models.User",
        through="group_member",
        forward_key="user_id",
        backward_key="group_id",
        related_name="groups",
    )

    class Meta:
        table = "scim_group"


class GroupMember(Model):
    """Link: the users of a SCIM Group."""

    group_id = fields.UUIDField(primary_key=True, default=None)
    user_id = fields.UUIDField()
    tenant_id = fields.UUIDField()

    class Meta:
        table = "group_member"
