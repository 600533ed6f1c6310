"""What a PATCH of a group answers: 204 when members come or go, else 200 with the group, unless that is long."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fixtures import new_group, new_user
from tests.world import World

from gatehouse.store.database import fetch

_RENAME = {"op": "replace", "path": "displayName", "value": "Crew"}
_EMPTY = {"op": "remove", "path": "members"}


@pytest.mark.parametrize(
    ("_case", "operations", "members", "status"),
    [
        ("rename", [_RENAME], 3, 200),
        ("rename a long one", [_RENAME], 201, 204),
        ("one page of members", [_RENAME], 200, 200),
        ("rename and empty", [_RENAME, _EMPTY], 3, 200),
        ("empty a long one", [_EMPTY], 201, 200),
        ("nothing new", [{"op": "replace", "path": "displayName", "value": "Leasing"}], 3, 200),
        ("rename and add", [_RENAME, {"op": "add", "path": "members", "value": [{"value": "{new}"}]}], 3, 204),
        ("set all members", [{"op": "replace", "path": "members", "value": [{"value": "{new}"}]}], 3, 204),
        ("remove one", [{"op": "remove", "path": 'members[value eq "{new}"]'}], 3, 204),
    ],
)
async def test_answer(world: World, _case: str, operations: list[dict[str, Any]], members: int, status: int) -> None:
    entra = await world.client()
    users = [(await new_user(entra.tenant.id, f"user{n}@corp.example")).id for n in range(members)]
    new = await new_user(entra.tenant.id, "new@corp.example")
    group = await new_group(entra.tenant.id, "Leasing", *users)

    answer = await entra.patch(f"/Groups/{group.id}", *_naming(operations, str(new.id)))

    after = await entra.get(f"/Groups/{group.id}")
    assert answer.status_code == status
    assert answer.content == (after.content if status == 200 else b"")
    assert [row[0] for row in await fetch("SELECT http_status FROM provisioning_event")] == [status]


async def test_whoever_asks_to_see_the_group_sees_it(world: World) -> None:
    entra = await world.client()
    user = await new_user(entra.tenant.id)
    group = await new_group(entra.tenant.id)

    add = {"op": "add", "path": "members", "value": [{"value": str(user.id)}]}
    answer = await entra.patch(f"/Groups/{group.id}?excludedAttributes=meta", add)

    assert answer.status_code == 200
    assert [member["value"] for member in answer.json()["members"]] == [str(user.id)]


def _naming(operations: list[dict[str, Any]], user_id: str) -> list[dict[str, Any]]:
    """The operations with the id of the user who is no member yet."""
    named = []
    for operation in operations:
        path, value = operation["path"].replace("{new}", user_id), operation.get("value")
        listed = [{"value": user_id}] if isinstance(value, list) else value
        named.append({"op": operation["op"], "path": path} | ({"value": listed} if value else {}))
    return named
