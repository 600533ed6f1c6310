"""Applying the operations of a PatchOp message to a resource (RFC 7644 §3.5.2.1-3, scim-protocol.md §4.2-4.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from gatehouse.limits import Limits
from gatehouse.scim import patch_elements
from gatehouse.scim.attribute import Attribute, AttributeType
from gatehouse.scim.elements import canonical
from gatehouse.scim.operation import Operation
from gatehouse.scim.required import check_kept
from gatehouse.scim.resource import ordered
from gatehouse.scim.schema import ResourceType


def apply_operations(
    resource: Mapping[str, Any],
    operations: Sequence[Operation],
    resource_type: ResourceType,
    *,
    lenient: bool,
    limits: Limits,
) -> dict[str, Any]:
    """The resource after all operations, in order; the input stays as it is, and is given back when nothing changes.

    :raises ImmutableAttribute: a required value would be gone; and what ``patch_elements.apply`` raises.
    """
    found = dict(resource)
    for operation in operations:
        _apply(found, operation, lenient=lenient)
    for attribute in {o.path.target.attribute for o in operations if o.path.target.attribute.multi_valued}:
        _assign(found, attribute.name, patch_elements.tidy(found.get(attribute.name, []), attribute, limits))
    result = ordered(found, resource_type)
    check_kept(resource, result, resource_type)
    return dict(resource) if unchanged(resource, result) else result


def unchanged(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two resources say the same: the order of elements and a ``primary`` of false make no difference.

    >>> unchanged({"emails": [{"value": "a"}]}, {"emails": [{"value": "a", "primary": False}]})
    True
    """
    if before.keys() != after.keys():
        return False
    return all(value == after[name] or _same_elements(value, after[name]) for name, value in before.items())


def _same_elements(before: object, after: object) -> bool:
    if not isinstance(before, list) or not isinstance(after, list) or len(before) != len(after):
        return False
    return Counter(map(_comparable, before)) == Counter(map(_comparable, after))


def _comparable(element: Any) -> Hashable:
    return canonical(element) if isinstance(element, dict) else element


def _apply(found: dict[str, Any], operation: Operation, *, lenient: bool) -> None:
    target = operation.path.target
    name = target.attribute.name
    if target.urn is None:
        _assign(found, name, _changed(found.get(name), operation, lenient=lenient))
        return
    block = dict(found.get(target.urn, {}))
    _assign(block, name, _changed(block.get(name), operation, lenient=lenient))
    _assign(found, target.urn, block)


def _changed(stored: Any, operation: Operation, *, lenient: bool) -> Any:
    """The attribute's value after the operation."""
    path, value = operation.path, operation.value
    attribute = path.target.attribute
    if attribute.multi_valued:
        return patch_elements.apply(stored or [], operation, lenient=lenient)
    if path.sub is not None:
        return _merged(stored or {}, {path.sub.name: value}, attribute)
    if attribute.type is AttributeType.COMPLEX and value is not None:
        return _merged(stored or {}, value, attribute)
    return value


def _merged(stored: Mapping[str, Any], parts: Mapping[str, Any], attribute: Attribute) -> dict[str, Any]:
    """A complex attribute keeps what the parts do not mention (our reading D7); a part that is null goes.

    A reference goes with the value that it belongs to: ``manager.$ref`` would go on naming the previous manager.
    """
    result = {**stored, **parts}
    if "value" in parts and "$ref" not in parts and parts["value"] != stored.get("value") and attribute.sub("$ref"):
        result["$ref"] = None
    return {name: part for name, part in result.items() if part is not None}


def _assign(place: dict[str, Any], name: str, value: Any) -> None:
    if value is None or value in ({}, []):
        place.pop(name, None)
    else:
        place[name] = value
