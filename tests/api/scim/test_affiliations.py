"""What a user belongs to: groups, and in the extension role and employee groups; shown on request, never written."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from tests.bodies import GATEHOUSE, GROUP, USER, person
from tests.world import SCIM, Client, World, add_rules

from gatehouse.records import ScimMode
from gatehouse.store.database import execute

ASKED = f"userName,groups,{GATEHOUSE}"


@pytest.fixture
async def acme(world: World) -> Client:
    client = await world.client()
    await add_rules(client.tenant, roles={"Agent": "agent"}, groups={"north": ["north"], "vip": ["vip"]})
    return client


async def _ana(acme: Client, **attributes: Any) -> dict[str, Any]:
    return await acme.create("ana@x.example", title="Agent", userType="vip-north", **attributes)


async def _group(acme: Client, name: str, *members: str) -> str:
    body = {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in members]}
    return str((await acme.post("/Groups", body)).json()["id"])


async def _shown(acme: Client, user_id: str, attributes: str = ASKED) -> dict[str, Any]:
    return (await acme.get(f"/Users/{user_id}?attributes={attributes}")).json()  # type: ignore[no-any-return]


async def test_shown_on_request(acme: Client) -> None:
    ana = await _ana(acme)
    sales, crew = await _group(acme, "sales", ana["id"]), await _group(acme, "Crew", ana["id"])
    await _group(acme, "Others")
    groups = [
        {"value": group_id, "$ref": f"{SCIM}/Groups/{group_id}", "display": name, "type": "direct"}
        for group_id, name in ((crew, "Crew"), (sales, "sales"))
    ]
    access = {"role": "agent", "employeeGroups": ["north", "vip"]}

    assert await _shown(acme, ana["id"]) == {
        "id": ana["id"], "schemas": [USER, GATEHOUSE], "userName": "ana@x.example", "groups": groups, GATEHOUSE: access
    }  # fmt: skip
    assert (await _shown(acme, ana["id"], f"{GATEHOUSE}:role"))[GATEHOUSE] == {"role": "agent"}
    assert (await _shown(acme, ana["id"], "groups.display"))["groups"] == [{"display": "Crew"}, {"display": "sales"}]
    listed = (await acme.get(f"/Users?attributes={ASKED}")).json()["Resources"]
    assert listed == [await _shown(acme, ana["id"])]


async def test_not_shown_unless_asked_for(acme: Client) -> None:
    ana = await _ana(acme)
    await _group(acme, "Crew", ana["id"])
    change = {"op": "replace", "path": "nickName", "value": "A"}
    answers = [
        ana,
        (await acme.get(f"/Users/{ana['id']}")).json(),
        (await acme.get(f"/Users/{ana['id']}?excludedAttributes=title")).json(),
        (await acme.get("/Users")).json()["Resources"][0],
        (await acme.patch(f"/Users/{ana['id']}", change)).json(),
        await _shown(acme, ana["id"], "title"),
    ]

    assert not [answer for answer in answers if "groups" in answer or GATEHOUSE in answer]
    assert not [answer for answer in answers if GATEHOUSE in answer["schemas"]]


async def test_writes_show_what_they_are_asked_to(acme: Client) -> None:
    body = person("ana@x.example", title="Agent")
    created = (await acme.post(f"/Users?attributes={GATEHOUSE}", body)).json()
    user_id = created["id"]
    change = {"op": "replace", "path": "userType", "value": "north"}
    patched = (await acme.patch(f"/Users/{user_id}?attributes={GATEHOUSE}:employeeGroups", change)).json()
    replaced = (await acme.put(f"/Users/{user_id}?attributes=title,{GATEHOUSE}", {**body, "title": "None"})).json()
    slim = (await acme.put(f"/Users/{user_id}?excludedAttributes=name,emails", body)).json()
    group = (await acme.post("/Groups?excludedAttributes=members", {"schemas": [GROUP], "displayName": "G"})).json()

    assert created == {"schemas": [USER, GATEHOUSE], "id": user_id, GATEHOUSE: {"role": "agent"}}
    assert patched[GATEHOUSE] == {"employeeGroups": ["north"]}
    assert replaced == {"schemas": [USER], "id": user_id, "title": "None"}
    assert not slim.keys() & {"name", "emails"} and slim["title"] == "Agent"
    assert "members" not in group


async def test_access_is_in_force_while_the_user_is_active(acme: Client) -> None:
    ana = await _ana(acme)
    crew = await _group(acme, "Crew", ana["id"])
    await acme.patch(f"/Users/{ana['id']}", {"op": "replace", "path": "active", "value": False})
    shown = await _shown(acme, ana["id"])

    assert GATEHOUSE not in shown and shown["schemas"] == [USER]
    assert [group["value"] for group in shown["groups"]] == [crew]
    assert await _found(acme, f'{GATEHOUSE}:role eq "agent"') == []


async def _found(acme: Client, filter_text: str) -> list[str]:
    body = (await acme.get(f"/Users?{urlencode({'filter': filter_text})}")).json()
    return [user["userName"].partition("@")[0] for user in body["Resources"]]


async def test_filters(acme: Client) -> None:
    ana, ben = await _ana(acme), await acme.create("ben@x.example")
    crew = await _group(acme, "Crew", ana["id"], ben["id"])
    sales = await _group(acme, "Sales", ben["id"])
    expected = {
        f'groups.value eq "{crew}"': ["ana", "ben"],
        f'groups eq "{sales}"': ["ben"],
        f'groups[value eq "{crew}" and display eq "crew"]': ["ana", "ben"],
        f'groups[value eq "{crew}" and display eq "Sales"]': [],
        f'not (groups.value eq "{sales}")': ["ana"],
        'groups.display sw "S"': ["ben"],
        'groups.type eq "direct"': ["ana", "ben"],
        f'{GATEHOUSE}:role eq "agent"': ["ana"],
        f'{GATEHOUSE}:role eq "AGENT"': [],
        f"not ({GATEHOUSE}:role pr)": ["ben"],
        f'{GATEHOUSE}:employeeGroups eq "vip"': ["ana"],
        f'{GATEHOUSE}:employeeGroups[value co "or"]': ["ana"],
        f'{GATEHOUSE}:employeeGroups ne "vip"': ["ben"],
        f'schemas eq "{GATEHOUSE}"': ["ana"],
    }

    assert {text: await _found(acme, text) for text in expected} == expected
    sort = urlencode({"sortBy": f"{GATEHOUSE}:role", "sortOrder": "descending"})
    assert [u["id"] for u in (await acme.get(f"/Users?{sort}")).json()["Resources"]] == [ben["id"], ana["id"]]


async def test_nothing_is_304_that_may_have_changed(acme: Client) -> None:
    """The version of a user stays when a group or the mapping changes, and so does its default representation."""
    ana = await _ana(acme)
    known = {"If-None-Match": ana["meta"]["version"]}
    path = f"/Users/{ana['id']}"
    await _group(acme, "Crew", ana["id"])
    asked = await acme.get(f"{path}?attributes=groups", headers=known)
    by_role = await acme.get(f"{path}?attributes={GATEHOUSE}:role", headers=known)

    assert (await acme.get(path, headers=known)).status_code == 304
    assert (await acme.get(f"{path}?attributes=title", headers=known)).status_code == 304
    assert (asked.status_code, len(asked.json()["groups"])) == (200, 1)
    assert (by_role.status_code, by_role.headers["etag"]) == (200, ana["meta"]["version"])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_create_and_replace_ignore_them(acme: Client) -> None:
    sent = {"groups": [{"value": "x"}], GATEHOUSE: {"role": "admin", "employeeGroups": 7}}
    body = person("ana@x.example", title="Agent", **sent) | {"schemas": [USER, GATEHOUSE]}
    for mode in ScimMode:
        await execute("UPDATE tenant SET scim_mode = $1, unknown_attributes = 'reject'", str(mode))
        created = (await acme.post("/Users", body | {"userName": f"{mode}@x.example"})).json()
        replaced = await acme.put(f"/Users/{created['id']}", body | {"userName": f"{mode}@x.example"})

        assert replaced.json()["meta"]["version"] == created["meta"]["version"], "no change"
        assert (await _shown(acme, created["id"]))[GATEHOUSE] == {"role": "agent"}


_WRITES = [
    {"op": "replace", "path": "groups", "value": []},
    {"op": "add", "path": "groups", "value": [{"value": "x"}]},
    {"op": "remove", "path": 'groups[value eq "x"]'},
    {"op": "replace", "path": f"{GATEHOUSE}:role", "value": "admin"},
    {"op": "remove", "path": f"{GATEHOUSE}:employeeGroups"},
    {"op": "remove", "path": GATEHOUSE},
    {"op": "add", "path": GATEHOUSE, "value": {"role": "admin"}},
]
_EMBEDDED = [
    {"op": "add", "value": {"groups": [{"value": "x"}], "title": "Agent"}},
    {"op": "replace", "value": {GATEHOUSE: {"role": "admin"}, "title": "Agent"}},
    {"op": "replace", "value": {f"{GATEHOUSE}:role": "admin", "title": "Agent"}},
]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mode", list(ScimMode))
async def test_patch_refuses_them(acme: Client, mode: ScimMode) -> None:
    ana = await _ana(acme)
    await execute("UPDATE tenant SET scim_mode = $1", str(mode))
    path = f"/Users/{ana['id']}"
    refused = [*_WRITES, *(_EMBEDDED if mode is ScimMode.STRICT else [])]
    answers = [await acme.patch(path, {"op": "replace", "path": "title", "value": "X"}, write) for write in refused]
    ignored = [await acme.patch(path, write) for write in _EMBEDDED if mode is ScimMode.ENTRA]

    assert {(answer.status_code, answer.json()["scimType"]) for answer in answers} == {(400, "mutability")}
    assert {answer.status_code for answer in ignored} <= {200}
    assert (await acme.get(path)).json() == ana


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_to_the_letter_groups_may_be_sent_back_as_shown(acme: Client) -> None:
    ana = await _ana(acme)
    path, crew = f"/Users/{ana['id']}", await _group(acme, "Crew", ana["id"])
    await execute("UPDATE tenant SET scim_mode = 'strict'")
    shown = await _shown(acme, ana["id"], "userName,groups")
    others = [[], [{"value": crew, "display": "Others"}], [{"value": ana["id"]}]]

    accepted = await acme.patch(path, {"op": "replace", "value": shown})
    refused = [await acme.patch(path, {"op": "replace", "value": {"groups": groups}}) for groups in others]

    assert (accepted.status_code, accepted.json()) == (200, ana)
    assert [(answer.status_code, answer.json()["scimType"]) for answer in refused] == [(400, "mutability")] * 3


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_an_attribute_of_the_same_name_is_an_unknown_one(acme: Client) -> None:
    ana = await _ana(acme)
    answer = await acme.patch(f"/Users/{ana['id']}", {"op": "Add", "path": "role", "value": "x"})

    assert (answer.status_code, answer.json()) == (200, ana)
