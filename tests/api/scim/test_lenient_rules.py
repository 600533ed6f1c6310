"""The lenient rules L1 to L20 over HTTP: what a tenant in mode ``entra`` may send, and what ``strict`` says to it.

Each case is put to two tenants that differ in nothing but the mode. An outcome is a status with what the resource then
holds (None: the attribute is not there), or a status with the scimType of the refusal, which leaves all as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from tests.bodies import ENTERPRISE, GROUP, PATCH_OP, USER, patch_op, person
from tests.world import ORIGIN, TESTER, Client, World

from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.services import tenants
from gatehouse.store.database import fetch

_WORK = {"type": "work", "value": "ann@corp.example"}
_HOME = {"type": "home", "value": "ann@home.example"}
_ANN = person(
    "ann@corp.example",
    title="Agent",
    emails=[_WORK, _HOME],
    phoneNumbers=[{"type": "work", "value": "1"}],
    **{ENTERPRISE: {"department": "Sales", "manager": {"value": "boss"}}},
)
_FOREIGN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
_ROLE = '{"id":"1","value":"agent","displayName":"Agent"}'

Outcome = tuple[int, Any]  # status; attributes of the resource, or the scimType of a refusal


@dataclass(frozen=True)
class Case:
    """A request to both tenants. ``{ann}``, ``{bob}`` and ``{crew}`` stand for ids."""

    name: str
    method: str
    path: str
    body: Any
    entra: Outcome
    strict: Outcome
    headers: dict[str, str] = field(default_factory=dict)


def _patch(name: str, operations: Any, entra: Outcome, strict: Outcome, *, of: str = "/Users/{ann}") -> Case:
    listed = operations if isinstance(operations, list) else [operations]
    return Case(name, "PATCH", of, patch_op(*listed), entra, strict)


def _op(op: str, path: str | None, *value: Any) -> dict[str, Any]:
    return {"op": op} | ({"path": path} if path else {}) | ({"value": value[0]} if value else {})


def _same(name: str, operations: Any, outcome: Outcome, *, of: str = "/Users/{ann}") -> Case:
    """A rule that holds in both modes."""
    return _patch(name, operations, outcome, outcome, of=of)


def _post(name: str, body: Any, entra: Outcome, strict: Outcome) -> Case:
    return Case(name, "POST", "/Users", body, entra, strict)


def _cid(**attributes: Any) -> dict[str, Any]:
    return person("cid@corp.example", **attributes)


_BAD: Outcome = (400, "invalidValue")
_MOBILE = [{"type": "work", "value": "1"}, {"type": "mobile", "value": "7"}]
_FILTERED = {"totalResults": 1}

_CASES = [
    _same("L1 operation in capitals", _op("REPLACE", "title", "Boss"), (200, {"title": "Boss"})),
    _patch("L2 boolean text in PATCH", _op("replace", "active", "False"), (200, {"active": False}), _BAD),
    _patch("L2 boolean text without a path", _op("replace", None, {"active": "FALSE"}), (200, {"active": False}), _BAD),
    _patch("L2 other text is no boolean", _op("replace", "active", "no"), _BAD, _BAD),
    _patch("L2 number is no boolean", _op("replace", "active", 0), _BAD, _BAD),
    _patch("L2 primary inside elements", _op("add", "phoneNumbers", [{"value": "2", "primary": "true"}]), (200, {"phoneNumbers": [{"type": "work", "value": "1"}, {"value": "2", "primary": True}]}), _BAD),
    _patch("L2 literal in a path", _op("remove", 'emails[primary eq "false" and type eq "home"]'), (200, {"emails": [_WORK]}), (400, "invalidFilter")),
    _post("L2 boolean text in POST", _cid(active="False"), (201, {"active": False}), _BAD),
    Case("L2 boolean text in PUT", "PUT", "/Users/{ann}", {**_ANN, "active": "False"}, (200, {"active": False}), _BAD),
    Case("L2 literal in a filter", "GET", '/Users?filter=active%20eq%20"True"%20and%20title%20pr', None, (200, _FILTERED), (400, "invalidFilter")),
    _patch("L3 number for a text", _op("replace", "title", 5), (200, {"title": "5"}), _BAD),
    _patch("L3 boolean for a text", _op("replace", f"{ENTERPRISE}:department", True), (200, {ENTERPRISE: {"department": "true", "manager": {"value": "boss"}}}), _BAD),
    _patch("L3 object for a text", _op("replace", "title", {"a": 1}), _BAD, _BAD),
    _patch("L4 list of one", _op("replace", "title", ["Boss"]), (200, {"title": "Boss"}), _BAD),
    _patch("L4 object in a list of one", _op("replace", "title", [{"$ref": None, "value": "Boss"}]), (200, {"title": "Boss"}), _BAD),
    _patch("L4 complex in a list of one", _op("replace", "name", [{"givenName": "Anna"}]), (200, {"name": {"givenName": "Anna", "familyName": "Okafor"}}), _BAD),
    _patch("L4 list of two", _op("replace", "title", ["a", "b"]), _BAD, _BAD),
    _same("L5 add creates the element", _op("Add", 'phoneNumbers[type eq "mobile"].value', "7"), (200, {"phoneNumbers": _MOBILE})),
    _same("L5 only equality says what to create", _op("add", 'phoneNumbers[type sw "mob"].value', "7"), (400, "noTarget")),
    _patch("L6 replace creates the element", _op("replace", 'phoneNumbers[type eq "mobile"].value', "7"), (200, {"phoneNumbers": _MOBILE}), (400, "noTarget")),
    _patch("L6 replace of a whole element", _op("replace", 'phoneNumbers[type eq "mobile"]', {"value": "7"}), (200, {"phoneNumbers": _MOBILE}), (400, "noTarget")),
    _same("L6 only equality says what to create", _op("replace", 'phoneNumbers[value co "zz"].value', "7"), (400, "noTarget")),
    _same("L6 what is created is what is selected", _op("replace", 'phoneNumbers[value eq "old"].value', "new"), (400, "noTarget")),
    _patch("L7 primary where none is marked", _op("replace", "emails[primary eq true].value", "new@corp.example"), (200, {"emails": [{"type": "work", "value": "new@corp.example", "primary": True}, _HOME]}), (400, "noTarget")),
    _same("L8 dotted keys", _op("replace", None, {"name.givenName": "Anna", f"{ENTERPRISE}:department": "Ops", 'emails[type eq "home"].value': "h@x"}), (200, {"name": {"givenName": "Anna", "familyName": "Okafor"}, ENTERPRISE: {"department": "Ops", "manager": {"value": "boss"}}, "emails": [_WORK, {"type": "home", "value": "h@x"}]})),
    _same("L9 extension as a key", _op("replace", None, {ENTERPRISE: {"department": "Ops"}}), (200, {ENTERPRISE: {"department": "Ops", "manager": {"value": "boss"}}})),
    _same("L10 id as it is", _op("replace", None, {"id": "{ann}", "title": "Boss"}), (200, {"title": "Boss"})),
    _same("L10 meta as it is", _op("replace", None, {"meta": {"resourceType": "User", "version": 'W/"1"', "location": "any"}, "title": "Boss"}), (200, {"title": "Boss"})),
    _patch("L10 another id", _op("replace", None, {"id": "{bob}", "title": "Boss"}), (200, {"title": "Boss"}), (400, "mutability")),
    _patch("L10 other groups", _op("replace", None, {"groups": [{"value": "x"}], "title": "Boss"}), (200, {"title": "Boss"}), (400, "mutability")),
    _same("L10 schemas as they are", _op("replace", None, {ENTERPRISE: {"department": "Ops"}, "schemas": [ENTERPRISE, USER]}), (200, {ENTERPRISE: {"department": "Ops", "manager": {"value": "boss"}}})),
    _patch("L10 schemas without the extension", _op("replace", None, {"schemas": [USER], "title": "Boss"}), (200, {"title": "Boss", ENTERPRISE: {"department": "Sales", "manager": {"value": "boss"}}}), (400, "mutability")),
    _same("L10 never with a path", _op("replace", "id", "{ann}"), (400, "mutability")),
    _patch("L11 remove a listed value", _op("Remove", "emails", [{"value": "ANN@home.example"}]), (200, {"emails": [_WORK]}), _BAD),
    _patch("L11 remove listed members", _op("Remove", "members", [{"$ref": None, "value": "{bob}"}]), (204, {"members": ["{ann}"]}), _BAD, of="/Groups/{crew}"),
    _patch("L11 remove members in an object", _op("Remove", "members", {"members": [{"value": "{bob}"}]}), (204, {"members": ["{ann}"]}), _BAD, of="/Groups/{crew}"),
    _patch("L11 remove no listed member", _op("remove", "members", []), (200, {"members": ["{ann}", "{bob}"]}), _BAD, of="/Groups/{crew}"),
    _same("L11 remove all members", _op("remove", "members"), (200, {"members": None}), of="/Groups/{crew}"),
    _same("L12 known but not stored", [_op("replace", "password", "hunter2"), _op("replace", "title", "Boss")], (200, {"title": "Boss", "password": None})),
    _same("L12 unknown attribute ignored", [_op("add", "shoeSize", 42), _op("replace", "title", "Boss")], (200, {"title": "Boss", "shoeSize": None})),
    _patch("L13 manager as a text", _op("replace", f"{ENTERPRISE}:manager", "m2"), (200, {ENTERPRISE: {"department": "Sales", "manager": {"value": "m2"}}}), _BAD),
    _patch("L13 manager at the dotted URN", _op("replace", f"{ENTERPRISE}.manager", "m2"), (200, {ENTERPRISE: {"department": "Sales", "manager": {"value": "m2"}}}), _BAD),
    _patch("L13 manager taken away", _op("replace", f"{ENTERPRISE}:manager", ""), (200, {ENTERPRISE: {"department": "Sales"}}), _BAD),
    _post("L13 manager as a text in POST", _cid(**{ENTERPRISE: {"manager": "m2"}}), (201, {ENTERPRISE: {"manager": {"value": "m2"}}}), _BAD),
    _patch("L14 text for an element", _op("add", "phoneNumbers", ["7"]), (200, {"phoneNumbers": [{"type": "work", "value": "1"}, {"value": "7"}]}), _BAD),
    _patch("L14 text for a member", _op("replace", "members", ["{bob}"]), (204, {"members": ["{bob}"]}), _BAD, of="/Groups/{crew}"),
    _patch("L15 role as JSON in a text", _op("add", "roles", [{"value": _ROLE}]), (200, {"roles": [{"value": "agent", "display": "Agent"}]}), (200, {"roles": [{"value": _ROLE}]})),
    _same("L16 blanks and case in a path", _op("replace", " TITLE ", "Boss"), (200, {"title": "Boss"})),
    _same("L16 blanks around brackets", _op("replace", ' EMAILS[TYPE eq "home"].VALUE ', "h@x"), (200, {"emails": [_WORK, {"type": "home", "value": "h@x"}]})),
    _same("L16 dot behind the URN", _op("replace", f"{ENTERPRISE}.department", "Ops"), (200, {ENTERPRISE: {"department": "Ops", "manager": {"value": "boss"}}})),
    Case("L17 PATCH without schemas", "PATCH", "/Users/{ann}", {"Operations": [_op("replace", "title", "Boss")]}, (200, {"title": "Boss"}), (400, "invalidSyntax")),
    Case("L17 PATCH with more schemas", "PATCH", "/Users/{ann}", {"schemas": [PATCH_OP, _FOREIGN], "Operations": [_op("replace", "title", "Boss")]}, (200, {"title": "Boss"}), (400, "invalidSyntax")),
    _post("L17 POST without schemas", {k: v for k, v in _cid().items() if k != "schemas"}, (201, {"schemas": [USER]}), (400, "invalidSyntax")),
    _post("L17 POST with a foreign schema", _cid(schemas=[USER, _FOREIGN]), (201, {"schemas": [USER]}), (400, "invalidSyntax")),
    Case("L17 bulk without schemas", "POST", "/Bulk", {"Operations": [{"method": "DELETE", "path": "/Users/1"}]}, (200, {}), (400, "invalidSyntax")),
    _patch("L18 empty text", _op("replace", "title", ""), (200, {"title": None}), (200, {"title": ""})),
    _post("L18 empty text in POST", _cid(title=""), (201, {"title": None}), (201, {"title": ""})),
    _patch("L18 empty userName", _op("replace", "userName", ""), (400, "mutability"), (400, "mutability")),
    _post("L18 empty userName in POST", {**_cid(), "userName": ""}, _BAD, _BAD),
    _same("L19 $ref null in brackets", _op("remove", 'members[$ref eq null and value eq "{bob}"]'), (204, {"members": ["{ann}"]}), of="/Groups/{crew}"),
    _same("a member by the same", _op("replace", 'members[value eq "{bob}"]', {"value": "{bob}"}), (204, {"members": ["{ann}", "{bob}"]}), of="/Groups/{crew}"),
    _same("the id of a member by the same", _op("replace", 'members[value eq "{bob}"].value', "{bob}"), (204, {"members": ["{ann}", "{bob}"]}), of="/Groups/{crew}"),
    _same("the id of a member by another", _op("replace", 'members[value eq "{bob}"].value', "{ann}"), (400, "mutability"), of="/Groups/{crew}"),
    _patch("L6 a member who is none", [_op("remove", 'members[value eq "{bob}"]'), _op("replace", 'members[value eq "{bob}"].value', "{bob}")], (204, {"members": ["{ann}", "{bob}"]}), (400, "noTarget"), of="/Groups/{crew}"),
    _patch("L6 a member whom nobody knows", _op("replace", 'members[value eq "x"]', {"value": "x"}), _BAD, (400, "noTarget"), of="/Groups/{crew}"),
    _same("one of two who is a member", [_op("remove", 'members[value eq "{bob}"]'), _op("replace", 'members[value eq "{bob}" or value eq "{ann}"]', {"type": "User"})], (204, {"members": ["{ann}"]}), of="/Groups/{crew}"),
    _same("type beside the value of a member", _op("remove", 'members[type eq "User" and value eq "{bob}"]'), (204, {"members": ["{ann}"]}), of="/Groups/{crew}"),
    _same("another member than the path selects", _op("add", 'members[value eq "{bob}"]', {"value": "{ann}"}), _BAD, of="/Groups/{crew}"),
    _post("an e-mail without its address", _cid(emails=[{"type": "work", "value": "c@x"}, {"type": "home", "display": "C"}]), (201, {"emails": [{"type": "work", "value": "c@x"}]}), _BAD),
    Case("L20 plain JSON with a charset", "PATCH", "/Users/{ann}/", patch_op(_op("replace", "title", "Boss")), (200, {"title": "Boss"}), (200, {"title": "Boss"}), {"Content-Type": "application/json; charset=utf-8"}),
    Case("L20 trailing slash on a list", "GET", '/Users/?filter=title%20eq%20"agent"', None, (200, _FILTERED), (200, _FILTERED)),
    Case("value without quotes in a filter", "GET", "/Users?filter=title%20eq%20Agent", None, (200, _FILTERED), (400, "invalidFilter")),
    Case("quotes inside quotes in a filter", "GET", '/Users?filter=title%20eq%20"a%20"b""', None, (200, {"totalResults": 0}), (400, "invalidFilter")),
]  # fmt: skip


@dataclass(frozen=True)
class Tenant:
    """A tenant in one mode, with Ann, Bob, and a crew of both."""

    client: Client
    ids: dict[str, str]

    async def send(self, case: Case) -> httpx.Response:
        content = None if case.body is None else self.filled(orjson.dumps(case.body).decode()).encode()
        headers = {"Content-Type": "application/scim+json", **case.headers}
        return await self.client.request(case.method, self.filled(case.path), content=content, headers=headers)

    def filled(self, text: str) -> str:
        for name, value in self.ids.items():
            text = text.replace("{" + name + "}", value)
        return text

    async def state(self) -> list[Any]:
        return [(await self.client.get(path)).json() for path in ("/Users", "/Groups")]

    async def holds(self, response: httpx.Response, case: Case, wanted: dict[str, Any]) -> bool:
        """Whether the answer, and the resource that is read again, hold what is wanted."""
        found = response.json() if response.content else {}
        if response.status_code != 200 or case.method != "GET":
            location = found.get("meta", {}).get("location") or self.filled(case.path).rstrip("/")
            found = (await self.client.get(location.rpartition("/scim/v2")[2])).json() if wanted else {}
        if "members" in found:
            found["members"] = sorted(member["value"] for member in found["members"])
        return {name: found.get(name) for name in wanted} == orjson.loads(self.filled(orjson.dumps(wanted).decode()))


async def new_tenant(world: World, mode: ScimMode, unknown: UnknownAttributes = UnknownAttributes.IGNORE) -> Tenant:
    client = await world.client(f"{mode}-{unknown}")
    await tenants.update(
        TESTER, ORIGIN, client.tenant.id, expected_version=None, scim_mode=mode, unknown_attributes=unknown
    )
    ann = (await client.post("/Users", _ANN)).json()["id"]
    bob = (await client.create("bob@corp.example"))["id"]
    crew = {"schemas": [GROUP], "displayName": "Crew", "members": [{"value": ann}, {"value": bob}]}
    ids = {"ann": ann, "bob": bob, "crew": (await client.post("/Groups", crew)).json()["id"]}
    return Tenant(client, ids)


@pytest.mark.parametrize("engine", ["sqlite"])  # what a request means is settled before any database is asked
@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
async def test_rule(world: World, case: Case) -> None:
    for mode, (status, wanted) in ((ScimMode.ENTRA, case.entra), (ScimMode.STRICT, case.strict)):
        tenant = await new_tenant(world, mode)
        before = await tenant.state()

        response = await tenant.send(case)

        assert response.status_code == status, (mode, response.text)
        if isinstance(wanted, str):
            assert response.json()["scimType"] == wanted, (mode, response.text)
            assert await tenant.state() == before
        else:
            assert await tenant.holds(response, case, wanted), (mode, response.text)


_REJECTED = [
    _post("POST", _cid(shoeSize=42), (201, {"shoeSize": None}), (400, "invalidSyntax")),
    _post("POST of an unknown part", _cid(name={"givenName": "C", "familyName": "D", "nick": "E"}), (201, {"name": {"givenName": "C", "familyName": "D"}}), (400, "invalidSyntax")),
    _post("POST of an unknown extension", _cid(**{"urn:x:2.0:User": {"a": 1}}), (201, {"urn:x:2.0:User": None}), (400, "invalidSyntax")),
    Case("PUT", "PUT", "/Users/{ann}", {**_ANN, "title": "Boss", "shoeSize": 42}, (200, {"title": "Boss"}), (400, "invalidSyntax")),
    _patch("PATCH", [_op("replace", "title", "Boss"), _op("add", "shoeSize", 42)], (200, {"title": "Boss"}), (400, "invalidPath")),
    _patch("PATCH without a path", _op("add", None, {"title": "Boss", "shoeSize": 42}), (200, {"title": "Boss"}), (400, "invalidPath")),
    _patch("PATCH of an unknown part", [_op("replace", "name.nick", "x"), _op("replace", "title", "Boss")], (200, {"title": "Boss"}), (400, "invalidPath")),
    Case("POST of an unknown part of a member", "POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew 2", "members": [{"value": "{bob}", "since": 1}]}, (201, {"members": ["{bob}"]}), (400, "invalidSyntax")),
    _patch("PATCH of an unknown part of a member", _op("replace", "members", [{"value": "{bob}", "since": 1}]), (204, {"members": ["{bob}"]}), (400, "invalidPath"), of="/Groups/{crew}"),
    _same("PATCH of what is known but not stored", [_op("replace", "password", "x"), _op("replace", "title", "Boss")], (200, {"title": "Boss"})),
]  # fmt: skip


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("mode", ScimMode)
@pytest.mark.parametrize("case", _REJECTED, ids=lambda case: case.name)
async def test_unknown_attributes_are_ignored_with_a_warning_or_rejected(
    world: World, case: Case, mode: ScimMode
) -> None:
    """L12: whichever mode the tenant is in. ``entra`` of a case is here what ``ignore`` does, ``strict`` what ``reject``."""
    policies = ((UnknownAttributes.IGNORE, case.entra), (UnknownAttributes.REJECT, case.strict))
    for unknown, (status, wanted) in policies:
        tenant = await new_tenant(world, mode, unknown)
        before = await tenant.state()

        response = await tenant.send(case)

        assert response.status_code == status, (unknown, response.text)
        (event,) = await fetch(
            "SELECT outcome, reason FROM provisioning_event WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1",
            tenant.client.tenant.id,
        )
        if isinstance(wanted, str):
            assert response.json()["scimType"] == wanted
            assert await tenant.state() == before
            assert event[0] == "failure"
        else:
            assert await tenant.holds(response, case, wanted), (unknown, response.text)
            assert event[0] == "warning"
            assert "ignored" in event[1]


@pytest.mark.parametrize(
    ("text", "found"), [('title eq ""', 1), ("title pr", 1), ("title eq null", 1), ('not (title eq "")', 2)]
)
async def test_an_empty_text_to_the_letter_is_a_value_that_says_nothing(world: World, text: str, found: int) -> None:
    """L18: Ann has a title, Bob none, Cid an empty one."""
    tenant = await new_tenant(world, ScimMode.STRICT)
    created = await tenant.client.post("/Users", _cid(title=""))

    listed = await tenant.client.get(f"/Users?filter={quote(text)}")

    assert (created.status_code, created.json()["title"]) == (201, "")
    assert listed.json()["totalResults"] == found
