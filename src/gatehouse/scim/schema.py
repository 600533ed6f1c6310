"""The resource types and their attributes: the one table that drives validation, filters, projection and discovery.

Source: RFC 7643 §3.1 (common attributes), §4 (User, Group, EnterpriseUser) and §6 (resource types).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gatehouse.scim.attribute import Attribute, AttributeType, Target
from gatehouse.scim.user_schema import ENTERPRISE_ATTRIBUTES, GATEHOUSE_ATTRIBUTES, USER_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "ENTERPRISE_SCHEMA",
    "GATEHOUSE_SCHEMA",
    "GROUP",
    "GROUP_SCHEMA",
    "USER",
    "USER_SCHEMA",
    "Attribute",
    "AttributeType",
    "Extension",
    "ResourceType",
    "Target",
]

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GATEHOUSE_SCHEMA = "urn:ietf:params:scim:schemas:extension:gatehouse:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"

_COMPLEX, _REFERENCE = AttributeType.COMPLEX, AttributeType.REFERENCE

# RFC 7643 §3.1: in every resource, but in no schema's list of attributes.
COMMON_ATTRIBUTES = (
    Attribute(
        "schemas",
        _REFERENCE,
        multi_valued=True,
        required=True,
        case_exact=True,
        returned="always",
        reference_types=("uri",),
        description="The URNs of the schemas that the resource uses.",
    ),
    Attribute(
        "id",
        case_exact=True,
        mutability="readOnly",
        returned="always",
        uniqueness="server",
        description="The identifier that the server gave the resource.",
    ),
    Attribute("externalId", case_exact=True, description="The identifier that the client gave the resource."),
    Attribute(
        "meta",
        _COMPLEX,
        mutability="readOnly",
        description="What the server knows about the resource.",
        sub_attributes=(
            Attribute(
                "resourceType", case_exact=True, mutability="readOnly", description="The name of the resource type."
            ),
            Attribute("created", AttributeType.DATE_TIME, mutability="readOnly", description="When it was created."),
            Attribute(
                "lastModified", AttributeType.DATE_TIME, mutability="readOnly", description="When it last changed."
            ),
            Attribute(
                "location",
                _REFERENCE,
                case_exact=True,
                mutability="readOnly",
                reference_types=("uri",),
                description="The address of the resource.",
            ),
            Attribute("version", case_exact=True, mutability="readOnly", description="The entity tag of the resource."),
        ),
    ),
)

_GROUP_ATTRIBUTES = (
    Attribute(
        "displayName",
        required=True,
        uniqueness="server",
        description="The name of the group; unique in the tenant without regard to case.",
    ),
    Attribute(
        "members",
        _COMPLEX,
        multi_valued=True,
        description="The users that belong to the group.",
        sub_attributes=(
            Attribute("value", case_exact=True, mutability="immutable", description="The id of the member."),
            Attribute(
                "$ref",
                _REFERENCE,
                case_exact=True,
                mutability="immutable",
                reference_types=("User",),
                description="The address of the member.",
            ),
            Attribute(
                "type", mutability="immutable", canonical_values=("User",), description="The type of the member."
            ),
            Attribute("display", mutability="readOnly", description="A name for the member.", supported=False),
        ),
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Extension:
    """A schema extension (RFC 7643 §3.3); ``attributes`` is keyed by the lower-case name."""

    urn: str
    name: str
    description: str
    attributes: dict[str, Attribute]

    @property
    def read_only(self) -> bool:
        """Whether no client can write any of it."""
        return all(attribute.mutability == "readOnly" for attribute in self.attributes.values())


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """A kind of resource (RFC 7643 §6) with everything its attribute paths can name.

    :param endpoint: relative to the base URI, such as ``/Users``.
    :param schema: URN of the core schema.
    :param attributes: the core schema's attributes by lower-case name.
    :param extensions: by lower-case URN.
    """

    name: str
    endpoint: str
    description: str
    schema: str
    attributes: dict[str, Attribute]
    extensions: dict[str, Extension] = field(default_factory=dict)
    common: dict[str, Attribute] = field(default_factory=lambda: _by_name(COMMON_ATTRIBUTES))
    _index: dict[str, Target] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", _index(self))

    def resolve(self, path: str) -> Target | None:
        """Find the target of an attribute path in any spelling (RFC 7644 §3.10); None when nothing has that name.

        Case is ignored; the schema's URN may precede the name, joined by ``:`` or by the ``.`` of old Entra jobs;
        an extension's attribute also answers to its bare name when the core schema has no such name, unless no client
        can write it: an attribute ``role`` of somebody else's is unknown here, not a read-only one.
        Unsupported attributes are found too: see :attr:`Target.supported`.

        >>> USER.resolve("URN:ietf:params:scim:schemas:core:2.0:user:NAME.familyname").path
        'name.familyName'
        >>> USER.resolve("manager.value").path
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value'
        """
        return self._index.get(path.lower())

    def resolve_schema(self, path: str) -> str | None:
        """Find the URN, in its canonical case, when the path is that of the core schema or of an extension."""
        lowered = path.lower()
        if lowered == self.schema.lower():
            return self.schema
        extension = self.extensions.get(lowered)
        return extension.urn if extension else None


def _by_name(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    return {attribute.name.lower(): attribute for attribute in attributes}


def _targets(attributes: Iterable[Attribute], urn: str | None) -> Iterator[tuple[str, Target]]:
    """Each attribute and sub-attribute with its lower-case path inside its schema."""
    for attribute in attributes:
        name = attribute.name.lower()
        yield name, Target(attribute, None, urn)
        for sub in attribute.sub_attributes:
            yield f"{name}.{sub.name.lower()}", Target(attribute, sub, urn)


def _index(resource_type: ResourceType) -> dict[str, Target]:
    """Every spelling of every path, lower-case; core names win over bare names of extensions."""
    index: dict[str, Target] = {}
    for extension in resource_type.extensions.values():
        urn = extension.urn.lower()
        for path, target in _targets(extension.attributes.values(), extension.urn):
            for spelling in (*(() if extension.read_only else (path,)), f"{urn}:{path}", f"{urn}.{path}"):
                index[spelling] = target
    schema = resource_type.schema.lower()
    for path, target in _targets((*resource_type.common.values(), *resource_type.attributes.values()), None):
        for spelling in (path, f"{schema}:{path}", f"{schema}.{path}"):
            index[spelling] = target
    return index


_ENTERPRISE = Extension(
    ENTERPRISE_SCHEMA,
    "EnterpriseUser",
    "What an organization knows about a user.",
    _by_name(ENTERPRISE_ATTRIBUTES),
)

_GATEHOUSE = Extension(
    GATEHOUSE_SCHEMA,
    "GatehouseUser",
    "What the mapping of title and userType gives a user.",
    _by_name(GATEHOUSE_ATTRIBUTES),
)

USER = ResourceType(
    "User",
    "/Users",
    "A person.",
    USER_SCHEMA,
    _by_name(USER_ATTRIBUTES),
    {ENTERPRISE_SCHEMA.lower(): _ENTERPRISE, GATEHOUSE_SCHEMA.lower(): _GATEHOUSE},
)

GROUP = ResourceType("Group", "/Groups", "A group of users.", GROUP_SCHEMA, _by_name(_GROUP_ATTRIBUTES))
