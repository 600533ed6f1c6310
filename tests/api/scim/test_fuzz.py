"""Thousands of requests that are nearly right, on every endpoint: none fails here, and what is stored stays sound.

The endpoints come from the table of routes: a new one is played as soon as it is there, with every kind of body.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from httpx import Response
from tests.bodies import ENTERPRISE, GROUP as GROUP_URN, USER as USER_URN, patch_op, person
from tests.scim.mutations import mutated, mutated_json
from tests.scim.random_filters import random_filter
from tests.scim.random_patches import TEXTS, random_operations, random_stored_user
from tests.world import Client, World, running

from gatehouse.api.scim import discovery, routes
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.filter import print_filter
from gatehouse.scim.messages import ERROR
from gatehouse.scim.required import missing
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import GROUP, USER
from gatehouse.store.database import fetch

_MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
_SCIM_TYPES = {
    *(
        "invalidFilter",
        "tooMany",
        "uniqueness",
        "mutability",
        "invalidSyntax",
        "invalidPath",
        "noTarget",
        "invalidValue",
    ),
    *("invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount"),
}  # RFC 7644 §3.12 table 9, RFC 9865 §3
_ROUTES = [*routes._SINGLE.values(), *(route for pair in routes._COLLECTIONS.values() for route in pair)]
_ENDPOINTS = [(route, method) for route in _ROUTES for method in route.endpoints]
_WEIGHTS = [0.3 if method == "DELETE" else 1.0 for _, method in _ENDPOINTS]  # or nothing would be left
_TYPES = (
    "application/scim+json",
    "application/json",
    "application/json; charset=utf-8",
    "text/xml",
    "application/json; charset=x",
)


@dataclass
class Known:
    """What the fuzz can name: ids of its own tenant and of another one's, and entity tags it was given."""

    foreign: str
    users: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=lambda: ["*", 'W/"1"', "nonsense"])

    def learn(self, template: str, response: Response) -> None:
        """Remember what was created, at most a hundred of each."""
        self.tags = [*self.tags[-20:], response.headers.get("etag", "*")]
        if response.status_code == 201 and "id" in response.json():
            known = self.groups if template.startswith("/Groups") else self.users
            known.append(response.json()["id"])
            del known[:-100]


@pytest.fixture
async def open_world(migrated_url: str, database: object) -> AsyncIterator[World]:
    """The service without limits on the rate."""
    async with running(migrated_url, tenant_rate_per_s=0) as service:
        yield service


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=[pytest.mark.heavy, pytest.mark.timeout(600)])])
async def test_nothing_breaks(open_world: World, count: int) -> None:
    random = Random(count)  # noqa: S311 - repeatable, not secret
    client, other = await open_world.client(), await open_world.client("other")
    foreign = await other.create("eve@corp.example")
    known = Known(foreign["id"])
    statuses: Counter[int] = Counter()
    met: Counter[tuple[str, str]] = Counter()

    for _ in range(count):
        route, method = random.choices(_ENDPOINTS, _WEIGHTS)[0]
        if random.random() < 0.05:
            method = random.choice(("HEAD", "OPTIONS", "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"))
        path = _path(random, route.template, known) + _query(random)
        request = {"headers": _headers(random, known), "content": _body(random, route.template, method, known)}
        response = await client.request(method, path, **request)

        statuses[response.status_code] += 1
        met[route.template, method] += 1
        _check(response, route, method, (method, path, request))
        known.learn(route.template, response)

    assert all(met[route.template, method] for route, method in _ENDPOINTS)
    assert statuses[200] > count / 10 and statuses[201] > count / 100 and statuses[400] > count / 20
    assert (await other.get(f"/Users/{foreign['id']}")).json() == foreign
    await _check_state(client)


def _path(random: Random, template: str, known: Known) -> str:
    if "{id}" not in template:
        return template.rstrip("/") + random.choice(("", "", "", "/"))
    ids = known.groups if template.startswith("/Groups") else known.users
    if ids and random.random() < 0.8:
        resource_id = random.choice(ids)
    else:
        resource_id = random.choice((known.foreign, str(UUID(int=7)), USER_URN, "User", "", "x", "🐈"))
    if random.random() < 0.1:
        resource_id = mutated(random, resource_id)
    return template.replace("{id}", _quoted(resource_id))


def _quoted(text: str) -> str:
    return quote(text.encode(errors="surrogatepass"), safe="")


def _query(random: Random) -> str:
    fields = []
    if random.random() < 0.4:
        fields.append(("filter", _filter(random)))
    names = ("attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor", "nosuch")
    fields += [(name, _parameter(random, name)) for name in random.sample(names, random.choice((0, 0, 1, 2)))]
    text = "&".join(f"{name}={_quoted(value)}" for name, value in fields)
    if random.random() < 0.05:
        text = quote(mutated(random, text), safe="%&=+;")
    return f"?{text}" if text else ""


def _filter(random: Random) -> str:
    tree = random_filter(random, random.choice((USER, USER, GROUP)), random.choice((0, 0, 1, 2, 4)))
    text = print_filter(tree)
    return mutated(random, text) if random.random() < 0.3 else text


def _parameter(random: Random, name: str) -> str:
    if name in {"startIndex", "count"}:
        return random.choice(("0", "1", "2", "-1", "200", "10" * 20, "abc", "", "1.5", "٣"))
    if name == "sortOrder":
        return random.choice(("ascending", "descending", "sideways"))
    paths = (
        "userName",
        "emails.value",
        "name",
        "members",
        "meta.created",
        f"{ENTERPRISE}:manager.value",
        ENTERPRISE,
        "nosuch",
    )
    text = ",".join(random.sample(paths, random.choice((1, 1, 2))))
    return mutated(random, text) if random.random() < 0.2 else text


def _headers(random: Random, known: Known) -> dict[str, str]:
    headers = {"Content-Type": _TYPES[0] if random.random() < 0.9 else random.choice(_TYPES)}
    if random.random() < 0.1:
        headers[random.choice(("If-Match", "If-None-Match"))] = random.choice(known.tags)
    return headers


def _body(random: Random, template: str, method: str, known: Known) -> bytes:
    if method not in {"POST", "PUT", "PATCH"} and random.random() < 0.95:
        return b""
    value = _message(random, template, method, known)
    if random.random() < 0.4:
        value = mutated_json(random, value)
    text = json.dumps(value)
    return (mutated(random, text) if random.random() < 0.1 else text).encode(errors="surrogatepass")


def _message(random: Random, template: str, method: str, known: Known) -> Any:
    """The message that the endpoint expects; one of them where the table of routes has an endpoint not known here."""
    kind = template.removesuffix("/{id}")
    if random.random() < 0.05 or kind not in {"/Users", "/Groups", "/.search", "/Bulk"}:
        kind = random.choice(("/Users", "/Groups", "/.search", "/Bulk")) if not kind.endswith(".search") else "/.search"
    if kind == "/.search":
        return _search_request(random)
    if kind == "/Bulk":
        return _bulk_request(random, known)
    if method == "PATCH":
        return _patch(random, kind, known)
    return _group(random, known) if kind == "/Groups" else _user(random)


def _user(random: Random) -> dict[str, Any]:
    stored = random_stored_user(random)
    names = {"userName": f"p{random.randrange(10_000)}@corp.example", "externalId": f"e{random.randrange(10_000)}"}
    return {**person("w@x.example"), **stored, **names} if random.random() < 0.7 else person(names["userName"])


def _group(random: Random, known: Known) -> dict[str, Any]:
    ids = [*known.users[-20:], known.foreign] if random.random() < 0.1 else known.users[-20:]
    members = [{"value": user_id} for user_id in random.sample(ids, min(len(ids), random.randint(0, 5)))]
    return {"schemas": [GROUP_URN], "displayName": f"g{random.randrange(10_000)}", "members": members}


def _patch(random: Random, kind: str, known: Known) -> dict[str, Any]:
    if kind == "/Users":
        return patch_op(*random_operations(random, {}))
    members = _group(random, known)["members"]
    choices = [
        {"op": random.choice(("add", "Add", "replace")), "path": "members", "value": members},
        {"op": "remove", "path": "members", "value": members},
        {"op": "replace", "value": {"displayName": random.choice(TEXTS), "members": members}},
        {"op": "replace", "path": "displayName", "value": f"g{random.randrange(10_000)}"},
        *({"op": "remove", "path": f'members[value eq "{member["value"]}"]'} for member in members),
    ]
    return patch_op(*random.sample(choices, random.randint(1, 3)))


def _search_request(random: Random) -> dict[str, Any]:
    whole = {
        "filter": _filter(random),
        "attributes": ["userName", "emails.value"],
        "excludedAttributes": ["members"],
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": random.choice((1, 0, -1, 10**18)),
        "count": random.choice((0, 1, 10, -1, 10**18)),
    }
    chosen = random.sample(sorted(whole), random.randint(0, 4))
    return {"schemas": [f"{_MESSAGES}SearchRequest"], **{name: whole[name] for name in chosen}}


def _bulk_request(random: Random, known: Known) -> dict[str, Any]:
    user_id = random.choice([*known.users[-20:], known.foreign])
    choices = [
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": _user(random)},
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "g",
            "data": {**_group(random, known), "members": [{"value": "bulkId:u"}]},
        },
        {"method": "PATCH", "path": f"/Users/{user_id}", "data": _patch(random, "/Users", known)},
        {"method": "PUT", "path": f"/Users/{user_id}", "data": _user(random)},
        {"method": "DELETE", "path": f"/Users/{user_id}"},
        {"method": "PATCH", "path": "/Groups/bulkId:g", "data": _patch(random, "/Groups", known)},
    ]
    operations = random.sample(choices, random.randint(1, 4))
    return {
        "schemas": [f"{_MESSAGES}BulkRequest"],
        "failOnErrors": random.choice((1, 2, 100)),
        "Operations": operations,
    }


def _check(response: Response, route: routes.Route, method: str, request: object) -> None:
    """The answer is a SCIM message, and a failure is the client's."""
    status = response.status_code
    endpoint = route.endpoints.get("GET" if method == "HEAD" else method)
    offered = endpoint is None or endpoint.handler is not discovery.not_offered
    assert status < 500 or (status == 501 and not offered), (status, request, response.text)
    if method == "HEAD" or status in {204, 304}:
        assert response.content == b"", request
        return
    assert response.headers["content-type"] == "application/scim+json", request
    body = response.json()
    assert isinstance(body["schemas"], list), request
    for done in body.get("Operations", ()):  # of a bulk request
        assert isinstance(done["status"], str) and done["status"] < "500", (request, done)
    if status >= 400:
        assert (body["schemas"], body["status"]) == ([ERROR], str(status)), request
        assert isinstance(body["detail"], str) and body["detail"], request
        assert body.keys() <= {"schemas", "status", "scimType", "detail"}, request
        assert "scimType" not in body or body["scimType"] in _SCIM_TYPES, request
        assert len(response.content) < 16_384, request


async def _check_state(client: Client) -> None:
    """Every resource reads back as it is listed and is valid; each of its versions has its event."""
    users, groups = await _listed(client, "/Users"), await _listed(client, "/Groups")
    for resource_type, resources in ((USER, users), (GROUP, groups)):
        for resource in resources:
            read = await client.get(f"{resource_type.endpoint}/{resource['id']}")
            assert (read.status_code, read.json()) == (200, resource)
            stored = {name: value for name, value in resource.items() if name not in {"id", "meta", "groups"}}
            if list(missing(stored, resource_type)) == ['emails[type eq "work"].value']:
                stored["emails"] += [{"type": "work", "value": "w@x.example"}]  # it goes on under another type
            again = read_resource(stored, resource_type, mode=ScimMode.ENTRA, unknown=UnknownAttributes.REJECT)
            assert again.resource.keys() == stored.keys()
    members = {member["value"] for group in groups for member in group.get("members", ())}
    assert users and groups and members <= {user["id"] for user in users}

    rows = await fetch(
        "SELECT resource_id, action, changes FROM provisioning_event"
        " WHERE tenant_id = $1 AND outcome IN ('success', 'warning')",
        client.tenant.id,
    )
    events = Counter(str(row[0]) for row in rows)
    gone = [change for row in rows if row[1] == "delete" for change in json.loads(row[2]) if change["path"] == "groups"]
    left = sum(len(change["before"]) for change in gone)  # a user who is deleted leaves groups: new versions of those
    assert {user["id"]: _version(user) for user in users} == {user["id"]: events[user["id"]] for user in users}
    surplus = [_version(group) - events[group["id"]] for group in groups]
    assert min(surplus) >= 0 and sum(surplus) <= left


def _version(resource: dict[str, Any]) -> int:
    return int(resource["meta"]["version"].strip('W/"'))


async def _listed(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = (await client.get(f"{path}?count=200&startIndex={len(found) + 1}")).json()
        found += page["Resources"]
        if not page["Resources"]:
            assert page["totalResults"] == len(found) == len({resource["id"] for resource in found})
            return found
