"""Where the database holds what a filter path names: the only place where SCIM names become SQL names.

Aliases: ``u`` scim_user or user_now, ``g`` scim_group, ``m`` group_member, ``e`` the row of an element in user_value, ``x`` a further
row of the same element. ``$1`` is the tenant's id. ``r`` role, ``w`` role_holder, ``a`` user_employee_group_now,
``k`` employee_group, ``h`` the group of a membership.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gatehouse.scim.attribute import Attribute, AttributeType, Target
from gatehouse.scim.schema import GATEHOUSE_SCHEMA, GROUP, GROUP_SCHEMA, USER, USER_SCHEMA
from gatehouse.store.filter_columns import (
    TRUE,
    Absent,
    Column,
    Constant,
    Derived,
    Identifier,
    Moment,
    Schemas,
    Text,
    Truth,
)
from gatehouse.store.value_index import BASE_SUBS, COLUMNS

_NEVER_NULL = frozenset({"userName"})

# Access is in force only while the user is active (as in the admin API)
_WITH_ROLE = "u.active AND u.role_id IS NOT NULL"
# Each without and with access that is unsettled (PostgreSQL). Behind its OFFSET, that looks up each role or group by the
# indexes of both halves of a view; it cannot with a join
_ROLES: Final[dict[bool, str]] = {
    False: f"({_WITH_ROLE} AND u.role_id IN (SELECT r.id FROM role r WHERE r.tenant_id = $1 AND ",
    True: (
        "(u.active AND u.id IN (SELECT a.user_id FROM role r CROSS JOIN LATERAL (SELECT w.user_id FROM role_holder w"
        " WHERE w.tenant_id = $1 AND w.role_id = r.id OFFSET 0) a WHERE r.tenant_id = $1 AND "
    ),
}
_EMPLOYEE_GROUPS: Final[dict[bool, str]] = {
    False: (
        "(u.active AND u.id IN (SELECT a.user_id FROM user_employee_group a JOIN employee_group k"
        " ON k.tenant_id = a.tenant_id AND k.id = a.employee_group_id WHERE a.tenant_id = $1 AND "
    ),
    True: (
        "(u.active AND u.id IN (SELECT a.user_id FROM employee_group k CROSS JOIN LATERAL (SELECT w.user_id"
        " FROM user_employee_group_now w WHERE w.tenant_id = $1 AND w.employee_group_id = k.id OFFSET 0) a"
        " WHERE k.tenant_id = $1 AND "
    ),
}
_GROUPS = (
    "u.id IN (SELECT m.user_id FROM group_member m JOIN scim_group h"
    " ON h.tenant_id = m.tenant_id AND h.id = m.group_id AND h.deleted_at IS NULL WHERE m.tenant_id = $1 AND "
)


@dataclass(frozen=True, slots=True)
class Place:
    """A column and how to get there.

    :param opening: of a sub-select around the condition; empty when the column is in the row itself.
    """

    column: Column
    opening: str = ""

    def where(self, condition: str) -> str:
        """Put a condition on the column where it belongs."""
        return within(self.opening, condition)


ABSENT = Place(Absent())


def within(opening: str, condition: str) -> str:
    """Put a condition into the sub-select that an opening begins."""
    return f"{opening}{condition}{')' * (opening.count('(') - opening.count(')'))}"


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


def _user_places(unsettled: bool) -> Places:
    """Place the attributes of User and its extensions: columns, or rows of the value index."""
    having = {USER_SCHEMA: TRUE}
    stored = [extension for extension in USER.extensions.values() if not extension.read_only]
    for extension in stored:
        prefix = extension.urn.lower()
        having[extension.urn] = _rows(f">= '{prefix}:' AND e.attribute < '{prefix};'") + f"{TRUE})"  # ; follows :
    having[GATEHOUSE_SCHEMA] = f"({_WITH_ROLE} OR {within(_EMPLOYEE_GROUPS[unsettled], TRUE)})"
    places = _common("u", USER.name, Schemas(having))
    for attribute in USER.attributes.values():
        _place(places, attribute, None)
    for extension in stored:
        for attribute in extension.attributes.values():
            _place(places, attribute, extension.urn)
    _place_access(places, _ROLES[unsettled], _EMPLOYEE_GROUPS[unsettled])
    _place_groups(places)
    return places


def _place_access(places: Places, having_role: str, having_employee_group: str) -> None:
    """Place what the mapping gives; the elements of ``employeeGroups`` are simple values."""
    role, employee_groups = f"{GATEHOUSE_SCHEMA}:role", f"{GATEHOUSE_SCHEMA}:employeeGroups"
    key = Text("k.key", folded=False, nullable=False)
    places.outside[role] = Place(Text("r.key", folded=False, nullable=False), having_role)
    places.elements[employee_groups] = having_employee_group
    places.outside[employee_groups] = Place(key, having_employee_group)
    places.inside[employee_groups] = Place(key)


def _place_groups(places: Places) -> None:
    """Place the groups that a user is a member of."""
    columns: dict[str, Column] = {
        "groups.value": Identifier("m.group_id"),
        "groups.$ref": Derived("groups.$ref"),
        "groups.display": Text("h.display_name_key", nullable=False),
        "groups.type": Constant({"type": "direct"}),
    }
    _place_members(places, "groups", _GROUPS, columns)


def _place_members(places: Places, path: str, opening: str, columns: dict[str, Column]) -> None:
    """Place the elements of an attribute whose rows are memberships."""
    places.elements[path] = opening
    for sub_path, column in columns.items():
        places.inside[sub_path] = Place(column)
        places.outside[sub_path] = Place(column, opening)


def _place(places: Places, attribute: Attribute, urn: str | None) -> None:
    path = Target(attribute, None, urn).path
    if not attribute.supported or attribute.mutability == "readOnly":
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
                "EXISTS (SELECT 1 FROM user_value x WHERE x.tenant_id = e.tenant_id AND x.user_id = e.user_id"
                f" AND x.position = e.position AND x.attribute = '{sub_path.lower()}' AND ",
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
    columns: dict[str, Column] = {
        "members.value": Identifier("m.user_id"),
        "members.$ref": Derived("members.$ref"),
        "members.type": Constant({"type": "User"}),
    }
    _place_members(
        places, "members", "g.id IN (SELECT m.group_id FROM group_member m WHERE m.tenant_id = $1 AND ", columns
    )
    return places


PLACES = {unsettled: {USER.name: _user_places(unsettled), GROUP.name: _group_places()} for unsettled in (False, True)}
