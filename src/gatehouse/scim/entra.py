"""How Entra ID deviates from the RFCs, one function a quirk, before → after in the docstring.

They apply to tenants in mode ``entra``; a tenant in mode ``strict`` is held to the letter.
Source: entra-client.md §3.4, scim-protocol.md §4.6.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from gatehouse.errors import InvalidRequest
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.scim.filter_tree import And, Compare, Filter
from gatehouse.scim.json_text import parse_json

_BOOLEANS: Final = {"true": True, "false": False}


def boolean_text(value: object) -> object:
    """``"active": "False"`` → ``false`` (RFC 7643 §2.3.2 wants JSON booleans); any other text stays as it is."""
    return _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value


def number_as_text(value: object) -> object:
    """``"employeeNumber": 7`` → ``"7"``: a number or boolean for a string attribute is its JSON text."""
    return json.dumps(value) if isinstance(value, int | float) else value


def single_in_list(value: object) -> object:
    """``"title": ["Agent"]`` → ``"Agent"``: a list of one for a singular attribute (form of 2017)."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def wrapped_simple(value: object) -> object:
    """``"title": [{"$ref": null, "value": "Agent"}]`` → ``"Agent"`` (form of 2017)."""
    unwrapped = single_in_list(value)
    if isinstance(unwrapped, dict):
        names = {name.lower(): part for name, part in unwrapped.items()}
        if "value" in names and set(names) <= {"value", "$ref"}:
            return names["value"]
    return unwrapped


def bare_value(value: object) -> object:
    """``"manager": "id"`` → ``{"value": "id"}``; ``""`` → ``null``: a scalar for a complex attribute with ``value``."""
    if value == "":
        return None
    return {"value": value} if isinstance(value, str) else value


def json_in_value(element: object, limits: Limits = DEFAULT_LIMITS) -> object:
    r"""``{"value": "{\"value\":\"agent\",\"displayName\":\"Agent\"}"}`` → ``{"value": "agent", "display": "Agent"}``.

    App role expressions (AppRoleAssignmentsComplex) put JSON into the text of ``value``. The inner text passes the same
    gate as a body: what no database stores must not come in by this door. Text that is no such JSON stays as it is.
    """
    if not isinstance(element, dict):
        return element
    place = next((name for name in element if name.lower() == "value"), None)
    inner = _json_object(element[place], limits) if place is not None else None
    if place is None or inner is None or not isinstance(inner.get("value"), str):
        return element
    unpacked = {**element, place: inner["value"]}
    if isinstance(inner.get("displayName"), str):
        unpacked["display"] = inner["displayName"]
    return unpacked


def _json_object(text: object, limits: Limits) -> dict[str, Any] | None:
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return None
    try:
        inner = parse_json(text.encode(errors="surrogatepass"), limits)
    except InvalidRequest:
        return None
    return inner if isinstance(inner, dict) else None


def element_of(selector: Filter) -> dict[str, Any] | None:
    """``phoneNumbers[type eq "mobile"].value`` with no such phone → a new element ``{"type": "mobile", …}``.

    What a conjunction of ``eq`` says that an element must hold; None for any other selector (L5, L6).
    """
    terms = selector.terms if isinstance(selector, And) else (selector,)
    found: dict[str, Any] = {}
    for term in terms:
        if not isinstance(term, Compare) or term.op != "eq" or term.target.sub is None or term.value is None:
            return None
        found[term.target.sub.name] = term.value
    return found


def stand_in_for_primary(selector: Filter, elements: Sequence[dict[str, Any]]) -> int | None:
    """``emails[primary eq true].value`` with none primary → the only e-mail, else the first for work, else the first (L7).

    :returns: its index; None for any other selector, or when there is no element at all.
    """
    if not elements or element_of(selector) != {"primary": True}:
        return None
    kinds = [str(element.get("type")).lower() for element in elements]
    return kinds.index("work") if "work" in kinds else 0
