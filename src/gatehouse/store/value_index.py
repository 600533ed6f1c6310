"""The index of a User: what the columns of ``scim_user`` and the rows of ``user_value`` say about its attributes.

The document of a user is the truth; filters, searches and lists of the admin API read this, which is written with it in one
statement. Both forms are driven by the attribute table:

- an attribute with columns of its own (:data:`COLUMNS`) has no rows;
- another singular attribute has one row: ``nickname``, ``name.middlename``, ``urn:…:2.0:user:manager.value``;
- each element of a multi-valued attribute has one row (``emails``) with value, type, display and primary, and one row
  more for each further sub-attribute (``addresses.locality``) at the same position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from gatehouse.scim.attribute import Attribute, Target
from gatehouse.scim.keys import MAX_KEY_BYTES, key
from gatehouse.scim.schema import USER

_PREFIX_BYTES = MAX_KEY_BYTES - 64 * 4
_APART = {
    ord(digit): chr(0x10FF00 + int(digit, 16)) for digit in "0123456789abcdef"
}  # private use: nobody looks for it

_ENDS = frozenset(_APART.values())
BASE_SUBS = frozenset({"value", "type", "display", "primary"})  # what the row of an element itself holds


class Columns(NamedTuple):
    """The columns of one attribute in ``scim_user``; ``key`` equals ``value`` when case matters or there is no case."""

    value: str
    key: str


# userName first: the rest in the order of RFC 7643 §4.1.1
COLUMNS: dict[str, Columns] = {
    "userName": Columns("user_name", "user_name_key"),
    "externalId": Columns("external_id", "external_id"),
    "active": Columns("active", "active"),
    "displayName": Columns("display_name", "display_name_key"),
    "name.givenName": Columns("given_name", "given_name_key"),
    "name.familyName": Columns("family_name", "family_name_key"),
    "title": Columns("title", "title_key"),
    "userType": Columns("user_type", "user_type_key"),
}

Row = tuple[str, int, str | None, str | None, str | None, str | None, str | None, bool]
"""attribute, position, value, value_key, type_key, display, display_key, is_primary"""


def index_key(text: str) -> str:
    """Shorten a key that an index could not hold to a prefix and a digest: equal keys stay equal, others differ.

    Only certificates are as long as that, and those are compared with ``eq`` alone; ``scim.coerce`` keeps all other
    text to what an index holds.

    >>> index_key("ann@contoso.example")
    'ann@contoso.example'
    """
    if len(text) * 4 <= MAX_KEY_BYTES:
        return text
    encoded = text.encode()
    if len(encoded) <= MAX_KEY_BYTES:
        return text
    return encoded[:_PREFIX_BYTES].decode(errors="ignore") + sha256(encoded).hexdigest().translate(_APART)


def is_shortened(shortened: str) -> bool:
    """Whether :func:`index_key` made this of a longer key.

    >>> is_shortened(index_key("x" * 3_000)), is_shortened("x")
    (True, False)
    """
    return shortened[-1:] in _ENDS


def columns(resource: dict[str, Any]) -> dict[str, object]:
    """Give each column of :data:`COLUMNS` its value; None for an attribute that the user does not have."""
    name = resource.get("name") or {}
    found: dict[str, object] = {
        "external_id": resource.get("externalId"),
        "active": resource.get("active", True),
    }
    for parent, leaf, (value_column, key_column) in _KEYED:
        value = (name if parent else resource).get(leaf)
        found[value_column] = value
        found[key_column] = None if value is None else index_key(key(value))
    return found


def rows(resource: dict[str, Any]) -> list[Row]:
    """List the rows of ``user_value`` without tenant and user."""
    found: list[Row] = []
    for name, value in resource.items():
        plan = _PLANS.get(name)
        if plan:
            found.extend(plan(value))
    return found


def _text_key(attribute: Attribute, value: str) -> str:
    return index_key(value if attribute.case_exact else key(value))


@dataclass(frozen=True, slots=True)
class _Simple:
    """A singular attribute without sub-attributes."""

    attribute: Attribute
    path: str

    def __call__(self, value: str) -> Iterator[Row]:
        yield (self.path, 0, value, _text_key(self.attribute, value), None, None, None, False)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The sub-attributes of a singular complex attribute, or the attributes of an extension."""

    plans: dict[str, Plan]

    def __call__(self, value: dict[str, Any]) -> Iterator[Row]:
        for name, part in value.items():
            plan = self.plans.get(name)
            if plan:
                yield from plan(part)


@dataclass(frozen=True, slots=True)
class _Elements:
    """A multi-valued complex attribute.

    :param value: its ``value`` sub-attribute, if it has one.
    :param further: the sub-attributes that need rows of their own.
    """

    path: str
    value: Attribute | None
    further: tuple[tuple[str, Attribute, str], ...]

    def __call__(self, elements: list[dict[str, Any]]) -> Iterator[Row]:
        for position, element in enumerate(elements):
            value, kind, display = element.get("value"), element.get("type"), element.get("display")
            yield (
                self.path,
                position,
                value,
                _text_key(self.value, value) if self.value and value is not None else None,
                index_key(key(kind)) if kind is not None else None,
                display,
                index_key(key(display)) if display is not None else None,
                bool(element.get("primary")),
            )
            for name, attribute, path in self.further:
                text = element.get(name)
                if text is not None:
                    yield (path, position, text, _text_key(attribute, text), None, None, None, False)


Plan = Callable[[Any], Iterator[Row]]


def _plan(attribute: Attribute, urn: str | None = None) -> Plan | None:
    """Build the plan of an attribute; None when it has columns of its own or is not in the document."""
    path = Target(attribute, None, urn).path
    if not attribute.supported or attribute.mutability == "readOnly" or path in COLUMNS:
        return None
    if not attribute.sub_attributes:
        return _Simple(attribute, path.lower())
    subs = [(sub, f"{path}.{sub.name}") for sub in attribute.sub_attributes if sub.supported]
    if attribute.multi_valued:
        further = tuple((sub.name, sub, sub_path.lower()) for sub, sub_path in subs if sub.name not in BASE_SUBS)
        return _Elements(path.lower(), attribute.sub("value"), further)
    return _Parts({sub.name: _Simple(sub, sub_path.lower()) for sub, sub_path in subs if sub_path not in COLUMNS})


def _plans() -> dict[str, Plan]:
    found = {attribute.name: _plan(attribute) for attribute in USER.attributes.values()}
    for extension in USER.extensions.values():
        inner = {attribute.name: _plan(attribute, extension.urn) for attribute in extension.attributes.values()}
        found[extension.urn] = _Parts({name: plan for name, plan in inner.items() if plan})
    return {name: plan for name, plan in found.items() if plan}


_PLANS = _plans()
_KEYED = tuple(  # parent (name or nothing), attribute, columns
    (*path.rpartition(".")[::2], names) for path, names in COLUMNS.items() if names.key != names.value
)
