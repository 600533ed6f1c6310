"""Tenants, and who may sign in for them."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gatehouse.store.fields import MicrosecondsField, Text
from gatehouse.store.ids import uuid7


class Tenant(Model):
    """One Funnel customer, with its mapping settings; ``default_group_ids`` is a JSON array."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    slug = Text()
    name = Text()
    status = Text(default="ACTIVE")
    scim_mode = Text(default="entra")
    unknown_attributes = Text(default="ignore")
    mapping_version = fields.IntField(default=1)
    version = fields.IntField(default=1)
    created_at = MicrosecondsField()
    updated_at = MicrosecondsField()
    delimiter = Text(default="-")
    role_attribute = Text(default="title")
    group_attribute = Text(default="userType")
    empty_title = Text(default="ASSIGN_NONE")
    unmapped_title = Text(default="ASSIGN_NONE")
    unmapped_group = Text(default="ASSIGN_NONE")
    default_role_id = fields.UUIDField(null=True)
    default_group_ids = Text(default="[]")
    event_retention_days = fields.IntField(default=400)
    request_retention_days = fields.IntField(default=30)
    name_key = Text(default="")

    class Meta:
        table = "tenant"


class Credential(Model):
    """A bearer token or OAuth client of one tenant; ``token_hash`` is SHA-256 in hex."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    label = Text()
    token_hash = fields.CharField(max_length=64)
    last_four = Text()
    created_at = MicrosecondsField()
    expires_at = MicrosecondsField(null=True)
    revoked_at = MicrosecondsField(null=True)
    last_used_at = MicrosecondsField(null=True)

    kind = Text(default="bearer")

    class Meta:
        table = "credential"


class AccessToken(Model):
    """What an OAuth client was given; ``token_hash`` is SHA-256 in hex."""

    token_hash = fields.CharField(max_length=64, primary_key=True)
    tenant_id = fields.UUIDField()
    credential_id = fields.UUIDField()
    created_at = MicrosecondsField()
    expires_at = MicrosecondsField()

    class Meta:
        table = "access_token"


class ApiKey(Model):
    """What a script signs in with at ``/graphql``; ``key_hash`` is SHA-256 in hex."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = Text()
    key_hash = fields.CharField(max_length=64)
    last_four = Text()
    preset = Text()
    created_at = MicrosecondsField()
    expires_at = MicrosecondsField(null=True)
    revoked_at = MicrosecondsField(null=True)
    last_used_at = MicrosecondsField(null=True)
    any_document = fields.BooleanField(default=False)

    grants: fields.ReverseRelation[ApiKeyGrant]

    class Meta:
        table = "api_key"


class ApiKeyGrant(Model):
    """Permissions (a JSON array) in one tenant, or in all of them when ``tenant_id`` is None."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    api_key: fields.ForeignKeyRelation[ApiKey] = fields.ForeignKeyField("models.ApiKey", related_name="grants")
    tenant_id = fields.UUIDField(null=True)
    permissions = Text()

    api_key_id: UUID

    class Meta:
        table = "api_key_grant"


class IdempotencyKey(Model):
    """What came of a request with this key; ``request_digest`` is SHA-256 in hex."""

    actor_id = fields.UUIDField(primary_key=True, default=None)
    key = Text()
    operation = Text()
    request_digest = fields.CharField(max_length=64)
    target_id = fields.UUIDField()
    expires_at = MicrosecondsField()

    class Meta:
        table = "idempotency_key"


class DashboardSession(Model):
    """Who is signed in at the dashboard; ``secret_hash`` is SHA-256 in hex."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    secret_hash = fields.CharField(max_length=64)
    api_key_id = fields.UUIDField()
    created_at = MicrosecondsField()
    expires_at = MicrosecondsField()

    class Meta:
        table = "dashboard_session"


class CursorKey(Model):
    """The secret with which the list cursors of a tenant are sealed; in hex."""

    tenant_id = fields.UUIDField(primary_key=True, default=None)
    secret = fields.CharField(max_length=64)
    created_at = MicrosecondsField()

    class Meta:
        table = "cursor_key"
