"""What Microsoft's validator makes of a published ``/Schemas``: one target for each place that can hold a value.

A simple attribute is its name, a part of a complex one ``name.givenName``. A multi-valued attribute has a target for each
canonical type and part, ``phoneNumbers[type eq "mobile"].value``, or, without canonical types, for each part of the primary
value, ``roles[primary eq "True"].value``. Attributes of extensions have their URN before them. References to other
resources, ``manager`` and ``members``, are tested apart. Source: Microsoft's Logic App template for gallery validation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MARKS = {"type", "primary"}  # what a selector fixes
_LINKS = {"manager", "members"}


@dataclass(frozen=True)
class Target:
    """One place.

    :param kind: the SCIM type of the value.
    :param required: the value, or the attribute that holds it, must be there.
    :param selector: of the element of a multi-valued attribute: sub-attribute → value.
    """

    path: str
    kind: str
    required: bool
    attribute: str
    sub: str | None = None
    urn: str | None = None
    selector: tuple[str, Any] | None = None

    def read(self, resource: dict[str, Any]) -> Any:
        """The value there, or None."""
        holder = resource.get(self.urn, {}) if self.urn else resource
        found = holder.get(self.attribute)
        if self.selector is not None:
            name, wanted = self.selector
            found = next((element for element in found or () if element.get(name) == wanted), None)
        return found.get(self.sub) if found and self.sub else found

    def write(self, resource: dict[str, Any], value: Any) -> None:
        """Put a value there."""
        holder = resource.setdefault(self.urn, {}) if self.urn else resource
        if self.sub is None:
            holder[self.attribute] = value
        elif self.selector is None:
            holder.setdefault(self.attribute, {})[self.sub] = value
        else:
            name, wanted = self.selector
            elements = holder.setdefault(self.attribute, [])
            element = next((found for found in elements if found.get(name) == wanted), None)
            if element is None:
                element = {name: wanted}
                elements.append(element)
            element[self.sub] = value


def targets(schemas: list[dict[str, Any]], core: str) -> list[Target]:
    """The targets of a resource type that a client may write: those of its core schema and its extensions.

    :param schemas: the ``Resources`` of ``/Schemas``.
    :param core: URN of the core schema; extensions are those whose URN ends like it.
    """
    found: list[Target] = []
    for schema in schemas:
        urn = schema["id"]
        if urn == core or urn.endswith(core.rpartition("core:")[2]):
            for attribute in schema["attributes"]:
                found.extend(_of_attribute(attribute, None if urn == core else urn))
    return found


def _of_attribute(attribute: dict[str, Any], urn: str | None) -> Iterator[Target]:
    name, path = attribute["name"], f"{urn}:{attribute['name']}" if urn else attribute["name"]
    if attribute["mutability"] == "readOnly" or name in _LINKS:
        return
    if attribute["type"] != "complex":
        yield Target(path, attribute["type"], attribute["required"], name, urn=urn)
        return
    selectors = _selectors(attribute) if attribute["multiValued"] else [None]
    for sub in attribute["subAttributes"]:
        if sub["mutability"] == "readOnly" or (attribute["multiValued"] and sub["name"] in _MARKS):
            continue
        for selector in selectors:
            shown = "" if selector is None else f'[{selector[0]} eq "{selector[1]}"]'
            required = attribute["required"] and sub["required"]
            yield Target(f"{path}{shown}.{sub['name']}", sub["type"], required, name, sub["name"], urn, selector)


def _selectors(attribute: dict[str, Any]) -> list[tuple[str, Any] | None]:
    subs = {sub["name"]: sub for sub in attribute["subAttributes"]}
    types = subs["type"].get("canonicalValues") if "type" in subs else None
    return [("type", value) for value in types] if types else [("primary", True)]
