"""Where the database holds what a filter path names: the only place where SCIM names become SQL names.

Aliases: ``u`` scim_user, ``g`` scim_group, ``m`` group_member, ``e`` the row of an element in user_value, ``x`` a further
row of the same element. ``$1`` is the tenant's id.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gatehouse.scim.attribute import Attribute, AttributeType, Target
from gatehouse.scim.schema import GROUP, GROUP_SCHEMA, USER, USER_SCHEMA
from gatehouse.store.filter_columns import TRUE, Column, Constant, Derived, Identifier, Moment, Schemas, Text, Truth
from gatehouse.store.value_index import BASE_SUBS, COLUMNS

_NEVER_NULL = frozenset({"userName"})


@dataclass(frozen=True, slots=True)
class Place:
    """A column and how to get there.

    :param opening: of a sub-select around the condition; empty when the column is in the row itself.
    """

    column: Column
    opening: str = ""

    def where(self, condition: str) -> str:
        """Put a condition on the column where it belongs."""
        return f"{self.opening}{condition})" if self.opening else condition


@dataclass(frozen=True, slots=True)
class Places:
    """All places of one resource type by the target's path.

    :param outside: for conditions on the resource.
    :param inside: for conditions on one element of a multi-valued attribute.
    :param elements: opens the sub-select of the resources that have an element such that.
    :param parts: the sub-attributes of a singular complex attribute.
    :param schemas: the URNs of the resource.
    """

    schemas: Schemas
    outside: dict[str, Place] = field(default_factory=dict)
    inside: dict[str, Place] = field(default_factory=dict)
    elements: dict[str, str] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _common(alias: str, name: str, schemas: Schemas) -> Places:
    """Place the attributes that every resource has (RFC 7643 §3.1)."""
    places = Places(schemas)
    places.parts["meta"] = tuple(
        f"meta.{sub}" for sub in ("resourceType", "created", "lastModified", "location", "version")
    )
    columns: dict[str, Column] = {
        "schemas": schemas,
        "id": Identifier(f"{alias}.id"),
        "externalId": Text(f"{alias}.external_id", folded=False),
        "meta.resourceType": Constant({"resourceType": name}),
        "meta.created": Moment(f"{alias}.created_at"),
        "meta.lastModified": Moment(f"{alias}.last_modified_at"),
        "meta.location": Derived("meta.location"),
        "meta.version": Text(f"""('W/"' || CAST({alias}.version AS TEXT) || '"')""", folded=False, nullable=False),
    }
    places.outside.update({path: Place(column) for path, column in columns.items()})
    return places


def _user_places() -> Places:
    """Place the attributes of User and its extensions: columns, or rows of the value index."""
    having = {USER_SCHEMA: TRUE}
    for extension in USER.extensions.values():
        prefix = extension.urn.lower()
        having[extension.urn] = _rows(f">= '{prefix}:' AND e.attribute < '{prefix};'") + f"{TRUE})"  # ; follows :
    places = _common("u", USER.name, Schemas(having))
    for attribute in USER.attributes.values():
        _place(places, attribute, None)
    for extension in USER.extensions.values():
        for attribute in extension.attributes.values():
            _place(places, attribute, extension.urn)
    return places


def _place(places: Places, attribute: Attribute, urn: str | None) -> None:
    path = Target(attribute, None, urn).path
    if not attribute.supported:
        return
    if attribute.type is not AttributeType.COMPLEX:
        places.outside[path] = _singular(attribute, path)
    elif attribute.multi_valued:
        _place_elements(places, attribute, path)
    else:
        subs = {f"{path}.{sub.name}": sub for sub in attribute.sub_attributes if sub.supported}
        places.parts[path] = tuple(subs)
        places.outside.update({sub_path: _singular(sub, sub_path) for sub_path, sub in subs.items()})


def _singular(attribute: Attribute, path: str) -> Place:
    """Place a value that a user has at most once."""
    names = COLUMNS.get(path)
    if names is None:
        return Place(Text("e.value_key", folded=not attribute.case_exact), _rows(f"= '{path.lower()}'"))
    if attribute.type is AttributeType.BOOLEAN:
        return Place(Truth(f"u.{names.value}"))
    return Place(Text(f"u.{names.key}", folded=not attribute.case_exact, nullable=path not in _NEVER_NULL))


def _place_elements(places: Places, attribute: Attribute, path: str) -> None:
    """Place the elements of a multi-valued attribute, the row that each has, and its further rows."""
    opening = _rows(f"= '{path.lower()}'")
    places.elements[path] = opening
    for sub in attribute.sub_attributes:
        sub_path = f"{path}.{sub.name}"
        if sub.name in BASE_SUBS:
            places.inside[sub_path] = Place(_element_column(sub))
            places.outside[sub_path] = Place(_element_column(sub), opening)
        else:
            folded = not sub.case_exact
            places.outside[sub_path] = Place(Text("e.value_key", folded=folded), _rows(f"= '{sub_path.lower()}'"))
            places.inside[sub_path] = Place(
                Text("x.value_key", folded=folded),
                "EXISTS (SELECT 1 FROM user_value x WHERE x.user_id = e.user_id AND x.position = e.position"
                f" AND x.attribute = '{sub_path.lower()}' AND ",
            )


def _element_column(sub: Attribute) -> Column:
    if sub.name == "primary":
        return Truth("e.is_primary")
    return Text(f"e.{sub.name}_key", folded=not sub.case_exact)


def _rows(attribute: str) -> str:
    """Open the sub-select of users by their index rows; uncorrelated, so that both engines start from its index."""
    return f"u.id IN (SELECT e.user_id FROM user_value e WHERE e.tenant_id = $1 AND e.attribute {attribute} AND "


def _group_places() -> Places:
    """Place the attributes of Group; its members are rows of ``group_member``."""
    places = _common("g", GROUP.name, Schemas({GROUP_SCHEMA: TRUE}))
    places.outside["displayName"] = Place(Text("g.display_name_key", nullable=False))
    opening = "g.id IN (SELECT m.group_id FROM group_member m WHERE m.tenant_id = $1 AND "
    places.elements["members"] = opening
    columns: dict[str, Column] = {
        "members.value": Identifier("m.user_id"),
        "members.$ref": Derived("members.$ref"),
        "members.type": Constant({"type": "User"}),
    }
    for path, column in columns.items():
        places.inside[path] = Place(column)
        places.outside[path] = Place(column, opening)
    return places


PLACES = {USER.name: _user_places(), GROUP.name: _group_places()}
