"""Personal data as somebody without READ_PII sees it: recognisable as present, useless as a value.

What is masked is everything that could name or reach a person; what a mapping rule reads (title, userType) and what
describes a post rather than its holder (department …) stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gatehouse.records import Change

_MEMBERS: Final = "members"  # known by their ids; their names are people's
_REFERENCE_PARTS: Final = frozenset({"value", "type", "$ref", "primary"})

# SCIM paths (lower case, filters in brackets removed) whose values tell nothing about who the person is.
_OPEN: Final = frozenset(
    {
        "active",
        "title",
        "usertype",
        "role",
        "roleoutcome",
        "employeegroups",
        "override",
        "mappingversion",
        "preferredlanguage",
        "locale",
        "timezone",
        "department",
        "division",
        "organization",
        "costcenter",
        "roles",
        "entitlements",
        "schemas",
        _MEMBERS,
    }
)
_HARMLESS_PARTS: Final = frozenset({"type", "primary"})
_ENTERPRISE: Final = re.compile(r"^urn:[a-z0-9:.\-]+:user[:.]", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s\"'<>@(),;:]+@[^\s\"'<>@(),;:]+")
_SELECTOR: Final = r"\[type eq \"[^\"\[\]]*\"\]"  # part of a path: emails[type eq "work"].value
# A value between a quotation mark and its partner, as messages and paths hold it; a mark within it has a backslash before it
_QUOTED: Final = re.compile(
    rf"(?P<name>[\w.:]*(?:{_SELECTOR}[\w.]*)?)(?P<gap>(?: part)?[\s:=]*)"
    r"(?P<value>\"(?:\\.|[^\"\\])+\"|(?<!\w)'(?:\\.|[^'\\])+'(?!\w)|“[^”]+”)"
    rf"|{_SELECTOR}"
)
_MASKED: Final = re.compile(r".?\*{3}(?:@\S+|\d{0,2})", re.DOTALL)
_CONSTANTS: Final = frozenset({"true", "false"})
_VISIBLE_DIGITS: Final = 2
_PHONE: Final = re.compile(r"\+?[\d\s()./-]{5,}", re.ASCII)


def mask(text: str) -> str:
    """The text without what it says.

    >>> mask("ana.silva@contoso.example"), mask("Ana"), mask("+49 170 1234567")
    ('a***@contoso.example', 'A***', '***67')
    >>> mask("asked by ana@contoso.example: Ana is away")
    'a***'
    """
    if not text:
        return text
    if _PHONE.fullmatch(text):
        return "***" + re.sub(r"\D", "", text)[-_VISIBLE_DIGITS:]
    domain = text.rpartition("@")[2] if _EMAIL.fullmatch(text) else None
    return f"{text[:1]}***" if domain is None else f"{text[:1]}***@{domain}"


def is_open(path: str) -> bool:
    """Whether the values at a SCIM path may be seen without READ_PII.

    >>> is_open("title"), is_open('emails[type eq "work"].value')
    (True, False)
    >>> is_open("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department")
    True
    >>> is_open('members[value eq "7"]'), is_open('members[value eq "7"].display')
    (True, False)
    """
    plain = _ENTERPRISE.sub("", path.lower())
    first, *rest = re.split(r"[.\[]", plain, maxsplit=1)
    if first == _MEMBERS and rest:
        return rest[0].rpartition("]")[2].lstrip(".") in {"", *_REFERENCE_PARTS}
    return first in _OPEN


def mask_value(value: object) -> object:
    """A JSON value with every text in it masked; its shape, numbers and booleans stay."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: item if name in _HARMLESS_PARTS else mask_value(item) for name, item in value.items()}
    if isinstance(value, list):
        return [mask_value(item) for item in value]
    return value


def mask_change(change: Change) -> Change:
    """The change with its values masked, unless the path is an open one."""
    if is_open(change.path):
        return change
    return Change(change.path, mask_value(change.before), mask_value(change.after))


def personal_texts(changes: Iterable[Change]) -> Iterator[str]:
    """Every text among the values of changes that are not open."""
    for change in changes:
        if not is_open(change.path):
            yield from _texts(change.before)
            yield from _texts(change.after)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from () if name in _HARMLESS_PARTS else _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


_PLAIN_PARTS: Final = frozenset({"op", "method", "bulkid", "version", "schemas", "type", "primary"})
_TEXT_PARTS: Final = frozenset({"path", "filter"})  # they may quote a value


def mask_body(body: object, *, hidden: bool = True) -> object:
    """The body of a SCIM request without personal values: its names, paths and open attributes stay.

    >>> mask_body({"Operations": [{"op": "replace", "path": "title", "value": "Agent"}], "userName": "ana"})
    {'Operations': [{'op': 'replace', 'path': 'title', 'value': 'Agent'}], 'userName': 'a***'}
    >>> mask_body({"displayName": "Team", "members": [{"value": "7", "display": "Ana"}]})
    {'displayName': 'T***', 'members': [{'value': '7', 'display': 'A***'}]}
    """
    if isinstance(body, list):
        return [mask_body(item, hidden=hidden) for item in body]
    if isinstance(body, dict):
        return {
            name: _masked_part(name, item, hidden=_is_hidden_in(body, name, hidden=hidden))
            for name, item in body.items()
        }
    return mask(body) if hidden and isinstance(body, str) else body


def texts_of_body(body: object, *, hidden: bool = True) -> Iterator[str]:
    """Every text that :func:`mask_body` masks."""
    if isinstance(body, str):
        yield from [body] if hidden else ()
    elif isinstance(body, dict):
        for name, item in body.items():
            if name.lower() not in _TEXT_PARTS:
                yield from texts_of_body(item, hidden=_is_hidden_in(body, name, hidden=hidden))
    elif isinstance(body, list):
        for item in body:
            yield from texts_of_body(item, hidden=hidden)


def _masked_part(name: str, item: object, *, hidden: bool) -> object:
    if name.lower() in _TEXT_PARTS and isinstance(item, str):
        return mask_sentence(item)
    return mask_body(item, hidden=hidden)


def _is_hidden_in(part: Mapping[str, object], name: str, *, hidden: bool) -> bool:
    """Whether what stands under a name must not be seen.

    :param hidden: of the part itself; in an open one, such as a member, what may name a person is hidden all the same.
    """
    return not _is_open_in(part, name) if hidden else name.lower() not in _REFERENCE_PARTS


def _is_open_in(part: Mapping[str, object], name: str) -> bool:
    """Whether what stands under a name may be seen: by the name, or as the ``value`` of an operation by its ``path``."""
    if name.lower() in _PLAIN_PARTS or is_open(name):
        return True
    path = next((item for key, item in part.items() if key.lower() == "path"), None)
    return name.lower() == "value" and isinstance(path, str) and is_open(path)


def quoted(value: str) -> str:
    r"""A value as a sentence quotes it, so that :func:`mask_sentence` knows where it ends.

    >>> print(quoted('Pat "Rocky" Neil'))
    "Pat \"Rocky\" Neil"
    """
    return json.dumps(value, ensure_ascii=False)


def mask_sentence(sentence: str, *names: str | None) -> str:
    r"""A sentence without the names given, without e-mail addresses, and without quoted personal values.

    >>> mask_sentence('userName "ana@contoso.example" is taken')
    'userName "a***@contoso.example" is taken'
    >>> mask_sentence('title "Regional Manager" matches no rule')
    'title "Regional Manager" matches no rule'
    >>> mask_sentence('emails[type eq "work"].value "ana" is no address')
    'emails[type eq "work"].value "a***" is no address'
    >>> mask_sentence("userType part “north” matches no rule")
    'userType part “north” matches no rule'
    >>> mask_sentence('userName "Pat O\'Neil" is taken'), mask_sentence(r'"Pat \"Rocky\" Neil" is taken')
    ('userName "P***" is taken', '"P***" is taken')
    """
    for name in sorted(filter(None, names), key=len, reverse=True):
        sentence = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", mask(name).replace("\\", r"\\"), sentence)
    sentence = _EMAIL.sub(lambda found: mask(found[0]), sentence)
    return _QUOTED.sub(_mask_quoted, sentence)


def _mask_quoted(found: re.Match[str]) -> str:
    if found["value"] is None or is_open(found["name"]):
        return found[0]
    quoted = found["value"]
    value = quoted[1:-1]
    if _MASKED.fullmatch(value) or value.lower() in _CONSTANTS:
        return found[0]
    return f"{found['name']}{found['gap']}{quoted[0]}{mask(value)}{quoted[-1]}"
