"""Random requests against every endpoint: half understood, half nonsense. One seed, one story."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from tests.bodies import ENTERPRISE, GROUP, PATCH_OP, USER, person

Ids = tuple[str, str]

_NAMES = (
    *("userName", "externalId", "displayName", "title", "active", "name", "emails", "phoneNumbers", "members", "groups"),
    *("id", "meta", "schemas", "roles", "addresses", "manager", "x509Certificates", "password", "nosuch", "", "$ref"),
    *("name.givenName", "emails.value", "emails.type", "meta.lastModified", "USERNAME", "name.", ".name", "emails[", "é"),
    *(USER, ENTERPRISE, f"{USER}:title", f"{ENTERPRISE}:department", f"{ENTERPRISE}.manager", "urn:x:y", "Operations"),
)  # fmt: skip
_TEXTS = (
    *("", "a", "Ada@corp.example", "True", "false", "null", "work", "WORK", "1", "\u0000", "\ud800", "%", "_", "\\", '"'),
    *("' OR 1=1 --", "x" * 2_000, "\u202e", "ß", "2026-11-25T09:30:00Z", "0001-01-01T00:00:00+14:00", "{0}", "$1", "?"),
)  # fmt: skip
_OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "regex", "")
_VERBS = ("add", "replace", "remove", "Add", "REPLACE", "Remove", "move", "", None, 5)
_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_PARAMETERS = (
    "filter",
    "startIndex",
    "count",
    "attributes",
    "excludedAttributes",
    "sortBy",
    "sortOrder",
    "cursor",
    "x",
)
_HEADERS = ("If-Match", "If-None-Match", "Content-Type", "Accept", "Prefer")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_COLLECTIONS = ("/Users", "/Groups")
_SEARCHES = ("/Users/.search", "/Groups/.search", "/.search")
_DISCOVERY = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", f"/Schemas/{USER}", "/ResourceTypes/User")
ENDPOINTS = (*_COLLECTIONS, *_DISCOVERY, *_SEARCHES, "/Bulk", "/nosuch", "/Users/", "/Users/.search/x", "//", "/")


@dataclass(frozen=True)
class Request:
    """What is sent."""

    method: str
    path: str
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def random_request(random: Random, ids: Ids) -> Request:
    """Any request; half are for what exists.

    :param ids: of a user and a group.
    """
    method, path = _target(random, ids)
    headers = {random.choice(_HEADERS): random.choice(('W/"1"', "*", '"', "application/json", "text/xml", ""))}
    content = _content(random, method, ids) if method in {"POST", "PUT", "PATCH"} else None
    return Request(method, path + _query(random, ids), content, headers if random.random() < 0.1 else {})


def _target(random: Random, ids: Ids) -> tuple[str, str]:
    kind = random.random()
    collection, known = random.choice(tuple(zip(_COLLECTIONS, ids, strict=True)))
    if kind < 0.55:
        return random.choice(
            ("PATCH", "PATCH", "PATCH", "PATCH", "PUT", "PUT", "GET", "DELETE")
        ), f"{collection}/{known}"
    if kind < 0.85:
        return random.choice(("GET", "POST")), collection
    if kind < 0.9:
        odd = quote(random.choice(_TEXTS)[:40], errors="replace")
        return random.choice(_METHODS), f"{collection}/{random.choice(('x', '%00', '0', odd))}"
    return random.choice(_METHODS), random.choice(ENDPOINTS)


def _query(random: Random, ids: Ids) -> str:
    fields = []
    for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
        name = random.choice(_PARAMETERS)
        value = _filter(random, ids, 4) if name == "filter" else random.choice((*_NAMES, *_TEXTS, "-1", "5", "9" * 40))
        fields.append(f"{name}={quote(value[:6_000], safe='', errors='replace')}")
    return f"?{'&'.join(fields)}" if fields else ""


def _filter(random: Random, ids: Ids, depth: int) -> str:
    kind = random.random()
    if depth and kind < 0.3:
        joint = random.choice((" and ", " or ", " ", " xor "))
        return joint.join(_filter(random, ids, depth - 1) for _ in range(2))
    if depth and kind < 0.5:
        shape = random.choice(
            ("({})", "not ({})", "not {}", "(({})", "emails[{}]", "members[{}]", "emails[{}].value pr")
        )
        return shape.format(_filter(random, ids, depth - 1))
    literal = json.dumps(random.choice((*_TEXTS, *ids, True, None, 5, 1e300)))
    return f"{random.choice(_NAMES)} {random.choice((*_OPERATORS, 'pr'))} {literal}"


def _content(random: Random, method: str, ids: Ids) -> bytes:
    if method == "PATCH" and random.random() < 0.9:
        operations = [_operation(random, ids) for _ in range(random.choice((0, 1, 1, 2, 4)))]
        body: Any = {"schemas": [PATCH_OP], "Operations": operations}
    elif random.random() < 0.7:
        search = {
            "schemas": [_SEARCH_REQUEST],
            "filter": _filter(random, ids, 2),
            random.choice(_PARAMETERS): "userName",
        }
        known = random.choice((person("Ada@corp.example"), {"schemas": [GROUP], "displayName": "Crew"}, search))
        body = {**known, random.choice(_NAMES): _value(random, ids, 3), random.choice(_NAMES): _value(random, ids, 3)}
    else:
        body = _value(random, ids, 5)
    content = json.dumps(body).encode()
    if random.random() < 0.1:
        at = random.randrange(len(content))
        content = content[:at] + random.choice((b"", b"\xff", b"{", b'"', b"NaN", b"1e999")) + content[at + 1 :]
    return content


def _operation(random: Random, ids: Ids) -> Any:
    operation: dict[str, Any] = {"op": random.choice(_VERBS[:6] if random.random() < 0.9 else _VERBS)}
    if random.random() < 0.8:
        operation["path"] = _path(random, ids)
    if random.random() < 0.9:
        operation["value"] = _value(random, ids, 3)
    return operation if random.random() < 0.97 else _value(random, ids, 1)


def _path(random: Random, ids: Ids) -> Any:
    name = random.choice(_NAMES)
    if random.random() < 0.4:
        name += f"[{_filter(random, ids, 1)}]" + random.choice(("", ".value", ".type", ".nosuch", "."))
    return name if random.random() < 0.97 else random.choice((None, 5, [], {}))


def _value(random: Random, ids: Ids, depth: int) -> Any:
    kind = random.random()
    if depth and kind < 0.25:
        return {random.choice((*_NAMES, "value", "type", "primary")): _value(random, ids, depth - 1) for _ in range(2)}
    if depth and kind < 0.45:
        return [_value(random, ids, depth - 1) for _ in range(random.choice((0, 1, 2)))]
    if kind < 0.55:
        return {"value": random.choice((*ids, *_TEXTS)), "type": random.choice(("work", "home"))}
    return random.choice((*_TEXTS, *ids, True, False, None, 0, -1, 1.5, 10**20))
