"""Global object identification: every node's ``id`` names its type and its row, and is opaque to clients.

``User:0199…`` in URL-safe base64 without padding. An id that is malformed, of another type, or of a tenant out of
sight names nothing: the answer is null, never an error that tells the cases apart.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from typing import Final
from uuid import UUID

import strawberry

_ENCODED: Final = re.compile(r"[A-Za-z0-9_-]{52,80}", re.ASCII)
_PLAIN: Final = re.compile(
    r"([A-Z][A-Za-z]{2,23}):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.ASCII
)


def global_id(type_name: str, row_id: UUID) -> strawberry.ID:
    """The node's id as clients see it.

    >>> global_id("User", UUID("0199a3a4-0000-7000-8000-000000000001"))
    'VXNlcjowMTk5YTNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE'
    """
    # Letters, digits, "-" and ":" never come to the two characters that the URL-safe alphabet changes
    return strawberry.ID(b2a_base64(f"{type_name}:{row_id!s}".encode(), newline=False).decode().rstrip("="))


def parse_global_id(text: str) -> tuple[str, UUID] | None:
    """The type and the row that an id names; None unless the text is exactly what :func:`global_id` writes.

    >>> parse_global_id("VXNlcjowMTk5YTNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE")
    ('User', UUID('0199a3a4-0000-7000-8000-000000000001'))
    >>> parse_global_id("User:0199a3a4-0000-7000-8000-000000000001") is None
    True
    """
    if not _ENCODED.fullmatch(text):
        return None
    try:
        plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return None
    match = _PLAIN.fullmatch(plain)
    if match is None:
        return None
    type_name, row_id = match[1], UUID(match[2])
    return (type_name, row_id) if global_id(type_name, row_id) == text else None


def row_id(type_name: str, text: str) -> UUID | None:
    """The row that an id of this type names; None for anything else."""
    parsed = parse_global_id(text)
    return parsed[1] if parsed and parsed[0] == type_name else None
