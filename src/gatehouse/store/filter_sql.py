"""From a filter (RFC 7644 §3.4.2.2) to a condition in SQL, equal on both engines to ``scim.evaluate``.

Attributes with columns of their own are compared there; all others through sub-selects on their index rows, one for each
leaf or value path, never joins, which would repeat users. Names come only from the attribute table, values only through
parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gatehouse.scim.filter_tree import And, Compare, Filter, Not, Or, Present, ValuePath
from gatehouse.scim.schema import ResourceType
from gatehouse.store.filter_columns import FALSE, TRUE, Parameters
from gatehouse.store.filter_places import ABSENT, PLACES, Places, within
from gatehouse.store.statement import Dialect


def compile_filter(
    tree: Filter,
    resource_type: ResourceType,
    *,
    first_parameter: int,
    dialect: Dialect,
    unsettled: bool = False,
) -> tuple[str, list[object]]:
    """Compile a filter for ``scim_user u`` or ``scim_group g``.

    ``$1`` of the whole statement must be the tenant's id; the caller adds ``tenant_id = $1 AND deleted_at IS NULL``.

    :param first_parameter: number of the first placeholder that the filter may use.
    :param unsettled: somebody's access is unsettled, so ``u`` is ``user_now``.
    :return: a condition that is true or false for every row, and the values of its placeholders.
    :raises InvalidFilter: a comparison with what is made up for each answer (``meta.location``, ``members.$ref``).

    >>> from gatehouse.scim.filter import parse_filter
    >>> from gatehouse.scim.schema import USER
    >>> compile_filter(parse_filter('userName eq "Ann"', USER), USER, first_parameter=2, dialect="sqlite")
    ('(u.user_name_key = $2)', ['ann'])
    """
    parameters = Parameters(first_parameter, dialect)
    return _condition(tree, PLACES[unsettled][resource_type.name], parameters, inside=False), parameters.values


def _condition(tree: Filter, places: Places, parameters: Parameters, *, inside: bool) -> str:
    """:param inside: the condition is on one element, whose row is ``e`` or ``m``."""
    match tree:
        case Compare():
            return _compare(tree, places, parameters, inside=inside)
        case Present():
            return _present(tree, places, inside=inside)
        case And(terms):
            return f"({' AND '.join([_condition(term, places, parameters, inside=inside) for term in _sorted(terms)])})"
        case Or(terms):
            return f"({' OR '.join([_condition(term, places, parameters, inside=inside) for term in _sorted(terms)])})"
        case Not(term):
            negated = _condition(term, places, parameters, inside=inside)
            return f"NOT {negated}" if isinstance(term, And | Or) else f"NOT ({negated})"
        case _:  # ValuePath
            return _value_path(tree, places, parameters)


def _sorted(terms: Sequence[Filter]) -> list[Filter]:
    """The deepest first: SQLite's parser has a hundred places for what stands before the brackets that are open."""
    return sorted(terms, key=_depth, reverse=True)


def _depth(tree: Filter) -> int:
    match tree:
        case And(terms) | Or(terms):
            return 1 + max(map(_depth, terms))
        case Not(term) | ValuePath(filter=term):
            return 1 + _depth(term)
        case _:
            return 0


def _compare(tree: Compare, places: Places, parameters: Parameters, *, inside: bool) -> str:
    place = (places.inside if inside else places.outside).get(tree.target.path, ABSENT)
    if tree.value is None:
        exists = place.where(place.column.exists)
        return exists if tree.op == "ne" else f"NOT ({exists})"
    if tree.op == "ne":
        return f"NOT ({place.where(place.column.test(replace(tree, op='eq'), parameters))})"
    return place.where(place.column.test(tree, parameters))


def _present(tree: Present, places: Places, *, inside: bool) -> str:
    path = tree.target.path
    if path in places.parts:
        return f"({' OR '.join(_present_part(part, places) for part in places.parts[path])})"
    if path in places.elements:
        return within(places.elements[path], TRUE)
    place = (places.inside if inside else places.outside).get(path, ABSENT)
    return place.where(place.column.present)


def _present_part(path: str, places: Places) -> str:
    place = places.outside[path]
    return place.where(place.column.present)


def _value_path(tree: ValuePath, places: Places, parameters: Parameters) -> str:
    path = tree.target.path
    if path in places.elements:
        return within(places.elements[path], _condition(tree.filter, places, parameters, inside=True))
    if path == "schemas":
        return places.schemas.some(tree.filter)
    if path not in places.parts:
        return FALSE
    parts = (places.outside[part] for part in places.parts[path])
    exists = " OR ".join(place.where(place.column.exists) for place in parts)
    return f"(({exists}) AND {_condition(tree.filter, places, parameters, inside=False)})"
