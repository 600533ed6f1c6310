"""The shared PATCH cases over HTTP: create, PATCH, read back; on both engines."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.bodies import person
from tests.scim.patch_cases import CASES, accepts_error, message, outcomes, same
from tests.world import Client, World


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
async def test_case(case: dict[str, Any], world: World) -> None:
    entra = await world.client()
    endpoint = f"/{case.get('resource', 'Users')}"
    case = _with_ids(case, await _create_others(case, entra))
    created = await entra.post(endpoint, case.get("before") or person("pat.doe@contoso.example"))
    assert created.status_code == 201, created.text
    before = created.json()

    content = case["raw"].encode() if "raw" in case else json.dumps(message(case)).encode()
    patched = await entra.request(
        "PATCH", f"{endpoint}/{before['id']}", content=content, headers={"Content-Type": "application/scim+json"}
    )
    after = (await entra.get(f"{endpoint}/{before['id']}")).json()

    assert any(_accepts(wanted, patched, before, after) for wanted in outcomes(case)), patched.text
    if patched.status_code == 200:
        assert patched.json() == after
    if patched.status_code >= 400:
        assert after == before


async def _create_others(case: dict[str, Any], entra: Client) -> dict[str, str]:
    ids = {}
    for name, body in case.get("others", {}).items():
        response = await entra.post("/Users", body)
        assert response.status_code == 201, response.text
        ids[name] = response.json()["id"]
    return ids


def _with_ids(case: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    text = json.dumps(case)
    for name, user_id in ids.items():
        text = text.replace("{" + name + "}", user_id)
    return json.loads(text)  # type: ignore[no-any-return]


def _accepts(wanted: dict[str, Any], patched: httpx.Response, before: dict[str, Any], after: dict[str, Any]) -> bool:
    if "error" in wanted:
        body = patched.json() if patched.status_code >= 400 else {}
        return accepts_error(wanted["error"], patched.status_code, body.get("scimType"))
    if patched.status_code not in {200, 204}:
        return False
    if wanted["after"] == "unchanged":
        return after == before
    return same(wanted["after"], _essence(after))


def _essence(resource: dict[str, Any]) -> dict[str, Any]:
    """Without what the server adds."""
    shown = {name: value for name, value in resource.items() if name not in {"id", "meta"}}
    if "members" in shown:
        shown["members"] = [{"value": member["value"]} for member in shown["members"]]
    return shown
