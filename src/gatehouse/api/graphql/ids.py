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

from gatehouse.api.graphql.made import Written

_ENCODED: Final = re.compile(r"[A-Za-z0-9_-]{52,80}", re.ASCII)
_ROW: Final = r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_ROW_CHARACTERS: Final = 36
_PLAIN: Final = re.compile(rf"([A-Z][A-Za-z]{{2,23}}):{_ROW}", re.ASCII)
_CYCLE: Final = re.compile(rf"Cycle:{_ROW}:([1-9][0-9]{{0,15}})", re.ASCII)


def global_id(type_name: str, row_id: UUID | str) -> strawberry.ID:
    """The node's id as clients see it.

    :param row_id: as text in the usual form, lower case.

    >>> global_id("User", UUID("0199a3a4-0000-7000-8000-000000000001"))
    'VXNlcjowMTk5YTNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE'
    """
    return _encoded(f"{type_name}:{row_id}")


def global_id_of(type_name: str, row: str) -> Written:
    """:func:`global_id` written out, for what is made of many rows.

    :param row: an expression of the row's id.

    >>> global_id_of("User", "it")(UUID("0199a3a4-0000-7000-8000-000000000001"))
    'VXNlcjowMTk5YTNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE'
    """
    padding = "" if (len(type_name) + len(":") + _ROW_CHARACTERS) % 3 == 0 else ".rstrip('=')"
    text = f"encoded(('{type_name}:' + str({row})).encode(), newline=False).decode(){padding}"
    return Written(text, parts={"record": "it.record"}, gives=str, encoded=b2a_base64)


def parse_global_id(text: str) -> tuple[str, UUID] | None:
    """The type and the row that an id names; None unless the text is exactly what :func:`global_id` writes.

    >>> parse_global_id("VXNlcjowMTk5YTNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE")
    ('User', UUID('0199a3a4-0000-7000-8000-000000000001'))
    >>> parse_global_id("User:0199a3a4-0000-7000-8000-000000000001") is None
    True
    """
    match = _PLAIN.fullmatch(_decoded(text))
    if match is None:
        return None
    type_name, row_id = match[1], UUID(match[2])
    return (type_name, row_id) if global_id(type_name, row_id) == text else None


def row_id(type_name: str, text: str) -> UUID | None:
    """The row that an id of this type names; None for anything else."""
    parsed = parse_global_id(text)
    return parsed[1] if parsed and parsed[0] == type_name else None


def cycle_id(tenant_id: UUID, began_us: int) -> strawberry.ID:
    """The id of a cycle, which has no row: its tenant and when it began, in microseconds."""
    return _encoded(f"Cycle:{tenant_id}:{began_us}")


def parse_cycle_id(text: str) -> tuple[UUID, int] | None:
    """The tenant and the beginning; None unless the text is exactly what :func:`cycle_id` writes.

    >>> parse_cycle_id(cycle_id(UUID(int=7), 1_764_063_000_123_456))
    (UUID('00000000-0000-0000-0000-000000000007'), 1764063000123456)
    >>> parse_cycle_id(global_id("User", UUID(int=7))) is None
    True
    """
    match = _CYCLE.fullmatch(_decoded(text))
    if match is None:
        return None
    tenant_id, began_us = UUID(match[1]), int(match[2])
    return (tenant_id, began_us) if cycle_id(tenant_id, began_us) == text else None


def _encoded(plain: str) -> strawberry.ID:
    # Letters, digits, "-" and ":" never come to the two characters that the URL-safe alphabet changes
    return strawberry.ID(b2a_base64(plain.encode(), newline=False).decode().rstrip("="))


def _decoded(text: str) -> str:
    """What an id says; nothing, where it is no id."""
    if not _ENCODED.fullmatch(text):
        return ""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return ""
