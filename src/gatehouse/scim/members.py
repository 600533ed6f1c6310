"""Members of a group, read without the member list: what a request adds, removes or replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from gatehouse.errors import ImmutableAttribute, InvalidFilter, InvalidValue
from gatehouse.scim.coerce import Dialect, coerce_element
from gatehouse.scim.filter_tree import And, Compare, Filter, Or
from gatehouse.scim.path import Path
from gatehouse.scim.schema import GROUP

_MEMBERS: Final = GROUP.attributes["members"]

Kind = Literal["add", "remove", "replace", "remove_all", "expect"]


@dataclass(frozen=True, slots=True)
class MemberOperation:
    """One step on the members; ``ids`` as the client wrote them, in order. ``expect``: one of them must be a member."""

    kind: Kind
    ids: tuple[str, ...] = ()


def read_members(value: object, dialect: Dialect) -> list[dict[str, str]] | None:
    """The members of a POST or PUT body as ``[{"value": id}, …]``; None when there are none.

    :raises InvalidValue: something that names no user, or a part of the wrong type.
    :raises InvalidRequest: a part that no schema knows, where the tenant refuses those.
    """
    ids = _ids(value, dialect)
    return [{"value": member} for member in ids] or None


def resource_members(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids in a resource that was read from a body."""
    return tuple(member["value"] for member in resource.get("members", ()))


def member_operation(
    kind: Literal["add", "remove", "replace"], path: Path, value: object, dialect: Dialect, *, given: bool
) -> MemberOperation | None:
    """One PATCH operation on ``members`` (RFC 7644 §3.5.2; lenient rules L11, L14, L19); None when it does nothing.

    ``remove`` with a value removes those members only, and never falls through to removing all of them.

    :param given: whether the operation has a ``value`` at all.
    :raises InvalidFilter: a selector other than ``value eq "id"``, with what is true of every member, or several joined
        by ``or``.
    :raises ImmutableAttribute: a sub-attribute of a member is to be changed; stated as it is it may be.
    :raises InvalidValue: something that names no user, a part of the wrong type, or no value where one is needed.
    :raises InvalidPath: a part of a member that no schema knows, where the tenant refuses those.
    """
    if path.selector is not None:
        return _selected(kind, path, path.selector, value, dialect, given=given)
    if path.sub is not None:
        raise ImmutableAttribute(f"{path.target.path} cannot be changed; add or remove members", path=path.target.path)
    if kind == "remove":
        return _removal(value, dialect)
    _check_given(kind, given=given)
    ids = tuple(_ids(value, dialect))
    if kind == "replace":
        return MemberOperation("replace", ids) if ids else MemberOperation("remove_all")
    return MemberOperation("add", ids) if ids else None


def _check_given(kind: str, *, given: bool) -> None:
    if not given:
        raise InvalidValue(f"members: {kind} needs a value", path="members")


def _removal(value: object, dialect: Dialect) -> MemberOperation | None:
    if value is None:
        return MemberOperation("remove_all")
    if not dialect.lenient:
        raise InvalidValue('members: name whom to remove in the path, as members[value eq "…"]', path="members")
    if isinstance(value, dict):
        value = next((part for name, part in value.items() if name.lower() == "members"), value)
    ids = tuple(_ids(value, dialect))
    return MemberOperation("remove", ids) if ids else None


def _selected(
    kind: Literal["add", "remove", "replace"],
    path: Path,
    selector: Filter,
    value: object,
    dialect: Dialect,
    *,
    given: bool,
) -> MemberOperation | None:
    """The selector names the members; what stands beside it can say the same, and nothing else (RFC 7643 §8.7.1: immutable)."""
    ids = tuple(_selector_ids(selector))
    if kind == "remove" and path.sub is None:
        return MemberOperation("remove", ids)
    if kind == "remove" or (path.sub is not None and path.sub.name != "value"):
        raise _unchangeable()
    _check_given(kind, given=given)
    if kind == "add" and path.sub is None:
        return _addition(ids, value, dialect)
    stated = value if path.sub is None else {"value": value}
    if value is None or value == "" or not _names(ids, stated, dialect):
        raise _unchangeable()
    creates = kind == "add" or (dialect.lenient and len(ids) == 1)  # L5, L6
    return MemberOperation("add" if creates else "expect", ids)


def _addition(ids: tuple[str, ...], value: object, dialect: Dialect) -> MemberOperation | None:
    if value is None or value == "":
        return None
    if not _names(ids, value, dialect):
        raise InvalidValue("members: the value names another member than the filter in the path", path="members")
    return MemberOperation("add", ids)


def _names(ids: tuple[str, ...], value: object, dialect: Dialect) -> bool:
    """Whether a value beside a selector names whom the selector names, or leaves that to it."""
    item = value[0] if isinstance(value, list) and len(value) == 1 else value
    stated = item if isinstance(item, str) and dialect.lenient else _parts(item, dialect).get("value")
    return stated is None or all(stated == member for member in ids)


def _unchangeable() -> ImmutableAttribute:
    return ImmutableAttribute("A member cannot be changed; add or remove members", path="members")


def _selector_ids(selector: Filter) -> list[str]:
    match selector:
        case Compare(target, "eq", str() as member) if target.sub is not None and target.sub.name == "value":
            return [member]
        case Or(terms):
            return [member for term in terms for member in _selector_ids(term)]
        case And(terms) if len(telling := [term for term in terms if not _says_nothing(term)]) == 1:
            return _selector_ids(telling[0])
        case _:
            raise InvalidFilter('members can be selected by value eq "id" only', path="members")


def _says_nothing(term: Filter) -> bool:
    """``$ref eq null``, which Entra adds beside the value (L19), and ``type eq "User"``, which is true of every member."""
    match term:
        case Compare(target, _, None):
            return target.path == "members.$ref"
        case Compare(target, "eq", str() as kind):
            return target.path == "members.type" and kind.lower() == "user"
        case _:
            return False


def _ids(value: object, dialect: Dialect) -> list[str]:
    if value is None or value == "":
        return []
    items = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(_id(item, dialect) for item in items if item is not None))


def _id(item: object, dialect: Dialect) -> str:
    if isinstance(item, str) and dialect.lenient:
        return item
    member = _parts(item, dialect).get("value")
    if not member:
        raise InvalidValue("members: a member has no value", path="members.value")
    return member


def _parts(item: object, dialect: Dialect) -> dict[str, str]:
    """What is said of a member; all of it has to fit the schema as any other value, and only the id is kept."""
    if not isinstance(item, dict):
        raise InvalidValue('members: each member is an object like {"value": "…"}', path="members")
    element = coerce_element(item, _MEMBERS, dialect) or {}
    if element.get("type", "").lower() == "group":
        raise InvalidValue("members: groups inside groups are not supported", path="members.type")
    return element
