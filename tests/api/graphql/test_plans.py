"""Plans through the API: made, looked at page by page, applied, discarded, rolled back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.api.graphql.people import READER, Api, Community, new_community, viewer

from gatehouse.store.database import Database, execute, fetch_one

PLAN = """
  id status baseVersion proposedDigest message rollbackOf appliedVersion createdBy { kind display } tenant { slug }
  diff { text added { kind key after } removed { key } changed { key before after } settingsChanged { path before after } }
  impact { usersChanged gainPrivileged byRole { role { key } before after gained lost }
           byGroup { group { key } before after gained lost } }
  findings { severity code message path line column }
"""
CREATE = f"""mutation($input: MappingPlanCreateInput!) {{ result: mappingPlanCreate(input: $input) {{
  plan {{ {PLAN} }} findings {{ code line path message }} clientMutationId userErrors {{ code path message hint }} }} }}"""
ROLLBACK = f"""mutation($input: MappingRollbackInput!) {{ result: mappingRollback(input: $input) {{
  plan {{ {PLAN} }} userErrors {{ code path }} }} }}"""
APPLY = """mutation($input: MappingPlanApplyInput!) { result: mappingPlanApply(input: $input) {
  mapping { number digest source message } impact { usersChanged } dryRun clientMutationId
  userErrors { code path message } } }"""
DISCARD = """mutation($input: MappingPlanDiscardInput!) { result: mappingPlanDiscard(input: $input) {
  plan { status comment } userErrors { code path } } }"""
READ = f"query($id: ID!) {{ mappingPlan(id: $id) {{ {PLAN} }} node(id: $id) {{ id __typename }} }}"
AFFECTED = """query($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $where: AffectedWhere) {
  mappingPlan(id: $id) { affectedUsers(first: $first, after: $after, last: $last, before: $before, where: $where) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { user { userName } roleBefore { key } roleAfter { key } groupsAdded { key } groupsRemoved { key }
            outcomeBefore outcomeAfter gainsPrivileged } } } }"""
LIST = """query($id: ID!, $first: Int, $after: Cursor, $open: Boolean! = false) { tenant(by: {id: $id}) {
  mappingPlans(first: $first, after: $after, openOnly: $open) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id message status createdBy { display } } } } }"""
MANAGERS = {"patch": [{"setRole": {"titleValue": "Agent", "roleKey": "manager", "note": "spring"}}]}


@pytest.fixture
def api() -> Api:
    return Api.of(viewer(name="terraform"))


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    for name in ("Ana", "Ben", "Eve"):
        await community.add(name, title="Agent", userType="North-South")
    await community.add("Joe", title="Property Manager", userType="vip")
    return community


async def run(api: Api, mutation: str, **given: Any) -> dict[str, Any]:
    result: dict[str, Any] = (await api.data(mutation, input=given))["result"]
    return result


async def refusal(api: Api, mutation: str, **given: Any) -> str:
    """The code of the one error."""
    [error] = (await run(api, mutation, **given))["userErrors"]
    return str(error["code"])


async def test_from_plan_to_version(acme: Community, api: Api) -> None:
    made = await run(
        api, CREATE, tenantId=acme.id, baseVersion=1, change=MANAGERS, message="spring", clientMutationId="c"
    )
    plan = made["plan"]
    read = await api.data(READ, id=plan["id"])

    assert (made["userErrors"], made["clientMutationId"], made["findings"][0]["code"]) == ([], "c", "PRIVILEGED_GAIN")
    assert read == {"mappingPlan": plan, "node": {"id": plan["id"], "__typename": "MappingPlan"}}
    assert {key: plan[key] for key in ("status", "baseVersion", "message", "rollbackOf", "appliedVersion")} == {
        "status": "READY",
        "baseVersion": 1,
        "message": "spring",
        "rollbackOf": None,
        "appliedVersion": None,
    }
    assert (plan["createdBy"], plan["tenant"]) == ({"kind": "API_KEY", "display": "terraform"}, {"slug": "acme"})
    assert plan["diff"] == {
        "text": 'role rules\n~ "Agent": agent → manager; note none → "spring"',
        "added": [],
        "removed": [],
        "changed": [
            {
                "key": "agent",
                "before": {"title": "Agent", "role": "agent"},
                "after": {"title": "Agent", "role": "manager", "note": "spring"},
            }
        ],
        "settingsChanged": [],
    }
    by_role = sorted(plan["impact"].pop("byRole"), key=lambda delta: str(delta["role"]["key"]))
    assert by_role == [
        {"role": {"key": "agent"}, "before": 3, "after": 0, "gained": 0, "lost": 3},
        {"role": {"key": "manager"}, "before": 1, "after": 4, "gained": 3, "lost": 0},
    ]
    assert plan["impact"] == {"usersChanged": 3, "gainPrivileged": 3, "byGroup": []}

    consent = {"maxUsersChanged": 3, "acknowledgeFindings": ["PRIVILEGED_GAIN"], "idempotencyKey": "i"}
    consent |= {"planId": plan["id"], "expectedDigest": plan["proposedDigest"]}
    applied = await run(api, APPLY, **consent)
    again = await run(api, APPLY, **consent, clientMutationId="d")

    assert applied == {
        "mapping": {"number": 2, "digest": plan["proposedDigest"], "source": "API", "message": "spring"},
        "impact": {"usersChanged": 3},
        "dryRun": False,
        "clientMutationId": None,
        "userErrors": [],
    }
    assert again == applied | {"clientMutationId": "d"}
    ended = (await api.data(READ, id=plan["id"]))["mappingPlan"]
    assert (ended["status"], ended["appliedVersion"]) == ("APPLIED", 2)


async def test_affected_users_page_by_page(acme: Community, api: Api) -> None:
    change = {"patch": [*MANAGERS["patch"], {"setGroup": {"segmentValue": "vip", "groupKeys": ["vip", "south"]}}]}
    plan_id = (await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=change))["plan"]["id"]

    async def page(**variables: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await api.data(AFFECTED, id=plan_id, **variables))["mappingPlan"]["affectedUsers"]
        return found

    first = await page(first=3)
    second = await page(first=3, after=first["pageInfo"]["endCursor"])
    back = await page(last=2, before=second["pageInfo"]["startCursor"])
    gains = await page(where={"gainsPrivileged": True})
    keeps = await page(where={"gainsPrivileged": False, "losesPrivileged": False})

    assert [len(first["nodes"]), len(second["nodes"]), first["totalCount"]] == [3, 1, 4]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert second["pageInfo"]["hasPreviousPage"] is True
    assert back["nodes"] == first["nodes"][1:]
    assert first["nodes"][0] == {
        "user": {"userName": "ana@contoso.example"},
        "roleBefore": {"key": "agent"},
        "roleAfter": {"key": "manager"},
        "groupsAdded": [],
        "groupsRemoved": [],
        "outcomeBefore": "MAPPED",
        "outcomeAfter": "MAPPED",
        "gainsPrivileged": True,
    }
    assert second["nodes"][0]["groupsAdded"] == [{"key": "south"}]
    assert (gains["totalCount"], keeps["nodes"]) == (3, second["nodes"])
    agent = (await api.data("query($id: ID!) { roles(tenantId: $id) { id key } }", id=acme.id))["roles"][0]["id"]
    assert (await page(where={"roleBeforeId": agent}))["totalCount"] == 3
    assert (await page(where={"roleAfterId": agent}))["totalCount"] == 0
    assert (await page(where={"userId": acme.person_id(3)}))["nodes"] == second["nodes"]
    assert (await page(where={"userId": agent}))["totalCount"] == 0


async def test_affected_users_are_masked(acme: Community, api: Api) -> None:
    plan_id = (await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=MANAGERS))["plan"]["id"]
    reader = Api.of(viewer((acme.tenant.id, READER)))

    found = (await reader.data(AFFECTED, id=plan_id, first=1))["mappingPlan"]["affectedUsers"]["nodes"]

    assert found[0]["user"] == {"userName": "a***@contoso.example"}


async def test_a_document_with_faults(acme: Community, api: Api) -> None:
    content = 'roleRules:\n- {title: "Boss", role: boss}\n- {title: "Boss"}\n'
    document = {"format": "YAML", "content": content}

    result = await run(api, CREATE, tenantId=acme.id, baseVersion=1, change={"document": document})

    assert result["plan"] is None
    assert [(f["code"], f["line"]) for f in result["findings"]] == [("UNKNOWN_ROLE", 2), ("MISSING_KEY", 3)]
    [error] = result["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "change"])
    assert error["message"].startswith("2 errors, the first: line 2: no role has the key")


async def test_export_and_plan_is_no_change(acme: Community, api: Api) -> None:
    for language in ("YAML", "JSON"):
        query = "query($id: ID!, $in: DocumentFormat!) { tenant(by: {id: $id}) { mapping { document(format: $in) } } }"
        content = (await api.data(query, **{"id": acme.id, "in": language}))["tenant"]["mapping"]["document"]
        document = {"format": language, "content": content, "prune": True}

        plan = (await run(api, CREATE, tenantId=acme.id, baseVersion=1, change={"document": document}))["plan"]

        assert (plan["diff"]["text"], plan["impact"]["usersChanged"], plan["findings"]) == ("", 0, [])


async def test_rollback_and_discard(acme: Community, api: Api) -> None:
    made = (await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=MANAGERS))["plan"]
    await run(api, APPLY, planId=made["id"], expectedDigest=made["proposedDigest"])

    back = (await run(api, ROLLBACK, tenantId=acme.id, toVersion=1, message="undo"))["plan"]
    applied = await run(api, APPLY, planId=back["id"], expectedDigest=back["proposedDigest"])
    unwanted = (await run(api, ROLLBACK, tenantId=acme.id, toVersion=2, message="redo"))["plan"]
    discarded = await run(api, DISCARD, planId=unwanted["id"], comment="no")
    refused = await run(api, APPLY, planId=unwanted["id"], expectedDigest=unwanted["proposedDigest"])

    assert (back["rollbackOf"], back["baseVersion"], applied["mapping"]["number"]) == (1, 2, 3)
    assert applied["mapping"]["source"] == "ROLLBACK"
    assert discarded == {"plan": {"status": "DISCARDED", "comment": "no"}, "userErrors": []}
    assert [(e["code"], e["path"]) for e in refused["userErrors"]] == [("STALE_PLAN", ["input", "planId"])]
    row = await fetch_one("SELECT mapping_version FROM tenant")
    assert row is not None
    assert row[0] == 3


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"expectedDigest": "0"}, "STALE_PLAN", ["input", "expectedDigest"]),
        ({"maxUsersChanged": 2}, "IMPACT_LIMIT_EXCEEDED", ["input", "maxUsersChanged"]),
        ({"maxPercentChanged": 74.9}, "IMPACT_LIMIT_EXCEEDED", ["input", "maxPercentChanged"]),
        ({"acknowledgeFindings": []}, "INVALID", ["input", "acknowledgeFindings"]),
    ],
)
async def test_refusals_are_data(acme: Community, api: Api, given: dict[str, Any], code: str, path: list[str]) -> None:
    plan = (await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=MANAGERS))["plan"]

    result = await run(api, APPLY, **{"planId": plan["id"], "expectedDigest": plan["proposedDigest"], **given})

    assert [(e["code"], e["path"]) for e in result["userErrors"]] == [(code, path)]
    assert (result["mapping"], result["impact"]) == (None, None)
    row = await fetch_one(
        "SELECT mapping_version, (SELECT count(*) FROM provisioning_event WHERE action = 'update') FROM tenant"
    )
    assert row is not None
    assert tuple(row) == (1, 0)


async def test_a_key_names_one_request_of_one_sender(acme: Community, api: Api) -> None:
    """Whoever sends it with another request is refused, and nothing is made or applied."""
    cron = Api.of(replace(viewer(name="cron"), id=UUID(int=10)))
    wish = {"tenantId": acme.id, "baseVersion": 1, "change": MANAGERS, "message": "spring", "idempotencyKey": "k"}
    plan, again, theirs = [(await run(who, CREATE, **wish))["plan"] for who in (api, api, cron)]
    remove = {"patch": [{"removeRole": "Agent"}]}
    for changed in ({"message": "autumn"}, {"baseVersion": 2}, {"change": remove}):
        assert await refusal(api, CREATE, **wish | changed) == "IDEMPOTENCY_MISMATCH"
    assert await refusal(api, ROLLBACK, tenantId=acme.id, toVersion=1, message="m", idempotencyKey="k") == (
        "IDEMPOTENCY_MISMATCH"
    )
    assert (plan["id"] == again["id"], plan["id"] == theirs["id"]) == (True, False)

    consent = {"planId": plan["id"], "expectedDigest": plan["proposedDigest"], "idempotencyKey": "a"}
    applied = await run(api, APPLY, **consent)
    later = (await run(api, CREATE, **wish | {"baseVersion": 2, "change": remove, "idempotencyKey": "l"}))["plan"]
    another = {"planId": later["id"], "expectedDigest": later["proposedDigest"]}
    for changed in ({"expectedDigest": "0"}, {"maxUsersChanged": 0}, {"acknowledgeFindings": []}, another):
        assert await refusal(api, APPLY, **consent | changed) == "IDEMPOTENCY_MISMATCH"
    assert await refusal(cron, APPLY, **consent) == "STALE_PLAN"
    assert await run(api, APPLY, **consent) == applied
    await execute("UPDATE idempotency_key SET expires_at = 1")  # a day later
    assert await refusal(api, APPLY, **consent) == "STALE_PLAN"
    row = await fetch_one("SELECT mapping_version, (SELECT count(*) FROM mapping_plan) FROM tenant")
    assert row is not None
    assert tuple(row) == (2, 3)


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb"])
async def test_a_key_that_cannot_be_kept(acme: Community, api: Api, key: str) -> None:
    plan = (await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=MANAGERS))["plan"]
    requests = {
        CREATE: {"tenantId": acme.id, "baseVersion": 1, "change": MANAGERS},
        ROLLBACK: {"tenantId": acme.id, "toVersion": 1, "message": "m"},
        APPLY: {"planId": plan["id"], "expectedDigest": plan["proposedDigest"]},
    }

    for mutation, given in requests.items():
        [error] = (await run(api, mutation, **given, idempotencyKey=key))["userErrors"]
        assert (error["code"], error["path"]) == ("INVALID", ["input", "idempotencyKey"])


async def test_a_bad_edit_says_where(acme: Community, api: Api) -> None:
    change = {"patch": [{"removeRole": "Agent"}, {"setGroup": {"segmentValue": "x", "groupKeys": ["moon"]}}]}

    stale = await run(api, CREATE, tenantId=acme.id, baseVersion=3, change=change)
    refused = await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=change)
    first = await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=MANAGERS, idempotencyKey="k")
    other = await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=change, idempotencyKey="k")

    assert [(e["code"], e["path"]) for e in stale["userErrors"]] == [("STALE_VERSION", ["input", "baseVersion"])]
    assert [(e["code"], e["path"]) for e in refused["userErrors"]] == [
        ("NOT_FOUND", ["input", "change", "patch", "1", "setGroup", "groupKeys"])
    ]
    assert first["userErrors"] == []
    assert [e["code"] for e in other["userErrors"]] == ["IDEMPOTENCY_MISMATCH"]


async def test_a_tenant_s_plans_are_listed(acme: Community, api: Api) -> None:
    made = [
        (await run(api, CREATE, tenantId=acme.id, baseVersion=1, change=MANAGERS, message=word))["plan"]
        for word in ("discarded", "expired", "stale", "open", "newest")
    ]
    await run(api, DISCARD, planId=made[0]["id"])
    await execute("UPDATE mapping_plan SET expires_at = 1 WHERE message = 'expired'")
    await execute("UPDATE mapping_plan SET base_version = 0 WHERE message = 'stale'")

    async def listed(**given: Any) -> dict[str, Any]:
        return (await api.data(LIST, id=acme.id, **given))["tenant"]["mappingPlans"]  # type: ignore[no-any-return]

    every, still = await listed(), await listed(open=True)
    first = await listed(open=True, first=1)
    second = await listed(open=True, first=1, after=first["pageInfo"]["endCursor"])

    assert [(plan["message"], plan["status"]) for plan in every["nodes"]] == [
        ("newest", "READY"),
        ("open", "READY"),
        ("stale", "STALE"),
        ("expired", "EXPIRED"),
        ("discarded", "DISCARDED"),
    ]
    assert every["totalCount"] == 5
    assert (still["nodes"], still["totalCount"]) == (every["nodes"][:2], 2)
    assert first["nodes"] + second["nodes"] == still["nodes"]
    assert not second["pageInfo"]["hasNextPage"]
