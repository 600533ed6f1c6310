"""What the schema says about one attribute (RFC 7643 §2 and §7), and where a path leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]
Uniqueness = Literal["none", "server", "global"]


class AttributeType(StrEnum):
    """The data types of RFC 7643 §2.3."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    REFERENCE = "reference"
    BINARY = "binary"
    COMPLEX = "complex"


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One attribute or sub-attribute with its characteristics (RFC 7643 §7).

    :param supported: False for an attribute that RFC 7643 defines but that is not stored here (``password``):
        ignored on input, not advertised, not filterable.
    """

    name: str
    type: AttributeType = AttributeType.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Returned = "default"
    uniqueness: Uniqueness = "none"
    canonical_values: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    description: str = ""
    reference_types: tuple[str, ...] = ()
    supported: bool = True
    _subs: dict[str, Attribute] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_subs", {sub.name.lower(): sub for sub in self.sub_attributes})

    def sub(self, name: str) -> Attribute | None:
        """Find the sub-attribute of that name in any case (RFC 7643 §2.1), or None.

        >>> name = Attribute("name", AttributeType.COMPLEX, sub_attributes=(Attribute("familyName"),))
        >>> name.sub("FAMILYNAME").name
        'familyName'
        """
        return self._subs.get(name) or self._subs.get(name.lower())


@dataclass(frozen=True, slots=True)
class Target:
    """Where an attribute path leads: an attribute, perhaps a sub-attribute of it, perhaps inside an extension.

    :param urn: of the extension that holds the attribute; None for core and common attributes.
    """

    attribute: Attribute
    sub: Attribute | None = None
    urn: str | None = None
    path: str = field(
        init=False, compare=False
    )  # canonical spelling: "name.familyName", "urn:…:2.0:User:manager.value"

    def __post_init__(self) -> None:
        prefix = f"{self.urn}:" if self.urn else ""
        suffix = f".{self.sub.name}" if self.sub else ""
        object.__setattr__(self, "path", f"{prefix}{self.attribute.name}{suffix}")

    @property
    def leaf(self) -> Attribute:
        """The attribute that carries the value: the sub-attribute if the path names one."""
        return self.sub or self.attribute

    @property
    def supported(self) -> bool:
        """Whether this server stores it: both the attribute and the sub-attribute."""
        return self.attribute.supported and self.leaf.supported
