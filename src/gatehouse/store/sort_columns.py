"""What each attribute sorts by in SQL (RFC 7644 §3.4.2.3): a column, or a sub-select of the one value that decides.

Of a multi-valued attribute the primary element decides, else the first; of memberships, which have no order of their own,
the one with the least id or name. Ids are passed as text, which both drivers take. Text sorts by code point of what filters compare: the key, or the text itself when the
attribute is caseExact. Aliases as in ``filter_places``; ``$1`` is the tenant's id.
"""

from __future__ import annotations

from typing import Final

from gatehouse.scim.attribute import Attribute, AttributeType, Target
from gatehouse.scim.schema import GATEHOUSE_SCHEMA, GROUP, USER, Extension
from gatehouse.store.keyset import SortColumn
from gatehouse.store.value_index import BASE_SUBS, COLUMNS

DEFAULT: Final = "meta.created"  # the order of a list that names none


def _common(alias: str) -> dict[str, SortColumn]:
    """Sort by what every resource has; the location ends in the id, and the type is the same for all."""
    by_id = SortColumn(f"{alias}.id", str)
    return {
        "id": by_id,
        "externalId": SortColumn(f"{alias}.external_id", str, nullable=True),
        "meta.resourceType": by_id,
        "meta.created": SortColumn(f"{alias}.created_at", int),
        "meta.lastModified": SortColumn(f"{alias}.last_modified_at", int),
        "meta.location": by_id,
        "meta.version": SortColumn(f"""('W/"' || CAST({alias}.version AS TEXT) || '"')""", str),
    }


def _user_columns(employee_groups: str = "user_employee_group") -> dict[str, SortColumn]:
    found = _common("u")
    for attribute in USER.attributes.values():
        found.update(_columns_of(attribute, None))
    for extension in USER.extensions.values():
        found.update(_extension_columns(extension))
    access = f"{GATEHOUSE_SCHEMA}:"
    found |= {
        **_membership("groups", "u.id", "user_id", "group_id", "direct"),
        "groups.display": _one(
            "h.display_name_key FROM group_member m JOIN scim_group h ON h.tenant_id = m.tenant_id AND h.id = m.group_id"
            " WHERE m.tenant_id = $1 AND m.user_id = u.id ORDER BY h.display_name_key"
        ),
        f"{access}role": _one("r.key FROM role r WHERE r.tenant_id = $1 AND r.id = u.role_id AND u.active"),
        f"{access}employeeGroups": _one(
            f"k.key FROM {employee_groups} a JOIN employee_group k"
            " ON k.tenant_id = a.tenant_id AND k.id = a.employee_group_id"
            " WHERE a.tenant_id = $1 AND a.user_id = u.id AND u.active ORDER BY k.key"
        ),
    }
    return found


def _group_columns() -> dict[str, SortColumn]:
    return {
        **_common("g"),
        "displayName": SortColumn("g.display_name_key", str),
        **_membership("members", "g.id", "group_id", "user_id", "User"),
    }


def _extension_columns(extension: Extension) -> dict[str, SortColumn]:
    found: dict[str, SortColumn] = {}
    for attribute in extension.attributes.values():
        found.update(_columns_of(attribute, extension.urn))
    return found


def _columns_of(attribute: Attribute, urn: str | None) -> dict[str, SortColumn]:
    """Sort by an attribute that the document holds, and by each of its sub-attributes."""
    path = Target(attribute, None, urn).path
    if not attribute.supported or attribute.mutability == "readOnly":
        return {}
    if not attribute.sub_attributes:
        return {path: _singular(attribute, path)}
    ordered = (sub for sub in attribute.sub_attributes if sub.supported and sub.type is not AttributeType.BINARY)
    subs = {f"{path}.{sub.name}": sub for sub in ordered}
    sort = _of_elements if attribute.multi_valued else _singular
    return {sub_path: sort(sub, sub_path) for sub_path, sub in subs.items()}


def _singular(attribute: Attribute, path: str) -> SortColumn:
    names = COLUMNS.get(path)
    if names is None:
        return _one(f"e.value_key {_rows('e', path)}")
    if attribute.type is AttributeType.BOOLEAN:
        return SortColumn(f"u.{names.key}", int)
    return SortColumn(f"u.{names.key}", str, nullable=path != "userName")


def _of_elements(sub: Attribute, path: str) -> SortColumn:
    """Sort by a sub-attribute of the element that decides: a row of the index, or a further row at the same position."""
    whole = path.rpartition(".")[0]
    deciding = f"{_rows('e', whole)} ORDER BY e.is_primary DESC, e.position"
    if sub.type is AttributeType.BOOLEAN:
        return SortColumn(f"(SELECT e.is_primary {deciding} LIMIT 1)", int, nullable=True)
    if sub.name in BASE_SUBS:
        return _one(f"e.{sub.name}_key {deciding}")
    return _one(f"x.value_key {_rows('x', path)} AND x.position = (SELECT e.position {deciding} LIMIT 1)")


def _rows(alias: str, path: str) -> str:
    """Open the rows of the value index that a user has for a path."""
    own = f"{alias}.tenant_id = $1 AND {alias}.user_id = u.id"
    return f"FROM user_value {alias} WHERE {own} AND {alias}.attribute = '{path.lower()}'"


def _membership(path: str, owner: str, own: str, other: str, kind: str) -> dict[str, SortColumn]:
    """Sort by the least id of those that a resource is joined to; ``$ref`` ends in the id."""
    rows = f"FROM group_member m WHERE m.tenant_id = $1 AND m.{own} = {owner}"
    by_id = SortColumn(f"(SELECT m.{other} {rows} ORDER BY m.{other} LIMIT 1)", str, nullable=True)
    return {f"{path}.value": by_id, f"{path}.$ref": by_id, f"{path}.type": _one(f"'{kind}' {rows}")}


def _one(select: str) -> SortColumn:
    """Sort by a sub-select of at most one text."""
    return SortColumn(f"(SELECT {select} LIMIT 1)", str, nullable=True)


SORTS: Final = {USER.name: _user_columns(), GROUP.name: _group_columns()}
# While somebody's access is unsettled, and u is user_now
UNSETTLED_SORTS: Final = {**SORTS, USER.name: _user_columns("user_employee_group_now")}
