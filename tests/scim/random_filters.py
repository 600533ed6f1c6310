"""Random users and filters on them, with the data that breaks comparisons: one seed, one story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from gatehouse.limits import DEFAULT_LIMITS
from gatehouse.records import iso_milliseconds
from gatehouse.scim.attribute import Attribute, AttributeType, Target
from gatehouse.scim.coerce import MAX_INDEXED
from gatehouse.scim.filter_tree import And, Compare, Filter, Not, Or, Present, ValuePath, print_filter
from gatehouse.scim.literal import OPERATORS, Operator, Value
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, GATEHOUSE_SCHEMA, GROUP_SCHEMA, USER, USER_SCHEMA, ResourceType

TEXTS = (
    "", " ", "a", "A", "ab", "AB", "abc", "a b", "b", "null", "true", "42", "E-100", "e-100", "work", "Work", "home",
    "%", "_", "\\", "a%b", "a_b", "a\\b", "100%", "'", '"', "O'Neil", "x' OR '1'='1", "--", "$1", "?1", "[x]", "(y)",
    "ä", "Ä", "A\u0308", "a\u0308b", "\u0308", "straße", "STRASSE", "STRAẞE", "東京", "東", "ﬁ", "Å", "\u212b", "ǅ", "Ǆ",
    "i", "I", "\u0131", "İ", "i\u0307", "I\u0307", "ΣΑΣ", "σας", "\u03c3\u03b1\u03c3", "\u1100\u1161", "\uac00", "\ufb2c", "\U0001d160",
    "😀", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff", "a\U0010ffff", "a\U0010ffffb", "\u007f", "\n", "\u2028",
    "x" * 600, "x" * 599 + "y", "x" * 1_023 + "Y", "ä" * 1_024, "東" * 682, "東" * 681 + "X", "東" * 600 + "\U0010ffff" * 60,
)  # fmt: skip
_LITERALS = (
    *TEXTS,
    "東" * 683,
    "東" * 1_024,
    "😀" * 1_024,
    "x" * 1_024,
)  # what is compared may be longer than what is stored
_EPOCH = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
_FAR = (
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(-timedelta(hours=12))),
)
_TEXTUAL: tuple[Operator, ...] = tuple(OPERATORS.values())
_ORDERED: tuple[Operator, ...] = ("eq", "ne", "gt", "ge", "lt", "le")
_EQUALITY: tuple[Operator, ...] = ("eq", "ne")
_OPERATORS = {
    AttributeType.BOOLEAN: _EQUALITY,
    AttributeType.BINARY: _EQUALITY,
    AttributeType.DATE_TIME: _ORDERED,
    AttributeType.INTEGER: _ORDERED,
    AttributeType.DECIMAL: _ORDERED,
}


class Pool(NamedTuple):
    """Where literals come from: texts, and ids for attributes that hold one."""

    texts: tuple[str, ...]
    ids: tuple[str, ...] = ()


def random_user(random: Random, number: int) -> tuple[dict[str, Any], datetime, datetime]:
    """A user as a client sees it by default, and the times of its creation and last change with all their microseconds."""
    resource: dict[str, Any] = {
        "schemas": [USER_SCHEMA],
        "userName": f"{number}:{random.choice(TEXTS)}"[: DEFAULT_LIMITS.user_name],
    }
    resource["active"] = random.random() < 0.5
    if random.random() < 0.6:
        resource["externalId"] = random.choice(TEXTS)[:MAX_INDEXED]
    for attribute in USER.attributes.values():
        stored = attribute.supported and attribute.mutability != "readOnly"
        if attribute.name not in resource and stored and random.random() < 0.5:
            resource[attribute.name] = _random_value(random, attribute)
    enterprise = {
        attribute.name: _random_value(random, attribute)
        for attribute in USER.extensions[ENTERPRISE_SCHEMA.lower()].attributes.values()
        if random.random() < 0.3
    }
    if enterprise:
        resource["schemas"].append(ENTERPRISE_SCHEMA)
        resource[ENTERPRISE_SCHEMA] = enterprise
    return resource, *_identified(random, resource, "User")


def random_group(random: Random, number: int, user_ids: tuple[str, ...]) -> tuple[dict[str, Any], datetime, datetime]:
    """A group as a client sees it, with some of the users as members; otherwise as :func:`random_user`."""
    resource: dict[str, Any] = {
        "schemas": [GROUP_SCHEMA],
        "displayName": f"{random.choice(TEXTS)[: MAX_INDEXED - 4]}{number}",
    }
    if random.random() < 0.6:
        resource["externalId"] = random.choice(TEXTS)[:MAX_INDEXED]
    members = random.sample(user_ids, random.randint(0, len(user_ids)))
    if members:
        resource["members"] = [{"value": user_id, "type": "User"} for user_id in members]
    return resource, *_identified(random, resource, "Group")


def _identified(random: Random, resource: dict[str, Any], kind: str) -> tuple[datetime, datetime]:
    """Give the resource what the server gives it; the times of its creation and last change."""
    created, modified = _random_moment(random), _random_moment(random)
    resource["id"] = str(UUID(int=random.getrandbits(128), version=4))
    resource["meta"] = {
        "resourceType": kind,
        "created": iso_milliseconds(created),
        "lastModified": iso_milliseconds(modified),
        "location": f"https://gatehouse.example/scim/v2/{kind}s/{resource['id']}",
        "version": f'W/"{random.randint(1, 12)}"',
    }
    return created, modified


def random_filter(
    random: Random,
    resource_type: ResourceType,
    depth: int,
    *,
    ids: tuple[str, ...] = (),
    texts: tuple[str, ...] = _LITERALS,
) -> Filter:
    """A filter as the parser binds it; its literals come from the same pool as the data.

    :param depth: how deep groups may nest.
    """
    among, pool = _targets(resource_type), Pool(texts, ids)
    while True:
        tree = _random_tree(random, depth, among, pool)
        text = print_filter(tree)
        if len(text) <= DEFAULT_LIMITS.filter_characters and _comparisons(tree) <= DEFAULT_LIMITS.filter_comparisons:
            return tree


def random_selector(random: Random, target: Target, depth: int) -> Filter:
    """A filter on the elements of a multi-valued attribute, for between the brackets of a path."""
    attribute = target.attribute
    among = [Target(attribute, sub, target.urn) for sub in attribute.sub_attributes if sub.supported] or [target]
    return _random_tree(random, depth, among, Pool(_LITERALS), inside=True)


def _comparisons(tree: Filter) -> int:
    match tree:
        case And(terms) | Or(terms):
            return sum(map(_comparisons, terms))
        case Not(term) | ValuePath(_, term):
            return _comparisons(term)
        case _:
            return 1


def _targets(resource_type: ResourceType) -> list[Target]:
    """Everything that may stand in a filter outside brackets, each path once."""
    own = [*resource_type.common.values(), *resource_type.attributes.values()]
    paths = [name for attribute in own for name in _paths(attribute)]
    for extension in resource_type.extensions.values():
        paths += [f"{extension.urn}:{name}" for part in extension.attributes.values() for name in _paths(part)]
    found = [target for path in paths if (target := resource_type.resolve(path)) and target.supported]
    return [target for target in found if target.path not in {"meta.location", "members.$ref", "groups.$ref"}]


def _paths(attribute: Attribute) -> list[str]:
    return [attribute.name, *(f"{attribute.name}.{sub.name}" for sub in attribute.sub_attributes)]


def _random_tree(random: Random, depth: int, among: list[Target], pool: Pool, *, inside: bool = False) -> Filter:
    kind = random.choice(("leaf", "leaf", "and", "or", "not")) if depth else "leaf"
    if kind == "not":
        return Not(_random_tree(random, depth - 1, among, pool, inside=inside))
    if kind in {"and", "or"}:
        count = random.randint(2, 3)
        terms = tuple(_random_tree(random, depth - 1, among, pool, inside=inside) for _ in range(count))
        return And(terms) if kind == "and" else Or(terms)
    return _random_leaf(random, depth, among, pool, inside=inside)


def _random_leaf(random: Random, depth: int, among: list[Target], pool: Pool, *, inside: bool) -> Filter:
    target = random.choice(among)
    attribute = target.attribute
    has_elements = target.sub is None and (attribute.multi_valued or attribute.type is AttributeType.COMPLEX)
    if has_elements and not inside and random.random() < 0.7:
        inner = [other for other in among if other.attribute is attribute and other.sub] or [target]
        return ValuePath(target, _random_tree(random, max(depth - 1, 0), inner, pool, inside=True))
    if target.leaf.type is AttributeType.COMPLEX or random.random() < 0.15:
        return Present(target)
    op = random.choice(_OPERATORS.get(target.leaf.type, _TEXTUAL))
    if op in _EQUALITY and random.random() < 0.15:
        return Compare(target, op, None)
    return Compare(target, op, _random_literal(random, target, pool))


def _random_literal(random: Random, target: Target, pool: Pool) -> Value:
    if target.leaf.type is AttributeType.BOOLEAN:
        return random.random() < 0.5
    if target.leaf.type is AttributeType.DATE_TIME:
        offset = timezone(timedelta(minutes=random.choice((0, 0, 120, -570))))
        return random.choice(_FAR) if random.random() < 0.2 else _random_moment(random).astimezone(offset)
    special = {
        "schemas": (USER_SCHEMA, ENTERPRISE_SCHEMA, GATEHOUSE_SCHEMA, "core", "urn:"),
        "groups.value": (*pool.ids, *(text.upper() for text in pool.ids), "a", "0"),
        "groups.type": ("direct", "DIRECT", "indirect", "i"),
        f"{GATEHOUSE_SCHEMA}:role": ("a", "A", "ab", "b"),
        f"{GATEHOUSE_SCHEMA}:employeeGroups": ("a", "A", "ab", "b"),
        "id": (*pool.ids, *(text.upper() for text in pool.ids), "a", "0"),
        "members.value": (*pool.ids, *(text.upper() for text in pool.ids), "a", "0"),
        "meta.version": ('W/"3"', 'W/"1', '"3"', "2"),
        "meta.resourceType": ("User", "user", "Group", "er"),
        "members.type": ("User", "user", "se"),
    }.get(target.path)
    if special and random.random() < 0.9:
        return random.choice(special)
    text = random.choice(pool.texts)
    if random.random() < 0.3:  # a part of a text, perhaps in other case
        cut = random.randint(0, len(text))
        text = random.choice((text[cut:], text[:cut], text.swapcase()[cut:]))
    return text[: DEFAULT_LIMITS.text]


def _random_value(random: Random, attribute: Attribute) -> Any:
    if attribute.multi_valued:
        return [_random_parts(random, attribute) for _ in range(random.randint(1, 3))]
    if attribute.type is AttributeType.COMPLEX:
        return _random_parts(random, attribute)
    return random.random() < 0.5 if attribute.type is AttributeType.BOOLEAN else random.choice(TEXTS)


def _random_parts(random: Random, attribute: Attribute) -> dict[str, Any]:
    subs = [sub for sub in attribute.sub_attributes if sub.supported]
    chosen = random.sample(subs, random.randint(1, len(subs)))
    return {sub.name: _random_value(random, sub) for sub in chosen}


def _random_moment(random: Random) -> datetime:
    """Close together, so that comparisons meet; often on a whole millisecond."""
    micros = random.choice((0, 0, 0, 1, 999, 500))
    return _EPOCH + timedelta(milliseconds=random.randint(-3, 3), microseconds=micros)
