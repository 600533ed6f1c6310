"""Requests that meet: nothing is lost, nobody is refused for another's sake, the history stays exact."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.bodies import GROUP
from tests.world import ORIGIN, TESTER, Client, World, add_rules

from gatehouse.services import mapping
from gatehouse.store.database import fetch, fetch_one


async def _group(entra: Client, name: str = "Crew", *members: str) -> str:
    body = {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in members]}
    response = await entra.post("/Groups", body)
    assert response.status_code == 201, response.text
    return response.json()["id"]  # type: ignore[no-any-return]


def _add(*ids: str) -> dict[str, Any]:
    return {"op": "Add", "path": "members", "value": [{"value": user_id} for user_id in ids]}


async def test_a_burst_on_one_group_all_gets_through(world: World) -> None:
    entra = await world.client()
    ids = [(await entra.create(f"p{n}@corp.example"))["id"] for n in range(60)]
    group = await _group(entra)

    answers = await asyncio.gather(*(entra.patch(f"/Groups/{group}", _add(user_id)) for user_id in ids))

    assert {answer.status_code for answer in answers} == {204}
    found = (await entra.get(f"/Groups/{group}")).json()
    assert {member["value"] for member in found["members"]} == set(ids)
    assert found["meta"]["version"] == 'W/"61"'


async def test_a_user_deleted_while_being_added_is_no_member(world: World) -> None:
    entra = await world.client()
    group = await _group(entra)

    async def add_and_delete(number: int) -> None:
        user = await entra.create(f"p{number}@corp.example")
        await asyncio.gather(entra.patch(f"/Groups/{group}", _add(user["id"])), entra.delete(f"/Users/{user['id']}"))

    for number in range(40):
        await add_and_delete(number)

    assert "members" not in (await entra.get(f"/Groups/{group}")).json()
    left = await fetch_one("SELECT count(*) FROM group_member")
    assert left is not None
    assert left[0] == 0


async def test_a_delete_tells_the_access_that_the_latest_mapping_gave(world: World) -> None:
    entra = await world.client()
    await add_rules(entra.tenant, roles={"Agent": "agent"}, groups={"North": ["north"]})

    async def delete_during_a_change(number: int) -> str:
        user = await entra.create(f"p{number}@corp.example", title="Agent", userType="North-Coast")
        await asyncio.gather(
            mapping.set_group_rule(
                TESTER, ORIGIN, entra.tenant.id, expected_version=None, segment_value="Coast",
                group_keys=["north"] if number % 2 else [], note=str(number),
            )
            if number % 2
            else asyncio.sleep(0),
            entra.delete(f"/Users/{user['id']}"),
        )  # fmt: skip
        return str(user["id"])

    ids = [await delete_during_a_change(number) for number in range(8)]

    rows = await fetch("SELECT resource_id, changes FROM provisioning_event WHERE action = 'delete'")
    told = {str(row[0]): {c["path"]: c["before"] for c in json.loads(row[1])} for row in rows}
    assert [told[user_id]["role"] for user_id in ids] == ["agent"] * 8
    assert [told[user_id]["employeeGroups"] for user_id in ids] == [["north"]] * 8
    kept = await fetch_one("SELECT count(*) FROM user_employee_group")
    assert kept is not None
    assert kept[0] == 0


async def test_rules_that_have_just_changed_refuse_nobody(world: World, migrated_url: str) -> None:
    entra = await world.client()
    change = {"actor": TESTER, "origin": ORIGIN, "tenant_id": entra.tenant.id, "expected_version": None}
    await mapping.change_settings(**change, unmapped_title="REJECT_REQUEST")  # type: ignore[arg-type]
    refused = await entra.post("/Users", {**_PERSON, "title": "Nope"})
    await mapping.change_settings(**change, unmapped_title="ASSIGN_NONE")  # type: ignore[arg-type]
    accepted = await entra.post("/Users", {**_PERSON, "title": "Nope"})

    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidValue")
    assert accepted.status_code == 201


_PERSON: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ana@corp.example",
    "name": {"givenName": "Ana", "familyName": "Lima"},
    "emails": [{"type": "work", "value": "ana@corp.example"}],
}


async def test_history_names_who_left_a_group(world: World) -> None:
    entra = await world.client()
    ids = sorted([(await entra.create(f"p{n}@corp.example"))["id"] for n in range(3)])
    group = await _group(entra, "Crew", *ids)

    replaced = await entra.put(f"/Groups/{group}", {"schemas": [GROUP], "displayName": "Crew"})
    await entra.patch(f"/Groups/{group}", _add(ids[0]))
    await entra.delete(f"/Users/{ids[0]}")

    assert replaced.status_code == 200
    row = await fetch_one(
        "SELECT changes, http_status FROM provisioning_event WHERE resource_kind = 'Group' AND http_status = 200"
    )
    assert row is not None
    assert json.loads(row[0]) == [{"path": "members", "before": ids, "after": []}]
    deleted = await fetch_one("SELECT changes FROM provisioning_event WHERE action = 'delete'")
    assert deleted is not None
    assert {"path": "groups", "before": ["Crew"], "after": []} in json.loads(deleted[0])


async def test_a_refusal_names_whom_it_was_about(world: World) -> None:
    entra = await world.client()
    user, other = await entra.create("ana@corp.example"), await entra.create("bob@corp.example")

    await entra.patch(f"/Users/{user['id']}", {"op": "replace", "path": "userName", "value": other["userName"]})

    row = await fetch_one("SELECT resource_name, http_status FROM provisioning_event WHERE outcome = 'failure'")
    assert row is not None
    assert tuple(row) == ("ana@corp.example", 409)
