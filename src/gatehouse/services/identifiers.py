"""Ids for the edges: resources and requests."""

from __future__ import annotations

from uuid import UUID

from gatehouse.store.ids import uuid7, uuid7_number


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7)."""
    return uuid7()


def new_request_id() -> str:
    """The name of one request in headers, logs and history."""
    return f"{uuid7_number():032x}"
