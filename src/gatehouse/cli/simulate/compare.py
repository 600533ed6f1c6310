"""Is in the target what should be there? Pure comparison of expected and stored people, groups and access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping as Lookup, Sequence
from dataclasses import dataclass, field
from typing import Any

from gatehouse.cli.simulate.admin import StoredAccess
from gatehouse.cli.simulate.attributes import ENTERPRISE, MANAGER, Attributes, stored_value, to_resource
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.mapping.rules import Mapping, mapping_inputs


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected."""

    name: str  # userName or displayName
    path: str
    expected: object
    stored: object


@dataclass(frozen=True, slots=True)
class Expected:
    """One person as the source and the acknowledged requests say."""

    name: str
    attributes: Attributes
    manager: str | None = None  # anchor
    history: Sequence[Attributes] = field(default_factory=tuple)  # states of the attributes, oldest first


@dataclass(frozen=True, slots=True)
class ExpectedAccess:
    """Role and employee groups in force, by key."""

    role: str | None
    groups: frozenset[str]


def compare_person(expected: Expected, stored: Lookup[str, Any] | None) -> Iterator[Difference]:
    """Compare with the SCIM resource; None: there is none. Values are compared code point for code point."""
    if stored is None:
        yield Difference(expected.name, "id", "present", "absent")
        return
    for path, value in expected.attributes.items():
        found = stored_value(stored, path)
        if found != value or type(found) is not type(value):
            yield Difference(expected.name, path, value, found)
    manager = stored_value(stored, MANAGER)
    if manager != expected.manager:
        yield Difference(expected.name, MANAGER, expected.manager, manager)


def compare_group(
    name: str, attributes: Attributes, members: set[str], stored: Lookup[str, Any] | None
) -> Iterator[Difference]:
    """Compare with the SCIM group and its members."""
    if stored is None:
        yield Difference(name, "id", "present", "absent")
        return
    for path, value in attributes.items():
        if stored.get(path) != value:
            yield Difference(name, path, value, stored.get(path))
    found = {member.get("value") for member in stored.get("members", ())}
    if found != members:
        missing, extra = len(members - found), len(found - members)
        yield Difference(name, "members", f"{len(members)} members", f"{missing} missing, {extra} unexpected")


def expected_access(expected: Expected, mapping: Mapping) -> ExpectedAccess:
    """What the mapping gives after everything that the person went through; nothing is in force while disabled.

    The whole history counts, because KEEP_PREVIOUS looks back.
    """
    if expected.attributes.get("active") is not True:
        return ExpectedAccess(None, frozenset())
    access: Access | None = None
    for state in (*expected.history, expected.attributes):
        title, user_type = mapping_inputs(to_resource(state), mapping.settings)
        access = resolve(title, user_type, mapping, previous=access, refuse=False)
    if access is None:
        return ExpectedAccess(None, frozenset())
    role = mapping.roles[access.role_id] if access.role_id is not None else None
    return ExpectedAccess(role, frozenset(mapping.groups[group_id] for group_id in access.group_ids))


def compare_access(expected: Expected, mapping: Mapping, stored: StoredAccess | None) -> Iterator[Difference]:
    """Compare with what the admin API shows: disabled state, the values that decide, role and employee groups."""
    if stored is None:
        yield Difference(expected.name, "admin API", "present", "absent")
        return
    wanted = expected_access(expected, mapping)
    pairs = (
        ("admin API: active", expected.attributes.get("active"), stored.active),
        ("admin API: title", expected.attributes.get("title"), stored.title),
        ("admin API: userType", expected.attributes.get("userType"), stored.user_type),
        ("admin API: department", expected.attributes.get(f"{ENTERPRISE}:department"), stored.department),
        ("role", wanted.role, stored.role),
        ("employee groups", sorted(wanted.groups), sorted(stored.groups)),
    )
    for path, value, found in pairs:
        if value != found:
            yield Difference(expected.name, path, value, found)
