"""Values from a client, brought into the form of the schema (RFC 7643 §2.3 and §2.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from gatehouse.errors import InvalidRequest, InvalidSyntax, InvalidValue
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim import entra
from gatehouse.scim.attribute import Attribute, AttributeType
from gatehouse.scim.elements import check_size, collapse, is_empty, lacks_value
from gatehouse.scim.keys import MAX_KEY_BYTES, key
from gatehouse.scim.literal import read_date_time

MAX_INDEXED: Final = 512  # characters: four bytes each are MAX_KEY_BYTES
MAX_BINARY: Final = 65_536  # characters of base64: a certificate with a long chain of extensions

_INDEXED: Final = frozenset({"externalId", "displayName"})
_FITTING: Final = MAX_KEY_BYTES // 12  # characters whose key fits: NFC makes at most twelve bytes of one
_NAMES: Final = frozenset({"userName", "displayName"})
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MAX_WARNINGS: Final = 20
_SHOWN: Final = 128  # characters of a name that the client invented
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]*={0,2}", re.ASCII)
_NO_REFERENCE: Final = re.compile(r"[\x00-\x20<>\"\\^`{|}]")  # RFC 3986 has no place for these
_STRING: Final = AttributeType.STRING


@dataclass(slots=True)
class Dialect:
    """How a tenant reads a request, and what there was to warn of.

    :param refusal: the error for an attribute that no schema knows, where the tenant refuses those:
        InvalidSyntax in a resource, InvalidPath in a PATCH (RFC 7644 §3.12, table 9).
    :ivar short: characters; no string attribute is limited to less.
    """

    mode: ScimMode
    unknown: UnknownAttributes
    refusal: type[InvalidRequest] = InvalidSyntax
    limits: Limits = DEFAULT_LIMITS
    warnings: list[str] = field(default_factory=list)
    lenient: bool = field(init=False)
    short: int = field(init=False)

    def __post_init__(self) -> None:
        self.lenient = self.mode is ScimMode.ENTRA
        self.short = min(self.limits.user_name, self.limits.text, _FITTING)

    def ignore(self, path: str) -> None:
        """Note an attribute that no schema knows.

        :raises InvalidRequest: of the kind ``refusal``: the tenant refuses such attributes.
        """
        shown = path[:_SHOWN]
        if self.unknown is UnknownAttributes.REJECT:
            raise self.refusal(f"There is no attribute {shown!r}", path=shown)
        self.warn(f"{shown} is not known here and was ignored")

    def warn(self, warning: str) -> None:
        """Note something that the administrator should know; the list stays short whatever the client sends."""
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(warning)
        elif len(self.warnings) == _MAX_WARNINGS:
            self.warnings.append("there are further warnings of this kind")


def coerce_value(value: object, attribute: Attribute, dialect: Dialect, *, place: str = "", nulls: bool = False) -> Any:
    """The value in the form of the schema; None when it is unassigned (null, ``[]``; RFC 7643 §2.5).

    An empty text unassigns too, as Entra means it (lenient rule L18); to the letter it is a text like any other.

    :param place: what precedes the attribute's name in messages: ``""``, ``"emails."``, ``"urn:…:User:"``.
    :param nulls: keep sub-attributes that are null: they are to be removed from what is stored.
    :raises InvalidValue: the wrong type, too long, too many, or two primary elements.
    """
    if attribute.multi_valued:
        return _elements(value, attribute, dialect, place)
    if attribute.type is AttributeType.COMPLEX:
        return _complex(value, attribute, dialect, place, nulls=nulls)
    return _simple(value, attribute, dialect, place)


def coerce_element(
    value: object, attribute: Attribute, dialect: Dialect, *, place: str = "", nulls: bool = False
) -> dict[str, Any] | None:
    """One element of a complex multi-valued attribute; None for null, ``{}`` when nothing in it is known here."""
    if dialect.lenient:
        if attribute.sub("value"):
            value = entra.bare_value(value)
        if attribute.name == "roles":
            value = entra.json_in_value(value, dialect.limits)
    return None if value is None else _object(value, attribute, dialect, place, nulls=nulls)


def coerce_listed(value: object, attribute: Attribute, dialect: Dialect) -> list[dict[str, Any]]:
    """The elements that a ``remove`` lists by value: parts of elements are enough (lenient rule L11)."""
    items = value if isinstance(value, list) else [value]
    return [element for item in items if (element := coerce_element(item, attribute, dialect))]


def _elements(value: object, attribute: Attribute, dialect: Dialect, place: str) -> list[dict[str, Any]] | None:
    if value is None or (value == "" and dialect.lenient):
        return None
    items = value if isinstance(value, list) else [value]
    check_size(items, attribute, dialect.limits)
    found = (coerce_element(item, attribute, dialect, place=place) for item in items)
    telling = [element for element in found if element is not None and not is_empty(element)]
    elements = collapse(_with_value(telling, attribute, dialect, place), attribute)
    if sum(element.get("primary") is True for element in elements) > 1:
        raise InvalidValue(f"{place}{attribute.name} has more than one primary value", path=attribute.name)
    return elements or None


def _with_value(
    elements: list[dict[str, Any]], attribute: Attribute, dialect: Dialect, place: str
) -> list[dict[str, Any]]:
    """The elements that have the value they need; Entra sends a constant beside an empty one, which must not hold it up."""
    kept = [element for element in elements if not lacks_value(element, attribute)]
    if len(kept) < len(elements):
        path = f"{place}{attribute.name}.value"
        if not dialect.lenient:
            raise InvalidValue(f"{path} is missing", path=path)
        dialect.warn(f"{place}{attribute.name} holds an element without value, which was ignored")
    return kept


def _complex(
    value: object, attribute: Attribute, dialect: Dialect, place: str, *, nulls: bool
) -> dict[str, Any] | None:
    if dialect.lenient:
        value = entra.single_in_list(value)
        if attribute.sub("value"):
            value = entra.bare_value(value)
    return None if value is None else _object(value, attribute, dialect, place, nulls=nulls)


def _object(value: object, attribute: Attribute, dialect: Dialect, place: str, *, nulls: bool) -> dict[str, Any]:
    """The sub-attributes in schema case; read-only and unsupported ones are dropped, whatever they hold."""
    if not isinstance(value, dict):
        raise InvalidValue(f"{place}{attribute.name} must be an object", path=f"{place}{attribute.name}")
    inside = f"{place}{attribute.name}."
    found: dict[str, Any] = {}
    for name, part in value.items():
        sub = attribute.sub(name)
        if sub is None:
            dialect.ignore(f"{inside}{name}")
        elif sub.supported and sub.mutability != "readOnly":
            coerced = _simple(part, sub, dialect, inside)
            if coerced is not None or nulls:
                found[sub.name] = coerced
    return found


def _simple(value: object, attribute: Attribute, dialect: Dialect, place: str) -> Any:
    if (
        attribute.type is _STRING
        and isinstance(value, str)
        and 0 < len(value) <= dialect.short
        and attribute.name not in _NAMES
    ):
        return value  # nearly every value of nearly every request
    if dialect.lenient:
        value = entra.wrapped_simple(value)
    if value is None or (value == "" and dialect.lenient):
        return None
    match attribute.type:
        case AttributeType.BOOLEAN:
            return _boolean(value, dialect, f"{place}{attribute.name}")
        case AttributeType.INTEGER | AttributeType.DECIMAL:
            return _number(value, attribute, f"{place}{attribute.name}")
        case _:
            return _text(value, attribute, dialect, f"{place}{attribute.name}")


def _boolean(value: object, dialect: Dialect, path: str) -> bool:
    if dialect.lenient:
        value = entra.boolean_text(value)
    if not isinstance(value, bool):
        hint = 'in Entra: Switch([IsSoftDeleted], , "False", "True", "True", "False")' if path == "active" else None
        raise InvalidValue(f"{path} must be true or false", path=path, hint=hint)
    return value


def _number(value: object, attribute: Attribute, path: str) -> int | float:
    whole = attribute.type is AttributeType.INTEGER
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise InvalidValue(f"{path} must be {'an integer' if whole else 'a number'}", path=path)
    return value


def _text(value: object, attribute: Attribute, dialect: Dialect, path: str) -> str:
    if dialect.lenient:
        value = entra.number_as_text(value)
    if not isinstance(value, str):
        raise InvalidValue(f"{path} must be a string", path=path)
    longest = _longest(attribute, dialect.limits)
    if len(value) > longest:
        raise InvalidValue(f"{path} is longer than {longest:,} characters", path=path)
    if attribute.type is not AttributeType.BINARY and _key_bytes(value, attribute) > MAX_KEY_BYTES:
        raise InvalidValue(f"{path} is longer than {MAX_KEY_BYTES:,} bytes in UTF-8", path=path)
    flaw = _flaw(value, attribute, dialect)
    if flaw:
        raise InvalidValue(f"{path} must be {flaw}", path=path)
    return value


def _longest(attribute: Attribute, limits: Limits) -> int:
    """How many characters the attribute may have."""
    if attribute.type is AttributeType.BINARY:
        return MAX_BINARY
    if attribute.name == "userName":
        return limits.user_name
    return min(limits.text, MAX_INDEXED) if attribute.name in _INDEXED else limits.text


def _key_bytes(text: str, attribute: Attribute) -> int:
    """The size of the text as it is indexed: filters see the whole of it, so the whole of it must fit."""
    if text.isascii():
        return len(text)
    return len((text if attribute.case_exact else key(text)).encode())


def _flaw(text: str, attribute: Attribute, dialect: Dialect) -> str | None:
    """What the text should be but is not (RFC 7643 §2.3.5-7); validators send any words, so ``entra`` lets them pass."""
    if attribute.name in _NAMES and (text.isspace() or _UNSEEN.search(text)):
        return "a name that people can see: not blank, without control and direction characters"
    if attribute.type is AttributeType.DATE_TIME:
        return None if read_date_time(text) else "a dateTime such as 2026-11-25T10:00:00Z"
    if dialect.lenient:
        return None
    if attribute.type is AttributeType.BINARY and not _BASE64.fullmatch(text):
        return "base64"
    if attribute.type is AttributeType.REFERENCE and _NO_REFERENCE.search(text):
        return "a URI"
    return None
