"""Exports and their files."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from gatehouse.store.fields import MicrosecondsField, Text
from gatehouse.store.ids import uuid7


class Job(Model):
    """An export; ``wanted`` is its filter, ``place`` how far its file reaches, both JSON."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField()
    kind = Text()
    status = Text()
    subject = Text()
    format = Text()
    wanted = Text()
    redacted = fields.BooleanField()
    slot = fields.IntField(null=True)
    place = Text(null=True)
    processed = fields.IntField(default=0)
    total = fields.IntField(null=True)
    pieces = fields.IntField(default=0)
    byte_size = fields.BigIntField(default=0)
    sha256 = fields.CharField(max_length=64, null=True)
    error = Text(null=True)
    created_at = MicrosecondsField()
    started_at = MicrosecondsField(null=True)
    finished_at = MicrosecondsField(null=True)
    expires_at = MicrosecondsField(null=True)
    actor_kind = Text()
    actor_id = fields.UUIDField(null=True)
    actor_display = Text()

    class Meta:
        table = "job"


class JobPiece(Model):
    """A part of a file, compressed; ``number`` counts from 0."""

    tenant_id = fields.UUIDField(primary_key=True, default=None)
    job_id = fields.UUIDField()
    number = fields.IntField()
    data = fields.BinaryField()

    class Meta:
        table = "job_piece"
