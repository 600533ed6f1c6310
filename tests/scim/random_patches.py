"""Random users and PATCH operations on every attribute; the values come from a small pool, so that they meet."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.bodies import person
from tests.scim.random_filters import random_selector

from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.attribute import Attribute, AttributeType, Target
from gatehouse.scim.filter_tree import And, Compare, Filter, ValuePath, print_filter
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, USER, USER_SCHEMA

TEXTS = ("a", "A", "b", "a@x.example", "ä", "A\u0308", "two words", "https://a.example/1", "AAEC")
ADDRESSES = ("a@x.example", "A@x.example", "b@x.example", "w@x.example")
_TYPES = ("work", "Work", "home", "other")
_ODD: tuple[Any, ...] = (
    None,
    "",
    [],
    {},
    "True",
    7,
    1.5,
    True,
    [None],
    ["a"],
    {"value": "b"},
    {"nosuch": 1},
    [[1]],
    "東" * 700,
)
_WRITABLE = [a for a in USER.attributes.values() if a.supported and a.mutability == "readWrite"]
_ENTERPRISE = list(USER.extensions[ENTERPRISE_SCHEMA.lower()].attributes.values())
_TARGETS = [
    *(Target(attribute) for attribute in (*USER.common.values(), *USER.attributes.values())),
    *(Target(attribute, None, ENTERPRISE_SCHEMA) for attribute in _ENTERPRISE),
]


def random_stored_user(random: Random, mode: ScimMode = ScimMode.ENTRA) -> dict[str, Any]:
    """A user as it is stored: read from a body with some of the attributes."""
    body = person("w@x.example", emails=[{"type": "work", "value": "w@x.example"}])
    for attribute in _WRITABLE:
        if attribute.name not in {"userName", "name", "emails", "active"} and random.random() < 0.4:
            body[attribute.name] = fitting(random, attribute)
    found = [_element(random, attribute) for attribute in _WRITABLE if attribute.name == "emails"]
    body["emails"] += [element for element in found if "value" in element]
    if random.random() < 0.5:
        chosen = random.sample(_ENTERPRISE, random.randint(1, len(_ENTERPRISE)))
        body[ENTERPRISE_SCHEMA] = {attribute.name: fitting(random, attribute) for attribute in chosen}
    return read_resource(body, USER, mode=mode, unknown=UnknownAttributes.REJECT).resource


def random_operations(random: Random, resource: dict[str, Any]) -> list[dict[str, Any]]:
    """One to four operations."""
    return [random_operation(random, resource) for _ in range(random.randint(1, 4))]


def random_operation(
    random: Random, resource: dict[str, Any], *, op: str | None = None, odd: float = 0.15, any_selector: float = 0.2
) -> dict[str, Any]:
    """An operation in the letter of RFC 7644, mostly one that fits.

    :param odd: the share of values that do not fit.
    :param any_selector: the share of selectors that are any filter, not what an element holds.
    """
    op = op or random.choice(("add", "replace", "remove"))
    if op != "remove" and random.random() < 0.15:
        return {"op": op, "value": _attributes(random, odd)}
    if random.random() < 0.05:
        urn = random.choice((USER_SCHEMA, ENTERPRISE_SCHEMA))
        attributes = _WRITABLE if urn == USER_SCHEMA else _ENTERPRISE
        return _operation(op, urn, {a.name: fitting(random, a) for a in random.sample(attributes, 2)})
    target = random.choice(_TARGETS)
    attribute = target.attribute
    path, leaf = target.path, attribute
    selected = attribute.multi_valued and attribute.sub_attributes and random.random() < 0.6
    if selected:
        path = print_filter(ValuePath(target, selector(random, target, resource.get(attribute.name, []), any_selector)))
    if attribute.sub_attributes and random.random() < 0.5:
        leaf = random.choice(attribute.sub_attributes)
        path += f".{leaf.name}"
    elif selected:
        return _operation(op, path, _odd_or(random, odd, _element(random, attribute)))
    elif op == "remove" and attribute.multi_valued and attribute.sub_attributes and random.random() < 0.5:
        return {"op": op, "path": path, "value": _listed(random, attribute, resource.get(attribute.name, []), odd)}
    value = random.choice(ADDRESSES) if path.startswith("emails") and leaf.name == "value" else fitting(random, leaf)
    return _operation(op, path, _odd_or(random, odd, value))


def selector(random: Random, target: Target, elements: list[dict[str, Any]], anything: float) -> Filter:
    """A filter on elements: what one of them holds, a conjunction of ``eq``, or anything."""
    if random.random() < anything:
        return random_selector(random, target, 2)
    attribute = target.attribute
    likeness = random.choice(elements) if elements and random.random() < 0.6 else _element(random, attribute)
    names = random.sample(sorted(likeness), min(len(likeness), random.choice((1, 1, 2))))
    terms = tuple(Compare(Target(attribute, attribute.sub(name)), "eq", likeness[name]) for name in names)
    return And(terms) if len(terms) > 1 else terms[0]


def fitting(random: Random, attribute: Attribute) -> Any:
    """A value of the attribute's type."""
    if attribute.multi_valued and attribute.sub_attributes:
        elements = [_element(random, attribute) for _ in range(random.randint(1, 3))]
        others = [element for element in elements[1:] if element.get("value") != elements[0].get("value")]
        return [elements[0], *({**element, "primary": False} for element in others)]
    if attribute.type is AttributeType.COMPLEX:
        subs = [sub for sub in attribute.sub_attributes if sub.supported]
        return {sub.name: fitting(random, sub) for sub in random.sample(subs, random.randint(1, len(subs)))}
    if attribute.type is AttributeType.BOOLEAN:
        return random.random() < 0.5
    if attribute.type is AttributeType.BINARY:
        return random.choice(("AAEC", "AAED"))
    if attribute.type is AttributeType.REFERENCE:
        return random.choice(("https://a.example/1", "https://a.example/2"))
    return random.choice(_TYPES) if attribute.name == "type" else random.choice(TEXTS)


def _element(random: Random, attribute: Attribute) -> dict[str, Any]:
    subs = [sub for sub in attribute.sub_attributes if sub.supported and random.random() < 0.6]
    found = {sub.name: fitting(random, sub) for sub in subs}
    if attribute.name == "emails" and "value" in found:
        found["value"] = random.choice(ADDRESSES)
    return found or {"type": random.choice(_TYPES)}


def _listed(random: Random, attribute: Attribute, elements: list[dict[str, Any]], odd: float) -> Any:
    """The value of a ``remove`` as Entra sends it: parts of what is to go."""
    likeness = random.choice(elements) if elements and random.random() < 0.7 else _element(random, attribute)
    names = random.sample(sorted(likeness), random.randint(1, len(likeness)))
    return _odd_or(random, odd, [{name: likeness[name] for name in names}])


def _attributes(random: Random, odd: float) -> dict[str, Any]:
    """The value of an operation without a path."""
    targets = random.sample(_TARGETS, random.randint(1, 3))
    value = {target.path: _odd_or(random, odd, fitting(random, target.attribute)) for target in targets}
    if random.random() < 0.3 and all(target.urn is None for target in targets):
        value[ENTERPRISE_SCHEMA] = {"department": random.choice(TEXTS), "manager": {"value": "m"}}
    return value


def _odd_or(random: Random, odd: float, value: Any) -> Any:
    return random.choice(_ODD) if random.random() < odd else value


def _operation(op: str, path: str, value: Any) -> dict[str, Any]:
    return {"op": op, "path": path} if op == "remove" else {"op": op, "path": path, "value": value}
