"""A person's life in both dialects: at each step the access that the rules say, one exact event, one answer at both doors."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.bodies import PATCH_OP, person
from tests.world import Client, World, add_rules

_STATE = """
query ($id: UUID!) {
  user(by: {scimId: $id}) {
    userName title userType status
    role { key }
    groups { key }
    access { role { outcome role { key } } }
  }
}"""
_HISTORY = """
query ($id: UUID!) {
  user(by: {scimId: $id}) {
    timeline(first: 20) {
      nodes { action outcome httpStatus reason changes { path before after } }
    }
  }
}"""

_DEFAULT_FORM: dict[str, list[dict[str, Any]]] = {
    "move": [
        {"op": "Replace", "path": "title", "value": "Regional Manager"},
        {"op": "Replace", "path": "userType", "value": "South-Leasing"},
    ],
    "disable": [{"op": "Replace", "path": "active", "value": "False"}],
    "restore": [{"op": "Replace", "path": "active", "value": "True"}],
}
_FLAG_FORM: dict[str, list[dict[str, Any]]] = {
    "move": [{"op": "replace", "value": {"title": "Regional Manager", "userType": "South-Leasing"}}],
    "disable": [{"op": "replace", "path": "active", "value": False}],
    "restore": [{"op": "replace", "path": "active", "value": True}],
}


@pytest.mark.parametrize("dialect", [_DEFAULT_FORM, _FLAG_FORM], ids=["default", "flag"])
async def test_life_of_a_person(world: World, dialect: dict[str, list[dict[str, Any]]]) -> None:
    entra = await world.client()
    await add_rules(
        entra.tenant,
        roles={"Leasing Agent": "agent", "Regional Manager": "regional"},
        groups={"Leasing": ["leasing"], "North": ["north"], "South": ["south", "coast"]},
    )
    key = await world.api_key("owner")

    created = await entra.create("ana@corp.example", title="leasing  agent ", userType="Leasing-North")
    user_id = created["id"]
    assert await _state(world, key, user_id) == _expected("ACTIVE", "agent", ["leasing", "north"], "leasing  agent ")

    await _patched(entra, user_id, dialect["move"])
    assert await _state(world, key, user_id) == _expected(
        "ACTIVE", "regional", ["south", "coast", "leasing"], "Regional Manager", "South-Leasing"
    )

    await _patched(entra, user_id, dialect["disable"])
    disabled = await _state(world, key, user_id)
    assert (disabled["status"], disabled["role"], disabled["groups"]) == ("DISABLED", None, [])
    assert disabled["access"]["role"] == {"outcome": "INACTIVE", "role": {"key": "regional"}}

    await _patched(entra, user_id, dialect["restore"])
    assert await _state(world, key, user_id) == _expected(
        "ACTIVE", "regional", ["south", "coast", "leasing"], "Regional Manager", "South-Leasing"
    )

    again = await _patched(entra, user_id, dialect["restore"])
    assert again.headers["etag"] == 'W/"4"'

    assert (await entra.delete(f"/Users/{user_id}")).status_code == 204
    assert (await entra.get(f"/Users/{user_id}")).status_code == 404

    events = (await world.graphql(key, _HISTORY, id=user_id))["user"]["timeline"]["nodes"]
    story = [(e["action"].lower(), e["outcome"].lower()) for e in reversed(events)]
    assert story == [
        ("create", "success"),
        ("update", "success"),
        ("disable", "success"),
        ("restore", "success"),
        ("update", "skipped"),
        ("delete", "success"),
    ]
    moved = {c["path"]: (c["before"], c["after"]) for c in events[-2]["changes"]}
    assert moved == {
        "title": ("leasing  agent ", "Regional Manager"),
        "userType": ("Leasing-North", "South-Leasing"),
        "role": ("agent", "regional"),
        "employeeGroups": (["leasing", "north"], ["south", "coast", "leasing"]),
    }
    assert [c["path"] for c in events[-3]["changes"]] == ["active"]


async def test_refused_write_leaves_one_failure_and_nothing_else(world: World) -> None:
    entra = await world.client()
    user = await entra.create("ana@corp.example", title="Agent")
    key = await world.api_key("owner")

    refused = await entra.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": "maybe"})

    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidValue")
    assert (await entra.get(f"/Users/{user['id']}")).json() == user
    events = (await world.graphql(key, _HISTORY, id=user["id"]))["user"]["timeline"]["nodes"]
    assert [(e["outcome"].lower(), e["httpStatus"]) for e in events] == [("failure", 400), ("warning", 201)]
    assert events[0]["reason"] == refused.json()["detail"]


async def test_unmatched_values_are_a_warning_with_their_names(world: World) -> None:
    entra = await world.client()
    await add_rules(entra.tenant, roles={"Agent": "agent"}, groups={"North": ["north"]})
    key = await world.api_key("owner")

    user = await entra.create("ana@corp.example", title="Astronaut", userType="North-Moon")

    event = (await world.graphql(key, _HISTORY, id=user["id"]))["user"]["timeline"]["nodes"][0]
    assert event["outcome"].lower() == "warning"
    assert event["reason"] == (
        'title "Astronaut" matches no role rule: no role is given; '
        'userType "Moon" matches no group rule: no employee group is given'
    )


async def test_parallel_identical_creates(world: World) -> None:
    entra = await world.client()
    names = ["ada@corp.example", "ADA@corp.example", "Ada@Corp.example"] * 7

    answers = await asyncio.gather(*(entra.post("/Users", person(name)) for name in names))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 20
    assert {a.json()["scimType"] for a in answers if a.status_code == 409} == {"uniqueness"}
    assert (await entra.get("/Users")).json()["totalResults"] == 1


async def test_parallel_patches_of_different_attributes_all_survive(world: World) -> None:
    entra = await world.client()
    user = await entra.create("ada@corp.example")
    attributes = [
        "title",
        "userType",
        "displayName",
        "nickName",
        "locale",
        "timezone",
        "preferredLanguage",
        "externalId",
    ]

    answers = await asyncio.gather(
        *(
            entra.patch(f"/Users/{user['id']}", {"op": "Replace", "path": name, "value": f"{name}!"})
            for name in attributes
        )
    )

    assert [answer.status_code for answer in answers] == [200] * len(attributes)
    stored = (await entra.get(f"/Users/{user['id']}")).json()
    assert {name: stored[name] for name in attributes} == {name: f"{name}!" for name in attributes}
    assert stored["meta"]["version"] == f'W/"{1 + len(attributes)}"'


async def test_another_tenants_user_reads_like_an_unknown_one(world: World) -> None:
    acme, rival = await world.client("acme"), await world.client("rival")
    user = await acme.create("ada@corp.example")
    unknown = "01932b1c-0000-7000-8000-000000000000"

    for method, body in (
        ("GET", None),
        ("PATCH", {"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "title"}]}),
        ("PUT", person("x@corp.example")),
        ("DELETE", None),
    ):
        foreign = await rival.request(method, f"/Users/{user['id']}", json=body)
        nobody = await rival.request(method, f"/Users/{unknown}", json=body)
        assert foreign.status_code == nobody.status_code == 404
        assert foreign.text.replace(user["id"], unknown) == nobody.text
    assert (await acme.get(f"/Users/{user['id']}")).json() == user


async def _patched(entra: Client, user_id: str, operations: list[dict[str, Any]]) -> Any:
    response = await entra.patch(f"/Users/{user_id}", *operations)
    assert response.status_code == 200, response.text
    assert response.json() == (await entra.get(f"/Users/{user_id}")).json()
    return response


async def _state(world: World, key: str, user_id: str) -> dict[str, Any]:
    return (await world.graphql(key, _STATE, id=user_id))["user"]  # type: ignore[no-any-return]


def _expected(
    status: str, role: str, groups: list[str], title: str, user_type: str = "Leasing-North"
) -> dict[str, Any]:
    return {
        "userName": "ana@corp.example",
        "title": title,
        "userType": user_type,
        "status": status,
        "role": {"key": role},
        "groups": [{"key": key} for key in groups],
        "access": {"role": {"outcome": "MAPPED", "role": {"key": role}}},
    }
