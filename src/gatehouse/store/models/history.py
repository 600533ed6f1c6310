"""What happened, and what is still to be done about it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from gatehouse.store.fields import MicrosecondsField, Text
from gatehouse.store.ids import uuid7


class ProvisioningEvent(Model):
    """One thing that happened to a user or group; ``changes`` is a JSON array of {path, before, after}."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    occurred_at = MicrosecondsField()
    resource_kind = Text()
    resource_id = fields.UUIDField(null=True)
    resource_name = Text(null=True)
    action = Text()
    outcome = Text()
    actor_kind = Text()
    actor_id = fields.UUIDField(null=True)
    actor_display = Text()
    request_id = Text()
    correlation_id = Text(null=True)
    cycle_id = fields.UUIDField(null=True)
    changes = Text()
    mapping_version = fields.IntField(null=True)
    error_code = Text(null=True)
    reason = Text(null=True)
    http_status = fields.IntField(null=True)
    commit_stamp = fields.BigIntField(default=0)

    class Meta:
        table = "provisioning_event"


class RequestLog(Model):
    """One HTTP request, redacted; ``tenant_id`` is None when it did not sign in."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField(null=True)
    credential_id = fields.UUIDField(null=True)
    received_at = MicrosecondsField()
    method = Text()
    path = Text()
    operation = Text()
    status = fields.IntField()
    scim_type = Text(null=True)
    detail = Text(null=True)
    duration_us = fields.IntField()
    request_id = Text()
    correlation_id = Text(null=True)
    ip = Text(null=True)
    user_agent = Text(null=True)
    resource_id = fields.UUIDField(null=True)
    body = Text(null=True)
    commit_stamp = fields.BigIntField(default=0)

    class Meta:
        table = "request_log"


class RejectedCredential(Model):
    """A secret that was tried and refused, known by the start of its SHA-256; all attempts with it together."""

    fingerprint = fields.CharField(primary_key=True, max_length=64)
    prefix = Text()
    reason = Text()
    attempts = fields.BigIntField()
    first_seen_at = MicrosecondsField()
    last_seen_at = MicrosecondsField()
    last_ip = Text(null=True)

    class Meta:
        table = "rejected_credential"


class AuditEntry(Model):
    """What somebody did through the admin API or the command line; ``changes`` as in provisioning events."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField(null=True)
    occurred_at = MicrosecondsField()
    actor_kind = Text()
    actor_id = fields.UUIDField(null=True)
    actor_display = Text()
    action = Text()
    target_type = Text()
    target_id = Text()
    changes = Text()
    reason = Text(null=True)
    request_id = Text()
    outcome = Text()
    attempts = fields.IntField(default=1)
    last_at = MicrosecondsField(null=True)

    class Meta:
        table = "audit_entry"


class Outbox(Model):
    """Work to be done after the commit, claimed under a lease; ``payload`` is JSON."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    kind = Text()
    payload = Text()
    created_at = MicrosecondsField()
    available_at = MicrosecondsField()
    attempts = fields.IntField(default=0)
    claimed_until = MicrosecondsField(null=True)
    claimed_by = Text(null=True)
    done_at = MicrosecondsField(null=True)

    class Meta:
        table = "outbox"
