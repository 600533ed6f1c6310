"""The shared PATCH cases over HTTP: create, PATCH, read back; in both modes, on both engines."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.bodies import person
from tests.scim.patch_cases import CASES, accepts_error, message, outcomes, same
from tests.world import ORIGIN, TESTER, Client, World

from gatehouse.records import ScimMode
from gatehouse.services import tenants

# Rows that only the dialects of mode ``entra`` accept, and how ``strict`` refuses them.
_STRICT_REFUSES = {
    "P037": "invalidValue",  # L2: boolean texts
    "P039": "invalidValue",
    "P040": "invalidValue",
    "P098": "invalidFilter",  # L2 between brackets
    "P106": "noTarget",  # L6: replace creates nothing
    "P108": "noTarget",
    "P153": "mutability",  # L10: another id than the user's
    "P076": "invalidValue",  # L11: remove with a value
    "P205": "invalidValue",
    "P135": "invalidValue",  # L13: manager as an empty text
    "P088": "invalidValue",  # L14: texts for elements
    "P116": "invalidValue",
}


# A service for some of them, in which each has a tenant of its own
_PORTIONS = [CASES[start : start + 15] for start in range(0, len(CASES), 15)]
_portions = pytest.mark.parametrize("cases", _PORTIONS, ids=lambda cases: " ".join(case["id"] for case in cases))


@pytest.mark.parametrize("engine", ["postgres"])  # SQLite: below
@_portions
async def test_cases(cases: list[dict[str, Any]], world: World, subtests: pytest.Subtests) -> None:
    for case in cases:
        with subtests.test(case["id"]):
            await _check(case, await world.client(case["id"].lower()))


@pytest.mark.parametrize("engine", ["sqlite"])  # what a request means is settled before any database is asked
@_portions
async def test_cases_in_both_modes(cases: list[dict[str, Any]], world: World, subtests: pytest.Subtests) -> None:
    for case in cases:
        with subtests.test(case["id"]):
            await _check_in_both_modes(case, world)


async def _check_in_both_modes(case: dict[str, Any], world: World) -> None:
    statuses = {}
    for mode in ScimMode:
        client = await world.client(f"{case['id'].lower()}-{mode}")
        await tenants.update(TESTER, ORIGIN, client.tenant.id, expected_version=None, scim_mode=mode)
        patched = await _check(case, client)
        statuses[mode] = (patched.status_code, patched.json().get("scimType") if patched.status_code >= 400 else None)

    refusal = _STRICT_REFUSES.get(case["id"])
    assert statuses[ScimMode.STRICT] == ((400, refusal) if refusal else statuses[ScimMode.ENTRA])
    assert refusal is None or statuses[ScimMode.ENTRA][0] < 400


async def _check(case: dict[str, Any], client: Client) -> httpx.Response:
    """Put the case to a tenant; whatever comes of it must be an outcome that the case allows."""
    endpoint = f"/{case.get('resource', 'Users')}"
    case = _with_ids(case, await _create_others(case, client))
    created = await client.post(endpoint, case.get("before") or person("pat.doe@contoso.example"))
    assert created.status_code == 201, created.text
    before = created.json()

    content = case["raw"].encode() if "raw" in case else json.dumps(message(case)).encode()
    patched = await client.request(
        "PATCH", f"{endpoint}/{before['id']}", content=content, headers={"Content-Type": "application/scim+json"}
    )
    after = (await client.get(f"{endpoint}/{before['id']}")).json()

    assert any(_accepts(wanted, patched, before, after) for wanted in outcomes(case)), patched.text
    if patched.status_code == 200:
        assert patched.json() == after
    if patched.status_code >= 400:
        assert after == before
    return patched


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
