"""One operation of a PatchOp message, ready to be applied (RFC 7644 §3.5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from gatehouse.errors import InvalidSyntax
from gatehouse.scim.elements import Element
from gatehouse.scim.path import Path

Op = Literal["add", "remove", "replace"]

_OPS: Final[dict[str, Op]] = {"add": "add", "remove": "remove", "replace": "replace"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with its value in the form of the schema.

    :param value: None unassigns. For ``remove`` on a multi-valued attribute the elements to remove, None for all.
    :param described: what the selector of ``path`` says that an element must hold, in the form of the schema: kept when an
        element is replaced, and the start of a new one; None when it says something else.
    """

    op: Op
    path: Path
    value: Any = None
    described: Element | None = None


def read_op(value: object) -> Op:
    """Read ``op``; Entra writes ``Add`` (RFC 7643 §2.1 makes names case-insensitive; Microsoft requires it, L1).

    :raises InvalidSyntax: none of the three.
    """
    op = _OPS.get(value.lower()) if isinstance(value, str) else None
    if op is None:
        raise InvalidSyntax("op must be add, remove or replace", path="op")
    return op
