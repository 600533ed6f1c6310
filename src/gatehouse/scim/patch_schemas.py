"""PATCH of ``schemas`` and of whole extensions (RFC 7644 §3.5.2, RFC 7643 §3.3).

``schemas`` follows from what a resource holds: naming an extension adds nothing, taking its URN away removes its
attributes.
"""

from __future__ import annotations

from typing import Any

from gatehouse.errors import ImmutableAttribute, InvalidValue
from gatehouse.scim.coerce import Dialect
from gatehouse.scim.evaluate import selects
from gatehouse.scim.filter_tree import Filter
from gatehouse.scim.operation import Op, Operation
from gatehouse.scim.path import Path
from gatehouse.scim.schema import ResourceType


def block_removal(urn: str, resource_type: ResourceType) -> list[Operation]:
    """The removal of every attribute of an extension; its block and its URN in ``schemas`` go with the last one."""
    names = resource_type.extensions[urn.lower()].attributes
    targets = (resource_type.resolve(f"{urn}:{name}") for name in names)
    return [Operation("remove", Path(target)) for target in targets if target is not None]


def schemas_removal(op: Op, selector: Filter | None, value: object, resource_type: ResourceType) -> list[Operation]:
    """What ``remove`` or ``replace`` of ``schemas`` takes away.

    :param selector: which URNs ``remove`` takes away; None: those in the value, or all of them.
    :raises ImmutableAttribute: the URN of the core schema would go.
    :raises InvalidValue: the value is no list of URNs.
    """
    extensions = (extension for extension in resource_type.extensions.values() if not extension.read_only)
    known = [resource_type.schema, *(extension.urn for extension in extensions)]
    if selector is not None and op == "remove":
        gone = [urn for urn in known if selects(selector, urn)]
    else:
        listed = {urn.lower() for urn in _urns(value)}
        gone = [urn for urn in known if (urn.lower() in listed) is (op == "remove" and value is not None)]
    if resource_type.schema in gone:
        raise ImmutableAttribute(f"schemas must keep {resource_type.schema}", path="schemas")
    return [operation for urn in gone for operation in block_removal(urn, resource_type)]


def named_schemas(value: object, resource_type: ResourceType, dialect: Dialect) -> frozenset[str]:
    """The URNs, in lower case, that ``add`` or a value without a path names; to name a known one changes nothing.

    :raises InvalidValue: no URN or list of URNs.
    :raises InvalidPath: a schema that is not known, where the tenant refuses those.
    """
    urns = _urns(value)
    for urn in urns:
        if resource_type.resolve_schema(urn) is None:
            dialect.ignore(urn)
    return frozenset(urn.lower() for urn in urns)


def _urns(value: Any) -> list[str]:
    urns = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(urn, str) for urn in urns):
        raise InvalidValue("schemas holds URNs of schemas", path="schemas")
    return urns
