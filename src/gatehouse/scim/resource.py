"""The body of a POST or PUT, read into a resource (RFC 7644 §3.3, §3.5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.errors import InvalidSyntax, InvalidValue
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.attribute import Target
from gatehouse.scim.coerce import Dialect, coerce_value
from gatehouse.scim.members import read_members
from gatehouse.scim.required import check_complete
from gatehouse.scim.schema import GROUP, USER, ResourceType


@dataclass(frozen=True, slots=True)
class Reading:
    """A resource in schema case, ``schemas`` first, without ``id`` and ``meta``; and what was ignored."""

    resource: dict[str, Any]
    warnings: tuple[str, ...]


def read_resource(
    body: Mapping[str, Any],
    resource_type: ResourceType,
    *,
    mode: ScimMode,
    unknown: UnknownAttributes,
    previous: Mapping[str, Any] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Reading:
    """Read a whole resource: names in any case, values in the form of the schema, read-only attributes dropped.

    :param previous: what a PUT replaces: omitting ``active`` does not enable a user (our reading D17).
    :raises InvalidValue: a value does not fit, or a required one is missing; the message says what to map in Entra.
    :raises InvalidSyntax: ``schemas`` does not name the schemas of this resource type, an attribute is given more than
        once, or one that no schema knows, where the tenant refuses those.
    """
    reader = _Reader(resource_type, Dialect(mode, unknown, limits=limits))
    reader.read(body, urn=None)
    found = reader.found
    if resource_type is USER and "active" not in found:
        found["active"] = True if previous is None else previous.get("active", True)
    resource = ordered(found, resource_type)
    check_complete(resource, resource_type)
    return Reading(resource, tuple(reader.dialect.warnings))


def ordered(found: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """The attributes in the order of the schema, behind ``schemas`` with the URNs of what there is (RFC 7643 §3)."""
    blocks = [extension for extension in resource_type.extensions.values() if found.get(extension.urn)]
    resource: dict[str, Any] = {"schemas": [resource_type.schema, *(block.urn for block in blocks)]}
    if "externalId" in found:
        resource["externalId"] = found["externalId"]
    for attribute in resource_type.attributes.values():
        name = attribute.name
        if name in found:
            resource[name] = found[name]
    for block in blocks:
        values = found[block.urn]
        resource[block.urn] = {a.name: values[a.name] for a in block.attributes.values() if a.name in values}
    return resource


class _Reader:
    """Collects the attributes of one body, core attributes and those of the extensions."""

    __slots__ = ("dialect", "found", "names", "resource_type")

    def __init__(self, resource_type: ResourceType, dialect: Dialect) -> None:
        self.resource_type = resource_type
        self.dialect = dialect
        self.found: dict[str, Any] = {}
        self.names: set[str] = set()

    def read(self, block: Mapping[str, Any], *, urn: str | None) -> None:
        """Read the attributes of the body, or of the block of one schema.

        :param urn: of the schema whose block it is; None for the body itself.
        """
        for name, value in block.items():
            target = self.resource_type.resolve(f"{urn}:{name}" if urn else name)
            if target is None or target.sub is not None:
                self._read_unusual(name, value, urn)
                continue
            self._note(target)
            if target.path == "schemas":
                _check_schemas(value, self.resource_type, self.dialect)
            else:
                self._assign(target, value)
        if urn is None and not self.dialect.lenient and not any(name.lower() == "schemas" for name in block):
            raise InvalidSyntax("schemas is missing", path="schemas")

    def _note(self, target: Target) -> None:
        """Names with and without their schema, and in its block, are one (RFC 7644 §3.10), and may come once."""
        if target.path in self.names:
            raise InvalidSyntax(f"{target.path} appears more than once", path=target.path)
        self.names.add(target.path)

    def _assign(self, target: Target, value: object) -> None:
        attribute = target.attribute
        if attribute.mutability == "readOnly":
            return
        if not attribute.supported:
            self.dialect.warn(f"{target.path} is not stored here and was ignored")
            return
        place = f"{target.urn}:" if target.urn else ""
        if self.resource_type is GROUP and attribute.name == "members":
            coerced: Any = read_members(value, self.dialect)
        else:
            coerced = coerce_value(value, attribute, self.dialect, place=place)
        if coerced is not None and coerced != {}:
            holder = self.found if target.urn is None else self.found.setdefault(target.urn, {})
            holder[attribute.name] = coerced

    def _read_unusual(self, name: str, value: object, urn: str | None) -> None:
        """A block of attributes under the URN of their schema, or a name that no schema knows."""
        block = self.resource_type.resolve_schema(name) if urn is None else None
        if block is None:
            self.dialect.ignore(f"{urn}:{name}" if urn else name)
        elif isinstance(value, dict):
            self.read(value, urn=block)
        elif value is not None:
            raise InvalidValue(f"{block} must be an object", path=block)


def _check_schemas(urns: object, resource_type: ResourceType, dialect: Dialect) -> None:
    """Entra adds URNs of its own and validators leave the list out (L17); the letter asks for exactly what is used.

    :raises InvalidSyntax: not a list of texts, one twice, or, in strict mode, unknown ones or none for the core schema.
    """
    if urns is None and dialect.lenient:
        return
    if not isinstance(urns, list) or not all(isinstance(urn, str) for urn in urns):
        raise InvalidSyntax("schemas must be a list of schema URNs", path="schemas")
    if len({urn.lower() for urn in urns}) != len(urns):
        raise InvalidSyntax("schemas names a schema more than once", path="schemas")
    if dialect.lenient:
        return
    known = [resource_type.resolve_schema(urn) for urn in urns]
    if None in known or resource_type.schema not in known:
        raise InvalidSyntax(f"schemas must name {resource_type.schema} and nothing but its extensions", path="schemas")
