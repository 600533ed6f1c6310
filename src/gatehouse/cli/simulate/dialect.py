"""The two ways in which Entra writes a PATCH (entra-client §3.3), with and without ``aadOptscim062020``.

The default form capitalises ``op`` and writes booleans as text, one operation per attribute. The flag form is that of
the RFC, with the unfiltered attributes in one operation without path whose keys are paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final
from zlib import crc32

from gatehouse.cli.simulate.attributes import MANAGER, Attributes

PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
_ENTRA_GROUP: Final = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
MEMBERS_PER_PATCH: Final = 20

Operation = dict[str, Any]


class Dialect(StrEnum):
    """How the Tenant URL was entered; ``mixed`` changes from object to object and from cycle to cycle."""

    DEFAULT = "default"
    FLAG = "flag"
    MIXED = "mixed"

    def of(self, name: str, cycle: int) -> Dialect:
        """The form for one object in one cycle: always the same one."""
        if self is not Dialect.MIXED:
            return self
        return Dialect.FLAG if crc32(f"{name}/{cycle}".encode()) % 2 else Dialect.DEFAULT


def update(changed: Attributes, known: Attributes, dialect: Dialect) -> list[Operation]:
    """Operations for changed attributes of a user.

    :param known: what Entra believes that the target holds: ``Replace`` there, ``Add`` where it believes nothing.
    """
    if dialect is Dialect.FLAG:
        return list(_flag(changed, known))
    return [
        {"op": "Replace" if path in known else "Add", "path": path, "value": _text(value)}
        for path, value in changed.items()
    ]


def set_manager(anchor: str | None, *, known: bool, dialect: Dialect) -> list[Operation]:
    """The manager as a bare id; None takes the manager away."""
    if dialect is Dialect.FLAG:
        if anchor is None:
            return [{"op": "remove", "path": MANAGER}]
        return [{"op": "replace" if known else "add", "path": MANAGER, "value": anchor}]
    return [{"op": "Replace" if known else "Add", "path": MANAGER, "value": anchor or ""}]


def add_members(anchors: Sequence[str], dialect: Dialect) -> list[Operation]:
    """All of them in one operation."""
    op = "add" if dialect is Dialect.FLAG else "Add"
    return [{"op": op, "path": "members", "value": [{"$ref": None, "value": anchor} for anchor in anchors]}]


def remove_members(anchors: Sequence[str], dialect: Dialect) -> list[Operation]:
    """By value in the default form, by one filtered path each in the flag form."""
    if dialect is Dialect.FLAG:
        return [{"op": "remove", "path": f'members[value eq "{anchor}"]'} for anchor in anchors]
    return [{"op": "Remove", "path": "members", "value": [{"$ref": None, "value": anchor} for anchor in anchors]}]


def update_group(changed: Attributes, dialect: Dialect) -> list[Operation]:
    """Operations for changed attributes of a group."""
    op = "replace" if dialect is Dialect.FLAG else "Replace"
    return [{"op": op, "path": path, "value": value} for path, value in changed.items()]


def create_group_body(display_name: str, external_id: str) -> dict[str, Any]:
    """A group without members, with the additional schema that Entra names."""
    return {
        "schemas": [GROUP, _ENTRA_GROUP],
        "externalId": external_id,
        "displayName": display_name,
        "meta": {"resourceType": "Group"},
    }


def patch_body(operations: Sequence[Operation]) -> dict[str, Any]:
    """The PatchOp message."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def batches(anchors: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a list of members into what one PATCH carries."""
    for start in range(0, len(anchors), MEMBERS_PER_PATCH):
        yield anchors[start : start + MEMBERS_PER_PATCH]


def _flag(changed: Attributes, known: Attributes) -> Iterator[Operation]:
    plain: dict[str, str | bool] = {}
    for path, value in changed.items():
        if path == "active" or "[" in path:
            yield {"op": "replace" if path in known else "add", "path": path, "value": value}
        else:
            plain[path] = value
    if plain:
        yield {"op": "replace", "value": plain}


def _text(value: str | bool) -> str:
    return str(value) if isinstance(value, bool) else value
